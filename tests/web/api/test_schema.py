"""The API against its own description: what schemathesis makes of it, and that nothing in it is left unsaid.

`make test` tries each operation some times, `make sweep` many times (INCIDENT_SCHEMA_EXAMPLES). Which checks
allow for what, and why, stands in docs/adr/0024-schemathesis.md.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, get_args

import msgspec
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import APIOperation, GenerationMode
from schemathesis.config import SchemathesisConfig
from schemathesis.core.result import Ok
from schemathesis.schemas import BaseSchema

from incident.domain.permission import Role
from incident.service import users
from incident.service.access import NOBODY
from incident.testing import FakeClock
from incident.web.api.examples import EXAMPLES
from tests.web.api.calling import AT, POSITIVE, Caller, bearer
from tests.web.serving import TOWN, Served, copy

#: How often each is tried in every build.
FEW: Final = 5
EXAMPLES_EACH: Final = int(os.environ.get("INCIDENT_SCHEMA_EXAMPLES", str(FEW)))
#: What a request in due form may meet beside what is usual: another version, and words that mean nothing.
MEANINGLESS: Final = ["2xx", "3xx", "401", "403", "404", "409", "412", "422", "429", "5xx"]
JSON: Final = {"content-type": "application/json"}
EVERY_READ: Final = {"400", "401", "403", "404", "422", "429", "503"}
EVERY_ACT: Final = EVERY_READ | {"409", "412", "413", "415"}


def everything(served: Served, login: str = "duty_officer") -> dict[str, str]:
    """Let somebody do everything everywhere; gives the header by which a program does it."""
    for role in get_args(Role):
        users.grant(served.gate, login, role, "*", NOBODY)
    return bearer(served, login)


@pytest.fixture(scope="module")
def described(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[BaseSchema]:
    """The description as it is served, with somebody who may do everything."""
    served = Served(copy(template, tmp_path_factory.mktemp("schema") / "incident.db"), FakeClock())
    token = everything(served)["authorization"].removeprefix("Bearer ")
    checks = {
        # words in due form may mean nothing to the plan, or be of an older version
        "positive_data_acceptance": {"expected-statuses": MEANINGLESS},
        # Litestar's OPTIONS names the methods of one handler of an address alone
        "allow_header_conformance": {"enabled": False},
    }
    config = SchemathesisConfig.from_dict(
        {"auth": {"openapi": {"token": {"bearer": token}}}, "checks": checks}
    )
    yield schemathesis.openapi.from_asgi("/api/openapi.json", served.app, config=config)
    served.close()


@pytest.mark.parametrize("mode", [*GenerationMode])
def test_the_api_keeps_what_its_description_promises(described: BaseSchema, mode: GenerationMode) -> None:
    operations = [*described.get_all_operations()]
    assert len(operations) > 30
    for found in operations:
        assert isinstance(found, Ok), found
        _try(found.ok(), mode)


def _try(operation: APIOperation[Any, Any, Any, Any], mode: GenerationMode) -> None:
    """Call an operation with what the mode makes: what is in the form described, or what is not."""

    @settings(
        max_examples=EXAMPLES_EACH,
        derandomize=EXAMPLES_EACH <= FEW,
        deadline=None,
        database=None,
        suppress_health_check=[*HealthCheck],
    )
    @given(operation.as_strategy(generation_mode=mode))
    def call(case: schemathesis.Case[Any]) -> None:
        # of a code that a program makes up nothing is found
        if mode is GenerationMode.POSITIVE and "code" in (case.path_parameters or {}):
            case.path_parameters["code"] = TOWN
        case.call_and_validate()

    call()


@pytest.fixture
def document(officer_api: Caller) -> dict[str, Any]:
    found: dict[str, Any] = officer_api.get("/api/openapi.json").json()
    return found


def test_every_operation_says_all_that_it_may_answer(document: dict[str, Any]) -> None:
    for path, operations in document["paths"].items():
        for method, one in operations.items():
            said = f"{method} {path}"
            assert one["summary"], said
            assert one["description"].strip(), said
            assert one["tags"], said
            known = EVERY_READ if method == "get" else EVERY_ACT
            assert known <= {*one["responses"]}, said
            for status in known:
                (kind,) = one["responses"][status]["content"]
                assert kind == "application/problem+json", said
                content = one["responses"][status]["content"][kind]
                assert content["schema"] == {"$ref": "#/components/schemas/Problem"}, said
                assert content["examples"], said
            for parameter in one["parameters"]:
                assert parameter["description"], (said, parameter["name"])


def test_every_act_takes_an_identity_and_a_version(document: dict[str, Any]) -> None:
    without = {"post_jurisdictions_code_plans", "post_jurisdictions_code_events"}
    without |= {
        "post_jurisdictions_code_verifications",
        "post_jurisdictions_code_messages",
    }  # they record nothing, or bring their own
    for operations in document["paths"].values():
        for method, one in operations.items():
            if method != "get" and one["operationId"] not in without:
                named = {parameter["name"] for parameter in one["parameters"]}
                assert {"Idempotency-Key", "If-Match"} <= named, one["operationId"]


def test_the_examples_of_forms_are_taken(document: dict[str, Any], officer_api: Caller) -> None:
    bodies = {
        path: one["post"]["requestBody"]["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
        for path, one in document["paths"].items()
        if "application/json" in one.get("post", {}).get("requestBody", {}).get("content", {})
    }
    assert {*bodies.values()} | {"TierAsked", "AttachedFile"} == {*EXAMPLES}
    for path, name in bodies.items():
        at = path.replace("{code}", TOWN).replace("{seq}", "0").replace("{directive}", "directive-9")
        found = officer_api.post(at, json=EXAMPLES[name])
        assert found.status_code != 400, (path, found.text)
    assert officer_api.get(AT).json()["state"] == "local_positive_detected"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("DELETE", AT, 405),
        ("GET", "/api/v1/jurisdictions//duty", 404),
        ("GET", f"{AT}/nothing", 404),
        ("GET", f"{AT}/entries/{2**63}", 400),
        ("GET", f"{AT}/entries/-1", 400),
        ("GET", f"{AT}/entries/x", 404),
        ("GET", "/api/v1/jurisdictions/33%0000", 404),
        ("GET", "/api/v1/jurisdictions/%FF", 404),
        ("GET", f"{AT}/history?cursor={2**70}", 400),
        ("GET", f"{AT}/history?limit=0", 400),
    ],
)
def test_an_address_that_is_none_is_a_problem(
    served: Served, officer_api: Caller, method: str, path: str, status: int
) -> None:
    everything(served)
    found = officer_api.request(method, path)
    assert (found.status_code, found.headers["content-type"]) == (status, "application/problem+json")
    assert found.json()["status"] == status
    if status == 405:
        allowed = {one.strip() for one in found.headers["allow"].split(",")}
        assert allowed - {"OPTIONS"} == (
            {"GET", "POST"} if "reports" in path else {"POST"} if "decisions" in path else {"GET"}
        )


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("DELETE", AT, {"GET"}),
        ("PUT", f"{AT}/reports", {"GET", "POST"}),
        ("GET", f"{AT}/decisions", {"POST"}),
    ],
)
def test_another_method_is_told_which_there_are(
    officer_api: Caller, method: str, path: str, allowed: set[str]
) -> None:
    found = officer_api.request(method, path)
    assert found.status_code == 405
    assert {one.strip() for one in found.headers["allow"].split(",")} - {"OPTIONS"} == allowed


@pytest.mark.parametrize(
    ("headers", "body", "status"),
    [
        (JSON, b"{", 400),
        (JSON, b'{"event": "\\ud800"}', 400),
        (JSON, b'{"event": "a", "fields": {"cases": 1e400}}', 400),
        (JSON, b'{"event": ' + b"[" * 100_000, 400),
        (JSON, '{"event": "值班"}'.encode("gbk"), 400),
        ({"content-type": "text/plain"}, b"{}", 415),
        (
            {"content-type": "application/json", "idempotency-key": "\u00e9"},
            msgspec.json.encode(POSITIVE),
            400,
        ),
        ({**JSON, "if-match": "1"}, msgspec.json.encode(POSITIVE), 400),
        (JSON, b" " * 10_000_001, 413),
    ],
)
def test_a_body_that_is_none_is_a_problem(
    officer_api: Caller, headers: dict[str, str], body: bytes, status: int
) -> None:
    raw = {name: value.encode() for name, value in headers.items()}
    found = officer_api.post(f"{AT}/decisions", content=body, headers=raw)  # type: ignore[arg-type]
    assert (found.status_code, found.headers["content-type"]) == (status, "application/problem+json")
    assert officer_api.get(AT).headers["etag"] == '"1"'
