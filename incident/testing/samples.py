"""Small true records for the conformance suite: each follows from the one before, as a store may demand."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from typing import Any, Final

import msgspec
from msgspec.structs import replace

from incident.domain import clock, journal, playbook
from incident.domain.effects import Notice
from incident.domain.facts import (
    AnyFact,
    Closed,
    End,
    EventNoted,
    ItemStarted,
    PlaybookAdopted,
    ReportFiled,
    Result,
    TimerEnded,
)
from incident.domain.journal import Came, Entry, Sealed
from incident.domain.organisation import Body, Jurisdiction, Text
from incident.domain.paper import Document
from incident.domain.playbook import Event, Obligation, Playbook, StandingBody, State
from incident.domain.timer import Timer
from incident.service.ports import Log, Reading, Record, Store
from incident.service.record import Frame, Seals, frame_of, to_record
from incident.testing.given import fixed_chance

#: When the first entry of every jurisdiction is recorded; each further one a second later.
AT: Final = 1_772_304_000
HOUR: Final = 3600


def _text(words: str) -> Text:
    return Text(zh=words, en=words)


#: A playbook of one body and one state.
PLAYBOOK: Final = Playbook(
    playbook="sample",
    jurisdiction=Jurisdiction(code="330999", name=_text("sample"), level="county"),
    document=Document(title=_text("sample")),
    bodies={"command": Body(name=_text("command"))},
    events={"noted": Event(name=_text("noted"))},
    states={"routine": State(name=_text("routine"), bodies={"command": StandingBody()})},
    transitions={},
)
#: Another version of it.
OTHER: Final = replace(PLAYBOOK, document=Document(title=_text("other")))
HASH: Final = playbook.digest(playbook.encode(PLAYBOOK))
OTHER_HASH: Final = playbook.digest(playbook.encode(OTHER))
#: A report every four hours, reminded of half an hour before, missing ten minutes after.
_REPORT: Final = Obligation(name=_text("report"), senders=["command"], every="4h", remind="30m", grace="10m")
#: When the first one is due, its reminder comes, and it is missing.
DUE: Final = AT + 4 * HOUR
REMINDER: Final = DUE - HOUR // 2
MISSING: Final = DUE + 600


def first(code: str, *, name: str | None = None, facts: Sequence[AnyFact] = ()) -> Record:
    """Make the first record of a jurisdiction; its playbook is called after the code."""
    begun: list[AnyFact] = [
        PlaybookAdopted(name=name or f"sample{code}", playbook=HASH, state="routine"),
        ItemStarted(kind="body", key="command", after={"place": {"zh": "镇政府", "en": "hall"}}),
        *facts,
    ]
    return _record(code, None, HASH, begun, playbook=(HASH, playbook.encode(PLAYBOOK)))


def owed(key: str = "report", **changes: Any) -> ItemStarted:
    """Make the fact that a report is owed from now on."""
    return ItemStarted(kind="obligation", key=key, after=plain_report(**changes))


def plain_report(**changes: Any) -> dict[str, Any]:
    """Give the plain data of a report that is owed."""
    plain: dict[str, Any] = msgspec.to_builtins(replace(_REPORT, **changes))
    return plain


def came(timer: Timer, *, end: End = "fired", result: Result | None = None) -> TimerEnded:
    """Make the fact that a promised time came to its end."""
    return TimerEnded(
        what=timer.what,
        key=timer.key,
        of=timer.of,
        due=clock.stamp(timer.due),
        about=None if timer.about == timer.due else clock.stamp(timer.about),
        end=end,
        result=result,
        tier=timer.tier,
    )


def filed(*deadlines: Timer, attachments: Sequence[bytes] = (), zero: bool = False) -> ReportFiled:
    """Make the fact that a report came in which closes some occurrences."""
    return ReportFiled(
        sender="command",
        form="report",
        zero=zero,
        closes=[Closed(key=one.key, of=one.of, due=clock.stamp(one.due), late=7) for one in deadlines],
        attachments=len(attachments),
    )


def adopting(log: Log, other: Playbook) -> Record:
    """Make the record by which another playbook governs."""
    body = playbook.encode(other)
    digest = playbook.digest(body)
    facts: list[AnyFact] = [PlaybookAdopted(name=log.situation.name, playbook=digest)]
    return _record(log.situation.jurisdiction, log, digest, facts, playbook=(digest, body))


def following(
    log: Log,
    *,
    event: str | None = None,
    source: str = "sample",
    reason: str = "",
    facts: Sequence[AnyFact] = (EventNoted(event="noted"),),
    frame: Frame | None = None,
    effects: Sequence[Notice] = (),
    attachments: Sequence[bytes] = (),
) -> Record:
    """Make the next record; `frame` is what its facts move, where they move anything."""
    asked = None if event is None else Came(id=event, source=source, type="noted", time=clock.stamp(AT))
    code, digest = log.situation.jurisdiction, log.situation.playbook
    named = [(sha256(body).hexdigest(), body) for body in attachments]
    made = _record(code, log, digest, list(facts), frame=frame, came=asked, reason=reason)
    return replace(made, effects=effects, attachments=named)


def skipping(log: Log) -> Record:
    """Make a record that leaves out a number; otherwise true."""
    ahead = Log(replace(log.situation, version=log.situation.version + 1), log.peaks)
    return replace(following(ahead, event="skipped"), before=log.situation)


def _record(
    code: str,
    log: Log | None,
    digest: str,
    facts: list[AnyFact],
    *,
    frame: Frame | None = None,
    came: Came | None = None,
    reason: str | None = None,
    playbook: tuple[str, bytes] | None = None,
) -> Record:
    seals = Seals(fixed_chance)
    seq = 0 if log is None else log.situation.version
    entry = Entry(
        v=journal.FORMAT,
        program="sample",
        jurisdiction=code,
        seq=seq,
        at=clock.stamp(AT + seq),
        playbook=digest,
        came=came,
        reason=seals.seal("reason", reason),
        by=seals.seal("by", "王小明"),
        facts=facts,
    )
    return to_record(log, entry, frame or Frame([], {}), disclosures=seals.disclosures, playbook=playbook)


def begin(store: Store, code: str, *facts: AnyFact) -> Log:
    """Write the first record of a jurisdiction."""
    record = first(code, facts=facts)
    with store.writing(code) as tx:
        tx.write([record])
        tx.commit()
    return Log(record.after, record.peaks)


def append(store: Store, code: str, **words: Any) -> Record:
    """Write the next record; its values are those of `following`."""
    with store.writing(code) as tx:
        record = after(tx, code, **words)
        tx.write([record])
        tx.commit()
    return record


def after(tx: Reading, code: str, **words: Any) -> Record:
    """Make the record that follows what is stored; its values are those of `following`."""
    frame = frame_of(tx, code)._replace(duties=tx.newest_duties(code))
    return following(log_of(tx, code), frame=frame, **words)


def deadline_of(tx: Reading, code: str = "1") -> Timer:
    """Give the one open deadline of a jurisdiction."""
    (timer,) = [one for one in tx.open_timers(code) if one.what == "deadline"]
    return timer


def log_of(tx: Reading, code: str) -> Log:
    """Give the log of a jurisdiction that is there."""
    log = tx.log(code)
    assert log is not None, f"expected {code} to be adopted, got nothing"
    return log


def sealed(record: Record, name: str) -> Sealed:
    """Give what a record's entry holds sealed under a name."""
    return journal.sealed_parts(journal.decode(record.body))[name]
