"""Small true records for the conformance suite: each follows from the one before, as a store may demand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from msgspec.structs import replace

from incident.domain import clock, journal, playbook
from incident.domain.facts import AnyFact, EventNoted, ItemStarted, PlaybookAdopted
from incident.domain.journal import Came, Entry, Sealed
from incident.domain.organisation import Body, Text
from incident.domain.paper import Document
from incident.domain.playbook import Event, Jurisdiction, Playbook, StandingBody, State
from incident.domain.situation import evolve
from incident.service.handle import Seals, to_record
from incident.service.ports import Log, Reading, Record, Store
from incident.testing.given import fixed_chance

_AT: Final = 1_772_304_000


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


def first(code: str, *, name: str | None = None) -> Record:
    """Make the first record of a jurisdiction; its playbook is called after the code."""
    facts: list[AnyFact] = [
        PlaybookAdopted(name=name or f"sample{code}", playbook=HASH, state="routine"),
        ItemStarted(kind="body", key="command", after={"place": {"zh": "镇政府", "en": "hall"}}),
    ]
    return _record(code, None, HASH, facts, playbook=(HASH, playbook.encode(PLAYBOOK)))


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
) -> Record:
    """Make the next record."""
    came = None if event is None else Came(id=event, source=source, type="noted", time=clock.stamp(_AT))
    code, digest = log.situation.jurisdiction, log.situation.playbook
    return _record(code, log, digest, list(facts), came=came, reason=reason)


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
    came: Came | None = None,
    reason: str | None = None,
    playbook: tuple[str, bytes] | None = None,
) -> Record:
    seals = Seals(fixed_chance)
    seq = 0 if log is None else log.situation.version
    at = _AT + seq
    entry = Entry(
        v=journal.FORMAT,
        program="sample",
        jurisdiction=code,
        seq=seq,
        at=clock.stamp(at),
        playbook=digest,
        came=came,
        reason=seals.seal("reason", reason),
        by=seals.seal("by", "王小明"),
        facts=facts,
    )
    after = evolve(None if log is None else log.situation, code, at, facts)
    return to_record(log, after, entry, seals, at=at, playbook=playbook)


def begin(store: Store, code: str) -> Log:
    """Write the first record of a jurisdiction."""
    record = first(code)
    with store.writing(code) as tx:
        tx.write(record)
        tx.commit()
    return Log(record.after, record.peaks)


def append(
    store: Store,
    code: str,
    *,
    event: str | None = None,
    source: str = "sample",
    reason: str = "",
    facts: Sequence[AnyFact] = (EventNoted(event="noted"),),
) -> Record:
    """Write the next record; its values are those of `following`."""
    with store.writing(code) as tx:
        record = following(log_of(tx, code), event=event, source=source, reason=reason, facts=facts)
        tx.write(record)
        tx.commit()
    return record


def log_of(tx: Reading, code: str) -> Log:
    """Give the log of a jurisdiction that is there."""
    log = tx.log(code)
    assert log is not None, f"expected {code} to be adopted, got nothing"
    return log


def sealed(record: Record, name: str) -> Sealed:
    """Give what a record's entry holds sealed under a name."""
    return journal.sealed_parts(journal.decode(record.body))[name]
