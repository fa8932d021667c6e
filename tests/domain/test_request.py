"""What is asked for is understood, or refused with all that was possible instead."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incident.domain.errors import RequestError
from incident.domain.playbook import Event, Field
from incident.domain.request import find_event, read_fields
from tests.playbooks import BAISHI, text

POSITIVE = BAISHI.events["positive"]


@pytest.mark.parametrize("words", ["positive", "报告阳性", "positive reported", "阳性"])
def test_event_is_found_by_key_name_or_alias(words: str) -> None:
    assert find_event(BAISHI, words) == "positive"


NO_EVENT = [
    # a slip is met with what was meant
    ("positiv", "did you mean `positive`?"),
    # nonsense with the list
    ("地震", "choose one of those"),
    ("", "choose one of those"),
]


@pytest.mark.parametrize(("words", "do"), NO_EVENT)
def test_unknown_event_is_refused(words: str, do: str) -> None:
    with pytest.raises(RequestError) as refused:
        find_event(BAISHI, words)

    assert refused.value.expected == ["positive", "ordered", "ruled_out", "lifted"]
    assert refused.value.found == f"`{words}`"
    assert str(refused.value.do) == do


READ: list[tuple[str, dict[str, str | int], dict[str, str | int]]] = [
    # by key, by name in either language
    ("key", {"origin": "local"}, {"origin": "local"}),
    ("zh", {"origin": "本土"}, {"origin": "local"}),
    ("en", {"origin": " local "}, {"origin": "local"}),
    # numbers typed and given
    ("typed", {"origin": "local", "cases": "3"}, {"origin": "local", "cases": 3}),
    ("given", {"origin": "local", "cases": 3}, {"origin": "local", "cases": 3}),
    ("zeros", {"origin": "local", "cases": "007"}, {"origin": "local", "cases": 7}),
    # text as it is, without the blanks around it
    ("text", {"origin": "local", "remark": " 有备注 "}, {"origin": "local", "remark": "有备注"}),
    ("number as text", {"origin": "local", "remark": 7}, {"origin": "local", "remark": "7"}),
]


@pytest.mark.parametrize(("raw", "values"), [row[1:] for row in READ], ids=[row[0] for row in READ])
def test_values_are_read_by_their_type(raw: dict[str, str | int], values: dict[str, str | int]) -> None:
    assert read_fields(POSITIVE, raw) == values


HOW = "give each: the values of the event, as name=value"
MISSING = f"event positive reported; origin: one of local, imported; nothing for origin; {HOW}"
REFUSED: list[tuple[str, dict[str, str | int], str]] = [
    # a name nobody declared
    (
        "unknown",
        {"orign": "local"},
        "value `orign` of the event; origin, cases, remark; orign; did you mean `origin`?",
    ),
    # a choice nobody offered
    (
        "choice",
        {"origin": "mars"},
        "value `origin` of the event; one of local, imported; `mars`; correct the value",
    ),
    # no number, or one outside its bounds
    (
        "word",
        {"cases": "three"},
        "value `cases` of the event; a whole number from 1 to 999; `three`; correct the value",
    ),
    ("few", {"cases": 0}, "value `cases` of the event; a whole number from 1 to 999; `0`; correct the value"),
    (
        "many",
        {"cases": "1000"},
        "value `cases` of the event; a whole number from 1 to 999; `1000`; correct the value",
    ),
    # blanks are no text
    ("blank", {"remark": "  "}, "value `remark` of the event; text; `  `; correct the value"),
    # what is required is missing
    ("missing", {"cases": 3}, MISSING),
]


@pytest.mark.parametrize(("raw", "message"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_value_that_cannot_be_understood_is_refused(raw: dict[str, str | int], message: str) -> None:
    with pytest.raises(RequestError) as refused:
        read_fields(POSITIVE, raw)

    assert str(refused.value) == message


def test_required_value_may_be_missing_where_only_part_is_known() -> None:
    assert read_fields(POSITIVE, {}, partly=True) == {}
    with pytest.raises(RequestError):
        read_fields(POSITIVE, {"cases": 0}, partly=True)


def test_event_without_values_takes_none() -> None:
    with pytest.raises(RequestError) as refused:
        read_fields(BAISHI.events["lifted"], {"cases": 1})

    assert (
        str(refused.value)
        == "value `cases` of the event; an event without values; cases; choose one of those"
    )


BOUNDS: list[dict[str, Any]] = [
    {},
    {"at_least": 1},
    {"at_least": 0},
    {"at_least": 1, "at_most": 9},
    {"at_most": 9},
]


@pytest.mark.parametrize("bounds", BOUNDS)
def test_bounds_are_named_when_a_number_is_refused(bounds: dict[str, Any]) -> None:
    event = Event(
        name=text("雨", "rain"), fields={"mm": Field(name=text("毫米", "mm"), type="integer", **bounds)}
    )

    with pytest.raises(RequestError) as refused:
        read_fields(event, {"mm": "much"})

    said = str(refused.value.expected)
    assert said.startswith("a whole number")
    assert [int(word) for word in said.split() if word.isdigit()] == list(bounds.values())


NUMBER = Event(name=text("雨", "rain"), fields={"mm": Field(name=text("毫米", "mm"), type="integer")})
NO_NUMBERS = ["", "-", "+5", "--5", "1_000", "1,000", "1.0", "1e3", "0x10", "٣", "３", "9" * 16, "5 5"]


@pytest.mark.parametrize("typed", NO_NUMBERS)
def test_what_only_looks_like_a_number_is_none(typed: str) -> None:
    with pytest.raises(RequestError):
        read_fields(NUMBER, {"mm": typed})


@given(st.integers(-(10**13), 10**14))
def test_number_reads_back(value: int) -> None:
    assert read_fields(NUMBER, {"mm": str(value)}) == read_fields(NUMBER, {"mm": value}) == {"mm": value}


@given(
    st.dictionaries(
        st.sampled_from(["origin", "cases", "remark", "other"]), st.text(max_size=5) | st.integers()
    )
)
def test_whatever_is_typed_is_read_by_type_or_refused(raw: dict[str, str | int]) -> None:
    try:
        values = read_fields(POSITIVE, raw)
    except RequestError:
        return
    assert set(values) == set(raw)
    assert read_fields(POSITIVE, values) == values
