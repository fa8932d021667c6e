"""`incident user`: who can sign in, with what, and what they may do. Each command is imported when called.

Whoever can open the database can do all of this without signing in; the record of access says which user of
the operating system it was.
"""

from __future__ import annotations

from incident.cli.lazy import LazyGroup
from incident.language import _

#: Commands by name: the module and attribute that hold each.
_COMMANDS = {
    "add": "incident.cli.user_people:add",
    "list": "incident.cli.user_people:list_command",
    "rename": "incident.cli.user_people:rename",
    "disable": "incident.cli.user_people:disable",
    "enable": "incident.cli.user_people:enable",
    "grant": "incident.cli.user_grants:grant",
    "revoke": "incident.cli.user_grants:revoke",
    "link": "incident.cli.user_ways:link",
    "password": "incident.cli.user_ways:password",
    "oidc": "incident.cli.user_ways:oidc",
    "token": "incident.cli.user_tokens:token",
    "tokens": "incident.cli.user_tokens:tokens_command",
    "end-token": "incident.cli.user_tokens:end_token",
    "sessions": "incident.cli.user_sessions:sessions_command",
    "end-session": "incident.cli.user_sessions:end_session",
}

user = LazyGroup("user", places=_COMMANDS, help=_("Who can sign in, and what they may do."))
