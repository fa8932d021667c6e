"""What is done from the page of a jurisdiction: answering, directing, extending, noting."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from incident.domain.facts import LogNoted, PlannedEndMoved
from incident.service.opened import read_entry
from tests.web.api.calling import bearer
from tests.web.looking import Window
from tests.web.pressing import Presser
from tests.web.serving import TOWN, Served
from tests.web.test_board import activate
from tests.web.test_now import NOW, words

GROUP = "社会稳定组"


def facts(served: Served, seq: int) -> list[object]:
    """Give what an entry records."""
    with served.workplace.store.reading() as tx:
        return list(read_entry(TOWN, next(tx.entries(TOWN, since=seq))).facts)


def version(served: Served) -> int:
    """Count the entries."""
    with served.workplace.store.reading() as tx:
        log = tx.log(TOWN)
    assert log is not None
    return log.situation.version


# -- call-outs


@pytest.mark.parametrize(("screen", "script"), [("phone", False), ("desk", True)])
def test_an_answer_is_noted_by_one_press(window: Window, screen: str, *, script: bool) -> None:
    activate(window.served)
    page = window.open("duty_officer", NOW, lang="zh", screen=screen, script=script)

    page.get_by_role("button", name=f"{GROUP}已应答").click()

    expect(page.locator("main")).to_contain_text("已办理并记录")
    page.goto(NOW)
    expect(page.get_by_role("button", name=f"{GROUP}已应答")).to_have_count(0)


def test_pressing_twice_is_one_answer(served: Served) -> None:
    activate(served)

    with Presser(served, "duty_officer") as officer:
        form = officer.form(NOW, f"{NOW}/ack")
        first, second = officer.send(f"{NOW}/ack", form), officer.send(f"{NOW}/ack", form)

    assert (first.status_code, second.status_code) == (200, 200)
    assert first.url == second.url
    assert version(served) == 3  # adopted, activated, answered


def test_several_answer_at_once_with_what_was_said(served: Served) -> None:
    activate(served)
    ticked = {"party-social_stability": "on", "party-duty": "on", "said": "收到"}

    with Presser(served, "duty_officer") as officer:
        done = officer.press(f"{NOW}/ack", **ticked)
        left = words(officer.look(f"{NOW}/ack"))

    assert done.status_code == 200
    assert "Social stability group" not in left
    assert "Nucleic-acid sampling group" in left


@pytest.mark.parametrize(
    ("form", "status", "said"),
    [
        ({}, 422, "tick a party, or give a sign"),  # nobody
        ({"sign": "P999"}, 422, "the sign of somebody whom the directory or the plan knows"),
        ({"party": "market"}, 422, "found `market`"),  # nobody waits for it
    ],
)
def test_an_answer_of_nobody_is_shown_again(
    served: Served, form: dict[str, str], status: int, said: str
) -> None:
    activate(served)

    with Presser(served, "duty_officer") as officer:
        again = officer.press(f"{NOW}/ack", **form)

    assert again.status_code == status
    assert said in words(again.text)
    assert version(served) == 2


def test_without_a_call_out_nobody_is_waited_for(served: Served) -> None:
    with Presser(served, "duty_officer") as officer:
        assert "Nobody is waited for." in officer.look(f"{NOW}/ack")


# -- the planned end


def test_the_planned_end_is_moved_by_whoever_decided(served: Served) -> None:
    activate(served)

    with Presser(served, "duty_officer") as officer:
        done = officer.press(
            f"{NOW}/extend",
            until="30d",
            decided_by="领导小组",
            basis="诸市防控〔2021〕4号",
            reason="仍有病例",
        )

    assert "Done and recorded" in words(done.text)
    (moved,) = facts(served, 2)
    assert isinstance(moved, PlannedEndMoved)
    assert moved.planned_end == "2026-03-30T18:40:00Z"


def test_another_body_is_refused_and_that_is_recorded(served: Served) -> None:
    activate(served)

    with Presser(served, "duty_officer") as officer:
        done = officer.press(f"{NOW}/extend", until="30d", decided_by="疫情处置专班", basis="口头")

    assert "Refused, and recorded as refused" in words(done.text)
    assert version(served) == 3


def test_an_end_that_is_no_time_is_asked_again(served: Served) -> None:
    activate(served)

    with Presser(served, "duty_officer") as officer:
        again = officer.press(f"{NOW}/extend", until="soon", decided_by="领导小组", basis="口头")

    assert again.status_code == 422
    shown = words(again.text)
    assert "where new end" in shown
    assert "--until" not in shown
    assert 'value="soon"' in again.text


# -- what was given, as each surface calls it


def test_a_page_and_a_program_are_told_of_the_same_error_in_their_own_words(served: Served) -> None:
    order = {"to": "duty", "due": "4h", "text": "Count the beds"}

    with Presser(served, "duty_officer") as officer:
        page = officer.press(f"{NOW}/directive", **{"from": "duty", **order})
    program = served.client("duty_officer").post(
        f"/api/v1/jurisdictions/{TOWN}/directives",
        json={"by": "duty", **order},
        headers={"Accept-Language": "en", **bearer(served, "duty_officer")},
    )

    assert (page.status_code, program.status_code) == (422, 422)
    assert "where who issues it" in words(page.text)
    assert program.json()["where"] == "by"
    assert program.json()["do"] == "name the seat, body or office that orders, by its key or full name"
    assert "--from" not in page.text + program.text


# -- the duty log


def test_a_call_is_noted_on_a_phone(window: Window) -> None:
    page = window.open("duty_officer", f"{NOW}/log", screen="phone", script=False)

    page.locator("[name=who]").fill("120")
    page.locator("[name=said]").fill("一例初筛阳性")
    page.get_by_label("call out").check()
    page.get_by_role("button", name="Note it").click()

    expect(page.locator("main")).to_contain_text("Done and recorded")
    (noted,) = facts(window.served, 1)
    assert isinstance(noted, LogNoted)
    assert noted.way == "out"


def test_a_note_of_what_is_to_come_is_refused(served: Served) -> None:
    with Presser(served, "duty_officer") as officer:
        again = officer.press(f"{NOW}/log", said="later", at="2030-01-01 00:00", way="in")

    assert again.status_code == 422
    assert "give the time at which it happened" in words(again.text)
    assert version(served) == 1


# -- directives


def test_a_directive_is_issued_read_and_answered(served: Served) -> None:
    order = {"from": "command.leader", "to": "duty", "due": "4h", "text": "核实密接人数"}

    with Presser(served, "duty_officer") as officer:
        done = officer.press(
            f"{NOW}/directive", **order, remind="30m", **{"after-1": "1h", "who-1": "command"}
        )
        assert "orders Duty group" in words(done.text)
        (key,) = set(re.findall(rf"{NOW}/directive/(directive-\d+)", officer.look(NOW)))
        where = f"{NOW}/directive/{key}"
        assert "核实密接人数" in officer.look(where)
        form = officer.form(where, f"{where}/answer") | {"text": "共三人"}
        answered, again = officer.send(f"{where}/answer", form), officer.send(f"{where}/answer", form)
        assert "Done and recorded" in words(answered.text)
        assert again.url == answered.url, "pressed twice is answered once"
        officer.look(where, 404)
    with Presser(served, "author") as author:
        assert "核实密接人数" not in author.look(f"{NOW}/done/1")


def test_what_is_ordered_is_shown_to_who_may_see_names_alone(served: Served) -> None:
    order = {"from": "command.leader", "to": "duty", "due": "4h", "text": "核实密接人数"}
    with Presser(served, "duty_officer") as officer:
        officer.press(f"{NOW}/directive", **order)

    with Presser(served, "author") as author:
        page = author.look(f"{NOW}/directive/directive-1")

    assert "核实密接人数" not in page
    assert "shown to whoever may see names of people" in page
    assert "<button>Answer" not in page


def test_a_directive_is_taken_back_with_a_reason(served: Served) -> None:
    order = {"from": "command.leader", "to": "duty", "due": "4h", "text": "核实"}
    where = f"{NOW}/directive/directive-1"

    with Presser(served, "duty_officer") as officer:
        officer.press(f"{NOW}/directive", **order)
        without = officer.press(where, f"{where}/withdraw", reason=" ")
        assert without.status_code == 422
        done = officer.press(where, f"{where}/withdraw", reason="已电话核实")

    assert "Done and recorded" in words(done.text)


@pytest.mark.parametrize(
    ("changed", "where"),
    [
        ({"due": "yesterday"}, "due"),
        ({"to": "nobody here"}, "who answers"),
        ({"from": "nobody here"}, "who issues it"),
        ({"text": " "}, "text"),
        ({"remind": "soon"}, "reminder"),
        ({"after-1": "1h"}, "who is told when it is not answered"),  # and nobody is
    ],
)
def test_an_order_that_cannot_be_understood_is_shown_again(
    served: Served, changed: dict[str, str], where: str
) -> None:
    order = {"from": "command.leader", "to": "duty", "due": "4h", "text": "核实", **changed}

    with Presser(served, "duty_officer") as officer:
        again = officer.press(f"{NOW}/directive", **order)

    assert again.status_code == 422
    assert f"where {where} expected" in words(again.text)
    assert version(served) == 1


def test_who_only_looks_is_offered_nothing_to_do(served: Served) -> None:
    activate(served)

    with Presser(served, "auditor") as auditor:
        page = auditor.look(NOW)
        kept_out = [auditor.get(f"{NOW}/{end}").status_code for end in ("extend", "log", "ack", "directive")]

    assert f"{NOW}/ack" not in page
    assert kept_out == [403] * 4
