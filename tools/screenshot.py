"""Makes the pictures in `docs/images` from a real activation on a pseudo-terminal.

Nothing in them is typeset by hand: the commands run, the officer's answer is typed, and the coloured
output is drawn as it came. Run it again when the output changes:

    .venv/bin/python tools/screenshot.py            # docs/images/activation.svg and activation.en.svg
"""

from __future__ import annotations

import fcntl
import html
import io
import os
import pty
import re
import shlex
import struct
import subprocess
import sys
import tempfile
import termios
from pathlib import Path

from rich.cells import cell_len
from rich.console import Console
from rich.terminal_theme import TerminalTheme
from rich.text import Text

ROOT = Path(__file__).resolve().parent.parent
PICTURES = {"zh": "activation.svg", "en": "activation.en.svg"}
COLUMNS = 110
#: How a question on the terminal ends, and what the officer answers.
QUESTION = b"[y/N]: "
ANSWER = b"y\n"

EVENT = {"zh": "报告阳性", "en": "local_positive_reported"}
VALUES = {
    "zh": ["origin=本土", "result=初筛阳性", "cases=1"],
    "en": ["origin=local", "result=preliminary_positive", "cases=1"],
}
BASIS = "诸市防控〔2021〕4号"
DECIDED_BY = {"zh": "领导小组", "en": "leading group"}

#: Muted enough to be read for longer than a glance, on a dark ground.
THEME = TerminalTheme(
    (24, 28, 36),
    (214, 219, 226),
    [
        (60, 66, 78),
        (240, 128, 120),
        (126, 205, 140),
        (232, 196, 110),
        (120, 170, 240),
        (222, 140, 220),
        (110, 200, 210),
        (214, 219, 226),
    ],
    [
        (110, 118, 132),
        (250, 150, 140),
        (150, 225, 165),
        (245, 215, 140),
        (150, 190, 250),
        (235, 165, 235),
        (140, 220, 228),
        (255, 255, 255),
    ],
)
#: rich's frame, with fonts that machines have, Chinese ones too, instead of one fetched from the network.
FRAME = """\
<svg class="rich-terminal" viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">
<!-- Made by tools/screenshot.py from a real run. -->
<style>
.{unique_id}-matrix {{
  font-family: "DejaVu Sans Mono", Menlo, Consolas, "Noto Sans Mono CJK SC", "PingFang SC", "Microsoft YaHei",
    "Noto Sans CJK SC", monospace;
  font-size: {char_height}px; line-height: {line_height}px;
}}
.{unique_id}-title {{ font-size: 18px; font-weight: bold; font-family: arial, sans-serif; }}
{styles}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal">
<rect x="0" y="0" width="{terminal_width}" height="{terminal_height}" />
</clipPath>
{lines}
</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""


def on_terminal(command: list[str], environment: dict[str, str]) -> bytes:
    """Run a command on a pseudo-terminal, answer its question, and give all that the terminal showed."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 60, COLUMNS, 0, 0))
    with subprocess.Popen(
        command, stdin=theirs, stdout=theirs, stderr=theirs, env=environment, cwd=ROOT, start_new_session=True
    ) as running:
        os.close(theirs)
        shown = _until_closed(ours)
    os.close(ours)
    if running.returncode:
        raise SystemExit(f"{shlex.join(command)}: exit {running.returncode}\n{shown.decode()}")
    return shown


def _until_closed(terminal: int) -> bytes:
    shown, answered = b"", False
    while True:
        try:
            read = os.read(terminal, 65536)
        except OSError:  # EIO: nobody holds the other end any more
            return shown
        if not read:
            return shown
        shown += read
        if not answered and shown.endswith(QUESTION):
            os.write(terminal, ANSWER)
            answered = True


def activation(lang: str) -> Text:
    """Adopt quietly, then activate on the terminal; give what the officer saw."""
    words = ["activate", "majian", "--event", EVENT[lang]]
    words += [word for value in VALUES[lang] for word in ("--set", value)]
    words += ["--decided-by", DECIDED_BY[lang], "--basis", BASIS]
    with tempfile.TemporaryDirectory() as folder:
        environment = {
            **os.environ,
            "INCIDENT_DB": f"sqlite:///{folder}/incident.db",
            "INCIDENT_LANG": lang,
            "TERM": "xterm-256color",
            "COLUMNS": str(COLUMNS),
        }
        environment.pop("NO_COLOR", None)
        program = [sys.executable, "-m", "incident"]
        subprocess.run(
            [*program, "adopt", "majian"], env=environment, cwd=ROOT, check=True, capture_output=True
        )
        shown = on_terminal([*program, *words], environment).decode()
    picture = Text.assemble(("$ ", "green"), (_folded(words), "bold"), "\n")
    return picture.append_text(Text.from_ansi(shown.rstrip().replace("\r\n", "\n")))


def _folded(words: list[str]) -> str:
    """Write the command as a person folds it."""
    line = " ".join(f"'{word}'" if " " in word else word for word in ["incident", *words])
    for option in (" --set origin", " --decided-by"):
        line = line.replace(option, f" \\\n   {option}")
    return line


def draw(shown: Text, title: str) -> str:
    """Draw a terminal's text as SVG."""
    console = Console(record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True)
    console.print(shown, soft_wrap=False)
    drawn = console.export_svg(title=title, theme=THEME, code_format=FRAME, unique_id="incident")
    return re.sub(r"[ \t]+$", "", _RUN.sub(_in_cells, drawn), flags=re.MULTILINE)


#: A run of text as rich draws it. Its `textLength` counts characters; Chinese ones take two cells each.
_RUN = re.compile(
    r'<text class="(?P<style>[^"]*)" x="(?P<x>[^"]*)" y="(?P<y>[^"]*)" textLength="(?P<length>[^"]*)"'
    r' clip-path="(?P<clip>[^"]*)">(?P<text>[^<]*)</text>'
)
_NARROW_OR_WIDE = re.compile(r"[\u0000-\u2e7f]+|[^\u0000-\u2e7f]+")


def _in_cells(run: re.Match[str]) -> str:
    """Split a run where narrow and wide characters meet, and give each piece the cells it takes."""
    text = html.unescape(run["text"])
    cell = float(run["length"]) / max(len(text), 1)
    x, pieces = float(run["x"]), ""
    for part in _NARROW_OR_WIDE.findall(text):
        length = cell * cell_len(part)
        written = html.escape(part).replace("\xa0", "&#160;")
        pieces += (
            f'<text class="{run["style"]}" x="{x:g}" y="{run["y"]}" textLength="{length:g}"'
            f' clip-path="{run["clip"]}">{written}</text>'
        )
        x += length
    return pieces


def main() -> None:
    """Make both pictures."""
    for lang, name in PICTURES.items():
        path = ROOT / "docs" / "images" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(draw(activation(lang), "incident activate"), encoding="utf-8")
        print(path.relative_to(ROOT), path.stat().st_size)


if __name__ == "__main__":
    main()
