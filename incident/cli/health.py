"""What `incident doctor` looks at, each as one finding; whether work is done stands in `vitals.py`."""

from __future__ import annotations

import platform
from collections.abc import Iterator
from contextlib import closing
from typing import NamedTuple

from incident import __version__, bootstrap
from incident.cli import exits
from incident.cli.output import put_json, table, wants_json
from incident.domain.check import check
from incident.domain.errors import IncidentError
from incident.domain.playbook import Playbook
from incident.domain.say import Words, say
from incident.playbook_text.load import load, shipped_names
from incident.service import queries
from incident.store.inspection import Inspected, inspect_database
from incident.store.roles import READ, WRITE, Role
from incident.views import findings as views
from incident.views.errors import in_a_line


class Finding(NamedTuple):
    """One thing looked at."""

    check: str
    well: bool
    words: Words
    #: What is not there is well where it is made on first use; but nobody should read that as "ok".
    is_there: bool = True
    #: What is well, and could be safer.
    is_risky: bool = False

    @property
    def mark(self) -> Words:
        """Say in a word how it is."""
        if not self.well:
            return say("NOT WELL")
        if self.is_risky:
            return say("warning")
        return say("ok") if self.is_there else say("not yet")

    @property
    def title(self) -> Words:
        """Give what was looked at as people call it."""
        name, _space, which = self.check.partition(" ")
        if name == "worker":
            return say("worker {node}", node=which)
        return say("playbook {code}", code=which) if which else _TITLES[name]


_TITLES = {
    "program": say("program"),
    "database": say("database"),
    "schema": say("schema"),
    "columns": say("columns"),
    "guards": say("guards"),
    "durability": say("durability"),
    "rights": say("rights"),
    "checkpoints": say("checkpoints"),
    "recovered": say("given up"),
    "role": say("role"),
    "timers": say("promised times"),
    "aside": say("set aside"),
    "messages": say("messages"),
    "reviews": say("reviews"),
    "clock": say("clock"),
    "workers": say("workers"),
}


def examine(url: str) -> list[Finding]:
    """Look at program, database, guards and playbooks; a fault in one does not hide the others."""
    findings = [
        Finding("program", well=True, words=f"incident {__version__}, Python {platform.python_version()}")
    ]
    try:
        found = inspect_database(url)
    except IncidentError as error:
        return [*findings, Finding("database", well=False, words=in_a_line(error))]
    from incident.cli.vitals import examine_nothing, examine_work

    if found.revision is None:
        return [*findings, *examine_nothing(found, url, may_be=True)]
    findings += _database(found)
    if found.revision == found.expected:
        findings += [*_playbooks(url), *examine_work(url)]
    return findings


def put_findings(findings: list[Finding]) -> int:
    """Print findings; gives the exit code."""
    if wants_json():
        for finding in findings:
            put_json(
                views.finding(
                    finding.check,
                    finding.words,
                    well=finding.well,
                    is_there=finding.is_there,
                    is_risky=finding.is_risky,
                )
            )
    else:
        rows: list[list[Words]] = [[finding.mark, finding.title, finding.words] for finding in findings]
        table(rows)
    return 0 if all(finding.well for finding in findings) else exits.FAULTS


def _database(found: Inspected) -> Iterator[Finding]:
    yield Finding("database", well=True, words=f"{found.server}  {found.place}")
    current = found.revision == found.expected
    yield Finding(
        "schema",
        current,
        say("{revision}", revision=found.revision)
        if current
        else say(
            "{found}, expected {expected}; run: incident db upgrade",
            found=found.revision,
            expected=found.expected,
        ),
    )
    if found.other_columns:
        words = say("columns are others than this program expects: {names}", names=[*found.other_columns])
        yield Finding("columns", well=False, words=words)
    yield Finding(
        "guards",
        not found.missing_guards,
        say("missing, off or hollow: {names}; somebody changed them", names=[*found.missing_guards])
        if found.missing_guards
        else say("the journal is append-only"),
    )
    yield Finding("durability", found.is_durable, found.durability)
    if found.rights is not None:
        others = say("{mode}; others may read or write it: chmod go-rwx FILE*", mode=found.rights)
        yield Finding(
            "rights", not found.is_open_to_others, others if found.is_open_to_others else found.rights
        )
    if found.role is not None:
        yield _role(found.role)


def _role(role: Role) -> Finding:
    """Say what whoever is connected may do, against what the program needs."""
    beyond, missing = sorted(map(str, role.rights - WRITE)), sorted(map(str, WRITE - role.rights))
    if role.is_owner:
        words = say(
            "{name} can switch the guards off, as the owner of the tables can; let another one write: "
            "incident db roles",
            name=role.name,
        )
    elif beyond:
        words = say(
            "{name} may more than is needed: {rights}; incident db roles", name=role.name, rights=beyond
        )
    elif role.rights == READ:
        words = say("{name} reads; the tables are {owner}'s", name=role.name, owner=[*role.owners])
    elif missing:
        words = say(
            "{name} may not: {rights}; a superuser runs what incident db roles prints",
            name=role.name,
            rights=missing,
        )
    else:
        words = say("{name} writes; the tables are {owner}'s", name=role.name, owner=[*role.owners])
    well = role.is_owner or not missing or role.rights == READ
    return Finding("role", well, words, is_risky=well and (role.is_owner or bool(beyond)))


def _playbooks(url: str) -> Iterator[Finding]:
    """Say whether each jurisdiction's playbook can be read, has errors, differs from the shipped one."""
    with closing(bootstrap.open_store(url)) as store, store.reading() as tx:
        for code, name in tx.codes():
            try:
                playbook = queries.present(tx, code)[1]
            except IncidentError as error:
                yield Finding(f"playbook {code}", well=False, words=in_a_line(error))
                continue
            rules = sorted({one.rule for one in check(playbook) if one.severity == "error"})
            if rules:
                words = say(
                    "{name}: errors {rules}; mend the playbook and adopt it again", name=name, rules=rules
                )
                yield Finding(f"playbook {code}", well=False, words=words)
            elif name in shipped_names():
                yield Finding(f"playbook {code}", well=True, words=_against_shipped(name, playbook))


def _against_shipped(name: str, playbook: Playbook) -> Words:
    """Say whether a playbook differs from the shipped one of its name."""
    if load(name).playbook == playbook:
        return say("{name}: as shipped", name=name)
    return say("{name}: the shipped playbook is another; incident adopt {name} when in routine", name=name)
