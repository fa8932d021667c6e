"""What verify.py computes on its own is what the program, and the specifications, compute."""

from __future__ import annotations

import base64
import contextlib
import hashlib
from pathlib import Path
from random import Random
from typing import Any, get_args

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as some

from incident.domain import condition, facts, journal, names, tree
from incident.domain.errors import IncidentError
from incident.domain.fact_names import kind_of
from incident.domain.facts import (
    End,
    ItemChanged,
    ItemEnded,
    ItemStarted,
    ReportFiled,
    Result,
    TimerEnded,
    What,
)
from incident.domain.playbook import Playbook, Range, encode
from incident.domain.request import Verb
from incident.service.adopt import adopt
from incident.service.who import Who
from incident.testing import Drill, MemoryStore
from incident.testing.given import fixed_chance
from tests.kit.making import (
    HOUSE,
    SCRIPT,
    SIGNED_AT,
    STRANGER,
    Signer,
    parts_of,
    root_of,
    run,
    signer,
    vkey,
    write_zip,
)
from tests.playbooks import CODE
from tests.service import story
from tests.service.walk import Walk
from tests.shipped import plan

NAMES = ("majian", "dongshan", "taiping", "taizhou", "wulipai")
ORDER = 2**252 + 27742317777372353535851937790883648493


def is_signed(public: bytes, text: bytes, signature: bytes) -> bool:
    try:
        SCRIPT.check_signature(SCRIPT.parse_key(vkey("k", public))[1], text, signature)
    except (SCRIPT.Unfit, IndexError):
        return False
    return True


# RFC 8032 section 7.1: secret key, public key, message, signature
VECTORS = [
    (
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        (
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46b"
            "d25bf5f0595bbe24655141438e7a100b"
        ),
    ),
    (
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        (
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c"
            "387b2eaeb4302aeeb00d291612bb0c00"
        ),
    ),
    (
        "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        (
            "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc659"
            "4a7c15e9716ed28dc027beceea1ec40a"
        ),
    ),
    (
        "833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42",
        "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
        (
            "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd"
            "454d4423643ce80e2a9ac94fa54ca49f"
        ),
        (
            "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b58909351fc9ac90b3ecfdfbc7c66431e030"
            "3dca179c138ac17ad9bef1177331a704"
        ),
    ),
]


@pytest.mark.parametrize(("secret", "public", "text", "signature"), VECTORS)
def test_vectors_of_rfc_8032_verify(secret: str, public: str, text: str, signature: str) -> None:
    made = Signer("k", Ed25519PrivateKey.from_private_bytes(bytes.fromhex(secret)))

    assert made.public.hex() == public
    assert made.private.sign(bytes.fromhex(text)).hex() == signature
    assert is_signed(bytes.fromhex(public), bytes.fromhex(text), bytes.fromhex(signature))


def test_signatures_of_another_implementation_verify_and_changed_ones_do_not() -> None:
    random = Random(8032)
    for n in range(5):
        one = signer(n)
        for _ in range(10):
            text = random.randbytes(random.randrange(300))
            signature = one.private.sign(text)
            at, bit = random.randrange(64), 1 << random.randrange(8)
            changed = bytes([*signature[:at], signature[at] ^ bit, *signature[at + 1 :]])
            assert is_signed(one.public, text, signature)
            assert not is_signed(one.public, text, changed)
            assert not is_signed(one.public, text + b"\0", signature)


def test_signature_in_another_form_is_none() -> None:
    signature = HOUSE.private.sign(b"text")
    s = int.from_bytes(signature[32:], "little")
    longer = (s + ORDER).to_bytes(32, "little")

    assert not is_signed(HOUSE.public, b"text", signature[:32] + longer)
    assert not is_signed(HOUSE.public, b"text", signature + b"\0")
    assert not is_signed(HOUSE.public, b"text", signature[:63])
    assert not is_signed(HOUSE.public, b"text", b"")


def test_signature_whose_point_is_of_low_order_is_none() -> None:
    """S·B = k·A and R the neutral element: whoever has the key can make one that says nothing of R."""
    secret = HOUSE.private.private_bytes_raw()
    digest = bytearray(hashlib.sha512(secret).digest()[:32])
    digest[0] &= 248
    digest[31] = digest[31] & 127 | 64
    a, r = int.from_bytes(digest, "little"), bytes([1, *[0] * 31])
    k = int.from_bytes(hashlib.sha512(r + HOUSE.public + b"text").digest(), "little")
    s = (k * a % ORDER).to_bytes(32, "little")

    assert not is_signed(HOUSE.public, b"text", r + s)


LOW_ORDER = [
    "01" + "00" * 31,
    "ec" + "ff" * 30 + "7f",
    "00" * 32,
    "00" * 31 + "80",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
]
#: y of p or more; x of 0 with a sign; no point at all.
NO_POINT = [
    "ed" + "ff" * 30 + "7f",
    "ee" + "ff" * 30 + "7f",
    "ff" * 32,
    "01" + "00" * 30 + "80",
    "02" + "00" * 31,
]


