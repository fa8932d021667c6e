"""Filing a report, issuing and taking back a directive, and what is owed in a jurisdiction."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from functools import cache
from itertools import islice, takewhile

import msgspec
from msgspec import Struct

from incident.domain import clock, inputs, names
from incident.domain.errors import RequestError, Unknown
from incident.domain.facts import AnyFact, ItemEnded, ItemStarted, ReportFiled
from incident.domain.filing import SENDERS, Corrected, Desk, Filing, Valid, decide_filing, find_sender
from incident.domain.journal import Entry
from incident.domain.ledger import occurrences
from incident.domain.playbook import Playbook, Tier
from incident.domain.say import Input, Words, say
from incident.domain.situation import Situation, Standing
from incident.domain.timer import DIRECTIVE, Closing, Directive, Timer
from incident.service.act import Act, View, act
from incident.service.handle import Outcome
from incident.service.opened import read_entry
from incident.service.ports import LAST, Chance, Clock, Reading, Store
from incident.service.senders import must_file_for
from incident.service.who import Origin

#: How far back a report that is not in may still be made good by an ordinary filing.
BACK = 40 * 86400
#: How far ahead a report may be filed, and a directive be due.
AHEAD = 400 * 86400
#: Kinds of names that can order something.
_ORDERING = ("seat", "body", "office")
#: Kinds that are offered where any may be named.
_OFFERED = {inputs.TO.option: ("group",), inputs.ESCALATE.option: ("seat",)}
#: A directive without an answer is shown to who issued it after this long, unless it says otherwise.
_ESCALATE = "30m"
_DURATION = re.compile(r"[1-9][0-9]{0,3}[mhd]")
_FIGURE = say("a figure with a name, such as `cases=3`")
#: Greatest attachment, in bytes.
MOST_BYTES = 20 * 1024 * 1024


class Contents(Struct, frozen=True, kw_only=True):
    """What a report says; sealed in the journal."""

    text: str | None = None
    #: Named figures: `cases` → `3`.
    values: Mapping[str, str] = {}
    #: Names and bytes of files.
    files: Sequence[tuple[str, bytes]] = ()

    def words(self) -> dict[str, str]:
        """Give what is sealed, by name. A figure's own name is sealed too: it may name a person."""
        words = {f"value.{n}": f"{name}={value}" for n, (name, value) in enumerate(self.values.items())}
        for n, (name, body) in enumerate(self.files):
            # the digest is sealed too: of a short file it could be guessed what stood in it
            words |= {f"file.{n}": name, f"digest.{n}": hashlib.sha256(body).hexdigest()}
        return words if self.text is None else {"text": self.text, **words}


class Order(Struct, frozen=True, kw_only=True):
    """A directive as somebody gives it."""

    #: Seat or body that issues it, and who has to answer; in words.
    by: str
    to: str
    #: When the answer is due.
    due: int
    #: What is ordered.
    text: str
    remind: str | None = None
    #: After how long, and who is told; none for the seat that issued it after half an hour.
    escalate: Sequence[tuple[str, str]] = ()


def desk(
    tx: Reading,
    code: str,
    playbook: Playbook,
    situation: Situation,
    standing: Standing,
    at: int,
    *,
    since: int | None = None,
) -> Desk:
    """Lay out what is owed in a jurisdiction at an instant; with `since`, from then on if that is earlier."""
    began = earliest(tx, code, situation, standing, at)
    timers = tx.timers(code, since=began if since is None else min(began, since), until=at + AHEAD)
    return laid_out(tx, code, playbook, situation, standing, at, timers)


def laid_out(
    tx: Reading,
    code: str,
    playbook: Playbook,
    situation: Situation,
    standing: Standing,
    at: int,
    timers: Sequence[Timer],
    before: int = LAST,
) -> Desk:
    """Lay out the reports that some timers are about, by what entries below `before` say."""
    # a report is filed after it was asked for
    first = min((timer.seq for timer in timers), default=0)
    closings = [one for _seq, one in takewhile(lambda row: row[0] < before, tx.closings(code, since=first))]

    @cache
    def corrections() -> Mapping[int, Valid]:
        # a look back through the journal, for those alone who look at filings
        return corrected(tx, code, first, before)

    def valid(one: Closing) -> Valid:
        return corrections().get(one.seq, Valid(one.seq, one.zero))

    return Desk(
        playbook=playbook,
        standing=standing,
        occurrences=occurrences(timers, closings, standing, at, situation.zone),
        at=at,
        valid=valid,
    )


def earliest(tx: Reading, code: str, situation: Situation, standing: Standing, at: int) -> int:
    """Give from when what is owed may still matter.

    What is owed once is awaited until it is in, however late; it may have been asked for in an earlier state.
    """
    once = [
        stood.since
        for (kind, _key), stood in standing.items()
        if kind == "directive" or (kind == "obligation" and stood.item.get("every") is None)
    ]
    asked = [stored.at for stored in islice(tx.entries(code, since=min(once)), 1)] if once else []
    return min(situation.since, at - BACK, *asked)


