"""A sample of what `make fuzz` does: each reader on damaged files, and the worst files of 1 MiB in bounds."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from incident.domain.errors import RequestError
from tests.cli.desk import CHECKOUT
from tests.fuzz import kits, recipe
from tests.fuzz.hostile import MEMORY, SECONDS, SIZE
from tests.fuzz.targets import TARGETS, WHOLE, Target

#: Where reading one file takes a tenth of a second, fewer are tried: `make fuzz` tries the others.
SLOW: Final = {"playbook": 6, "people.csv": 40, "people.yaml": 40, "kit": 30, "changed kit": 40}


def damaged(target: Target) -> st.SearchStrategy[bytes]:
    """Cut a good file into pieces, and put some together again with words of its format and noise."""
    word = st.sampled_from([word.encode() for word in target.words] or [b""])
    noise = st.binary(max_size=4) | st.sampled_from([b"\xed\xa0\x80", b"\xef\xbb\xbf", b"\0", b"9" * 5000])

    def pieces(seed: bytes) -> st.SearchStrategy[bytes]:
        at = st.integers(0, len(seed))
        piece = st.tuples(at, at).map(lambda ends: seed[min(ends) : max(ends)])
        ends = st.tuples(at, word | noise, at).map(lambda cut: seed[: cut[0]] + cut[1] + seed[cut[2] :])
        return ends | st.lists(piece | word | noise, max_size=6).map(b"".join)

    return st.sampled_from(target.seeds).flatmap(pieces)


@pytest.mark.parametrize("name", TARGETS)
def test_what_is_well_formed_is_read(name: str) -> None:
    for seed in TARGETS[name].seeds:
        assert TARGETS[name].feed(seed)


@pytest.mark.parametrize("name", TARGETS)
def test_nothing_but_our_own_errors_comes_out(name: str) -> None:
    target = TARGETS[name]

    @settings(max_examples=SLOW.get(name, 80))
    @given(damaged(target))
    def feed(raw: bytes) -> None:
        target.feed(raw)

    feed()


def test_another_error_or_a_very_long_one_is_a_fault() -> None:
    """So that what stands above can fail."""

    def foreign(raw: bytes) -> object:
        raise KeyError(raw)

    def long(raw: bytes) -> object:
        # as it would be said without a bound
        raise RequestError(where="there", found=[f"{n}" for n in range(len(raw))] * 10)

    with pytest.raises(KeyError):
        Target("foreign", foreign, ()).feed(b"")
    assert Target("long", long, ()).feed(b"a" * 1000) is False


@pytest.mark.parametrize("raw", [WHOLE.raw, recipe.kit(b"", WHOLE.files), recipe.kit(b"\2", WHOLE.files)])
def test_kit_that_all_others_are_made_of_is_accepted(raw: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """As it was made, packed otherwise, and with a tree made anew: it is the same tree."""
    seen: list[set[str]] = []
    monkeypatch.setattr(kits, "must_be_whole", lambda _path, _known, free, *_beside: seen.append(free))

    assert TARGETS["kit"].feed(raw)
    assert len(seen) == 2, "by verify.py, and by the program"


@pytest.mark.parametrize("reader", ["_script_accepts", "_program_accepts"])
@pytest.mark.parametrize("who", [0, 1], ids=["in the file", "with kit.json"])
def test_reader_that_is_deceived_is_a_fault(reader: str, who: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """So that what stands above can fail."""
    name = "entries.jsonl"
    files = WHOLE.files | {name: WHOLE.files[name][:-1] + b" \n"}
    monkeypatch.setattr(kits, reader, lambda *_words: True)

    with pytest.raises(AssertionError, match="accepted, and"):
        TARGETS["kit"].feed(recipe.kit(bytes([who]), files))


#: Files that need not be large.
SMALL: Final = {"billion laughs"}
#: The worst of each kind; all 385 are measured by `make fuzz`.
SAMPLE: Final = (
    ("playbook", "billion laughs"),
    ("playbook", "the same key"),
    ("playbook", "values in brackets"),
    ("playbook", "one scalar"),
    ("script", "one scalar"),
    ("setup", "unknown keys of a way"),
    ("people.csv", "columns"),
    ("people.csv", "rows"),
    ("people.csv", "rows that are right"),
    ("note", "100,000 signatures"),
    ("note", "100 long signatures"),
    ("note", "base64"),
    ("note", "extensions"),
    ("given", "zeros"),
    ("line", "letters that fold"),
    ("line", "a line of letters"),
    ("key", "a key"),
    ("key file", "a private key"),
    ("proof", "extra"),
    ("proof", "hashes"),
    ("growth", "hashes of growth"),
    ("tile path", "groups"),
    ("bundle", "an empty bundle"),
    ("kit", "a bomb to the limit"),
    ("kit", "many members"),
    ("kit", "withheld"),
)


@pytest.fixture(scope="module")
def measured() -> dict[tuple[str, str], dict[str, Any]]:
    """What reading the sample cost, each file in a process of its own."""
    command = [sys.executable, "-m", "tests.fuzz.hostile", *("/".join(one) for one in SAMPLE)]
    done = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=True)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    return {(line["target"], line["file"]): line for line in lines}


@pytest.mark.parametrize("one", SAMPLE, ids="/".join)
def test_a_hostile_mebibyte_is_refused_in_bounds(
    measured: dict[tuple[str, str], dict[str, Any]], one: tuple[str, str]
) -> None:
    cost = measured[one]
    assert cost["fault"] is None
    assert cost["seconds"] <= SECONDS
    assert cost["bytes"] <= MEMORY
    assert cost["length"] > 0.9 * SIZE or one[1] in SMALL