@pytest.mark.parametrize("public", LOW_ORDER)
def test_key_of_low_order_is_refused_alone_and_added_to_another(public: str) -> None:
    point = SCRIPT.decode_point(bytes.fromhex(public))
    mixed = SCRIPT.encode_point(SCRIPT.add(point, SCRIPT.decode_point(HOUSE.public)))

    for raw in {bytes.fromhex(public), mixed} - {HOUSE.public}:
        with pytest.raises(SCRIPT.Unfit, match="low order"):
            SCRIPT.parse_key(vkey("k", raw))


@pytest.mark.parametrize("public", NO_POINT)
def test_key_in_another_form_is_refused(public: str) -> None:
    with pytest.raises(SCRIPT.Unfit):
        SCRIPT.parse_key(vkey("k", bytes.fromhex(public)))


def test_every_changed_character_of_a_key_is_found() -> None:
    text = HOUSE.vkey()
    for at, sign in enumerate(text):
        changed = text[:at] + ("A" if sign != "A" else "B") + text[at + 1 :]
        with pytest.raises((SCRIPT.Unfit, ValueError)):
            SCRIPT.parse_key(changed)


def test_every_changed_byte_of_a_checkpoint_is_found() -> None:
    root = base64.b64encode(bytes(32)).decode()
    raw = HOUSE.sign(f"incident/1/0000000000000000\n7\n{root}\nat {SIGNED_AT}\n").encode()
    label, public = SCRIPT.parse_key(HOUSE.vkey())

    def holds(note: bytes) -> bool:
        try:
            one = SCRIPT.parse_checkpoint(note)
            SCRIPT.check_signature(public, one["text"], one["signatures"][label])
        except (SCRIPT.Unfit, ValueError, KeyError):
            return False
        return True

    assert holds(raw)
    for at in range(len(raw)):
        assert not holds(raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1 :]), at
        assert not holds(raw[:at] + raw[at + 1 :]), at
        assert (
            not holds(raw[:at] + raw[at : at + 1] + raw[at:]) or raw[at : at + 1] == raw[at + 1 : at + 2]
        ), at


@given(some.lists(some.binary(max_size=3), max_size=40))
def test_roots_are_those_of_the_definition(entries: list[bytes]) -> None:
    leaves = [tree.leaf_hash(one) for one in entries]

    found = SCRIPT.roots(leaves, range(len(leaves) + 1))

    assert found == {size: root_of(leaves[:size]) for size in range(len(leaves) + 1)}


PLAIN = some.recursive(
    some.none() | some.booleans() | some.integers(-(2**53), 2**53) | some.text(),
    lambda inner: some.lists(inner, max_size=3) | some.dictionaries(some.text(max_size=3), inner, max_size=3),
    max_leaves=9,
)


@given(some.dictionaries(some.text(max_size=3), PLAIN, max_size=4))
def test_canonical_bytes_are_those_of_the_program(plain: dict[str, object]) -> None:
    assert SCRIPT.parse(journal.canonical(plain)) == plain


@pytest.mark.parametrize("text", ["AB==", "AAB=", "AA", "AA=", "AA==\n", "-_8="])
def test_base64_in_another_form_is_refused(text: str) -> None:
    with pytest.raises((SCRIPT.Unfit, ValueError)):
        SCRIPT.unbase64(text)


def kinds_of_facts() -> list[facts.AnyFact]:
    """A fact of every kind, in every way in which its name can differ."""
    items = [
        "body",
        "group",
        "roster",
        "obligation",
        "measure",
        "clock",
        "directive",
        "tenure",
        "leave",
        "pin",
    ]
    bare, acting = {"a": 1}, {"acts_as": {"zh": "组", "en": "group"}, "replaced": "x"}
    made: list[facts.AnyFact] = []
    for kind in [*items, "callout", "handover"]:
        made += [ItemStarted(kind=kind, key="k", after=bare), ItemEnded(kind=kind, key="k", before=bare)]
        made += [
            ItemChanged(kind=kind, key="k", before=before, after=after)
            for before in (bare, acting)
            for after in (bare, acting)
        ]
    for what in get_args(What):
        for end in get_args(End):
            for result in (None, *get_args(Result)):
                made.append(TimerEnded(what=what, key="k", due=SIGNED_AT, end=end, result=result))
    made += [ReportFiled(sender="s", form="f", corrects=one) for one in (None, 3)]
    return [
        *made,
        facts.EventNoted(event="e"),
        facts.IncidentClosed(incident="i"),
        facts.LogNoted(way="in", at=SIGNED_AT),
    ]


def test_facts_are_called_what_the_program_calls_them() -> None:
    for fact in kinds_of_facts():
        assert SCRIPT.kind_of(msgspec.to_builtins(fact)) == kind_of(fact), fact


@pytest.mark.parametrize("name", NAMES)
def test_references_name_whom_they_name_in_the_program(name: str) -> None:
    playbook: Playbook = plan(name)
    book = SCRIPT.decode(encode(playbook).decode())
    deciders = {one.key: one for one in names.known(playbook, names.DECIDERS)}
    refs = {ref for step in playbook.transitions.values() for ref in step.decided_by}
    refs |= {words for words, _ in names._all(playbook)} | {"nobody", ""}

    for ref in refs:
        found = {one.key for one in names.find(playbook, ref, names.DECIDERS)}
        named = {key for key in deciders if SCRIPT.is_named(book, ref, key)}
        assert found == named, ref


