"""`incident journal export`: an evidence kit for somebody who trusts nobody."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from incident import bootstrap
from incident.cli import session
from incident.cli.auditor import check_kind
from incident.cli.files import ToRead, ToWrite
from incident.cli.output import put, put_json, talk, wants_json
from incident.domain import clock
from incident.domain.kit import Filter
from incident.domain.note import PublicKey
from incident.domain.playbook import Playbook
from incident.domain.say import say
from incident.language import _, speaker
from incident.service import queries
from incident.service.exhibit import Shown
from incident.service.intake import read_time

if TYPE_CHECKING:
    from incident.kit.export import Exported


@click.command(help=_("Make an evidence kit: a ZIP that anybody verifies with Python and a public key."))
@click.argument("jurisdiction")
@click.option("--out", metavar="KIT.zip", required=True, type=ToWrite(Path), help=_("The file."))
@click.option("--incident", metavar="NUMBER", help=_("Open only the entries of this incident."))
@click.option("--since", metavar="TIME", help=_("Open only what was recorded at this time or later."))
@click.option("--until", metavar="TIME", help=_("Open only what was recorded before this time."))
@click.option("--kind", "kinds", metavar="KIND", multiple=True, help=_("Open only entries with such a fact."))
@click.option(
    "--withhold",
    metavar="NAME",
    multiple=True,
    help=_("Leave sealed values of this name shut, such as `os_user`; the kit lists each."),
)
@click.option(
    "--pubkey",
    "pubkeys",
    type=ToRead(),
    metavar="FILE-OR-TEXT",
    multiple=True,
    help=_("Public key that signed, to go with it; default: INCIDENT_PUBKEY, else that of INCIDENT_KEY."),
)
def export_command(
    jurisdiction: str,
    *,
    out: Path,
    incident: str | None,
    since: str | None,
    until: str | None,
    kinds: tuple[str, ...],
    withhold: tuple[str, ...],
    pubkeys: tuple[str, ...],
) -> int:
    """Write a kit and say what it opens."""
    for kind in kinds:
        check_kind(kind)
    keys = _keys(pubkeys)
    now = bootstrap.now()
    with session.store().reading() as tx:
        code = queries.find_jurisdiction(tx, jurisdiction)
        _situation, playbook = queries.present(tx, code)
        asked = Filter(
            incident=incident,
            since=_stamp("--since", since, playbook, now),
            until=_stamp("--until", until, playbook, now),
            kinds=sorted({*kinds}),
        )
        shown = Shown(filter=asked, withhold=frozenset(withhold))
        made = bootstrap.export_kit(tx, code, shown, out, keys, speaker)
    _put(out, made)
    return 0


def _keys(named: tuple[str, ...]) -> list[PublicKey]:
    """Give the public keys that are trusted, or else that of the private key that signs here."""
    signing = os.environ.get("INCIDENT_KEY")
    return bootstrap.trusted_keys(named) or ([bootstrap.public_key_in(Path(signing))] if signing else [])


def _stamp(option: str, words: str | None, playbook: Playbook, now: int) -> str | None:
    at = read_time(option, words, playbook, now)
    return None if at is None else clock.stamp(at)


def _put(out: Path, made: Exported) -> None:
    manifest = made.manifest
    if wants_json():
        put_json(
            {
                "file": str(out),
                "jurisdiction": manifest.jurisdiction,
                "entries": manifest.size,
                "root": manifest.root,
                "opened": {"entries": made.entries, "disclosures": made.disclosures},
                "withheld": len(manifest.withheld),
                "checkpoint": made.signed,
                "public_key": made.has_key,
                "manifest_sha256": made.digest,
            }
        )
        return
    put(say("evidence kit of {code}: {file}", code=manifest.jurisdiction, file=str(out)))
    put(say("  {n} entries, root {root}", n=manifest.size, root=manifest.root))
    put(say("  opened: {entries} entries, {n} sealed values", entries=made.entries, n=made.disclosures))
    if manifest.withheld:
        put(say("  not opened, each listed: {n} values, erased or withheld", n=len(manifest.withheld)))
    put(say("  SHA-256 of `kit.json`: {hash}", hash=made.digest))
    _talk(made)


def _talk(made: Exported) -> None:
    if made.disclosures:
        talk(
            say(
                "It holds personal data: {n} sealed values are opened in it. Its file is yours alone (0600).",
                n=made.disclosures,
            )
        )
    if not made.entries:
        talk(say("no entry matches: it opens nothing"))
    if made.signed is None:
        talk(say("no checkpoint is kept: whoever gets it can hold it only against one from elsewhere"))
    elif not made.has_key:
        talk(say("the key that signed is not in it: name it by --pubkey, or give it by another way"))