def corrected(tx: Reading, code: str, since: int, before: int = LAST) -> dict[int, Valid]:
    """Give the newest correction of each filing that has one, by the entry of the filing.

    Looks from entry `since` on, at those below `before`.
    """
    found: dict[int, Valid] = {}
    first: dict[int, int] = {}
    for stored in tx.entries(code, since=since):
        if stored.seq >= before:
            break
        if b'"corrects":' not in stored.body:  # most entries are those of timers
            continue
        for fact in read_entry(code, stored).facts:
            if isinstance(fact, ReportFiled) and fact.corrects is not None:
                first[stored.seq] = first.get(fact.corrects, fact.corrects)
                found[first[stored.seq]] = Valid(stored.seq, fact.zero)
    return found


def corrections_of(tx: Reading, code: str, seq: int) -> list[int]:
    """Give the entries that correct a filing, and those that correct these, in order."""
    chain = [seq]
    for stored in tx.entries(code, since=seq + 1):
        if b'"corrects":' in stored.body:
            facts = read_entry(code, stored).facts
            if any(isinstance(one, ReportFiled) and one.corrects in chain for one in facts):
                chain.append(stored.seq)
    return chain[1:]


def file(
    store: Store,
    code: str,
    filing: Filing,
    contents: Contents,
    *,
    origin: Origin,
    now: Clock,
    chance: Chance,
) -> Outcome:
    """File a report.

    Raises `RequestError` for one that says nothing, and where nothing like it is owed; `Refused` by somebody
    who may file for others alone.
    """
    _check(filing, contents)
    # the same bytes twice are kept once
    attachments = {hashlib.sha256(body).hexdigest(): body for _name, body in contents.files}
    whole = msgspec.structs.replace(filing, attachments=len(contents.files))

    def find(view: View) -> list[AnyFact]:
        must_file_for(view, origin.who, find_sender(view.playbook, whole.sender))
        laid = desk(view.tx, code, view.playbook, view.situation, view.standing, view.at)
        other = None if whole.corrects is None else _corrected(view.tx, code, whole.corrects)
        return decide_filing(msgspec.structs.replace(laid, corrected=other), whole)

    def is_same(playbook: Playbook, entry: Entry) -> bool:
        told = (find_sender(playbook, whole.sender), whole.zero, whole.corrects, whole.attachments)
        filed = [fact for fact in entry.facts if isinstance(fact, ReportFiled)]
        return [(one.sender, one.zero, one.corrects, one.attachments) for one in filed] == [told]

    doing = Act(
        verb="file",
        origin=origin,
        words=contents.words(),
        attachments=[*attachments.items()],
        is_same=is_same,
    )
    return act(store, code, doing, find, now=now, chance=chance)


