"""Who is on duty and why, who holds a seat, who is away, in sentences; part of `explain.py`.

Holders are shown by their signs: names are not in the record. Whoever may see names puts them beside.
"""

from __future__ import annotations

from collections.abc import Callable

from incident.domain import names
from incident.domain.explain_time import lateness, promised, when
from incident.domain.facts import (
    DutyAssigned,
    GapForeseen,
    ItemChanged,
    ItemEnded,
    ItemStarted,
    LogNoted,
    OutlookPromised,
    Piece,
    Plain,
)
from incident.domain.facts_record import DirectoryChanged, PersonErased
from incident.domain.people import LEAVE, TENURE, WHOEVER
from incident.domain.playbook import Playbook
from incident.domain.say import Say, Words, say

#: Puts a holder into words; by the record alone, its sign.
Named = Callable[[str], Words]

RULES: dict[str, Words] = {
    "only": say("nobody else could"),
    "least": say("has served least"),
    "turn": say("whose turn it was"),
    "rested": say("has rested longest, and not long enough"),
    "set": say("set by hand"),
    "nobody": say("nobody could"),
}
OUTS: dict[str, Words] = {
    "away": say("is away"),
    "on_duty": say("is on duty at another post"),
    "resting": say("is still resting"),
    "set_elsewhere": say("is set for another post"),
    "shorter": say("could not stay as long"),
}
MARKS: dict[str, Words] = {
    "uncovered": say("nobody is there"),
    "rest": say("without the rest that is due"),
    "unnamed": say("the directory does not name who that is"),
    "unreachable": say("no way to reach them is known"),
}
HOURS: dict[str, Words] = {
    "hours": say("hours"),
    "night": say("night hours"),
    "weekend": say("hours on rest days"),
    "holiday": say("hours on public holidays"),
}
AWAY: dict[str, Words] = {
    "leave": say("on leave"),
    "sick": say("ill"),
    "travel": say("travelling on duty"),
    "other": say("away"),
}
WAYS: dict[str, Words] = {"in": say("call in"), "out": say("call out"), "note": say("duty note")}
SETS: dict[str, Words] = {"override": say("set"), "swap": say("swapped"), "cover": say("covers")}


def post(name: str) -> Words:
    """Give the name of a post of a roster."""
    if name == "lead":
        return say("leader on duty")
    _, _, number = name.partition(".")
    return say("officer {n}", n=number)


def sign(playbook: Playbook, holder: str | None) -> Words:
    """Show a holder by the sign in the record, or as whoever holds a seat."""
    if holder is None:
        return say("nobody")
    if not holder.startswith(WHOEVER):
        return holder
    seat, _, number = holder.removeprefix(WHOEVER).partition("/")
    name = names.name_of(playbook, seat, ("seat", "unit"))
    return say("{name} {n}", name=name, n=number) if number else name


def assigned(playbook: Playbook, one: DutyAssigned, named: Named | None = None) -> Say:
    """Say who keeps a shift."""
    show = named or (lambda holder: sign(playbook, holder))
    pieces = [_piece(playbook, one, piece, show) for piece in one.pieces]
    return say(
        "{roster}, {since} to {until}: {pieces}",
        roster=promised(playbook, one.roster),
        since=when(playbook, one.since),
        until=when(playbook, one.until),
        pieces=pieces or say("nobody"),
    )


def _piece(playbook: Playbook, one: DutyAssigned, piece: Piece, show: Named) -> Words:
    who = say("nobody") if piece.holder is None else show(piece.holder)
    said: Words = say("{post}: {who}", post=post(piece.post), who=who)
    if piece.since != one.since:
        said = say("{what} from {at}", what=said, at=when(playbook, piece.since))
    marks = [MARKS[mark] for mark in piece.marks if mark in ("uncovered", "rest")]
    return say("{what} ({why})", what=said, why=marks) if marks else said


