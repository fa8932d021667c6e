"""Evidence: does the record hold, held against what the caller brings; and a kit to take away.

Each reads the whole journal; verifying is the same as of pages (`verifying.py`). Few do so at once on one
server; who comes too many is told so (409).
"""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any, Final, Literal

from litestar import Request, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import JSONBody, QueryParameter
from litestar.response import Stream
from msgspec import Meta, Struct

from incident import bootstrap
from incident.domain import clock
from incident.domain.checkpoint import parse_line
from incident.domain.errors import FormatError, RequestError
from incident.domain.identity import SignedIn
from incident.domain.kit import Filter
from incident.domain.note import PublicKey, parse_public_key
from incident.domain.playbook import Playbook
from incident.domain.say import say
from incident.language import speak
from incident.service import queries
from incident.service.against import Given
from incident.service.exhibit import Shown
from incident.service.intake import read_time
from incident.signing import evidence
from incident.views.verify import JournalFault, JournalVerified
from incident.web.api.conditions import Code, Since, Until
from incident.web.api.described import acts, reads
from incident.web.api.record import Incident, Kinds, read_kinds
from incident.web.doors import TheDoors
from incident.web.examining import examined, foreign, shown
from incident.web.files import as_kit, one_of_few
from incident.web.security.personal import read_personal
from incident.web.site import TheSite
from incident.web.verifying import Examination, Job, TheVerifying

_Ask = Request[SignedIn, Any, Any]
_TAG: Final = "evidence"
_Line = Annotated[str, Meta(min_length=1, max_length=20_000)]

_Withheld = Annotated[
    list[str] | None,
    QueryParameter(max_items=50, description="Leave sealed values of this name shut, such as `by`; repeat."),
]


class VerificationAsked(Struct, kw_only=True, forbid_unknown_fields=True):
    """How a journal is to be verified, and against what."""

    #: Leaves and root alone, or all that follows from each entry too.
    levels: Literal["hashes", "all"] = "all"
    #: Checkpoints that left the house: signed notes, or lines that were passed on.
    against: Annotated[list[_Line], Meta(max_length=100)] = []
    #: Public keys of which one has to have signed, as text; without any those trusted here.
    public_keys: Annotated[list[_Line], Meta(max_length=20)] = []
    #: Versions of the program whose entries need not be decided again.
    accept_programs: Annotated[list[_Line], Meta(max_length=100)] = []


class VerificationRunning(Struct, kw_only=True):
    """Verifying that runs."""

    began: str
    #: Of so many entries so many were looked at.
    entries: int
    taken: int


class VerificationEnded(Struct, kw_only=True):
    """Verifying that ended, and how many entries there were when it began."""

    began: str
    entries: int
    ended: str
    #: Somebody stopped it, or the server ended; it broke off by a fault of the program; the database could
    #: not be asked any more: nothing was found.
    stopped: bool
    broken: bool
    away: bool
    #: Checkpoints outside that count for nothing: they could not be read, or no key given signed them.
    unread: list[str]
    #: What was found, or the fault that ended it; neither where nothing was.
    verified: JournalVerified | None
    fault: JournalFault | None


class Verifications(Struct, kw_only=True):
    """What is being verified of a journal at this server, and what the last one found."""

    running: VerificationRunning | None
    last: VerificationEnded | None


@post(
    "/jurisdictions/{code:str}/verifications",
    permission="audit",
    status_code=200,
    **acts(_TAG),
)
def verify(
    site: TheSite, verifying: TheVerifying, code: Code, data: JSONBody[VerificationAsked]
) -> JournalVerified | JournalFault:
    """Verify the journal now: every entry, what follows from it, and each checkpoint known or brought.

    `holds` says whether nothing at all is wrong; at the first fault of an entry it is said which and why.
    What was not looked at is said in `levels`, and counts for nothing. A long journal takes minutes, in which
    `GET` of the same address says how far it came; of each journal one is verified at a time (409).
    """
    keys = _keys(data.public_keys) or bootstrap.trusted_keys(())
    brought = evidence.brought([_given(words, keys) for words in data.against], keys)
    strangers = brought.strangers([code])
    if strangers:
        raise foreign(code, strangers[0].where)
    with site.store.reading() as tx:
        size = queries.present(tx, code)[0].version
    looked = Examination(brought, unread=[], replay=data.levels == "all")
    work = partial(examined, site, code, looked, data.accept_programs)
    return shown(code, verifying.run(code, size, work, site.now))


