"""A checkpoint has one text; the line for people is read as people write it, and means one tree."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incident.domain import checkpoint, clock, tree
from incident.domain.checkpoint import Checkpoint, Line
from incident.domain.errors import FormatError
from tests.mangling import mangled

ROOT = hashlib.sha256(b"root").digest()
AT = clock.read_stamp("2026-03-01T02:40:00Z")
ORIGIN = "incident/330681111/7d3c0e9a51b2f604"
OURS = Checkpoint(ORIGIN, 13, ROOT, AT)
TEXT = checkpoint.format_checkpoint(OURS)
#: From C2SP's tlog-checkpoint.md.
C2SP = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"

LINES = st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1)
SIZES = st.integers(0, 2**63 - 1)
ROOTS = st.binary(min_size=32, max_size=32)
CHECKPOINTS = st.builds(
    Checkpoint,
    LINES,
    SIZES,
    ROOTS,
    st.none() | st.integers(0, 2**37),
    st.lists(LINES.filter(lambda line: not line.startswith("at ")), max_size=3).map(tuple),
)
CODES = st.from_regex(r"[0-9]{2,12}", fullmatch=True)
PEOPLE = st.builds(checkpoint.line_of, CODES, SIZES, ROOTS)


# -- whose journal


@given(CODES, ROOTS)
def test_an_origin_names_whose_journal_it_is(code: str, leaf: bytes) -> None:
    assert checkpoint.code_of(checkpoint.name_of_origin(code, leaf)) == code


@pytest.mark.parametrize(
    "origin",
    [
        "example.com/behind-the-sofa",
        "330681111",
        "incident/330681111",
        "incident/330681111/7d3c0e9a51b2f604/1",
        "other/330681111/7d3c0e9a51b2f604",
        "incident/zhuji/7d3c0e9a51b2f604",
        "incident//7d3c0e9a51b2f604",
    ],
)
def test_the_origin_of_another_log_names_nobody_here(origin: str) -> None:
    assert checkpoint.code_of(origin) is None


# -- the signed text


def test_a_checkpoint_says_which_journal_how_many_entries_which_root_and_when() -> None:
    assert TEXT.splitlines() == [
        "incident/330681111/7d3c0e9a51b2f604",
        "13",
        "SBNJTRN+FjG7owHVrKtue7eqdM4RhdRWVl71HXN2d7I=",
        "at 2026-03-01T02:40:00Z",
    ]


@given(CHECKPOINTS)
def test_a_checkpoint_is_read_as_it_was_written(written: Checkpoint) -> None:
    assert checkpoint.parse_checkpoint(checkpoint.format_checkpoint(written)) == written


def test_a_checkpoint_of_another_program_is_read() -> None:
    read = checkpoint.parse_checkpoint(C2SP)
    assert (read.origin, read.size, read.at, read.extensions) == (
        "example.com/behind-the-sofa",
        20852163,
        None,
        (),
    )
    rekor = (
        f"rekor.example - 1193050959916656506\n13\n{C2SP.splitlines()[2]}\nTimestamp: 1689177396617352539\n"
    )
    assert checkpoint.parse_checkpoint(rekor).extensions == ("Timestamp: 1689177396617352539",)
    for text in (C2SP, rekor):
        assert checkpoint.format_checkpoint(checkpoint.parse_checkpoint(text)) == text


def test_an_empty_journal_has_a_checkpoint() -> None:
    empty = Checkpoint(ORIGIN, 0, tree.EMPTY_ROOT, AT)
    assert checkpoint.parse_checkpoint(checkpoint.format_checkpoint(empty)) == empty


HEAD = f"{ORIGIN}\n13\n"
HASH = TEXT.splitlines()[2]


@pytest.mark.parametrize(
    "text",
    [
        "",
        HEAD,
        f"{HEAD}{HASH}",  # no line feed at the end
        f"{HEAD}{HASH}\n\n",  # an empty line
        f"\n13\n{HASH}\n",  # no origin
        f"{ORIGIN}\n\n{HASH}\n",
        f"{ORIGIN}\n013\n{HASH}\n",
        f"{ORIGIN}\n+13\n{HASH}\n",
        f"{ORIGIN}\n-1\n{HASH}\n",
        f"{ORIGIN}\n13 \n{HASH}\n",
        f"{ORIGIN}\n1_3\n{HASH}\n",
        f"{ORIGIN}\n1３\n{HASH}\n",  # a digit of another script
        f"{ORIGIN}\x1b[2J\n13\n{HASH}\n",  # a control character
        f"{HEAD}{HASH}\nother\tline\n",
        f"{ORIGIN}\n{2**63}\n{HASH}\n",
        f"{ORIGIN}\n{'9' * 5000}\n{HASH}\n",
        f"{HEAD}{HASH[:-1]}\n",
        f"{HEAD}{HASH}=\n",
        f"{HEAD}AAAA\n",  # too short
        f"{HEAD}{HASH[:-2]}R=\n",  # a bit left over
        f"{HEAD}{HASH}\nat noon\n",
        f"{HEAD}{HASH}\nat 2026-03-01T02:40:00+00:00\n",
        f"{HEAD}{HASH}\nat 2026-03-01T02:40:00.5Z\n",
        f"{HEAD}{HASH}\nat 2026-02-30T02:40:00Z\n",
        f"{HEAD}{HASH}\nat  2026-03-01T02:40:00Z\n",
        TEXT + TEXT.splitlines()[3] + "\n",  # two times
        f"{HEAD}{HASH}\nother\nat 2026-03-01T02:40:00Z\n",
        TEXT.replace("\n", "\r\n"),
    ],
)
def test_what_is_not_in_the_one_form_is_refused(text: str) -> None:
    with pytest.raises(FormatError):
        checkpoint.parse_checkpoint(text)


@pytest.mark.parametrize(
    "written",
    [
        OURS._replace(origin=""),
        OURS._replace(origin="a\n12"),
        OURS._replace(size=-1),
        OURS._replace(size=2**63),
        OURS._replace(root=ROOT[:31]),
        OURS._replace(extensions=("",)),
        OURS._replace(extensions=("at 2026-03-01T02:40:00Z",)),
        OURS._replace(at=None, extensions=("at 2026-03-01T02:40:00Z",)),
        OURS._replace(extensions=("a\nb",)),
    ],
)
def test_what_could_not_be_read_back_is_not_written(written: Checkpoint) -> None:
    with pytest.raises(FormatError):
        checkpoint.format_checkpoint(written)


def test_no_mangled_text_reads_as_the_same_checkpoint_and_each_that_reads_is_its_own_text() -> None:
    refused = 0
    for raw in mangled(TEXT.encode()):
        try:
            text = raw.decode()
            read = checkpoint.parse_checkpoint(text)
        except ValueError:
            refused += 1
            continue
        assert read != OURS
        assert checkpoint.format_checkpoint(read) == text
    assert refused > 5000


# -- the line for people


@given(PEOPLE)
def test_the_line_for_people_is_read_as_it_was_written(written: Line) -> None:
    assert checkpoint.parse_line(checkpoint.format_line(written)) == written


def test_the_line_shows_code_entries_and_sixteen_signs_of_the_root() -> None:
    line = checkpoint.line_of("330681111", 13, bytes.fromhex("0123456789abcdeffedc") + bytes(22))
    # found with RFC 4648's base 32 and its letters changed for Crockford's
    assert checkpoint.format_line(line) == "330681111 13 04HM-ASW9-NF6Y-ZZPW"


def test_only_the_root_that_was_shown_matches() -> None:
    line = checkpoint.line_of("330681111", 13, ROOT)
    assert line.matches(ROOT)
    assert not line.matches(ROOT[::-1])
    assert not line.matches(ROOT[:10])
    for at in range(10):
        assert not line.matches(ROOT[:at] + bytes([ROOT[at] ^ 1]) + ROOT[at + 1 :])


READ = Line("330681111", 13, bytes.fromhex("08421084210842108421"))


@pytest.mark.parametrize(
    "typed",
    [
        "330681111 13 1111-1111-1111-1111",
        "330681111 13 1111111111111111",
        "330681111 13 1111 1111 1111 1111",
        " 330681111\t13  1111–1111—1111‑1111 \n",  # dashes that an editor made of them
        "330681111 13 iIlL-1111-1111-1111",
        "330681111 13 1111-1111-1111-1111-",
        "３３０６８１１１１　１３　１１１１－１１１１－１１１１－１１１１",  # typed in Chinese
    ],
)
def test_what_people_make_of_a_line_is_forgiven(typed: str) -> None:
    assert checkpoint.parse_line(typed) == READ


@given(PEOPLE)
def test_case_dashes_and_signs_that_look_alike_do_not_matter(line: Line) -> None:
    code, size, short = checkpoint.format_line(line).split()
    looks = str.maketrans({"0": "o", "1": "l"})
    for typed in (
        short.lower(),
        short.replace("-", ""),
        short.translate(looks),
        short.translate(looks).upper(),
    ):
        assert checkpoint.parse_line(f"{code} {size} {typed}") == line


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "330681111",
        "330681111 13",
        "majian 13 1111-1111-1111-1111",
        "330681111 013 1111-1111-1111-1111",
        "330681111 x 1111-1111-1111-1111",
        "330681111 13 1111-1111-1111-111",
        "330681111 13 1111-1111-1111-11111",
        "330681111 13 1111-1111-1111-111U",
        "330681111 13 1111-1111-1111-111ı",  # a letter that becomes an I in upper case
        "330681111 13 1111.1111.1111.1111",
        "330681111 13 1111-1111-1111-1111 1",
    ],
)
def test_what_is_no_line_is_refused(typed: str) -> None:
    with pytest.raises(FormatError):
        checkpoint.parse_line(typed)


def test_another_sign_is_another_root() -> None:
    signs = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
    seen = {checkpoint.parse_line(f"330681111 13 {sign}111-1111-1111-1111").head for sign in signs}
    assert len(seen) == len(signs)
