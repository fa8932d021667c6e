"""What the documents show is true: commands and scripts run, playbooks load, links lead somewhere.

How a document is read, top to bottom, in a fresh folder with a new database (`incident.db`):

* A block marked `console` is typed. A line `$ …` is a command; `# exit 3` behind it is the exit code it must
  have, 0 otherwise. The lines below it must appear in what it prints, in that order; `…` stands for anything.
  `console zh` is typed in Chinese.
* A block whose first line is `# NAME.py` or `# NAME.yaml` becomes that file; another `python` block is run.
* All `yaml` blocks of the authors' guide load, the pieces laid over its example; only `faulty.yaml` may not.
* `incident serve` is started at a free port and goes on until its block ends; what stands below it is what it
  says first. The address that is shown, `http://127.0.0.1:8440`, stands for where it listens in truth.
* Blocks marked `sh` are not run, so `incident` must not stand in them.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import shlex
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from unittest import mock

import click
import msgspec
import pytest

from incident import __version__, language
from incident.cli import root
from incident.domain import organisation, paper, playbook
from incident.playbook_text.load import load

ROOT = Path(__file__).resolve().parent.parent
#: These have tests of their own or show what must not load.
RUN_ELSEWHERE = {"playbook-rules.md"}
DOCUMENTS = sorted(
    path
    for path in [*ROOT.glob("README*.md"), *(ROOT / "docs").glob("*.md")]
    if path.name not in RUN_ELSEWHERE
)
LINKED = sorted(
    path for path in {*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")} if path.name != "0000-template.md"
)
GUIDE = ROOT / "docs" / "playbook-authors.md"
EXAMPLE = "liuxi"

FENCE = re.compile(r"^ {0,3}```(?P<info>[^\n`]*)\n(?P<text>.*?)^ {0,3}```$", re.MULTILINE | re.DOTALL)
FILE_NAME = re.compile(r"^# (?P<name>[\w.-]+\.(?:py|yaml))$")
EXIT = re.compile(r"\s+# exit (?P<code>\d+)$")
#: Where a server listens if nothing is said; and the seconds within which it says so.
ADDRESS = "http://127.0.0.1:8440"
PATIENCE = 60
#: What only a shell understands, and whatever is not ours alone.
SHELL = re.compile(r"[|<>&;$]|^(?!incident )")
LINK = re.compile(r"!?\[[^\]]*\]\((?P<target>[^)\s]+)\)|<img[^>]* src=\"(?P<image>[^\"]+)\"")
TEST = re.compile(r"`(?P<file>tests/[\w/]+\.py)(?:::(?P<test>\w+))?`")


class Block(NamedTuple):
    language: str
    words: list[str]
    text: str

    @property
    def file(self) -> str | None:
        named = FILE_NAME.match(self.text.partition("\n")[0])
        return named["name"] if named else None


class Command(NamedTuple):
    typed: str
    exit_code: int
    shown: list[str]


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def blocks_of(path: Path) -> Iterator[Block]:
    for fence in FENCE.finditer(path.read_text(encoding="utf-8")):
        language, *words = fence["info"].split() or [""]
        yield Block(language, words, fence["text"])


def commands_of(block: Block) -> Iterator[Command]:
    lines = iter(block.text.splitlines())
    typed, code, shown = "", 0, list[str]()
    for line in lines:
        if not line.startswith("$ "):
            shown.append(line)
            continue
        if typed:
            yield Command(typed, code, shown)
        typed, shown = line.removeprefix("$ "), []
        while typed.endswith("\\"):
            typed = f"{typed[:-1]} {next(lines).strip()}"
        expected = EXIT.search(typed)
        code = int(expected["code"]) if expected else 0
        typed = EXIT.sub("", typed)
    if typed:
        yield Command(typed, code, shown)


def surroundings(folder: Path, lang: str) -> dict[str, str]:
    return {
        **os.environ,
        "INCIDENT_DB": f"sqlite:///{folder / 'incident.db'}",
        "INCIDENT_LANG": lang,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "PYTHONIOENCODING": "utf-8",
    }


def in_shell(typed: str, folder: Path, lang: str) -> tuple[int, str]:
    """Run a line as the shell does; gives the exit code and all that it printed."""
    ran = subprocess.run(
        ["bash", "-c", typed],
        cwd=folder,
        env=surroundings(folder, lang),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        check=False,
    )
    return ran.returncode, ran.stdout


def here(typed: str, folder: Path, lang: str) -> tuple[int, str]:
    """Run a line that is nothing but our command in this process, which is several times faster."""
    _incident, *words = shlex.split(typed)
    printed = io.StringIO()
    with (
        mock.patch.dict(os.environ, surroundings(folder, lang)),
        mock.patch.object(sys, "stdin", io.StringIO()),
        contextlib.chdir(folder),
        contextlib.redirect_stdout(printed),
        contextlib.redirect_stderr(printed),
    ):
        language.choose(words)
        return root.run(words), printed.getvalue()


class Servers:
    """The servers that a block started."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._running: list[subprocess.Popen[str]] = []
        self._address = ADDRESS

    def start(self, command: Command, lang: str) -> None:
        """Start one at a free port, and hold what it says first against what is shown."""
        process = subprocess.Popen(
            [sys.executable, "-m", *shlex.split(command.typed), "--port", "0"],
            cwd=self._folder,
            env=surroundings(self._folder, lang) | {"PYTHONUNBUFFERED": "1", "PYTHONPATH": str(ROOT)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
        )
        self._running.append(process)
        impatient = threading.Timer(PATIENCE, process.kill)
        impatient.start()
        assert process.stdout is not None
        said = ""
        for line in process.stdout:
            said += line
            found = re.search(r"http://127\.0\.0\.1:\d+", said)
            self._address = found[0] if found else self._address
            if missing(command.shown, said.replace(self._address, ADDRESS)) is None:
                break
        impatient.cancel()
        assert_printed(command.shown, said.replace(self._address, ADDRESS), command.typed)

    def named(self, typed: str) -> str:
        """Give a command in which the address is where the newest server listens."""
        return typed.replace(ADDRESS, self._address)

    def close(self) -> None:
        """End them all, as a service manager does."""
        for process in self._running:
            process.terminate()
            process.communicate(timeout=PATIENCE)
            assert process.returncode == 0


def assert_printed(shown: list[str], printed: str, typed: str) -> None:
    line = missing(shown, printed)
    assert line is None, f"$ {typed}\ndoes not print, or not here:\n{line}\nbut\n{printed}"


def missing(shown: list[str], printed: str) -> str | None:
    """Give the first line that is shown and was not printed, or not in this order."""
    rest = iter(printed.splitlines())
    for line in shown:
        if line.strip() in ("", "…"):
            continue
        pattern = re.compile(".*".join(re.escape(part) for part in _spaced(line).split("…")))
        if not any(pattern.fullmatch(_spaced(one)) for one in rest):
            return line
    return None


def _spaced(line: str) -> str:
    """How wide a column is depends on what else stands in it."""
    return " ".join(line.split())


def type_in(block: Block, folder: Path) -> None:
    lang = "zh" if "zh" in block.words else "en"
    with contextlib.closing(Servers(folder)) as servers:
        for command in commands_of(block):
            if command.typed.startswith("incident serve"):
                servers.start(command, lang)
                continue
            run = in_shell if SHELL.search(command.typed) else here
            code, printed = run(servers.named(command.typed), folder, lang)
            assert code == command.exit_code, f"$ {command.typed}\n{printed}"
            assert_printed(command.shown, printed, command.typed)


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_what_a_document_shows_happens(document: Path, tmp_path: Path) -> None:
    for at, block in enumerate(blocks_of(document)):
        if block.file:
            (tmp_path / block.file).write_text(block.text, encoding="utf-8")
        elif block.language == "console":
            type_in(block, tmp_path)
        elif block.language == "python":
            script = tmp_path / f"block{at}.py"
            script.write_text(block.text, encoding="utf-8")
            code, printed = in_shell(f"python {script.name}", tmp_path, "en")
            assert code == 0, f"{block.text}\n{printed}"


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_what_is_not_run_is_not_ours(document: Path) -> None:
    for block in blocks_of(document):
        assert block.language, f"a block without a language is neither run nor left out:\n{block.text}"
        if block.language == "sh":
            assert not re.search(r"^(\$ )?incident\b", block.text, re.MULTILINE), block.text


def test_every_piece_of_the_authors_guide_loads(tmp_path: Path) -> None:
    pieces = [block for block in blocks_of(GUIDE) if block.language == "yaml"]
    for block in pieces:
        if block.file:
            (tmp_path / block.file).write_text(block.text, encoding="utf-8")
    for at, block in enumerate(pieces):
        path = tmp_path / (block.file or f"piece{at}.yaml")
        if not block.file:
            path.write_text(f"playbook: piece{at}\nextends: {EXAMPLE}\n{block.text}", encoding="utf-8")
        if not (block.file or "").startswith("faulty"):
            assert [str(found) for found in load(str(path)).errors] == [], block.text


def test_the_authors_guide_names_every_field_of_the_language() -> None:
    prose = FENCE.sub("", GUIDE.read_text(encoding="utf-8"))
    named = set(re.findall(r"\w+", " ".join(re.findall(r"`[^`]+`|^#+ .*$", prose, re.MULTILINE))))
    structures = [
        one
        for module in (playbook, organisation, paper)
        for one in vars(module).values()
        if isinstance(one, type) and issubclass(one, msgspec.Struct) and one is not msgspec.Struct
    ]
    assert len(structures) > 30
    fields = {field.encode_name for one in structures for field in msgspec.structs.fields(one)}
    assert sorted(fields - named) == []


@pytest.mark.parametrize("document", LINKED, ids=name_of)
def test_every_link_inside_the_project_leads_somewhere(document: Path) -> None:
    text = FENCE.sub("", document.read_text(encoding="utf-8"))
    for link in LINK.finditer(text):
        target = link["target"] or link["image"]
        if re.match(r"[a-z]+:", target):
            continue
        file, _hash, anchor = target.partition("#")
        path = (document.parent / file).resolve() if file else document
        assert path.exists(), f"{target} leads nowhere"
        assert path.is_relative_to(ROOT), f"{target} leads out of the project"
        if anchor and path.suffix == ".md":
            assert anchor in anchors_of(path), f"{target}: no such heading"


def anchors_of(path: Path) -> set[str]:
    """Name the headings as GitHub does."""
    headings = re.findall(r"^#+ (.+)$", FENCE.sub("", path.read_text(encoding="utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_every_test_that_a_document_names_is_there(document: Path) -> None:
    for named in TEST.finditer(document.read_text(encoding="utf-8")):
        path = ROOT / named["file"]
        assert path.is_file(), named[0]
        if named["test"]:
            assert f"def {named['test']}(" in path.read_text(encoding="utf-8"), named[0]


def test_the_list_of_decisions_names_each_by_its_title() -> None:
    folder = ROOT / "docs" / "adr"
    listed = re.findall(
        r"^\* \[(\d{4})\]\(([\w-]+\.md)\) (.+)$", (folder / "README.md").read_text(), re.MULTILINE
    )
    titles = [
        (heading[1], path.name, heading[2])
        for path in sorted(folder.glob("0*.md"))
        if path.name != "0000-template.md"
        and (heading := re.match(r"# (\d{4})[.:] (.+)", path.read_text(encoding="utf-8")))
    ]
    assert listed == titles
    assert len(titles) == len([*folder.glob("0*.md")]) - 1


def test_the_reference_of_commands_is_that_of_the_program(tmp_path: Path) -> None:
    code, made = in_shell(f"{sys.executable} {ROOT / 'tools' / 'cli_reference.py'}", tmp_path, "en")
    assert code == 0, made
    written = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")
    assert written == made, "run: .venv/bin/python tools/cli_reference.py > docs/cli.md"


def test_the_reference_names_every_command() -> None:
    headings = re.findall(
        r"^#+ (incident .+)$", (ROOT / "docs" / "cli.md").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert isinstance(root.incident, click.Group)
    with root.incident.make_context("incident", [], resilient_parsing=True) as context:
        for name in root.incident.list_commands(context):
            command = root.incident.get_command(context, name)
            assert f"incident {name}" in headings
            below = command.commands if isinstance(command, click.Group) else {}
            assert [one for one in below if f"incident {name} {one}" not in headings] == []


def test_the_changelog_speaks_of_this_version() -> None:
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.search(rf"^## \[(Unreleased|{re.escape(__version__)})\]", text, re.MULTILINE)
