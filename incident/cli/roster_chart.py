"""`incident roster chart`: two weeks of duty as a picture to be printed."""

from __future__ import annotations

from pathlib import Path

import click

from incident import bootstrap
from incident.cli.duty import marks, marks_now
from incident.cli.language import speak
from incident.cli.output import put, put_json, wants_json
from incident.cli.people import named
from incident.domain import clock, explain_duty
from incident.domain.duty import Duty
from incident.domain.errors import RequestError
from incident.domain.explain_time import promised
from incident.domain.say import Words, say
from incident.service.chart import Bar, Lane, Picture, chart
from incident.service.rota import Rota

#: What is wrong with a piece, in as few signs as can be.
_SIGNS = {"rest": "⚠", "unreachable": "✆", "unnamed": "?"}
_WEEKDAYS: tuple[Words, ...] = (
    say("Mon"),
    say("Tue"),
    say("Wed"),
    say("Thu"),
    say("Fri"),
    say("Sat"),
    say("Sun"),
)


def write(found: Rota, pieces: list[Duty], begins: int, ends: int, file: str) -> int:
    """Draw a rota into a file. Raises `RequestError` when it cannot be written."""
    drawn = chart(_picture(found, pieces, begins, ends), found.case.days)
    if file == "-":
        click.echo(drawn, nl=False)
        return 0
    try:
        Path(file).write_text(drawn, encoding="utf-8")
    except OSError as error:
        raise RequestError(
            where="--out",
            expected=say("a file that can be written"),
            found=str(error),
            do=say("name another"),
        ) from error
    if wants_json():
        put_json({"file": file, "bars": len(pieces)})
    else:
        put(say("drawn: {file}", file=file))
    return 0


def _picture(found: Rota, pieces: list[Duty], begins: int, ends: int) -> Picture:
    playbook, zone, now = found.playbook, found.case.zone, bootstrap.now()
    posts = list(dict.fromkeys(sorted((one.roster, one.piece.post) for one in pieces)))
    # the leader stands above the officers
    posts.sort(key=lambda post: (post[0], post[1] != "lead", post[1]))
    lanes: list[Lane] = []
    for n, (roster, post) in enumerate(posts):
        is_first = n == 0 or posts[n - 1][0] != roster
        name = speak(promised(playbook, roster)) if is_first else ""
        lanes.append(Lane(name, speak(explain_duty.post(post))))
    span = say("{since} to {until}", since=clock.shown(begins, zone)[:16], until=clock.shown(ends, zone)[:16])
    made = say("made {at}; what is after that is foreseen", at=clock.shown(now, zone))
    place = say("{name} {code}", name=playbook.jurisdiction.name, code=found.situation.jurisdiction)
    return Picture(
        title=speak(say("{place}: on duty", place=place)),
        subtitle=speak([span, zone, made]),
        since=begins,
        until=ends,
        now=now,
        now_name=speak(say("now")),
        zone=zone,
        weekdays=[speak(day) for day in _WEEKDAYS],
        lanes=lanes,
        bars=_bars(found, pieces, posts),
        legend=[speak(words) for words in _legend()],
    )


def _bars(found: Rota, pieces: list[Duty], posts: list[tuple[str, str]]) -> list[Bar]:
    bars: list[Bar] = []
    turn = dict.fromkeys(posts, False)
    before: dict[tuple[str, str], str | None] = {}
    for one in pieces:
        post, holder = (one.roster, one.piece.post), one.piece.holder
        if before.setdefault(post, holder) != holder:
            turn[post] = not turn[post]
            before[post] = holder
        wrong = marks_now(found, one)
        who = speak(named(found.playbook, holder, found.persons))
        person = found.persons.get(holder or "")
        times = f"{clock.shown(one.since, found.case.zone)} – {clock.shown(one.until, found.case.zone)}"
        bars.append(
            Bar(
                lane=posts.index(post),
                since=one.since,
                until=one.until,
                name=who if person is None or person.name is None else person.name,
                tip=speak([who, times, *marks(found, one)]),
                is_empty=holder is None,
                mark="".join(_SIGNS[mark] for mark in wrong if mark in _SIGNS),
                is_other=turn[post],
            )
        )
    return bars


def _legend() -> list[Words]:
    signs = [say("{sign} {what}", sign=sign, what=explain_duty.MARKS[mark]) for mark, sign in _SIGNS.items()]
    return [
        [say("hatched: {what}", what=explain_duty.MARKS["uncovered"]), *signs],
        say("tinted: rest days and public holidays; dashed line: now"),
    ]
