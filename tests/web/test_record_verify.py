"""Verifying on a page: what was looked at, against what, how old that is; nothing more is counted."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, Final
from unittest import mock

import pytest
from playwright.sync_api import expect

from incident.domain.checkpoint import format_line, line_of
from incident.domain.errors import Conflict, StoreAway
from incident.domain.note import format_public_key
from incident.signing import evidence
from incident.web.verifying import Examination, Job, Verifying
from tests.service.signing import OTHER_SEED, Shelf, head, signer
from tests.web.looking import Window
from tests.web.recorded import PUBLIC, Pressing, a_night, alter, positive
from tests.web.serving import TOWN, Served

VERIFY = f"/j/{TOWN}/record/verify"


@pytest.fixture
def note(served: Served) -> str:
    """The newest of two checkpoints of a record of two entries."""
    return a_night(served)


def verified(
    served: Served, *, then: Callable[[], None] = lambda: None, files: Any = None, **fields: str
) -> str:
    """Verify, wait until it ends, and give the page."""
    with Pressing(served, "auditor") as auditor:
        return again(auditor, then=then, files=files, **fields)


def again(
    auditor: Pressing, *, then: Callable[[], None] = lambda: None, files: Any = None, **fields: str
) -> str:
    """Do the same as somebody who is there already."""
    auditor.press(VERIFY, files=files, **fields)
    ended()
    then()
    return auditor.look(VERIFY)


def ended() -> None:
    """Wait until nothing is verified any more."""
    for thread in threading.enumerate():
        if thread.name.startswith("verify "):
            thread.join(20)


def outside(served: Served, *notes: str) -> Shelf:
    """Keep notes outside."""
    shelf = Shelf()
    for one in notes:
        shelf.put(TOWN, head(one), one)
    served.site(outside=[shelf])
    return shelf


def test_nothing_was_verified_yet(served: Served) -> None:
    with Pressing(served, "auditor") as auditor:
        said = auditor.look(VERIFY)
    assert "Nothing was verified since this server started." in said
    assert "None (INCIDENT_PUBKEY)" in said
    assert "None is signed yet" in said


def test_without_anything_from_outside_it_holds_only_as_far_as_it_was_looked_at(
    served: Served, note: str
) -> None:
    assert note
    said = verified(served)
    assert "▲ Holds as far as it was looked at; that is not all" in said
    assert (
        "Entries 0 to 1, 11 of 11 levels, against 0 checkpoints from outside and 2 beside the journal."
        in said
    )
    assert "whoever can write the database can make record and checkpoints anew" in said
    assert "signatures: no public key was given" in said


@pytest.mark.parametrize("looking", ["check_storage", "examine"])
def test_a_database_that_goes_away_says_nothing_of_the_record(served: Served, looking: str) -> None:
    away = StoreAway(where="here", expected="an answer", found="none", do="look whether it runs")
    with mock.patch(f"incident.web.examining.{looking}", side_effect=away):
        said = verified(served)

    assert "▲ The database could not be asked any more; nothing is known by it" in said
    assert "does not hold" not in said


@pytest.mark.parametrize("as_line", [False, True], ids=["a note", "a line"])
def test_with_a_checkpoint_and_a_key_of_the_auditors_own_it_holds(
    served: Served, note: str, *, as_line: bool
) -> None:
    said = head(note)
    given = format_line(line_of(TOWN, said.size, said.root)) if as_line else note.replace("\n", "\r\n")
    found = verified(served, against=given, pubkey=PUBLIC)
    assert "✓ The record holds" in found
    assert "against 1 checkpoints from outside" in found
    assert f"Signatures were looked at with: {signer().key}" in found


def test_note_that_is_uploaded_counts_as_well(served: Served, note: str) -> None:
    found = verified(served, files={"note": ("mine.txt", note.encode())}, pubkey=PUBLIC)
    assert "✓ The record holds" in found
    assert "mine.txt 2 ✓ holds" in found


def test_folder_outside_is_looked_at_by_itself(
    served: Served, note: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INCIDENT_PUBKEY", PUBLIC)
    shelf = outside(served, note)
    with Pressing(served, "auditor") as auditor:
        found = again(auditor)
        assert "✓ The record holds" in found
        assert "folder outside:" in found
        shelf.is_away = True
        found = again(auditor)
    assert "folder outside counts for nothing: expected a folder that can be read, found not mounted" in found
    assert "▲ Holds as far as it was looked at" in found


def test_note_outside_that_no_given_key_signed_counts_for_nothing(served: Served, note: str) -> None:
    outside(served, note)
    found = verified(served, pubkey=format_public_key(signer(OTHER_SEED).key))
    assert "counts for nothing" in found
    # those beside the journal are signed by another, too
    assert "✕ The record does not hold" in found


def test_hashes_alone_say_what_they_did_not_look_at(served: Served, note: str) -> None:
    found = verified(served, levels="hashes", against=note, pubkey=PUBLIC)
    assert "▲ Holds as far as it was looked at" in found
    assert "2 of 11 levels" in found
    assert "not looked at: decisions: each entry decided again: only the hashes were checked" in found


def test_fault_is_named_with_its_entry_and_level(served: Served, note: str) -> None:
    alter(served)
    found = verified(served, against=note)
    assert "✕ The record does not hold" in found
    assert "Found at the level leaves: each hash recomputed" in found
    assert "entry 0" in found
    assert "By the hashes that are kept beside the entries" in found
    assert "✓ The record holds" not in found


def test_old_result_says_its_age_and_what_it_does_not_cover(served: Served, note: str) -> None:
    def later() -> None:
        served.clock.after(hours=2)
        positive(served, id="again", verb="signal")

    found = verified(served, against=note, pubkey=PUBLIC, then=later)
    assert "Ended 120 minutes ago, 2026-03-01 03:50" in found
    assert "entries were recorded since, and are not covered." in found


UNREADABLE: Final[list[tuple[dict[str, str], str]]] = [
    ({"pubkey": "no key"}, "public key"),
    ({"pubkey": "/etc/passwd"}, "public key"),
    ({"against": "no checkpoint"}, "take it again from where it was kept"),
    ({"against": "430102 2 7K3F-AAAA"}, "take it again from where it was kept"),
]


def test_what_cannot_be_read_is_refused_before_anything_runs(served: Served, note: str) -> None:
    assert note
    with Pressing(served, "auditor") as auditor:
        for fields, words in UNREADABLE:
            refused = auditor.press(VERIFY, 422, **fields)
            assert words in refused.text
            assert "Nothing was verified since this server started." in auditor.look(VERIFY)


def test_checkpoints_are_there_to_take_away(served: Served, note: str) -> None:
    with Pressing(served, "auditor") as auditor:
        assert auditor.get(f"/j/{TOWN}/record/checkpoint/2").text == note
        assert auditor.get(f"/j/{TOWN}/record/checkpoint/1/growth").text.startswith("old 1\n")
        auditor.get(f"/j/{TOWN}/record/checkpoint/7", 404)


def test_result_comes_in_by_itself_and_the_form_stays(window: Window) -> None:
    a_night(window.served)
    page = window.open("auditor", VERIFY)
    page.get_by_role("button", name="Verify", exact=True).click()
    expect(page.locator("#badge")).to_contain_text("Holds as far as it was looked at")


def test_without_javascript_one_looks_again(window: Window) -> None:
    a_night(window.served)
    page = window.open("auditor", VERIFY, script=False, lang="zh", screen="phone")
    page.locator("form[enctype] button").click()
    ended()
    page.reload()
    expect(page.locator("#badge")).to_be_visible()


# -- in the background


class Hall:
    """A verifying that goes on until it is let go."""

    def __init__(self) -> None:
        self.is_closing = False
        self.verifying = Verifying(lambda: self.is_closing, at_once=2)
        self.go_on = threading.Event()
        self.at = threading.Event()

    def work(self, tell: Callable[[int], None]) -> Examination:
        tell(256)
        self.at.set()
        assert self.go_on.wait(20)
        tell(512)
        return Examination(evidence.brought([], []), unread=[], replay=True)

    def start(self, code: str) -> None:
        self.at.clear()
        self.verifying.start(code, 1000, self.work, lambda: 7)
        assert self.at.wait(20)

    def end(self) -> None:
        self.go_on.set()
        ended()


def test_one_of_a_jurisdiction_and_few_on_the_server() -> None:
    hall = Hall()
    hall.start("1")
    with pytest.raises(Conflict, match="being verified already"):
        hall.verifying.start("1", 1, hall.work, lambda: 0)
    hall.start("2")
    with pytest.raises(Conflict, match="2 journals are being verified"):
        hall.verifying.start("3", 1, hall.work, lambda: 0)
    running = hall.verifying.running("1")
    assert running is not None
    assert (running.taken, running.size, running.ended) == (256, 1000, None)
    hall.end()
    last = hall.verifying.last("1")
    assert last is running
    assert (last.taken, last.ended, hall.verifying.running("1")) == (512, 7, None)
    assert last.found is not None


def test_what_is_stopped_found_nothing() -> None:
    hall = Hall()
    hall.start("1")
    running = hall.verifying.running("1")
    assert running is not None
    running.stop()
    hall.end()
    assert (running.found, running.is_stopped, running.is_broken) == (None, True, False)


@pytest.mark.parametrize("fault", [RuntimeError("can't start new thread"), MemoryError()])
def test_where_no_thread_is_to_be_had_nothing_runs_and_the_next_one_may(fault: BaseException) -> None:
    hall = Hall()

    with (
        mock.patch.object(threading.Thread, "start", side_effect=fault),
        pytest.raises(Conflict if isinstance(fault, RuntimeError) else MemoryError),
    ):
        hall.verifying.start("1", 1, hall.work, lambda: 0)

    assert (hall.verifying.running("1"), hall.verifying.last("1")) == (None, None)
    hall.start("1")
    hall.end()


def test_who_waits_is_given_what_was_found_and_others_see_how_far_it_came() -> None:
    hall, seen = Hall(), list[Job | None]()

    def work(tell: Callable[[int], None]) -> Examination:
        tell(3)
        seen.append(hall.verifying.running("1"))
        with pytest.raises(Conflict, match="being verified already"):
            hall.verifying.start("1", 1, hall.work, lambda: 0)
        return Examination(evidence.brought([], []), unread=[], replay=False)

    found = hall.verifying.run("1", 9, work, lambda: 5)

    last = hall.verifying.last("1")
    assert last is not None
    assert (seen, last.taken, last.found is found, last.ended) == ([last], 3, True, 5)
    assert hall.verifying.running("1") is None


def test_who_waits_for_what_is_stopped_is_told_so() -> None:
    hall = Hall()

    def work(tell: Callable[[int], None]) -> Examination:
        running = hall.verifying.running("1")
        assert running is not None
        running.stop()
        tell(1)
        raise AssertionError

    with pytest.raises(Conflict, match="somebody stopped it"):
        hall.verifying.run("1", 9, work, lambda: 5)
    last = hall.verifying.last("1")
    assert last is not None
    assert (last.is_stopped, last.is_broken, hall.verifying.running("1")) == (True, False, None)


def test_who_waits_hears_of_a_fault_of_the_program() -> None:
    hall = Hall()
    with pytest.raises(ZeroDivisionError):
        hall.verifying.run("1", 9, lambda _tell: 1 // 0, lambda: 5)  # type: ignore[arg-type,return-value]
    last = hall.verifying.last("1")
    assert last is not None
    assert (last.found, last.is_broken, hall.verifying.running("1")) == (None, True, None)


def test_server_that_ends_ends_what_runs() -> None:
    hall = Hall()
    hall.start("1")
    hall.is_closing = True
    hall.end()
    last = hall.verifying.last("1")
    assert last is not None
    assert (last.found, last.is_stopped) == (None, True)


def test_fault_of_the_program_is_no_result_and_is_said() -> None:
    said = list[tuple[str, str]]()
    verifying = Verifying(lambda: False, wrong=lambda code, error: said.append((code, repr(error))))

    def work(_tell: Callable[[int], None]) -> Examination:
        raise ZeroDivisionError

    verifying.start("1", 1, work, lambda: 0)
    ended()
    last = verifying.last("1")
    assert last is not None
    assert (last.found, last.is_broken) == (None, True)
    assert said == [("1", "ZeroDivisionError()")]
