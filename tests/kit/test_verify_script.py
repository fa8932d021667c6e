"""A stranger with Python and a key finds what is wrong with a kit, at the level and place where it is."""

from __future__ import annotations

import ast
import base64
import json
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from incident.domain import journal
from tests.kit.making import (
    ACTIVATED,
    CALLED,
    FILED,
    FURTHER,
    HOUSE,
    LIFTED,
    REFUSED,
    SIGNED_AT,
    STRANGER,
    VERIFY,
    Parts,
    Said,
    night,
    parts,
    parts_of,
    root_of,
    run,
    run_alone,
    write_zip,
)

LEVELS = ["bytes", "root", "signatures", "consistency", "filter", "disclosures", "transitions"]
Files = dict[str, bytes]


@pytest.fixture(scope="module")
def whole() -> Parts:
    """The parts of a kit with which nothing is wrong."""
    return parts()


@pytest.fixture
def outside(tmp_path: Path, whole: Parts) -> Path:
    """A checkpoint over all entries that left the house before anything was changed."""
    path = tmp_path / "outside.txt"
    path.write_text(whole.checkpoint(len(whole.bodies)), encoding="utf-8")
    return path


def verified(tmp_path: Path, files: Files, *words: str | Path) -> Said:
    return run(write_zip(tmp_path / "kit.zip", files), "--key", HOUSE.vkey(), *words)


def test_kit_of_a_real_night_holds_at_every_level(tmp_path: Path, whole: Parts, outside: Path) -> None:
    said = verified(tmp_path, whole.sealed(), "--checkpoint", outside)

    assert said.code == 0, said
    lines = said.out.splitlines()[1:]
    assert [line.split(":")[0] for line in lines[:-1]] == LEVELS
    assert all(": holds, " in line for line in lines[:-1]), said.out
    assert "incident journal verify KIT.zip" in lines[-1]


def test_kit_holds_as_a_folder_and_where_the_script_lies(tmp_path: Path, whole: Parts) -> None:
    for name, body in whole.sealed().items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(body)
    key = tmp_path.with_suffix(".key")
    key.write_text(HOUSE.vkey() + "\n", encoding="utf-8")

    assert run(tmp_path, "--key", key).code == 0
    alone = run_alone("--key", key, script=tmp_path / "verify.py")
    assert alone.code == 0, alone
    assert [line.split(":")[0] for line in alone.out.splitlines()[1:-1]] == LEVELS


def test_without_a_key_it_says_that_signatures_were_not_checked(tmp_path: Path, whole: Parts) -> None:
    said = run(write_zip(tmp_path / "kit.zip", whole.sealed()))

    assert said.code == 0
    assert "signatures: NOT CHECKED, no public key given" in said.out


def test_it_speaks_chinese(tmp_path: Path, whole: Parts) -> None:
    said = run(write_zip(tmp_path / "kit.zip", whole.sealed()), "--lang", "zh")

    assert "签名: 未核验，没有给出公钥" in said.out
    assert "转换: 相符" in said.out


@pytest.mark.parametrize(
    "words", [["nowhere.zip"], ["--key", "nowhere"], ["--checkpoint", "nowhere"], ["--what"]]
)
def test_wrong_usage_ends_with_2(tmp_path: Path, whole: Parts, words: list[str]) -> None:
    kit = [] if words == ["nowhere.zip"] else [write_zip(tmp_path / "kit.zip", whole.sealed())]

    assert run(*kit, *words).code == 2


# -- what somebody does who holds the database, the program and even the key


def edited(kit: Parts) -> Parts:
    entry = kit.entry(FURTHER)
    entry["came"]["data"]["cases"] = 2
    return kit.with_entry(FURTHER, entry)


def cut_off(kit: Parts) -> Parts:
    return replace(
        kit, bodies=kit.bodies[:-1], disclosures=[one for one in kit.disclosures if one[0] < 7], sizes=(1, 3)
    )


def reordered(kit: Parts) -> Parts:
    """Two entries change places, their numbers put right."""
    moved = {FURTHER: kit.entry(CALLED) | {"seq": FURTHER}, CALLED: kit.entry(FURTHER) | {"seq": CALLED}}
    turned = {FURTHER: CALLED, CALLED: FURTHER}
    for seq, entry in moved.items():
        kit = kit.with_entry(seq, entry)
    rows = [(turned.get(seq, seq), name, text) for seq, name, text in kit.disclosures]
    return replace(kit, disclosures=sorted(rows))


