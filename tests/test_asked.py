"""What is given with an act is called as whoever asks calls it; no sentence of the core names an option."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import incident
from incident import language
from incident.domain import inputs
from incident.domain.say import Input, Words, say

ROOT = Path(incident.__file__).parent
#: Where options are nothing strange: the command line itself, the script in a kit, what reads `--lang`, and
#: commands that a letter gives to be typed as they stand.
ITS_OWN = ("cli", "kit/verify.py", "kit/style.py", "language.py", "service/post.py", "channels/files.py")
OPTION = re.compile(r"(?<![\w-])--[a-z]")
#: A command of another program has its own options.
FOREIGN = re.compile(r"`(?:createdb|pg_dump|pg_restore) [^`]*`")


def words_of(source: str) -> Iterator[tuple[int, str]]:
    """Give every text of a module with its line, but what explains it."""
    tree = ast.parse(source)
    said = {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in said:
            yield node.lineno, node.value


def options_in(source: str) -> list[int]:
    """Give the lines on which a text names an option of ours."""
    return [line for line, words in words_of(source) if OPTION.search(FOREIGN.sub("", words))]


def core() -> list[Path]:
    """List the modules whose sentences stand on every surface."""
    return [path for path in sorted(ROOT.rglob("*.py")) if not is_its_own(path.relative_to(ROOT).as_posix())]


def is_its_own(name: str) -> bool:
    """Tell whether options may stand in a module."""
    return any(name == one or name.startswith(f"{one}/") for one in ITS_OWN)


def test_no_sentence_but_of_the_command_line_names_an_option() -> None:
    modules = core()
    assert len(modules) > 300

    found = [f"{path}:{line}" for path in modules for line in options_in(path.read_text("utf-8"))]

    assert found == []


def test_no_template_names_an_option() -> None:
    pages = sorted((ROOT / "web" / "templates").glob("*.html"))
    assert len(pages) > 40

    assert [path.name for path in pages if re.search(r"[\"'> ]--[a-z]", path.read_text("utf-8"))] == []


@pytest.mark.parametrize(
    ("source", "named"),
    [
        ('say("give --reason")', [1]),
        ('f"--{side} --until"', [1]),
        ('"""give --reason"""', []),
        ('say("one-way, a -- b")', []),
        ('say("`pg_dump --format=custom`")', []),
        ('say("`pg_dump --format=custom`, then --db")', [1]),
    ],
)
def test_an_option_in_a_text_is_seen(source: str, named: list[int]) -> None:
    assert options_in(source) == named


FORM = Input("decided-by", say("nobody"))


@pytest.mark.parametrize(
    ("asker", "words", "said"),
    [
        ("terminal", FORM, "--decided-by"),
        ("page", FORM, "无人"),
        ("program", FORM, "decided_by"),
        ("terminal", [say("give {all}", all=FORM), inputs.ORDERS], "请给出 --decided-by、--from"),
        ("page", say("give {all}", all=[FORM, FORM]), "请给出 无人、无人"),
        ("program", inputs.ORDERS, "by"),
        ("terminal", inputs.BASIS, "依据（--basis）"),
        ("page", inputs.BASIS, "依据"),
    ],
)
def test_an_input_is_called_as_whoever_asks_calls_it(asker: language.Asker, words: Words, said: str) -> None:
    with language.speaking("zh"), language.answering(asker):
        assert language.speak(words) == said


def test_whoever_is_not_asked_for_reads_labels() -> None:
    assert language.in_each(FORM) == ["无人", "nobody"]
    assert str(FORM) == "nobody"


def test_a_terminal_is_answered_where_nothing_else_is_said() -> None:
    with language.answering("page"):
        pass
    assert language.speak(FORM) == "--decided-by"
