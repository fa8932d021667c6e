"""What those who watch the program are told."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

from prometheus_client import REGISTRY
from prometheus_client.parser import text_string_to_metric_families

from incident import __version__
from incident.domain.effects import Notice
from incident.service import tokens
from incident.service.access import NOBODY
from incident.service.lookout import Lookout
from incident.service.outlines import Outlines
from incident.service.ports import Signed, Store
from incident.testing import MemoryStore
from incident.testing.samples import AT, HOUR, MISSING, append, begin, owed
from incident.web.lines import Lines
from incident.web.metrics import measured
from incident.web.site import Site
from tests.service.story import activate
from tests.service.story import begin as adopt_baishi
from tests.web.serving import TOWN, Served

Labels = frozenset[tuple[str, str]]


def site(store: Store, at: int) -> Site:
    """Everything a scrape touches."""
    live = cast("Any", SimpleNamespace(waiting=3))
    return Site(store, lambda: at, bytes, live, Lookout(Outlines()), Lines(), lambda *_words, **_more: None)


def scrape(store: Store, at: int) -> dict[str, dict[Labels, float]]:
    """Read what is told as Prometheus does: by name and labels."""
    body, kind = measured(site(store, at))
    assert kind.startswith("text/plain; version=")
    found: dict[str, dict[Labels, float]] = {}
    for family in text_string_to_metric_families(body.decode()):
        assert family.documentation
        for sample in family.samples:
            found.setdefault(sample.name, {})[frozenset(sample.labels.items())] = sample.value
    return found


def of(found: dict[str, dict[Labels, float]], name: str) -> dict[str, float]:
    """Give a measurement by jurisdiction."""
    return {dict(labels)["jurisdiction"]: value for labels, value in found[f"incident_{name}"].items()}


def test_each_jurisdiction_is_measured() -> None:
    store = MemoryStore()
    begin(store, "1", owed(remind=None))
    append(store, "1", event="e", effects=[Notice("command", [0])])
    begin(store, "2")
    with store.writing("2") as tx:
        tx.keep_checkpoint("2", Signed(1, AT, 0, "note"))
        tx.commit()

    found = scrape(store, MISSING + 90)

    assert of(found, "overdue_timers") == {"1": 1, "2": 0}
    assert of(found, "lateness_seconds") == {"1": 90, "2": 0}
    assert of(found, "set_aside_timers") == {"1": 0, "2": 0}
    assert of(found, "undelivered_messages") == {"1": 1, "2": 0}
    assert of(found, "lost_letters") == {"1": 0, "2": 0}
    assert of(found, "open_proposals") == of(found, "unreviewed_break_glass") == {"1": 0, "2": 0}
    assert of(found, "journal_entries") == {"1": 2, "2": 1}
    assert of(found, "checkpoint_age_seconds") == {"2": MISSING + 90 - AT}
    assert of(found, "readable") == {"1": 1, "2": 1}
    assert found["incident_oldest_due_timer_seconds"] == {frozenset(): 90}
    assert found["incident_event_streams"] == {frozenset(): 3}


def test_the_state_is_a_label_and_there_is_one_for_each() -> None:
    store = MemoryStore()
    adopt_baishi(store)
    activate(store)

    found = scrape(store, AT + HOUR)

    assert found["incident_state"] == {
        frozenset({("jurisdiction", "330999101"), ("state", "emergency")}): 1.0
    }
    ((labels, value),) = found["incident_build_info"].items()
    assert (dict(labels)["version"], value) == (__version__, 1)


def test_an_empty_database_is_measured_too_and_nothing_is_registered_for_all() -> None:
    before = {*REGISTRY._names_to_collectors}

    found = scrape(MemoryStore(), AT)

    assert {*found} == {"incident_event_streams", "incident_build_info"}
    assert {*REGISTRY._names_to_collectors} == before


def test_a_jurisdiction_costs_eleven_lines_and_no_more() -> None:
    def lines(n: int) -> int:
        store = MemoryStore()
        for code in range(n):
            begin(store, str(code))
        body, _kind = measured(site(store, AT))
        return sum(not line.startswith(b"#") for line in body.splitlines())

    assert lines(4) - lines(3) == 10, "of one that was never signed the age is absent"


def test_a_scraper_with_a_token_for_it_is_told_and_nobody_else(served: Served) -> None:
    token = tokens.make(served.gate, "administrator", "prometheus", ["metrics"], NOBODY).plain
    with served.client() as client:
        answer = client.get("/metrics", headers={"authorization": f"Bearer {token}"})
        kept_out = client.get("/metrics", follow_redirects=False)

    assert answer.headers["content-type"].startswith("text/plain; version=")
    assert f'incident_journal_entries{{jurisdiction="{TOWN}"}} 1.0' in answer.text
    assert kept_out.status_code == 303
