"""Rules of clocks: every obligation has one schedule, and what follows comes later.

P301  a schedule that contradicts itself, or none
P302  clock times more than `times_a_day`, or one twice
P303  a time zone that has not the form of an IANA name
P304  a deadline of the whole that is not after the deadline of its parts
P306  a recurring obligation that nobody owes

A schedule is `every` (with or without `at`), `within` from `of`, `after` another, or an `urgency`. `after`
may come with hours, and with `within` from receipt: so long after the other is in. `on` names the events
whose receipt starts `within`; a term has one start. `at_once`, `promptly` and `simultaneous` may stand beside
`every` or `within`, for they say how and not when. Whether a zone exists is decided by who may read the zone
files.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from incident.domain.check.owners import all_owners
from incident.domain.check.report import error, quoted, warning
from incident.domain.playbook import EACH_GROUP, Obligation, Playbook, State
from incident.domain.problem import Path, Problem
from incident.domain.say import Words, say

TITLES = {
    "P301": say("a schedule that contradicts itself"),
    "P302": say("clock times that do not fit"),
    "P303": say("not a time zone"),
    "P304": say("a whole due before its parts"),
    "P306": say("an obligation of nobody"),
}

_ZONE = re.compile(r"UTC|[A-Z][A-Za-z]+(/[A-Z][A-Za-z0-9_+-]*){1,2}")
#: Words that say how, and so may stand beside a period or a term.
_MANNERS = ("at_once", "promptly", "simultaneous")


def find(playbook: Playbook) -> Iterator[Problem]:
    """Find schedules that cannot be kept."""
    zone = playbook.jurisdiction.zone
    if _ZONE.fullmatch(zone) is None:
        yield error(
            "P303",
            ("jurisdiction", "zone"),
            expected=say("an IANA name such as Asia/Shanghai"),
            found=f"`{zone}`",
            do=say("name the zone by its place; an offset does not know when clocks change"),
        )
    for name, state in playbook.states.items():
        for key, obligation in state.obligations.items():
            path = ("states", name, "obligations", key)
            yield from _schedule(path, obligation)
            yield from _times(path, obligation)
            yield from _owed(path, obligation, state)
        yield from _order(playbook, name, state)


def _schedule(path: Path, owed: Obligation) -> Iterator[Problem]:
    for field, found, do in _contradictions(owed):
        yield error("P301", (*path, field), expected=say("one schedule"), found=found, do=do)
    if not (
        owed.every or owed.at or owed.within or owed.of or owed.after or owed.urgency or owed.times_a_day
    ):
        yield error(
            "P301",
            path,
            expected=say("`every`, `within` and `of`, `after` or `urgency`"),
            found=say("no schedule"),
            do=say("say when it is due; `urgency: as_needed` where the paper names no time"),
        )


def _contradictions(owed: Obligation) -> Iterator[tuple[str, Words, Words]]:
    """Give the field that is too much or alone, what is wrong, and what to do."""
    daily = (owed.every or "").endswith(("d", "day"))
    if owed.at and not daily:
        yield (
            "at",
            say("clock times with a period of hours") if owed.every else say("clock times without a period"),
            say("write `every: day` for clock times; remove `at` (`at: null`) for a period of hours"),
        )
    if owed.times_a_day and owed.every != "day":
        yield (
            "times_a_day",
            say("`times_a_day` without `every: day`"),
            say("write `every: day`, or remove it"),
        )
    if owed.within and not owed.of:
        yield (
            "within",
            say("`within` without `of`"),
            say("say what it counts from: `of: entry` or `of: receipt`"),
        )
    if owed.of and not owed.within:
        yield "of", say("`of` without `within`"), say("say how long: `within: 2h`, or remove `of`")
    yield from _two_starts(owed)
    if owed.within and owed.every:
        yield (
            "within",
            say("`within` and `every`"),
            say("make two obligations: the first report and the recurring one"),
        )
    if owed.urgency and owed.urgency not in _MANNERS and (owed.every or owed.within):
        yield (
            "urgency",
            say("`urgency: {urgency}` with a schedule that can be computed", urgency=owed.urgency),
            say("remove the urgency (`urgency: null`) or the schedule"),
        )


def _two_starts(owed: Obligation) -> Iterator[tuple[str, Words, Words]]:
    if owed.on and owed.of != "receipt":
        yield (
            "on",
            say("`on` without `of: receipt`"),
            say("write `of: receipt` and `within`, or remove `on` (`on: null`)"),
        )
    elif owed.on and owed.after:
        yield (
            "on",
            say("`on` and `after`"),
            say("make two obligations: one counts from the event, the other from the report"),
        )
    if owed.after and owed.of == "entry":
        yield (
            "of",
            say("`of: entry` and `after`"),
            say("write `of: receipt`, to count from when the other is in, or remove `after`"),
        )


def _times(path: Path, owed: Obligation) -> Iterator[Problem]:
    twice = {time for time in owed.at if owed.at.count(time) > 1}
    if twice:
        yield error(
            "P302",
            (*path, "at"),
            expected=say("each time once"),
            found=quoted(twice),
            do=say("remove what stands twice"),
        )
    elif owed.times_a_day is not None and len(owed.at) > owed.times_a_day:
        yield error(
            "P302",
            (*path, "at"),
            expected=say("at most {n} times", n=owed.times_a_day),
            found=say("{n}: {times}", n=len(owed.at), times=quoted(owed.at)),
            do=say("correct `times_a_day`, or remove it: `at` says as much"),
        )


def _owed(path: Path, owed: Obligation, state: State) -> Iterator[Problem]:
    nobody = not owed.senders or (owed.senders == [EACH_GROUP] and not state.groups)
    if nobody and (owed.zero_report or owed.every):
        yield warning(
            "P306",
            (*path, "from"),
            expected=say("who owes it"),
            found=say("`each_group`, and no group stands") if owed.senders else say("nobody"),
            do=say("name the senders in `from:`; nothing can be missed where nobody owes"),
        )


def _order(playbook: Playbook, name: str, state: State) -> Iterator[Problem]:
    clocked = {key: owed for key, owed in state.obligations.items() if owed.at and owed.every}
    parts: dict[tuple[str | None, str | None], list[str]] = {}
    for key, owed in clocked.items():
        if owed.form is not None:
            parts.setdefault((owed.form, owed.every), []).append(key)
    received = {key: all_owners(playbook, state, owed.receivers) for key, owed in clocked.items()}
    for key, whole in clocked.items():
        senders = all_owners(playbook, state, whole.senders)
        too_late = [
            part
            for part in parts.get((whole.form, whole.every), [])
            if _last(whole) < _last(clocked[part]) and senders & received[part]
        ]
        before = clocked.get(whole.after or "")
        if before is not None and before.every == whole.every and not _later(before, whole):
            too_late.append(str(whole.after))
        if too_late:
            yield error(
                "P304",
                ("states", name, "obligations", key, "at"),
                expected=say(
                    "later than {times}, when {parts} are due",
                    times=max(_last(clocked[part]) for part in too_late),
                    parts=quoted(dict.fromkeys(too_late)),
                ),
                found=list(whole.at),
                do=say("let the parts be due earlier, or the whole later"),
            )


def _last(owed: Obligation) -> str:
    return max(owed.at)


def _later(part: Obligation, whole: Obligation) -> bool:
    """Tell whether each time of the whole comes after its part's, or the last after the last."""
    if len(part.at) == len(whole.at):
        return all(before < after for before, after in zip(sorted(part.at), sorted(whole.at), strict=True))
    return _last(part) < _last(whole)
