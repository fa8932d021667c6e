"""A form that cannot be taken now, for its session is over, is not lost: it is shown again to be sent again.

    POST of a form, and nobody is signed in   → the page to sign in at, which carries the fields along
    signed in there                           → what was typed, with a button that sends it where it was to go
    POST of a form of another session         → the same, for who has signed in elsewhere meanwhile

Nothing is kept on the server. Passwords and files are not carried along, nor is what another site sent.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple
from urllib.parse import urlsplit

from litestar import Request, Response
from litestar.exceptions import NotAuthorizedException, PermissionDeniedException

from incident.domain.say import Words, say
from incident.web.forms import Form, form_of, ours
from incident.web.text import page

if TYPE_CHECKING:
    from incident.web.doors import Doors

#: Where a form was to go, and how its fields are called while they are carried along.
_ADDRESS: Final = "unsent"
_FIELD: Final = "unsent-"
#: Forms that are worth it; the others sign in, out, or set passwords.
_ACTS: Final = ("/j/", "/admin/", "/playbooks/")
#: What somebody typed, as it is called to them; all else goes along unseen.
_CALLED: Final[dict[str, Words]] = {
    "text": say("What it says"),
    "figures": say("Figures"),
    "said": say("What was said"),
    "done": say("What was done about it"),
    "decided_by": say("Who decided"),
    "basis": say("Basis: instrument and clause"),
    "reason": say("Why"),
    "why": say("Why"),
    "note": say("What else has to be known"),
    "finding": say("What you find, as another person"),
    "due": say("Due"),
    "at": say("Time"),
    "until": say("Until when"),
}


class Unsent(NamedTuple):
    """Where a form was to go, and what it says."""

    address: str
    fields: Form

    @property
    def carried(self) -> Form:
        """Give it as fields of another form; `carried_in(unsent.carried) == unsent`."""
        return {_ADDRESS: self.address, **{_FIELD + name: words for name, words in self.fields.items()}}

    @property
    def typed(self) -> list[tuple[Words, str]]:
        """Give what somebody will know again, with what it is called."""
        return [(called, self.fields[name]) for name, called in _CALLED.items() if self.fields.get(name)]


class SignedOutException(NotAuthorizedException):
    """Nobody is signed in; `unsent` is the form that came."""

    def __init__(self, unsent: Unsent | None) -> None:
        """Keep it."""
        super().__init__()
        self.unsent = unsent


class OtherSessionException(PermissionDeniedException):
    """A form of another session than the one who asks is in now; `unsent` is what it says."""

    def __init__(self, detail: str, unsent: Unsent | None) -> None:
        """Keep it."""
        super().__init__(detail)
        self.unsent = unsent


def provider_of(doors: Doors) -> str | None:
    """Give the name of the provider by which people can sign in, if there is one."""
    return None if doors.provider is None else urlsplit(doors.provider.issuer).netloc


async def unsent_of(request: Request[Any, Any, Any]) -> Unsent | None:
    """Give the form of a request that is not taken; none where there is nothing to send again."""
    if request.method != "POST":
        return None
    if request.url.path == "/login":  # who has signed in beside it
        return carried_in(await form_of(request))
    if not request.url.path.startswith(_ACTS):
        return None
    return Unsent(
        request.url.path, {name: words for name, words in (await form_of(request)).items() if name != "_csrf"}
    )


def carried_in(form: Form) -> Unsent | None:
    """Read what a form carries along, if anything."""
    address = ours(form.get(_ADDRESS))
    if not address.startswith(_ACTS):
        return None
    fields = {name.removeprefix(_FIELD): words for name, words in form.items() if name.startswith(_FIELD)}
    return Unsent(address, fields)


def answer_unsent(request: Request[Any, Any, Any], unsent: Unsent, status: int = 200) -> Response[str]:
    """Answer with the page that sends it again, or first asks to sign in."""
    if request.user is None:
        return page(
            request,
            "login.html",
            status=status,
            form={},
            next="/",
            provider=provider_of(request.app.state.doors),
            problem=None,
            unsent=unsent,
        )
    return page(request, "unsent.html", status=status, unsent=unsent)
