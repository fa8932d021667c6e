"""Noting a subordinate's signed head in its superior's journal.

By itself where both are kept here (`pass_up`, after signing), or by somebody who got it from elsewhere. One
that does not follow from the one noted before is refused: then the subordinate's journal was made anew, or an
older one was restored, and that is for people to look at. Where the subordinate's journal is kept here, the
head noted before is held against it each time, and by verifying (`noted_of`).
"""

from __future__ import annotations

from typing import NamedTuple

from incident.domain import clock, heads, inputs, tree
from incident.domain.checkpoint import Checkpoint, code_of
from incident.domain.errors import FormatError, IncidentError, JournalError, ProofError, Refused, RequestError
from incident.domain.facts import AnyFact, ItemChanged, ItemStarted
from incident.domain.growth import Growth
from incident.domain.heads import HEAD, Head, checkpoint_of
from incident.domain.journal import Entry
from incident.domain.playbook import Playbook
from incident.domain.say import say
from incident.service.act import Act, View, act
from incident.service.handle import Outcome
from incident.service.outside import FOUND, Verdict, hold
from incident.service.ports import Chance, Clock, Reading, Signed, Store
from incident.service.signed import unopened
from incident.service.who import Origin, Who

#: Where heads come from that nobody brings.
_SOURCE = "notary"
#: A head is passed up at each change of state, and after so many seconds.
_DAY = 86400


def note_head(
    store: Store,
    superior: str,
    given: Checkpoint,
    note: str,
    *,
    growth: Growth | None = None,
    origin: Origin,
    now: Clock,
    chance: Chance,
) -> Outcome:
    """Note the signed head of a subordinate's journal; the same a second time changes nothing.

    Raises `RequestError` for one that is no newer or whose proof does not hold, and `Refused` for one that
    does not follow from the one before.
    """
    code = subordinate_of(given)

    def find(view: View) -> list[AnyFact]:
        stood = view.standing.get((HEAD, code))
        before = None if stood is None else heads.read(stood.item)
        proven = before is None or _follows(view.tx, code, before, given, growth)
        return [heads.noted(code, stood, heads.head_of(given, note, proven=proven))]

    def is_same(_playbook: Playbook, entry: Entry) -> bool:
        after = [one.after for one in entry.facts if isinstance(one, ItemStarted | ItemChanged)]
        return [(one.get("origin"), one.get("size"), one.get("root")) for one in after] == [
            (given.origin, given.size, given.root.hex())
        ]

    doing = Act(verb="head", origin=origin, is_same=is_same)
    return act(store, superior, doing, find, now=now, chance=chance)


def subordinate_of(given: Checkpoint) -> str:
    """Give the code of the jurisdiction that a checkpoint is of. Raises `RequestError`."""
    code = code_of(given.origin)
    if code is None:
        raise RequestError(
            where=say("checkpoint"),
            expected=say("the journal of a jurisdiction: incident/CODE/…"),
            found=f"`{given.origin}`",
            do=say("give a checkpoint that this program signed"),
        )
    return code


def _follows(tx: Reading, code: str, before: Head, given: Checkpoint, growth: Growth | None) -> bool:
    """Tell whether it was proven that a journal grew from one head to another."""
    verdict = _must_stand(tx, code, before, given)
    if before.origin == given.origin:
        if given.size < before.size or (given.size == before.size and given.root.hex() == before.root):
            raise RequestError(
                where=say("checkpoint of {n} entries", n=given.size),
                expected=say("one of more than {n} entries", n=before.size),
                found=say("one that is not newer"),
                do=say("look: incident status"),
            )
        if given.size == before.size:
            raise _other_than(before, given, "forked")
    if growth is not None:
        return _is_proven(before, given, growth)
    return verdict == "holds" and _verdict(tx, code, given) == "holds"


def _must_stand(tx: Reading, code: str, before: Head, given: Checkpoint) -> Verdict | None:
    """Hold the head noted before against the journal that another one is of; none where that is not here.

    Raises `Refused` where that journal is not the one whose head was noted.
    """
    if _verdict(tx, code, given) in (None, "foreign"):
        return None
    verdict = _verdict(tx, code, checkpoint_of(before))
    if verdict in ("behind", "forked", "foreign"):
        raise _other_than(before, given, verdict)
    return verdict


