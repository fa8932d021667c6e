"""What a server does for whoever signs in, in the process of whoever calls, by words as of commands.

    server sign-in LOGIN                by password; says what the session is known by
    server guess LOGIN                  by a wrong one
    server provider LOGIN               by another provider, which knows the login as an address
    server set-up FILE [LOGIN]          sets a password by the link that a file holds, and comes in
    server sign-out FILE                ends the session that a file holds
    server change-password FILE         sets another password for whom that session is
    server use-token FILE               comes with the token that a file holds
    server drop-access                  takes old lines of the record of access away, two at a time
    server do LOGIN WORDS…              carries a command out for somebody (`incident.cli.served`)

Each calls what the page or the door of the API calls, and ends with the exit code of a command.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Final
from unittest import mock

import click

from incident import bootstrap, language
from incident.cli import exits, served, session
from incident.cli.served import Order
from incident.domain.errors import IncidentError
from incident.domain.identity import SignedIn
from incident.service import access_kept, links, sessions, tokens, users
from incident.service.access import NOBODY
from incident.service.ports_identity import Gate
from incident.service.sessions import From
from incident.views.commands import Line
from tests.service.door import OFFICE, RIGHT, WRONG

NAME: Final = "server"
#: The provider that knows people.
ISSUER: Final = "https://id.example"
_HERE: Final = From(OFFICE, "Firefox")
#: What somebody chooses who changes the password.
_ANOTHER: Final = "今天 换了 另外 四个 词"


def press(words: Sequence[str]) -> int:
    """Do something, named by its words without `server`; gives its exit code."""
    what, *given = words
    try:
        with closing(bootstrap.open_store(os.environ["INCIDENT_DB"])) as store:
            if what == "do":
                return _do(bootstrap.gate(store), *given)
            sys.stdout.write(_PRESSED[what](bootstrap.gate(store), *given))
    except IncidentError as error:
        sys.stderr.write(f"{error}\n")
        return exits.code_of(error)
    return 0


def _sign_in(gate: Gate, login: str) -> str:
    return sessions.login(gate, login, RIGHT, _HERE).token


def _guess(gate: Gate, login: str) -> str:
    return sessions.login(gate, login, WRONG, _HERE).token


def _provider(gate: Gate, login: str) -> str:
    return sessions.login_subject(gate, ISSUER, f"id of {login}", _HERE, email=login).token


def _set_up(gate: Gate, file: str, login: str = "") -> str:
    link = _held(file).rpartition("/")[2]
    made = links.use_setup_link(gate, link, RIGHT, address=OFFICE, login=login, name=login)
    return sessions.login_user(gate, made, _HERE).token


def _sign_out(gate: Gate, file: str) -> str:
    sessions.logout(gate, _held(file), OFFICE)
    return ""


def _change_password(gate: Gate, file: str) -> str:
    return sessions.change_password(gate, _held(file), RIGHT, _ANOTHER, _HERE).token


def _use_token(gate: Gate, file: str) -> str:
    person = tokens.person_of(gate, _held(file))
    assert person is not None, "the token is one"
    return person.login


def _drop_access(gate: Gate) -> str:
    return str(access_kept.drop_old(gate.identity, access_kept.KEPT, NOBODY, now=gate.now, batch=2))


_PRESSED: Final[dict[str, Callable[..., str]]] = {
    "sign-in": _sign_in,
    "guess": _guess,
    "provider": _provider,
    "set-up": _set_up,
    "sign-out": _sign_out,
    "change-password": _change_password,
    "use-token": _use_token,
    "drop-access": _drop_access,
}


def _held(file: str) -> str:
    return Path(file).read_text("utf-8").strip()


def _do(gate: Gate, login: str, *words: str) -> int:
    """Carry a command out, as in a process that is for it alone: what it sets there is set back."""
    with gate.identity.reading() as tx:
        user = users.find(tx, login)
        grants = (*tx.grants(user.id),)
    person = SignedIn(user=user.id, login=login, name=user.name, sign=user.sign, grants=grants)
    kept = [(session, "_served"), (language, "_chosen")]
    kept += [(click.termui, name) for name in ("visible_prompt_func", "hidden_prompt_func")]
    kept += [(sys, name) for name in ("stdin", "stdout", "stderr")]
    with ExitStack() as stack:
        stack.enter_context(mock.patch.dict(os.environ))
        for where, name in kept:
            stack.enter_context(mock.patch.object(where, name, getattr(where, name)))
        order = Order(person=person, address=OFFICE, line=Line(words=[*words], lang="en"))
        ran = served.carry_out(order)
    assert ran.question is None, ran
    sys.stdout.write(ran.out.decode())
    sys.stderr.write(ran.err.decode())
    return ran.code
