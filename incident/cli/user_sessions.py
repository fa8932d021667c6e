"""`incident user`: who is signed in, and ending that."""

from __future__ import annotations

from typing import Any

import click

from incident.cli import signing_in
from incident.cli.output import put, put_json, table, wants_json
from incident.domain.errors import RequestError
from incident.domain.identity import Session, User
from incident.domain.say import say
from incident.language import _
from incident.service import sessions, users
from incident.service.ports_identity import Gate


@click.command("sessions", help=_("List who is signed in: a user, or all."))
@click.argument("login", required=False)
def sessions_command(login: str | None) -> None:
    """List sessions."""
    gate = signing_in.gate()
    found, logins = _of(gate, login)
    if wants_json():
        for one in found:
            put_json(_json(one, logins[one.user].login))
    elif found:
        heads = [say("id"), say("login"), say("since"), say("last seen"), say("from"), say("with")]
        table(
            [
                [
                    one.id[: signing_in.SHOWN],
                    logins[one.user].login,
                    signing_in.time(one.created_at),
                    signing_in.time(one.seen_at),
                    one.address,
                    one.agent,
                ]
                for one in found
            ],
            heads,
        )
    else:
        put(say("nobody is signed in"))


@click.command("end-session", help=_("End sessions of a user: one, by the beginning of its id, or all."))
@click.argument("login")
@click.argument("session_id", metavar="[ID]", required=False)
@click.option("--all", "every", is_flag=True, help=_("All of them."))
def end_session(login: str, session_id: str | None, every: bool) -> None:
    """End sessions."""
    gate = signing_in.gate()
    found, _logins = _of(gate, login)
    meant = [one for one in found if every or (session_id and one.id.startswith(session_id))]
    if not every and len(meant) != 1:
        raise RequestError(
            where="ID",
            expected=say("the beginning of the id of one session, or --all"),
            found=say("`{key}`, which names {n}", key=session_id or "", n=len(meant)),
            do=say("look: incident user sessions {login}", login=login),
        )
    n = sessions.end_sessions(gate, meant, signing_in.by())
    signing_in.put_done({"login": login, "ended": n}, say("sessions ended: {n}", n=n))


def _of(gate: Gate, login: str | None) -> tuple[list[Session], dict[str, User]]:
    """Give the sessions of a user or of all, and who the users are. Raises `RequestError`."""
    with gate.identity.reading() as tx:
        known = {one.id: one for one in tx.users()}
        whose = None if login is None else users.find(tx, login).id
    return sessions.sessions(gate, whose), known


def _json(one: Session, login: str) -> dict[str, Any]:
    return {
        "id": one.id,
        "login": login,
        "created_at": signing_in.stamp(one.created_at),
        "seen_at": signing_in.stamp(one.seen_at),
        "ends_at": signing_in.stamp(one.ends_at),
        "address": one.address,
        "agent": one.agent,
    }
