"""The provider, as the environment names it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from incident import bootstrap
from incident.domain.errors import RequestError
from incident.identity.provider import Provider
from incident.identity.settings import provider
from tests.identity.provider import REDIRECT

ISSUER = {"INCIDENT_OIDC_ISSUER": "https://id.example"}
KNOWN = {**ISSUER, "INCIDENT_OIDC_CLIENT": "incident"}


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    file = tmp_path / "secret"
    file.write_text("s3cret\n", "utf-8")
    file.chmod(0o600)
    return file


def wrong(said: dict[str, str]) -> str:
    with pytest.raises(RequestError) as caught:
        provider(said, REDIRECT)
    assert all(caught.value.parts())
    return str(caught.value.where)


def test_nobody_comes_by_a_provider_that_is_not_named(monkeypatch: pytest.MonkeyPatch) -> None:
    assert provider({}, REDIRECT) is None
    monkeypatch.delenv("INCIDENT_OIDC_ISSUER", raising=False)
    assert bootstrap.oidc_provider(REDIRECT) is None


def test_provider_is_what_the_environment_says(secret: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = Provider(issuer="https://id.example", client_id="incident", redirect=REDIRECT)
    for name, value in KNOWN.items():
        monkeypatch.setenv(name, value)
    assert bootstrap.oidc_provider(REDIRECT) == found
    more = {**KNOWN, "INCIDENT_OIDC_SECRET_FILE": str(secret), "INCIDENT_OIDC_EMAIL": "trust"}
    whole = provider(more, REDIRECT)
    assert whole is not None
    assert (whole.client_secret, whole.trusts_email) == ("s3cret", True)


def test_setting_that_is_none_is_refused(secret: Path) -> None:
    named = {**KNOWN, "INCIDENT_OIDC_SECRET_FILE": str(secret)}
    assert wrong(ISSUER) == "INCIDENT_OIDC_CLIENT"
    assert wrong({**KNOWN, "INCIDENT_OIDC_EMAIL": "yes"}) == "INCIDENT_OIDC_EMAIL"
    assert wrong({**named, "INCIDENT_OIDC_SECRET_FILE": f"{secret}x"}) == "INCIDENT_OIDC_SECRET_FILE"
    secret.chmod(0o640)
    assert wrong(named) == "INCIDENT_OIDC_SECRET_FILE"
    secret.chmod(0o600)
    secret.write_text(" \n", "utf-8")
    assert wrong(named) == "INCIDENT_OIDC_SECRET_FILE"


def test_libraries_that_are_not_installed_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "incident.identity.oidc", None)
    assert wrong(KNOWN) == "INCIDENT_OIDC_ISSUER"
