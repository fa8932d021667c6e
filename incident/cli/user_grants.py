"""`incident user`: what somebody may do, and where."""

from __future__ import annotations

import click

from incident import bootstrap
from incident.cli import session, signing_in
from incident.domain.permission import EVERYWHERE, ROLES, Grant
from incident.domain.say import Words, say
from incident.language import _
from incident.service import queries, users
from incident.store.sql import SqlStore


@click.command(help=_("Give somebody a role in a jurisdiction and all below it, or everywhere (*)."))
@click.argument("login")
@click.argument("role", metavar="|".join(ROLES))
@click.argument("root", metavar="JURISDICTION")
def grant(login: str, role: str, root: str) -> None:
    """Give a role."""
    store = session.store()
    given = users.grant(bootstrap.gate(store), login, role, _code(store, root), signing_in.by())
    _put(login, given, say("{login} is {role} in {root} from now on", **_said(login, given)))


@click.command(help=_("Take a role away from somebody; that holds at once."))
@click.argument("login")
@click.argument("role", metavar="|".join(ROLES))
@click.argument("root", metavar="JURISDICTION")
def revoke(login: str, role: str, root: str) -> None:
    """Take a role away."""
    store = session.store()
    taken = users.revoke(bootstrap.gate(store), login, role, _code(store, root), signing_in.by())
    _put(login, taken, say("{login} is no more {role} in {root}", **_said(login, taken)))


def _code(store: SqlStore, root: str) -> str:
    """Give the code meant; a superior need not be adopted here, so any code is one. Raises `RequestError`."""
    if root == EVERYWHERE or (root.isascii() and root.isdigit()):
        return root
    with store.reading() as tx:
        return queries.find_jurisdiction(tx, root)


def _said(login: str, grant: Grant) -> dict[str, Words]:
    where = say("all jurisdictions") if grant.root == EVERYWHERE else grant.root
    return {"login": login, "role": ROLES[grant.role], "root": where}


def _put(login: str, grant: Grant, said: Words) -> None:
    signing_in.put_done({"login": login, "role": grant.role, "root": grant.root}, said)
