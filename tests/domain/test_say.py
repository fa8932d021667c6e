"""Sentences are rendered late, in either language."""

from __future__ import annotations

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from incident.domain.say import Say, Words, render, say, visible
from tests.playbooks import text

#: A catalogue as gettext gives one: it knows some sentences and gives others back.
CHINESE = {"{name} continues": "{name}继续", "at most {n}": "至多{n}", "nothing": "无"}


def translate(msgid: str) -> str:
    return CHINESE.get(msgid, msgid)


CASES: list[tuple[Words, str, str]] = [
    # nothing, a word, a number
    (None, "", ""),
    ("马剑", "马剑", "马剑"),
    ("", "", ""),
    (0, "0", "0"),
    (-14, "-14", "-14"),
    # a name carries both languages itself
    (text("常态", "routine"), "常态", "routine"),
    # a sentence is looked up, and its values are put in in the same language
    (say("nothing"), "无", "nothing"),
    (say("{name} continues", name=text("交通组", "Traffic")), "交通组继续", "Traffic continues"),
    # a sentence that no catalogue knows is shown as it is
    (say("unknown {n}", n=3), "unknown 3", "unknown 3"),
    # a sentence inside a sentence
    (say("{name} continues", name=say("at most {n}", n=2)), "至多2继续", "at most 2 continues"),
    # a list is joined as the language joins
    (["a", text("乙", "b"), 3], "a、乙、3", "a, b, 3"),
    ([], "", ""),
    # a list of lists is parted more strongly, so that both can be told apart
    ((say("nothing"), ["x", "y"]), "无；x、y", "nothing; x, y"),
    ([say("at most {n}", n=["x", "y"]), None, "z"], "至多x、y；；z", "at most x, y; ; z"),
    # but one of single things is not
    ([["x"], text("乙", "b"), 3, say("at most {n}", n=["y"])], "x、乙、3、至多y", "x, b, 3, at most y"),
    # a value that looks like a place for a value stays what it is
    (say("{name} continues", name="{n}"), "{n}继续", "{n} continues"),
]


def test_words_are_rendered_in_either_language() -> None:
    for words, zh, en in CASES:
        assert render(words, "zh", translate) == zh
        assert render(words, "en", str) == en


def test_sentence_as_text_is_its_english() -> None:
    assert str(say("{name} continues", name=text("交通组", "Traffic"))) == "Traffic continues"


def test_sentence_can_hold_a_value_named_as_its_own_parameter() -> None:
    assert str(say("{msgid}", msgid="x")) == "x"


def test_translation_may_leave_a_value_out_or_say_it_twice() -> None:
    sentence = say("{a} of {b}", a="1", b="2")

    assert render(sentence, "zh", lambda _: "{b}{b}") == "22"


@given(st.text(), st.text())
def test_value_appears_word_for_word(before: str, value: str) -> None:
    msgid = before.replace("{", "").replace("}", "") + "{value}"

    assert render(Say(msgid, {"value": value}), "en", str) == msgid.removesuffix("{value}") + visible(value)


@given(st.text())
def test_no_value_steers_a_terminal_or_begins_a_line(value: str) -> None:
    shown = visible(value)

    assert not any(unicodedata.category(char) in {"Cc", "Cf", "Cs", "Zl", "Zp"} for char in shown)
    assert visible("领导小组　第二行") == "领导小组　第二行"
