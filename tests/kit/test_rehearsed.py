"""A kit of some weeks of a town: what the ledger says is what the account says, and all of it is replayed."""

from __future__ import annotations

import csv
import io
from collections import Counter
from pathlib import Path

from incident.domain import clock
from incident.domain.facts import ReportFiled
from incident.kit.export import export
from incident.kit.tongues import Tongues
from incident.language import speaker
from incident.playbook_text.load import must_load
from incident.service.exhibit import Shown
from incident.testing.memory import MemoryStore
from incident.testing.rehearsal import Outage, rehearse
from incident.testing.story import story
from tests.kit.kits import Kit, script, verified
from tests.playbooks import DAY

START = clock.read_stamp("2026-02-28T16:00:00Z")
DAYS = 40


def test_weeks_of_a_town_are_exported_and_verified(tmp_path: Path) -> None:
    playbook = must_load("majian").playbook
    assert playbook is not None
    store = MemoryStore()
    outage = Outage(START + 12 * DAY, START + 13 * DAY)
    acts = story(playbook, START, DAYS)
    done = rehearse(store, playbook, acts, since=START, until=START + DAYS * DAY, outage=outage)
    path = tmp_path / "kit.zip"
    with store.reading() as tx:
        tongues = Tongues(zh=speaker("zh"), en=speaker("en"))
        made = export(tx, done.code, Shown(), path, at=START, keys=(), tongues=tongues)

    assert made.manifest.size == done.entries
    assert made.manifest.size > 256, "more than one tile"
    said = verified(Kit(path))
    assert said.code == 0, said
    alone = script(Kit(path))
    assert alone.returncode == 0, alone.stdout
    rows = list(csv.DictReader(io.StringIO(Kit(path).files()["reports.csv"].decode("utf-8-sig"))))
    filed = [line.fact for line in done.lines if isinstance(line.fact, ReportFiled)]
    closed = Counter(bool(one.late) for fact in filed for one in fact.closes)
    assert Counter(row["status"] == "late" for row in rows if row["filed_at"]) == closed
    assert closed[True] > 1
