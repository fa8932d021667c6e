"""The operator's commands: adopt a playbook, ask whether all is well."""

from __future__ import annotations

from collections import Counter

import click

from incident import bootstrap
from incident.cli import session
from incident.cli.files import PlaybookToRead
from incident.cli.output import put, put_json, talk, wants_json
from incident.domain import explain
from incident.domain.say import say
from incident.language import _
from incident.service.adopt import adopt as put_under
from incident.views.acts import adopted


@click.command(help=_("Put a jurisdiction under its playbook (a shipped one's name, or a file)."))
@click.argument("playbook", type=PlaybookToRead())
@click.option("--by", metavar="NAME", help=_("Who adopts; default: the user of this machine."))
def adopt(playbook: str, by: str | None) -> None:
    """Check a playbook and put its jurisdiction under it."""
    from incident.playbook_text.load import must_load

    loaded = must_load(playbook)
    assert loaded.playbook is not None, "a playbook without errors was read"
    _warn(playbook, Counter(problem.rule for problem in loaded.warnings))
    adoption = put_under(
        session.store(), loaded.playbook, session.who(by), now=bootstrap.clock, chance=bootstrap.chance
    )
    situation, read = adoption.situation, adoption.playbook
    session.note("adopted", jurisdiction=situation.jurisdiction, playbook=situation.playbook)
    if wants_json():
        put_json(adopted(adoption, loaded.warnings))
        return
    if not adoption.facts:
        put(say("{name} is under this playbook already; nothing changes", name=read.jurisdiction.name))
        return
    put(
        say(
            "{name} {code} is under playbook {playbook} {hash}; state: {state}",
            name=read.jurisdiction.name,
            code=situation.jurisdiction,
            playbook=situation.name,
            hash=situation.playbook[:12],
            state=explain.state_name(read, situation.state),
        )
    )


def _warn(playbook: str, rules: Counter[str]) -> None:
    """Say which rules warned how often; they go on record, and the author's command shows them whole."""
    if rules:
        counted = [f"{rule} ({n})" for rule, n in sorted(rules.items())]
        talk(
            say(
                "{n} warnings go on record: {rules}; to read them: incident playbook check {playbook}",
                n=rules.total(),
                rules=[*counted],
                playbook=playbook,
            )
        )


@click.command(help=_("Ask whether this installation is well."))
def doctor() -> int:
    """Look at the database, its guards and playbooks, what is late, and workers; exit code 1 for a fault."""
    from incident.cli.health import examine, put_findings

    return put_findings(examine(bootstrap.url_of(session.option("db"))))
