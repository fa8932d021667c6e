"""What facts are called in a history: `GroupConverted`, `ReportMissed`, `HandoverSigned`."""

from __future__ import annotations

from typing import get_args

from incident.domain.facts import (
    AnyFact,
    End,
    ItemChanged,
    ItemEnded,
    ItemStarted,
    ReportFiled,
    TimerEnded,
    What,
)

_VERBS = {
    ItemStarted: {
        "body": "BodyActivated",
        "group": "GroupStarted",
        "roster": "RosterStarted",
        "directive": "DirectiveIssued",
        "tenure": "SeatTaken",
        "leave": "LeaveNoted",
        "pin": "PersonSet",
        "callout": "CalledOut",
        "handover": "HandoverSigned",
        "proposal": "ProposalMade",
        "break_glass": "GlassBroken",
        "hold": "HoldPlaced",
        "retention": "BodiesDropped",
    },
    ItemChanged: {
        "group": "GroupConverted",
        "tenure": "TenureChanged",
        "leave": "LeaveChanged",
        "callout": "CalloutAnswered",
        "handover": "HandoverSigned",
        "retention": "BodiesDropped",
    },
    ItemEnded: {
        "body": "BodyStoodDown",
        "group": "GroupStoodDown",
        "roster": "RosterEnded",
        "directive": "DirectiveClosed",
        "leave": "LeaveStruck",
        "pin": "PersonUnset",
        "callout": "CalloutClosed",
        "handover": "HandoverClosed",
        "break_glass": "GlassReviewed",
        "hold": "HoldReleased",
    },
}
_TIMES = {
    ("deadline", "met"): "ReportMet",
    ("deadline", "missed"): "ReportMissed",
    ("reminder", "fired"): "Reminded",
    ("escalation", "fired"): "Escalated",
    ("call", "fired"): "Called",
    ("handover", "fired"): "HandoverCame",
    ("handover", "waiting"): "HandoverCame",
    ("signature", "missed"): "HandoverUnsigned",
    ("answer", "missed"): "AnswerMissed",
    ("answer", "unreached"): "Unreached",
    ("step_down", "proposed"): "StepDownProposed",
    ("step_down", "waiting"): "StepDownDelayed",
    ("planned_end", "fired"): "PlannedEndReached",
    ("confirmation", "fired"): "ConfirmationOverdue",
    ("outlook", "fired"): "LookedAhead",
    ("approval", "missed"): "ApprovalMissed",
}
_PLAIN_VERBS = {ItemStarted: "Started", ItemChanged: "Changed", ItemEnded: "Ended"}


def kind_of(fact: AnyFact) -> str:
    """Name a fact as the history shows it: `GroupConverted`, `ObligationChanged`, `StateEntered`."""
    match fact:
        case ItemChanged(kind="group") if fact.before.get("acts_as") and not fact.after.get("acts_as"):
            return "GroupReverted"
        case ItemChanged(kind="callout") if fact.before.get("replaced") != fact.after.get("replaced"):
            return "CalloutReplaced"
        case ItemEnded(outcome=str() as outcome):
            return fact.kind.capitalize() + outcome.capitalize()
        case ItemStarted() | ItemChanged() | ItemEnded():
            fallback = fact.kind.capitalize() + _PLAIN_VERBS[type(fact)]
            return _VERBS[type(fact)].get(fact.kind, fallback)
        case TimerEnded():
            fired = fact.end in ("fired", "fired_late")
            name = _TIMES.get((fact.what, fact.result or "fired")) if fired else None
            return name or "".join(map(str.capitalize, [*fact.what.split("_"), fact.end]))
        case ReportFiled(corrects=int()):
            return "ReportCorrected"
        case _:
            return type(fact).__name__


def kinds_of_time() -> set[str]:
    """Give the names of all that can become of a promised time."""
    ends = [end for end in get_args(End) if end not in ("fired", "fired_late")]
    others = {
        "".join(map(str.capitalize, [*what.split("_"), end])) for what in get_args(What) for end in ends
    }
    return {*_TIMES.values()} | others
