"""Redacting: what an entry holds sealed is disclosed no more, and the record says so.

Value and salt go, so that nobody can find out by trying what stood there; the digest stays in the entry and
no hash changes. With the hash of an attachment its bytes go, unless another entry discloses the same hash. It
needs a reason, a basis and two names, and nothing goes that a hold keeps.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from incident.domain.errors import RequestError
from incident.domain.facts import AnyFact, DisclosureRedacted
from incident.domain.people import HOLDER
from incident.domain.say import say
from incident.service import going, opened
from incident.service.act import Act, View, act
from incident.service.handle import Outcome, adopted
from incident.service.ports import Chance, Clock, Reading, Store
from incident.service.who import Origin, Why, two_names


class Part(NamedTuple):
    """One sealed part of an entry that is still disclosed."""

    name: str
    words: str
    #: Bytes of the attachment that goes with it; none where there is none, or another entry names it too.
    attached: int | None = None


def disclosed(tx: Reading, code: str, seq: int) -> dict[str, str]:
    """Give what an entry still discloses, by name. Raises `RequestError` where there is no such entry."""
    adopted(tx, code)
    found = next(opened.with_disclosures(tx, code, since=seq), None) if seq >= 0 else None
    if found is None or found[0].seq != seq:
        raise RequestError(
            where=say("entry {seq}", seq=seq),
            expected=say("an entry of the journal"),
            found=say("no such entry"),
            do=say("look: incident history"),
        )
    return opened.disclosed(opened.read_entry(code, found[0]), found[1])


def look(tx: Reading, code: str, fact: DisclosureRedacted) -> list[Part]:
    """Show what would go. Raises `RequestError` for parts that the entry does not disclose."""
    words = _must_disclose(tx, code, fact)
    attached = {digest: tx.attachment(code, digest) for digest in going.gone(tx, code, [fact]).attachments}
    return [
        Part(name, words[name], None if (body := attached.get(words[name])) is None else len(body))
        for name in fact.parts
    ]


def redact(
    store: Store, code: str, fact: DisclosureRedacted, why: Why, *, origin: Origin, now: Clock, chance: Chance
) -> Outcome:
    """Take away what an entry discloses. Raises `RequestError`, and `Refused` where a hold keeps it."""
    agreed = two_names(say("redaction"), origin, why)

    def find(view: View) -> list[AnyFact]:
        _must_disclose(view.tx, code, fact)
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


def meant(seq: int, parts: Sequence[str]) -> DisclosureRedacted:
    """Give what is to be recorded: parts in their order, each once."""
    return DisclosureRedacted(entry=seq, parts=sorted({*parts}))


def holders_in(parts: Iterable[str]) -> list[str]:
    """Give the signs of those whose names are among some parts."""
    names = (part.removeprefix("data.") for part in parts)
    return [name for name in names if HOLDER.fullmatch(name)]


def _must_disclose(tx: Reading, code: str, fact: DisclosureRedacted) -> dict[str, str]:
    words = disclosed(tx, code, fact.entry)
    unknown = [part for part in fact.parts if part not in words]
    if unknown or not fact.parts:
        raise RequestError(
            where=say("entry {seq}", seq=fact.entry),
            expected=[*words] or say("an entry that still discloses something"),
            found=[f"`{part}`" for part in unknown] or say("no part"),
            do=say("name parts that it still discloses"),
        )
    return words
