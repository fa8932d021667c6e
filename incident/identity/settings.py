"""Which OpenID Connect provider people may come by, as the environment says it.

INCIDENT_OIDC_ISSUER       its address, as its tokens name it; without it there is none
INCIDENT_OIDC_CLIENT       as whom it knows this program
INCIDENT_OIDC_SECRET_FILE  file with the secret of that client, for its owner alone; none for a public client
INCIDENT_OIDC_EMAIL        `trust`: an address that it says is verified tells which user it is
"""

from __future__ import annotations

import stat
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Final

from incident.domain.errors import RequestError
from incident.domain.say import Words, say
from incident.identity.provider import Provider

_NAME: Final = "INCIDENT_OIDC_"
#: Rights by which others could read or change it.
_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO


def provider(said: Mapping[str, str], redirect: str) -> Provider | None:
    """Read the settings; none where no provider is named. Raises `RequestError`."""
    issuer = said.get(f"{_NAME}ISSUER")
    if not issuer:
        return None
    client = said.get(f"{_NAME}CLIENT")
    if not client:
        raise _wrong("CLIENT", say("as whom the provider knows this program"), say("nothing"))
    email = said.get(f"{_NAME}EMAIL", "")
    if email not in ("", "trust"):
        raise _wrong("EMAIL", say("`trust`, or nothing"), f"`{email}`")
    file = said.get(f"{_NAME}SECRET_FILE")
    try:
        import_module("incident.identity.oidc")
    except ImportError as error:
        raise RequestError(
            where=f"{_NAME}ISSUER",
            expected=say("the libraries for OpenID Connect"),
            found=str(error),
            do=say("install them: `pip install 'incident[oidc]'`"),
        ) from error
    return Provider(
        issuer=issuer,
        client_id=client,
        client_secret=_secret(Path(file)) if file else None,
        redirect=redirect,
        trusts_email=bool(email),
    )


def _secret(file: Path) -> str:
    try:
        rights = file.stat().st_mode
        found = file.read_text("utf-8").strip()
    except (OSError, ValueError) as error:
        raise _wrong("SECRET_FILE", say("a file that can be read, in UTF-8"), str(error)) from error
    if rights & _OTHERS:
        raise _wrong("SECRET_FILE", say("a file for its owner alone (chmod 600)"), stat.filemode(rights))
    if not found:
        raise _wrong("SECRET_FILE", say("a secret"), say("an empty file"))
    return found


def _wrong(name: str, expected: Words, found: Words) -> RequestError:
    return RequestError(
        where=f"{_NAME}{name}",
        expected=expected,
        found=found,
        do=say("correct the setting; without `INCIDENT_OIDC_ISSUER` nobody comes by a provider"),
    )