def why(piece: Piece, show: Named) -> list[Words]:
    """Say why it is this person and not another."""
    reason: Words = RULES[piece.rule]
    if piece.rule == "least" and piece.by is not None:
        reason = say(
            "has served least of {n}: {served} min of {hours} in {days} days of this year",
            n=piece.of,
            served=piece.served,
            hours=HOURS[piece.by],
            days=piece.days,
        )
    if piece.act is not None:
        reason = say("set by hand in entry {seq}", seq=piece.act)
    out = [say("{who} {why}", who=show(holder), why=OUTS[why]) for holder, why in piece.out.items()]
    return [reason, *out]


def about_people(playbook: Playbook, one: ItemStarted | ItemChanged | ItemEnded) -> Say:
    """Say what is recorded of a seat, a leave, or a person set for a post."""
    item = one.before if isinstance(one, ItemEnded) else one.after
    if one.kind == TENURE:
        return _tenure(playbook, one, item)
    since, until = when(playbook, item["since"]), _until(playbook, item)
    who = sign(playbook, item["holder"])
    if one.kind == LEAVE:
        what = say(
            "{who} {away} from {since}{until}",
            who=who,
            away=AWAY[item.get("why", "leave")],
            since=since,
            until=until,
        )
    else:
        what = say(
            "{who} {set} as {post} of {roster} from {since}{until}",
            who=who,
            set=SETS[item.get("how", "override")],
            post=post(item["post"]),
            roster=promised(playbook, item["roster"]),
            since=since,
            until=until,
        )
    return say("no more: {what}", what=what) if isinstance(one, ItemEnded) else what


def on_duty(playbook: Playbook, one: DutyAssigned | LogNoted | DirectoryChanged | PersonErased) -> Say:
    """Say what a fact records of duty, its log, or the directory."""
    match one:
        case DutyAssigned():
            return assigned(playbook, one)
        case LogNoted():
            return noted(playbook, one)
        case DirectoryChanged():
            return say("directory: {people}", people=ways(one))
        case PersonErased():
            return say("name and addresses of {holder} were erased", holder=one.holder)


def ahead(playbook: Playbook, one: GapForeseen | OutlookPromised) -> Say:
    """Say what is foreseen of duty, or when that is looked for."""
    if isinstance(one, OutlookPromised):
        return say("duty of the weeks to come is looked through {at}", at=when(playbook, one.due))
    return say(
        "{roster}, foreseen: {mark}, {post} from {since} to {until}; {n} such in four weeks",
        roster=promised(playbook, one.roster),
        mark=MARKS[one.mark],
        post=post(one.post),
        since=when(playbook, one.since),
        until=when(playbook, one.until),
        n=one.times,
    )


def known(one: ItemStarted | ItemChanged | ItemEnded) -> Say:
    """Say how much of what is foreseen is known, so that it is not told again."""
    gaps = {} if isinstance(one, ItemEnded) else one.after["gaps"]
    return say("gaps in duty that are known: {n}", n=sum(map(len, gaps.values())))


def noted(playbook: Playbook, one: LogNoted) -> Say:
    """Say what kind of note was made in the duty log; its words are sealed in the entry."""
    what = say("{way} at {at}", way=WAYS[one.way], at=when(playbook, one.at))
    if one.roster is not None:
        what = say("{what}, {roster}", what=what, roster=promised(playbook, one.roster))
    return say("{what} (noted {late} late)", what=what, late=lateness(one.late)) if one.late else what


def ways(one: DirectoryChanged) -> list[Words]:
    """Say by which ways holders are reached."""
    return [
        say("{holder} by {ways}", holder=holder, ways=[*found])
        if found
        else say("{holder} by no way", holder=holder)
        for holder, found in one.ways.items()
    ]


def _tenure(playbook: Playbook, one: ItemStarted | ItemChanged | ItemEnded, item: Plain) -> Say:
    seat = names.name_of(playbook, item["seat"], ("seat", "unit"))
    since, until = when(playbook, item["since"]), _until(playbook, item)
    what = say("{seat}: {who} from {since}{until}", seat=seat, who=item["holder"], since=since, until=until)
    return say("no more: {what}", what=what) if isinstance(one, ItemEnded) else what


def _until(playbook: Playbook, item: Plain) -> Words:
    until = item.get("until")
    return "" if until is None else say(" until {at}", at=when(playbook, until))
