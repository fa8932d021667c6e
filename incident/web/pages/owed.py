"""What a page says of the reports that are owed: a section for each who owes, a line for each report.

Nothing here is asked of the store but who belongs to whom; what is owed was found by `views/reports.py`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, Literal, NamedTuple

from incident.domain import clock, explain, names
from incident.domain.explain_time import lateness, promised
from incident.domain.filing import form_of
from incident.domain.ledger import Occurrence, State, awaited
from incident.domain.organisation import Text
from incident.domain.owing import obligation
from incident.domain.playbook import Obligation, Playbook
from incident.domain.say import Words, say
from incident.domain.timer import DIRECTIVE
from incident.service.reports import Board, Gathered, Row
from incident.views.reports import STATES, Owed

#: How a state is shown: the look of its mark, and a sign that does without colour.
_LOOKS: Final[dict[State, tuple[str, str]]] = {
    "open": ("", "○"),
    "due": ("watch", "◔"),
    "late": ("alarm", "!"),
    "missed": ("alarm", "✗"),
    "filed": ("calm", "✓"),
    "withdrawn": ("own", "–"),
}
#: In this order sections need somebody.
_URGENT: Final[tuple[State, ...]] = ("late", "missed", "due")


#: For whom who looks may file: everybody, those whom they belong to, nobody.
Files = Literal["all", "own", "none"]


class Part(NamedTuple):
    """Those of the reports that one gathers that stand alike."""

    what: Words
    look: str
    n: int
    #: Who owes them; nobody where only their number is told.
    who: list[Text]


class Line(NamedTuple):
    """One report."""

    key: str
    name: Text
    #: Of a directive, which nobody answers with a zero report.
    is_directive: bool
    state: State
    look: str
    sign: str
    words: Words
    due: int
    late: Words
    to: list[Text]
    #: From when it can be filed, where that is to come.
    opens: int | None
    is_zero: bool
    #: Entry of the filing, and of what counts of it.
    seq: int | None
    newest: int | None
    gathers: list[Part]
    #: By which it is filed, and its time, where that has to be named: empty for what is awaited now.
    form: str
    named: str
    can_file: bool
    asks_zero: bool


class Timeless(NamedTuple):
    """A report that has no hour of its own."""

    name: Text
    form: str
    when: Words


class Section(NamedTuple):
    """All of one who owes."""

    #: Key of a group, body, office, unit or seat; none where the paper's words name none that can file.
    key: str | None
    name: Text
    is_mine: bool
    #: Who looks may file for it.
    may_file: bool
    lines: list[Line]
    timeless: list[Timeless]
    counts: Mapping[State, int]

    @property
    def urgency(self) -> tuple[bool, ...]:
        """Sort by this: mine first, then where something is late, missed, due soon."""
        return (not self.is_mine, *(not self.counts.get(state) for state in _URGENT))


def sections(found: Owed, mine: Iterable[str], files: Files) -> list[Section]:
    """Give what was found, what is one's own first; within that in order of time."""
    board, own = found.board, {*mine}
    by: dict[str, tuple[list[Line], list[Timeless]]] = {}
    waiting = awaited(board.desk.occurrences, board.desk.standing, board.desk.at)
    for row in found.rows:
        by.setdefault(_key(board.playbook, row.report.of), ([], []))[0].append(_line(board, row, waiting))
    for key, one in found.timeless:
        said = Timeless(one.name, one.form or key, explain.schedule(board.playbook, one))
        for ref in one.senders:
            by.setdefault(_key(board.playbook, ref), ([], []))[1].append(said)
    return sorted(
        (
            _section(
                board.playbook,
                key,
                *there,
                is_mine=key in own,
                may_file=files in ("all", key in own and "own"),
            )
            for key, there in by.items()
        ),
        key=lambda one: one.urgency,
    )


def counted(found: Owed) -> list[tuple[State, str, Words, int]]:
    """Give how many of what was found stand in each state: state, sign, words, number."""
    counts = Counter(row.report.state for row in found.rows)
    shown: tuple[State, ...] = ("late", "missed", "due", "open", "filed")
    return [(state, _LOOKS[state][1], STATES[state], counts[state]) for state in shown]


def senders(board: Board) -> dict[str, Text]:
    """Give who owes anything now, or did: by key, with names."""
    refs = [one.of for one in board.desk.occurrences]
    for (kind, _), stood in board.desk.standing.items():
        if kind == "obligation":
            refs += [ref for ref in obligation(stood.item).senders if names.key_of(board.playbook, ref)]
    keys = dict.fromkeys(key for ref in refs if (key := names.key_of(board.playbook, ref)) is not None)
    return {key: names.name_of(board.playbook, key) for key in keys}


def _key(playbook: Playbook, ref: str) -> str:
    return names.key_of(playbook, ref) or ref


def _section(
    playbook: Playbook,
    key: str,
    lines: list[Line],
    timeless: list[Timeless],
    *,
    is_mine: bool,
    may_file: bool,
) -> Section:
    known = names.key_of(playbook, key)
    counts = Counter(one.state for one in lines)
    return Section(known, names.name_of(playbook, key), is_mine, may_file, lines, timeless, counts)


def _line(board: Board, row: Row, waiting: Sequence[Occurrence]) -> Line:
    one, playbook, standing = row.report, board.playbook, board.desk.standing
    stood, order = standing.get(("obligation", one.key)), standing.get(("directive", one.key))
    owed: Obligation | None = None if stood is None else obligation(stood.item)
    to: list[str] = [order.item["by"]] if order else [] if owed is None else owed.receivers
    look, sign = _LOOKS[one.state]
    is_awaited, is_open = one in waiting, one.state in ("open", "due", "late", "missed")
    opens = one.opens if is_open and one.opens is not None and one.opens > board.desk.at else None
    return Line(
        key=one.key,
        name=promised(playbook, one.key),
        is_directive=one.key.startswith(DIRECTIVE),
        state=one.state,
        look=look,
        sign=sign,
        words=STATES[one.state],
        due=one.due,
        late=say("{late} late", late=lateness(one.late)) if one.late else "",
        to=[names.name_of(playbook, ref) for ref in to],
        opens=opens,
        is_zero=row.zero,
        seq=None if one.filing is None else one.filing.seq,
        newest=row.valid,
        gathers=[] if row.gathers is None else [*_parts(playbook, row.gathers)],
        form=form_of(standing, one.key),
        named="" if is_awaited else clock.stamp(one.due),
        can_file=is_open and opens is None and names.key_of(playbook, one.of) is not None,
        asks_zero=owed is not None and owed.zero_report,
    )


def _parts(playbook: Playbook, found: Gathered) -> Iterator[Part]:
    for what, look, those, is_named in (
        (say("missing"), "alarm", found.missing, True),
        (say("awaited"), "watch", found.awaited, True),
        (say("in"), "calm", found.filed, False),
        (say("zero"), "calm", found.zero, False),
    ):
        who = dict.fromkeys(one.of for one in those) if is_named else ()
        yield Part(what, look, len(those), [names.name_of(playbook, ref) for ref in who])
