"""The catalogue is whole: it has every sentence of the source, in Chinese, and the tool keeps it so."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Message
from jinja2 import Environment, TemplateSyntaxError, nodes

from tools import catalogue

ROOT = Path(__file__).parent.parent

#: Words of Latin letters that a Chinese sentence may hold.
SAME_IN_BOTH = {
    *("Bash", "IANA", "JSON", "PostgreSQL", "SQL", "SQLite", "Schema", "URL", "UTF", "UUID", "Windows"),
    "YAML",
    *("Python", "SHA", "ZIP"),
    # what is typed or written, and examples of it
    *("FILE", "HOST", "INCIDENT_DB", "NAME", "PLAYBOOK", "USER", "activate", "chmod", "go", "incident"),
    *("postgres", "postgresql", "psycopg", "sqlite", "stand", "down", "true", "false", "Asia", "Shanghai"),
    *("cases", "duty", "groups", "response_lifted", "routine", "states", "db", "doctor", "roles", "upgrade"),
    *("psql", "password", "ON_ERROR_STOP", "owner", "TLS", "MB"),
    *("KEY", "KIT", "zip", "kit", "json", "docs", "api", "md", "hold", "drop", "bodies", "os_user", "by"),
    *("since", "until", "data", "data_base64", "base", "base64", "holder", "parties", "next"),
    *("LOGIN", "OpenID", "Connect", "iss", "sub"),
    # forms of files, and of names for posts and addresses
    *("CSV", "GB", "ICS", "xlsx", "lead", "officer", "ZJ", "sms", "mail", "apprise"),
    # a kind of fact, and a name of click's that only programmers see
    *("GroupConverted", "IncidentOpened", "ReportFiled", "BodiesDropped", "Choice"),
}
MESSAGES = [one for one in catalogue.read() if one.id]


def strings(one: Message) -> list[str]:
    """Give the Chinese of a message; it has one form, for Chinese does not tell one from several."""
    return [one.string] if isinstance(one.string, str) else [*(one.string or ())]


def source(one: Message) -> str:
    """Give the English that the Chinese translates: of two forms the one for several."""
    return one.id if isinstance(one.id, str) else one.id[-1]


def placeholders(sentence: str) -> Counter[str]:
    return Counter(re.findall(r"\{[^{}]*\}|%\(\w+\)s", sentence))


# -- the catalogue


def test_catalogue_is_in_step_with_the_source() -> None:
    tool = [sys.executable, str(ROOT / "tools" / "catalogue.py"), "--check"]
    checked = subprocess.run(tool, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr


def said(file: Path) -> Iterator[tuple[int, ast.expr]]:
    """Find all calls of `say` and `_` in a file, by another way than the tool: line and first argument."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("say", "_"):
            yield node.lineno, node.args[0]


def test_every_sentence_of_the_source_is_a_plain_text_that_the_catalogue_has() -> None:
    known = {one.id for one in MESSAGES}
    lost = [
        f"{file.relative_to(ROOT)}:{line}: {ast.unparse(first)}"
        for file in sorted((ROOT / "incident").rglob("*.py"))
        for line, first in said(file)
        if not isinstance(first, ast.Constant) or first.value not in known
    ]
    assert lost == []


def unknown(template: str) -> list[str]:
    """List the calls of `say` and `_` in a template whose first argument is no text of the catalogue."""
    known = {one.id for one in MESSAGES}
    calls = Environment(autoescape=True).parse(template).find_all(nodes.Call)
    return [
        repr(call.args[0])
        for call in calls
        if isinstance(call.node, nodes.Name) and call.node.name in ("say", "_")
        if not isinstance(call.args[0], nodes.Const) or call.args[0].value not in known
    ]


def test_every_sentence_of_a_template_is_a_plain_text_that_the_catalogue_has() -> None:
    said = '{{ _("Do not ask.") }} {{ say("reports of {n}", n=3) }} {{ _(words) }} {{ other("x") }}'
    assert unknown(said) == [
        "Const(value='reports of {n}')",
        "Name(name='words', ctx='load')",
    ]
    templates = sorted((ROOT / "incident").rglob("*.html"))
    lost = {one.name: unknown(one.read_text(encoding="utf-8")) for one in templates}
    assert {name: calls for name, calls in lost.items() if calls} == {}


def test_every_message_is_translated() -> None:
    assert len(MESSAGES) > 500
    assert [one.id for one in MESSAGES if one.fuzzy or not all(strings(one)) or not strings(one)] == []


