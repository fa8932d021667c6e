"""Forms as they come in, and where a page goes on afterwards: a POST always answers with another address.

So nothing is done twice by loading a page again, and every act works without JavaScript.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit

from litestar import Request
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.response import Redirect

from incident.service import words

#: What a form sends, by name; a field that comes several times is its last value.
Form = dict[str, str]
#: As handlers ask for it.
TheForm = NamedDependency[Form]
#: Letters of one field that are read: one more than is kept, so that what is too long is refused, never cut.
_MOST: Final = words.MOST + 1


async def form_of(request: Request[Any, Any, Any]) -> Form:
    """Read the form of a request; files are left out."""
    sent = await request.form()
    return {name: value[:_MOST] for name, value in sent.items() if isinstance(value, str)}


class Sent(NamedTuple):
    """A form as it came in, whole: where words that are cut would be other words, and with its files."""

    fields: Form
    #: Name and bytes of each file, by field.
    files: dict[str, list[tuple[str, bytes]]]


#: As handlers ask for it.
TheSent = NamedDependency[Sent]


async def sent_of(request: Request[Any, Any, Any]) -> Sent:
    """Read the form of a request with its files; as large as the route takes."""
    fields: Form = {}
    files: dict[str, list[tuple[str, bytes]]] = {}
    for name, value in (await request.form()).multi_items():
        if isinstance(value, str):
            fields[name] = value.replace("\r\n", "\n")
        elif isinstance(value, UploadFile) and value.filename:  # a field without a choice sends an empty one
            files.setdefault(name, []).append((value.filename, await value.read()))
    return Sent(fields, files)


def go(address: str) -> Redirect:
    """Go on at another address of ours, by GET."""
    return Redirect(address, status_code=303)


def address_in(request: Request[Any, Any, Any]) -> str:
    """Give the address of a request as it was asked for, from its path on."""
    query = request.url.query
    return f"{request.url.path}?{query}" if query else request.url.path


def here_of(request: Request[Any, Any, Any]) -> str:
    """Give the page at which somebody is: what is asked for, or from where something was sent."""
    if request.method == "GET" and "hx-request" not in request.headers:
        return address_in(request)
    came = urlsplit(request.headers.get("referer", ""))
    if came.netloc != request.headers.get("host"):
        return "/"
    return ours(f"{came.path}?{came.query}" if came.query else came.path)


def ours(address: str | None) -> str:
    """Give an address of ours that somebody wanted to go on at; the overview where it is none."""
    given = address or "/"
    parts = urlsplit(given)
    is_ours = (
        given.startswith("/") and not given.startswith(("//", "/\\")) and not (parts.scheme or parts.netloc)
    )
    return given if is_ours and given.isprintable() else "/"
