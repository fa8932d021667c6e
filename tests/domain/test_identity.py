"""Logins, digests and signatures."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incident.domain import identity

logins = st.from_regex(r"[\w.@-]{1,64}", fullmatch=True)


@given(st.text(min_size=1), logins)
def test_signature_is_read_back(name: str, login: str) -> None:
    assert identity.signed_by(identity.signature(name, login)) == (name, login)


@pytest.mark.parametrize(
    "words", ["王伟", "王伟(wangwei)", "(wangwei)", " (w)", "王伟 (wang wei)", "王伟 ()"]
)
def test_what_is_no_signature_is_none(words: str) -> None:
    assert identity.signed_by(words) is None


def test_brackets_in_a_name_forge_no_login() -> None:
    assert identity.signed_by(identity.signature("王伟 (chen)", "wang")) == ("王伟 (chen)", "wang")


@pytest.mark.parametrize(
    ("typed", "kept"), [(" Wang ", "wang"), ("ＷＡＮＧ", "wang"), ("王伟", "王伟"), ("a@B.cn", "a@b.cn")]
)
def test_login_is_compared_folded(typed: str, kept: str) -> None:
    assert identity.folded(typed) == kept
    assert identity.is_login(kept)


@pytest.mark.parametrize("login", ["", "a b", "a(b", "x" * 65, "a\n", "a/b", "<b>"])
def test_login_in_no_due_form_is_none(login: str) -> None:
    assert not identity.is_login(login)


def test_digests_are_of_what_was_given() -> None:
    assert identity.digest("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert identity.claimed("Wang") == identity.claimed("wang ") == identity.digest("wang")[:16]
