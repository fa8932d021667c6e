"""`incident run --keep-access`: the record of access loses what is old, on both databases, and says so."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from incident import bootstrap
from incident.domain.identity import Access
from tests.cli.desk import Desk, in_both_languages
from tests.playbooks import DAY


@pytest.fixture(params=["sqlite", "postgresql"])
def desk(request: pytest.FixtureRequest, tmp_path: Path) -> Desk:
    """Majian, with lines of the record from five years, four years and a year ago."""
    url = f"sqlite:///{tmp_path / 'incident.db'}"
    desk = Desk(url if request.param == "sqlite" else str(request.getfixturevalue("postgres_url")))
    desk.done("adopt", "majian")
    with closing(bootstrap.open_store(desk.url)) as store, store.identity().writing() as tx:
        for years in (5, 4, 1):
            tx.note(Access(at=desk.clock() - years * 365 * DAY, kind="login", os_user="root"))
        tx.commit()
    return desk


def kept(desk: Desk) -> list[tuple[int, str]]:
    return [(line["seq"], line["kind"]) for line in desk.done("access", "--json").objects()]


def test_what_is_older_than_three_years_goes_without_being_asked_for(desk: Desk) -> None:
    said = desk.done("run", "--once")

    assert "event=access_dropped lines=2" in said.err
    assert kept(desk) == [(3, "access_dropped"), (2, "login")]
    what = desk.done("access", "--kind", "access_dropped", "--json").object()["what"]
    assert what.startswith("2 before 2023-")
    assert "dropped lines of this record" in desk.done("access").out
    in_both_languages(desk, "access")
    assert "access_dropped" not in desk.done("run", "--once").err


def test_operator_says_for_how_long(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.done("run", "--once", "--keep-access", "1800")
    assert kept(desk) == [(3, "access_dropped"), (2, "login"), (1, "login")]

    monkeypatch.setenv("INCIDENT_KEEP_ACCESS", "365")
    desk.done("run", "--once")
    assert kept(desk) == [(4, "access_dropped"), (3, "access_dropped"), (2, "login")]


def test_less_than_six_months_is_refused(desk: Desk) -> None:
    said = desk.run("run", "--once", "--keep-access", "183")
    assert said.code == 2
    assert "184" in said.err
    assert len(kept(desk)) == 3