@get("/jurisdictions/{code:str}/verifications", permission="audit", **reads(_TAG))
def verifications(site: TheSite, verifying: TheVerifying, code: Code) -> Verifications:
    """Say how far verifying came that runs at this server, and what the last one found, here or on a page.

    What was found last covers `entries` and is forgotten when the server ends.
    """
    with site.store.reading() as tx:
        queries.present(tx, code)
    running, last = verifying.running(code), verifying.last(code)
    return Verifications(
        running=None if running is None else _progress(running),
        last=None if last is None else _ended(code, last),
    )


def _progress(job: Job) -> VerificationRunning:
    return VerificationRunning(began=clock.stamp(job.began), entries=job.size, taken=job.taken)


def _ended(code: str, job: Job) -> VerificationEnded:
    assert job.ended is not None, "it has ended"
    found = None if job.found is None else shown(code, job.found)
    return VerificationEnded(
        began=clock.stamp(job.began),
        ended=clock.stamp(job.ended),
        entries=job.size,
        stopped=job.is_stopped,
        broken=job.is_broken,
        away=job.is_away,
        unread=[] if job.found is None else [speak(one.where) for one in job.found.unread],
        verified=found if isinstance(found, JournalVerified) else None,
        fault=found if isinstance(found, JournalFault) else None,
    )


def _keys(texts: list[str]) -> list[PublicKey]:
    """Read public keys as text: a name of a file of ours is none. Raises `RequestError`."""
    try:
        return [parse_public_key(text.strip()) for text in texts]
    except FormatError as error:
        raise _unreadable("public_keys", error) from error


def _given(words: str, keys: list[PublicKey]) -> Given:
    """Read a checkpoint: a line that begins with the code, or else a signed note. Raises `RequestError`."""
    try:
        if words[:1].isdigit() and "\n" not in words.strip():
            return Given(words.strip(), parse_line(words.strip()))
        return evidence.signed_checkpoint("against", words.encode(errors="replace"), keys)
    except FormatError as error:
        raise _unreadable("against", error) from error


def _unreadable(where: str, error: FormatError) -> RequestError:
    return RequestError(
        where=where,
        expected=error.expected,
        found=error.found,
        do=say("take it again from where it was kept"),
    )


@get(
    "/jurisdictions/{code:str}/kit",
    permission="audit",
    media_type="application/zip",
    **reads(_TAG),
)
def kit(
    request: _Ask,
    site: TheSite,
    doors: TheDoors,
    code: Code,
    incident: Incident = None,
    since: Since = None,
    until: Until = None,
    kind: Kinds = None,
    withhold: _Withheld = None,
) -> Stream:
    """Make an evidence kit: a ZIP that anybody verifies with Python and a public key.

    All entries are in it; the filters say which of them it opens.
    """
    with site.store.reading() as tx, one_of_few():
        playbook = queries.present(tx, code)[1]
        shown = Shown(
            filter=Filter(
                incident=_number(code, incident),
                since=_stamp("since", since, playbook, site.now()),
                until=_stamp("until", until, playbook, site.now()),
                kinds=sorted({*read_kinds(kind or [])}),
            ),
            withhold=frozenset(withhold or ()),
        )
        read_personal(doors, request, code, "api kit")
        return as_kit(tx, code, shown, bootstrap.trusted_keys(()), site.now())


def _number(code: str, incident: str | None) -> str | None:
    return incident if incident is None or incident.startswith(f"{code}-") else f"{code}-{incident}"


def _stamp(where: str, words: str | None, playbook: Playbook, now: int) -> str | None:
    at = read_time(where, words, playbook, now)
    return None if at is None else clock.stamp(at)


ROUTES: list[HTTPRouteHandler] = [verify, verifications, kit]
