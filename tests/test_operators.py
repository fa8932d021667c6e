"""The operator's guide is true where nothing of it can be typed: units, proxies, what watches a server."""

from __future__ import annotations

import configparser
import re
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import Any, Final

import click
import pytest
from ruamel.yaml import YAML

from incident.cli.serve import serve
from incident.web import metrics
from incident.web.app import LARGEST
from incident.web.live import HEARTBEAT
from tests.test_docs import ROOT, Block, blocks_of

GUIDE: Final = ROOT / "docs" / "operators.md"
#: What keeps a program that was taken over from the rest of the machine.
BOUNDS: Final = {
    "NoNewPrivileges": "yes",
    "PrivateTmp": "yes",
    "ProtectHome": "yes",
    "ProtectSystem": "strict",
    "StateDirectory": "incident",
    "UMask": "0077",
}
#: What else systemd knows and the unit says; held against systemd itself where it is.
KNOWN: Final = frozenset(
    [
        "After",
        "CapabilityBoundingSet",
        "Description",
        "Environment",
        "ExecStart",
        "LockPersonality",
        "PrivateDevices",
        "ProtectClock",
        "ProtectControlGroups",
        "ProtectHostname",
        "ProtectKernelLogs",
        "ProtectKernelModules",
        "ProtectKernelTunables",
        "ReadWritePaths",
        "Restart",
        "RestartSec",
        "RestrictAddressFamilies",
        "RestrictNamespaces",
        "RestrictRealtime",
        "RestrictSUIDSGID",
        "RuntimeDirectory",
        "RuntimeDirectoryMode",
        "StateDirectoryMode",
        "SystemCallArchitectures",
        "SystemCallFilter",
        "TimeoutStopSec",
        "Type",
        "User",
        "WantedBy",
        "Wants",
    ]
)


def block(language: str, begins: str = "") -> str:
    """Give the one block of a language."""
    found: list[Block] = [one for one in blocks_of(GUIDE) if one.language == language]
    (one,) = [one for one in found if one.text.startswith(begins)]
    return one.text


def unit() -> configparser.ConfigParser:
    parser = configparser.ConfigParser(strict=False, interpolation=None)
    parser.optionxform = str  # type: ignore[assignment]  # systemd minds capitals
    parser.read_string(block("ini"))
    return parser


def test_the_unit_binds_what_it_starts() -> None:
    service = unit()["Service"]

    assert BOUNDS.items() <= dict(service).items()
    program, command, *words = shlex.split(service["ExecStart"])
    assert (Path(program).name, command) == ("incident", "serve")
    given = serve.make_context("serve", words, resilient_parsing=True).params
    assert given["behind"] == ("127.0.0.1",)


def test_systemd_finds_nothing_wrong_with_the_unit(tmp_path: Path) -> None:
    said = {key for name in unit().sections() for key in unit()[name]}
    assert said - BOUNDS.keys() == KNOWN
    written = tmp_path / "incident.service"
    program = shlex.split(unit()["Service"]["ExecStart"])[0]
    written.write_text(block("ini").replace(program, "/bin/true"), encoding="utf-8")
    analyse = shutil.which("systemd-analyze")
    if analyse is not None:
        found = subprocess.run([analyse, "verify", written], capture_output=True, text=True, check=False)
        assert (found.returncode, found.stderr) == (0, "")


def test_proxies_pass_on_what_a_server_needs() -> None:
    nginx, caddy = block("nginx"), block("caddy")

    for line in (
        "proxy_set_header Host $host;",
        "proxy_set_header X-Forwarded-For $remote_addr;",
        "proxy_set_header X-Forwarded-Proto $scheme;",
        "proxy_buffering off;",
    ):
        assert line in nginx
    (patience,) = re.findall(r"proxy_read_timeout (\d+)s;", nginx)
    assert int(patience) >= 2 * HEARTBEAT
    assert "flush_interval -1" in caddy
    for proxy, pattern in ((nginx, r"client_max_body_size (\d+)m;"), (caddy, r"max_size (\d+)MB")):
        (megabytes,) = re.findall(pattern, proxy)
        assert int(megabytes) * 1_000_000 == LARGEST
        assert proxy.count("{") == proxy.count("}")


@pytest.mark.parametrize("file", ["prometheus.yaml", "alerts.yaml"])
def test_what_watches_a_server_is_yaml(file: str) -> None:
    assert YAML(typ="safe", pure=True).load(block("yaml", f"# {file}"))


def test_alerts_speak_of_measurements_that_there_are() -> None:
    alerts: Any = YAML(typ="safe", pure=True).load(block("yaml", "# alerts.yaml"))
    named = {
        name
        for group in alerts["groups"]
        for rule in group["rules"]
        for name in re.findall(r"\bincident_\w+", rule["expr"])
    }
    source = Path(metrics.__file__).read_text(encoding="utf-8")

    assert named
    assert [
        name for name in named if name not in source and name.removeprefix("incident_") not in source
    ] == []


def test_every_option_of_serving_is_told() -> None:
    told = GUIDE.read_text(encoding="utf-8")
    own = [one for one in serve.params if isinstance(one, click.Option)]

    assert [one.opts for one in own if not any(f"`{word}" in told for word in one.opts)] == []
