"""What an entry takes away: the one place where a fact becomes something that is there no more.

Only what stands beside the journal goes, and the bodies of its beginning; no hash depends on either. An
attachment goes with the last disclosure of its hash.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Final

from incident.domain import holding
from incident.domain.errors import Refused
from incident.domain.explain_record import covered
from incident.domain.facts import AnyFact, DisclosureRedacted, ItemChanged, ItemStarted, PersonErased
from incident.domain.holding import Doomed
from incident.domain.say import Words, say
from incident.domain.situation import Standing
from incident.service.opened import digest_in
from incident.service.ports import NOTHING, Gone, Reading, name_of

#: How the hash of an attachment is called where it is sealed.
DIGEST: Final = "data.digest."


def gone(tx: Reading, code: str, facts: Sequence[AnyFact], *, snapshot: bytes | None = None) -> Gone:
    """Give what is there no more once some facts hold."""
    names: set[tuple[int, str]] = set()
    bodies = 0
    for fact in facts:
        match fact:
            case DisclosureRedacted():
                names |= {(fact.entry, part) for part in fact.parts}
            case PersonErased():
                names |= {(seq, name_of(fact.holder)) for seq in naming(tx, code, fact.holder)}
            case ItemStarted(kind=holding.RETENTION) | ItemChanged(kind=holding.RETENTION):
                bodies = fact.after["until"]
            case _:
                pass
    if not names and not bodies:
        return NOTHING
    return Gone(
        disclosures=sorted(names),
        attachments=_orphans(tx, code, names, bodies),
        bodies=bodies,
        snapshot=snapshot,
    )


def naming(tx: Reading, code: str, holder: str) -> list[int]:
    """Give the entries that disclose what a holder is called."""
    return [seq for seq, name, _text in tx.disclosures(code) if name == name_of(holder)]


def _orphans(tx: Reading, code: str, names: Collection[tuple[int, str]], bodies: int) -> list[str]:
    """Give the attachments whose hash no entry discloses any more."""
    if not bodies and not any(name.startswith(DIGEST) for _seq, name in names):
        return []
    going: set[str] = set()
    staying: set[str] = set()
    for seq, name, text in tx.disclosures(code):
        if name.startswith(DIGEST):
            is_going = seq < bodies or (seq, name) in names
            (going if is_going else staying).add(digest_in(text))
    return sorted(going - staying)


def must_be_free(
    where: Words, standing: Standing, entries: Sequence[range], holders: Iterable[str] = ()
) -> None:
    """Refuse to take away what a hold keeps. Raises `Refused`, which names every such hold."""
    found = holding.held(standing, Doomed(entries, {*holders}))
    if found:
        raise Refused(
            rule="hold",
            where=where,
            expected=say("nothing that a hold keeps"),
            found=[
                say("hold {n} on {what}", n=seq, what=covered(holding.plain(one)))
                for seq, one in found.items()
            ],
            do=say("wait until it is released: incident journal hold list"),
        )
