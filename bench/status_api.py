"""One jurisdiction's status as JSON over the real server, against the bare framework reading the same row.

Ours: uvicorn on loopback, a connection that is kept, a token: who asks, what they may, how often, the
version, the answer with its headers. Limit: the least application of the same framework in the same server,
which reads the same row of the same store in a thread and encodes the same answer. Both are asked by turns by
one client, which costs both the same and is counted on both sides.
"""

from __future__ import annotations

import sys
from contextlib import closing
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench import _http, _measure
from incident import bootstrap
from incident.playbook_text.load import must_load
from incident.service import tokens, users
from incident.service.access import NOBODY
from incident.service.adopt import adopt
from incident.service.who import Who

TARGET = 0.7
CODE = "330681111"
PATH = f"/api/v1/jurisdictions/{CODE}"
#: Requests of a turn.
EACH = 300


def prepare(url: str, scopes: tuple[str, ...] = ("look", "act", "people_read")) -> dict[str, str]:
    """Adopt the town and make a token; gives the header with it."""
    with closing(bootstrap.open_store(url)) as store:
        playbook = must_load("majian").playbook
        assert playbook is not None
        adopt(store, playbook, Who(by="bench"), now=bootstrap.now, chance=bootstrap.chance)
        gate = bootstrap.gate(store)
        users.add(gate, "bench", "Bench", NOBODY)
        users.grant(gate, "bench", "duty_officer", CODE, NOBODY)
        made = tokens.make(gate, "bench", "bench", [*scopes], NOBODY)
    return {"authorization": f"Bearer {made.plain}", "accept-language": "en"}


def measure(turns: int, folder: Path) -> _measure.Figure:
    """Ask both in turn."""
    url, answer = f"sqlite:///{folder / 'incident.db'}", folder / "answer.json"
    headers = prepare(url)
    with _http.serve("ours", url) as ours:
        answer.write_bytes(_http.ask(ours, "GET", PATH, headers)[1])
        with _http.serve("bare", url, str(answer)) as bare:
            sides = [
                lambda: EACH / _http.seconds_of(ours, PATH, headers, EACH),
                lambda: EACH / _http.seconds_of(bare, PATH, headers, EACH),
            ]
            _measure.take_turns(1, *sides)
            found = _measure.take_turns(turns, *sides)
    return _measure.compare("", found, unit="requests/s", target=TARGET)


def main() -> int:
    """Measure and report."""
    parser = _measure.options(__doc__)
    parser.add_argument("--turns", type=int, default=15, help="how many turns of both (15)")
    chosen = parser.parse_args()
    with _measure.folder() as folder:
        figure = measure(chosen.turns, folder)
    return _measure.report("status_api", [figure], as_json=chosen.as_json, turns=chosen.turns)


if __name__ == "__main__":
    sys.exit(main())
