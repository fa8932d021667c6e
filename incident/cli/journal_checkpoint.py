"""`incident journal checkpoint`: sign a journal now, and show what to keep outside."""

from __future__ import annotations

from pathlib import Path

import click

from incident import bootstrap
from incident.cli import evidence_options, session
from incident.cli.output import put, put_json, talk, wants_json
from incident.domain.checkpoint import format_line, line_of
from incident.domain.errors import Conflict, IncidentError, RequestError, StoreAway, StoreError
from incident.domain.say import say
from incident.language import _
from incident.service import queries
from incident.service.ports import Signed, Store
from incident.service.signed import rows, unopened
from incident.store.sql import SqlStore
from incident.views import record as views
from incident.views.errors import in_a_line


@click.command(
    help=_("Sign a journal as it is now, or show its newest checkpoint; all journals without a name.")
)
@click.argument("jurisdiction", required=False)
@evidence_options.key(
    _("Sign with the private key in this file (INCIDENT_KEY); without it the newest is shown.")
)
@evidence_options.checkpoints(_("Put it into this folder outside the database too (INCIDENT_CHECKPOINTS)."))
@click.option("--line", is_flag=True, help=_("Show it as one line, to be read aloud or written down."))
def checkpoint(jurisdiction: str | None, key: Path | None, checkpoints: Path | None, line: bool) -> int:
    """Sign, keep, publish, print."""
    store = session.store()
    with store.reading() as tx:
        named = None if jurisdiction is None else queries.find_jurisdiction(tx, jurisdiction)
        codes = [named] if named is not None else [code for code, _name in tx.codes()]
    failed: list[IncidentError] = []
    for code in codes:
        try:
            signed = _newest(store, code) if key is None else sign_now(store, code, key, checkpoints)
        except StoreAway:
            raise
        except IncidentError as error:  # one journal must not keep the others from being signed
            failed.append(error)
        else:
            _put(code, signed, as_line=line)
    for one in failed[:-1]:
        talk(in_a_line(one))
    if failed:
        raise failed[-1]
    return 0


def sign_now(store: SqlStore, code: str, key: Path, folder: Path | None, *, vouched: int = 0) -> Signed:
    """Sign a journal and put outside what is not there; nobody else may hold it meanwhile.

    `vouched` as in `notary.sign`. Raises as that does, `StoreError` for a folder that cannot be used, and
    `Conflict`.
    """
    from incident.service.notary import publish, sign

    outlets = bootstrap.outlets(folder)
    try:
        notary = bootstrap.notary(key, outlets)
        signed = sign(store, code, notary, vouched=vouched)
        if signed is not None:
            publish(store, code, notary, vouched=vouched)
    except OSError as error:
        raise StoreError(
            where=say("folder of checkpoints"),
            expected=say("a folder of checkpoints that is there and can be written"),
            found=str(error),
            do=say("make it or mount it, then run this again"),
        ) from error
    if signed is None:
        raise Conflict(
            where=code,
            expected=say("a journal that nobody else holds"),
            found=say("somebody is writing to it"),
            do=say("try again"),
        )
    return signed


def _newest(store: Store, code: str) -> Signed:
    with store.reading() as tx:
        found = next(rows(tx, code, bootstrap.read_note), None)
    if found is None:
        raise RequestError(
            where=say("journal of {jurisdiction}", jurisdiction=code),
            expected=say("a signed checkpoint"),
            found=say("none yet"),
            do=say("sign it: --key FILE; a key is made by: incident journal key new FILE"),
        )
    return found[1]


def _put(code: str, signed: Signed, *, as_line: bool) -> None:
    head = unopened(signed.note)
    line = format_line(line_of(code, head.size, head.root))
    if wants_json():
        put_json(views.checkpoint(code, head, at=signed.at, line=line, note=signed.note))
    elif as_line:
        put(line)
    else:
        click.echo(signed.note, nl=False)
