"""What it costs to reach people: messages from the outbox to a receiver on this machine, and bare requests.

A town whose group has one person to tell, and so many messages that wait, are delivered through courier, post
office and the way of a webhook. The receiver accepts each key once; in the end it must have accepted exactly
one letter of every message, and been sent none twice. Limit: the same number of requests of the same size,
sent one after the other by the library that the way uses too, with nothing kept. Rates by the clock on the
wall; the processor time of both is printed.
"""

from __future__ import annotations

import json
import sqlite3
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench import _measure, _town
from incident import bootstrap
from incident.channels.apprise_outlet import apprise_outlet
from incident.channels.setup import LINES
from incident.domain.directory import Row, Sheet
from incident.domain.problem import Mark
from incident.domain.say import Words, render
from incident.service.adopt import adopt
from incident.service.deliver import Courier
from incident.service.handle import handle
from incident.service.letters import Way
from incident.service.people import import_rows
from incident.service.post import PostOffice
from incident.service.who import Origin, Who

#: Share of the rate of bare requests.
SHARE = 0.3


class Receiver:
    """What the receiver was sent, by key."""

    def __init__(self) -> None:
        self.keys: Counter[str] = Counter()
        self.port = 0


@contextmanager
def receiving() -> Iterator[Receiver]:
    """Take requests on this machine."""
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            receiver.keys[body["key"]] += 1
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_words: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    receiver.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


#: Messages that follow from one entry; it has as many facts.
PER_ENTRY = 3


def town(path: Path, messages: int) -> Any:
    """Give the store of a town in its response, with one person and so many messages for that one."""
    store = bootstrap.open_store(f"sqlite:///{path}")
    adopt(store, _town.playbook(), Who(by="bench"), now=lambda: _town.NIGHT, chance=_town.drawn())
    mark = Mark("bench", 1, 1)
    row = Row(mark, seat="superior", holder="S1", name="甲", channels=("gate:x",), since="2026-01-01")
    origin = Origin(Who(by="bench"), "bench", "people")
    sheet = Sheet("bench", [row])
    import_rows(store, _town.CODE, sheet, origin=origin, now=lambda: _town.NIGHT, chance=_town.drawn())
    handle(store, _town.CODE, _town.activation(1), now=lambda: _town.NIGHT, chance=_town.drawn())
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("DELETE FROM outbox")
        # the activation over and over: of one entry each message says something else, as in a real one
        connection.executemany(
            "INSERT INTO entry (jurisdiction, seq, body, leaf, at, source, event_id)"
            " SELECT jurisdiction, ?, body, leaf, at, source, ? FROM entry WHERE seq = 2",
            [(2 + n, f"again-{n}") for n in range(1, -(-messages // PER_ENTRY))],
        )
        connection.executemany(
            "INSERT INTO outbox (jurisdiction, seq, n, receiver, facts, at, tries)"
            " VALUES (?, ?, ?, 'superior', ?, ?, 0)",
            [
                (_town.CODE, 2 + n // PER_ENTRY, n % PER_ENTRY, f"[{n % PER_ENTRY}]", _town.NIGHT)
                for n in range(messages)
            ],
        )
    return store


def delivering(messages: int) -> tuple[float, float]:
    """Deliver all; gives messages a second and the processor time. Fails unless each came exactly once."""
    with tempfile.TemporaryDirectory() as folder, receiving() as receiver:
        with closing(town(Path(folder) / "town.db", messages)) as store:
            way = apprise_outlet(f"json://127.0.0.1:{receiver.port}/{{address}}")
            post = PostOffice(
                store, {"gate": Way(way, LINES)}, _english, lambda: _town.NIGHT, ticks=time.monotonic
            )
            courier = Courier(store, post, lambda: _town.NIGHT)
            began, worked = time.monotonic(), time.process_time()
            done = courier.deliver()
            taken, cpu = time.monotonic() - began, time.process_time() - worked
        assert not done.failures, done.failures[:3]
        assert len(receiver.keys) == messages == done.sent, "every message has come"
        assert {*receiver.keys.values()} == {1}, "and none twice"
    return messages / taken, cpu


def asking(messages: int) -> tuple[float, float]:
    """Send bare requests; gives how many a second and the processor time."""
    import requests

    with receiving() as receiver:
        url = f"http://127.0.0.1:{receiver.port}/x"
        began, worked = time.monotonic(), time.process_time()
        for n in range(messages):
            letter = {"key": str(n), "title": "x" * 60, "message": "x" * 300}
            requests.post(url, json=letter, timeout=10).raise_for_status()
        taken, cpu = time.monotonic() - began, time.process_time() - worked
        assert len(receiver.keys) == messages, "every request has come"
    return messages / taken, cpu


def _english(words: Words) -> str:
    return render(words, "en", lambda one: one)


def main() -> int:
    """Measure turn by turn and report."""
    parser = _measure.options(__doc__)
    parser.add_argument("--messages", type=int, default=10_000, help="messages (10000)")
    parser.add_argument("--turns", type=int, default=1, help="turns (1)")
    chosen = parser.parse_args()
    delivering(1)  # what is imported once is no cost of a message
    cpu: dict[str, list[float]] = {"ours": [], "limit": []}

    def ours() -> float:
        rate, worked = delivering(chosen.messages)
        cpu["ours"].append(worked)
        return rate

    def limit() -> float:
        rate, worked = asking(chosen.messages)
        cpu["limit"].append(worked)
        return rate

    pairs = _measure.take_turns(chosen.turns, ours, limit)
    figures = [_measure.compare("SQLite", pairs, unit="messages/s", target=SHARE)]
    return _measure.report(
        "outbox",
        figures,
        as_json=chosen.as_json,
        messages=chosen.messages,
        cpu_ours=round(min(cpu["ours"]), 2),
        cpu_limit=round(min(cpu["limit"]), 2),
    )


if __name__ == "__main__":
    sys.exit(main())