def left_out(kit: Parts) -> Parts:
    """An entry is taken out, and all that follow are numbered anew."""
    rest = [kit.entry(seq) for seq in range(len(kit.bodies)) if seq != FURTHER]
    bodies = [journal.canonical({**entry, "seq": seq}) for seq, entry in enumerate(rest)]
    rows = [(seq - (seq > FURTHER), name, text) for seq, name, text in kit.disclosures if seq != FURTHER]
    return replace(kit, bodies=bodies, disclosures=rows, sizes=(1, 3, 7))


@pytest.mark.parametrize("spoil", [edited, cut_off, reordered, left_out])
def test_rewritten_record_is_found_against_a_checkpoint_from_outside_alone(
    tmp_path: Path, whole: Parts, outside: Path, spoil: Callable[[Parts], Parts]
) -> None:
    spoiled = spoil(whole)
    files = spoiled.sealed()

    assert verified(tmp_path, files).code == 0, "whoever has the key can rewrite what never left the house"
    said = verified(tmp_path, files, "--checkpoint", outside)
    assert said.code == 1
    assert said.faults().keys() == {"consistency"}
    words = "cut off" if len(spoiled.bodies) < len(whole.bodies) else "rewritten since"
    assert said.faults()["consistency"].startswith(f"{outside}: {words}")


def test_journal_begun_anew_has_another_origin(tmp_path: Path, whole: Parts, outside: Path) -> None:
    forged = whole.with_entry(0, whole.entry(0) | {"at": "2026-02-28T18:39:00Z"})

    said = verified(tmp_path, forged.sealed(), "--checkpoint", outside)

    assert said.faults().keys() == {"consistency"}


def test_checkpoint_of_another_journal_is_none_of_this(tmp_path: Path, whole: Parts) -> None:
    """Signed by the same house over the same entries, for another jurisdiction, or a journal begun anew."""
    for origin in (f"incident/330681112/{whole.origin()[-16:]}", f"incident/{whole.code}/0000000000000000"):
        root = base64.b64encode(root_of(whole.leaves()[:3])).decode()
        files = whole.files()
        note = HOUSE.sign(f"{origin}\n3\n{root}\nat {SIGNED_AT}\n")
        files["checkpoints/000000000003.txt"] = note.encode()

        said = verified(tmp_path, whole.sealed(files))

        assert said.faults() == {
            "consistency": f"checkpoints/000000000003.txt: of another journal {origin!r}"
        }


# -- what the table does not allow; all made anew, and signed, so that only the levels named can find it


def another_step(kit: Parts) -> Parts:
    return kit.with_entry(ACTIVATED, kit.entry(ACTIVATED) | {"step": "declare_first_level"})


def another_event(kit: Parts) -> Parts:
    entry = kit.entry(ACTIVATED)
    entry["came"]["type"] = "response_lifted"
    return kit.with_entry(ACTIVATED, entry)


def another_body(kit: Parts) -> Parts:
    entry = kit.entry(ACTIVATED)
    entry["authority"] = entry["facts"][1]["authority"] = "general_coordination"
    return kit.with_entry(ACTIVATED, entry)


def another_lifts(kit: Parts) -> Parts:
    """Lifted by a body that did not decide the activation."""
    entry = kit.entry(LIFTED)
    entry["authority"] = entry["facts"][0]["authority"] = "outbreak_task_force"
    return kit.with_entry(LIFTED, entry)


def no_such_step(kit: Parts) -> Parts:
    return kit.with_entry(ACTIVATED, kit.entry(ACTIVATED) | {"step": "bless"})


def later_step(kit: Parts) -> Parts:
    """A step of the table that leaves another state."""
    return kit.with_entry(ACTIVATED, kit.entry(ACTIVATED) | {"step": kit.entry(LIFTED)["step"]})


def condition_false(kit: Parts) -> Parts:
    entry = kit.entry(ACTIVATED)
    entry["came"]["data"]["origin"] = "imported"
    return kit.with_entry(ACTIVATED, entry)


def condition_hidden(kit: Parts) -> Parts:
    """The value that decides is sealed and not opened."""
    entry = kit.entry(ACTIVATED)
    entry["came"]["data"]["origin"] = entry["by"]
    return replace(kit.with_entry(ACTIVATED, entry), withheld=[[ACTIVATED, "data.origin"]])


def condition_true(kit: Parts) -> Parts:
    """`true` is no number, though Python takes it for 1."""
    entry = kit.entry(ACTIVATED)
    entry["came"]["data"]["result"] = True
    return kit.with_entry(ACTIVATED, entry)


