"""What all tables are described in, and how an index is."""

from __future__ import annotations

from sqlalchemy import Index, MetaData, text

metadata = MetaData()


def index(name: str, *columns: str, where: str | None = None) -> Index:
    """Describe an index; with `where` of those rows alone, which both databases can."""
    only = None if where is None else text(where)
    return Index(name, *columns, sqlite_where=only, postgresql_where=only)
