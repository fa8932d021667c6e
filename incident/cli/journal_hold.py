"""`incident journal hold`: keep entries and people from being erased, redacted or dropped."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import click

from incident import bootstrap
from incident.cli import acts, session
from incident.cli.output import put, put_json, table, wants_json
from incident.domain import holding
from incident.domain.errors import RequestError
from incident.domain.explain_record import covered
from incident.domain.facts import ItemEnded, ItemStarted
from incident.domain.holding import Hold
from incident.domain.say import Words, say
from incident.language import _
from incident.service import hold as service
from incident.service import queries
from incident.service.hold import Held
from incident.views import record as views
from incident.views.acts import recorded
from incident.views.times import put_time

F = TypeVar("F", bound=Callable[..., Any])
_SPAN = re.compile(r"([0-9]{1,18})(?:-([0-9]{1,18}))?")


@click.group(help=_("Legal holds: what nobody may erase, redact or drop until they are released."))
def hold() -> None:
    """Hold the commands about holds."""


def _why(command: F) -> F:
    """Add the options that say why."""
    reason = click.option("--reason", metavar="TEXT", required=True, help=_("Why."))
    basis = click.option(
        "--basis", metavar="TEXT", required=True, help=_("Instrument and clause that ask for it.")
    )
    return reason(basis(command))


@hold.command("place", help=_("Keep entries, or who somebody is, until this hold is released."))
@click.argument("jurisdiction")
@click.option(
    "--entry",
    "entries",
    metavar="N[-M]",
    multiple=True,
    help=_("An entry, or some in a row; may be repeated."),
)
@click.option("--all", "everything", is_flag=True, help=_("All entries, those to come too, and everybody."))
@click.option("--holder", metavar="HOLDER", help=_("Who a holder is, such as P9: name and addresses."))
@_why
@acts.acting
def place(
    jurisdiction: str,
    *,
    entries: Sequence[str],
    everything: bool,
    holder: str | None,
    reason: str,
    basis: str,
    by: str | None,
    event_id: str | None,
) -> int:
    """Place a hold."""
    origin = acts.origin(by, event_id)
    wanted = _read(entries, holder, everything=everything)
    store, code, _playbook = acts.place(jurisdiction)
    outcome = service.place(
        store,
        code,
        wanted,
        reason=reason,
        basis=basis,
        origin=origin,
        now=bootstrap.clock,
        chance=bootstrap.chance,
    )
    acts.told(outcome)
    item = next(
        fact for fact in outcome.entry.facts if isinstance(fact, ItemStarted) and fact.kind == holding.HOLD
    )
    if wants_json():
        put_json(views.placed(outcome, item))
    else:
        put(say("hold {n}: nothing may go of {what}", n=item.key, what=covered(item.after)))
    return 0


def _read(entries: Sequence[str], holder: str | None, *, everything: bool) -> Hold:
    """Read what a hold is to cover. Raises `RequestError`."""
    given = [
        name
        for name, is_given in (("--entry", entries), ("--all", everything), ("--holder", holder))
        if is_given
    ]
    if len(given) != 1:
        raise RequestError(
            where=say("hold"),
            expected=say("one of --entry, --all and --holder"),
            found=[*given] or say("nothing"),
            do=say("place a hold for each"),
        )
    return Hold(all=everything, entries=sorted(map(_span, entries)), holder=holder)


def _span(words: str) -> tuple[int, int]:
    found = _SPAN.fullmatch(words.strip())
    if found is None:
        raise RequestError(
            where="--entry",
            expected=say("the number of an entry, or two such as {span}", span="12-30"),
            found=f"`{words}`",
            do=say("look: incident history"),
        )
    return int(found[1]), int(found[2] or found[1])


@hold.command("release", help=_("Release a hold; what it kept may go then."))
@click.argument("jurisdiction")
@click.argument("number", type=int, metavar="HOLD")
@_why
@acts.acting
def release(
    jurisdiction: str, number: int, *, reason: str, basis: str, by: str | None, event_id: str | None
) -> int:
    """Release a hold."""
    origin = acts.origin(by, event_id)
    store, code, _playbook = acts.place(jurisdiction)
    outcome = service.release(
        store,
        code,
        number,
        reason=reason,
        basis=basis,
        origin=origin,
        now=bootstrap.clock,
        chance=bootstrap.chance,
    )
    acts.told(outcome)
    before = recorded(outcome, ItemEnded).before
    if wants_json():
        put_json(views.released(outcome, number))
    else:
        put(say("hold {n} released: {what}", n=number, what=covered(before)))
    return 0


@hold.command("list", help=_("Show the holds that stand."))
@click.argument("jurisdiction")
def list_command(jurisdiction: str) -> int:
    """List holds."""
    with session.store().reading() as tx:
        code = queries.find_jurisdiction(tx, jurisdiction)
        _situation, playbook = queries.present(tx, code)
        found = service.holds(tx, code)
    if wants_json():
        put_json(views.holds(code, found))
        return 0
    if not found:
        put(say("no hold stands"))
        return 0
    rows: list[list[Words]] = [
        [str(one.seq), covered(holding.plain(one.hold)), put_time(one.at, playbook), *_said(one)]
        for one in found
    ]
    titles = (say("hold"), say("nothing may go of"), say("since"), say("by"), say("basis"), say("reason"))
    table(rows, [*titles])
    return 0


def _said(one: Held) -> list[Words]:
    return [
        one.disclosed.get(name, say("(erased; its digest remains)")) for name in ("by", "basis", "reason")
    ]