def condition_void(kit: Parts) -> Parts:
    entry = kit.entry(ACTIVATED)
    entry["came"]["data"]["origin"] = None
    return kit.with_entry(ACTIVATED, entry)


def nobody(kit: Parts) -> Parts:
    """Decided by nobody, as the entry says."""
    entry = kit.entry(ACTIVATED)
    del entry["authority"], entry["facts"][1]["authority"]
    return kit.with_entry(ACTIVATED, entry)


def no_step(kit: Parts) -> Parts:
    entry = kit.entry(LIFTED)
    del entry["step"]
    return kit.with_entry(LIFTED, entry)


def gap_between_states(kit: Parts) -> Parts:
    entry = kit.entry(LIFTED)
    entry["facts"][0]["origin"] = "first_level_response"
    return kit.with_entry(LIFTED, entry)


def elsewhere(kit: Parts) -> Parts:
    entry = kit.entry(ACTIVATED)
    entry["facts"][1]["target"] = "first_level_response"
    return kit.with_entry(ACTIVATED, entry)


def refusal_that_acts(kit: Parts) -> Parts:
    entry = kit.entry(REFUSED)
    entry["facts"].append({"fact": "EventNoted", "event": "local_positive_reported"})
    return kit.with_entry(REFUSED, entry)


def other_incident(kit: Parts) -> Parts:
    """An entry that a filter by incident would not open."""
    return kit.with_entry(FURTHER, kit.entry(FURTHER) | {"incident": "330681111-2026-007"})


def entered_twice(kit: Parts) -> Parts:
    entry = kit.entry(ACTIVATED)
    entry["facts"].insert(1, entry["facts"][1] | {"target": "first_level_response"})
    return kit.with_entry(ACTIVATED, entry)


def not_noted(kit: Parts) -> Parts:
    return kit.with_entry(FURTHER, kit.entry(FURTHER) | {"facts": []})


def switched_instead(kit: Parts) -> Parts:
    """A step that only notes an event is said to have changed the state."""
    entry = kit.entry(FURTHER)
    entry["facts"].append(kit.entry(ACTIVATED)["facts"][1])
    return kit.with_entry(FURTHER, entry)


def goes_on(kit: Parts) -> Parts:
    """Lifted, and the incident does not end."""
    entry = kit.entry(LIFTED)
    entry["facts"] = [one for one in entry["facts"] if one["fact"] != "IncidentClosed"]
    return kit.with_entry(LIFTED, entry)


def adopted_again(kit: Parts) -> Parts:
    """The playbook is adopted within the incident."""
    entry = kit.entry(CALLED)
    entry["facts"].append(kit.entry(0)["facts"][0])
    return kit.with_entry(CALLED, entry)


def never_adopted(kit: Parts) -> Parts:
    entry = kit.entry(0)
    entry["facts"] = entry["facts"][1:]
    return kit.with_entry(0, entry)


@pytest.mark.parametrize(
    ("spoil", "seq", "words"),
    [
        (another_step, ACTIVATED, "event 'local_positive_reported', expected 'first_level"),
        (no_such_step, ACTIVATED, "not in the table 'bless'"),
        (later_step, ACTIVATED, "from state 'routine', expected ["),
        (another_event, ACTIVATED, "event 'response_lifted', expected 'local_positive_reported'"),
        (another_body, ACTIVATED, "decided by 'general_coordination', expected ['"),
        (nobody, ACTIVATED, "decided by None"),
        (another_lifts, LIFTED, "decided by 'outbreak_task_force', expected ['command']"),
        (condition_false, ACTIVATED, "condition {'origin': 'imported'}, expected {'origin': 'local'}"),
        (condition_hidden, ACTIVATED, "condition {'origin': {'sd': "),
        (condition_true, ACTIVATED, "condition {'result': True}"),
        (condition_void, ACTIVATED, "condition {'origin': None}"),
        (no_step, LIFTED, "facts about the state ['IncidentClosed', 'StateEntered'], expected []"),
        (gap_between_states, LIFTED, "enters ['first_level_response', "),
        (elsewhere, ACTIVATED, "enters ['routine', 'first_level_response', "),
        (entered_twice, ACTIVATED, "facts about the state"),
        (not_noted, FURTHER, "event noted None"),
        (switched_instead, FURTHER, "facts about the state"),
        (goes_on, LIFTED, "facts about the state"),
        (adopted_again, CALLED, "adopted in state"),
        (refusal_that_acts, REFUSED, "a refusal that changes something"),
        (other_incident, FURTHER, "incident '330681111-2026-007', expected '330681111-2026-001'"),
        (never_adopted, 0, "playbook in force"),
    ],
)
def test_step_that_the_table_does_not_allow_is_found(
    tmp_path: Path, whole: Parts, spoil: Callable[[Parts], Parts], seq: int, words: str
) -> None:
    said = verified(tmp_path, spoil(whole).sealed())

    assert said.code == 1
    assert said.faults().keys() == {"transitions"}
    assert said.faults()["transitions"].startswith(f"entry {seq}: "), said.out
    assert words in said.faults()["transitions"]


