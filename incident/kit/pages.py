"""What people read of a kit: timeline and ledgers, each written from the record that the kit holds."""

from __future__ import annotations

from collections.abc import Iterator

from incident.domain import kit
from incident.domain.playbook import Playbook
from incident.kit import ledgers
from incident.kit.timeline import timeline
from incident.kit.tongues import Tongues
from incident.service.exhibit import Record, Shown, names_in


def pages(
    record: Record, code: str, shown: Shown, playbook: Playbook, tongues: Tongues
) -> Iterator[tuple[str, Iterator[bytes]]]:
    """Give each page by its path, part by part; `playbook` is the one that the newest entry names."""
    yield kit.TIMELINE, timeline(record, code, shown, playbook, tongues)
    yield kit.DUTY, ledgers.duty(record, code, shown.filter, names_in(record, code, shown))
    yield kit.REPORTS, ledgers.reports(record, code, shown.filter)
