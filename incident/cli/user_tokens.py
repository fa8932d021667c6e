"""`incident user`: what other programs come with, in somebody's name."""

from __future__ import annotations

from typing import Any

import click

from incident.cli import signing_in
from incident.cli.output import put, put_json, table, talk, wants_json
from incident.domain.identity import Token
from incident.domain.permission import EVERYWHERE, PERMISSIONS
from incident.domain.say import Words, say
from incident.language import _
from incident.service import tokens
from incident.service.ports_identity import Gate


@click.command(help=_("Make a token for another program, in a user's name; it is shown this once."))
@click.argument("login")
@click.option("--name", metavar="TEXT", required=True, help=_("Which program it is for."))
@click.option(
    "--scope",
    "scopes",
    metavar="|".join(PERMISSIONS),
    multiple=True,
    required=True,
    help=_("What of the user's permissions it carries; repeat."),
)
@click.option(
    "--in",
    "root",
    metavar="CODE",
    default=EVERYWHERE,
    help=_("Only in this jurisdiction and below it; default: wherever the user may."),
)
@click.option(
    "--days", type=int, default=tokens.USUAL, show_default=True, help=_("For how many days it works.")
)
def token(login: str, name: str, scopes: tuple[str, ...], root: str, days: int) -> None:
    """Make a token."""
    made = tokens.make(signing_in.gate(), login, name, scopes, signing_in.by(), root=root, days=days)
    maker = _logins(signing_in.gate())
    signing_in.put_done({**_json(made.token, login, maker), "token": made.plain}, made.plain)
    talk(
        say(
            "it is shown this once, and works until {time}; take it back: `incident user end-token {id}`",
            time=signing_in.time(made.token.ends_at),
            id=made.token.id[: signing_in.SHOWN],
        )
    )


@click.command("tokens", help=_("List the tokens of a user, or of all."))
@click.argument("login", required=False)
def tokens_command(login: str | None) -> None:
    """List tokens."""
    gate = signing_in.gate()
    found, logins = tokens.tokens(gate, login), _logins(gate)
    if wants_json():
        for one in found:
            put_json(_json(one, logins[one.user], logins))
    elif found:
        heads: list[Words] = [say("id"), say("login"), say("for"), say("scopes"), say("in"), say("until")]
        heads += [say("last used"), say("made by")]
        table([_row(one, logins, gate.now()) for one in found], heads)
    else:
        put(say("no token"))


@click.command("end-token", help=_("Take a token back, named by the beginning of its id; it holds at once."))
@click.argument("token_id", metavar="ID")
def end_token(token_id: str) -> None:
    """Take a token back."""
    gate = signing_in.gate()
    ended = tokens.revoke(gate, token_id, signing_in.by())
    logins = _logins(gate)
    signing_in.put_done(
        _json(ended, logins[ended.user], logins), say("the token for {name} was taken back", name=ended.name)
    )


def _logins(gate: Gate) -> dict[str, str]:
    with gate.identity.reading() as tx:
        return {one.id: one.login for one in tx.users()}


def _row(one: Token, logins: dict[str, str], now: int) -> list[Words]:
    until = signing_in.time(one.ends_at)
    return [
        one.id[: signing_in.SHOWN],
        logins[one.user],
        one.name,
        [*one.scopes],
        one.root,
        until if now < one.ends_at else say("{time}, over", time=until),
        signing_in.time(one.used_at) or say("never"),
        say("themselves") if one.is_own else logins.get(one.made_by or "", "") or say("nobody who signed in"),
    ]


def _json(one: Token, login: str, logins: dict[str, str]) -> dict[str, Any]:
    return {
        "id": one.id,
        "login": login,
        "name": one.name,
        "scopes": [*one.scopes],
        "root": one.root,
        "created_at": signing_in.stamp(one.created_at),
        "ends_at": signing_in.stamp(one.ends_at),
        "used_at": signing_in.stamp(one.used_at),
        "made_by": logins.get(one.made_by or ""),
        "opens": one.opens,
    }
