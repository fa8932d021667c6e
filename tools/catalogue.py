"""Keep the Chinese of the program in step with its sentences: collect, update, compile.

Usage: catalogue.py [--check]

Collects every sentence that `say`, `shape` and `_` are called with in incident/, its templates included, and
those that click says by itself, for click looks its own words up in our catalogue. Then updates
`incident.po`, where a person writes the Chinese, and compiles `incident.mo`, which the program reads. A new
sentence comes in without a translation, one that is said no more goes out. Both files depend on the sentences
alone: they hold no dates, line numbers or versions, so that they differ only where something was said
otherwise.

With --check nothing is written; the exit code is 1 when a file is not what would be written, or when a
sentence is not translated or marked as fuzzy.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).parent.parent
PO = ROOT / "incident" / "locale" / "zh" / "LC_MESSAGES" / "incident.po"
MO = PO.with_suffix(".mo")

_PYTHON = [("**.py", "python")]
_TEMPLATES = [("web/templates/**.html", "jinja2.ext:babel_extract")]
#: A template that cannot be read is an error, not one that says nothing.
_OPTIONS = {"web/templates/**.html": {"silent": "false"}}
_KEYWORDS = {"say": None, "_": None, "shape": None}
_HEADER = """\
# Chinese of the program. Write translations here, then run: python tools/catalogue.py
# Names in {braces} stay as they are; options, commands and what stands in `backquotes` too."""

#: A message as gettext knows it: a sentence, or one of one thing and one of several.
Id = str | tuple[str, str]


class _Undated(Catalog):
    """A catalogue whose head does not change from run to run."""

    def _head(self) -> list[tuple[str, str]]:
        return [
            ("Project-Id-Version", "incident"),
            ("Language", "zh"),
            ("Plural-Forms", self.plural_forms),
            ("MIME-Version", "1.0"),
            ("Content-Type", f"text/plain; charset={self.charset}"),
            ("Content-Transfer-Encoding", "8bit"),
        ]

    mime_headers = property(_head, Catalog._set_mime_headers)  # noqa: SLF001 - Babel's way to read a head


def collect() -> Iterator[Id]:
    """Give every sentence of the program and of click; one may come several times."""
    click = find_spec("click")
    assert click is not None, "the program needs click"
    assert click.submodule_search_locations, "click is a package"
    ours = extract_from_dir(ROOT / "incident", [*_PYTHON, *_TEMPLATES], _OPTIONS, keywords=_KEYWORDS)
    clicks = extract_from_dir(
        click.submodule_search_locations[0], _PYTHON, keywords={"_": None, "ngettext": (1, 2)}
    )
    for _file, _line, message, _comments, _context in (*ours, *clicks):
        if isinstance(message, str):
            yield message
        else:
            yield message[0], message[1]


def updated(old: Catalog) -> Catalog:
    """Give the catalogue of what is said now, with the translations of `old`."""
    new = _Undated("zh", header_comment=_HEADER, fuzzy=False)
    for id_ in collect():
        before = old.get(id_)
        if before is None:
            new.add(id_)
        else:
            new.add(id_, before.string, flags=before.flags, user_comments=before.user_comments)
    return new


def unfinished(catalogue: Catalog) -> list[str]:
    """List sentences that are not translated, or only by guess."""
    return [_sentence(one) for one in catalogue if one.id and (one.fuzzy or not _is_translated(one))]


def _is_translated(one: Message) -> bool:
    strings = [one.string] if isinstance(one.string, str) else [*(one.string or ())]
    return bool(strings) and bool(strings[0])


def _sentence(one: Message) -> str:
    return str(one.id) if isinstance(one.id, str) else str(one.id[0])


def read() -> Catalog:
    """Read the catalogue as it is; an empty one when there is none yet."""
    if not PO.exists():
        return Catalog("zh")
    with PO.open("rb") as file:
        return read_po(file, locale="zh", abort_invalid=True)


def files(catalogue: Catalog) -> dict[Path, bytes]:
    """Give both files as they are to be."""
    text, compiled = BytesIO(), BytesIO()
    # no wrapping: a sentence on one line is found by a search
    write_po(text, catalogue, width=0, no_location=True, sort_output=True, ignore_obsolete=True)
    write_mo(compiled, catalogue)
    return {PO: text.getvalue().rstrip(b"\n") + b"\n", MO: compiled.getvalue()}


def main(arguments: list[str]) -> int:
    """Write both files, or with --check only compare; tells what a person has to do."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="change nothing; exit 1 if anything is to do")
    check = parser.parse_args(arguments).check
    old = read()
    new = updated(old)
    stale = []
    for path, content in files(new).items():
        if not path.exists() or path.read_bytes() != content:
            stale.append(path.name)
            if not check:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)
    gone = [_sentence(one) for one in old if one.id and new.get(one.id) is None]
    left = unfinished(new)
    for title, sentences in (("said no more", gone), ("not translated", left)):
        for sentence in sentences:
            print(f"{title}: {sentence!r}")
    for name in stale:
        print(f"{name}: {'not in step; run: python tools/catalogue.py' if check else 'written'}")
    print(f"{len(new)} messages, {len(left)} not translated")
    return int(check and bool(stale or left))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
