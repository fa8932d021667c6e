"""What an entry takes away: the one place where a fact becomes something that is there no more.

Only what stands beside the journal goes, and the bodies of its beginning; no hash depends on either. An
attachment goes with the last disclosure of its hash.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import NamedTuple

from incident.domain import holding
from incident.domain.errors import Refused
from incident.domain.explain_record import covered
from incident.domain.facts import AnyFact, ItemChanged, ItemStarted
from incident.domain.facts_record import DisclosureRedacted, PersonErased
from incident.domain.holding import Doomed
from incident.domain.say import Words, say
from incident.domain.situation import Standing
from incident.service.opened import DIGEST, digest_in
from incident.service.ports import NOTHING, Gone, Reading, name_of


class Bodies(NamedTuple):
    """What goes with the bodies of a journal's beginning, as it was looked at without a lock."""

    #: Snapshot that takes their place.
    snapshot: bytes
    #: How many entries there were then.
    version: int
    #: Attachments whose hash no other entry disclosed then.
    attachments: frozenset[str]


def gone(tx: Reading, code: str, facts: Sequence[AnyFact], bodies: Bodies | None = None) -> Gone:
    """Give what is there no more once some facts hold; of bodies, `bodies` says what goes with them."""
    names: set[tuple[int, str]] = set()
    until = 0
    for fact in facts:
        match fact:
            case DisclosureRedacted():
                names |= {(fact.entry, part) for part in fact.parts}
            case PersonErased():
                names |= {(seq, name_of(fact.holder)) for seq in naming(tx, code, fact.holder)}
            case ItemStarted(kind=holding.RETENTION) | ItemChanged(kind=holding.RETENTION):
                until = fact.after["until"]
            case _:
                pass
    if until:
        assert bodies is not None, "it was looked at"
        new = attached(tx, code, since=bodies.version)  # all before was looked at
        left = bodies.attachments.difference(digest for _seq, _name, digest in new)
        return Gone(attachments=sorted(left), bodies=until, snapshot=bodies.snapshot)
    if not names:
        return NOTHING
    return Gone(disclosures=sorted(names), attachments=_orphans(tx, code, names))


def naming(tx: Reading, code: str, holder: str) -> list[int]:
    """Give the entries that disclose what a holder is called."""
    return [seq for seq, name, _text in tx.disclosures(code) if name == name_of(holder)]


def attached(tx: Reading, code: str, *, since: int = 0) -> Iterator[tuple[int, str, str]]:
    """Give (entry, name, hash) of the attachments that entries disclose, from entry `since` on."""
    for seq, name, text in tx.disclosures(code, since=since):
        if name.startswith(DIGEST):
            yield seq, name, digest_in(text)


def _orphans(tx: Reading, code: str, names: Collection[tuple[int, str]]) -> list[str]:
    """Give the attachments whose hash no entry discloses any more."""
    if not any(name.startswith(DIGEST) for _seq, name in names):
        return []
    going: set[str] = set()
    staying: set[str] = set()
    for seq, name, digest in attached(tx, code):
        (going if (seq, name) in names else staying).add(digest)
    return sorted(going - staying)


def must_be_free(
    where: Words,
    standing: Standing,
    entries: Sequence[range],
    holders: Iterable[str] = (),
    *,
    do: Words = None,
) -> None:
    """Refuse to take away what a hold keeps; `do` says what else can be done.

    Raises `Refused`, which names every such hold.
    """
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
            do=do or say("wait until it is released: incident journal hold list"),
        )
