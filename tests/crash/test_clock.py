"""The clock is set back and forth between acts: all is recorded, in order, and every promised time ends once.

Workers that notice it: `tests/schedule/test_worker.py`; messages: `tests/service/test_deliver_together.py`.
"""

from __future__ import annotations

from incident.domain import journal
from tests.cli.desk import ACTIVATE, STAND_DOWN
from tests.crash.acts import named
from tests.crash.child import Typed, run
from tests.crash.places import Beginnings
from tests.crash.rows import rows_of
from tests.playbooks import DAY, HOUR, NIGHT

_SIGNAL = ("signal", "majian", "local_positive_reported", *ACTIVATE[4:])
_FILE = ("report", "file", "majian", "--from", "duty", "--form", "daily_report", "--zero")
_RUN = ("run", "--once", "--node", "n1")
#: What is done, and to which hour the clock was set before.
STORY = [
    (0, (*ACTIVATE, "--event-id", "1")),
    # a day back, as by a battery that died: before the place was adopted
    (-DAY, (*_SIGNAL, "--event-id", "2")),
    (-DAY, _RUN),
    # three days forth: reports missed, handovers
    (2 * DAY, _RUN),
    (2 * DAY, (*_FILE, "--event-id", "3")),
    # and an hour back into what was carried out already
    (2 * DAY - HOUR, _RUN),
    (2 * DAY - HOUR, (*_FILE, "--event-id", "4")),
    (DAY, (*STAND_DOWN, "--event-id", "5")),
    (DAY, _RUN),
    (3 * DAY, _RUN),
]


def test_clock_that_is_set_back_and_forth_loses_nothing_and_doubles_nothing(beginnings: Beginnings) -> None:
    with beginnings.copied(named("activate")) as place:

        def done(at: int, *words: str) -> None:
            said = run(Typed(place.url, words, NIGHT + at, place.messages))
            assert said.code == 0, (words, said)

        for at, words in STORY:
            done(at, *words)
            done(at, "journal", "verify", "majian")
        done(3 * DAY + HOUR, *_RUN)
        done(3 * DAY + HOUR, "account", "majian", "--from", "2026-02-01")

        entries = [journal.decode(row[5]) for row in rows_of(place.url)["entry"]]
        came = [entry.came.id for entry in sorted(entries, key=lambda one: one.seq) if entry.came]
        assert came == ["people", "1", "2", "3", "4", "5"]
