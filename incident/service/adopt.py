"""Putting a jurisdiction under its playbook, and under another version of it while it is in routine.

The posture of the initial state begins to stand with the first adoption. A running incident stays pinned to
the playbook under which it was opened, so adopting then is refused.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from incident import __version__
from incident.domain import clock, journal
from incident.domain.check import check
from incident.domain.decision import change_facts
from incident.domain.errors import PlaybookError, Refused, RequestError
from incident.domain.facts import AnyFact, PlaybookAdopted
from incident.domain.journal import Entry
from incident.domain.playbook import Playbook, digest, encode
from incident.domain.posture import difference, posture
from incident.domain.say import say
from incident.domain.situation import Situation
from incident.service.follow import follow
from incident.service.ports import Chance, Clock, Log, Reading, Store
from incident.service.record import Seals, frame_of, to_record
from incident.service.tick import catch_up
from incident.service.who import Who


class Adoption(Struct, frozen=True, kw_only=True):
    """What became of an adoption."""

    situation: Situation
    playbook: Playbook
    #: The facts recorded; none when this very version governed already.
    facts: list[AnyFact]


def adopt(store: Store, playbook: Playbook, who: Who, *, now: Clock, chance: Chance) -> Adoption:
    """Put the playbook's jurisdiction under it; the rules of `playbook check` that warn are recorded.

    Raises `PlaybookError` for a playbook with errors, `Refused` during an incident and `RequestError` when
    another jurisdiction has the playbook's name.
    """
    problems = check(playbook)
    errors = [problem for problem in problems if problem.severity == "error"]
    if errors:
        raise PlaybookError(playbook.playbook, errors)
    warnings = [problem.rule for problem in problems]
    code = playbook.jurisdiction.code
    body = encode(playbook)
    name = digest(body)
    with store.writing(code) as tx:
        _check_name(tx, code, playbook)
        log = tx.log(code)
        if log is not None and log.situation.playbook == name:
            return Adoption(situation=log.situation, playbook=playbook, facts=[])
        at, seals = now(), Seals(chance)
        log = None if log is None else catch_up(tx, log, at, None)
        facts = adoption(tx, log, playbook, name, warnings)
        frame = frame_of(tx, code)
        seq = 0 if log is None else log.situation.version
        facts, newest = follow(tx, playbook, frame.standing, facts, seq=seq, at=at)
        entry = Entry(
            v=journal.FORMAT,
            program=__version__,
            jurisdiction=code,
            seq=seq,
            at=clock.stamp(at),
            playbook=name,
            actor=who.actor,
            by=seals.seal("by", who.by),
            os_user=seals.seal("os_user", who.os_user),
            facts=facts,
        )
        record = to_record(
            log,
            entry,
            frame._replace(duties=newest),
            disclosures=seals.disclosures,
            playbook=(name, body),
        )
        tx.write([record])
        tx.commit()
    return Adoption(situation=record.after, playbook=playbook, facts=facts)


def _check_name(tx: Reading, code: str, playbook: Playbook) -> None:
    other = tx.named(playbook.playbook)
    if other is not None and other != code:
        raise RequestError(
            where=say("playbook {name}", name=playbook.playbook),
            expected=say("a name that no other jurisdiction answers to"),
            found=say("{code} answers to it", code=other),
            do=say("give the playbook another name"),
        )


def adoption(
    tx: Reading, log: Log | None, playbook: Playbook, name: str, warnings: Sequence[str]
) -> list[AnyFact]:
    """Give the facts of adopting a playbook of this hash. Raises `Refused` where that may not be."""
    before = {}
    if log is not None:
        _check_routine(log.situation, playbook)
        old = tx.playbook(log.situation.jurisdiction, log.situation.playbook)
        before = dict(posture(old.states[log.situation.state]))
    adopted = PlaybookAdopted(
        name=playbook.playbook,
        playbook=name,
        state=playbook.initial if log is None else None,
        warnings=list(warnings),
        zone=playbook.jurisdiction.zone,
    )
    after = posture(playbook.states[playbook.initial])
    changes = difference(before, after)
    if log is not None and log.situation.zone != playbook.jurisdiction.zone:
        # every hour of the plan is another instant now: all of it ends, and begins anew
        changes = difference(before, {}) + difference({}, after)
    return [adopted, *(fact for change in changes for fact in change_facts(change))]


def _check_routine(situation: Situation, playbook: Playbook) -> None:
    if situation.incident is not None:
        raise Refused(
            rule="pinned",
            where=situation.jurisdiction,
            expected=say("no running incident"),
            found=say("incident {incident}", incident=situation.incident),
            do=say("stand down first; a running incident stays under the playbook that opened it"),
        )
    if situation.state != playbook.initial:
        raise Refused(
            rule="other_initial",
            where=situation.jurisdiction,
            expected=say("a playbook that begins in {state}", state=situation.state),
            found=playbook.initial,
            do=say("keep the name of the initial state"),
        )
