"""`incident user`: how somebody comes in: a link, a password, another provider.

A password never stands on the command line, where everybody on the machine can read it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from incident.cli import session, signing_in
from incident.cli.files import ToRead
from incident.cli.output import talk
from incident.domain.errors import RequestError
from incident.domain.say import say
from incident.language import _, speak
from incident.service import links, users

F = TypeVar("F", bound=Callable[..., Any])


def password_file(command: F) -> F:
    """Add the option that names where a password stands."""
    option = click.option(
        "--password-file",
        type=ToRead(),
        metavar="FILE",
        help=_("The password is the first line of this file; - for stdin."),
    )
    return option(command)


def read_password(file: str) -> str:
    """Read a password. Raises `RequestError`."""
    try:
        text = sys.stdin.readline() if file == "-" else Path(file).read_text("utf-8")
    except (OSError, ValueError) as error:
        raise RequestError(
            where="--password-file",
            expected=say("a file that can be read, in UTF-8"),
            found=str(error),
            do=say("name another"),
        ) from error
    return text.partition("\n")[0].removesuffix("\r")


@click.command(
    help=_(
        "Make a link by which somebody sets their password, once, within a day. Without LOGIN: by which the "
        "first administrator comes."
    )
)
@click.argument("login", required=False)
@click.option("--url", metavar="URL", default="", help=_("Address of the server, to begin the link with."))
def link(login: str | None, url: str) -> None:
    """Make a link."""
    gate = signing_in.gate()
    if login is not None:
        made: str | None = links.make_password_link(gate, login, signing_in.by())
    else:
        made = links.make_setup_link(gate, signing_in.by())
    if made is None:
        raise RequestError(
            where="LOGIN",
            expected=say("the login of a user: there are some already"),
            found=say("nothing"),
            do=say("look: incident user list"),
        )
    path = f"{url.rstrip('/')}{links.PATH}{made}"
    signing_in.put_done(
        {"login": login, "link": path, "ends_at": signing_in.stamp(gate.now() + links.LASTS)}, path
    )
    talk(say("it works once, for 24 hours; give it to them by a way that nobody else reads"))


@click.command(help=_("Give somebody a password, typed here or from a file; ends their sessions."))
@click.argument("login")
@password_file
@click.option("--keep", is_flag=True, help=_("They need not change it when they sign in."))
def password(login: str, password_file: str | None, keep: bool) -> None:
    """Set a password."""
    given = _asked() if password_file is None else read_password(password_file)
    user = users.set_password(signing_in.gate(), login, given, signing_in.by(), must_change=not keep)
    signing_in.put_done(
        signing_in.user_json(user), say("{login} has another password from now on", login=user.login)
    )


def _asked() -> str:
    if not session.is_interactive():
        raise RequestError(
            where="--password-file",
            expected=say("a terminal to ask on, or a file"),
            found=say("neither"),
            do=say("give --password-file FILE, or - for stdin"),
        )
    question, again = speak(say("New password")), speak(say("Again"))
    return str(click.prompt(question, hide_input=True, confirmation_prompt=again, err=True))


@click.command(help=_("Say as whom an OpenID Connect provider knows a user, or take that away."))
@click.argument("login")
@click.option("--issuer", metavar="URL", required=True, help=_("The provider, as its tokens name it (iss)."))
@click.option("--subject", metavar="ID", required=True, help=_("Whom it knows there (sub)."))
@click.option("--remove", is_flag=True, help=_("Take it away."))
def oidc(login: str, issuer: str, subject: str, remove: bool) -> None:
    """Link a user to another provider."""
    gate, plain = signing_in.gate(), {"login": login, "issuer": issuer, "subject": subject}
    if not remove:
        users.link_subject(gate, login, issuer, subject, signing_in.by())
        signing_in.put_done(plain, say("{login} may come in by {issuer}", login=login, issuer=issuer))
        return
    if not users.unlink_subject(gate, login, issuer, subject, signing_in.by()):
        raise RequestError(
            where="--subject",
            expected=say("one that is linked to {login}", login=login),
            found=f"`{subject}`",
            do=say("look: incident user list --json"),
        )
    signing_in.put_done(plain, say("{login} comes in by {issuer} no more", login=login, issuer=issuer))
