"""An example of each form that the API takes, as the description shows it; a test sends every one."""

from __future__ import annotations

from typing import Any, Final

#: By the name of the form.
EXAMPLES: Final[dict[str, dict[str, Any]]] = {
    "Asked": {
        "event": "local_positive_reported",
        "verb": "activate",
        "fields": {"origin": "local", "result": "preliminary_positive", "cases": 1},
        "decided_by": "command",
        "basis": "诸市防控〔2021〕4号",
        "reason": "positive at the county laboratory",
    },
    "Reason": {"reason": "not needed any more"},
    "Finding": {"finding": "rightly done: nobody else could be reached"},
    "AckAsked": {"parties": ["coordination"], "said": "on the way"},
    "ExtensionAsked": {"until": "14d", "decided_by": "command", "basis": "诸市防控〔2021〕4号"},
    "NoteAsked": {"way": "in", "said": "two more samples are on the way", "who": "the laboratory"},
    "TierAsked": {"after": "30m", "to": "command"},
    "DirectiveAsked": {
        "by": "command",
        "to": "duty",
        "due": "4h",
        "text": "Count the beds that are free",
        "remind": "1h",
        "escalate": [{"after": "30m", "to": "command"}],
    },
    "AttachedFile": {"name": "list.csv", "content": "YSxiCg=="},
    "ReportAsked": {
        "sender": "duty",
        "form": "daily_report",
        "text": "quiet",
        "values": {"cases": "0"},
        "files": [{"name": "list.csv", "content": "YSxiCg=="}],
    },
    "VerificationAsked": {"levels": "all", "against": [], "public_keys": [], "accept_programs": []},
}
