"""The guard: what is not the journal of which checkpoints left the house is not written to (`outside.py`)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final, NamedTuple

from incident.domain import inputs
from incident.domain.errors import FormatError, StoreError
from incident.domain.say import Words, say
from incident.service.outside import FOUND, UNKNOWN, Known, Outlet, Verdict, covers, here, hold_outlet
from incident.service.ports import Log, Reading
from incident.service.signed import Read


class Guard(NamedTuple):
    """Keeps a journal from being written to that is not the one that was signed.

    What is known outside is looked at first, and the journal then: so nothing that is signed meanwhile by
    somebody else looks as if it were missing. An outlet that cannot be read, and a note that nobody trusted
    signed, stand in nobody's way and are told: an emergency does not wait for a network drive.
    """

    outlets: Sequence[Outlet]
    #: Reads a note. Raises `FormatError` for one that no trusted key signed.
    read: Read
    #: Of which database it tells.
    place: str
    tell: Callable[[Words], None]

    def look(self, code: str) -> Callable[[Reading], None]:
        """Look outside; gives what holds the journal against it, which raises `StoreError`."""
        known = [*self._known(code)]

        def check(tx: Reading) -> None:
            log = tx.log(code) if known else None
            stands = ((one, *found) for one in known for found in self._stands(tx, code, log, one, known))
            wrong = [found for found in stands if found[2] not in ("holds", "lost")]
            if wrong:  # of an origin that is not known first: as long as it is in the way, none is given up
                newest, given, verdict = min(wrong, key=lambda found: found[2] != "foreign")
                raise self._read_only(
                    code, newest, given, verdict, 0 if log is None else log.situation.version
                )

        return check

    def _stands(
        self, tx: Reading, code: str, log: Log | None, one: Known, known: Sequence[Known]
    ) -> Iterator[tuple[Known, Verdict]]:
        if log is None:
            yield one, "behind"
            return
        try:
            for given, found in hold_outlet(here(tx, code, log.situation), code, one, self.read, known):
                yield given, found.verdict
        except OSError as error:
            self._away(error)

    def _away(self, error: OSError) -> None:
        self.tell(say("checkpoints outside cannot be read: {error}", error=str(error)))

    def _known(self, code: str) -> Iterator[Known]:
        for outlet in self.outlets:
            try:
                kept = outlet.newest(code)
            except OSError as error:
                self._away(error)
                continue
            for where, note in kept:
                try:
                    yield Known(outlet, where, self.read(note))
                except FormatError as error:
                    self.tell(
                        say(
                            "{where} counts for nothing: expected {expected}, found {found}",
                            where=where,
                            expected=error.expected,
                            found=error.found,
                        )
                    )

    def _read_only(self, code: str, newest: Known, given: Known, verdict: Verdict, size: int) -> StoreError:
        do = UNKNOWN if verdict == "foreign" else _behind(code, newest.where)
        return StoreError(
            where=say("{place}, journal of {code}: read-only", place=self.place, code=code),
            expected=say("{what}  ({where})", what=covers(given.checkpoint), where=given.where),
            found=say("{n} entries here; {found}", n=size, found=FOUND[verdict]),
            do=do if size else _NOTHING,
        )


#: What to do where nothing of the journal is here: no recovery leads to it.
_NOTHING: Final = say(
    "decide and act on paper now. Call whoever runs this program: look for any copy of the database that "
    "this folder of checkpoints belongs to, an old one too. Only when there is none: begin a new one with an "
    "empty folder of its own, and keep the old folder. See the guide for operators: no copy is left"
)


def _behind(code: str, where: str) -> Words:
    return say(
        "decide and act on paper now; what stood can be read: incident status {code}. Call whoever "
        "runs this program: keep this database as it is and look for the newer one. Only when that "
        "is lost for ever, two of them give up its end: incident journal recover {code}, {against} {where}",
        code=code,
        against=inputs.AGAINST,
        where=where,
    )
