"""`incident history`: what happened, decision by decision."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from itertools import groupby

import click

from incident import bootstrap
from incident.cli import session
from incident.cli.output import put, put_json, table, talk, wants_json
from incident.domain import explain, explain_entry, names
from incident.domain.errors import RequestError
from incident.domain.explain_time import lateness
from incident.domain.say import Words, say
from incident.language import _, in_each
from incident.service import history as service
from incident.service import opened, queries
from incident.service.history import Line, Wanted
from incident.service.intake import read_time
from incident.service.ports import Reading
from incident.views import history as views
from incident.views.times import put_time


@click.command(help=_("Show what happened: every decision and every refusal, with who and on what basis."))
@click.argument("jurisdiction")
@click.option("--since", metavar="TIME", help=_("Recorded at this time or later."))
@click.option("--until", metavar="TIME", help=_("Recorded before this time."))
@click.option(
    "--kind",
    "kinds",
    metavar="KIND",
    multiple=True,
    help=_("Only facts of this kind, such as GroupConverted; repeat."),
)
@click.option(
    "--actor",
    metavar="NAME",
    help=_("Only what this person pressed, by name or login, or this user or node did."),
)
@click.option(
    "--decided-by", "authority", metavar="WHO", help=_("Only what this body, office, group or seat decided.")
)
@click.option("--clause", metavar="CLAUSE", help=_("Only what rests on this clause, or on one below it."))
@click.option("--incident", metavar="NUMBER", help=_("Only of this incident, such as 2026-001."))
@click.option(
    "--text", metavar="WORDS", help=_("Only where this is said: in a sentence, a reason, a basis, a value.")
)
def history(
    jurisdiction: str,
    since: str | None,
    until: str | None,
    kinds: tuple[str, ...],
    actor: str | None,
    authority: str | None,
    clause: str | None,
    incident: str | None,
    text: str | None,
) -> None:
    """Print the history, decision by decision; with --json one fact a line."""
    for kind in kinds:
        check_kind(kind)
    for name, words in (
        ("--actor", actor),
        ("--decided-by", authority),
        ("--clause", clause),
        ("--incident", incident),
        ("--text", text),
    ):
        _check_words(name, words)
    now, read = bootstrap.now(), bootstrap.note_reader()
    with session.store().reading() as tx:
        code = queries.find_jurisdiction(tx, jurisdiction)
        _situation, playbook = queries.present(tx, code)
        wanted = Wanted(
            since=read_time("--since", since, playbook, now),
            until=read_time("--until", until, playbook, now),
            kinds=kinds,
            actor=actor,
            incident=incident,
            text=text,
            authority=authority,
            clause=clause,
        )
        _put_dropped(tx, code)
        if not _put(service.history(tx, code, wanted, in_each, read)):
            talk(say("nothing like that is recorded"))


def _put_dropped(tx: Reading, code: str) -> None:
    """Say of which entries nothing is left to show."""
    until = opened.first_body(tx, code)
    if until:
        words = say("entries 0 to {last}: body dropped; look: --kind BodiesDropped", last=until - 1)
        talk(words) if wants_json() else put(words)


def _put(lines: Iterable[Line]) -> bool:
    """Print lines as they come; tells whether there was any."""
    was_any = False
    if wants_json():
        for line in lines:
            put_json(views.fact(line))
            was_any = True
        return was_any
    for _seq, facts in groupby(lines, key=lambda line: line.seq):
        put_entry(list(facts))
        was_any = True
    return was_any


def _check_words(option: str, words: str | None) -> None:
    """Refuse words that are only blank: everything would match them, or nothing."""
    if words is not None and not words.strip():
        raise RequestError(
            where=option, expected=say("words"), found=say("nothing"), do=say("leave the option out")
        )


def check_kind(kind: str) -> None:
    """Refuse a kind that no fact can have: to find nothing would read as if nothing had happened."""
    known = views.kinds()
    if kind not in known:
        near = difflib.get_close_matches(kind, known, n=1)
        raise RequestError(
            where="--kind",
            expected=known,
            found=f"`{kind}`",
            do=say("did you mean `{name}`?", name=near[0]) if near else say("choose one of those"),
        )


def put_entry(lines: list[Line]) -> None:
    """Show one entry: when, by whom, on what basis, and what followed."""
    first = lines[0]
    entry, playbook = first.entry, first.playbook
    put(say("#{seq}  {at}", seq=first.seq, at=put_time(first.at, playbook)))
    about = _times(first)
    if entry.came is not None:
        about.append(["", say("event"), explain_entry.came(playbook, entry)])
    if entry.came is not None and entry.came.data:
        shown = [
            explain_entry.label(name)
            + str(first.disclosed.get(f"data.{name}", value if isinstance(value, str | int) else "…"))
            for name, value in entry.came.data.items()
        ]
        about.append(["", say("values"), [*shown]])
    if entry.authority is not None:
        about.append(["", say("decided by"), names.name_of(playbook, entry.authority)])
    said = (
        ("basis", say("basis")),
        ("reason", say("reason")),
        ("by", explain_entry.pressed(entry)),
        ("os_user", say("user here")),
    )
    for name, title in said:
        if name in first.disclosed:
            about.append(["", title, first.disclosed[name]])
        elif getattr(entry, name) is not None:
            about.append(["", title, say("(erased; its digest remains)")])
    table(about)
    table([["", "", line.kind, explain.fact(line.playbook, line.fact)] for line in lines])


def _times(line: Line) -> list[list[Words]]:
    """Say from when an entry holds, when it was recorded and between which checkpoints, where these part."""
    if line.effective_at == line.at and not line.is_out_of_place:
        return []
    rows: list[list[Words]] = []
    if line.effective_at != line.at:
        rows.append(["", say("holds from"), put_time(line.effective_at, line.playbook)])
    if line.late:
        rows.append(
            ["!", say("recorded late"), say("{late} after it began to hold", late=lateness(line.late))]
        )
    if line.is_out_of_place:
        rows.append(["!", say("recorded"), say("by its own time, not between the checkpoints around it")])
    rows.append(["", say("witnessed"), _between(line)])
    return rows


def _between(line: Line) -> Words:
    """Say between which checkpoints an entry was recorded."""
    sides: list[Words] = []
    if line.after is not None:
        at = put_time(line.after.at, line.playbook)
        sides.append(say("after the checkpoint of {n} entries, {at}", n=line.after.size, at=at))
    if line.before is not None:
        at = put_time(line.before.at, line.playbook)
        sides.append(say("before that of {n}, {at}", n=line.before.size, at=at))
    else:
        sides.append(say("no checkpoint covers it yet"))
    return sides
