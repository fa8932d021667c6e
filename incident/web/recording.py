"""What follows from an act that came by a page or the API: who waits for news is told, and the log."""

from __future__ import annotations

from incident.domain.facts import RequestRefused
from incident.service.handle import Outcome
from incident.web.site import Site


def recorded(site: Site, outcome: Outcome) -> None:
    """Tell who waits for news, and the log, what was recorded."""
    entry = outcome.entry
    refusal = next((fact for fact in entry.facts if isinstance(fact, RequestRefused)), None)
    site.live.ring()
    site.log(
        "info",
        "refused" if refusal else "done",
        jurisdiction=entry.jurisdiction,
        seq=entry.seq,
        verb=entry.verb,
        step=entry.step,
        rule=refusal.rule if refusal else None,
    )
