"""The least a command on these libraries can do: import both, open SQLite, insert, commit.

Run by `activate_command.py`, which made the table before: `_floor.py sqlite:///FILE`.
"""

import sys

import click
from sqlalchemy import Column, Integer, MetaData, Table, Text, create_engine, insert

note = Table("note", MetaData(), Column("id", Integer, primary_key=True), Column("text", Text))


@click.command()
@click.argument("url")
def main(url: str) -> None:
    """Insert one row."""
    with create_engine(url).begin() as connection:
        connection.execute(insert(note).values(text="one"))


if __name__ == "__main__":
    main(sys.argv[1:])