def test_placeholders_are_the_same_on_both_sides() -> None:
    wrong = [
        (one.id, sentence)
        for one in MESSAGES
        for sentence in strings(one)
        if placeholders(sentence) != placeholders(source(one))
    ]
    assert wrong == []


def test_no_english_is_left_in_the_chinese() -> None:
    typed = r"\{[^{}]*\}|%\(\w+\)s|`[^`]*`|--[a-z-]+|\bincident(?: [a-z]+)+|\bINCIDENT_[A-Z_]+"
    left = [
        (word, sentence)
        for one in MESSAGES
        for sentence in strings(one)
        for word in re.findall(r"[A-Za-z_]{2,}", re.sub(typed, " ", sentence))
        if word not in SAME_IN_BOTH
    ]
    assert left == []


def test_chinese_sentences_are_punctuated_in_chinese() -> None:
    """Half-width commas, semicolons and brackets beside a Chinese character look like a mistake."""
    chinese = "[\u4e00-\u9fff]"
    wrong = [
        sentence
        for one in MESSAGES
        for sentence in strings(one)
        if re.search(rf"{chinese} ?[,;!?()]|[,;!?()] ?{chinese}", sentence)
    ]
    assert wrong == []


# -- the tool that keeps it


@pytest.fixture
def templates(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of templates in a program that says nothing else."""
    monkeypatch.setattr(catalogue, "ROOT", tmp_path)
    folder = tmp_path / "incident" / "web" / "templates" / "parts"
    folder.mkdir(parents=True)
    return folder


def test_sentences_of_templates_are_collected(templates: Path) -> None:
    (templates / "late.html").write_text(
        """<p title="{{ _('On duty now') }}">{{ say("{n} reports are late", n=3) }}</p>""", encoding="utf-8"
    )
    (templates.parent.parent / "pages.py").write_text('_("Never said before")', encoding="utf-8")
    assert {"On duty now", "{n} reports are late", "Never said before"} <= {*catalogue.collect()}


def test_a_template_that_cannot_be_read_is_an_error(templates: Path) -> None:
    (templates / "late.html").write_text('{% if %}{{ _("On duty now") }}', encoding="utf-8")
    with pytest.raises(TemplateSyntaxError):
        list(catalogue.collect())


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    """A copy of the catalogue to work on: text and compiled."""
    text, compiled = tmp_path / "incident.po", tmp_path / "incident.mo"
    text.write_bytes(catalogue.PO.read_bytes())
    compiled.write_bytes(catalogue.MO.read_bytes())
    monkeypatch.setattr(catalogue, "PO", text)
    monkeypatch.setattr(catalogue, "MO", compiled)
    # what is said now: as the catalogue has it, so that the source is not searched again each time
    monkeypatch.setattr(catalogue, "collect", lambda: [one.id for one in MESSAGES])
    return text, compiled


def test_writing_twice_gives_the_same_bytes(files: tuple[Path, Path]) -> None:
    before = [file.read_bytes() for file in files]
    assert catalogue.main([]) == 0
    assert [file.read_bytes() for file in files] == before


def test_a_lost_sentence_comes_back_without_chinese_and_one_not_said_goes(
    files: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    text, _compiled = files
    changed = text.read_text(encoding="utf-8").replace('msgid "Do not ask."', 'msgid "Never said."')
    text.write_text(changed, encoding="utf-8")
    assert catalogue.main(["--check"]) == 1
    assert text.read_text(encoding="utf-8") == changed
    assert catalogue.main([]) == 0
    written = text.read_text(encoding="utf-8")
    assert 'msgid "Do not ask."\nmsgstr ""\n' in written
    assert "Never said." not in written
    assert "said no more: 'Never said.'" in capsys.readouterr().out
    # in step, and still not whole
    assert catalogue.main(["--check"]) == 1


def test_a_stale_compiled_file_is_found(files: tuple[Path, Path], capsys: pytest.CaptureFixture[str]) -> None:
    _text, compiled = files
    compiled.write_bytes(compiled.read_bytes()[:-1])
    assert catalogue.main(["--check"]) == 1
    assert "incident.mo: not in step" in capsys.readouterr().out


def test_a_guess_is_no_translation(files: tuple[Path, Path]) -> None:
    text, _compiled = files
    guessed = text.read_text(encoding="utf-8").replace('\nmsgid "Do not', '\n#, fuzzy\nmsgid "Do not')
    text.write_text(guessed, encoding="utf-8")
    assert catalogue.main(["--check"]) == 1
