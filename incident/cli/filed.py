"""`incident report`: one report is filed (`filing.py`), and read again as far as it was not erased."""

from __future__ import annotations

import os
from pathlib import Path

import click

from incident.cli import session
from incident.cli.files import ToFill
from incident.cli.filing import SEQ, file_command, put_closed, put_parts
from incident.cli.output import put, put_json, table, talk, wants_json
from incident.domain import names
from incident.domain.errors import RequestError
from incident.domain.explain_time import form_name, when
from incident.domain.say import Words, say
from incident.language import _
from incident.service import queries
from incident.service.reports import Attached, Filed, filed
from incident.views import filing as views

_ERASED = say("(erased; its digest remains)")


@click.group(help=_("One report: file it, read it."))
def report() -> None:
    """Hold the commands about one report."""


report.add_command(file_command)


@report.command("show", help=_("Show what was filed in an entry of the journal."))
@click.argument("jurisdiction")
@click.argument("entry", type=SEQ)
@click.option("--save", "folder", type=ToFill(), metavar="FOLDER", help=_("Write its attachments there."))
def show(jurisdiction: str, entry: int, folder: str | None) -> None:
    """Show text, figures and attachments of a report, and what corrects it."""
    with session.store().reading() as tx:
        found = filed(tx, queries.find_jurisdiction(tx, jurisdiction), entry)
    saved = [] if folder is None else _save(Path(folder), found.attached)
    if wants_json():
        put_json(views.read(found, saved))
        return
    _put(found)
    for path in saved:
        put(say("written: {path}", path=path))


def _put(found: Filed) -> None:
    fact, playbook, entry = found.fact, found.playbook, found.entry
    form = form_name(playbook, fact.form)
    said: Words = say("zero report {form}", form=form) if fact.zero else form
    sender = names.name_of(playbook, fact.sender)
    put(say("#{seq}  {at}  {who}: {form}", seq=entry.seq, at=when(playbook, entry.at), who=sender, form=said))
    if fact.corrects is not None:
        put(say("it takes the place of entry {seq}, which stays as it is", seq=fact.corrects))
    if found.corrected_by:
        put(say("!  corrected by entry {seqs}", seqs=found.corrected_by))
    put_closed(playbook, fact.closes, {})
    put_parts(playbook, fact.parts)
    if "text" in found.sealed:
        put(say("text:"))
        for line in found.disclosed.get("text", "").splitlines():
            put("  " + line)
        if "text" not in found.disclosed:
            put(say("  {erased}", erased=_ERASED))
    rows: list[list[Words]] = [
        ["", *(("", _ERASED) if one is None else (one.name, one.value))] for one in views.figures(found)
    ]
    if rows:
        put(say("figures:"))
        table(rows)
    if found.attached:
        put(say("attachments:"))
        table([_row(one) for one in found.attached])


def _row(one: Attached) -> list[Words]:
    size: Words = _ERASED if one.body is None else say("{n} bytes", n=len(one.body))
    return ["", one.name or _ERASED, size, _ERASED if one.digest is None else f"sha256 {one.digest}"]


def _save(folder: Path, attached: list[Attached]) -> list[str]:
    """Write what is left of the attachments; nothing that is there is written over. Raises `RequestError`."""
    wanted: dict[Path, bytes] = {}
    for n, one in enumerate(attached):
        if one.body is None:
            talk(say("attachment {n} is erased and was not written", n=n + 1))
            continue
        path = folder / views.safe_name(one.name, f"attachment_{n + 1}")
        wanted[path if path not in wanted else folder / f"{n + 1}_{path.name}"] = one.body
    there = [str(path) for path in wanted if os.path.lexists(path)]
    if there:
        raise RequestError(
            where="--save",
            expected=say("a folder without files of these names"),
            found=there,
            do=say("name another folder"),
        )
    try:
        folder.mkdir(exist_ok=True)
        for path, body in wanted.items():
            with path.open("xb") as file:
                file.write(body)
    except OSError as error:
        raise RequestError(
            where=str(error.filename or folder),
            expected=say("a folder that can be written to"),
            found=error.strerror or str(error),
            do=say("name another folder"),
        ) from error
    return [str(path) for path in wanted]
