"""`incident report file`: a report is filed; it is said what that closes, how late, and what comes next."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from incident import bootstrap
from incident.cli import acts
from incident.cli.asking import pair
from incident.cli.files import ToRead
from incident.cli.output import put, put_json, table, wants_json
from incident.domain import names
from incident.domain.errors import RequestError
from incident.domain.explain_time import form_name, lateness, promised, when
from incident.domain.facts import Closed, Part, ReportFiled
from incident.domain.filing import Filing
from incident.domain.playbook import Playbook
from incident.domain.say import Words, say
from incident.language import _
from incident.service.files import read_file
from incident.service.filing import MOST_BYTES, Contents, file
from incident.service.handle import Outcome
from incident.service.intake import read_time
from incident.service.reports import Board, board, coming, missed
from incident.views import filing as views
from incident.views.acts import recorded
from incident.views.reports import coming_words
from incident.views.times import put_time

#: How many missed reports are named one by one.
_NAMED = 3


class _Seq(click.IntRange):
    """A number of an entry that any database can look for."""

    name = _("number of an entry")


SEQ = _Seq(0, 2**53)


@click.command(
    "file",
    help=_(
        "File a report: closes what its sender owes in the same form, what is late or else what is open; "
        "what was missed before needs --due."
    ),
)
@click.argument("jurisdiction")
@click.option("--from", "sender", metavar="SENDER", required=True, help=_("Group, body, unit or seat."))
@click.option("--form", metavar="KEY", help=_("Which report; needed where several are awaited."))
@click.option("--zero", is_flag=True, help=_("There is nothing to report, and that is said."))
@click.option("--text", metavar="TEXT", help=_("What it says; - reads it from stdin."))
@click.option(
    "--file",
    "files",
    type=ToRead(),
    multiple=True,
    metavar="PATH",
    help=_("A file that belongs to it; repeat."),
)
@click.option("--set", "values", multiple=True, metavar="NAME=VALUE", help=_("A figure; repeat."))
@click.option("--due", metavar="TIME", help=_("The time it was asked for; default: what is awaited now."))
@click.option("--corrects", metavar="ENTRY", type=SEQ, help=_("Entry of the filing it takes the place of."))
@acts.acting
def file_command(
    jurisdiction: str,
    sender: str,
    form: str | None,
    zero: bool,
    text: str | None,
    files: tuple[str, ...],
    values: tuple[str, ...],
    due: str | None,
    corrects: int | None,
    by: str | None,
    event_id: str | None,
) -> int:
    """File a report and say what it closes."""
    origin = acts.origin(by, event_id)
    store, code, playbook = acts.place(jurisdiction)
    filing = Filing(
        sender=sender,
        form=form,
        zero=zero,
        due=read_time("--due", due, playbook, bootstrap.now()),
        corrects=corrects,
    )
    contents = Contents(text=_text(text), values=_values(values), files=[_read(path) for path in files])
    outcome = file(store, code, filing, contents, origin=origin, now=bootstrap.clock, chance=bootstrap.chance)
    acts.told(outcome)
    with store.reading() as tx:
        owed = board(tx, code, at=bootstrap.now())
    if wants_json():
        put_json(views.done(outcome, owed))
    else:
        _put_filed(outcome, owed)
    return 0


def _text(words: str | None) -> str | None:
    """Take the text, or read it from stdin."""
    if words != "-":
        return words
    try:
        said = sys.stdin.read(MOST_BYTES + 1) if sys.stdin is not None else None
    except UnicodeDecodeError as error:
        raise RequestError(
            where="--text -",
            expected=say("text in UTF-8"),
            found=str(error),
            do=say("attach it with --file, or write it again in UTF-8"),
        ) from error
    if said is not None and len(said) > MOST_BYTES:
        raise RequestError(
            where="--text -",
            expected=say("at most {n} MB", n=MOST_BYTES // 1024 // 1024),
            found=say("more"),
            do=say("make it smaller, or file a summary"),
        )
    return said


def _values(words: tuple[str, ...]) -> dict[str, str]:
    values: dict[str, str] = {}
    for name, value in map(pair, words):
        if name in values:
            raise RequestError(
                where="--set",
                expected=say("each figure once"),
                found=say("`{name}` twice", name=name),
                do=say("leave one out"),
            )
        values[name] = value
    return values


def _read(path: str) -> tuple[str, bytes]:
    """Read a file and give it with its name. Raises `RequestError`."""
    expected, do = say("an ordinary file"), say("correct --file")
    return Path(path).name, read_file(Path(path), MOST_BYTES, expected=expected, do=do).raw


def _put_filed(outcome: Outcome, owed: Board) -> None:
    fact, playbook = recorded(outcome, ReportFiled), outcome.playbook
    form = form_name(playbook, fact.form)
    said: Words = say("zero report {form}", form=form) if fact.zero else form
    sender = names.name_of(playbook, fact.sender)
    put(say("{who}: {form} filed; entry {seq}", who=sender, form=said, seq=outcome.entry.seq))
    if fact.corrects is not None:
        put(say("it takes the place of entry {seq}, which stays as it is", seq=fact.corrects))
        return
    if fact.closes:
        put_closed(playbook, fact.closes, views.receivers(outcome, owed))
    else:
        put(say("it closes nothing: none was asked for at this time"))
    put_parts(playbook, fact.parts)
    following = coming(owed, fact.sender, fact.form)
    if following is not None:
        put(coming_words(playbook, following, owed.desk.at))
    _put_missed(fact, owed)


def _put_missed(fact: ReportFiled, owed: Board) -> None:
    """Say what of the same form was overtaken and is not in, and how it is filed."""
    playbook = owed.playbook
    # one filing closes all of a form that were due at one time
    times = list(dict.fromkeys(put_time(one.due, playbook) for one in missed(owed, fact.sender, fact.form)))
    if not times:
        return
    command = (
        f"incident report file {playbook.playbook} --from {fact.sender} --form {fact.form} "
        f'--due "{times[-1]}" --text …'
    )
    if len(times) > _NAMED:
        put(say("still missed: {n}, the newest is filed with: {command}", n=len(times), command=command))
    else:
        put(say("still missed: {times}; filed with: {command}", times=times, command=command))


def put_closed(playbook: Playbook, closes: list[Closed], receivers: dict[str, list[str]]) -> None:
    """Show which occurrences a filing closes: due when, how late, to whom."""
    rows: list[list[Words]] = []
    for one in closes:
        to = [names.name_of(playbook, ref) for ref in receivers.get(one.key, [])]
        late = say("{late} late", late=lateness(one.late)) if one.late else say("in time")
        rows.append(
            [
                "",
                say("closes"),
                promised(playbook, one.key),
                when(playbook, one.due),
                late,
                say("to {who}", who=to) if to else "",
            ]
        )
    table(rows)


def put_parts(playbook: Playbook, parts: list[Part]) -> None:
    """Show what of the reports that a filing gathers was in, zero, missing or not due yet."""
    if not parts:
        return
    said: dict[str, list[Words]] = {state: [] for state in ("filed", "zero", "missing", "awaited")}
    for one in parts:
        who = names.name_of(playbook, one.of)
        said[one.state].append(say("{name} of {who}", name=promised(playbook, one.key), who=who))
    put(
        say(
            "gathered: in {n}, zero {zero}, missing: {missing}",
            n=len(said["filed"]),
            zero=len(said["zero"]),
            missing=said["missing"] or say("none"),
        )
    )
    if said["awaited"]:
        put(say("not due yet: {awaited}", awaited=said["awaited"]))
