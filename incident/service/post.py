"""A channel that reaches people: of each message a letter to everybody whom it concerns, by their ways.

    who is concerned now → whose letter is not over → way after way until one takes it → note it

A letter is over when a way has taken it, or when it is lost: nobody is there, no way is known, every way says
never, or the message is older than a day, for nobody is to be woken by what was so yesterday. What is over is
noted; as long as a letter is not, the message fails and comes again later, under the same key. Where nobody
could be reached and there is a folder, the message is put there for whoever carries it on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

from incident.domain.errors import IncidentError
from incident.domain.people import Person
from incident.domain.say import Words, say
from incident.service import queries
from incident.service.deliver import Channel, Message
from incident.service.letters import Letter, Outlet, UndeliverableError
from incident.service.ports import Clock, Settled, Store
from incident.service.receivers import Audience

#: Seconds after which a message is sent to nobody any more.
STALE: Final = 86400
#: Seconds after which no further way is tried for a message; its lease must outlast the last one.
_HOLD: Final = 20
#: Refusals in a row after which a way is left alone, and seconds until it is tried again: at first, at most.
_REFUSALS: Final = 3
_SOON, _LATEST = 15, 600
#: Characters of a subject.
_SUBJECT: Final = 60


class _Rest(NamedTuple):
    """A way that is left alone for a while."""

    refusals: int = 0
    until: int = 0
    pause: int = _SOON


class Refused(Exception):
    """Some letters of a message are not over."""


class PostOffice:
    """Reaches people by the ways out of an operator's setup."""

    def __init__(
        self,
        store: Store,
        outlets: Mapping[str, Outlet],
        speak: Callable[[Words], str],
        now: Clock,
        *,
        folder: Channel | None = None,
        tell_lost: Callable[[int], None] = lambda _n: None,
    ) -> None:
        """Send by `outlets`, by name; what reaches nobody goes into `folder`, or is lost and told."""
        self._tell_lost = tell_lost
        self._store, self._outlets, self._speak, self._now = store, outlets, speak, now
        self._folder = folder
        self._rests: dict[str, _Rest] = {}

    def __call__(self, message: Message) -> None:
        """Send what is to be sent of a message. Raises `Refused` while a letter of it is not over."""
        begun = self._now()
        people, over = self._concerned(message, begun)
        settled: list[Settled] = []
        failed: list[Words] = []
        try:
            for person in people:
                if person.holder in over:
                    continue
                one = self._send(message, person, failed, begun + _HOLD)
                if one is not None:
                    settled.append(one)
        finally:
            self._note(settled)
        if failed:
            raise Refused("; ".join(self._speak(why) for why in dict.fromkeys(failed)))

    def _concerned(self, message: Message, at: int) -> tuple[list[Person], set[str]]:
        """Give whom a message concerns now, and whose letter of it is over."""
        with self._store.reading() as tx:
            over = {one.holder for one in tx.letters(message.code, message.seq, message.n)}
            try:
                situation, playbook = queries.present(tx, message.code)
                signs = Audience(tx, playbook, situation, at).of(message.ref)
            except (IncidentError, LookupError, ValueError):
                signs = []  # what cannot be read reaches nobody, and says so
            known = {one.holder: one for one in tx.people(message.code)}
        people = [known.get(sign) or Person(sign, None) for sign in signs]
        return people or [Person("", None)], over

    def _send(self, message: Message, person: Person, failed: list[Words], until: int) -> Settled | None:
        """Try a person's ways one after another; gives what became of the letter, none while it goes on."""
        at = self._now()
        over = Settled(message.code, message.seq, message.n, person.holder, at)
        ways = [each for each in map(_parts, person.channels) if each[0] in self._outlets]
        if not ways:
            return self._put_aside(message, over, "nobody" if not person.holder else "no_way")
        if at - message.at > STALE:
            return self._put_aside(message, over, "stale")
        gone = 0
        for way, address in ways:
            if self._now() > until:
                failed.append(say("no time left"))
                return None
            try:
                self._by(way, self._letter(message, person, address))
            except UndeliverableError:
                gone += 1
            except Exception as error:  # noqa: BLE001 - whatever a way does wrong, the next is tried
                failed.append(f"{way}: {str(error) or type(error).__name__}")
            else:
                return over._replace(way=way)
        return self._put_aside(message, over, "refused") if gone == len(ways) else None

    def _put_aside(self, message: Message, over: Settled, why: str) -> Settled:
        """Put a message that reaches somebody by no way into the folder; it is lost where there is none."""
        if self._folder is None:
            return over._replace(lost=why)
        self._folder(message)
        return over._replace(way="")

    def _by(self, way: str, letter: Letter) -> None:
        """Send by a way, unless it is left alone. Raises whatever it raises."""
        rest, at = self._rests.get(way, _Rest()), self._now()
        if at < rest.until:
            raise TimeoutError(say("left alone for a while"))
        try:
            self._outlets[way](letter)
        except UndeliverableError:
            raise
        except Exception:
            refusals = rest.refusals + 1
            is_closed = refusals >= _REFUSALS
            self._rests[way] = _Rest(
                refusals,
                at + rest.pause if is_closed else 0,
                min(2 * rest.pause, _LATEST) if is_closed else rest.pause,
            )
            raise
        self._rests.pop(way, None)

    def _letter(self, message: Message, person: Person, address: str) -> Letter:
        sentences = [self._speak(one) for one in message.sentences]
        place = self._speak(message.place)
        subject = f"{place}: {sentences[0]}" if sentences else place
        lines = [
            f"{place} {message.code}",
            self._speak(say("To: {receiver}", receiver=message.to)),
            self._speak(say("Recorded: {time}", time=message.shown_at)),
            "",
            *sentences,
        ]
        if message.asks is not None:
            command = f"incident ack {message.code} --as {person.holder} --entry {message.asks}"
            lines += ["", self._speak(say("Please answer: {command}", command=command))]
        short = subject if len(subject) <= _SUBJECT else f"{subject[: _SUBJECT - 1]}…"
        return Letter(
            key=f"{message.key}-{person.holder}", address=address, subject=short, text="\n".join(lines)
        )

    def _note(self, settled: list[Settled]) -> None:
        """Note which letters are over. Raises `StoreError`; then they are sent again, under the same key."""
        if settled:
            with self._store.claiming(()) as tx:
                tx.settle(settled)
                tx.commit()
            lost = sum(one.lost is not None for one in settled)
            if lost:
                self._tell_lost(lost)


def _parts(channel: str) -> tuple[str, str]:
    """Part an address of the directory into way and address."""
    way, _colon, address = channel.partition(":")
    return way, address


def send_again(store: Store, code: str) -> int:
    """Let what reached nobody in a jurisdiction be sent as if for the first time; gives how many letters."""
    with store.claiming(()) as tx:
        n = tx.send_again(code)
        tx.commit()
    return n
