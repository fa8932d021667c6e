"""What the commands about people who sign in share: the gate, who does it, how a user is shown."""

from __future__ import annotations

from typing import Any, Final

from incident import bootstrap
from incident.cli import session
from incident.cli.output import put, put_json, wants_json
from incident.domain import clock
from incident.domain.identity import User
from incident.domain.organisation import ZONE
from incident.domain.say import Words
from incident.service.access import By
from incident.service.ports_identity import Gate

#: Letters of an id by which a token or a session is named.
SHOWN: Final = 12


def gate() -> Gate:
    """Give what people sign in by, in the database of this run."""
    return bootstrap.gate(session.store())


def by() -> By:
    """Say who does it: who signed in at a server, else the user of this machine."""
    served = session.served()
    if served is not None:
        return By(user=served.person.user, address=served.address)
    return By(os_user=session.os_user())


def time(at: int | None) -> str:
    """Show an instant; nothing where there is none."""
    return "" if at is None else clock.shown(at, ZONE)


def stamp(at: int | None) -> str | None:
    """Give an instant as the JSON contract has it."""
    return None if at is None else clock.stamp(at)


def user_json(user: User) -> dict[str, Any]:
    """Give a user as the JSON contract has it."""
    return {
        "id": user.id,
        "login": user.login,
        "name": user.name,
        "sign": user.sign,
        "created_at": stamp(user.created_at),
        "disabled_at": stamp(user.disabled_at),
        "has_password": user.password is not None,
        "must_change": user.must_change,
    }


def put_done(plain: dict[str, Any], said: Words) -> None:
    """Print what was done: as an object, or as a sentence."""
    if wants_json():
        put_json(plain)
    else:
        put(said)
