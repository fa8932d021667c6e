"""What it costs an officer that the journal is signed while it grows.

Ours: rounds of 200 durable entries on SQLite under the plan of 马剑镇: an activation, 198 notes in the duty
log, the stand-down; and a notary that signs when a worker would, after each change of state and each 100
entries, three times a round. It signs in the same thread, so all that it does counts: reading again what is
new, signing, keeping, and writing the note into a folder, synchronised.
Limit: the same rounds without it. (A rehearsed month of Majian has 578 entries and two changes of state, so
it is signed more seldom than here.)
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench import _measure, _signer, _town
from bench._databases import opened
from bench.throughput import activation, stand_down
from incident.domain.playbook import Playbook
from incident.playbook_text.load import must_load
from incident.service import log
from incident.service.adopt import adopt
from incident.service.handle import handle
from incident.service.notary import ENTRIES, Notary, Often, sign_due
from incident.service.who import Origin, Who
from incident.store.sql import SqlStore

TARGET = 1.1
#: Entries of a round.
ROUND = 200


class Office:
    """Records round after round, with or without a notary."""

    def __init__(self, store: SqlStore, plan: Playbook) -> None:
        """Adopt the plan."""
        self._store, self._code = store, plan.jurisdiction.code
        self._chance = _town.drawn()
        self._done = 0
        adopt(store, plan, Who(), now=self.now, chance=self._chance)

    def now(self) -> int:
        """Give the instant: a minute between two entries."""
        return _town.NIGHT + 60 * self._done

    def round(self, notary: Notary | None) -> float:
        """Record a round; gives the seconds it took."""
        began = time.perf_counter()
        for number in range(ROUND):
            self._done += 1
            self._record(number)
            is_another_state = number in (0, ROUND - 1)
            if notary is not None and (is_another_state or number % ENTRIES == 0):
                done = sign_due(self._store, notary, Often(), node="bench")
                assert done.signed == [self._code], done.failures
                assert not done.failures, done.failures
        return time.perf_counter() - began

    def _record(self, number: int) -> None:
        request = {0: activation, ROUND - 1: stand_down}.get(number)
        if request is not None:
            handle(self._store, self._code, request(self._done), now=self.now, chance=self._chance)
            return
        note = log.Note("in", "卫生院来电，再送一批样本", who="值班员")
        origin = Origin(Who(by="bench"), "bench", f"{self._done:010}")
        log.add(self._store, self._code, note, origin=origin, now=self.now, chance=self._chance)


def measure(turns: int) -> _measure.Figure:
    """Measure both in turn, each on a database of its own."""
    plan = must_load("majian").playbook
    assert plan is not None, "a playbook without errors was read"
    with (
        _measure.folder() as folder,
        opened(f"sqlite:///{folder / 'signed.db'}") as one,
        opened(f"sqlite:///{folder / 'unsigned.db'}") as other,
    ):
        signed, unsigned = Office(SqlStore(one), plan), Office(SqlStore(other), plan)
        notary = _signer.notary(signed.now, folder / "outside")

        def ours() -> float:
            return 1e6 * signed.round(notary) / ROUND

        def limit() -> float:
            return 1e6 * unsigned.round(None) / ROUND

        _measure.take_turns(1, ours, limit)
        pairs = _measure.take_turns(turns, ours, limit)
    return _measure.compare("sqlite", pairs, unit="µs an entry", target=TARGET, at_most=True)


def main() -> int:
    """Measure and report."""
    parser = _measure.options(__doc__)
    parser.add_argument("--turns", type=int, default=15, help=f"rounds of {ROUND} entries on each side (15)")
    chosen = parser.parse_args()
    return _measure.report(
        "checkpointing", [measure(chosen.turns)], as_json=chosen.as_json, turns=chosen.turns
    )


if __name__ == "__main__":
    sys.exit(main())
