"""Passwords kept by Argon2id, with the parameters of RFC 9106, section 4, for machines with little memory.

64 MiB for some hundredths of a second each: whoever has the database guesses slowly, and whoever runs the
server bounds how many sign in at once.
"""

from __future__ import annotations

from argon2 import Parameters, PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.profiles import RFC_9106_LOW_MEMORY


class Argon2:
    """Passwords as `ports_identity.Passwords` wants them."""

    def __init__(self, parameters: Parameters | None = None) -> None:
        """Keep them with `parameters`; of others they are outdated."""
        self._hasher = PasswordHasher.from_parameters(parameters or RFC_9106_LOW_MEMORY)
        #: Compared with where no password is kept: that of a password which nobody may choose.
        self._nobody = ""

    def keep(self, password: str) -> str:
        """Give what is kept of a password: parameters, salt and hash as one text (PHC string format)."""
        return self._hasher.hash(password)

    def matches(self, kept: str | None, password: str) -> bool:
        """Tell whether a password is the one that is kept; takes as long where none is."""
        if not self._nobody:
            self._nobody = self.keep("")
        try:
            self._hasher.verify(self._nobody if kept is None else kept, password)
        except (InvalidHashError, VerificationError, UnicodeEncodeError):
            return False
        return kept is not None

    def is_outdated(self, kept: str) -> bool:
        """Tell whether it was kept with other parameters."""
        return self._hasher.check_needs_rehash(kept)
