"""`incident access`: the record of who came in, who was kept out, and who read what names people."""

from __future__ import annotations

from typing import Any, get_args

import click

from incident.cli import signing_in
from incident.cli.output import put, put_json, table, talk, wants_json
from incident.domain.errors import RequestError
from incident.domain.identity import Access, AccessKind, User, claimed, folded
from incident.domain.organisation import ZONE
from incident.domain.say import Words, say
from incident.language import _
from incident.service.access import look
from incident.service.intake import read_time_in
from incident.service.ports_identity import WantedAccess
from incident.views.access import KINDS

_MOST = 10_000


@click.command(help=_("Show who signed in, who was kept out, who read personal data, newest first."))
@click.option("--since", metavar="TIME", help=_("At this time or later."))
@click.option("--until", metavar="TIME", help=_("Before this time."))
@click.option("--kind", "kinds", metavar="KIND", multiple=True, help=_("Only of this kind; repeat."))
@click.option(
    "--user", "login", metavar="LOGIN", help=_("Only by or about this user, or tried by this login.")
)
@click.option("--in", "jurisdiction", metavar="CODE", help=_("Only of this jurisdiction."))
@click.option(
    "--limit", type=click.IntRange(1, _MOST), default=100, show_default=True, help=_("At most so many.")
)
@click.option("--before", type=int, metavar="NUMBER", help=_("Those before this line: the next page."))
def access(
    since: str | None,
    until: str | None,
    kinds: tuple[str, ...],
    login: str | None,
    jurisdiction: str | None,
    limit: int,
    before: int | None,
) -> None:
    """Print the record of access; with --json one line an object."""
    gate = signing_in.gate()
    with gate.identity.reading() as tx:
        known = {one.id: one for one in tx.users()}
    user = next((one.id for one in known.values() if login is not None and one.login == folded(login)), None)
    wanted = WantedAccess(
        since=read_time_in("--since", since, ZONE, gate.now()),
        until=read_time_in("--until", until, ZONE, gate.now()),
        kinds=[_kind(one) for one in kinds],
        user=user,
        claimed=None if login is None else claimed(login),
        jurisdiction=jurisdiction,
        before=before,
    )
    found = look(gate, wanted, limit)
    _put(found, known)
    if len(found) == limit:
        talk(say("there may be more: --before {seq}", seq=found[-1].seq))


def _kind(words: str) -> AccessKind:
    known: tuple[AccessKind, ...] = get_args(AccessKind)
    for one in known:
        if one == words:
            return one
    raise RequestError(where="--kind", expected=[*known], found=f"`{words}`", do=say("choose one of those"))


def _put(found: list[Access], known: dict[str, User]) -> None:
    if wants_json():
        for one in found:
            put_json(_json(one, known))
        return
    if not found:
        put(say("nothing like that is recorded"))
        return
    heads = [
        say("number"),
        say("when"),
        say("who"),
        say("did"),
        say("to whom"),
        say("jurisdiction"),
        say("what"),
    ]
    table([_row(one, known) for one in found], [*heads, say("from")])


def _row(one: Access, known: dict[str, User]) -> list[Words]:
    who: Words = _login(one.user, known)
    if one.user is None:
        who = say("{user} (this machine)", user=one.os_user) if one.os_user else say("somebody")
    about = _login(one.about, known) if one.about != one.user else None
    return [
        str(one.seq),
        signing_in.time(one.at),
        who,
        KINDS[one.kind],
        about,
        one.jurisdiction,
        one.what,
        one.address,
    ]


def _login(user: str | None, known: dict[str, User]) -> str | None:
    return known[user].login if user in known else user


def _json(one: Access, known: dict[str, User]) -> dict[str, Any]:
    return {
        "seq": one.seq,
        "at": signing_in.stamp(one.at),
        "kind": one.kind,
        "user": one.user,
        "login": _login(one.user, known),
        "os_user": one.os_user,
        "claimed": one.claimed,
        "about": one.about,
        "about_login": _login(one.about, known),
        "jurisdiction": one.jurisdiction,
        "what": one.what,
        "address": one.address,
    }
