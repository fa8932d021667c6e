"""A town with a record to look at: an incident that began, was acted on late, and ended; signed in between."""

from __future__ import annotations

from typing import Final

from incident import bootstrap
from incident.domain.clock import stamp
from incident.domain.facts import StateEntered
from incident.domain.note import format_public_key
from incident.domain.request import Request
from incident.service import queries
from incident.service.handle import Outcome, Seen, handle
from incident.service.notary import sign
from tests.service.signing import notary, signer
from tests.web.serving import TOWN, Served

#: Public key of who signs here.
PUBLIC: Final = format_public_key(signer().key)
BASIS: Final = "诸市防控〔2021〕4号"


def positive(served: Served, **words: object) -> Outcome:
    """Activate, as somebody types it at the command line."""
    told = {
        "verb": "activate",
        "event": "local_positive_reported",
        "fields": {"origin": "local", "result": "preliminary_positive", "cases": 1},
        "source": "cli",
        "id": "first",
        "authority": "command",
        "decided_by": "领导小组",
        "basis": BASIS,
        "reason": "李四确诊",
        "actor": "claimed",
        "by": "王小明",
        **words,
    }
    request = Request(**told)  # type: ignore[arg-type]
    return handle(
        served.workplace.store,
        TOWN,
        request,
        now=served.clock,
        chance=bootstrap.chance,
        seen=Seen(None, granted=True),
    )


def signed(served: Served) -> str:
    """Sign the record as it is, and give the note."""
    kept = sign(served.workplace.store, TOWN, notary(served.clock))
    assert kept is not None
    return kept.note


def a_night(served: Served) -> str:
    """Adopted (0), signed, activated an hour after it holds (1), signed; gives the newest note."""
    signed(served)
    served.clock.after(hours=1)
    outcome = positive(served, effective_at=served.clock.at - 3600)
    assert any(isinstance(fact, StateEntered) for fact in outcome.entry.facts)
    served.clock.after(minutes=10)
    return signed(served)


def size(served: Served) -> int:
    """Give how many entries there are."""
    with served.workplace.store.reading() as tx:
        return queries.present(tx, TOWN)[0].version


def at(served: Served, minutes: int) -> str:
    """Give an instant as many minutes from now, as the record has it."""
    return stamp(served.clock.at + 60 * minutes)