# -- what is in the kit but not in the record


def files_with(change: Callable[[Files], object]) -> Callable[[Parts], Files]:
    """Change files, and list them in kit.json as they are then."""

    def made(kit: Parts) -> Files:
        files = kit.files()
        change(files)
        return kit.sealed(files)

    return made


def swapped(kit: Parts) -> Files:
    """Two entries disclose each other's basis."""
    texts = {seq: text for seq, name, text in kit.disclosures if name in {"data.text", "by"}}
    rows = [
        (seq, name, texts[FILED] if (seq, name) == (LIFTED, "by") else text)
        for seq, name, text in kit.disclosures
    ]
    return replace(kit, disclosures=rows).sealed()


def renamed(kit: Parts) -> Files:
    """An entry discloses its basis as its reason; the digests are exchanged with them."""
    entry = kit.entry(ACTIVATED)
    entry["basis"], entry["reason"] = entry["reason"], entry["basis"]
    texts = {(seq, name): text for seq, name, text in kit.disclosures}
    texts[ACTIVATED, "basis"], texts[ACTIVATED, "reason"] = (
        texts[ACTIVATED, "reason"],
        texts[ACTIVATED, "basis"],
    )
    rows = [(seq, name, texts[seq, name]) for seq, name, _ in kit.disclosures]
    return replace(kit.with_entry(ACTIVATED, entry), disclosures=rows).sealed()


def one_left_out(kit: Parts) -> Files:
    return replace(kit, disclosures=[one for one in kit.disclosures if one[:2] != (FILED, "by")]).sealed()


def said_withheld(kit: Parts) -> Files:
    return kit.sealed(withheld=[[FILED, "by"]])


def lying_filter(kit: Parts) -> Files:
    """It asks for one incident, and opens an entry from before it."""
    return kit.sealed(filter={"incident": "330681111-2026-001"})


def twice(kit: Parts) -> Files:
    return replace(kit, disclosures=sorted([*kit.disclosures, kit.disclosures[-1]])).sealed()


def out_of_order(kit: Parts) -> Files:
    return replace(kit, disclosures=[*kit.disclosures[4:], *kit.disclosures[:4]]).sealed()


def by_stranger(kit: Parts) -> Files:
    return replace(kit, by=STRANGER).sealed()


def one_checkpoint(change: Callable[[str], str]) -> Callable[[Parts], Files]:
    def made(kit: Parts) -> Files:
        files = kit.files()
        files["checkpoints/000000000003.txt"] = change(
            files["checkpoints/000000000003.txt"].decode()
        ).encode()
        return kit.sealed(files)

    return made


def other_playbook(files: Files) -> None:
    [name] = [name for name in files if name.startswith("playbooks/")]
    playbook = json.loads(files[name])
    playbook["transitions"]["activate_on_positive"]["decided_by"].append("general_coordination")
    files[name] = json.dumps(playbook, ensure_ascii=False, separators=(",", ":")).encode()


def attachment_of(files: Files) -> str:
    [name] = [name for name in files if name.startswith("attachments/")]
    return name


