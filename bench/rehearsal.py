"""What an occurrence costs in a rehearsal, against a bare decision.

Ours: a month of Majian rehearsed in memory, with its filings, journal and account, divided by the deadlines,
calls and handovers that came. Limit: `domain.decision.decide` alone, with what is to be done afterwards, for
an activation whose plan is not remembered from the time before. Processor time both.
"""

from __future__ import annotations

import sys
import time
from itertools import count
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from msgspec.structs import replace

from bench import _measure
from incident.domain import clock
from incident.domain.decision import decide
from incident.domain.facts import TimerEnded
from incident.domain.playbook import Playbook, digest, encode
from incident.domain.request import Request
from incident.domain.situation import Situation
from incident.playbook_text.load import must_load
from incident.testing.memory import MemoryStore
from incident.testing.rehearsal import rehearse
from incident.testing.story import story

TARGET = 20
START = clock.read_stamp("2026-02-28T16:00:00Z")
#: Bare decisions of a turn.
ROUND = 200
_NUMBERS = count()


def rehearsing(playbook: Playbook, days: int) -> float:
    """Rehearse; gives µs of processor time an occurrence."""
    acts = story(playbook, START, days)
    began = time.process_time()
    done = rehearse(MemoryStore(), playbook, acts, since=START, until=START + days * 86400)
    taken = time.process_time() - began
    came = [
        line
        for line in done.lines
        if isinstance(line.fact, TimerEnded) and line.fact.what in ("deadline", "call", "handover")
    ]
    return 1e6 * taken / len(came)


def deciding(playbook: Playbook) -> float:
    """Decide an activation again and again, its plan made anew; gives µs of processor time each."""
    situation = Situation(
        jurisdiction=playbook.jurisdiction.code,
        name=playbook.playbook,
        playbook=digest(encode(playbook)),
        zone=playbook.jurisdiction.zone,
        state=playbook.initial,
        since=START,
        version=1,
    )
    request = Request(
        verb="activate",
        event="local_positive_reported",
        fields={"origin": "local", "result": "confirmed", "cases": 1},
        source="bench",
        id="1",
        authority="command",
        decided_by="command",
        basis="bench",
    )
    # a plan is remembered by the playbook that governs
    situations = [replace(situation, playbook=f"{next(_NUMBERS):064x}") for _ in range(ROUND)]
    began = time.process_time()
    for one in situations:
        decision = decide(playbook, one, request, START + 60)
        assert decision.refusal is None, "the activation is granted"
        assert decision.effects, "somebody is told"
    return 1e6 * (time.process_time() - began) / ROUND


def main() -> int:
    """Measure turn by turn and report."""
    parser = _measure.options(__doc__)
    parser.add_argument("--days", type=int, default=30, help="days rehearsed (30)")
    parser.add_argument("--turns", type=int, default=10, help="turns (10)")
    chosen = parser.parse_args()
    playbook = must_load("majian").playbook
    assert playbook is not None, "a playbook without errors was read"

    def ours() -> float:
        return rehearsing(playbook, chosen.days)

    def bare() -> float:
        return deciding(playbook)

    pairs = _measure.take_turns(chosen.turns, ours, bare)
    figure = _measure.compare("", pairs, unit="µs an occurrence", target=TARGET, at_most=True)
    return _measure.report("rehearsal", [figure], as_json=chosen.as_json, days=chosen.days)


if __name__ == "__main__":
    sys.exit(main())
