"""What lines of the record of access are called."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from incident.domain.identity import AccessKind
from incident.domain.say import Words, say

#: What the kinds of lines are called.
KINDS: Final[Mapping[AccessKind, Words]] = {
    "login": say("signed in"),
    "login_failed": say("was not let in"),
    "logout": say("signed out"),
    "refused": say("was refused"),
    "read_personal": say("read personal data"),
    "session_revoked": say("ended sessions"),
    "password_set": say("set a password"),
    "link_made": say("made a link"),
    "link_used": say("used a link"),
    "user_added": say("added a user"),
    "user_changed": say("changed a user"),
    "user_disabled": say("disabled a user"),
    "user_enabled": say("enabled a user"),
    "grant_added": say("gave a role"),
    "grant_revoked": say("took a role away"),
    "token_made": say("made a token"),
    "token_revoked": say("took a token back"),
    "oidc_linked": say("linked a user to a provider"),
    "oidc_unlinked": say("took such a link away"),
    "access_dropped": say("dropped lines of this record"),
}