@pytest.mark.parametrize(
    ("spoil", "level", "place"),
    [
        (swapped, "disclosures", f"entry {LIFTED}"),
        (renamed, "disclosures", f"entry {ACTIVATED}"),
        (one_left_out, "filter", f"entry {FILED}"),
        (said_withheld, "filter", "disclosures.jsonl"),
        (lying_filter, "filter", "entry 0"),
        (twice, "disclosures", "entry 7"),
        (out_of_order, "disclosures", "disclosures.jsonl"),
        (by_stranger, "signatures", "checkpoint"),
        (
            one_checkpoint(lambda note: note.replace("— ", "—  ")),
            "signatures",
            "checkpoints/000000000003.txt",
        ),
        (
            one_checkpoint(lambda note: note + note.splitlines()[-1] + "\n"),
            "signatures",
            "checkpoints/000000000003.txt",
        ),
        (
            one_checkpoint(lambda note: note.replace("\n3\n", "\n03\n")),
            "signatures",
            "checkpoints/000000000003.txt",
        ),
        (
            one_checkpoint(lambda note: note.replace("\nat ", "\nat  ")),
            "signatures",
            "checkpoints/000000000003.txt",
        ),
        (
            one_checkpoint(lambda note: note.replace("\n3\n", "\n2\n")),
            "signatures",
            "checkpoints/000000000003.txt",
        ),
        (files_with(other_playbook), "transitions", "entry 0"),
        (files_with(lambda files: files.pop("tile/0/000.p/8")), "root", "tile/0: not the leaves"),
        (files_with(lambda files: files.update({"tile/0/000.p/8": bytes(256)})), "root", "tile/0"),
        (files_with(lambda files: files.update({"tile/0/001.p/1": bytes(32)})), "root", "tile/0"),
        (files_with(lambda files: files.update({attachment_of(files): b"?"})), "disclosures", ""),
        (files_with(lambda files: files.pop(attachment_of(files))), "disclosures", ""),
        (files_with(lambda files: files.update({"attachments/" + "0" * 64: b""})), "disclosures", ""),
        (files_with(lambda files: files.update({f"playbooks/{'0' * 64}.json": b""})), "transitions", ""),
        (
            files_with(lambda files: files.update({"checkpoint": files["checkpoints/000000000003.txt"]})),
            "consistency",
            "checkpoint",
        ),
        (lambda kit: {n: one for n, one in kit.sealed().items() if n != "README.txt"}, "bytes", "README.txt"),
        (lambda kit: kit.sealed() | {"extra.txt": b""}, "bytes", "extra.txt"),
        (lambda kit: kit.sealed(root="0" * 64), "root", "kit.json"),
        (lambda kit: kit.sealed(size=9), "root", "kit.json"),
        (lambda kit: kit.sealed(size=7, root=root_of(kit.leaves()[:7]).hex()), "root", "kit.json"),
        (lambda kit: kit.sealed(origin=f"incident/{kit.code}/0000000000000000"), "root", "kit.json"),
        (lambda kit: kit.sealed(origin=kit.origin().replace("330681111", "330681112")), "root", "kit.json"),
    ],
)
def test_kit_that_is_not_what_the_record_says_is_found(
    tmp_path: Path, whole: Parts, spoil: Callable[[Parts], Files], level: str, place: str
) -> None:
    said = verified(tmp_path, spoil(whole))

    assert said.code == 1
    assert level in said.faults(), said.out
    assert said.faults()[level].startswith(place), said.out


def test_value_that_is_named_as_withheld_is_listed(tmp_path: Path, whole: Parts) -> None:
    erased = replace(whole, disclosures=[one for one in whole.disclosures if one[:2] != (FILED, "by")])

    said = verified(tmp_path, replace(erased, withheld=[[FILED, "by"]]).sealed())

    assert said.code == 0, said.out
    assert f"withheld or erased [[{FILED}, 'by']]" in said.out


def test_kit_of_one_incident_opens_that_and_nothing_else(tmp_path: Path) -> None:
    drill = night()
    with drill.store.reading() as tx:
        kit = parts_of(tx, drill.code, matches=lambda seq: seq in range(ACTIVATED, LIFTED + 1), sizes=(8,))

    said = verified(tmp_path, kit.sealed(filter={"incident": "330681111-2026-001"}))

    assert said.code == 0, said.out
    assert "matching 5," in said.out


# -- bytes, whoever flips them


def test_each_flipped_byte_is_found(tmp_path: Path, whole: Parts) -> None:
    files, random = whole.sealed(), Random(8)
    for name in sorted(files):
        at = random.randrange(len(files[name])) if files[name] else None
        changed = (
            b"?" if at is None else bytes([*files[name][:at], files[name][at] ^ 1, *files[name][at + 1 :]])
        )
        said = verified(tmp_path, files | {name: changed})
        assert said.code == 1, (name, at)
        assert "bytes" in said.faults() or name == "kit.json", (name, at)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'{"', b'{ "'),
        (b'"v":1', b'"v":1.0'),
        (b'"v":1', b'"v":01'),
        (b'"v":1', b'"v":-1'),
        (b'"v":1', b'"v":NaN'),
    ],
)
def test_entry_in_other_bytes_of_the_same_meaning_is_found(
    tmp_path: Path, whole: Parts, old: bytes, new: bytes
) -> None:
    bodies = [*whole.bodies]
    bodies[FILED] = bodies[FILED].replace(old, new)

    said = verified(tmp_path, replace(whole, bodies=bodies).sealed())

    assert said.faults()["bytes"].startswith(f"entry {FILED}: ")


