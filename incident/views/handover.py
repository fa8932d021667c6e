"""A handover: who gives duty away, who takes it, what was signed, and the note for it."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct
from msgspec.structs import asdict

from incident.domain import clock, explain, journal, names, tree
from incident.domain.explain_time import WHATS, promised
from incident.domain.facts import What
from incident.domain.playbook import Playbook
from incident.domain.say import Words, say
from incident.domain.timer import Timer
from incident.language import speak
from incident.service import handover as service
from incident.service.log import Line
from incident.views import callouts
from incident.views.callouts import Callout


class HandoverSide(Struct, frozen=True, kw_only=True):
    """One side of a handover."""

    #: Signs, or seats of which nobody is named.
    who: list[str]
    #: Who signed; null where nobody has.
    signed: str | None


class Handover(Struct, frozen=True, kw_only=True):
    """A handover of a roster."""

    #: Key of the roster.
    roster: str
    #: When it came, and when the shift ends that began with it.
    at: str
    until: str
    gave: HandoverSide
    took: HandoverSide


class PromisedTime(Struct, frozen=True, kw_only=True):
    """A time that was promised and has not come, or was not carried out."""

    what: What
    key: str
    #: Who owes or keeps it, as the playbook writes it; empty where nobody does.
    of: str
    due: str


class NotedAt(Struct, frozen=True, kw_only=True):
    """An entry of the duty log."""

    at: str
    seq: int


class HandoverNote(Handover, frozen=True, kw_only=True):
    """A handover with what has to be said at it."""

    #: Keys of directives that are not answered.
    directives: list[str]
    #: What has not been carried out, or is held for a person.
    behind: list[PromisedTime]
    #: What falls due while the shift lasts.
    coming: list[PromisedTime]
    waiting: list[Callout]
    notes: list[NotedAt]
    #: All of it in words.
    text: str


def handover(one: service.Handover) -> Handover:
    """Give a handover."""
    return Handover(
        roster=one.roster,
        at=clock.stamp(one.at),
        until=clock.stamp(one.until),
        gave=HandoverSide(who=one.gave, signed=one.signed.gave),
        took=HandoverSide(who=one.took, signed=one.signed.took),
    )


def note(found: service.Draft) -> HandoverNote:
    """Give the note for a handover."""
    return HandoverNote(
        **asdict(handover(found.handover)),
        directives=[one.key for one in found.directives],
        behind=[_time(one) for one in found.behind],
        coming=[_time(one) for one in found.coming],
        waiting=[callouts.callout(found.playbook, one) for one in found.callouts],
        notes=[NotedAt(at=clock.stamp(one.at), seq=one.entry.seq) for one in found.notes],
        text="\n".join(speak(words) for words in lines(found, with_words)),
    )


def _time(one: Timer) -> PromisedTime:
    return PromisedTime(what=one.what, key=one.key, of=one.of, due=clock.stamp(one.due))


def sealed(found: service.Draft) -> service.Drafted:
    """Give the note as it is sealed when it is signed: entries of the log by their hashes."""
    said = "\n".join(speak(words) for words in lines(found, by_reference))
    return service.Drafted(found.handover.at, said)


def lines(found: service.Draft, noted: Callable[[service.Draft, Line], Words]) -> list[Words]:
    """Put the note into lines; `noted` puts what the shift before noted into words."""
    one, playbook, zone = found.handover, found.playbook, found.situation.zone
    told: list[Words] = [
        say(
            "Handover of {roster} at {at}, to {until}",
            roster=promised(playbook, one.roster),
            at=clock.minute(one.at, zone),
            until=clock.minute(one.until, zone),
        ),
        say(
            "{state} since {since}",
            state=explain.state_name(playbook, found.situation.state),
            since=clock.minute(found.situation.since, zone),
        ),
    ]
    open_now: list[Words] = [explain.fact(playbook, each) for each in found.directives]
    open_now += [_timer(playbook, each, zone) for each in found.behind]
    coming = [_timer(playbook, each, zone) for each in found.coming]
    missing = [callouts.in_words(playbook, each, zone) for each in found.callouts]
    notes = [noted(found, line) for line in found.notes]
    for title, there in (
        (say("Open"), open_now),
        (say("Falls due in this shift"), coming),
        (say("Has not answered"), missing),
        (say("Noted in the shift before"), notes),
    ):
        told += ["", title, *(say("  {line}", line=line) for line in there or [say("nothing")])]
    return told


def _timer(playbook: Playbook, one: Timer, zone: str) -> Words:
    return say(
        "{at}  {what} {name} {of}",
        at=clock.minute(one.due, zone),
        what=WHATS[one.what],
        name=promised(playbook, one.key),
        of=names.name_of(playbook, one.of) if one.of else "",
    )


def with_words(found: service.Draft, line: Line) -> Words:
    """Say what was noted, as far as it is not erased."""
    parts = [line.disclosed.get(f"data.{name}") for name in ("who", "said", "done")]
    said = [part for part in parts if part]
    at = clock.minute(line.at, found.situation.zone)
    return say("{at}  {said}", at=at, said=said or say("erased"))


def by_reference(found: service.Draft, line: Line) -> Words:
    """Name an entry of the log in the note that is sealed, without its words: those are erased in one place.

    The hash is over their sealed digests. It proves which entry was read, and lets nobody guess at the words.
    """
    return say(
        "{at}  entry {seq}, {hash}",
        at=clock.minute(line.at, found.situation.zone),
        seq=line.entry.seq,
        hash=tree.leaf_hash(journal.encode(line.entry)).hex(),
    )
