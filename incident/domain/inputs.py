"""What is given with acts and asked for in errors, as forms, the command line and the API call it.

An error names one of these where something given is wrong (`say.Input`), and never an option by its name.
"""

from __future__ import annotations

from typing import Final

from incident.domain.say import Input, say

AGAINST: Final = Input("against", say("checkpoint"))
BASIS: Final = Input("basis", say("the basis"), is_spelt=True)
BREAK_GLASS: Final = Input("break-glass", say("alone, in an emergency"))
BY: Final = Input("by", say("who does it"))
DATABASE: Final = Input("db", say("the address of the database"))
DECIDED_BY: Final = Input("decided-by", say("the deciding body"), is_spelt=True)
DUE: Final = Input("due", say("due"))
ENTRY: Final = Input("entry", say("entry"), "entries")
ESCALATE: Final = Input("escalate", say("who is told when it is not answered"))
FIGURES: Final = Input("set", say("figures"), "values")
FILE: Final = Input("file", say("file"), "files")
FINDING: Final = Input("finding", say("what the review found"))
FORM: Final = Input("form", say("which report"))
GAVE: Final = Input("gave", say("who hands over"))
HOLDER: Final = Input("holder", say("whose"))
KEY_NAME: Final = Input("name", say("name of the key"))
OF: Final = Input("at", say("the handover"), "of")
ORDERS: Final = Input("from", say("who issues it"), "by")
OWNER: Final = Input("owner", say("owner"))
OUT: Final = Input("out", say("file"))
PROOF: Final = Input("proof", say("proof"))
READER: Final = Input("reader", say("reader"))
REASON: Final = Input("reason", say("why"))
REMIND: Final = Input("remind", say("reminder"))
SAID: Final = Input("said", say("what was said or seen"))
SCRIPT: Final = Input("script", say("the name of the script"))
SHIFT: Final = Input("shift", say("shift"), "at")
SUBSTITUTE: Final = Input("with", say("who covers"))
TEXT: Final = Input("text", say("text"))
TO: Final = Input("to", say("who answers"))
TOOK: Final = Input("took", say("who takes over"))
UNPROVEN: Final = Input("unproven", say("unproven"))
UNTIL: Final = Input("until", say("until"))
VALUES: Final = Input("set", say("the values of the event"), "fields")
WITH: Final = Input("with", say("who agrees"))
WITHHOLD: Final = Input("withhold", say("what stays shut"))
WRITER: Final = Input("writer", say("writer"))
ZERO: Final = Input("zero", say("nothing to report"))
