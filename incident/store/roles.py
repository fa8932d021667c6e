"""Roles on PostgreSQL: one owns the tables and migrates them, another writes every day, a third may read.

Guards stop whoever cannot switch them off. Who owns a table can; so the program should not run as its owner.
The script that makes the roles is plain SQL in one transaction, to be read before it is run: a superuser
runs it, once for a database and again after each `incident db upgrade` that brought something new.

The writer gets what the statements of the store need, by table and by column, and nothing else: no DDL, no
TRUNCATE, no trigger, no temporary table, no object in the schema. What it may change besides appending is
what moves (where a jurisdiction stands, timers, the outbox), and `journal verify` holds that against the
record; and it may take away what names people, and of the record of access what the guards keep no longer.
Bodies of entries it may not drop, for whoever had its
password could empty the record: `journal drop-bodies` runs as the owner. The reader may read all, also what
names people: who verifies a journal needs the disclosures.
"""

# ruff: noqa: S608 - what is put together are names of our own and names of roles in due form

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from sqlalchemy import Connection

from incident.domain import inputs
from incident.domain.errors import RequestError, StoreError
from incident.domain.say import say
from incident.store.guards import FUNCTIONS
from incident.store.statements import SITUATION_FIELDS, TIMER_FIELDS
from incident.store.tables import REVISION, metadata

#: Longest name of a role, in bytes (NAMEDATALEN - 1).
_LONGEST: Final = 63
#: Names that need no care where they stand in a text.
_ROLE: Final = re.compile(r"[^\W\d]\w*")


class Right(NamedTuple):
    """One thing that a role may do."""

    verb: str
    table: str
    #: Of an UPDATE.
    column: str = ""

    def __str__(self) -> str:
        """Give it as SQL has it."""
        return f"{self.verb}{f' ({self.column})' if self.column else ''} ON {self.table}"


def _writes(table: str, verbs: str = "INSERT", update: Sequence[str] = ()) -> Iterator[Right]:
    yield from (Right(verb, table) for verb in verbs.split())
    yield from (Right("UPDATE", table, column) for column in update)


#: What the reader may.
READ: Final = frozenset(Right("SELECT", table) for table in metadata.tables)
#: What the program does as the owner alone: retention.
OWN: Final = frozenset({Right("UPDATE", "entry", "body"), Right("DELETE", "snapshot")})
#: What the writer may; `tests/cli/test_roles.py` holds it against the statements.
WRITE: Final = READ.union(
    _writes("situation", update=[*(name for name in SITUATION_FIELDS if name != "jurisdiction"), "peaks"]),
    _writes("playbook"),
    _writes("entry"),
    _writes("disclosure", "INSERT DELETE"),
    _writes("standing", "INSERT DELETE", update=["item", "since_seq"]),
    _writes("outbox", update=["done_at", "next_at", "tries"]),
    _writes("letter", "INSERT DELETE"),
    _writes(
        "timer",
        update=["opened", *TIMER_FIELDS[TIMER_FIELDS.index("end") :], "epoch", "next_at", "tries"],
    ),
    _writes("closing"),
    _writes("duty", update=["ended", "is_void"]),
    _writes("person", update=["name", "channels", "is_erased"]),
    _writes("attachment", "INSERT DELETE"),
    _writes("checkpoint"),
    _writes("snapshot"),
    _writes("identity_user", update=["name", "password", "sign", "disabled_at", "must_change"]),
    _writes("identity_grant", "INSERT DELETE"),
    _writes("identity_session", "INSERT DELETE", update=["seen_at"]),
    _writes("identity_token", "INSERT DELETE", update=["used_at"]),
    _writes("identity_device", "INSERT DELETE", update=["used_at", "address"]),
    _writes("identity_link", "INSERT DELETE"),
    _writes("identity_subject", "INSERT DELETE"),
    _writes("identity_failures", "INSERT DELETE", update=["count", "at", "free_at"]),
    _writes("identity_access", "INSERT DELETE"),
)


# -- the script


def script(owner: str, writer: str, reader: str | None = None) -> str:
    """Give the SQL that makes the roles in the database it is run in. Raises `RequestError` for a name."""
    names = [owner, writer, *([] if reader is None else [reader])]
    for option, name in zip((inputs.OWNER, inputs.WRITER, inputs.READER), names, strict=False):
        if not _ROLE.fullmatch(name) or len(name.encode()) > _LONGEST:
            raise RequestError(
                where=option,
                expected=say("the name of a role: letters, digits and `_`, at most {n} bytes", n=_LONGEST),
                found=f"`{name}`",
                do=say("choose such a name"),
            )
    if len(set(names)) < len(names):
        raise RequestError(
            where=say("roles"),
            expected=say("a role for each purpose"),
            found=[f"`{name}`" for name in names],
            do=say("choose other names"),
        )
    others = [writer] if reader is None else [writer, reader]
    parts = [_roles(owner, others), _ownership(owner), _database(owner, others)]
    parts += [_grants(writer, WRITE), *([] if reader is None else [_grants(reader, READ)])]
    return "\n\n".join(["BEGIN;", *parts, "COMMIT;\n"])


def _roles(owner: str, others: Sequence[str]) -> str:
    """Make the roles that are missing, and refuse those that could go round their limits."""
    made = "\n".join(
        f"  IF to_regrole({_text(_name(role))}) IS NULL THEN CREATE ROLE {_name(role)} LOGIN; END IF;"
        for role in (owner, *others)
    )
    roles = ", ".join(map(_text, others))
    return f"""DO $incident$
BEGIN
  IF to_regclass('public.alembic_version') IS NULL
      OR (SELECT version_num FROM public.alembic_version) IS DISTINCT FROM '{REVISION}' THEN
    RAISE EXCEPTION 'expected the tables of incident at schema {REVISION}: first run incident db upgrade';
  END IF;
{made}
  -- what a superuser or a member of another role may is not ours to bound
  IF EXISTS (SELECT FROM pg_catalog.pg_roles AS r WHERE r.rolname IN ({roles})
      AND (r.rolsuper OR r.rolcreaterole OR r.rolreplication
        OR EXISTS (SELECT FROM pg_catalog.pg_auth_members AS m WHERE m.member = r.oid))) THEN
    RAISE EXCEPTION 'expected roles of their own, without attributes, members of no other: %',
      ARRAY[{roles}];
  END IF;
END $incident$;"""


