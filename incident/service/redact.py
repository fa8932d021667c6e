"""Redacting: what an entry holds sealed is disclosed no more, and the record says so.

Value and salt go, so that nobody can find out by trying what stood there; the digest stays in the entry and
no hash changes. With the hash of an attachment its bytes go, unless another entry discloses the same hash. It
needs a reason, a basis and two names, and nothing goes that a hold keeps. Nor does anything of an entry by
which something was taken away, kept or given up: who answers for that, and why, nobody can take back. And
nothing does of an entry that another person is still to approve or review.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from incident.domain.approving import KINDS, key_of
from incident.domain.errors import Refused, RequestError
from incident.domain.facts import AnyFact
from incident.domain.facts_record import DisclosureRedacted
from incident.domain.journal import Entry
from incident.domain.people import HOLDER
from incident.domain.say import say
from incident.domain.situation import Standing
from incident.service import going, opened
from incident.service.act import Act, View, act
from incident.service.handle import Outcome, adopted
from incident.service.ports import Chance, Clock, Reading, Store
from incident.service.who import Origin, Why, two_names

#: Acts on the record itself, by verb.
ANSWERED: Final = frozenset({"redact", "people_erase", "hold", "release", "drop_bodies", "recover"})


class Part(NamedTuple):
    """One sealed part of an entry that is still disclosed."""

    name: str
    words: str
    #: Bytes of the attachment that goes with it; none where there is none, or another entry names it too.
    attached: int | None = None


def disclosed(tx: Reading, code: str, seq: int) -> dict[str, str]:
    """Give what an entry still discloses, by name. Raises `RequestError` where there is no such entry."""
    return _opened(tx, code, seq)[1]


def _opened(tx: Reading, code: str, seq: int) -> tuple[Entry, dict[str, str]]:
    adopted(tx, code)
    found = next(opened.with_disclosures(tx, code, since=seq), None) if seq >= 0 else None
    if found is None or found[0].seq != seq:
        raise RequestError(
            where=say("entry {seq}", seq=seq),
            expected=say("an entry of the journal"),
            found=say("no such entry"),
            do=say("look: incident history"),
        )
    entry = opened.read_entry(code, found[0])
    return entry, opened.disclosed(entry, found[1])


def look(tx: Reading, code: str, fact: DisclosureRedacted) -> list[Part]:
    """Show what would go. Raises as `redact` does, but for holds."""
    words = _must_disclose(tx, code, fact)
    attached = {digest: tx.attachment(code, digest) for digest in going.gone(tx, code, [fact]).attachments}
    return [
        Part(name, words[name], None if (body := attached.get(words[name])) is None else len(body))
        for name in fact.parts
    ]


def redact(
    store: Store, code: str, fact: DisclosureRedacted, why: Why, *, origin: Origin, now: Clock, chance: Chance
) -> Outcome:
    """Take away what an entry discloses.

    Raises `RequestError` for parts that it does not, and `Refused` where a hold keeps it, or somebody has to
    answer for the entry.
    """
    agreed = two_names(say("redaction"), origin, why)

    def find(view: View) -> list[AnyFact]:
        _must_disclose(view.tx, code, fact)
        must_be_settled(view.standing, fact.entry)
        entry = range(fact.entry, fact.entry + 1)
        going.must_be_free(say("entry {seq}", seq=fact.entry), view.standing, [entry], holders_in(fact.parts))
        return [fact]

    doing = Act(
        verb="redact",
        origin=origin,
        words={"with": agreed.second},
        reason=agreed.reason,
        basis=agreed.basis,
        is_same=lambda _playbook, entry: entry.facts[:1] == [fact],
    )
    return act(store, code, doing, find, now=now, chance=chance)


def must_be_settled(standing: Standing, seq: int) -> None:
    """Keep whole what another person is to approve or review: who it was, and in which words.

    Raises `Refused`.
    """
    if any((kind, key_of(kind, seq)) in standing for kind in KINDS):
        raise Refused(
            rule="open",
            where=say("entry {seq}", seq=seq),
            expected=say("an entry that waits for no second person"),
            found=say("one that is to be approved or reviewed"),
            do=say("approve, reject or review it first; look: incident status"),
        )


def meant(seq: int, parts: Sequence[str]) -> DisclosureRedacted:
    """Give what is to be recorded: parts in their order, each once."""
    return DisclosureRedacted(entry=seq, parts=sorted({*parts}))


def holders_in(parts: Iterable[str]) -> list[str]:
    """Give the signs of those whose names are among some parts."""
    names = (part.removeprefix("data.") for part in parts)
    return [name for name in names if HOLDER.fullmatch(name)]


def _must_disclose(tx: Reading, code: str, fact: DisclosureRedacted) -> dict[str, str]:
    entry, words = _opened(tx, code, fact.entry)
    if entry.verb in ANSWERED:
        raise Refused(
            rule="answered",
            where=say("entry {seq}", seq=fact.entry),
            expected=say("an entry that takes nothing from the record, and keeps nothing in it"),
            found=f"`{entry.verb}`",
            do=say("leave it: names, reason and basis of such an act stay"),
        )
    unknown = [part for part in fact.parts if part not in words]
    if unknown or not fact.parts:
        raise RequestError(
            where=say("entry {seq}", seq=fact.entry),
            expected=[*words] or say("an entry that still discloses something"),
            found=[f"`{part}`" for part in unknown] or say("no part"),
            do=say("name parts that it still discloses"),
        )
    return words
