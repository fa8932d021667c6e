"""A plan rehearsed on a page: the same as at the command line, within what leaves the server to others."""

from __future__ import annotations

import pytest

from incident.web.pages import rehearsal
from incident.web.security.turns import Queue
from tests.web.recorded import Pressing, positive, words_of
from tests.web.serving import TOWN, Served

PAGE = f"/j/{TOWN}/plan/rehearse"
DAYS = {"days": "4", "start": "2026-03-01 00:00", "nodes": "1"}
#: A script with something in vain in it.
SCRIPT = """\
acts:
  - {at: day 2 02:40, activate: local_positive_reported, set: {origin: local, result: confirmed, cases: 1}}
  - {at: day 3 02:40, activate: nosuch}
"""


def test_a_few_days_are_told_and_accounted_for_and_nothing_is_recorded(served: Served) -> None:
    with Pressing(served, "author") as author:
        said = words_of(author.press(PAGE, 200, **DAYS).text)
        whole = words_of(author.press(PAGE, 200, **DAYS, all="1").text)
    assert "✓ the account balances" in said
    assert "2026-03-02 02:40 incident 330681111-2026-001 opened" in said
    assert "as it should be: " in said
    assert "on duty: Duty group, Regional tracing and control squad" in said
    assert len(whole) > len(said)
    with served.workplace.store.reading() as tx:
        assert len([*tx.entries(TOWN)]) == 1


def test_a_script_an_outage_and_kills_are_played(served: Served) -> None:
    asked = {**DAYS, "script": SCRIPT, "outage": "day 3 20:00..day 4 09:00", "nodes": "3", "kill": "1"}
    with Pressing(served, "author", lang="en") as author:
        said = words_of(author.press(PAGE, 200, **asked).text)
    assert "✓ the account balances" in said
    assert "workers killed before they could commit: " in said
    assert "activate: nosuch script.yaml:3:5 expected first_level" in said


def test_an_earlier_version_is_rehearsed_whatever_goes_on(served: Served) -> None:
    with served.workplace.store.reading() as tx:
        (version,) = tx.playbooks(TOWN)
    positive(served)
    with Pressing(served, "duty_officer") as officer:
        assert version[:12] in officer.look(f"{PAGE}?version={version}")
        assert "✓ the account balances" in words_of(
            officer.press(PAGE, 200, **{**DAYS, "version": version}).text
        )
        officer.get(f"{PAGE}?version=none", 404)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"days": "32"}, "expected a whole number from 1 to 31"),
        ({"days": "²"}, "expected a whole number from 1 to 31"),
        ({"nodes": "99"}, "expected a whole number from 1 to 4"),
        ({"start": "soon"}, "expected a time such as 2026-03-01 02:40"),
        ({"outage": "day 2 09:00"}, "expected FROM..TO, the second after the first"),
        (
            {"script": "acts:\n  - {at: day 9 02:40, signal: x}\n  - {at: day 8 02:40, signal: y}"},
            "script.yaml:3",
        ),
        ({"script": "- a"}, "expected `acts:` and below it the list of what is done"),
    ],
)
def test_what_cannot_be_played_is_refused_with_what_was_typed(
    served: Served, changed: dict[str, str], words: str
) -> None:
    with Pressing(served, "author") as author:
        answer = author.press(PAGE, 422, **{**DAYS, **changed})
    assert words in words_of(answer.text)
    (typed,) = changed.values()
    assert typed.splitlines()[-1].strip() in words_of(answer.text) or f'value="{typed}"' in answer.text


def test_one_that_takes_too_long_is_given_up(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rehearsal, "_PATIENCE", -1.0)
    with Pressing(served, "author") as author:
        assert "expected one that takes at most" in words_of(author.press(PAGE, 422, **DAYS).text)


def test_whoever_comes_when_enough_wait_is_told_to_come_again(served: Served) -> None:
    served.opened.doors.turns.rehearsals = Queue(1, 0)
    with Pressing(served, "author") as author:
        assert author.press(PAGE, 429, **DAYS).headers["retry-after"]