def _ownership(owner: str) -> str:
    """Give tables and guards to their owner."""
    return "\n".join(
        [
            f"ALTER SCHEMA public OWNER TO {_name(owner)};",
            *(f"ALTER TABLE public.{table} OWNER TO {_name(owner)};" for table in metadata.tables),
            *(f"ALTER FUNCTION public.{name}() OWNER TO {_name(owner)};" for name in FUNCTIONS),
        ]
    )


def _database(owner: str, others: Sequence[str]) -> str:
    """Let nobody but the owner make an object, not even a temporary one, that could stand before ours."""
    roles = ", ".join(map(_name, others))
    return f"""DO $incident$
DECLARE name text := pg_catalog.quote_ident(pg_catalog.current_database());
BEGIN
  EXECUTE 'ALTER DATABASE ' || name || {_text(f" OWNER TO {_name(owner)}")};
  EXECUTE 'REVOKE CREATE, TEMPORARY ON DATABASE ' || name || {_text(f" FROM PUBLIC, {roles}")};
  EXECUTE 'GRANT CONNECT ON DATABASE ' || name || {_text(f" TO {_name(owner)}, {roles}")};
END $incident$;
REVOKE ALL ON SCHEMA public FROM PUBLIC, {roles};
GRANT USAGE ON SCHEMA public TO {roles};
REVOKE ALL ON {_all_tables()} FROM PUBLIC, {roles};"""


def _grants(role: str, rights: frozenset[Right]) -> str:
    """Grant rights table by table."""
    lines = []
    for table in metadata.tables:
        verbs = [verb for verb in ("SELECT", "INSERT", "DELETE") if Right(verb, table) in rights]
        columns = [
            f'"{column.name}"'
            for column in metadata.tables[table].columns
            if Right("UPDATE", table, column.name) in rights
        ]
        verbs += [f"UPDATE ({', '.join(columns)})"] if columns else []
        lines.append(f"GRANT {', '.join(verbs)} ON public.{table} TO {_name(role)};")
    return "\n".join(lines)


def _all_tables() -> str:
    return ", ".join(f"public.{table}" for table in metadata.tables)


def _name(role: str) -> str:
    return f'"{role}"'


def _text(text: str) -> str:
    return f"'{text}'"


# -- the role that is connected


class Role(NamedTuple):
    """Who is connected, and what they may do."""

    name: str
    #: Who owns the tables; several where they are not one's.
    owners: list[str]
    #: Whether whoever is connected can do all that the owners can.
    is_owner: bool
    #: What may be done, in the tables and beyond what the program knows a need for.
    rights: frozenset[Right]


_OWNERS: Final = """
SELECT DISTINCT pg_get_userbyid(relowner), pg_has_role(current_user, relowner, 'MEMBER')
FROM pg_class WHERE oid = ANY (SELECT to_regclass(unnest(%s::text[])))
"""
_ON_TABLES: Final = """
SELECT verb, name, '' FROM unnest(%s::text[]) AS t (name),
  unnest(ARRAY['SELECT', 'INSERT', 'DELETE', 'TRUNCATE', 'TRIGGER', 'REFERENCES']) AS v (verb)
WHERE has_table_privilege(to_regclass(name), verb)
UNION ALL
SELECT 'UPDATE', relname, attname FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
WHERE attrelid = ANY (SELECT to_regclass(unnest(%s::text[]))) AND attnum > 0 AND NOT attisdropped
  AND has_column_privilege(attrelid, attnum, 'UPDATE')
UNION ALL
SELECT 'CREATE', 'schema ' || current_schema(), '' WHERE has_schema_privilege(current_schema(), 'CREATE')
UNION ALL
SELECT verb, 'database', '' FROM unnest(ARRAY['CREATE', 'TEMPORARY']) AS v (verb)
WHERE has_database_privilege(current_database(), verb)
"""


def connected(connection: Connection) -> Role:
    """Say who is connected to a PostgreSQL and what they may do with our tables."""
    tables = list(metadata.tables)
    owners = connection.exec_driver_sql(_OWNERS, (tables,)).all()
    rights = connection.exec_driver_sql(_ON_TABLES, (tables, tables)).all()
    return Role(
        str(connection.exec_driver_sql("SELECT current_user").scalar_one()),
        sorted({owner for owner, _is_ours in owners}),
        any(is_ours for _owner, is_ours in owners),
        frozenset(Right(*row) for row in rights),
    )


def must_own(connection: Connection, place: str) -> None:
    """Refuse to migrate as somebody who may not. Raises `StoreError`, which says who may."""
    if connection.dialect.name != "postgresql":
        return
    owners = connection.exec_driver_sql(_OWNERS, (list(metadata.tables),)).all()
    if all(is_ours for _owner, is_ours in owners):
        return
    name = str(connection.exec_driver_sql("SELECT current_user").scalar_one())
    owner = next(owner for owner, is_ours in owners if not is_ours)
    raise StoreError(
        where=place,
        expected=say("{owner}, who owns the tables", owner=owner),
        found=say("{name}, who may not change them", name=name),
        do=say("run as the owner, {owner}: incident db upgrade", owner=owner),
    )
