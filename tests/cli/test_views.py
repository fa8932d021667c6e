"""What `--json` prints is what the structures of `incident/views` say: they are the API's types too."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import msgspec
import pytest
from msgspec import Struct

import incident.views
from incident import bootstrap, language
from incident.views import (
    account,
    acts,
    callouts,
    duty,
    errors,
    filing,
    findings,
    handover,
    history,
    log,
    messages,
    people,
    plan,
    playbook,
    record,
    reports,
    status,
    verify,
)
from tests.cli.desk import ACTIVATE, MAJIAN, POSITIVE, STAND_DOWN, Desk
from tests.cli.working import work_for
from tests.playbooks import HOUR

STAFF = """seat,holder,name,from,channels
综合信息指挥室,T1,张某,2025-01-01,mail:t1@example.cn
command.leader,L1,李某,2025-01-01,gate:l1
"""
#: Commands in the order of one story, and how each line of the answer reads.
STORY = [
    ("doctor", findings.Finding),
    ("playbook list", playbook.ListedPlaybook),
    ("playbook check majian", playbook.CheckedPlaybook),
    ("playbook show majian --section jurisdiction", playbook.ShownPlaybook),
    ("playbook diagram majian", playbook.DrawnPlaybook),
    ("adopt majian", acts.Adopted),
    ("people import people.csv --dry-run", people.DirectoryImported),
    ("people import people.csv", people.DirectoryImported),
    ("people list", people.Holders),
    ("people template", people.Template),
    ("status nowhere", errors.Failure),
    ("status", status.ListedStatus),
    ("signal majian response_lifted --yes", plan.Refused),
    ("PLAN", plan.Plan),
    ("ACTIVATE", plan.Done),
    ("ack majian --for regional_cocheck", callouts.Answered),
    ("directive issue majian --from command --to duty --due 4h --text x", acts.DirectiveIssued),
    ("directive issue majian --from command --to duty --due 9h --text y", acts.DirectiveIssued),
    ("report file majian --from duty --form daily_report --text x --set cases=1", filing.FilingDone),
    ("log add majian --said x", acts.LogAdded),
    ("LATER", None),
    ("status majian", status.Status),
    ("status majian --at 2026-03-01T03:00", status.Status),
    ("reports majian", reports.OwedReport),
    ("reports majian --at 2026-03-01T03:00", reports.OwedReport),
    ("duty majian --numbers", duty.DutyNow),
    ("duty majian --at 2026-03-01T03:00", duty.DutyNow),
    ("roster show majian", duty.Shifts),
    ("roster fairness majian", duty.Fairness),
    ("log print majian --shift 2026-03-01T02:45", log.DutySheet),
    ("handover majian regional_cocheck_watch", handover.HandoverNote),
    ("handover majian regional_cocheck_watch --gave P9", callouts.Acted),
    ("messages", messages.Messages),
    ("account majian --all", account.Account),
    ("people erase L1 --in majian --reason r --basis b --by 甲 --with 乙 --yes", people.PersonErased),
    ("journal hold place majian --entry 0-2 --basis b --reason r", record.HoldPlaced),
    ("journal hold list majian", record.HoldsStanding),
    ("STAND_DOWN", plan.Done),
    ("status majian", status.Status),
    ("history majian", history.HistoryFact),
    ("journal verify", verify.JournalVerified),
]
TYPED = {"PLAN": (*POSITIVE, "--plan"), "ACTIVATE": ACTIVATE, "STAND_DOWN": STAND_DOWN}


def test_every_answer_of_a_night_reads_as_its_structure_says(empty_desk: Desk, tmp_path: Path) -> None:
    staff = tmp_path / "people.csv"
    staff.write_text(STAFF, encoding="utf-8")
    for line, kind in STORY:
        if kind is None:
            work_for(empty_desk, 6 * HOUR)  # a shift ends at 08:00
            continue
        words = TYPED.get(line) or [str(staff) if word == staff.name else word for word in line.split()]
        answers = empty_desk.run(*words, "--json").out.splitlines()
        assert answers, line
        for answer in answers:
            read = msgspec.json.decode(answer, type=kind)
            # as it was: nothing was there that the structure does not know, and in its order
            assert msgspec.json.encode(read).decode() == answer, line


def structures() -> Iterator[type[Struct]]:
    for module in pkgutil.iter_modules(incident.views.__path__):
        place = importlib.import_module(f"incident.views.{module.name}")
        for one in vars(place).values():
            if isinstance(one, type) and issubclass(one, Struct) and one.__module__ == place.__name__:
                yield one


def test_each_structure_has_a_name_of_its_own_a_sentence_and_a_schema() -> None:
    found = [*structures()]
    assert len(found) > 100
    assert [name for name, n in Counter(one.__name__ for one in found).items() if n > 1] == []
    assert [one.__name__ for one in found if not one.__doc__ or not one.__struct_config__.frozen] == []
    _schemas, components = msgspec.json.schema_components(found)
    assert {one.__name__ for one in found} <= components.keys()


@pytest.mark.parametrize(("spoken", "name"), [("zh", "马剑镇"), ("en", "Majian Town")])
def test_a_view_speaks_the_language_of_whoever_asks(active_desk: Desk, spoken: str, name: str) -> None:
    with (
        active_desk.seated(),
        closing(bootstrap.open_store(active_desk.url)) as store,
        store.reading() as tx,
        language.speaking(spoken),
    ):
        shown = status.status(status.look(tx, MAJIAN, active_desk.clock.at, None), None)
    assert shown.jurisdiction.name == name
    texts = [one.text for one in shown.posture["rosters"]]
    assert texts
    assert all(bool(re.search("[\u4e00-\u9fff]{4}", text)) is (spoken == "zh") for text in texts), texts
