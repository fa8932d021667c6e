"""Verifying a journal for a page and for a program: the same look, and the same words for what was found."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from incident.domain.errors import JournalError, RequestError, StoreAway, StoreError
from incident.domain.say import Words, say
from incident.service.examine import compared_at_fault, examine
from incident.service.outside import FOUND
from incident.service.verify import check_storage
from incident.views import verify as views
from incident.views.verify import JournalFault, JournalVerified
from incident.web.site import Site
from incident.web.verifying import Examination


def examined(
    site: Site, code: str, looked: Examination, accepted: Sequence[str], tell: Callable[[int], None]
) -> Examination:
    """Look at the database itself, then at the journal; a fault ends it.

    Raises `StoreAway`: of a database that cannot be asked now nothing is known.
    """
    brought = looked.brought
    try:
        if looked.replay:
            with site.store.reading() as tx:
                check_storage(tx, say("the database"))
    except StoreAway:
        raise
    except StoreError as error:
        return looked._replace(fault=error, is_damaged=True)
    outdated = site.store.left_out([code]).get(code)
    with site.store.reading() as tx:
        try:
            found = examine(
                tx, code, brought, accepted=accepted, outdated=outdated, replay=looked.replay, tell=tell
            )
        except StoreAway:
            raise
        except (JournalError, StoreError) as error:
            return looked._replace(fault=error, at_fault=compared_at_fault(tx, code, brought))
    return looked._replace(examined=found)


def shown(code: str, looked: Examination) -> JournalVerified | JournalFault:
    """Give what was found, as the command line prints it too."""
    if looked.fault is not None:
        if looked.is_damaged:
            assert isinstance(looked.fault, StoreError), "the database says what is wrong with it"
            return views.storage_fault(looked.fault)
        return views.fault(code, looked.fault)
    assert looked.examined is not None, "it was examined, or has a fault"
    return views.verified(looked.examined, [str(key) for key in looked.brought.keys])


def foreign(code: str, where: Words) -> RequestError:
    """Say that a checkpoint that was brought is of another journal."""
    return RequestError(
        where=where,
        expected=say("a checkpoint of {code}", code=code),
        found=FOUND["foreign"],
        do=say("take it again from where it was kept"),
    )
