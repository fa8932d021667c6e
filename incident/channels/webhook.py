"""Letters as webhooks: what happened, as a CloudEvent in JSON, signed after Standard Webhooks 1.0.

    webhook-id          key of the letter: the same whenever it is sent
    webhook-timestamp   when it is sent, in seconds since 1970
    webhook-signature   for each secret `v1,` and base64 of HMAC-SHA256 over `id.timestamp.body`

Several secrets sign side by side, so that one can be changed for another while both hold. They stand in files
or in the environment, one a line as `whsec_…`, are read anew for each letter, and are in no error.

Only `http` and `https` are spoken, and nobody is followed who leads elsewhere: what was signed for one is not
handed to another. 2xx has taken it; 410 never will; anything else not now.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
import ssl
import time
from collections.abc import Callable, Sequence
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, urlsplit

import msgspec

from incident.channels.limit import ADDRESS, masked
from incident.domain import clock
from incident.domain.errors import FormatError, RequestError
from incident.domain.say import Words, say
from incident.service.files import read_file
from incident.service.letters import Letter, Outlet, UndeliverableError

#: How a secret in the environment is named.
ENVIRONMENT: Final = "env:"
#: Type of the events.
TYPE: Final = "incident.notice"
#: Seconds for connecting, and for each part of the answer.
PATIENCE: Final = 15
#: Bytes of a secret, as the standard wants it.
LEAST, MOST = 24, 64
#: Bytes of a file with secrets that are read.
_MOST_FILE: Final = 10_000
_PREFIX: Final = "whsec_"
_TAKEN: Final = range(200, 300)
_LED_AWAY: Final = range(300, 400)
_GONE: Final = 410
#: Not spoken of in a web address: what may stand in one is for whoever serves it.
_SCHEMES: Final = ("http", "https")


def system_clock() -> int:
    """Give the present instant."""
    return int(time.time())


def webhook_outlet(template: str, places: Sequence[str], now: Callable[[], int] = system_clock) -> Outlet:
    """Send letters to the address `template`, signed with the secrets at `places` (`secrets_at`)."""

    def send(letter: Letter) -> None:
        address = template.replace(ADDRESS, quote(letter.address, safe=""))
        body = msgspec.json.encode(event_of(letter))
        try:
            headers = signed(id_of(letter), now(), body, secrets_at(places))
            status = _posted(address, body, headers)
        except (OSError, HTTPException, FormatError, RequestError) as error:
            raise OSError(masked(str(error) or type(error).__name__, [address, letter.address])) from None
        if status == _GONE:
            raise UndeliverableError(say("the webhook is gone (410)"))
        if status in _LED_AWAY:
            raise OSError(say("led elsewhere ({status}), and nobody is followed", status=status))
        if status not in _TAKEN:
            raise OSError(say("answered {status}", status=status))

    return send


def event_of(letter: Letter) -> dict[str, Any]:
    """Give what a letter tells as a CloudEvent (1.0.2, JSON format)."""
    about = letter.about
    event = {
        "specversion": "1.0",
        "id": id_of(letter),
        "source": "incident" if about is None else f"/jurisdictions/{about.jurisdiction}",
        "type": TYPE,
        "datacontenttype": "application/json",
    }
    data = {"subject": letter.subject, "text": letter.text}
    if about is None:
        return {**event, "data": data}
    return {
        **event,
        "subject": f"entries/{about.seq}",
        "time": clock.stamp(about.at),
        "data": {**msgspec.to_builtins(about), "at": clock.stamp(about.at), **data},
    }


def id_of(letter: Letter) -> str:
    """Give the key of a letter as a header can hold it, without the dot that parts what is signed."""
    return quote(letter.key, safe="@").replace(".", "%2E")


def signed(key: str, at: int, body: bytes, secrets: Sequence[bytes]) -> dict[str, str]:
    """Give the headers by which a receiver knows who sent a body, and when."""
    signatures = [
        base64.b64encode(hmac.digest(secret, f"{key}.{at}.".encode() + body, hashlib.sha256)).decode()
        for secret in secrets
    ]
    return {
        "webhook-id": key,
        "webhook-timestamp": str(at),
        "webhook-signature": " ".join(f"v1,{one}" for one in signatures),
    }


def _posted(address: str, body: bytes, headers: dict[str, str]) -> int:
    """Post a body; gives the status of the answer. Raises `OSError` and `HTTPException`."""
    parts = urlsplit(address)
    port, host = parts.port, parts.hostname or ""
    connection = (
        HTTPSConnection(host, port, timeout=PATIENCE, context=ssl.create_default_context())
        if parts.scheme == "https"
        else HTTPConnection(host, port, timeout=PATIENCE)
    )
    target = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
    kind = {"content-type": "application/cloudevents+json", "user-agent": "incident"}
    try:
        connection.request("POST", target, body, {**headers, **kind})
        return connection.getresponse().status
    finally:
        connection.close()


def wrong_address(address: str) -> Words:
    """Say what is wrong with the address of a webhook; None where nothing is."""
    try:
        parts = urlsplit(address)
        has_place = bool(parts.hostname) and parts.port != 0
    except ValueError:
        return say("no address of the web")
    if parts.scheme not in _SCHEMES:
        return say("another scheme")
    is_plain = address.isascii() and address.isprintable() and " " not in address
    if not (has_place and is_plain) or parts.fragment:
        return say("no address of the web")
    if parts.username is not None or parts.password is not None:
        return say("a password in the address")
    if ADDRESS in parts.netloc:
        return say("`{address}` where the server is named", address=ADDRESS)
    return None


# -- secrets


def secrets_at(places: Sequence[str]) -> list[bytes]:
    """Read the secrets in some files and variables.

    Raises `RequestError` for a file that cannot be read, and `FormatError` for what is no secret.
    """
    found = [secret for place in places for secret in _secrets(_text_at(place))]
    if not found:
        raise FormatError(expected=say("a secret, as `whsec_…`"), found=say("nothing"))
    return found


def _text_at(place: str) -> str:
    if not place.startswith(ENVIRONMENT):
        raw = read_file(
            Path(place), _MOST_FILE, expected=say("a file with a secret"), do=say("correct it")
        ).raw
        return raw.decode(errors="replace")
    text = os.environ.get(place.removeprefix(ENVIRONMENT))
    if text is None:
        raise FormatError(expected=say("a variable of the environment"), found=say("nothing"))
    return text


def _secrets(text: str) -> list[bytes]:
    return [_secret(one) for one in text.split()]


def _secret(text: str) -> bytes:
    """Read a secret; an error does not repeat it. Raises `FormatError`."""
    expected = say("`whsec_` and base64 of {least} to {most} bytes", least=LEAST, most=MOST)
    try:
        raw = base64.b64decode(text.removeprefix(_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        raise FormatError(expected=expected, found=say("something else")) from None
    if not text.startswith(_PREFIX) or not LEAST <= len(raw) <= MOST:
        raise FormatError(expected=expected, found=say("something else"))
    return raw
