"""`incident playbook diff`: what two versions of a jurisdiction's plan differ in, or a file would change.

A version is named by the entry that adopted it, or by its hash or the beginning of it. Nothing is recorded.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import click

from incident.cli import session
from incident.cli.files import PlaybookToRead
from incident.cli.output import put, put_json, table, wants_json
from incident.domain.errors import RequestError
from incident.domain.playbook import Playbook, digest, encode
from incident.domain.say import Words, say
from incident.language import _
from incident.service import queries
from incident.service.ports import Reading
from incident.service.versions import Version, versions
from incident.views import kinds
from incident.views.clauses import sourced
from incident.views.plan import PlanLine
from incident.views.versions import Compared, compared, differing

#: Letters of a hash that are taken for its beginning; fewer are the number of an entry, or nothing.
_FEWEST: Final = 7


@click.command(
    "diff",
    help=_(
        "Compare versions of a plan: the one that governs with the one before it, or with a PLAYBOOK "
        "(a shipped one's name, or a file)."
    ),
)
@click.argument("jurisdiction")
@click.argument("brought", metavar="[PLAYBOOK]", required=False, type=PlaybookToRead())
@click.option(
    "--from",
    "before",
    metavar="VERSION",
    help=_("What to compare with: number of the entry that adopted it, or its hash or the beginning of it."),
)
@click.option("--to", "after", metavar="VERSION", help=_("What is compared; default: the one that governs."))
def diff(jurisdiction: str, brought: str | None, before: str | None, after: str | None) -> None:
    """Show what stands otherwise in each state, and every value that differs."""
    with session.store().reading() as tx:
        code = queries.find_jurisdiction(tx, jurisdiction)
        if brought is None:
            old, new = _stored(tx, code, before, after)
        else:
            old, new = _beside(tx, code, before, after, brought)
    found = compared(old.playbook, new.playbook)
    if wants_json():
        put_json(differing(new.playbook, (old.digest, new.digest), found))
    else:
        _put(old, new, found)


class _Side(NamedTuple):
    """One of two versions."""

    digest: str
    playbook: Playbook


def _stored(tx: Reading, code: str, before: str | None, after: str | None) -> tuple[_Side, _Side]:
    """Find two versions that are kept. Raises `RequestError`."""
    new = _governing(tx, code) if after is None else _named(tx, code, "--to", after)
    old = _before(tx, code, new) if before is None else _named(tx, code, "--from", before)
    return _Side(old, tx.playbook(code, old)), _Side(new, tx.playbook(code, new))


def _beside(tx: Reading, code: str, before: str | None, after: str | None, name: str) -> tuple[_Side, _Side]:
    """Find a version that is kept, and read a playbook. Raises `PlaybookError` and `RequestError`."""
    if after is not None:
        raise RequestError(
            where="--to",
            expected=say("nothing beside a playbook, which is what is compared"),
            found=f"`{after}`",
            do=say("leave one of them out"),
        )
    old = _governing(tx, code) if before is None else _named(tx, code, "--from", before)
    return _Side(old, tx.playbook(code, old)), _brought(name, code)


def _governing(tx: Reading, code: str) -> str:
    situation, _playbook = queries.present(tx, code)
    return situation.playbook


def _brought(name: str, code: str) -> _Side:
    from incident.playbook_text.load import must_load

    playbook = must_load(name).playbook
    assert playbook is not None, "a playbook without errors was read"
    if playbook.jurisdiction.code != code:
        raise RequestError(
            where="PLAYBOOK",
            expected=say("a playbook of {code}", code=code),
            found=playbook.jurisdiction.code,
            do=say("name another"),
        )
    return _Side(digest(encode(playbook)), playbook)


def _named(tx: Reading, code: str, option: str, word: str) -> str:
    """Give the hash of the version that is meant. Raises `RequestError` for none, or several."""
    adoptions = versions(tx, code)
    found = {one.digest for one in adoptions if str(one.seq) == word}
    if not found and len(word) >= _FEWEST:
        found = {one.digest for one in adoptions if one.digest.startswith(word.lower())}
    if len(found) == 1:
        return found.pop()
    raise RequestError(
        where=option,
        expected=[_shown(one) for one in adoptions],
        found=f"`{word}`",
        do=say("give the number of an entry, or more of a hash"),
    )


def _shown(one: Version) -> str:
    return one.digest[:12] if one.seq is None else f"{one.digest[:12]} #{one.seq}"


def _before(tx: Reading, code: str, later: str) -> str:
    """Give the hash of the version that governed before another. Raises `RequestError` where none did."""
    adopted = [one.digest for one in versions(tx, code)]
    for earlier in adopted[adopted.index(later) :]:
        if earlier != later:
            return earlier
    raise RequestError(
        where="--from",
        expected=say("a version before {hash}", hash=later[:12]),
        found=say("none"),
        do=say("name a version, or a playbook to compare with"),
    )


def _put(old: _Side, new: _Side, found: Compared) -> None:
    place = new.playbook.jurisdiction
    put(
        say(
            "{name} {code}   playbook {before} → {after}",
            name=place.name,
            code=place.code,
            before=old.digest[:12],
            after=new.digest[:12],
        )
    )
    if not found.values:
        put(say("Nothing differs."))
        return
    for state in found.states:
        named = (new.playbook.states.get(state.key) or old.playbook.states[state.key]).name
        put()
        put(named if state.op == "~" else say("{op} {name}", op=state.op, name=named))
        table([_row(one) for one in state.changes])
    put()
    put(say("value by value: {n}", n=len(found.values)))
    table([[f"  {one.path}", _value(one.before), "→", _value(one.after)] for one in found.values])


def _row(one: PlanLine) -> list[Words]:
    return [one.op, kinds.ONE[one.kind], sourced(one.text, one.source, ending=one.op == "-")]


def _value(value: str | None) -> str:
    return "–" if value is None else value
