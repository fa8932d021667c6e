"""What the program tells those who watch it: measurements in Prometheus' text format.

Names begin with `incident_`. What is of a jurisdiction has its code as the one label, `incident_state` its
state besides; so there are eleven series for each, made anew for each scrape. Nothing is kept between two of
them, for several servers may work on one database, and none of it names a person.
"""

from __future__ import annotations

import platform
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector

from incident import __version__
from incident.service.glance import Glance
from incident.web.site import Site

#: Of each jurisdiction: name, what it says, and how it is read at an instant; none where there is none.
_EACH: Final[tuple[tuple[str, str, Callable[[Glance, int], int | None]], ...]] = (
    ("overdue_timers", "Promised times that should have been carried out", lambda one, _at: one.overdue),
    (
        "lateness_seconds",
        "Seconds by which the oldest of them is late; 0 when nothing is",
        lambda one, at: 0 if one.overdue_since is None else at - one.overdue_since,
    ),
    ("set_aside_timers", "Promised times that are tried no more", lambda one, _at: one.aside),
    ("undelivered_messages", "Messages that nobody has handed on yet", lambda one, _at: one.undelivered),
    ("lost_letters", "Letters of the last day that reached nobody", lambda one, _at: one.lost),
    (
        "open_proposals",
        "Steps that one person proposed and another may approve",
        lambda one, _at: one.proposals,
    ),
    (
        "unreviewed_break_glass",
        "Steps that take two persons, done by one alone, that nobody has reviewed",
        lambda one, _at: one.unreviewed,
    ),
    ("journal_entries", "Entries in the journal", lambda one, _at: one.version),
    (
        "checkpoint_age_seconds",
        "Seconds since the newest checkpoint was signed; absent where none ever was",
        lambda one, at: None if one.signed_at is None else max(0, at - one.signed_at),
    ),
    ("readable", "1, or 0 where rows are not as this program writes them", lambda one, _at: one.is_readable),
)


def measured(site: Site) -> tuple[bytes, str]:
    """Give all measurements and of what type they are. Raises `StoreError`."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Measures(site))
    return generate_latest(registry), CONTENT_TYPE_LATEST


class _Measures(Collector):
    """Looks at the store when it is asked."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def describe(self) -> Iterable[Metric]:
        """Name nothing beforehand: that would be a look at the store."""
        return ()

    def collect(self) -> Iterator[Metric]:
        """Look once and give every measurement."""
        site = self._site
        seen = site.lookout.look(site.store, site.now())
        at, found = seen.at, seen.glances
        with site.store.reading() as tx:
            oldest = tx.next_wake()
        state = GaugeMetricFamily(
            "incident_state", "1 for the state a jurisdiction is in", labels=["jurisdiction", "state"]
        )
        for one in found:
            if one.state:
                state.add_metric([one.code, one.state], 1)
        yield state
        for name, says, read in _EACH:
            family = GaugeMetricFamily(f"incident_{name}", says, labels=["jurisdiction"])
            for one in found:
                value = read(one, at)
                if value is not None:
                    family.add_metric([one.code], value)
            yield family
        if oldest is not None:
            yield GaugeMetricFamily(
                "incident_oldest_due_timer_seconds",
                "Seconds since the earliest open promised time was to be carried out; negative before that",
                value=at - oldest,
            )
        yield GaugeMetricFamily(
            "incident_event_streams", "Browsers that wait for news of this server", value=site.live.waiting
        )
        info = GaugeMetricFamily(
            "incident_build_info", "1; the program and its Python", labels=["version", "python"]
        )
        info.add_metric([__version__, platform.python_version()], 1)
        yield info
