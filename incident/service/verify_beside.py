"""Holding what is kept beside a whole journal against it: checkpoints, playbooks, attachments.

A checkpoint is signed, and whether it is one of this journal is looked at apart (`against.py`). Here the
columns beside its note are held against what it says, and against the state that it covers: by them is
chosen when to sign again. Where no entry names a playbook or an attachment, somebody put it there. An
attachment whose hash was erased may be kept still: there may be as many of those as hashes were erased.
"""

from __future__ import annotations

from incident.domain.errors import FormatError, JournalError
from incident.domain.say import Words, say
from incident.service.ports import Reading, Signed
from incident.service.signed import unopened
from incident.service.verify_record import LEAST, RecordCheck
from incident.service.verify_verdict import fault


class BesideCheck:
    """Holds it, once all entries were taken."""

    def __init__(self, tx: Reading, check: RecordCheck) -> None:
        """Begin before the first entry; `check` takes each before this does."""
        self._tx, self._code, self._check = tx, check.code, check
        self._sizes = {one.size for one in tx.signed(check.code)}
        #: Epoch of each size that a checkpoint covers.
        self.epochs: dict[int, int] = {}

    def take(self) -> None:
        """Note in which state the entry left the jurisdiction, where a checkpoint covers it as the last."""
        situation = self._check.situation
        if situation is not None and situation.version in self._sizes:
            self.epochs[situation.version] = situation.epoch

    def compare(self) -> None:
        """Hold all of it against the journal. Raises `JournalError`, or `StoreError` for altered bytes."""
        for signed in self._tx.checkpoints(self._code, since=LEAST):
            self._check_checkpoint(signed)
        if self._check.base is not None:
            return  # what entries named of which the bytes were dropped nobody can tell
        for digest in sorted({*self._tx.playbooks(self._code)} - self._check.playbooks):
            raise self._fault(say("playbooks that entries name alone"), digest)
        self._check_attachments()

    def _check_checkpoint(self, signed: Signed) -> None:
        try:
            said = unopened(signed.note)
        except (FormatError, UnicodeEncodeError):
            return  # nobody signed it: that is counted where signatures are looked at
        epoch = self.epochs.get(said.size, signed.epoch)
        if (said.size, said.at, epoch) != (signed.size, signed.at, signed.epoch):
            expected = say(
                "a checkpoint of {n} entries, signed at {at}, epoch {epoch}, as its note says",
                n=said.size,
                at=said.at,
                epoch=epoch,
            )
            found = say("{n} entries, {at}, epoch {epoch}", n=signed.size, at=signed.at, epoch=signed.epoch)
            raise self._fault(expected, found)

    def _check_attachments(self) -> None:
        unnamed = sorted({*self._tx.attachments(self._code)} - self._check.attachments)
        for digest in unnamed:
            self._tx.attachment(self._code, digest)  # altered bytes are the store's `StoreError`
        if len(unnamed) > self._check.erased_attachments:
            expected = say("{n} attachments that no entry names", n=self._check.erased_attachments)
            raise self._fault(expected, ", ".join(unnamed[:3]))

    def _fault(self, expected: Words, found: Words) -> JournalError:
        return fault(self._code, None, expected, found, "stored")