@pytest.mark.parametrize("body", [b"", b"[" * 100_000, b"\xff", b"null", b'{"facts":7}', b'"' + b"9" * 99])
def test_entry_that_is_garbage_is_found_without_a_traceback(
    tmp_path: Path, whole: Parts, body: bytes
) -> None:
    bodies = [*whole.bodies[:FILED], body, *whole.bodies[FILED + 1 :]]
    files = {name: one for name, one in whole.files().items() if not name.startswith("tile/entries")}

    said = verified(
        tmp_path, whole.sealed(files | {"entries.jsonl": b"".join(one + b"\n" for one in bodies)})
    )

    assert said.faults()["bytes"].startswith(f"entry {FILED}: ")


# -- the ZIP


@pytest.mark.parametrize(
    ("extra", "words"),
    [
        ("../x", "a path outside"),
        ("/x", "a path outside"),
        ("a\\..\\x", "a path outside"),
        ("C:x", "a path outside"),
        ("tile/./0", "a path outside"),
        ("folder/", "a path outside"),
        ("README.txt", "there twice"),
    ],
)
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_zip_that_could_do_harm_is_refused(tmp_path: Path, whole: Parts, extra: str, words: str) -> None:
    path = write_zip(tmp_path / "kit.zip", whole.sealed())
    with zipfile.ZipFile(path, "a") as packed:
        packed.writestr(extra, b"x")

    said = run(path)

    assert said.code == 1
    assert said.faults().keys() == {"bytes"}
    assert words in said.faults()["bytes"]
    assert "root: " not in said.out, "nothing else can be checked"


def test_zip_bomb_is_refused_by_what_it_declares(tmp_path: Path, whole: Parts) -> None:
    said = verified(tmp_path, whole.sealed() | {"timeline.html": bytes(64 << 20)})

    assert "too great when unpacked" in said.faults()["bytes"]


@pytest.mark.parametrize("raw", [b"", b"PK\x05\x06" + bytes(18), b"PK" * 1000])
def test_file_that_is_no_zip_is_refused(tmp_path: Path, raw: bytes) -> None:
    (tmp_path / "kit.zip").write_bytes(raw)

    assert run(tmp_path / "kit.zip").faults().keys() == {"bytes"}


# -- the script itself


def test_script_is_read_by_python_3_9_and_needs_nothing_else() -> None:
    source = VERIFY.read_text(encoding="utf-8")
    tree = ast.parse(source, feature_version=(3, 9))

    imported = {one.names[0].name if isinstance(one, ast.Import) else one.module for one in ast.walk(tree)
                if isinstance(one, ast.Import | ast.ImportFrom)}  # fmt: skip
    assert imported <= {
        *(
            "__future__",
            "argparse",
            "base64",
            "collections.abc",
            "datetime",
            "functools",
            "hashlib",
            "itertools",
        ),
        *("json", "os", "pathlib", "re", "stat", "sys", "time", "typing", "zipfile", "zlib"),
    }


def test_script_has_fewer_than_600_lines() -> None:
    """All lines count, in the form of the project: an auditor reads them in one sitting."""
    lines = VERIFY.read_text(encoding="utf-8").splitlines()

    assert len(lines) < 600
    assert max(map(len, lines)) <= 110
    assert not [line for line in lines if "fmt:" in line]


def test_script_says_everything_in_both_languages() -> None:
    """What is said is a pair, English and Chinese, unless it is one name in both."""
    tree = ast.parse(VERIFY.read_text(encoding="utf-8"))
    calls = [
        (one.func.id, one.args)
        for one in ast.walk(tree)
        if isinstance(one, ast.Call) and isinstance(one.func, ast.Name)
    ]
    said = [args[0 if name == "same" else 1] for name, args in calls if name in {"must", "same"}]
    words = {one.value for one in said if isinstance(one, ast.Constant) and isinstance(one.value, str)}

    assert sum(not isinstance(one, ast.Constant) for one in said) == 1, "`same` hands its words on to `must`"
    assert {one for one in words if one.count("¦") != 1} == {"base64", "SHA-256"}
