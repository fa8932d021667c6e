"""Filing a report, issuing and taking back a directive, and what is owed in a jurisdiction."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from functools import cache

import msgspec
from msgspec import Struct

from incident.domain import clock, names
from incident.domain.errors import RequestError
from incident.domain.facts import AnyFact, ItemEnded, ItemStarted, ReportFiled
from incident.domain.filing import SENDERS, Desk, Filing, decide_filing, find_sender
from incident.domain.journal import Entry
from incident.domain.ledger import occurrences
from incident.domain.playbook import Playbook, Tier
from incident.domain.say import Words, say
from incident.domain.situation import Situation, Standing
from incident.domain.timer import DIRECTIVE, Directive
from incident.service.act import Act, View, act
from incident.service.handle import Outcome
from incident.service.opened import read_entry
from incident.service.ports import Chance, Clock, Reading, Store
from incident.service.who import Origin

#: How far back a report that is not in may still be made good by an ordinary filing.
BACK = 40 * 86400
#: How far ahead a report may be filed, and a directive be due.
AHEAD = 400 * 86400
#: A directive without an answer is shown to who issued it after this long, unless it says otherwise.
_ESCALATE = "30m"
_DURATION = re.compile(r"[1-9][0-9]{0,3}[mhd]")
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
    earliest = min(situation.since, at - BACK, at if since is None else since)
    timers = tx.timers(code, since=earliest, until=at + AHEAD)
    # a report is filed after it was asked for
    first = min((timer.seq for timer in timers), default=0)
    closings = [one for _seq, one in tx.closings(code, since=first)]

    @cache
    def corrections() -> Mapping[int, bool]:
        # a look back through the journal, for those alone who gather reports
        return corrected(tx, code, first)

    return Desk(
        playbook=playbook,
        standing=standing,
        occurrences=occurrences(timers, closings, standing, at, situation.zone),
        at=at,
        is_zero=lambda one: corrections().get(one.seq, one.zero),
    )


def corrected(tx: Reading, code: str, since: int, until: int | None = None) -> dict[int, bool]:
    """Give whether the newest correction is a zero report, by entry of the filing it corrects.

    Looks from entry `since` on, at what was recorded until the instant `until`.
    """
    found: dict[int, bool] = {}
    first: dict[int, int] = {}
    for stored in tx.entries(code, since=since):
        if until is not None and stored.at > until:
            break
        if b'"corrects":' not in stored.body:  # most entries are those of timers
            continue
        for fact in read_entry(code, stored).facts:
            if isinstance(fact, ReportFiled) and fact.corrects is not None:
                first[stored.seq] = first.get(fact.corrects, fact.corrects)
                found[first[stored.seq]] = fact.zero
    return found


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
    """File a report. Raises `RequestError` for one that says nothing, and where nothing like it is owed."""
    _check(filing, contents)
    # the same bytes twice are kept once
    attachments = {hashlib.sha256(body).hexdigest(): body for _name, body in contents.files}
    whole = msgspec.structs.replace(filing, attachments=len(contents.files))

    def find(view: View) -> list[AnyFact]:
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
    """Refuse a report that says nothing, and a zero report that says something. Raises `RequestError`."""
    says = (contents.text or "").strip() or contents.values or contents.files
    if filing.zero and (contents.values or contents.files):
        raise RequestError(
            where=say("zero report"),
            expected=say("nothing but a remark (--text)"),
            found=say("figures or files"),
            do=say("leave out --zero, or the figures"),
        )
    if not (filing.zero or says):
        raise RequestError(
            where=say("report"),
            expected=say("what it says: --text, --file, --set, or --zero when there is nothing to report"),
            found=say("nothing"),
            do=say("a missing report is never a zero report: say --zero"),
        )
    for name, body in contents.files:
        if len(body) > MOST_BYTES:
            raise RequestError(
                where=name,
                expected=say("at most {n} MB", n=MOST_BYTES // 1024 // 1024),
                found=say("more"),
                do=say("make it smaller, or file a summary"),
            )


def _corrected(tx: Reading, code: str, seq: int) -> tuple[str, str] | None:
    stored = next(tx.entries(code, since=seq), None) if seq >= 0 else None
    if stored is None or stored.seq != seq:
        return None
    filed = [fact for fact in read_entry(code, stored).facts if isinstance(fact, ReportFiled)]
    return (filed[0].form, filed[0].sender) if filed else None


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
    _check_order(order)

    def find(view: View) -> list[AnyFact]:
        if not view.at < order.due <= view.at + AHEAD:
            raise RequestError(
                where=say("when it is due"),
                expected=say("a time to come, within {n} days", n=AHEAD // 86400),
                found=clock.shown(order.due, view.situation.zone),
                do=say("correct --due"),
            )
        key = f"{DIRECTIVE}{view.situation.version}"
        item = msgspec.to_builtins(_directive(view.playbook, order))
        return [ItemStarted(kind="directive", key=key, after=item)]

    def is_same(playbook: Playbook, entry: Entry) -> bool:
        item = msgspec.to_builtins(_directive(playbook, order))
        return any(isinstance(fact, ItemStarted) and fact.after == item for fact in entry.facts)

    doing = Act(verb="issue", origin=origin, words={"text": order.text}, decided_by=order.by, is_same=is_same)
    return act(store, code, doing, find, now=now, chance=chance)


def _directive(playbook: Playbook, order: Order) -> Directive:
    by = _named(playbook, order.by, "--from", ("seat", "body", "office"))
    steps = [Tier(after, [_named(playbook, ref, "--escalate", ("seat",))]) for after, ref in order.escalate]
    return Directive(
        by=by,
        to=_named(playbook, order.to, "--to", ("group",)),
        due=clock.stamp(order.due),
        remind=order.remind,
        escalate=sorted(steps, key=lambda step: clock.seconds(step.after)) or [Tier(_ESCALATE, [by])],
    )


def _named(playbook: Playbook, words: str, where: str, kinds: tuple[str, ...]) -> str:
    """Give the key of who is meant; those of `kinds` are offered. Raises `RequestError`."""
    key = names.key_of(playbook, words)
    if key is not None:
        return key
    found = [one.key for one in names.find(playbook, words, SENDERS)]
    raise RequestError(
        where=where,
        expected=[one.name for one in names.known(playbook, kinds)] or say("who is in the playbook"),
        found=say("`{words}` means several: {found}", words=words, found=found) if found else f"`{words}`",
        do=say("name the group, body, office, unit or seat by its key or full name"),
    )


def _check_order(order: Order) -> None:
    """Refuse a directive that orders nothing, and durations that are none. Raises `RequestError`."""
    if not order.text.strip():
        raise _unclear("--text", say("what is ordered"), say("nothing"))
    remind = [] if order.remind is None else [("--remind", order.remind)]
    for where, words in [*remind, *(("--escalate", after) for after, _to in order.escalate)]:
        if not _DURATION.fullmatch(words):
            raise _unclear(where, say("a duration such as 30m, 4h or 14d"), f"`{words}`")


def _unclear(where: str, expected: Words, found: Words) -> RequestError:
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
        raise _unclear("--reason", say("why it is taken back"), say("nothing"))

    def find(view: View) -> list[AnyFact]:
        stood = view.standing.get(("directive", key))
        if stood is None:
            raise RequestError(
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
