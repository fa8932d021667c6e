"""`incident journal key`: the keys that sign the journal's heads, kept in files outside the database."""

from __future__ import annotations

from pathlib import Path

import click

from incident import bootstrap
from incident.cli.output import put, put_json, talk, wants_json
from incident.domain.note import PublicKey, format_public_key
from incident.domain.say import say
from incident.language import _

#: What a key is called unless somebody says it better.
_NAME = "incident"


@click.group(help=_("The key that signs the journal: make one, show its public half."))
def key() -> None:
    """Hold the commands about keys."""


@key.command("new", help=_("Make a key: write the private one into a new FILE, print the public one."))
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--name",
    default=_NAME,
    show_default=True,
    help=_("Whose key it is, without spaces; best an address, such as zhuji.gov.example/incident."),
)
def new(file: Path, name: str) -> None:
    """Make a key and say what to do with both halves."""
    made = bootstrap.new_key(file, name)
    _put(file, made)
    talk(
        say(
            "private key: {file}. For this program's user alone; keep it outside the database.",
            file=str(file),
        )
    )
    talk(
        say("It signs when INCIDENT_KEY names the file: {setting}", setting=f"INCIDENT_KEY={file.absolute()}")
    )
    talk(
        say(
            "public key: the line on stdout. Give it to auditors and to your superior now: with it they "
            "check what was signed, and it is worth as much as the way by which they got it."
        )
    )


@key.command("show", help=_("Print the public key of a FILE that holds a private or a public one."))
@click.argument("file", type=click.Path(path_type=Path))
def show(file: Path) -> None:
    """Print a public key."""
    _put(file, bootstrap.public_key_in(file))


def _put(file: Path, shown: PublicKey) -> None:
    text = format_public_key(shown)
    if wants_json():
        put_json({"file": str(file), "name": shown.name, "key_id": shown.id.hex(), "public_key": text})
    else:
        put(text)
