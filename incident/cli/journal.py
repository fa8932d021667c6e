"""`incident journal`: the record itself. Each command has a module of its own, imported when called."""

from __future__ import annotations

from incident.cli.lazy import LazyGroup
from incident.language import _

#: Commands by name: the module and attribute that hold each.
_COMMANDS = {
    "key": "incident.cli.journal_key:key",
    "checkpoint": "incident.cli.journal_checkpoint:checkpoint",
    "prove": "incident.cli.journal_prove:prove",
    "check": "incident.cli.journal_prove:check",
    "redact": "incident.cli.journal_redact:redact",
    "hold": "incident.cli.journal_hold:hold",
    "drop-bodies": "incident.cli.journal_drop:drop_bodies",
    "note": "incident.cli.journal_note:note",
    "recover": "incident.cli.journal_recover:recover",
    "verify": "incident.cli.journal_verify:verify_command",
    "export": "incident.cli.journal_export:export_command",
}

journal = LazyGroup("journal", places=_COMMANDS, help=_("The audit journal."))
