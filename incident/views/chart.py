"""Duty as a picture: rosters, posts and bars with all their words, for `service/chart.py` to draw."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from incident.domain import clock, explain_duty, names
from incident.domain.duty import Duty
from incident.domain.explain_time import promised
from incident.domain.people import is_named
from incident.domain.say import Words, say
from incident.language import speak
from incident.service.picture import Bar, Group, Legend, Picture, Row
from incident.service.rota import FORESEEN, Rota
from incident.views.duty import marks
from incident.views.people import named

_WEEKDAYS: tuple[Words, ...] = (
    say("Mon"),
    say("Tue"),
    say("Wed"),
    say("Thu"),
    say("Fri"),
    say("Sat"),
    say("Sun"),
)


def picture(found: Rota, pieces: Sequence[Duty], begins: int, ends: int, now: int) -> Picture:
    """Give pieces of duty from one instant to another as a picture."""
    playbook, zone = found.playbook, found.case.zone
    place = say("{name} {code}", name=playbook.jurisdiction.name, code=found.situation.jurisdiction)
    span = say("{since} to {until}", since=clock.shown(begins, zone), until=clock.shown(ends, zone))
    nothing = say("nobody: no roster stands, or none is recorded for that time")
    return Picture(
        title=speak(say("{place}: on duty", place=place)),
        span=speak([span, zone]),
        made=speak(say("made {at}; what is after that is foreseen", at=clock.shown(now, zone))),
        nothing=speak(nothing),
        groups=[*_groups(found, pieces)],
        since=begins,
        until=ends,
        now=now,
        zone=zone,
        days=found.case.days,
        weekdays=[speak(day) for day in _WEEKDAYS],
        legend=Legend(
            recorded=speak(say("recorded")),
            foreseen=speak(say("foreseen")),
            marks={mark: speak(words) for mark, words in explain_duty.MARKS.items()},
            rest_day=speak(say("on rest days")),
            holiday=speak(say("on public holidays")),
            night=speak(say("at night")),
            now=speak(say("now")),
        ),
    )


def _groups(found: Rota, pieces: Iterable[Duty]) -> Iterator[Group]:
    """Give the rosters by key, each with its posts: the leader, then the officers by number."""
    by_post: dict[tuple[str, str], list[Duty]] = {}
    for one in pieces:
        by_post.setdefault((one.roster, one.piece.post), []).append(one)
    for key in sorted({roster for roster, _post in by_post}):
        posts = sorted((post for roster, post in by_post if roster == key), key=_place)
        name = promised(found.playbook, key)
        rows = [
            Row(
                speak(explain_duty.post(post)),
                [_bar(found, name, one) for one in by_post[key, post]],
            )
            for post in posts
        ]
        yield Group(speak(name), rows)


def _place(post: str) -> tuple[bool, int]:
    kind, _, number = post.partition(".")
    return kind != "lead", int(number or 0)


def _bar(found: Rota, roster: Words, one: Duty) -> Bar:
    playbook, piece, zone = found.playbook, one.piece, found.case.zone
    person = found.persons.get(piece.holder or "")
    who = named(playbook, piece.holder, found.persons)
    since, until = clock.shown(one.since, zone), clock.shown(one.until, zone)
    tip: list[Words] = [
        say("{roster}: {post} {who}", roster=roster, post=explain_duty.post(piece.post), who=who),
        "" if piece.seat is None else names.name_of(playbook, piece.seat, ("seat", "unit")),
        say("{since} to {until}", since=since, until=until),
        say("foreseen") if one.seq == FORESEEN else say("recorded"),
        *marks(one),
        explain_duty.why(piece, lambda holder: named(playbook, holder, found.persons)),
    ]
    return Bar(
        since=one.since,
        until=one.until,
        name=speak(who if person is None or person.name is None else person.name),
        sign=piece.holder if piece.holder is not None and is_named(piece.holder) else "",
        tip=[words for words in map(speak, tip) if words],
        marks=one.piece.marks,
        is_foreseen=one.seq == FORESEEN,
    )
