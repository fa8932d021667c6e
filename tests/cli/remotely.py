"""Two desks with the same past: one works on its database, the other against a server of its own."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Final, NamedTuple, get_args

from incident.cli import remote
from incident.cli.running import Place, run
from incident.domain.permission import Permission, Role
from incident.testing import FakeClock
from tests.cli.desk import Desk, Said
from tests.web.serving import Served

#: Who is on the list, which roles Wang has, and a report.
PEOPLE: Final = "岗位,代号,姓名,起,止,联系方式\nduty.leader,P2,李乙,2025-01-01,,sms:13900000002\n"
ROLES: Final[tuple[Role, ...]] = ("duty_officer", "decider", "group_lead", "auditor", "author")
REPORT: Final = ("report", "file", "majian", "--from", "duty", "--form", "daily_report", "--text", "无")
#: `served.py` on a clock that stands.
_STANDING: Final = """
import sys
from incident import bootstrap
from incident.cli import served
at = int(sys.argv[1])
bootstrap.now = bootstrap.clock = lambda: at
served.main()
"""


class Both(NamedTuple):
    """The two desks, and the server of the second."""

    here: Desk
    there: Desk
    served: Served

    def comes(self, login: str, scopes: Sequence[str] = get_args(Permission), root: str = "*") -> None:
        """Sit somebody down at the second desk."""
        self.there.said["INCIDENT_TOKEN"] = self.served.token(login, scopes, root)

    def speak(self, lang: str) -> None:
        """Let both speak a language."""
        self.here.lang = self.there.lang = lang


class Clock(FakeClock):
    """The clock of a desk, as a server reads it."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.at = desk.clock.at


@contextmanager
def both(template: Path, folder: Path, clock: int) -> Iterator[Both]:
    """Seat somebody at two copies of a database, at a time; nobody has a token yet."""
    files = [folder / "here.db", folder / "there.db"]
    for file in files:
        shutil.copyfile(template, file)
        file.chmod(0o600)
    with both_at([f"sqlite:///{file}" for file in files], clock) as desks:
        yield desks


@contextmanager
def both_at(urls: Sequence[str], clock: int) -> Iterator[Both]:
    """Seat somebody at two databases with the same past."""
    here, there = [Desk(url) for url in urls]
    here.clock.at = there.clock.at = clock
    served = Served(there.url, Clock(there))
    command = [sys.executable, "-P", "-c", _STANDING, str(clock)]
    site = served.opened.site
    place = Place(there.url, None, lambda: site.live.is_closing, command)
    served.site(commands=partial(run, place))
    try:
        with served.serving() as address:
            there.program = remote.run_there
            there.said |= {"INCIDENT_SERVER": address, "INCIDENT_DB": ""}
            yield Both(here, there, served)
    finally:
        served.close()


def must_be_the_same(two: Both, *lines: tuple[str, ...]) -> None:
    """Type the same at both desks."""
    for words in lines:
        assert two.there.run(*words) == two.here.run(*words), words


def must_be_refused(said: Said, code: int, words: str) -> None:
    assert (said.code, said.out) == (code, ""), said
    assert words in said.err
