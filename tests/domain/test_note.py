"""Signed notes have one form, and nothing of a damaged or foreign one is believed."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from incident.domain import note
from incident.domain.errors import FormatError
from incident.domain.note import Note, Opened, PublicKey, Signature, SignatureError, Signer
from tests.mangling import mangled

#: From the documentation of golang.org/x/mod/sumdb/note.
GO_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
#: From C2SP's signed-note.md: its note, and the key of an example.
C2SP_NOTE = (
    "Ognuno sta solo sul cuor della terra\ntrafitto da un raggio di sole:\n\ned è subito sera.\n\n"
    "— quasimodo.example/salvatore "
    "NnugSzTjtVAewIS+Z/iJhUPeFDkO/5QQ2i5ddnGITLlC+EhfLW9oJKONrMouFSQU0xMcXxj99ihAQwaqP3ZekRwNtIc=\n"
)
C2SP_KEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
TEXT = "incident/330681111/7d3c0e9a51b2f604\n13\n\n马剑镇\n"


def signer(name: str, number: int = 0) -> Signer:
    """Somebody who signs; for these rules it does not matter with which mathematics."""
    key = PublicKey(name, hashlib.sha256(bytes([number])).digest())
    return Signer(key, lambda message: hashlib.sha512(key.public + message).digest())


def verify(public: bytes, message: bytes, signature: bytes) -> bool:
    assert len(public) == note.KEY_BYTES
    return signature == hashlib.sha512(public + message).digest()


TOWN, CITY, STRANGER = signer("town/incident"), signer("诸暨市", 1), signer("stranger", 2)
NAMES = st.text(
    st.characters(exclude_categories=["Cc", "Cs", "Zs", "Zl", "Zp"], exclude_characters="+"), min_size=1
)
KEYS = st.builds(PublicKey, NAMES, st.binary(min_size=32, max_size=32))
TEXTS = st.lists(st.text(st.characters(exclude_categories=["Cc", "Cs"])), min_size=1).map(
    lambda lines: "".join(f"{line}\n" for line in lines)
)
NOTES = st.builds(
    Note,
    TEXTS,
    st.lists(
        st.builds(Signature, NAMES, st.binary(min_size=4, max_size=4), st.binary(min_size=1)),
        min_size=1,
        max_size=5,
    ).map(tuple),
)


def open_(raw: bytes, *keys: Signer) -> Opened:
    return note.open_note(raw, [one.key for one in keys], verify)


# -- one form


@given(NOTES)
def test_a_note_is_read_as_it_was_written(written: Note) -> None:
    assert note.parse_note(note.format_note(written)) == written


@settings(max_examples=300)
@given(
    st.binary()
    | st.lists(st.sampled_from(["\n", "— ", "a", " ", "AAAAAAA=", "AAAAAAB="])).map(
        lambda pieces: "".join(pieces).encode()
    )
)
def test_whatever_is_read_is_written_the_same(raw: bytes) -> None:
    try:
        read = note.parse_note(raw)
    except FormatError:
        return
    assert note.format_note(read) == raw


@given(KEYS)
def test_a_public_key_is_read_as_it_was_written(key: PublicKey) -> None:
    assert note.parse_public_key(note.format_public_key(key)) == key


@pytest.mark.parametrize("text", [GO_KEY, C2SP_KEY])
def test_keys_of_other_programs_are_read(text: str) -> None:
    assert note.format_public_key(note.parse_public_key(text)) == text


def test_the_note_of_the_specification_is_read() -> None:
    read = note.parse_note(C2SP_NOTE.encode())
    assert read.text.endswith(":\n\ned è subito sera.\n")
    assert [one.name for one in read.signatures] == ["quasimodo.example/salvatore"]
    assert len(read.signatures[0].raw) == 64
    assert note.format_note(read) == C2SP_NOTE.encode()


GOOD = note.sign_note(TEXT, TOWN)
LINE = GOOD.decode().rpartition("\n\n")[2]


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\n",
        TEXT.encode(),  # no signature
        f"{TEXT}\n".encode(),
        f"{TEXT}\n\n{LINE}"[:-1].encode(),  # no line feed at the end
        f"{TEXT[:-1]}{LINE}".encode(),  # no empty line
        f"{TEXT}\n{LINE}\n".encode(),  # an empty line below
        f"{TEXT}\n{LINE}remark\n".encode(),  # a line that is no signature
        f"{TEXT}\n{LINE}".replace("\n", "\r\n").encode(),
        f"{TEXT}\n{LINE}".replace("— ", "- ").encode(),
        f"{TEXT}\n{LINE}".replace("— ", "—\u00a0").encode(),
        f"{TEXT}\n{LINE}".replace("— ", "—  ").encode(),
        f"{TEXT}\n— a+b AAAAAAA=\n".encode(),  # a plus in a name
        f"{TEXT}\n— a\u3000b AAAAAAA=\n".encode(),  # a space of another script in a name
        f"{TEXT}\n—  AAAAAAA=\n".encode(),  # no name
        f"{TEXT}\n— a AAAA\n".encode(),  # no key id
        f"{TEXT}\n— a AAAAAA==\n".encode(),  # a key id and no signature
        f"{TEXT}\n— a AAAAAAB=\n".encode(),  # a bit left over
        f"{TEXT}\n— a AAAAAAA\n".encode(),  # no padding
        f"{TEXT}\n— a AAAAAAA==\n".encode(),
        f"{TEXT}\n— a AAAA_AA=\n".encode(),  # the other alphabet
        f"{TEXT}\n— a AAAA\u2028AAA=\n".encode(),
        f"{TEXT}\x1b[2J\n\n{LINE}".encode(),  # a control character
        f"{TEXT}\t\n\n{LINE}".encode(),
        f"{TEXT}\n{LINE}".encode("utf-16"),
        f"{TEXT}\n{LINE}".encode() + b"\xff\n",
    ],
)
def test_what_is_not_in_the_one_form_is_refused(raw: bytes) -> None:
    with pytest.raises(FormatError):
        note.parse_note(raw)


def test_a_note_has_at_most_100_signatures_and_a_mebibyte() -> None:
    line = "— a AAAAAAA=\n"
    assert len(note.parse_note(f"\n\n{line * 100}".encode()).signatures) == 100
    with pytest.raises(FormatError, match="100 signatures"):
        note.parse_note(f"\n\n{line * 101}".encode())
    rest = f"\n\n{line}".encode()
    assert note.parse_note(b"x" * (note.MOST_BYTES - len(rest)) + rest)
    with pytest.raises(FormatError, match=f"at most {note.MOST_BYTES} bytes"):
        note.parse_note(b"x" * (note.MOST_BYTES - len(rest) + 1) + rest)


@pytest.mark.parametrize(
    "written",
    [
        Note("no line feed", (Signature("a", b"1234", b"5"),)),
        Note("text\n", ()),
        Note("bell \x07\n", (Signature("a", b"1234", b"5"),)),
        Note("half \ud800\n", (Signature("a", b"1234", b"5"),)),
        Note("text\n", (Signature("a b", b"1234", b"5"),)),
        Note("text\n", (Signature("a", b"123", b"45"),)),
        Note("text\n", (Signature("a", b"1234", b""),)),
        # a signature's name that would be a line of its own
        Note("text\n", (Signature("a AAAAAAA=\n— b", b"1234", b"5"),)),
    ],
)
def test_what_could_not_be_read_back_is_not_written(written: Note) -> None:
    with pytest.raises(FormatError):
        note.format_note(written)


def key_texts() -> dict[str, str]:
    key = TOWN.key
    name, identity, encoded = key.name, key.id.hex(), note.to_base64(b"\x01" + key.public)
    other = PublicKey(name, key.public[:-1])
    return {
        "nothing": "",
        "no name": f"+{note.key_id('', key.public).hex()}+{encoded}",
        "a space in the name": f"a b+{note.key_id('a b', key.public).hex()}+{encoded}",
        "half a character": f"a\ud800+00000000+{encoded}",
        "another id": f"{name}+00000000+{encoded}",
        "upper case": f"{name}+{identity.upper()}+{encoded}",
        "another type": f"{name}+{identity}+{note.to_base64(bytes([4]) + key.public)}",
        "a byte less": f"{name}+{other.id.hex()}+{note.to_base64(note.ED25519 + other.public)}",
        "no base64": f"{name}+{identity}+?",
        "a line feed": f"{name}+{identity}+{encoded}\n",
        "another name": f"x{name}+{identity}+{encoded}",
    }


@pytest.mark.parametrize("text", key_texts().values(), ids=key_texts().keys())
def test_a_key_whose_parts_do_not_fit_is_refused(text: str) -> None:
    with pytest.raises(FormatError):
        note.parse_public_key(text)


def test_a_fault_in_a_key_tells_nothing_of_it() -> None:
    private = f"PRIVATE+KEY+town+00000000+{note.to_base64(note.ED25519 + bytes(range(32)))}"
    with pytest.raises(FormatError) as caught:
        note.parse_public_key(private)
    assert "AAEC" not in f"{caught.value} {caught.value!r}"


def test_every_mangled_key_is_refused() -> None:
    count = 0
    for raw in mangled(note.format_public_key(TOWN.key).encode()):
        with pytest.raises(FormatError):
            note.parse_public_key(raw.decode("utf-8", "surrogateescape"))
        count += 1
    assert count > 5000


# -- who signed


def test_trusted_keys_that_signed_are_told_in_the_order_of_the_lines() -> None:
    raw = note.sign_note(TEXT, CITY, STRANGER, TOWN)
    assert open_(raw, TOWN, CITY) == Opened(TEXT, (CITY.key, TOWN.key))
    assert open_(raw, TOWN, signer("absent", 9)) == Opened(TEXT, (TOWN.key,))


def test_a_key_that_is_trusted_twice_is_one() -> None:
    assert open_(GOOD, TOWN, TOWN).keys == (TOWN.key,)


@pytest.mark.parametrize("keys", [(), (CITY,), (signer("town/incident", 7),), (signer("other", 0),)])
def test_a_note_that_no_trusted_key_signed_is_refused_and_its_signers_named(keys: tuple[Signer, ...]) -> None:
    with pytest.raises(SignatureError, match=r"town/incident\+[0-9a-f]{8}"):
        open_(GOOD, *keys)


def with_signatures(change: Callable[[Signature], Any]) -> bytes:
    read = note.parse_note(note.sign_note(TEXT, TOWN, CITY))
    first, second = read.signatures
    return note.format_note(Note(read.text, (*change(first), second)))


def test_a_bad_signature_of_a_trusted_key_is_an_error_though_another_key_signed_well() -> None:
    raw = with_signatures(lambda one: [one._replace(raw=one.raw[::-1])])
    with pytest.raises(SignatureError, match="does not hold"):
        open_(raw, TOWN, CITY)
    # to whom the first key is nothing, its signature is nothing
    assert open_(raw, CITY).keys == (CITY.key,)


def test_two_signatures_of_one_trusted_key_are_an_error() -> None:
    raw = with_signatures(lambda one: [one, one])
    with pytest.raises(SignatureError, match="one signature of each key"):
        open_(raw, TOWN, CITY)
    assert open_(raw, CITY).keys == (CITY.key,)


def test_a_name_without_the_id_or_an_id_without_the_name_is_another_key() -> None:
    for raw in (
        with_signatures(lambda one: [one._replace(name="Town/incident")]),
        with_signatures(lambda one: [one._replace(id=bytes(4))]),
    ):
        assert open_(raw, TOWN, CITY).keys == (CITY.key,)
        with pytest.raises(SignatureError):
            open_(raw, TOWN)


def test_trusted_keys_of_one_name_and_id_are_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(note, "ID_BYTES", 0)  # to find two ids alike takes a minute
    with pytest.raises(SignatureError, match="different names or ids"):
        open_(GOOD, TOWN, signer(TOWN.key.name, 7))


def test_no_mangled_note_is_signed() -> None:
    assert open_(GOOD, TOWN).text == TEXT
    count = 0
    for raw in mangled(GOOD):
        with pytest.raises(FormatError):
            open_(raw, TOWN)
        count += 1
    assert count > 20_000


def test_whoever_is_left_of_two_signers_signed_the_text_that_is_left() -> None:
    left = set()
    for raw in mangled(note.sign_note("1\n", TOWN, CITY)):
        try:
            opened = open_(raw, TOWN, CITY)
        except FormatError:
            continue
        assert opened.text == "1\n"
        left.add(opened.keys)
    # both, where a line was added that nobody known signed
    assert left == {(TOWN.key,), (CITY.key,), (TOWN.key, CITY.key)}
