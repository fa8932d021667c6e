"""`incident user`: the people themselves."""

from __future__ import annotations

import click

from incident.cli import signing_in
from incident.cli.output import put, put_json, table, talk, wants_json
from incident.cli.user_ways import password_file, read_password
from incident.domain.permission import ROLES
from incident.domain.say import Words, say
from incident.language import _
from incident.service import users
from incident.service.users import Listed


@click.command(
    help=_("Let somebody sign in. They come by a link, or by a password that they have to change.")
)
@click.argument("login")
@click.option("--name", metavar="NAME", required=True, help=_("What they are called on screens."))
@click.option("--sign", metavar="SIGN", help=_("Their sign in the directory of people, such as P9."))
@password_file
def add(login: str, name: str, sign: str | None, password_file: str | None) -> None:
    """Add a user."""
    given = None if password_file is None else read_password(password_file)
    user = users.add(signing_in.gate(), login, name, signing_in.by(), sign=sign, password=given)
    signing_in.put_done(signing_in.user_json(user), say("{login} was added", login=user.login))
    if given is None:
        talk(say("they set a password by: incident user link {login}", login=user.login))
    talk(say("what they may do: `incident user grant {login} ROLE JURISDICTION`", login=user.login))


@click.command("list", help=_("Show who can sign in, and what they may do where."))
def list_command() -> None:
    """List the users."""
    found = users.everybody(signing_in.gate())
    if wants_json():
        for one in found:
            put_json(_listed_json(one))
    elif found:
        table(map(_row, found), [say("login"), say("name"), say("may"), ""])
    else:
        put(say("nobody; make the first administrator: incident user link"))


def _listed_json(one: Listed) -> dict[str, object]:
    return {
        **signing_in.user_json(one.user),
        "grants": [{"role": grant.role, "root": grant.root} for grant in one.grants],
        "subjects": [{"issuer": each.issuer, "subject": each.subject} for each in one.subjects],
    }


def _row(one: Listed) -> list[Words]:
    may = [say("{role} {root}", role=ROLES[grant.role], root=grant.root) for grant in one.grants]
    state: list[Words] = []
    if one.user.disabled_at is not None:
        state.append(say("disabled since {time}", time=signing_in.time(one.user.disabled_at)))
    elif one.user.password is None and not one.subjects:
        state.append(say("has no password yet"))
    elif one.user.must_change:
        state.append(say("has to change the password"))
    return [one.user.login, one.user.name, [*may], [*state]]


@click.command(help=_("Call a user otherwise, or say who they are in the directory of people."))
@click.argument("login")
@click.option("--name", metavar="NAME", help=_("What they are called on screens from now on."))
@click.option("--sign", metavar="SIGN", help=_("Their sign in the directory; - for none."))
def rename(login: str, name: str | None, sign: str | None) -> None:
    """Rename a user."""
    user = users.rename(signing_in.gate(), login, signing_in.by(), name=name, sign=sign)
    signing_in.put_done(
        signing_in.user_json(user), say("{login} is called {name}", login=user.login, name=user.name)
    )


@click.command(help=_("Let somebody sign in no more; ends their sessions and tokens at once."))
@click.argument("login")
def disable(login: str) -> None:
    """Disable a user."""
    user = users.disable(signing_in.gate(), login, signing_in.by())
    signing_in.put_done(signing_in.user_json(user), say("{login} was disabled", login=user.login))


@click.command(help=_("Let somebody sign in again who was disabled."))
@click.argument("login")
def enable(login: str) -> None:
    """Enable a user."""
    user = users.enable(signing_in.gate(), login, signing_in.by())
    signing_in.put_done(signing_in.user_json(user), say("{login} was enabled", login=user.login))
