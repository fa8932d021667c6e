"""The plan of a jurisdiction to read, its versions, and a file checked, previewed and adopted."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Final

import pytest
from httpx import Response
from playwright.sync_api import expect

from incident.playbook_text.load import shipped
from incident.service import queries
from tests.web.looking import Window
from tests.web.pressing import Presser
from tests.web.serving import TOWN, Served
from tests.web.test_board import activate
from tests.web.test_now import words

PLAN: Final = f"/j/{TOWN}/plan"
CHECK: Final = "/playbooks/check"
MAJIAN: Final = (shipped() / "majian.yaml").read_text()
#: Another version: the watch in shifts of 12 hours.
SHIFTS: Final = MAJIAN.replace("pattern: 24h", "pattern: 12h", 1)
#: Of another town, whose plan is not adopted.
WULIPAI: Final = "430102008"


def governing(served: Served, code: str = TOWN) -> str:
    """Give the hash of the playbook that governs."""
    with served.workplace.store.reading() as tx:
        return queries.present(tx, code)[0].playbook


def send(author: Presser, raw: str | bytes, name: str = "majian.yaml") -> Response:
    """Send a file to be checked."""
    body = raw.encode() if isinstance(raw, str) else raw
    form = author.form("/playbooks", CHECK)
    return author.send(CHECK, {"_csrf": form["_csrf"]}, files={"file": (name, body, "text/yaml")})


def preview(page: str, code: str = TOWN) -> dict[str, str]:
    """Give what the page of a preview would send to adopt."""
    (form,) = re.findall(rf'<form method="post" action="/j/{code}/plan".*?</form>', page, re.DOTALL)
    return dict(re.findall(r'name="([^"]+)" value="([^"]*)"', form))


def adopt(author: Presser, form: dict[str, str], code: str = TOWN) -> Response:
    """Send it, as a browser sends a form that could hold files."""
    return author.send(f"/j/{code}/plan", form, files={"none": ("", b"")})


# -- to read


@pytest.mark.parametrize(
    ("lang", "said"),
    [
        (
            "en",
            ("Duty group", "Stand", "needs no decision", "our own: the paper is silent", "P401", "governs"),
        ),
        ("zh", ("值班组", "解除", "无需决定", "本系统补充：文件未规定", "P401", "现行")),
    ],
)
def test_the_plan_is_read_with_the_clause_beside_each_item(
    served: Served, lang: str, said: tuple[str, ...]
) -> None:
    with Presser(served, "duty_officer", lang=lang) as officer:
        page = officer.look(PLAN)

    shown = words(page)
    for one in (*said, "一(十四)"):
        assert one in shown
    order = [page.index(f'id="state-{key}"') for key in ("routine", "first_level_response")]
    assert order == sorted(order)
    # whoever may not adopt is offered no file to send
    assert CHECK not in page


def test_the_bytes_that_were_adopted_are_those_of_the_hash(served: Served) -> None:
    digest = governing(served)

    with Presser(served, "auditor") as auditor:
        answer = auditor.get(f"{PLAN}/{digest}/bytes")
        unknown = [auditor.get(f"{PLAN}/{'0' * 64}/bytes"), auditor.get(f"{PLAN}?version=x")]

    assert hashlib.sha256(answer.content).hexdigest() == digest
    assert answer.headers["content-disposition"].startswith("attachment")
    assert [one.status_code for one in unknown] == [404, 404]


def test_a_playbook_that_comes_with_the_program_is_read_value_by_value(served: Served) -> None:
    with Presser(served, "auditor") as auditor:
        listed = words(auditor.look("/playbooks"))
        shown = words(auditor.look("/playbooks/taizhou?section=jurisdiction"))
        missing = [auditor.get(f"/playbooks/{end}") for end in ("nothing", "taizhou?section=nothing")]

    assert "wulipai Wulipai Street 430102008" in listed
    assert "Preview" not in listed
    assert re.search(r"jurisdiction\.code 3212 .* taizhou\.yaml:\d+", shown)
    assert [one.status_code for one in missing] == [404, 404]


# -- checked, previewed, adopted


@pytest.mark.parametrize(("screen", "script"), [("phone", False), ("desk", True)])
def test_an_author_sends_a_file_looks_and_adopts_it(
    window: Window, tmp_path: Path, screen: str, *, script: bool
) -> None:
    before = governing(window.served)
    file = tmp_path / "majian.yaml"
    file.write_text(SHIFTS)
    page = window.open("author", PLAN, screen=screen, script=script)

    page.locator("[name=file]").set_input_files(file)
    page.get_by_role("button", name="Check").click()
    expect(page.locator("table.plan .changed")).to_contain_text("in shifts of 12 h")
    page.get_by_role("button", name="Put Majian Town under it").click()

    expect(page).to_have_url(re.compile(f"{PLAN}$"))
    after = governing(window.served)
    assert after != before
    page.get_by_role("link", name="Compare").click()
    expect(page.locator("[aria-labelledby=compared]")).to_contain_text("24 h a day → ")
    expect(page.locator("[aria-labelledby=compared]")).to_contain_text(before[:12])
    if script:
        assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]  # type: ignore[index]


def test_all_that_is_wrong_is_shown_with_its_place_and_cannot_be_adopted(served: Served) -> None:
    wrong = MAJIAN.replace("pattern: 24h", "pattern: 25h", 1).replace("every: day", "every: dya", 1)

    with Presser(served, "author") as author:
        answer = send(author, wrong)

    shown = words(answer.text)
    assert answer.status_code == 422
    assert len(re.findall(r"! error P\d{3} majian\.yaml:\d+:\d+", shown)) == 2
    assert f'action="/j/{TOWN}/plan"' not in answer.text


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"\xff", "P001"),  # no text
        (b"# " + b"x" * 1_100_000, "P002"),  # too long
        (b"a: [", "P004"),  # no YAML
        (b"extends: ../../secret", "P010"),  # no base of ours
        (b"<script>alert(1)</script>", "P008"),  # no playbook
    ],
    ids=["bytes", "long", "broken", "elsewhere", "script"],
)
def test_what_is_no_playbook_is_said_to_be_none(served: Served, raw: bytes, said: str) -> None:
    with Presser(served, "author") as author:
        answer = send(author, raw, "<b>.yaml")

    assert answer.status_code == 422
    assert said in answer.text
    assert "<b>" not in answer.text
    assert "<script>alert" not in answer.text


def test_nothing_sent_asks_for_a_file(served: Served) -> None:
    with Presser(served, "author") as author:
        answer = author.send(CHECK, author.form("/playbooks", CHECK) | {"name": ""})

    assert answer.status_code == 422
    assert "choose a file" in words(answer.text)


def test_what_governs_already_changes_nothing(served: Served) -> None:
    with Presser(served, "author") as author:
        answer = send(author, MAJIAN)

    assert "under this very version already" in answer.text
    assert f'action="/j/{TOWN}/plan"' not in answer.text


def test_only_what_was_shown_is_adopted(served: Served) -> None:
    before = governing(served)

    with Presser(served, "author") as author:
        form = preview(send(author, SHIFTS).text)
        answers = [
            adopt(author, form | {"shown": "0" * 64}),  # another file was shown
            adopt(author, form | {"before": "0" * 64}),  # somebody adopted meanwhile
            adopt(author, form | {"body": "no base64"}),  # no file at all
            adopt(author, form | {"body": "", "name": "wulipai"}),  # of another town
            adopt(author, form | {"body": "", "name": "nothing"}),
        ]

    assert [one.status_code for one in answers] == [409, 409, 422, 422, 422]
    assert governing(served) == before


def test_during_an_incident_the_preview_says_why_not_and_adopting_is_refused(served: Served) -> None:
    with Presser(served, "author") as author:
        form = preview(send(author, SHIFTS).text)
        activate(served)
        again = send(author, SHIFTS)
        refused = adopt(author, form)

    assert "330681111-2026-001 runs" in words(again.text)
    assert f'action="/j/{TOWN}/plan"' not in again.text
    assert refused.status_code == 403
    assert "stand down first" in words(refused.text)


def test_an_author_of_another_county_sees_no_difference_and_adopts_nothing_here(served: Served) -> None:
    with Presser(served, "author") as author:
        form = preview(send(author, SHIFTS).text)
    with Presser(served, "stranger") as stranger:
        answer = send(stranger, SHIFTS)
        theirs = {**form, "_csrf": stranger.form("/playbooks", CHECK)["_csrf"]}
        kept_out = adopt(stranger, theirs)

    assert "is not yours to do" in answer.text
    assert "in shifts of 12 h" not in answer.text
    assert kept_out.status_code == 403


def test_nobody_moves_a_town_below_a_superior_of_whom_they_are_no_author(served: Served) -> None:
    moved = MAJIAN.replace('parent: "330681"', 'parent: "430102"')
    assert moved != MAJIAN

    with Presser(served, "author") as author:
        refused = adopt(author, preview(send(author, moved).text))

    assert refused.status_code == 403
    assert "superior" in words(refused.text)


def test_a_jurisdiction_without_a_plan_is_put_under_one(served: Served) -> None:
    with Presser(served, "stranger") as author:
        shown = author.send(CHECK, author.form("/playbooks", CHECK) | {"name": "wulipai"})
        assert "under no playbook yet" in shown.text
        done = adopt(author, preview(shown.text, WULIPAI), WULIPAI)

    assert done.url.path == f"/j/{WULIPAI}/plan"
    assert governing(served, WULIPAI) == preview(shown.text, WULIPAI)["shown"]


def test_who_may_not_adopt_checks_and_adopts_nothing(served: Served) -> None:
    with Presser(served, "author") as author:
        form = preview(send(author, SHIFTS).text)
    with Presser(served, "duty_officer") as officer:
        token = officer.form(f"/j/{TOWN}/log", f"/j/{TOWN}/log")["_csrf"]
        answers = [officer.send(CHECK, {"_csrf": token}), adopt(officer, form | {"_csrf": token})]

    assert [one.status_code for one in answers] == [403, 403]
