"""How checkpoints that somebody brought, and those beside a journal, stand to it, as lines for people."""

from __future__ import annotations

from collections.abc import Sequence

from incident.cli.output import put, table, talk
from incident.domain.say import Words, say
from incident.service import against
from incident.service.against import Compared, Found
from incident.service.brought import BESIDE, Brought
from incident.service.handle import adopted
from incident.service.outside import FOUND
from incident.service.ports import Reading


def put_strangers(brought: Brought, codes: Sequence[str]) -> int:
    """Say which checkpoints are of no journal that is looked at; gives how many."""
    strangers = brought.strangers(codes)
    for one in strangers:
        talk(say("{where}: {verdict}", where=one.where, verdict=FOUND["foreign"]))
    return len(strangers)


def put_compared(compared: Compared, brought: Brought, tx: Reading, code: str) -> None:
    """Show how checkpoints stand to a journal. Nothing that was not looked at is left unsaid."""
    rows: list[list[Words]] = [["", say("signatures"), _signatures(brought)]]
    if compared.beside or compared.unsigned:
        rows.append(["", say("checkpoints beside the journal"), _beside(compared)])
    for one in compared.brought:
        name = say("checkpoint of {n} entries, {where}", n=one.given.size, where=one.given.where)
        rows.append(["", name, _verdict(one)])
    if compared.unfounded:
        name, seqs = say("entries lost and given up"), [*compared.unfounded]
        rows.append(["", name, say("entries {seqs} name a checkpoint that no given key signed", seqs=seqs)])
    if not compared.brought:
        nothing = say("NOT CHECKED: none was given (--against)")
        rows.append(["", say("checkpoints from outside"), nothing])
    table(rows)
    if compared.span is not None:
        put(say("  {told}", told=against.told(compared.span, adopted(tx, code).situation.zone)))


def _signatures(brought: Brought) -> Words:
    if not brought.keys:
        return say("NOT CHECKED: no public key was given (--pubkey)")
    return say("checked with {keys}", keys=[str(key) for key in brought.keys])


def _beside(compared: Compared) -> Words:
    n = len(compared.beside) + compared.unsigned
    wrong: list[Words] = []
    if compared.unsigned:
        wrong.append(say("{n} that no given key signed, or of another size or time", n=compared.unsigned))
    wrong += [
        say("{n} entries, {where}: {verdict}", n=one.given.size, where=one.given.where, verdict=_verdict(one))
        if one.given.where != BESIDE
        else say("{n} entries: {verdict}", n=one.given.size, verdict=_verdict(one))
        for one in compared.wrong
    ]
    return say("{n}: {wrong}", n=n, wrong=wrong) if wrong else say("{n}: each holds", n=n)


def _verdict(found: Found) -> Words:
    if found.verdict == "holds":
        return say("holds")
    if found.given_up is not None:
        return say("{found} (entry {seq})", found=FOUND[found.verdict], seq=found.given_up)
    return say("DOES NOT HOLD: {found}", found=FOUND[found.verdict])
