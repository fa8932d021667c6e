"""The tables of people who sign in (ADR 0021).

No key here begins with a jurisdiction: who somebody is holds in all of them. Whoever writes has the one lock
of all these tables, and no journal's. Columns stand in the order of the structures of `domain/identity.py`.
Of what lets somebody in there is the SHA-256 alone.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, Boolean, Column, Table, Text, UniqueConstraint

from incident.store.base import index, metadata

#: Who can sign in.
user = Table(
    "identity_user",
    metadata,
    Column("id", Text, primary_key=True),
    Column("login", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("password", Text),
    Column("sign", Text),
    Column("created_at", BigInteger, nullable=False),
    Column("disabled_at", BigInteger),
    Column("must_change", Boolean, nullable=False),
    UniqueConstraint("login", name="identity_user_login"),
)

#: Who has which role, in which jurisdiction and all below it; `*` is everywhere.
grant = Table(
    "identity_grant",
    metadata,
    Column("user", Text, primary_key=True),
    Column("role", Text, primary_key=True),
    Column("root", Text, primary_key=True),
    Column("at", BigInteger, nullable=False),
)

#: Who is signed in.
session = Table(
    "identity_session",
    metadata,
    Column("id", Text, primary_key=True),
    Column("user", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("seen_at", BigInteger, nullable=False),
    Column("ends_at", BigInteger, nullable=False),
    Column("csrf", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("agent", Text, nullable=False),
    Column("device", Text, nullable=False),
    index("identity_session_user", "user"),
)

#: What other programs come with. `scopes` are parted by blanks.
token = Table(
    "identity_token",
    metadata,
    Column("id", Text, primary_key=True),
    Column("user", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("scopes", Text, nullable=False),
    Column("root", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("ends_at", BigInteger, nullable=False),
    Column("used_at", BigInteger),
    Column("made_by", Text),
    Column("opens", Text),
    index("identity_token_user", "user"),
)

#: From where somebody has signed in before.
device = Table(
    "identity_device",
    metadata,
    Column("id", Text, primary_key=True),
    Column("user", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("used_at", BigInteger, nullable=False),
    Column("address", Text, nullable=False),
    index("identity_device_user", "user"),
)

#: Links by which a password is set; `user` is none for the one that makes the first user.
link = Table(
    "identity_link",
    metadata,
    Column("id", Text, primary_key=True),
    Column("user", Text),
    Column("created_at", BigInteger, nullable=False),
    Column("ends_at", BigInteger, nullable=False),
)

#: As whom other providers know somebody.
subject = Table(
    "identity_subject",
    metadata,
    Column("issuer", Text, primary_key=True),
    Column("subject", Text, primary_key=True),
    Column("user", Text, nullable=False),
    Column("linked_at", BigInteger, nullable=False),
)

#: What failed lately, and before when it is not tried again.
failures = Table(
    "identity_failures",
    metadata,
    Column("key", Text, primary_key=True),
    Column("count", BigInteger, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("free_at", BigInteger, nullable=False),
    index("identity_failures_at", "at"),
)

#: The record of access. By trigger it is added to alone, until a line is old (`guards.py`).
access = Table(
    "identity_access",
    metadata,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
    Column("kind", Text, nullable=False),
    Column("user", Text),
    Column("os_user", Text),
    Column("claimed", Text),
    Column("about", Text),
    Column("jurisdiction", Text),
    Column("what", Text),
    Column("address", Text),
    # since 0011: newest first, whatever is asked for
    index("identity_access_at", "at", "seq"),
    index("identity_access_kind", "kind", "at", "seq"),
    index("identity_access_user", "user", "at", "seq"),
    index("identity_access_about", "about", "at", "seq", where="about IS NOT NULL"),
    index("identity_access_claimed", "claimed", "at", "seq", where="claimed IS NOT NULL"),
    index("identity_access_jurisdiction", "jurisdiction", "at", "seq", where="jurisdiction IS NOT NULL"),
)

#: All of them.
TABLES: Final = (user, grant, session, token, device, link, subject, failures, access)