def _check(filing: Filing, contents: Contents) -> None:
    """Refuse a report that says nothing, and one that cannot be what is meant. Raises `RequestError`."""
    says = (contents.text or "").strip() or contents.values or contents.files
    if filing.zero and (contents.values or contents.files):
        raise RequestError(
            where=say("zero report"),
            expected=say("nothing but a remark"),
            found=say("figures or files"),
            do=say("leave out one of the two"),
        )
    if not (filing.zero or says):
        raise RequestError(
            where=say("report"),
            expected=say("what it says: words, figures or files, or that there is nothing to report"),
            found=say("nothing"),
            do=say("a missing report is never a zero report: say {zero}", zero=inputs.ZERO),
        )
    for name, value in contents.values.items():
        if not name.strip():
            raise _unclear(
                inputs.FIGURES, say("a figure with a name, such as `cases=3`"), f"`{name}={value}`"
            )
    for name, body in contents.files:
        if len(body) > MOST_BYTES:
            raise RequestError(
                where=name,
                expected=say("at most {n} MB", n=MOST_BYTES // 1024 // 1024),
                found=say("more"),
                do=say("make it smaller, or file a summary"),
            )


def _corrected(tx: Reading, code: str, seq: int) -> Corrected | None:
    stored = next(tx.entries(code, since=seq), None) if seq >= 0 else None
    if stored is None or stored.seq != seq:
        return None
    filed = [fact for fact in read_entry(code, stored).facts if isinstance(fact, ReportFiled)]
    if not filed:
        return None
    return Corrected(filed[0].form, filed[0].sender, max(corrections_of(tx, code, seq), default=None))


def issue(
    store: Store,
    code: str,
    order: Order,
    *,
    origin: Origin,
    now: Clock,
    chance: Chance,
) -> Outcome:
    """Issue a leader's directive: an obligation with one occurrence. Raises `RequestError`."""
    check_order(order)

    def find(view: View) -> list[AnyFact]:
        return [ordered(view.playbook, view.situation, order, view.at)]

    def is_same(playbook: Playbook, entry: Entry) -> bool:
        item = msgspec.to_builtins(_directive(playbook, order))
        # due in 4 hours said again is another instant, and the same order
        return any(
            isinstance(fact, ItemStarted) and {**fact.after, "due": item["due"]} == item
            for fact in entry.facts
        )

    doing = Act(verb="issue", origin=origin, words={"text": order.text}, decided_by=order.by, is_same=is_same)
    return act(store, code, doing, find, now=now, chance=chance)


def ordered(playbook: Playbook, situation: Situation, order: Order, at: int) -> ItemStarted:
    """Give the fact of a directive. Raises `RequestError` for a time, or somebody, that cannot be."""
    if not at < order.due <= at + AHEAD:
        raise RequestError(
            where=say("when it is due"),
            expected=say("a time to come, within {n} days", n=AHEAD // 86400),
            found=clock.shown(order.due, situation.zone),
            do=say("correct it"),
        )
    _check_remind(order, at)
    item = msgspec.to_builtins(_directive(playbook, order))
    return ItemStarted(kind="directive", key=f"{DIRECTIVE}{situation.version}", after=item)


def _directive(playbook: Playbook, order: Order) -> Directive:
    by = _named(playbook, order.by, inputs.ORDERS, _ORDERING)
    to = _named(playbook, order.to, inputs.TO, SENDERS)
    if to == by:
        raise RequestError(
            where=inputs.TO,
            expected=say("another than who orders"),
            found=names.name_of(playbook, to),
            do=say("name who is to answer"),
        )
    return Directive(
        by=by,
        to=to,
        due=clock.stamp(order.due),
        remind=order.remind,
        escalate=_tiers(playbook, order) or [Tier(_ESCALATE, [by])],
    )


def _tiers(playbook: Playbook, order: Order) -> list[Tier]:
    """Give the steps by time; those told after the same time are told in one step."""
    told: dict[int, list[str]] = {}
    shown: dict[int, str] = {}
    for after, ref in order.escalate:
        who = _named(playbook, ref, inputs.ESCALATE, SENDERS)
        length = clock.seconds(after)
        shown.setdefault(length, after)
        told.setdefault(length, [])
        if who not in told[length]:
            told[length].append(who)
    return [Tier(shown[length], told[length]) for length in sorted(told)]


def _named(playbook: Playbook, words: str, where: Input, kinds: tuple[str, ...]) -> str:
    """Give the key of the one of `kinds` that is meant. Raises `RequestError`."""
    found = list(dict.fromkeys(one.key for one in names.find(playbook, words, kinds)))
    if len(found) == 1:
        return found[0]
    offered = names.known(playbook, _OFFERED.get(where.option, kinds))
    raise RequestError(
        where=where,
        expected=[one.name for one in offered] or say("who is in the playbook"),
        found=say("`{words}` means several: {found}", words=words, found=found) if found else f"`{words}`",
        do=say("name the group, body, office, unit or seat by its key or full name")
        if "group" in kinds
        else say("name the seat, body or office that orders, by its key or full name"),
    )


def _check_remind(order: Order, at: int) -> None:
    """Refuse a reminder for a time that has passed. Raises `RequestError`."""
    if order.remind is not None and order.due - clock.seconds(order.remind) <= at:
        left = max(1, (order.due - at) // 60)
        raise RequestError(
            where=inputs.REMIND,
            expected=say("less than the {n} minutes until it is due", n=left),
            found=order.remind,
            do=say("shorten it, or leave it out"),
        )


def check_order(order: Order) -> None:
    """Refuse a directive that orders nothing, and durations that are none. Raises `RequestError`."""
    if not order.text.strip():
        raise _unclear(inputs.TEXT, say("what is ordered"), say("nothing"))
    remind = [] if order.remind is None else [(inputs.REMIND, order.remind)]
    for where, words in [*remind, *((inputs.ESCALATE, after) for after, _to in order.escalate)]:
        if not _DURATION.fullmatch(words):
            raise _unclear(where, say("a duration such as 30m, 4h or 14d"), f"`{words}`")


def _unclear(where: Input, expected: Words, found: Words) -> RequestError:
    return RequestError(where=where, expected=expected, found=found, do=say("write it again"))


def withdraw(
    store: Store,
    code: str,
    key: str,
    reason: str,
    *,
    origin: Origin,
    now: Clock,
    chance: Chance,
) -> Outcome:
    """Take a directive back before it is answered. Raises `RequestError` when there is none of that key."""
    if not reason.strip():
        raise _unclear(inputs.REASON, say("why it is taken back"), say("nothing"))

    def find(view: View) -> list[AnyFact]:
        stood = view.standing.get(("directive", key))
        if stood is None:
            raise Unknown(
                where=say("directive"),
                expected=[one for kind, one in view.standing if kind == "directive"] or say("none is open"),
                found=key,
                do=say("look: incident reports"),
            )
        return [ItemEnded(kind="directive", key=key, before=stood.item)]

    def is_same(_playbook: Playbook, entry: Entry) -> bool:
        return any(isinstance(fact, ItemEnded) and fact.key == key for fact in entry.facts)

    doing = Act(verb="withdraw", origin=origin, reason=reason, is_same=is_same)
    return act(store, code, doing, find, now=now, chance=chance)
