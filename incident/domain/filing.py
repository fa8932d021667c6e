"""What a filing closes: report once, satisfy many.

One filing closes everything its sender owes in the same form, to all receivers: of each series what is late
or else what is asked for now (or both, once the next is nearer), and of what is owed once all there is. It
never closes what is not asked for yet, nor, unless its time is named, what was overtaken. A correction
closes nothing and takes the place of what it corrects. A report that gathers others records which of them
had come in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

import msgspec
from msgspec import Struct

from incident.domain import clock, inputs, names
from incident.domain.errors import RequestError
from incident.domain.facts import AnyFact, Closed, ItemEnded, Part, PartState, ReportFiled
from incident.domain.ledger import Occurrence, awaited, lateness
from incident.domain.organisation import Text
from incident.domain.owing import obligation
from incident.domain.playbook import EACH_GROUP, Playbook
from incident.domain.say import Words, say
from incident.domain.schedule import is_filing
from incident.domain.situation import Standing
from incident.domain.timer import DIRECTIVE, Closing

#: Kinds of names that can owe a report.
SENDERS = ("group", "body", "office", "unit", "seat")
#: States in which nothing is to be filed any more.
_DONE = ("filed", "withdrawn")


class Filing(Struct, frozen=True, kw_only=True):
    """What somebody files."""

    #: Who files: key, name or alias of a group, body, office, unit or seat.
    sender: str
    #: Form, obligation or directive; none where the sender owes but one.
    form: str | None = None
    #: Nothing to report.
    zero: bool = False
    #: The occurrence meant, by its time; none for what is awaited now.
    due: int | None = None
    #: Entry of the filing that this one takes the place of.
    corrects: int | None = None
    #: How many attachments come with it.
    attachments: int = 0


class Valid(NamedTuple):
    """What counts of a filing: its newest correction, or the filing itself."""

    #: Entry that is valid.
    seq: int
    #: It says that there is nothing to report.
    zero: bool


class Corrected(NamedTuple):
    """The filing that is to be corrected."""

    form: str
    sender: str
    #: Entry of its newest correction; none when there is none yet.
    newest: int | None = None


class Desk(Struct, frozen=True, kw_only=True):
    """What is owed in one jurisdiction at one instant."""

    playbook: Playbook
    standing: Standing
    #: Every occurrence that may still matter, by time.
    occurrences: Sequence[Occurrence]
    at: int
    #: The filing that is corrected; none when there is none of that number.
    corrected: Corrected | None = None
    #: Gives what is valid of a filing, after its corrections.
    valid: Callable[[Closing], Valid] = lambda closing: Valid(closing.seq, closing.zero)


def decide_filing(desk: Desk, filing: Filing) -> list[AnyFact]:
    """Give the facts of a filing. Raises `RequestError` where it cannot be understood."""
    sender = find_sender(desk.playbook, filing.sender)
    if filing.corrects is not None:
        return [_correction(desk, filing, sender)]
    return filed(desk, filing, sender, _form(desk, filing, sender))


def filed(desk: Desk, filing: Filing, sender: str, form: str) -> list[AnyFact]:
    """Give the facts of a filing of which it is known who files it, and in which form that they owe.

    Raises `RequestError` where nothing of the time that it names is awaited.
    """
    _check_zero(filing, form)
    closes = _closes(desk, filing, sender, form)
    fact = ReportFiled(
        sender=sender,
        form=form,
        zero=filing.zero,
        closes=[
            Closed(key=one.key, of=one.of, due=clock.stamp(one.due), late=lateness(one.timer, desk.at))
            for one in closes
        ],
        attachments=filing.attachments,
        parts=_parts(desk, sender, closes),
    )
    return [fact, *_answered(desk, closes)]


def must_owe(desk: Desk, filing: Filing, form: str) -> str:
    """Give a form that the sender owes, or at the time that is named. Raises `RequestError` for another."""
    owed = {**_by_form(desk, [one.key for one in _at_time(desk, filing, filing.sender)])}
    owed |= owed_forms(desk, filing.sender)
    if form in owed:
        return form
    raise RequestError(
        where=say("the form that {who} files", who=names.name_of(desk.playbook, filing.sender)),
        expected=[*owed] or say("a sender who owes a report"),
        found=f"`{form}`",
    )


def find_sender(playbook: Playbook, words: str) -> str:
    """Give the key of who files. Raises `RequestError`."""
    found = {one.key for one in names.find(playbook, words, SENDERS)}
    if len(found) == 1:
        return found.pop()
    raise RequestError(
        where=say("the sender"),
        expected=[one.name for one in names.known(playbook, ("group",))],
        found=say("`{words}` means several: {found}", words=words, found=sorted(found))
        if found
        else f"`{words}`",
        do=say("name the group, body, office, unit or seat by its key or full name"),
    )


def form_of(standing: Standing, key: str) -> str:
    """Give the form in which an obligation or directive is answered: its own key unless one is named."""
    stood = standing.get(("obligation", key))
    return key if stood is None else str(stood.item.get("form") or key)


def owed_forms(desk: Desk, sender: str) -> dict[str, list[Text]]:
    """Give the forms that a sender owes now, each with what asks for it; what is awaited comes first."""
    keys = [
        one.key
        for one in awaited(desk.occurrences, desk.standing, desk.at)
        if names.key_of(desk.playbook, one.of) == sender
    ]
    for (kind, key), stood in desk.standing.items():
        if kind == "obligation" and sender in _senders(desk, stood.item.get("from", ())):
            owed = obligation(stood.item)
            if is_filing(owed) or owed.form is not None:
                keys.append(key)
    return _by_form(desk, keys)


def _by_form(desk: Desk, keys: Iterable[str]) -> dict[str, list[Text]]:
    forms: dict[str, list[Text]] = {}
    for key in dict.fromkeys(keys):
        forms.setdefault(form_of(desk.standing, key), []).append(_name(desk, key))
    return forms


def _name(desk: Desk, key: str) -> Text:
    stood = desk.standing.get(("obligation", key))
    if stood is not None:
        return msgspec.convert(stood.item["name"], Text)
    known = [state.obligations[key] for state in desk.playbook.states.values() if key in state.obligations]
    return known[0].name if known else Text(zh=key, en=key)


def _senders(desk: Desk, refs: Sequence[str]) -> list[str | None]:
    found: list[str | None] = []
    for ref in refs:
        if ref == EACH_GROUP:
            found += [key for kind, key in desk.standing if kind == "group"]
        else:
            found.append(names.key_of(desk.playbook, ref))
    return found


def _form(desk: Desk, filing: Filing, sender: str) -> str:
    # of what stands no more only its time is left to name it by
    at_time = _by_form(desk, [one.key for one in _at_time(desk, filing, sender)])
    owed = {**at_time, **owed_forms(desk, sender)}
    if filing.form is not None:
        meant = _meant(desk, filing.form, owed)
        if len(meant) == 1:
            return meant.pop()
    else:
        awaiting = {
            form_of(desk.standing, one.key)
            for one in awaited(desk.occurrences, desk.standing, desk.at)
            if names.key_of(desk.playbook, one.of) == sender
        }
        for forms in ({*at_time}, awaiting, {*owed}):
            if len(forms) == 1:
                return forms.pop()
    raise RequestError(
        where=say("the form that {who} files", who=names.name_of(desk.playbook, sender)),
        expected=[say("{form} ({name})", form=form, name=asking) for form, asking in owed.items()]
        or say("a sender who owes a report"),
        found=_found(filing, owed),
        do=say("name one of those") if owed else say("look: incident reports"),
    )


def _meant(desk: Desk, words: str, owed: Mapping[str, Sequence[Text]]) -> set[str]:
    """Give the forms meant by key, by what asks for them, or by the name of that."""
    keys = {words, form_of(desk.standing, words)}
    by_name = {form for form, asking in owed.items() for name in asking if words in (name.zh, name.en)}
    return (keys & owed.keys()) | by_name


def _found(filing: Filing, owed: Mapping[str, object]) -> Words:
    if filing.form is not None:
        return f"`{filing.form}`"
    return say("several, and none named") if owed else say("nothing that is owed")


def _at_time(desk: Desk, filing: Filing, sender: str) -> list[Occurrence]:
    """Give what the sender has not filed of the time that a filing names, to the minute."""
    return [
        one
        for one in desk.occurrences
        if filing.due is not None
        and one.due // 60 == filing.due // 60
        and one.state not in _DONE
        and names.key_of(desk.playbook, one.of) == sender
    ]


def _closes(desk: Desk, filing: Filing, sender: str, form: str) -> list[Occurrence]:
    def is_meant(one: Occurrence) -> bool:
        return form_of(desk.standing, one.key) == form and names.key_of(desk.playbook, one.of) == sender

    if filing.due is None:
        return [one for one in awaited(desk.occurrences, desk.standing, desk.at) if is_meant(one)]
    chosen = [one for one in _at_time(desk, filing, sender) if is_meant(one)]
    if chosen:
        return chosen
    mine = [one for one in desk.occurrences if is_meant(one) and one.state not in _DONE]
    raise RequestError(
        where=say("the time of the report"),
        expected=[clock.shown(one.due, desk.playbook.jurisdiction.zone) for one in mine]
        or say("a report that is not in yet"),
        found=clock.shown(filing.due, desk.playbook.jurisdiction.zone),
        do=say("look: incident reports"),
    )


def _answered(desk: Desk, closes: Sequence[Occurrence]) -> list[AnyFact]:
    """End the directives that were answered; an obligation goes on."""
    return [
        ItemEnded(kind="directive", key=one.key, before=desk.standing["directive", one.key].item)
        for one in closes
        if ("directive", one.key) in desk.standing
    ]


def _check_zero(filing: Filing, form: str) -> None:
    """Refuse a zero report as the answer to a directive: who orders wants to hear. Raises `RequestError`."""
    if filing.zero and form.startswith(DIRECTIVE):
        raise RequestError(
            where=say("zero report"),
            expected=say("an answer to the directive: words or a file"),
            found=inputs.ZERO,
            do=say("say what was found, also when it is nothing"),
        )


def _correction(desk: Desk, filing: Filing, sender: str) -> ReportFiled:
    meant = desk.corrected
    if meant is None or meant.sender != sender:
        raise RequestError(
            where=say("the filing to correct"),
            expected=say("an entry in which {who} filed", who=names.name_of(desk.playbook, sender)),
            found=say("entry {seq}", seq=filing.corrects),
            do=say("look in the history: {kind}", kind="ReportFiled"),
        )
    if meant.newest is not None:
        raise RequestError(
            where=say("the filing to correct"),
            expected=say("an entry that is not corrected yet"),
            found=say("entry {seq}, corrected by entry {newest}", seq=filing.corrects, newest=meant.newest),
            do=say("correct entry {seq}", seq=meant.newest),
        )
    if filing.due is not None:
        raise RequestError(
            where=inputs.DUE,
            expected=say("no time: a correction closes what entry {seq} closed", seq=filing.corrects),
            found=clock.shown(filing.due, desk.playbook.jurisdiction.zone),
            do=say("leave it out"),
        )
    if filing.form is not None and not _is_called(desk, meant.form, filing.form):
        raise RequestError(
            where=inputs.FORM,
            expected=say("the form of entry {seq}: {form}", seq=filing.corrects, form=meant.form),
            found=f"`{filing.form}`",
            do=say("leave it out, or correct another entry"),
        )
    _check_zero(filing, meant.form)
    return ReportFiled(
        sender=sender,
        form=meant.form,
        zero=filing.zero,
        corrects=filing.corrects,
        attachments=filing.attachments,
    )


def _is_called(desk: Desk, form: str, words: str) -> bool:
    """Tell whether words mean a form: its key, or key or name of what asks for it in some state."""
    if form in (words, form_of(desk.standing, words)):
        return True
    asking = [
        (key, one.name.zh, one.name.en)
        for state in desk.playbook.states.values()
        for key, one in state.obligations.items()
        if form in (key, one.form)
    ]
    return any(words in called for called in asking)


def parts_of(desk: Desk, sender: str, due: int) -> list[Occurrence]:
    """Give the newest of each report that a sender receives and gathers into what it owes at `due`."""
    received = {
        key
        for (kind, key), stood in desk.standing.items()
        if kind == "obligation" and sender in _senders(desk, stood.item.get("to", ()))
    }
    newest: dict[tuple[str, str], Occurrence] = {}
    for one in desk.occurrences:
        if one.key in received and one.due <= due and one.state != "withdrawn":
            newest[one.key, one.of] = one
    return [*newest.values()]


def _parts(desk: Desk, sender: str, closes: Sequence[Occurrence]) -> list[Part]:
    if not closes:
        return []
    due = max(one.due for one in closes)
    mine = {(one.key, one.of) for one in closes}
    return [
        Part(
            key=one.key,
            of=one.of,
            due=clock.stamp(one.due),
            state=found_of(desk, one),
            entry=None if one.filing is None else one.filing.seq,
        )
        for one in parts_of(desk, sender, due)
        if (one.key, one.of) not in mine
    ]


def found_of(desk: Desk, one: Occurrence) -> PartState:
    """Say how one report that is gathered stands."""
    if one.filing is None:
        return "awaited" if one.state in ("open", "due") else "missing"
    return "zero" if desk.valid(one.filing).zero else "filed"