def _verdict(tx: Reading, code: str, given: Checkpoint) -> Verdict | None:
    """Say how a checkpoint stands to a journal; none where that is not kept here."""
    log = tx.log(code)
    return None if log is None else hold(tx, code, log.situation, given).verdict


def _is_proven(before: Head, given: Checkpoint, growth: Growth) -> bool:
    try:
        tree.check_consistency(
            before.size,
            given.size,
            old_root=bytes.fromhex(before.root),
            new_root=given.root,
            proof=growth.hashes,
        )
    except ProofError as error:
        raise RequestError(
            where=inputs.PROOF,
            expected=error.expected,
            found=error.found,
            do=say("ask for a proof from {n} entries: incident journal prove", n=before.size),
        ) from error
    return True


def _other_than(before: Head, given: Checkpoint, verdict: Verdict) -> Refused:
    return Refused(
        rule="forked",
        where=say("checkpoint of {n} entries", n=given.size),
        expected=say(
            "a journal that begins with the {n} entries, root {root}", n=before.size, root=before.root
        ),
        found=FOUND[verdict],
        do=say("keep both checkpoints; they prove it"),
    )


def pass_up(
    store: Store, code: str, signed: Signed, given: Checkpoint, *, now: Clock, chance: Chance
) -> bool:
    """Note a head that was just signed in the superior's journal, where that is kept here; tells whether.

    At each change of state, and once a day. Raises as `note_head` does.
    """
    with store.reading() as tx:
        superior = superior_of(tx, code)
        if superior is None:
            return False
        stood = tx.standing(superior).get((HEAD, code))
        before = None if stood is None else heads.read(stood.item)
        if before is not None:
            _must_stand(tx, code, before, given)
            if not _is_due(before, signed, given):
                return False
    origin = Origin(Who(actor="system"), _SOURCE, f"{given.origin}/{given.size}")
    note_head(store, superior, given, signed.note, origin=origin, now=now, chance=chance)
    return True


def _is_due(before: Head, signed: Signed, given: Checkpoint) -> bool:
    """Tell whether a head is worth an entry: a state was entered since the one before, or it is a day old."""
    is_newer = given.size > before.size or given.origin != before.origin
    is_old = before.signed_at is None or signed.at - clock.read_stamp(before.signed_at) >= _DAY
    return is_newer and (signed.epoch >= before.size or is_old or given.origin != before.origin)


def superior_of(tx: Reading, code: str) -> str | None:
    """Give the superior of a jurisdiction, if it is kept here."""
    log = tx.log(code)
    if log is None:
        return None
    try:
        superior = tx.playbook(code, log.situation.playbook).jurisdiction.parent
    except IncidentError:
        return None
    return superior if superior is not None and tx.log(superior) is not None else None


class Noted(NamedTuple):
    """The head of a journal as its superior noted it last."""

    superior: str
    #: The entry of the superior's journal.
    seq: int
    #: The signed note.
    note: str


def noted_of(tx: Reading, code: str) -> Noted | None:
    """Give the head of a journal that its superior noted last, where both are kept here.

    Raises `JournalError` of the superior's journal where what stands there is not what the note says.
    """
    superior = superior_of(tx, code)
    stood = None if superior is None else tx.standing(superior).get((HEAD, code))
    if superior is None or stood is None:
        return None
    try:
        head = heads.read(stood.item)
        said, stands = unopened(head.note), checkpoint_of(head)
    except (ValueError, FormatError) as error:
        raise _unlike(superior, stood.since, str(error)) from error
    if said[:3] != stands[:3]:
        raise _unlike(superior, stood.since, f"{head.origin} {head.size} {head.root}")
    return Noted(superior, stood.since, head.note)


def _unlike(superior: str, seq: int, found: str) -> JournalError:
    expected = say("a signed head of a subordinate, as its note says")
    return JournalError(jurisdiction=superior, seq=seq, expected=expected, found=found)
