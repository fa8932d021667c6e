"""What a demo is as it is served: who can sign in, how that is said, and what must not be given with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

import click
from click.core import ParameterSource

from incident.cli import session
from incident.cli.output import put, table
from incident.domain.errors import RequestError
from incident.domain.permission import EVERYWHERE, ROLES, Role
from incident.domain.say import say

if TYPE_CHECKING:
    from incident.cli.working import Terms

#: Options that lead out of a demo, or into it.
_FOREIGN: Final = ("messages", "outgoing", "key", "checkpoints")


class Login(NamedTuple):
    """Somebody who can sign in."""

    login: str
    name: str
    role: Role
    #: Where the role holds.
    root: str
    #: Their sign in the directory of the town.
    sign: str | None = None


class Demo(NamedTuple):
    """A demo that is ready to be served."""

    url: str
    #: On what terms its worker works: messages and checkpoints stay in its folder.
    terms: Terms
    logins: Sequence[Login]
    #: Of all of them.
    password: str


def must_stay_inside() -> None:
    """Refuse options that lead out of a demo. Raises `RequestError`."""
    context = click.get_current_context()
    given = [
        f"--{name}" for name in _FOREIGN if context.get_parameter_source(name) is ParameterSource.COMMANDLINE
    ]
    if session.option("db"):
        given.append("--db")
    if given:
        raise RequestError(
            where="--demo",
            expected=say("a demo on a database of its own that reaches nobody"),
            found=" ".join(given),
            do=say("leave out one or the other"),
        )


def put_logins(demo: Demo) -> None:
    """Show who can sign in, and by what."""
    put(say("This is a demo: everybody in it is invented, nobody outside is told, it is gone at the end."))
    put(say("Sign in as one of these; the password of all is {password}", password=demo.password))
    table(
        [
            [one.login, ROLES[one.role], say("everywhere") if one.root == EVERYWHERE else one.root]
            for one in demo.logins
        ],
        [say("login"), say("role"), say("where")],
    )


def logins_json(demo: Demo) -> list[Mapping[str, str]]:
    """Give the same to other programs."""
    return [
        {"login": one.login, "role": one.role, "root": one.root, "password": demo.password}
        for one in demo.logins
    ]
