"""The outgoing setup: what it gives, all that can be wrong with it at once, and that it tells no secret."""

from __future__ import annotations

import os
import re
import sys
import traceback
from pathlib import Path

import pytest

from incident.channels import setup as ways
from incident.channels.setup import KEYS, MOST_SECONDS, SetupError, Tree, read_setup
from incident.domain.errors import RequestError
from incident.domain.problem import Problem
from incident.domain.say import render
from incident.playbook_text.nodes import UnreadableError, read
from incident.service.carrier import HOLD
from incident.service.deliver import LEASE
from incident.service.letters import Letter

DOCS = (Path(__file__).parents[2] / "docs" / "channels.md").read_text(encoding="utf-8")
LETTER = Letter(key="330681111-000012-0", address="13900000000", subject="马剑镇", text="即刻到岗\n第二行\n")


def tree(raw: bytes, file: str) -> tuple[Tree | None, list[Problem]]:
    """Read YAML as `bootstrap` does."""
    try:
        return read(raw, file)
    except UnreadableError as error:
        return None, [error.problem]


@pytest.fixture
def setup(tmp_path: Path) -> Path:
    """A file that its owner alone may read."""
    path = tmp_path / "ways.yaml"
    path.touch(mode=0o600)
    return path


@pytest.fixture
def script(tmp_path: Path) -> Path:
    path = tmp_path / "send-sms"
    path.write_text(f"#!{sys.executable} -I\nimport sys; sys.exit(sys.argv[1] != '13900000000')\n", "utf-8")
    path.chmod(0o700)
    return path


def problems(setup: Path, text: str) -> list[str]:
    """Give what is wrong with a setup, as the terminal shows it."""
    setup.write_text(text, encoding="utf-8")
    with pytest.raises(SetupError) as caught:
        read_setup(setup, tree)
    return [line(one) for one in caught.value.problems]


def line(one: Problem) -> str:
    assert one.mark is not None
    said = [render(words, "en", str) for words in (one.expected, one.found, one.do)]
    return f"{one.mark.line}:{one.mark.column} {one.rule} expected {said[0]}; found {said[1]}; {said[2]}"


# -- what it gives


def test_ways_are_found_by_name_and_work(setup: Path, script: Path, tmp_path: Path) -> None:
    setup.write_text(
        f"""
# one line a way
mail:  {{apprise: "mailtos://user:secret@example.cn?to={{address}}"}}
wecom: {{apprise: "wecombot://{{address}}"}}
sms:   {{script: [{script}, "{{address}}"], seconds: 30}}
print: {{folder: {tmp_path}/spool}}
""",
        encoding="utf-8",
    )
    found = read_setup(setup, tree)

    assert list(found.ways) == ["mail", "wecom", "sms", "print"]
    assert found.warnings == []
    found.ways["sms"].outlet(LETTER)
    found.ways["print"].outlet(LETTER)
    assert [one.name for one in (tmp_path / "spool").iterdir()] == ["330681111-000012-0.txt"]


def test_setup_is_read_without_apprise_where_no_way_needs_it(
    setup: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "apprise", None)
    setup.write_text(f"print: {{folder: {tmp_path}}}", encoding="utf-8")
    assert list(read_setup(setup, tree).ways) == ["print"]


@pytest.mark.skipif(os.name != "posix", reason="elsewhere the rights of a file say nothing")
@pytest.mark.parametrize(
    ("rights", "is_warned"), [(0o600, False), (0o400, False), (0o640, True), (0o604, True)]
)
def test_file_that_others_may_read_is_warned_of(
    setup: Path, tmp_path: Path, rights: int, *, is_warned: bool
) -> None:
    setup.write_text(f"print: {{folder: {tmp_path}}}", encoding="utf-8")
    setup.chmod(rights)
    warnings = read_setup(setup, tree).warnings
    assert [one.severity for one in warnings] == ["warning"] * is_warned
    assert all(f"{rights:04o}" in line(one) and "chmod 600" in line(one) for one in warnings)


# -- what can be wrong


