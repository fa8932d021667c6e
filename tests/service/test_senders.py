"""For whom somebody files: a lead for the groups the directory ties them to, the duty officer for all."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from incident import bootstrap
from incident.domain.errors import Refused
from incident.domain.filing import Filing
from incident.domain.identity import SignedIn, Token
from incident.domain.permission import Grant, Permission
from incident.service import filing
from incident.service.filing import Contents
from incident.service.senders import may_file_for
from incident.service.who import Origin, Who, signed_in
from tests.service.office import Office, row

_LEAD = Grant("group_lead", "330681")


@pytest.fixture
def office() -> Iterator[Office]:
    """Majian; P9 holds a seat of a group, H1 is of the staff that the duty group is made of."""
    story = Office("majian")
    story.take_in(
        row("social_stability.leader", "P9", since="2026-01-01"),
        row("全体机关干部", "H1", since="2026-01-01", until="2026-03-05"),
    )
    yield story
    story.dump()


def lead(sign: str | None, *grants: Grant, scopes: tuple[Permission, ...] | None = None) -> SignedIn:
    token = Token(
        id="t", user="u", name="n", scopes=scopes or (), root="*", created_at=0, ends_at=2**40, made_by="u"
    )
    return SignedIn(
        user="u", login="wang", name="王伟", sign=sign, grants=grants, token=token if scopes else None
    )


def files(office: Office, who: Who, sender: str) -> list[str]:
    """File a zero report, and give who filed what."""
    outcome = filing.file(
        office.store,
        office.code,
        Filing(sender=sender, form="daily_report", zero=True),
        Contents(),
        origin=Origin(who, "test", f"{sender} {office.clock()}"),
        now=office.clock,
        chance=bootstrap.chance,
    )
    return [fact.sender for fact in outcome.entry.facts if hasattr(fact, "sender")]


def refusal(office: Office, person: SignedIn, sender: str) -> str:
    with pytest.raises(Refused) as caught:
        files(office, signed_in(person), sender)
    assert caught.value.rule == "not_your_group"
    with office.store.reading() as tx:
        assert not may_file_for(tx, office.code, person, "publicity", office.clock())
    return str(caught.value)


def test_a_lead_files_for_the_group_that_the_directory_ties_them_to(office: Office) -> None:
    assert files(office, signed_in(lead("H1", _LEAD)), "duty") == ["duty"]


def test_a_lead_files_for_no_other_and_hears_for_which(office: Office) -> None:
    told = refusal(office, lead("H1", _LEAD), "publicity")
    assert "Publicity" in told
    assert "Duty group" in told
    assert "sign H1" in told


def test_a_login_without_a_sign_files_for_nobody(office: Office) -> None:
    told = refusal(office, lead(None, _LEAD), "duty")
    assert "tied to no sign" in told
    assert "the directory names" in told


def test_a_tie_that_has_ended_is_none(office: Office) -> None:
    person = lead("H1", _LEAD)
    office.after(days=5)
    refusal(office, person, "duty")


@pytest.mark.parametrize("role", ["duty_officer", "decider"])
def test_whoever_may_act_there_files_for_everybody(office: Office, role: str) -> None:
    person = lead(None, _LEAD, Grant(role, "330681"))  # type: ignore[arg-type]
    assert files(office, signed_in(person), "duty") == ["duty"]
    with office.store.reading() as tx:
        assert may_file_for(tx, office.code, person, "publicity", office.clock())


def test_acting_elsewhere_is_no_leave_to_file_here_for_all(office: Office) -> None:
    refusal(office, lead("H1", _LEAD, Grant("duty_officer", "430102")), "publicity")


def test_a_token_for_filing_carries_what_its_person_may(office: Office) -> None:
    officer = lead(None, Grant("duty_officer", "330681"), scopes=("file",))
    assert files(office, signed_in(officer), "duty") == ["duty"]
    refusal(office, lead("H1", _LEAD, scopes=("file", "act")), "publicity")


def test_at_the_command_line_nobody_is_asked(office: Office) -> None:
    assert files(office, Who(actor="os", by="root"), "duty") == ["duty"]
