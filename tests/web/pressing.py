"""Forms without a browser: what a page offers is filled in and sent, as a browser would."""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import unescape
from types import TracebackType
from typing import Any, Final, Self

from httpx import Response

from tests.web.serving import Served

_HIDDEN: Final = re.compile(r'<input type="hidden" name="(?P<name>[^"]+)" value="(?P<value>[^"]*)"')
_FORM: Final = re.compile(r"<form[^>]*>.*?</form>", re.DOTALL)


class Presser:
    """Somebody who is signed in, and sends forms."""

    def __init__(self, served: Served, login: str, *, lang: str = "en") -> None:
        """Begin as somebody."""
        self._client = served.client(login, lang=lang)

    def __enter__(self) -> Self:
        """Open the client."""
        self._client.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the client."""
        self._client.__exit__(kind, error, trace)

    def look(self, path: str, status: int = 200) -> str:
        """Give a page as it is written."""
        found = self._client.get(path)
        assert found.status_code == status, found.text
        return found.text

    def get(self, path: str) -> Response:
        """Give an answer as it comes."""
        return self._client.get(path)

    def form(self, path: str, action: str) -> dict[str, str]:
        """Give the hidden fields of the form of a page that is sent to `action`."""
        return self.hidden(self.look(path), action)

    def hidden(self, page: str, action: str) -> dict[str, str]:
        """Give the hidden fields of a form of a page that was answered already."""
        (form, *_more) = [one for one in _FORM.findall(page) if f'action="{action}"' in one]
        return {one["name"]: unescape(one["value"]) for one in _HIDDEN.finditer(form)}

    def send(self, action: str, form: Mapping[str, str], **more: Any) -> Response:
        """Send fields as they are, and follow where that leads."""
        return self._client.post(action, data=dict(form), **more)

    def press(self, path: str, action: str | None = None, **fields: str) -> Response:
        """Fill in the form of a page and send it."""
        hidden = self.form(path, action or path)
        return self.send(action or path, hidden | fields)
