"""One report: what filing it closed and what comes next, and what is left of it to read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import UNSET, Struct, UnsetType
from msgspec.structs import asdict

from incident.domain import clock
from incident.domain.explain_time import promised
from incident.domain.facts import ItemEnded, PartState, ReportFiled
from incident.domain.playbook import Playbook
from incident.service import reports as service
from incident.service.handle import Outcome
from incident.service.reports import Board, coming, missed
from incident.views import naming
from incident.views.acts import recorded
from incident.views.naming import Name, Who

#: To whom each report goes, by its key.
Receivers = Mapping[str, Sequence[str]]


class ClosedReport(Struct, frozen=True, kw_only=True):
    """A report that a filing closes."""

    key: str
    name: Name
    of: Who
    due: str
    #: Minutes after it was due.
    late: int
    to: list[Who]


class FilingPart(Struct, frozen=True, kw_only=True):
    """A report that a filing gathers."""

    key: str
    of: Who
    due: str
    state: PartState
    #: Entry of its filing.
    seq: int | None


class Filed(Struct, frozen=True, kw_only=True):
    """A filing as it is recorded."""

    seq: int
    at: str
    sender: Who
    form: str
    #: There is nothing to report, and that is said.
    zero: bool
    #: Reports that it closes; empty where none was asked for.
    closes: list[ClosedReport]
    #: Entry that it takes the place of.
    corrects: int | None
    parts: list[FilingPart]


class NextReport(Struct, frozen=True, kw_only=True):
    """What a sender owes next."""

    key: str
    due: str
    #: From when it can be filed; null: now.
    opens: str | None


class MissedReport(Struct, frozen=True, kw_only=True):
    """What a sender has missed and not filed."""

    key: str
    due: str


class FilingDone(Filed, frozen=True, kw_only=True):
    """What filing a report did."""

    #: What the sender owes next in this form.
    next: NextReport | None
    missed: list[MissedReport]
    repeated: bool


class Figure(Struct, frozen=True, kw_only=True):
    """A figure of a report."""

    name: str
    value: str


class Attachment(Struct, frozen=True, kw_only=True):
    """An attachment; each of the three is null once it is erased."""

    name: str | None
    sha256: str | None
    #: How many.
    bytes: int | None


class FiledReport(Filed, frozen=True, kw_only=True):
    """A filing with what is left of it to read."""

    #: Null where there is none, or it is erased.
    text: str | None
    #: In the order in which they were typed; null for one that is erased.
    values: list[Figure | None]
    attachments: list[Attachment]
    #: Names of what is erased.
    erased: list[str]
    #: Entries that correct it.
    corrected_by: list[int]
    #: Files that the command line wrote; there only in its answer.
    saved: list[str] | UnsetType = UNSET


def filed(playbook: Playbook, seq: int, at: str, fact: ReportFiled, to: Receivers) -> Filed:
    """Give what a filing records."""
    return Filed(
        seq=seq,
        at=at,
        sender=naming.who(playbook, fact.sender),
        form=fact.form,
        zero=fact.zero,
        closes=[
            ClosedReport(
                key=one.key,
                name=naming.name(promised(playbook, one.key)),
                of=naming.who(playbook, one.of),
                due=one.due,
                late=one.late,
                to=[naming.who(playbook, ref) for ref in to.get(one.key, [])],
            )
            for one in fact.closes
        ],
        corrects=fact.corrects,
        parts=[
            FilingPart(
                key=one.key,
                of=naming.who(playbook, one.of),
                due=one.due,
                state=one.state,
                seq=one.entry,
            )
            for one in fact.parts
        ],
    )


def done(outcome: Outcome, owed: Board) -> FilingDone:
    """Give what filing a report did; `owed` is what is owed since."""
    fact, entry = recorded(outcome, ReportFiled), outcome.entry
    following = coming(owed, fact.sender, fact.form)
    made = filed(outcome.playbook, entry.seq, entry.at, fact, receivers(outcome, owed))
    return FilingDone(
        **asdict(made),
        next=None
        if following is None
        else NextReport(
            key=following.key,
            due=clock.stamp(following.due),
            opens=None if following.opens is None else clock.stamp(following.opens),
        ),
        missed=[
            MissedReport(key=one.key, due=clock.stamp(one.due))
            for one in missed(owed, fact.sender, fact.form)
        ],
        repeated=outcome.repeated,
    )


def receivers(outcome: Outcome, owed: Board) -> dict[str, list[str]]:
    """Give to whom each report goes; the answer to a directive goes to who issued it."""
    to = {
        key: stood.item.get("to", [])
        for (kind, key), stood in owed.desk.standing.items()
        if kind == "obligation"
    }
    for fact in outcome.entry.facts:
        if isinstance(fact, ItemEnded) and fact.kind == "directive":
            to[fact.key] = [fact.before["by"]]
    return to


def read(found: service.Filed, saved: list[str] | UnsetType = UNSET) -> FiledReport:
    """Give a filing with what is left of it to read."""
    made = filed(found.playbook, found.entry.seq, found.entry.at, found.fact, {})
    return FiledReport(
        **asdict(made),
        text=found.disclosed.get("text"),
        values=figures(found),
        attachments=[
            Attachment(name=one.name, sha256=one.digest, bytes=None if one.body is None else len(one.body))
            for one in found.attached
        ],
        erased=[name for name in found.sealed if name not in found.disclosed],
        corrected_by=found.corrected_by,
        saved=saved,
    )


def figures(found: service.Filed) -> list[Figure | None]:
    """Give the figures of a filing in the order in which they were typed; none for one that was erased."""
    count = sum(name.startswith("value.") for name in found.sealed)
    words = [found.disclosed.get(f"value.{n}") for n in range(count)]
    pairs = [None if one is None else one.partition("=") for one in words]
    return [None if one is None else Figure(name=one[0], value=one[2]) for one in pairs]


def safe_name(name: str | None, otherwise: str) -> str:
    """Give a file name that leads nowhere else: whoever filed it chose the name."""
    kept = "".join(char for char in (name or "").replace("\\", "/").rpartition("/")[2] if char.isprintable())
    return kept if kept.strip(". ") else otherwise
