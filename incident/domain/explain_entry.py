"""What an entry answers, in words: the event, act or time that came; and its values by name."""

from __future__ import annotations

from incident.domain import explain, explain_time
from incident.domain.approving import GLASS
from incident.domain.facts import PlaybookAdopted
from incident.domain.journal import Entry
from incident.domain.playbook import Playbook
from incident.domain.say import Words, say

#: What comes in that is no event of a playbook, by the button that was pressed.
ACTS: dict[str, Words] = {
    "file": say("a report came in"),
    "issue": say("a directive was issued"),
    "withdraw": say("a directive was taken back"),
    "extend": say("the planned end is to be moved"),
    "handover": say("a handover was signed"),
    "log": say("a note for the duty log"),
    "ack": say("a call-out was answered"),
    "people": say("the directory was imported"),
    "people_erase": say("a person was erased"),
    "reject": say("a proposal, to be rejected or withdrawn"),
    "review": say("a review of what one person did alone"),
    "recover": say("a lost end of the journal is given up"),
    "head": say("a subordinate's signed head was noted"),
    "redact": say("a disclosure is redacted"),
    "hold": say("a hold is placed"),
    "release": say("a hold is released"),
    "drop_bodies": say("bodies of entries are dropped"),
    "roster_override": say("somebody was set for a post"),
    "roster_withdraw": say("somebody set for a post was taken back"),
    "roster_swap": say("two shifts were exchanged"),
    "roster_cover": say("somebody is away and was covered"),
}


#: How who pressed is introduced; by the operating system's user nothing more is known.
_PRESSED: dict[str, Words] = {
    "claimed": say("pressed by (as typed)"),
    "authenticated": say("pressed by (signed in)"),
}


def came(playbook: Playbook, entry: Entry) -> Words:
    """Say what an entry answers."""
    if entry.came is None:
        is_adoption = any(isinstance(fact, PlaybookAdopted) for fact in entry.facts)
        return say("adoption") if is_adoption or entry.verb else say("a time that was promised came")
    event = ACTS.get(entry.verb or "") or explain.event_name(playbook, entry.came.type)
    if entry.verb == "propose":
        return say("{event}: a step, to be proposed", event=event)
    if entry.proposal is not None:
        proposal = explain_time.promised(playbook, entry.proposal)
        return say("{event}: {proposal}, to be approved", event=event, proposal=proposal)
    is_alone = any(getattr(fact, "kind", None) == GLASS for fact in entry.facts) and entry.break_glass
    return say("{event}, by one person alone", event=event) if is_alone else event


def pressed(entry: Entry) -> Words:
    """Name who pressed, by how that is known."""
    return _PRESSED.get(entry.actor or "", say("pressed by"))


def label(name: str) -> str:
    """Name a value; a figure of a report is sealed with its own name."""
    return "" if name.startswith("value.") else f"{name}="