def test_all_problems_are_told_at_once_each_with_its_place(setup: Path, tmp_path: Path) -> None:
    (tmp_path / "send").write_text("", encoding="utf-8")
    (tmp_path / "send").chmod(0o600)
    found = problems(
        setup,
        f"""\
Mail: {{folder: /var/spool/incident}}
two: {{folder: /var/spool/incident, apprise: "wecombot://{{address}}"}}
none: {{seconds: 5}}
odd: {{aprise: "wecombot://{{address}}", zzz: 1, folder: /var/spool}}
flat: /var/spool/incident
list: {{apprise: [a, b], seconds: soon}}
blind: {{apprise: "wecombot://key"}}
bad: {{apprise: "mailtoss://user:secret@example.cn?to={{address}}"}}
unsent: {{script: /usr/bin/send, seconds: 0}}
gone: {{script: [{tmp_path}/none, "{{address}}"]}}
still: {{script: [{tmp_path}/send, "{{address}}"]}}
near: {{script: [send, "{{address}}", 5]}}
deaf: {{script: [{sys.executable}]}}
down: {{folder: "/var/spool/{{address}}"}}
here: {{folder: spool}}
file: {{folder: {tmp_path}/send}}
long: {{folder: /var/spool, seconds: 61}}
""",
    )
    # line, column and rule; then what was found
    assert [re.sub(r" expected .*?; found (.*?); .*", r": \1", one) for one in found] == [
        "1:1 W002: something else",
        "2:1 W002: apprise, folder",
        "3:1 W002: nothing",
        "4:7 W002: `aprise`",
        "4:39 W002: another one",
        "5:7 W002: a text",
        "6:17 W003: a list",
        "6:34 W002: a text",
        "7:18 W003: a text without it",
        "8:16 W003: an address that apprise does not know",
        "9:18 W004: a text",
        "9:42 W002: a number",
        f"10:{len('gone: {script: [') + 1} W004: no such file",
        f"11:{len('still: {script: [') + 1} W004: a file that cannot be executed",
        "12:17 W004: a path that does not begin at the root",
        "12:36 W004: a number",
        "13:16 W004: a text without it",
        "14:16 W005: a path with `{address}`",
        "15:16 W005: a path that does not begin at the root",
        "16:16 W005: something that is no folder",
        "17:37 W002: a number",
    ]
    assert all(re.search(r"expected \S.*; found \S.*; \S", one) for one in found)


@pytest.mark.parametrize("text", ["", "# nothing\n", "[]", "{}", "mail", "5"])
def test_setup_without_ways_is_an_error(setup: Path, text: str) -> None:
    [found] = problems(setup, text)
    assert "expected a map of ways out" in found


SYNTAX = "expected YAML 1.2; found something else; check indentation, quotes and colons"


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        (
            b"mail: {folder: /a}\nmail: {folder: /b}",
            "2:1 W001 expected each key once; found `…` again; first at line 1",
        ),
        (
            b"a:\n" + b"#" * 1024 * 1024,
            "1:1 W001 expected at most 1048576 bytes; found more; make the file smaller",
        ),
        (
            b"mail: &a {folder: /a}",
            "1:7 W001 expected plain values; found an anchor, alias or tag; write the value",
        ),
        (
            b"mail: {folder: *a}",
            "1:16 W001 expected plain values; found an anchor, alias or tag; write the value",
        ),
        (
            b"mail: !!python/tuple []",
            "1:7 W001 expected plain values; found an anchor, alias or tag; write the value",
        ),
        (b"a: {}\nmail: {folder: /a\0}", "2:18 W001 expected YAML 1.2; found a control character; remove it"),
        (
            "a: {}\n邮件\n".encode("gbk"),
            "2:1 W001 expected UTF-8 text; found the byte 0x…; save the file as UTF-8",
        ),
        (b"mail: " + b"[" * 100, "1:70 W001 expected at most 64 levels; found more; write fewer levels"),
        (b"mail: {folder: /a", f"1:18 W001 {SYNTAX}"),
        (b"mail:\n\tfolder: /a", f"2:1 W001 {SYNTAX}"),
        (
            b"sms: {script: [/bin/true, {address}]}",
            "1:28 W001 expected a value after `…`; found nothing; put",
        ),
        (b"---\na: {}\n---\na: {}", "3:1 W001 expected one document; found a second one; remove it"),
        (b"5: {}", "1:1 W001 expected a name as key; found something else; quote the key"),
    ],
)
def test_faults_of_the_text_are_told_by_their_kind_and_place(setup: Path, raw: bytes, told: str) -> None:
    setup.write_bytes(raw)
    with pytest.raises(SetupError) as caught:
        read_setup(setup, tree)
    assert any(line(one).startswith(told) for one in caught.value.problems), [
        *map(line, caught.value.problems)
    ]


def test_a_way_without_anything_is_told_where_it_stands(setup: Path) -> None:
    found = problems(setup, "a: {folder: /var/spool}\nb:\n\n# the next\nc: {folder: /var/spool}\n")
    assert [one.partition(" expected")[0] for one in found] == ["2:1 W002"]