@given(
    some.text(max_size=2) | some.integers(-3, 3) | some.lists(some.text(max_size=2), max_size=2)
    | some.builds(Range, some.none() | some.integers(-3, 3), some.none() | some.integers(-3, 3)),
    some.text(max_size=2) | some.integers(-3, 3),
)  # fmt: skip
def test_conditions_are_met_as_in_the_program(one: str | int | list[str] | Range, value: str | int) -> None:
    assert SCRIPT.meets(msgspec.to_builtins(one), value) == condition.meets(one, value)


@pytest.mark.parametrize("to", ["previous", "nowhere"])
def test_step_to_no_state_is_found(to: str) -> None:
    step = {"from": ["routine"], "on": "event", "to": to}
    book = {"transitions": {"step": step}, "events": {"event": {}}, "states": {"routine": {}}}
    walk = SCRIPT.Walk(None)
    walk.now["state"] = "routine"

    with pytest.raises(SCRIPT.Unfit, match="to no state"):
        walk.step({"step": "step", "came": {"type": "event"}}, {}, book, {})


@pytest.mark.parametrize(("to", "holder"), [("previous", "first"), ("other", "second")])
def test_whoever_decided_the_state_to_which_a_step_returns_lifts_it(to: str, holder: str) -> None:
    """By `activator` the table names the body that decided the state in force."""
    step = {"from": ["raised"], "on": "event", "to": to}
    states: dict[str, Any] = {"routine": {}, "raised": {}, "other": {}}
    walk = SCRIPT.Walk(None)
    walk.now |= {"state": "raised", "previous": "other", "incident": "1"}
    walk.now |= {"authority": "later", "previous_authority": "first"}
    facts = {"StateEntered": {"origin": "raised", "target": "other", "authority": "second"}}
    book = {"transitions": {"step": step}, "events": {"event": {}}, "states": states, "initial": "routine"}

    walk.step({"step": "step", "came": {"type": "event"}, "authority": "second"}, facts, book, {})

    assert walk.now["authority"] == holder


# -- nothing that the program records is called a fault


def held(tmp_path: Path, store: MemoryStore, code: str) -> str:
    with store.reading() as tx:
        kit = parts_of(tx, code, sizes=(1,))
    said = run(write_zip(tmp_path / "kit.zip", kit.sealed()), "--key", HOUSE.vkey())
    assert said.code == 0, said.out
    return said.out


@pytest.mark.parametrize("name", NAMES)
def test_whatever_is_asked_of_a_town_holds(tmp_path: Path, name: str) -> None:
    random, drill = Random(name), Drill(name)
    bodies = [*drill.playbook.bodies, *drill.playbook.groups]
    for _ in range(25):
        key = random.choice([*drill.playbook.events])
        fields = drill.playbook.events[key].fields
        values: dict[str, Any] = {
            name: 1 if one.type == "integer" else random.choice([*one.choices, "张三"])
            for name, one in fields.items()
        }
        verb = random.choice(get_args(Verb))
        words: dict[str, Any] = {"decided_by": random.choice(bodies)} if random.random() < 1 / 4 else {}
        drill._refused = None
        drill.clock.after(minutes=random.randrange(90))
        with contextlib.suppress(IncidentError):
            drill.ask(verb, key, **words, **values)

    assert "StateEntered 0" not in held(tmp_path, drill.store, drill.code)


@pytest.mark.parametrize("seed", [1, 5])
def test_whatever_people_do_about_duty_holds(tmp_path: Path, seed: int) -> None:
    walk = Walk(seed)
    walk.go(12)

    held(tmp_path, walk.office.store, walk.office.code)


def test_night_and_morning_of_other_plans_hold(tmp_path: Path) -> None:
    store = MemoryStore()
    story.whole_night(store)
    held(tmp_path, store, CODE)
    held(tmp_path, store, story.morning(store))


def test_stranger_signs_in_vain() -> None:
    assert not is_signed(HOUSE.public, b"text", STRANGER.private.sign(b"text"))


def test_other_versions_adopted_between_two_incidents_hold(tmp_path: Path) -> None:
    drill = Drill("majian")
    case: dict[str, Any] = {"origin": "local", "result": "confirmed", "cases": 1}
    for zone in ("Asia/Urumqi", "Asia/Shanghai"):
        town = msgspec.structs.replace(drill.playbook.jurisdiction, zone=zone)
        adopted = msgspec.structs.replace(drill.playbook, jurisdiction=town, initial="routine")
        drill.clock.after(hours=3)
        adopt(drill.store, adopted, Who(by="drill"), now=drill.clock, chance=fixed_chance)
        drill.clock.after(hours=3)
        drill.activate("local_positive_reported", **case)
        drill.clock.after(hours=3)
        drill.stand_down()

    assert "StateEntered 4" in held(tmp_path, drill.store, drill.code)
