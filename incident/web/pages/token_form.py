"""What a form says of a token that is to be made, for whomever: an administrator's form and one's own."""

from __future__ import annotations

from incident.domain.errors import RequestError
from incident.domain.permission import EVERYWHERE, PERMISSIONS
from incident.domain.say import say
from incident.service import queries, tokens
from incident.service.access import By
from incident.service.tokens import Made
from incident.web.doors import Doors
from incident.web.forms import Form
from incident.web.site import Site


def make_token(site: Site, doors: Doors, login: str, form: Form, by: By, *, in_person: bool) -> Made:
    """Make what a form asks for. Raises as `tokens.make` does."""
    return tokens.make(
        doors.gate,
        login,
        form.get("name", ""),
        [name for name in PERMISSIONS if f"scope-{name}" in form],
        by,
        root=root_of(site, form.get("root", "").strip() or EVERYWHERE),
        days=_days(form.get("days", "")),
        in_person=in_person,
    )


def makers(doors: Doors) -> dict[str, str]:
    """Give who may have made a token: login by id."""
    with doors.gate.identity.reading() as tx:
        return {one.id: one.login for one in tx.users()}


def root_of(site: Site, words: str) -> str:
    """Give the code meant; a superior need not be adopted here, so any code is one. Raises `RequestError`."""
    given = words.strip()
    if given == EVERYWHERE or not given or (given.isascii() and given.isdigit()):
        return given
    with site.store.reading() as tx:
        return queries.find_jurisdiction(tx, given)


def _days(words: str) -> int:
    given = words.strip()
    if not given:
        return tokens.USUAL
    if given.isascii() and given.isdigit() and len(given) < len("100000"):
        return int(given)
    raise RequestError(
        where=say("days"),
        expected=say("a whole number from {least} to {most}", least=1, most=tokens.LONGEST),
        found=f"`{given}`",
        do=say("correct it"),
    )
