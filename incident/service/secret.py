"""Secrets that somebody carries: 32 random bytes, as text that fits a URL, a cookie and a header."""

from __future__ import annotations

import base64
from typing import Final

from incident.service.ports import Chance

_BYTES: Final = 32


def secret(chance: Chance) -> str:
    """Make a new one: 43 letters."""
    return base64.urlsafe_b64encode(chance(_BYTES)).rstrip(b"=").decode()
