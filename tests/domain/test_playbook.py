"""A playbook is its bytes: what is stored reads back, and its name is their hash."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings

from incident.domain import organisation, paper, playbook
from incident.domain.playbook import Playbook
from tests.domain.strategies import playbooks
from tests.playbooks import BAISHI, baishi, text


@settings(max_examples=30)
@given(playbooks())
def test_playbook_reads_back(plan: Playbook) -> None:
    body = playbook.encode(plan)

    assert playbook.decode(body) == plan
    assert playbook.encode(playbook.decode(body)) == body


def test_same_playbook_has_the_same_name_and_another_another() -> None:
    name = playbook.digest(playbook.encode(BAISHI))

    assert name == playbook.digest(playbook.encode(baishi()))
    assert name == hashlib.sha256(playbook.encode(BAISHI)).hexdigest()
    assert name != playbook.digest(playbook.encode(msgspec.structs.replace(BAISHI, playbook="other")))


def test_order_inside_maps_counts() -> None:
    turned = msgspec.structs.replace(BAISHI, groups=dict(reversed(BAISHI.groups.items())))

    assert turned == BAISHI
    assert playbook.encode(turned) != playbook.encode(BAISHI)
    assert list(playbook.decode(playbook.encode(turned)).groups) == list(turned.groups)


def test_bytes_say_nothing_that_is_not_said() -> None:
    plain = json.loads(playbook.encode(BAISHI))

    # fields are named as the language names them, and defaults are left out
    assert plain["transitions"]["lift"]["from"] == ["raised", "emergency"]
    assert plain["states"]["routine"]["obligations"]["daily_report"]["from"] == ["command"]
    assert plain["states"]["routine"]["groups"]["traffic"] == {"source": "三(三)"}
    assert "departments" not in plain


BROKEN: list[tuple[str, Any]] = [
    # not JSON, not a playbook
    ("json", b"{"),
    ("list", b"[]"),
    ("empty", b"{}"),
]


@pytest.mark.parametrize("body", [row[1] for row in BROKEN], ids=[row[0] for row in BROKEN])
def test_bytes_that_are_no_playbook_are_refused(body: bytes) -> None:
    with pytest.raises(msgspec.DecodeError):
        playbook.decode(body)


def changed(**values: Any) -> bytes:
    plain = json.loads(playbook.encode(BAISHI))
    for path, value in values.items():
        *above, last = path.split("__")
        inner = plain
        for step in above:
            inner = inner[step]
        inner[last] = value
    return json.dumps(plain).encode()


WRONG: list[tuple[str, Any]] = [
    # a field nobody declared
    ("colour", "red"),
    ("states__routine__weather", "fine"),
    # keys are plain
    ("playbook", "Bai Shi"),
    ("playbook", "bai．shi"),
    ("initial", "x" * 65),
    # codes, levels and places are what they are
    ("jurisdiction__code", "1"),
    ("jurisdiction__code", "3306A1"),
    ("jurisdiction__level", "hamlet"),
    ("jurisdiction__name", {"zh": "白石镇"}),
    ("jurisdiction__name", {"zh": "白石镇", "en": ""}),
    # a clock has 24 hours, a duration a unit
    ("states__raised__rosters__watch__handover", "24:00"),
    ("states__raised__rosters__watch__handover", "8:00"),
    # digits are those of ASCII
    ("jurisdiction__code", "３３０６８１"),
    ("states__raised__rosters__watch__handover", "0８:00"),
    ("document__date", "2021-1２-15"),
    ("states__raised__rosters__watch__pattern", "6h"),
    ("states__routine__obligations__daily_report__at", ["17:60"]),
    ("states__routine__obligations__daily_report__every", "week"),
    ("states__routine__obligations__daily_report__times_a_day", 0),
    ("states__emergency__obligations__first_report__within", "2"),
    ("states__emergency__obligations__first_report__within", "0h"),
    ("transitions__activate__planned_end", "14 d"),
    # a holder stands for a person and never names one
    ("groups__traffic__seats", {"lead": {"title": {"zh": "组长", "en": "lead"}, "holders": ["王五"]}}),
    # nobody is counted below one
    ("groups__traffic__seats", {"lead": {"title": {"zh": "组长", "en": "lead"}, "count": 0}}),
    # dates are dates
    ("document__date", "15.12.2021"),
    # a clause is not empty
    ("groups__traffic__source", ""),
]


@pytest.mark.parametrize(("path", "value"), WRONG)
def test_value_that_the_language_does_not_have_is_refused(path: str, value: Any) -> None:
    with pytest.raises(msgspec.ValidationError):
        playbook.decode(changed(**{path: value}))


RIGHT: list[tuple[str, Any]] = [
    ("jurisdiction__code", "33"),
    ("jurisdiction__code", "330681111222"),
    ("states__raised__rosters__watch__handover", "00:00"),
    ("states__raised__rosters__watch__handover", "23:59"),
    ("states__routine__obligations__daily_report__every", "12h"),
    ("transitions__activate__when", {"cases": {"at_least": 1}, "origin": ["local", "imported"]}),
    ("transitions__activate__when", {"cases": 3}),
]


@pytest.mark.parametrize(("path", "value"), RIGHT)
def test_value_of_the_language_is_read(path: str, value: Any) -> None:
    playbook.decode(changed(**{path: value}))


def test_text_gives_the_words_of_a_language() -> None:
    assert text("马剑", "Majian").in_language("zh") == "马剑"
    assert text("马剑", "Majian").in_language("en") == "Majian"


@pytest.mark.parametrize("module", [playbook, organisation, paper])
def test_every_structure_refuses_what_it_does_not_know_and_never_changes(module: Any) -> None:
    structures = [
        one for one in vars(module).values() if isinstance(one, type) and issubclass(one, msgspec.Struct)
    ]

    assert structures
    for one in structures:
        if one is not msgspec.Struct:
            assert one.__struct_config__.frozen, one
            assert one.__struct_config__.forbid_unknown_fields, one
