"""The statements of the store about people who sign in.

Those that write take rows as plain tuples, in the order of the question marks (`bulk.py`).
"""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import ColumnElement, Select, bindparam, func, or_, select, union

from incident.service.ports_identity import WantedAccess
from incident.store.bulk import insert_into
from incident.store.tables_identity import (
    access,
    device,
    failures,
    grant,
    link,
    session,
    subject,
    token,
    user,
)


def _upsert(table: str, key: str, *changing: str) -> str:
    """Give the statement that writes a row, or these of its columns where it is there."""
    moved = ", ".join(f"{name} = excluded.{name}" for name in changing)
    return f"{insert_into(table)} ON CONFLICT ({key}) DO UPDATE SET {moved}"


PUT_USER: Final = _upsert("identity_user", "id", "name", "password", "sign", "disabled_at", "must_change")
PUT_GRANT: Final = f"{insert_into('identity_grant')} ON CONFLICT DO NOTHING"
PUT_SESSION: Final = _upsert("identity_session", "id", "seen_at")
PUT_TOKEN: Final = _upsert("identity_token", "id", "used_at")
PUT_DEVICE: Final = _upsert("identity_device", "id", "used_at", "address")
PUT_LINK: Final = insert_into("identity_link")
PUT_SUBJECT: Final = insert_into("identity_subject")
PUT_FAILURES: Final = _upsert("identity_failures", "key", "count", "at", "free_at")
NOTE: Final = insert_into("identity_access")
#: User, role, root.
DROP_GRANT: Final = 'DELETE FROM identity_grant WHERE "user" = ? AND role = ? AND root = ?'
#: Number.
DROP_ACCESS: Final = "DELETE FROM identity_access WHERE seq = ?"
#: Id.
DROP_LINK: Final = "DELETE FROM identity_link WHERE id = ?"
DROP_SESSION: Final = "DELETE FROM identity_session WHERE id = ?"
DROP_TOKEN: Final = "DELETE FROM identity_token WHERE id = ?"  # noqa: S105 - a statement
DROP_DEVICE: Final = "DELETE FROM identity_device WHERE id = ?"
#: Issuer, subject.
DROP_SUBJECT: Final = "DELETE FROM identity_subject WHERE issuer = ? AND subject = ?"
#: Key.
DROP_FAILURES: Final = "DELETE FROM identity_failures WHERE key = ?"
#: The latest instant.
DROP_OLD_FAILURES: Final = "DELETE FROM identity_failures WHERE at <= ?"

USERS: Final = select(user).order_by(user.c.login)
USER: Final = select(user).where(user.c.id == bindparam("id"))
USER_OF: Final = select(user).where(user.c.login == bindparam("login"))
GRANTS: Final = (
    select(grant.c.role, grant.c.root)
    .where(grant.c.user == bindparam("user"))
    .order_by(grant.c.root, grant.c.role)
)
HOLDERS: Final = (
    select(grant.c.user)
    .where(grant.c.role == bindparam("role"), grant.c.root == bindparam("root"))
    .order_by(grant.c.user)
)
SESSION: Final = select(session).where(session.c.id == bindparam("id"))
SESSIONS: Final = select(session).order_by(session.c.created_at.desc(), session.c.id)
SESSIONS_OF: Final = SESSIONS.where(session.c.user == bindparam("user"))
TOKEN: Final = select(token).where(token.c.id == bindparam("id"))
TOKENS: Final = select(token).order_by(token.c.created_at.desc(), token.c.id)
TOKENS_OF: Final = TOKENS.where(token.c.user == bindparam("user"))
DEVICE: Final = select(device).where(device.c.id == bindparam("id"))
DEVICES: Final = (
    select(device).where(device.c.user == bindparam("user")).order_by(device.c.used_at.desc(), device.c.id)
)
LINK: Final = select(link).where(link.c.id == bindparam("id"))
LINKS_OF: Final = select(link.c.id).where(link.c.user == bindparam("user"))
#: Those that make the first user.
FIRST_LINKS: Final = select(link.c.id).where(link.c.user.is_(None))
SUBJECT: Final = select(subject).where(
    subject.c.issuer == bindparam("issuer"), subject.c.subject == bindparam("subject")
)
SUBJECTS: Final = (
    select(subject).where(subject.c.user == bindparam("user")).order_by(subject.c.issuer, subject.c.subject)
)
FAILURES: Final = (
    select(failures).where(failures.c.key.in_(bindparam("keys", expanding=True))).order_by(failures.c.key)
)
LAST_ACCESS: Final = select(func.max(access.c.seq))
NOTED_LAST: Final = select(access).order_by(access.c.seq.desc()).limit(bindparam("most"))
OLDEST_ACCESS: Final = select(func.min(access.c.at))
ACCESSES_BEFORE: Final = select(func.count()).select_from(access).where(access.c.at < bindparam("at"))
OLD_ACCESSES: Final = (
    select(access.c.seq)
    .where(access.c.at < bindparam("at"))
    .order_by(access.c.at, access.c.seq)
    .limit(bindparam("most"))
)
#: Of the line of a number, or of the next one that is there.
ACCESS_AT: Final = select(access.c.at).where(access.c.seq >= bindparam("seq")).order_by(access.c.seq).limit(1)


def accesses(wanted: WantedAccess, limit: int, at: int | None = None) -> Select[Any]:
    """Give the statement that finds lines of the record of access.

    `at` is the instant of the line that they come after. A line by one of several columns is looked for in
    each of them by itself: so an index gives it in order, and none reads what is not shown.
    """
    ways: list[ColumnElement[bool]] = []
    if wanted.user is not None:
        ways += [column == wanted.user for column in (access.c.user, access.c.about)]
    if wanted.claimed is not None:
        ways.append(access.c.claimed == wanted.claimed)
    if not ways:
        return _lines(wanted, limit, at)
    each = (select(_lines(wanted, limit, at).where(way).subquery()) for way in ways)
    found = union(*each).subquery()
    return select(found).order_by(found.c.at.desc(), found.c.seq.desc()).limit(limit)


def _lines(wanted: WantedAccess, limit: int, at: int | None) -> Select[Any]:
    """Give the statement that finds lines, whoever they are about."""
    found = select(access).order_by(access.c.at.desc(), access.c.seq.desc()).limit(limit)
    if wanted.since is not None:
        found = found.where(access.c.at >= wanted.since)
    if wanted.until is not None:
        found = found.where(access.c.at < wanted.until)
    if wanted.kinds:
        found = found.where(access.c.kind.in_(sorted(wanted.kinds)))
    if wanted.jurisdiction is not None:
        found = found.where(access.c.jurisdiction == wanted.jurisdiction)
    if wanted.before is not None and at is not None:
        found = found.where(access.c.at <= at, or_(access.c.at < at, access.c.seq < wanted.before))
    return found
