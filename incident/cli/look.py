"""`incident status`: where a jurisdiction stands, now or at a time; without a name, all of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import click
import msgspec

from incident import bootstrap
from incident.cli import session
from incident.cli.asking import past_of
from incident.cli.output import put, put_json, sourced, table, talk, wants_json
from incident.domain import clock, explain, holding, names, people
from incident.domain.callout import CALLOUT
from incident.domain.errors import RequestError, StoreError
from incident.domain.explain_record import covered
from incident.domain.handing import HANDOVER
from incident.domain.heads import HEAD
from incident.domain.playbook import Playbook
from incident.domain.posture import KINDS, Standing, posture
from incident.domain.say import Words, say
from incident.domain.situation import Stood
from incident.domain.timer import OUTLOOK
from incident.language import _, speak
from incident.service import queries
from incident.service.ports import Reading
from incident.service.queries import Status
from incident.store.sql import SqlStore
from incident.views import kinds, naming
from incident.views.errors import in_a_line
from incident.views.times import put_time

#: Kinds that stand beside the posture: shown with what is due, on duty, asked.
_OF_NO_PLAYBOOK = ("directive", CALLOUT, HANDOVER, OUTLOOK, HEAD, *people.KINDS, *holding.KINDS)
#: Kinds by what a record calls them.
_KINDS: Mapping[str, tuple[str, type[Standing]]] = dict(KINDS.items())


@click.command(help=_("Show where a jurisdiction stands; all of them without a name."))
@click.argument("jurisdiction", required=False)
@click.option("--at", metavar="TIME", help=_("As it was at this time."))
def status(jurisdiction: str | None, at: str | None) -> None:
    """Show one jurisdiction whole, or a line for each."""
    from incident.cli.ahead import ahead, ahead_json, put_ahead  # only where one is shown
    from incident.cli.as_of import as_of, as_of_json, put_as_of
    from incident.cli.on_duty import on_duty, on_duty_json, put_on_duty
    from incident.cli.waiting import put_waiting, waiting, waiting_json

    store = session.store()
    with store.reading() as tx:
        if jurisdiction is None and at is not None:
            raise RequestError(
                where="--at",
                expected=say("a jurisdiction; each reads times in its own zone"),
                found=say("nothing"),
                do=say("name one"),
            )
        if jurisdiction is None:
            _all(store, tx)
            return
        code = queries.find_jurisdiction(tx, jurisdiction)
        _situation, playbook = queries.present(tx, code)
        now = bootstrap.now()
        instant = past_of(at, playbook, now)
        past = as_of(tx, code, instant)
        found = queries.status(tx, code, past)
        coming = ahead(tx, code, now, past)
        duty = on_duty(tx, code, now, past)
        awaited = waiting(tx, code, now, past)
        gone = _given_up(tx, code) if session.option("verbose") else []
    refused = store.left_out([code])
    if wants_json():
        told = {**on_duty_json(duty), **waiting_json(awaited), **ahead_json(coming)}
        put_json({**status_json(found), **_refused_json(refused, code), **told, **as_of_json(past)})
        return
    _talk_of(refused)
    for words in gone:
        talk(words)
    put_status(found, instant)
    put_on_duty(duty)
    put_waiting(awaited)
    put_ahead(coming)
    put_as_of(past, has_ends=True)


def _given_up(tx: Reading, code: str) -> list[Words]:
    """Say what was given up of a journal."""
    from incident.cli.recovered import findings_of  # only where somebody wants to know more

    return [one.words for one in findings_of(tx, code)]


def _talk_of(refused: Mapping[str, StoreError]) -> None:
    """Say that a journal is not the one that was signed: what stands in it may be old."""
    for error in refused.values():
        talk(say("READ-ONLY, and perhaps not the newest: {error}", error=in_a_line(error)))


def _refused_json(refused: Mapping[str, StoreError], code: str) -> dict[str, Any]:
    return {"read_only": speak(in_a_line(refused[code]))} if code in refused else {}


def _all(store: SqlStore, tx: Reading) -> None:
    found = [queries.status(tx, code) for code, _name in tx.codes()]
    refused = store.left_out([one.situation.jurisdiction for one in found])
    if wants_json():
        for one in found:
            put_json({**status_json(one), **_refused_json(refused, one.situation.jurisdiction)})
        return
    _talk_of(refused)
    if not found:
        put(say("no jurisdiction is adopted yet; run: incident adopt PLAYBOOK"))
        return
    rows: list[list[Words]] = [
        [
            one.situation.jurisdiction,
            one.situation.name,
            one.playbook.jurisdiction.name,
            explain.state_name(one.playbook, one.situation.state),
            put_time(one.situation.since, one.playbook),
            one.situation.incident or "",
        ]
        for one in found
    ]
    table(
        rows,
        [say("code"), say("playbook"), say("name"), say("state"), say("since"), say("incident")],
    )


def put_status(found: Status, at: int | None = None) -> None:
    """Show one jurisdiction, now or at an instant: state, authority, all that stands with its clause."""
    situation, playbook = found.situation, found.playbook
    put(
        say(
            "{name} {code}   {state} since {since}",
            name=playbook.jurisdiction.name,
            code=situation.jurisdiction,
            state=explain.state_name(playbook, situation.state),
            since=put_time(situation.since, playbook),
        )
    )
    facts: list[list[Words]] = [[say("playbook"), f"{situation.name} {situation.playbook[:12]}"]]
    if situation.incident:
        facts.append([say("incident"), situation.incident])
    if situation.authority:
        facts.append([say("decided by"), names.name_of(playbook, situation.authority)])
    if situation.planned_end is not None:
        end = put_time(situation.planned_end, playbook)
        passed = situation.planned_end <= (bootstrap.now() if at is None else at)
        late = say("{at}  PASSED: extend it or stand down; it does not end by itself", at=end)
        facts.append([say("planned end"), late if passed else end])
    for seq, hold in holding.holds(found.standing).items():
        what = covered(holding.plain(hold))
        facts.append([say("hold {n}", n=seq), say("nothing may go of {what}", what=what)])
    table(facts)
    lines = list(_lines(found))
    for kind in dict.fromkeys([*KINDS, *(line.kind for line in lines)]):
        rows = [line.row(playbook) for line in lines if line.kind == kind]
        if rows:
            put()
            put(kinds.SEVERAL.get(kind, kind))
            table(rows)


class _Line(NamedTuple):
    """One item that stands by the record, or should by the playbook."""

    kind: str
    key: str
    #: As recorded; none when nothing is.
    stood: Stood | None
    #: Read from the record or else from the playbook; none when that cannot be done.
    item: Standing | None
    #: Whether the playbook has it in this state.
    in_playbook: bool

    def row(self, playbook: Playbook) -> list[Words]:
        """Show it as a row of the status."""
        words = self.words(playbook)
        if self.stood is None:
            return ["!", say("{name}  [missing in the record]", name=words)]
        if not self.in_playbook:
            return ["!", say("{name}  [not in the playbook]", name=words)]
        if self.item is None:
            return ["", words]
        return ["", sourced(words, self.item.source, partly=bool(self.item.project))]

    def words(self, playbook: Playbook) -> Words:
        """Say what stands; what cannot be read is called by its key."""
        if self.item is None:
            return self.key
        try:
            return explain.standing(playbook, self.key, self.item)
        except (ValueError, LookupError):
            return self.key

    def data(self, playbook: Playbook) -> dict[str, Any]:
        """Give it as the JSON contract has it; `fault` only where record and playbook part."""
        name = explain.item_name(playbook, self.key, self.item)
        known: dict[str, Any] = {
            "key": self.key,
            "name": {"zh": name.zh, "en": name.en},
            "source": None if self.item is None else self.item.source,
            "text": speak(self.words(playbook)),
            "since_seq": None if self.stood is None else self.stood.since,
            "item": None if self.stood is None else self.stood.item,
        }
        if self.stood is None:
            known["fault"] = "missing"
        elif not self.in_playbook:
            known["fault"] = "not_in_playbook"
        return known


def _lines(found: Status) -> Iterator[_Line]:
    """List what the record says: what the playbook knows in its order, then what it does not."""
    planned = posture(found.playbook.states[found.situation.state])
    for (kind, key), item in planned.items():
        stood = found.standing.get((kind, key))
        yield _Line(kind, key, stood, item if stood is None else _read(kind, stood), in_playbook=True)
    known: set[tuple[str, str]] = {*planned}
    for of, key in sorted({*found.standing} - known):
        if of in _OF_NO_PLAYBOOK:
            continue
        stood = found.standing[of, key]
        yield _Line(of, key, stood, _read(of, stood), in_playbook=False)


def _read(kind: str, stood: Stood) -> Standing | None:
    """Read an item as it was recorded; none when it is not one of ours."""
    try:
        item: Standing = msgspec.convert(stood.item, _KINDS[kind][1])
    except (KeyError, msgspec.ValidationError):
        return None
    return item


def status_json(found: Status) -> dict[str, Any]:
    """Give one jurisdiction as the JSON contract has it."""
    situation, playbook = found.situation, found.playbook
    standing: dict[str, list[dict[str, Any]]] = {attribute: [] for attribute, _structure in KINDS.values()}
    for line in _lines(found):
        attribute = _KINDS[line.kind][0] if line.kind in _KINDS else line.kind
        standing.setdefault(attribute, []).append(line.data(playbook))
    return {
        "jurisdiction": {"code": situation.jurisdiction, "name": speak(playbook.jurisdiction.name)},
        "state": situation.state,
        "since": clock.stamp(situation.since),
        "incident": situation.incident,
        "posture": standing,
        "playbook": situation.playbook,
        "version": situation.version,
        "holds": [{"hold": seq, **holding.plain(one)} for seq, one in holding.holds(found.standing).items()],
        "authority": None if situation.authority is None else naming.decider(playbook, situation.authority),
        "planned_end": None if situation.planned_end is None else clock.stamp(situation.planned_end),
    }
