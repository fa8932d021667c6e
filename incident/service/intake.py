"""From what somebody said, typed or sent to a request: event, values, who decided, on what basis, from when.

The same reading for the command line, a page and another program; only what the words came by is called
otherwise in an error (`Said.at`). Nothing is asked for here: what is missing is missing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import Final

from msgspec import Struct

from incident.domain import clock, decision, machine, names
from incident.domain.errors import RequestError
from incident.domain.journal import Entry
from incident.domain.playbook import PREVIOUS, Playbook
from incident.domain.request import Press, Request, find_authority, find_event, read_fields
from incident.domain.say import Words, say
from incident.domain.situation import Situation
from incident.service import queries
from incident.service.opened import read_entry
from incident.service.ports import Reading
from incident.service.who import Origin, must_be_in_person

_HASH: Final = re.compile(r"[0-9a-f]{64}")


class Said(Struct, frozen=True, kw_only=True):
    """What was said, in words."""

    event: str
    #: Values of the event, by name.
    fields: Mapping[str, str | int] = {}
    decided_by: str | None = None
    basis: str | None = None
    reason: str | None = None
    #: From when it holds, and until when: a time; of the end also a duration.
    effective_at: str | None = None
    until: str | None = None
    #: Hash of the plan that was shown.
    expect_plan: str | None = None


def fitting_events(playbook: Playbook, situation: Situation, verb: Press) -> list[str]:
    """List the events possible now that lead where a button says; for `signal` those of no other button.

    To be proposed are those of steps that need two persons, wherever they lead.
    """
    fitting = []
    for key in machine.steps_from(playbook, situation.state):
        step = playbook.transitions[key]
        ends = step.to in (playbook.initial, PREVIOUS)
        begins = not ends and step.to != situation.state
        fits = {"stand_down": ends, "activate": begins, "signal": not ends and not begins}
        if fits.get(verb, step.approval is not None):
            fitting.append(step.on)
    return [event for event in playbook.events if event in fitting]


def read_time(
    where: Words, words: str | None, playbook: Playbook, now: int, start: int | None = None
) -> int | None:
    """Read a time in the jurisdiction's zone, or a duration counted from `start`. Raises `RequestError`."""
    return read_time_in(where, words, playbook.jurisdiction.zone, now, start)


def read_time_in(
    where: Words, words: str | None, zone: str, now: int, start: int | None = None
) -> int | None:
    """Read the same in a zone (IANA name). Raises `RequestError`."""
    if words is None:
        return None
    try:
        if start is not None and words[:-1].isdigit() and words[-1:] in "mhd":
            at = clock.later(start, words)
        else:
            at = clock.read_time(words, zone, now)
        clock.stamp(at)  # what the record cannot hold is no time: 9999-12-31 23:59-10:00
        return at
    except (ValueError, OverflowError) as error:
        raise RequestError(
            where=where,
            expected=say("a time such as 2026-03-01 02:40 or 02:40, or one with its offset")
            if start is None
            else say("a time such as 2026-03-01 02:40, or a duration such as 30m, 4h or 14d"),
            found=f"`{words}`",
            do=say("correct the time; it is read in the zone {zone}", zone=zone),
        ) from error


def read_past(where: Words, words: str | None, playbook: Playbook, now: int) -> int | None:
    """Read a time that has been; none for the present. Raises `RequestError`."""
    at = read_time(where, words, playbook, now)
    if at is not None:
        must_have_been(where, at, playbook, now)
    return at


def must_have_been(where: Words, at: int, playbook: Playbook, now: int) -> None:
    """Refuse an instant that lies ahead. Raises `RequestError`."""
    if at > now:
        raise RequestError(
            where=where,
            expected=say("a time that has been"),
            found=clock.shown(at, playbook.jurisdiction.zone),
            do=say("leave it out for the present"),
        )


def decider(playbook: Playbook, words: str | None, deciders: Sequence[str]) -> str | None:
    """Give the body, office, group or seat meant. Raises `RequestError` for a name nobody has."""
    if words is None:
        return None
    meant = [one.key for one in names.find(playbook, words, names.DECIDERS)]
    # of several that answer to the words, the one that may decide is meant
    allowed = [key for key in meant if key in deciders]
    return allowed[0] if len(allowed) == 1 else find_authority(playbook, words)


def check_plan_hash(where: Words, words: str | None, do: Words) -> None:
    """Refuse what cannot be the hash of a plan. Raises `RequestError`."""
    if words is not None and not _HASH.fullmatch(words):
        raise RequestError(
            where=where,
            expected=say("the whole hash of the plan that was shown, 64 digits"),
            found=f"`{words}`",
            do=do,
        )


def _itself(name: str) -> Words:
    return name


def request_of(
    playbook: Playbook,
    situation: Situation,
    verb: Press,
    said: Said,
    origin: Origin,
    *,
    now: int,
    partly: bool = False,
    happened_at: int | None = None,
    break_glass: bool = False,
    called: Callable[[str], Words] = _itself,
    before: Entry | None = None,
) -> Request:
    """Make the request that was meant; `partly` lets values of the event be missing.

    Raises `RequestError`, and `Refused` for what takes two persons by a token that somebody else made.

    `break_glass` asks for one person alone what needs two. `called` says how a part of `Said` is called where
    it was said. An entry that answered it `before` says which of several bodies is meant.
    """
    if verb == "propose" or break_glass:
        must_be_in_person(origin.who)
    check_plan_hash(called("expect_plan"), said.expect_plan, say("look at the plan first"))
    event = find_event(playbook, said.event)
    fields = read_fields(playbook.events[event], said.fields, partly=partly)
    if before is None:
        plan = decision.outline(playbook, situation, event, fields)
        deciders = () if plan is None else plan.who_may_decide
    else:
        deciders = () if before.authority is None else (before.authority,)
    effective_at = read_time(called("effective_at"), said.effective_at, playbook, now)
    who = origin.who
    return Request(
        verb=verb,
        event=event,
        fields=fields,
        source=origin.source,
        id=origin.id,
        authority=decider(playbook, said.decided_by, deciders),
        decided_by=said.decided_by,
        basis=said.basis,
        reason=said.reason,
        actor=who.actor,
        by=who.by,
        os_user=who.os_user,
        happened_at=happened_at,
        effective_at=effective_at,
        until=read_time(
            called("until"), said.until, playbook, now, now if effective_at is None else effective_at
        ),
        expect_plan=said.expect_plan,
        break_glass=break_glass,
    )


def received(
    tx: Reading,
    code: str,
    verb: Press,
    said: Said,
    origin: Origin,
    *,
    now: int,
    happened_at: int | None = None,
    break_glass: bool = False,
) -> Request:
    """Make the request that another program meant, which may send it again. Raises `RequestError`.

    One that was answered is read as it was then, by the playbook that governed: `handle` knows it again.
    """
    situation, playbook = queries.present(tx, code)
    read = partial(request_of, now=now, happened_at=happened_at, break_glass=break_glass)
    stored = tx.answered(code, origin.source, origin.id)
    if stored is not None:
        before = read_entry(code, stored)
        with suppress(RequestError):  # another request by the same identity, as `handle` will say
            return read(tx.playbook(code, before.playbook), situation, verb, said, origin, before=before)
    return read(playbook, situation, verb, said, origin)