@pytest.mark.parametrize(
    ("way", "places"),
    [
        ("{folder: null, seconds: true}", ["W005: nothing", "W002: true or false"]),
        ("{folder: 5}", ["W005: a number"]),
        ("{folder: ''}", ["W005: nothing"]),
        ("{script: []}", ["W004: nothing"]),
        ('{script: [/a/b, "{address}"]}', ["W004: no such file"]),
        (r'{script: ["/a\0b", "{address}"]}', ["W001: something else"]),
        (f"{{folder: {sys.executable}/below}}", ["W005: something that is no folder"]),
        (r'{folder: "/a\0b"}', ["W001: something else"]),
        ("{apprise: null}", ["W003: nothing"]),
        ("{}", ["W002: nothing"]),
        ("[]", ["W002: nothing"]),
    ],
)
def test_whatever_kind_of_value_stands_there_is_named(setup: Path, way: str, places: list[str]) -> None:
    found = problems(setup, f"way: {way}")
    assert sorted(
        re.sub(r"^\S+ (W\d+) expected .*?; found (.*?); .*", r"\1: \2", one) for one in found
    ) == sorted(places)


def test_error_counts_and_carries_everything(setup: Path, tmp_path: Path) -> None:
    setup.write_text("a: {}\nb: {}\n", encoding="utf-8")
    setup.chmod(0o644)
    with pytest.raises(SetupError, match="2 errors") as caught:
        read_setup(setup, tree)
    assert isinstance(caught.value, RequestError)
    assert [one.severity for one in caught.value.problems] == ["error", "error", "warning"]


@pytest.mark.parametrize("name", ["none.yaml", ".", "\0"])
def test_file_that_cannot_be_read_is_said(tmp_path: Path, name: str) -> None:
    with pytest.raises(RequestError, match="the file of the outgoing setup"):
        read_setup(tmp_path / name, tree)


def test_without_apprise_it_is_said_at_the_way_that_needs_it(
    setup: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "apprise", None)
    [found] = problems(setup, 'wecom: {apprise: "wecombot://{address}"}')
    assert found.startswith("1:18 W003")
    assert "pip install 'incident[messages]'" in found


# -- secrets


@pytest.mark.parametrize(
    "text",
    [
        'mail: {apprise: "mailtos://user:hunter2@example.cn"}',
        'mail: {apprise: "mailtoss://user:hunter2@example.cn?to={address}"}',
        'mail: {apprise: "mailtos://user:hunter2@?to={address}"}',
        'mail: {apprise: "dingtalk://hunter2-@{address}"}',
        'mail: {apprise: "hunter2 {address}"}',
        'mail: {apprise: "hunter2://{address}", hunter2: hunter2}',
        'mail: {apprise: ["hunter2"], seconds: hunter2}',
        "mail: {apprise: {hunter2: hunter2}}",
        "mail: {apprise: mailtos://user:pass,hunter2@example.cn?to=x}",
        "mail: mailtos://user:hunter2@example.cn",
        "mailtos://user:hunter2@example.cn: {}",
        "hunter2: {}\nhunter2: {}",
        'mail: {script: ["/bin/send --password hunter2", "{address}"]}',
        'mail: {script: "hunter2"}',
        "mail: {script: [/bin/true, hunter2]}",
        'mail: {folder: "hunter2"}',
        'mail: {folder: "/hunter2/{address}"}',
        'mail: {apprise: "hunter2\\q"}',
        "mail: {apprise: &hunter2 a}",
        "mail: {apprise: !hunter2 a}",
        "mail: {apprise: @hunter2}",
        "hunter2",
        "%hunter2",
        "? [hunter2]\n: a",
    ],
)
def test_no_problem_repeats_what_stands_in_the_file(setup: Path, text: str) -> None:
    setup.write_text(text, encoding="utf-8")
    with pytest.raises(SetupError) as caught:
        read_setup(setup, tree)
    told = [*map(repr, caught.value.problems), repr(caught.value), *traceback.format_exception(caught.value)]
    assert "hunter2" not in "".join(told)


def test_ways_hide_their_secrets_when_they_are_printed(setup: Path, script: Path) -> None:
    setup.write_text(
        'mail: {apprise: "mailtos://user:hunter2@example.cn?to={address}"}\n'
        f'sms: {{script: [{script}, hunter2, "{{address}}"]}}\n',
        encoding="utf-8",
    )
    found = read_setup(setup, tree)
    assert "hunter2" not in f"{found!r} {found.ways!r} {found!s}"


# -- the documents


def test_the_setup_that_the_documents_show_holds_but_for_a_script_that_is_not_here(setup: Path) -> None:
    [shown] = re.findall(r"```yaml\n(.*?)```", DOCS, re.DOTALL)
    [missing] = problems(setup, shown)
    assert "found no such file" in missing


def test_the_documents_name_every_key_and_every_rule() -> None:
    for name in (*KEYS, *(f"W00{n}" for n in range(1, 8))):
        assert f"`{name}`" in DOCS


def test_whatever_is_begun_for_a_message_is_over_before_its_lease_is() -> None:
    assert HOLD + MOST_SECONDS + ways._GRACE < LEASE
