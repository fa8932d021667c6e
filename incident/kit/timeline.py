"""The timeline of a kit: one HTML file to read and to print, in both languages, that loads nothing.

Every text that anybody wrote is escaped, control and direction characters are shown as such, and a content
security policy forbids scripts, pictures, forms and connections. The language is switched by a style sheet.

Each entry says up to three times: when it took effect (as claimed), when it was recorded (by the clock of the
machine), and between which signed checkpoints it stands: it was made after the one before was signed, and
before the one after. It is written from the entries, disclosures, playbooks and checkpoints that a kit holds,
so it can be written again from a kit and compared.
"""

from __future__ import annotations

import base64
import hashlib
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from html import escape
from itertools import islice
from typing import Final

from incident.domain import clock, explain, explain_entry, names
from incident.domain.clause import clauses_of, said_under, shown_clause
from incident.domain.explain_time import lateness
from incident.domain.facts import AnyFact, RequestRefused
from incident.domain.playbook import Playbook
from incident.domain.say import Words, say, visible
from incident.kit.style import STYLE
from incident.kit.tongues import Tongues
from incident.service.exhibit import Exhibit, Record, Shown, exhibits
from incident.service.ports import Signed

#: So many entries are shown at most: more no browser opens.
MOST: Final = 20_000
#: So many places of a clause are listed.
_CITED: Final = 40


def timeline(
    record: Record, code: str, shown: Shown, playbook: Playbook, tongues: Tongues
) -> Iterator[bytes]:
    """Write the timeline of what is opened; `playbook` is the one in force, for name and zone."""
    page = _Page(record, code, playbook, tongues)
    yield page.head(shown)
    found = exhibits(record, code, shown)
    for exhibit in islice(found, MOST):
        yield page.entry(exhibit)
    yield page.foot(sum(1 for _ in found))


