"""The journal's bytes, against RFC 8785 and RFC 9901 as others carry them out."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from typing import Any

import msgspec
import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st

from incident.domain import journal, tree
from incident.domain.facts import AnyFact, EventNoted, ItemStarted
from incident.domain.journal import Came, Entry, Sealed
from incident.domain.playbook import Playbook
from tests.domain.strategies import Walk, walks
from tests.playbooks import CODE, HASH

# Texts of every kind that JSON escapes or that sorts by bytes otherwise than by UTF-16 units.
WORDS = st.text(st.characters(codec="utf-8"), max_size=8) | st.sampled_from(
    ["", "马剑镇", "\x00\x1f\x7f\x80", '"\\/\b\f\n\r\t', "\u2028\u2029", "\ufeff", "😀", "\ud7ff\ue000"]
)
SEALED = st.builds(Sealed, WORDS)
NUMBERS = st.integers(-(2**53) + 1, 2**53 - 1)
PLAIN: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | NUMBERS | WORDS,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["a", "b", "zh"]), inner),
    max_leaves=5,
)
FACTS: st.SearchStrategy[AnyFact] = st.builds(EventNoted, event=WORDS) | st.builds(
    ItemStarted,
    kind=st.just("group"),
    key=WORDS,
    after=st.dictionaries(st.sampled_from(["source", "note", "zh"]), PLAIN),
    source=st.none() | WORDS,
)
ENTRIES = st.builds(
    Entry,
    v=st.just(1),
    jurisdiction=st.just(CODE),
    seq=st.integers(0, 2**40),
    at=WORDS,
    effective_at=st.none() | WORDS,
    playbook=st.just(HASH),
    came=st.none()
    | st.builds(
        Came,
        id=WORDS,
        source=WORDS,
        type=st.just("positive"),
        data=st.dictionaries(st.sampled_from(["cases", "remark"]), WORDS | NUMBERS | SEALED),
    ),
    verb=st.none() | st.just("activate"),
    authority=st.none() | WORDS,
    decided_by=st.none() | SEALED,
    basis=st.none() | SEALED,
    reason=st.none() | SEALED,
    by=st.none() | SEALED,
    facts=st.lists(FACTS, max_size=3),
)
AT = "2026-03-01T02:40:00Z"
FIRST = Entry(
    v=journal.FORMAT,
    program="0",
    jurisdiction=CODE,
    seq=0,
    at="2026-03-01T02:40:00Z",
    playbook=HASH,
    facts=[],
)


@given(ENTRIES)
def test_entry_reads_back(entry: Entry) -> None:
    assert journal.decode(journal.encode(entry)) == entry


@given(ENTRIES)
def test_bytes_of_an_entry_are_those_of_rfc_8785(entry: Entry) -> None:
    body = journal.encode(entry)

    assert body == rfc8785.dumps(json.loads(body))
    assert body == rfc8785.dumps(msgspec.to_builtins(entry))


@settings(max_examples=30)
@given(walks())
def test_facts_of_any_walk_read_back_from_their_entries(case: tuple[Playbook, list[Walk]]) -> None:
    _, steps = case
    for step in steps:
        entry = msgspec.structs.replace(FIRST, seq=step.before.version, facts=step.decision.facts)
        body = journal.encode(entry)
        assert journal.decode(body) == entry
        assert body == rfc8785.dumps(json.loads(body))


def test_entry_is_written_as_the_format_says() -> None:
    entry = msgspec.structs.replace(
        FIRST,
        came=Came(
            id="7",
            source="phone",
            type="positive",
            time="2026-03-01T02:40:00Z",
            data={"remark": Sealed("x"), "cases": 2},
        ),
        by=Sealed("y"),
        facts=[EventNoted(event="positive")],
    )

    assert journal.encode(entry).decode() == (
        '{"at":"2026-03-01T02:40:00Z","by":{"sd":"y"},"came":{"data":{"cases":2,"remark":{"sd":"x"}},"id":"7",'
        '"source":"phone","time":"2026-03-01T02:40:00Z","type":"positive"},'
        '"facts":[{"event":"positive","fact":"EventNoted"}],'
        f'"jurisdiction":"330999101","playbook":"{HASH}","program":"0","seq":0,"v":1}}'
    )


def test_text_that_is_not_unicode_cannot_be_recorded() -> None:
    with pytest.raises(ValueError, match="surrogates not allowed"):
        journal.encode(msgspec.structs.replace(FIRST, verb="\ud800"))


NOT_ENTRIES = [
    # no JSON, not all of it, more than it
    b"",
    b"{",
    journal.encode(FIRST)[:-1],
    journal.encode(FIRST) + b"x",
    b"\xff",
    # another shape
    b"[]",
    b"{}",
    # a number that is text, a field nobody knows, a fact nobody knows
    journal.encode(FIRST).replace(b'"seq":0', b'"seq":"0"'),
    journal.encode(FIRST).replace(b'"seq":0', b'"seq":0,"unknown":1'),
    journal.encode(FIRST).replace(b'"facts":[]', b'"facts":[{"fact":"Wish"}]'),
]


@pytest.mark.parametrize("body", NOT_ENTRIES)
def test_bytes_that_are_no_entry_are_refused(body: bytes) -> None:
    with pytest.raises(msgspec.DecodeError):
        journal.decode(body)


@given(ENTRIES, st.data())
def test_every_mangled_byte_of_an_entry_changes_its_leaf(entry: Entry, data: st.DataObject) -> None:
    body = journal.encode(entry)
    at = data.draw(st.integers(0, len(body) - 1))
    flipped = body[:at] + bytes([body[at] ^ data.draw(st.integers(1, 255))]) + body[at + 1 :]

    for mangled in (flipped, body[:at] + body[at + 1 :], body + b"\x00"):
        assert tree.leaf_hash(mangled) != tree.leaf_hash(body)


# What can name a person.

SALTS = st.binary(min_size=16, max_size=16)


@given(WORDS, WORDS, SALTS)
def test_sealed_value_is_disclosed(name: str, value: str, salt: bytes) -> None:
    sealed, disclosure = journal.seal(name, value, salt)

    assert journal.unseal(sealed, disclosure) == (name, value)


@given(WORDS, WORDS, SALTS)
def test_disclosure_is_what_rfc_9901_says(name: str, value: str, salt: bytes) -> None:
    sealed, disclosure = journal.seal(name, value, salt)
    padded = disclosure + "=" * (-len(disclosure) % 4)
    parts = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))

    assert parts == [base64.urlsafe_b64encode(salt).decode().rstrip("="), name, value]
    digest = base64.urlsafe_b64encode(hashlib.sha256(disclosure.encode("ascii")).digest())
    assert sealed.sd == digest.decode().rstrip("=")


@given(WORDS, WORDS, SALTS, st.data())
def test_mangled_disclosure_is_refused(name: str, value: str, salt: bytes, data: st.DataObject) -> None:
    sealed, disclosure = journal.seal(name, value, salt)
    at = data.draw(st.integers(0, len(disclosure) - 1))
    other = data.draw(st.characters().filter(lambda sign: sign != disclosure[at]))
    mangled = [disclosure[:at] + other + disclosure[at + 1 :], disclosure[:at] + disclosure[at + 1 :]]

    for text in [*mangled, disclosure + "=", disclosure + "\n", ""]:
        with pytest.raises(ValueError, match=r"not the one that was sealed|surrogates not allowed"):
            journal.unseal(sealed, text)


@given(WORDS, WORDS, SALTS, SALTS)
def test_same_value_is_sealed_otherwise_under_another_salt(
    name: str, value: str, salt: bytes, other: bytes
) -> None:
    assert (journal.seal(name, value, salt) == journal.seal(name, value, other)) == (salt == other)


@given(WORDS, WORDS, SALTS)
def test_erasing_a_disclosure_changes_no_hash_and_leaves_no_trace_of_the_value(
    name: str, value: str, salt: bytes
) -> None:
    sealed, _ = journal.seal(name, value + "王五", salt)
    body = journal.encode(msgspec.structs.replace(FIRST, by=sealed))

    assert "王五".encode() not in body
    assert len(sealed.sd) == 43


def test_sealed_parts_are_listed_by_the_name_under_which_they_are_disclosed() -> None:
    entry = msgspec.structs.replace(
        FIRST,
        by=Sealed("1"),
        reason=Sealed("2"),
        came=Came(
            id="1",
            source="s",
            type="t",
            time="2026-03-01T02:40:00Z",
            data={"remark": Sealed("3"), "cases": 4, "origin": "local"},
        ),
    )

    assert journal.sealed_parts(entry) == {
        "by": Sealed("1"),
        "reason": Sealed("2"),
        "data.remark": Sealed("3"),
    }
    assert journal.sealed_parts(FIRST) == {}


def test_example_of_the_format_is_so() -> None:
    assert journal.__doc__ is not None
    _, _, example = journal.__doc__.partition("An entry:\n\n")
    parts = re.split(r"^its leaf.*$|^what `by`.*$", example, flags=re.MULTILINE)
    body, leaf, disclosure = ("".join(re.findall(r"^    (.*)$", part, re.MULTILINE)) for part in parts)

    entry = journal.decode(body.encode())

    assert journal.encode(entry) == body.encode()
    assert tree.leaf_hash(body.encode()).hex() == leaf
    assert entry.by is not None
    assert journal.unseal(entry.by, disclosure) == ("by", "甲")
    assert journal.seal("by", "甲", bytes(16)) == (entry.by, disclosure)