class _Page:
    """A page that is being written."""

    def __init__(self, record: Record, code: str, playbook: Playbook, tongues: Tongues) -> None:
        self._record, self._code, self._playbook, self._tongues = record, code, playbook, tongues
        self._checkpoints: Sequence[Signed] = record.checkpoints(code)
        self._sizes = [one.size for one in self._checkpoints]
        #: Number of each clause that was cited, and the entries that cite it.
        self._clauses: dict[tuple[str, str], int] = {}
        self._cited: dict[int, dict[int, None]] = {}
        self._entries = 0

    # -- text

    def both(self, words: Words) -> str:
        """Give words in both languages, escaped; once where they are the same."""
        zh, en = escape(self._tongues.zh(words)), escape(self._tongues.en(words))
        if zh == en:
            return zh
        return f'<span class="zh" lang="zh">{zh}</span><span class="en" lang="en">{en}</span>'

    def at(self, stamp: str) -> str:
        """Give an instant of the record by the wall clock."""
        shown = clock.shown(clock.read_stamp(stamp), self._playbook.jurisdiction.zone)
        return f'<time datetime="{escape(stamp)}">{shown}</time>'

    # -- parts

    def head(self, shown: Shown) -> bytes:
        """Begin the page: whose record it is, and what of it is shown."""
        digest = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
        policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
        name = self._playbook.jurisdiction.name
        title = say("Timeline of {name} {code}", name=name, code=self._code)
        only = f"{self._tongues.zh(title)} · {self._tongues.en(title)}"
        note = say(
            "Written from `entries.jsonl` and `disclosures.jsonl`. This page proves nothing: verify the kit."
        )
        return (
            '<!doctype html>\n<html lang="zh">\n<head>\n<meta charset="utf-8">\n'
            f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
            '<meta name="viewport" content="width=device-width">\n'
            '<meta name="referrer" content="no-referrer">\n'
            f"<title>{escape(only)}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n"
            '<input type="radio" name="lang" id="lang-zh" checked><label for="lang-zh">中文</label>\n'
            '<input type="radio" name="lang" id="lang-en"><label for="lang-en">English</label>\n'
            f"<main>\n<h1>{self.both(title)}</h1>\n<p>{self.both(note)}</p>\n{self._filter(shown)}"
        ).encode()

    def _filter(self, shown: Shown) -> str:
        asked = shown.filter
        rows: list[tuple[Words, Words]] = [
            (say("incident"), asked.incident),
            (say("recorded from"), asked.since),
            (say("recorded before"), asked.until),
            (say("kinds"), [*asked.kinds] or None),
        ]
        there = [row for row in rows if row[1] is not None] or [(say("shown"), say("all entries"))]
        return self._list((title, self.both(words)) for title, words in there)

    def _list(self, rows: Iterator[tuple[Words, str]]) -> str:
        body = "".join(f"<dt>{self.both(title)}</dt><dd>{value}</dd>\n" for title, value in rows)
        return f"<dl>\n{body}</dl>\n"

    def entry(self, exhibit: Exhibit) -> bytes:
        """Write one entry: what came, when, by whom, on what basis, and what followed."""
        entry, playbook = exhibit.entry, self._record.playbook(self._code, exhibit.entry.playbook)
        self._entries += 1
        seq = entry.seq
        is_refused = any(isinstance(fact, RequestRefused) for fact in entry.facts)
        kind = "entry refused" if is_refused else "entry"
        facts = "".join(self._fact(exhibit, playbook, n, fact) for n, fact in enumerate(entry.facts, 1))
        where = say("line {n} of `entries.jsonl`; leaf", n=seq + 1)
        return (
            f'<section class="{kind}" id="e{seq}">\n'
            f'<h2><a href="#e{seq}">#{seq}</a> {self.at(entry.at)} '
            f"{self.both(explain_entry.came(playbook, entry))}</h2>\n"
            f"{self._late(exhibit)}{self._list(self._about(exhibit, playbook))}<ol>\n{facts}</ol>\n"
            f'<p class="leaf">{self.both(where)} {exhibit.stored.leaf.hex()}</p>\n</section>\n'
        ).encode()

    def _late(self, exhibit: Exhibit) -> str:
        """Say loudly that a paper order was entered after it took effect."""
        entry = exhibit.entry
        if entry.effective_at is None or entry.effective_at >= entry.at:
            return ""
        minutes = (clock.read_stamp(entry.at) - clock.read_stamp(entry.effective_at)) // 60
        late = say("LATE: recorded {late} after it took effect", late=lateness(max(1, minutes)))
        return f'<p class="late">{self.both(late)}</p>\n'

    def _about(self, exhibit: Exhibit, playbook: Playbook) -> Iterator[tuple[Words, str]]:
        entry = exhibit.entry
        if entry.effective_at is not None:
            yield say("took effect"), f"{self.at(entry.effective_at)} {self.both(_CLAIMED)}"
        if entry.came is not None and entry.came.time not in (entry.at, entry.effective_at):
            yield say("happened"), f"{self.at(entry.came.time)} {self.both(_BY_SOURCE)}"
        yield say("recorded"), f"{self.at(entry.at)} {self.both(_BY_CLOCK)}"
        yield say("between checkpoints"), self._between(entry.seq)
        values = self._values(exhibit)
        if values:
            yield say("values"), "<br>".join(values)
        if entry.authority is not None:
            yield say("decided by"), self.both(names.name_of(playbook, entry.authority))
        if entry.basis_ref is not None and entry.basis_ref in playbook.document.basis:
            yield say("instrument"), self.both(playbook.document.basis[entry.basis_ref].title)
        for name, title in _SAID.items():
            if getattr(entry, name) is not None:
                shown = explain_entry.pressed(entry) if name == "by" else title
                yield shown, self._said(exhibit, name)
        if entry.node is not None:
            yield say("carried out by"), escape(visible(entry.node))
        if entry.incident is not None:
            yield say("incident"), escape(visible(entry.incident))

    def _between(self, seq: int) -> str:
        """Say after which checkpoint an entry was made and before which; as far as there are any."""
        place = bisect_right(self._sizes, seq)
        parts: list[str] = []
        for words, at in ((say("after that of"), place - 1), (say("before that of"), place)):
            if 0 <= at < len(self._checkpoints):
                one = self._checkpoints[at]
                covers = say("{n} entries", n=one.size)
                parts.append(f"{self.both(words)} {self.at(clock.stamp(one.at))} ({self.both(covers)})")
        return "; ".join(parts) or self.both(say("none was signed"))

    def _values(self, exhibit: Exhibit) -> list[str]:
        """Give the values of what came in, as far as they are opened."""
        shown: list[str] = []
        came = exhibit.entry.came
        for name, value in ({} if came is None else came.data).items():
            label = escape(visible(explain_entry.label(name)))
            is_plain = isinstance(value, str | int)
            shown.append(
                label + (escape(visible(str(value))) if is_plain else self._said(exhibit, f"data.{name}"))
            )
        return shown

    def _said(self, exhibit: Exhibit, name: str) -> str:
        """Give what is opened of a sealed value; a text keeps its lines."""
        if name not in exhibit.values:
            return f'<span class="erased">{self.both(_NOT_HERE)}</span>'
        return "<br>".join(escape(visible(line)) for line in exhibit.values[name].split("\n"))

    def _fact(self, exhibit: Exhibit, playbook: Playbook, n: int, fact: AnyFact) -> str:
        seq = exhibit.entry.seq
        clauses = clauses_of(playbook, exhibit.entry, fact)
        cited = ""
        if clauses:
            cited = " ".join(self._cite(exhibit.entry.playbook, clause, seq) for clause in clauses)
        elif clauses is not None:
            cited = f'<span class="own">{self.both(_SILENT)}</span>'
        sentence = self.both(explain.fact(playbook, fact))
        return f'<li id="e{seq}-{n}">{sentence} {cited} <a class="at" href="#e{seq}">#{seq}</a></li>\n'

    def _cite(self, playbook: str, clause: str, seq: int) -> str:
        number = self._clauses.setdefault((playbook, clause), len(self._clauses) + 1)
        self._cited.setdefault(number, {}).setdefault(seq)
        return f'<a class="clause" href="#c{number}">[{self._clause(clause)}]</a>'

    def _clause(self, clause: str) -> str:
        zh, en = (escape(visible(shown_clause(clause, speak))) for speak in self._tongues)
        return (
            zh
            if zh == en
            else f'<span class="zh" lang="zh">{zh}</span><span class="en" lang="en">{en}</span>'
        )

    def foot(self, more: int) -> bytes:
        """End the page: what is not shown any more, and the clauses that were cited."""
        said = say("{n} entries are shown", n=self._entries)
        if more:
            said = say("{n} are shown; {more} more match: choose a shorter time", n=MOST, more=more)
        parts = [f'<p class="{"late" if more else "end"}">{self.both(said)}</p>\n']
        by_playbook: dict[str, list[tuple[int, str]]] = {}
        for (playbook, clause), number in self._clauses.items():
            by_playbook.setdefault(playbook, []).append((number, clause))
        for digest, clauses in by_playbook.items():
            parts.append(self._paper(digest, clauses))
        return "".join([*parts, "</main>\n</body>\n</html>\n"]).encode()

    def _paper(self, digest: str, clauses: list[tuple[int, str]]) -> str:
        playbook = self._record.playbook(self._code, digest)
        title = self.both(playbook.document.title)
        items = "".join(self._cited_clause(playbook, number, clause) for number, clause in clauses)
        note = self.both(say("What the playbook draws from each clause that is cited, in our words."))
        heading = self.both(say("Clauses"))
        return (
            f'<section class="paper">\n<h2>{heading}: {title}</h2>\n<p>{note} playbooks/{digest}.json</p>\n'
            f"<dl>\n{items}</dl>\n</section>\n"
        )

    def _cited_clause(self, playbook: Playbook, number: int, clause: str) -> str:
        said = self.both([*said_under(playbook, clause)])
        seqs = [*self._cited[number]]
        links = " ".join(f'<a href="#e{seq}">#{seq}</a>' for seq in seqs[:_CITED])
        more = self.both(say("and {n} more", n=len(seqs) - _CITED)) if len(seqs) > _CITED else ""
        return f'<dt id="c{number}">[{self._clause(clause)}]</dt><dd>{said}<br>{links} {more}</dd>\n'


#: What is sealed of an entry beside its values.
_SAID: dict[str, Words] = {
    "decided_by": say("decided by, as typed"),
    "basis": say("basis"),
    "reason": say("reason"),
    "by": say("pressed by"),
    "os_user": say("user here"),
}
#: Where each of the times of an entry is from.
_CLAIMED, _BY_SOURCE, _BY_CLOCK = (
    say("as claimed"),
    say("by its source"),
    say("by the clock of the machine"),
)
_NOT_HERE = say("(not in this kit; its digest remains)")
_SILENT = say("[project: the paper is silent]")
