"""A carrier that reaches people: of each message a letter to everybody whom it concerns, by their ways.

    who is concerned now → whose letter is not over → way after way until one takes it → note it

Each way has a lane of its own (`lane.py`), so that one that is slow or hangs holds up no other. A letter is
over when a way has taken it, or when it is lost: nobody is there, it cannot be read who is, no way is known,
every way says never, or the message is older than a day, for nobody is to be woken by what was so yesterday.
What is over is noted; as
long as a letter is not, the message fails and comes again later, under the same key. Where nobody could be
reached and there is a folder, the message is put there for whoever carries it on.

Several messages of one entry may say the same to one person, who leads what is told and is on duty for it.
That is one letter: the first that is begun. The others wait for what becomes of it, and are over with it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from queue import Empty, SimpleQueue
from typing import Final, Protocol

from msgspec import Struct

from incident.domain.people import Person
from incident.domain.say import Say, Words, say
from incident.service.carrier import HOLD, Channel, Ended, NotBegun
from incident.service.lane import Lane, Try
from incident.service.letters import About, Letter, UndeliverableError, Way
from incident.service.message import Message
from incident.service.notices import Lost, Settled
from incident.service.ports import Clock, Reading, Store
from incident.service.receivers import Audiences

#: Seconds after which a message is sent to nobody any more.
STALE: Final = 86400
#: Seconds for which more is waited for, once something has ended, so that it is noted together.
_GATHER: Final = 0.1
#: Characters of a subject.
_SUBJECT: Final = 60


class Tell(Protocol):
    """Writes a line of a log."""

    def __call__(self, level: str, event: str, **values: str | int) -> None:
        """Write it."""


def _silent(level: str, event: str, **values: str | int) -> None:
    """Tell nobody."""


class Refused(Exception):
    """Some letters of a message are not over."""


class _Sending(Struct):
    """A message being sent."""

    message: Message
    #: By when whatever is begun for it has to be.
    by: float
    #: Letters of which it is not known yet what becomes of them.
    left: int = 0
    is_not_begun: bool = False
    #: Why letters of it could not be handed on.
    failed: list[str] = []

    def error(self) -> Exception | None:
        """Say why it is not over, if it is not."""
        if self.is_not_begun:
            return NotBegun()
        return Refused("; ".join(dict.fromkeys(self.failed))) if self.failed else None


class _Sent(Struct, eq=False):
    """A letter being sent: its ways that were not tried yet, the first being tried."""

    sending: _Sending
    person: Person
    #: Way and address.
    ways: list[tuple[str, str]]
    #: What ways said that may take it later.
    failed: list[str] = []
    #: Letters that say the same to the same person, and end as this one does.
    twins: list[_Sent] = []


class PostOffice:
    """Reaches people by the ways out of an operator's setup. For one thread."""

    def __init__(
        self,
        store: Store,
        ways: Mapping[str, Way],
        speak: Callable[[Words], str],
        now: Clock,
        *,
        ticks: Callable[[], float],
        folder: Channel | None = None,
        tell: Tell = _silent,
        has_threads: bool = True,
    ) -> None:
        """Send by `ways`, by name; what reaches nobody goes into `folder`, or is lost.

        `ticks` is a clock in seconds that nobody can set. `tell` logs, from any thread, that letters are lost
        and that a way is left alone. Without threads of their own the lanes work when it is asked what has
        ended.
        """
        self._store, self._speak, self._now, self._ticks = store, speak, now, ticks
        self._folder, self._tell, self._has_threads = folder, tell, has_threads
        self._lanes = {name: Lane(way, ticks, partial(self._tell_of, name)) for name, way in ways.items()}
        #: What became of letters, as their lanes tell.
        self._told: SimpleQueue[tuple[_Sent, Exception | None]] = SimpleQueue()
        #: How many of them are still to come.
        self._coming = 0
        #: Letters being sent, by jurisdiction, entry and person.
        self._begun: dict[tuple[str, int, str], list[_Sent]] = {}
        #: What is not noted, and not given to whoever asked, yet.
        self._settled: list[Settled] = []
        self._ended: list[Ended] = []

    def is_open(self) -> bool:
        """Tell whether any way would be tried now, or there is a folder for what reaches nobody."""
        resting = [lane.is_resting() for lane in self._lanes.values()]
        return self._folder is not None or not all(resting) or not resting

    def begin(self, messages: Sequence[Message]) -> None:
        """Put letters into the lanes for all whom some messages concern. Raises `StoreError`."""
        with self._store.reading() as tx:
            audiences = Audiences(tx, self._now())
            concerned = [_concerned(tx, audiences, one) for one in messages]
        for message, (people, over, otherwise) in zip(messages, concerned, strict=True):
            self._begin(message, people, over, otherwise)

    def _begin(self, message: Message, people: list[Person], over: set[str], otherwise: str) -> None:
        sending = _Sending(message, self._ticks() + HOLD)
        sent = [self._letter(sending, one) for one in people if one.holder not in over]
        sending.left = len(sent)
        for one in sent:
            if self._now() - message.at > STALE:
                self._put_aside(one, "stale")
            elif not one.ways:
                self._put_aside(one, _unreached(one.person) or otherwise)
            else:
                self._start(one)
        if not sent:
            self._ended.append(Ended(message.key))

    def ended(self, seconds: float) -> list[Ended]:
        """Give the messages whose letters have all been tried. Raises `StoreError`."""
        until = self._ticks() + (0.0 if self._ended else seconds)
        while self._coming:
            told = self._hear(until - self._ticks())
            if told is None:
                break
            self._go_on(*told)
            if self._ended:
                until = min(until, self._ticks() + _GATHER)
        self._note()
        ended, self._ended = self._ended, []
        return ended

    def give_up(self) -> None:
        """Begin no letter more."""
        for lane in self._lanes.values():
            lane.drop()

    # -- way after way

    def _letter(self, sending: _Sending, person: Person) -> _Sent:
        ways = [each for each in map(_parts, person.channels) if each[0] in self._lanes]
        return _Sent(sending, person, ways)

    def _start(self, one: _Sent) -> None:
        """Begin a letter, or let it end as one that says the same to the same person and is begun."""
        begun = self._begun.setdefault(_to_whom(one), [])
        for other in begun:
            if other.sending.message.n in one.sending.message.twins:
                other.twins.append(one)
                return
        begun.append(one)
        self._try(one)

    def _try(self, one: _Sent) -> None:
        """Let the next way of a letter try."""
        way, address = one.ways[0]
        letter = self._written(one.sending.message, one.person, address)
        lane = self._lanes[way]
        self._coming += 1
        lane.put(Try(letter, one.sending.by, lambda error: self._told.put((one, error))))
        if self._has_threads:
            lane.start()

    def _hear(self, seconds: float) -> tuple[_Sent, Exception | None] | None:
        """Give what a lane tells next; none when none tells anything in so many seconds."""
        if not self._has_threads:
            for lane in self._lanes.values():
                lane.work()
        try:
            return self._told.get(timeout=max(0.0, seconds))
        except Empty:
            return None

    def _go_on(self, one: _Sent, error: Exception | None) -> None:
        """Go on with a letter that a way has tried."""
        self._coming -= 1
        way, _address = one.ways.pop(0)
        match error:
            case None:
                self._close(one, self._over(one, way=way))
                return
            case NotBegun():
                for each in (one, *one.twins):
                    each.sending.is_not_begun = True
                self._close(one, None)
                return
            case UndeliverableError():
                pass
            case _:
                one.failed.append(f"{way}: {self._why(error)}")
        if one.ways:
            self._try(one)
        elif one.failed:
            self._close(one, None)
        else:
            self._put_aside(one, "refused")

    def _put_aside(self, one: _Sent, why: str) -> None:
        """Put a message that reaches somebody by no way into the folder; it is lost where there is none."""
        over: Settled | None = self._over(one, lost=why)
        if self._folder is not None:
            try:
                self._folder(one.sending.message)
                over = self._over(one, way="")
            except Exception as error:  # noqa: BLE001 - as a way that refuses
                if why != "stale":  # what is not to be sent any more is not tried for ever
                    one.failed.append(self._why(error))
                    over = None
        self._close(one, over)

    def _over(self, one: _Sent, *, way: str | None = None, lost: str | None = None) -> Settled:
        message = one.sending.message
        return Settled(message.code, message.seq, message.n, one.person.holder, self._now(), way, lost)

    def _close(self, one: _Sent, over: Settled | None) -> None:
        """End a letter for now, and those that end with it; `over` when it is."""
        sending = one.sending
        begun = self._begun.get(_to_whom(one), [])
        if one in begun:
            begun.remove(one)
        if not begun:
            self._begun.pop(_to_whom(one), None)
        for twin in one.twins:
            twin.failed = one.failed
            self._close(twin, over and over._replace(n=twin.sending.message.n))
        if over is not None:
            self._settled.append(over)
        else:
            sending.failed += one.failed
        sending.left -= 1
        if not sending.left:
            self._ended.append(Ended(sending.message.key, sending.error()))

    def _note(self) -> None:
        """Note which letters are over. Raises `StoreError`; then they are noted the next time."""
        if not self._settled:
            return
        with self._store.claiming(()) as tx:
            tx.settle(self._settled)
            tx.commit()
        lost = sum(one.lost is not None for one in self._settled)
        self._settled = []
        if lost:
            self._tell("warning", "reached_nobody", n=lost)

    def _tell_of(self, way: str, error: Exception | None) -> None:
        if error is None:
            self._tell("info", "way_works_again", way=way)
        else:
            self._tell("warning", "way_left_alone", way=way, error=self._why(error))

    def _why(self, error: Exception) -> str:
        """Give what a way said; where the words are ours, in the language of the letters."""
        ours = error.args[0] if error.args and isinstance(error.args[0], Say) else str(error)
        return self._speak(ours) or type(error).__name__

    # -- words

    def _written(self, message: Message, person: Person, address: str) -> Letter:
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
        about = About(
            jurisdiction=message.code,
            seq=message.seq,
            at=message.at,
            to=message.ref,
            holder=person.holder,
            kinds=message.kinds,
            sentences=sentences,
            asks=message.asks,
            parties=message.parties,
        )
        return Letter(
            key=f"{message.key}-{person.holder}",
            address=address,
            subject=short,
            text="\n".join(lines),
            about=about,
        )


def _to_whom(one: _Sent) -> tuple[str, int, str]:
    message = one.sending.message
    return message.code, message.seq, one.person.holder


def _concerned(tx: Reading, audiences: Audiences, message: Message) -> tuple[list[Person], set[str], str]:
    """Give whom a message concerns now, whose letter of it is over, and why it is lost if nobody does."""
    over = {one.holder for one in tx.letters(message.code, message.seq, message.n)}
    for n in message.twins:
        over |= {one.holder for one in tx.letters(message.code, message.seq, n) if one.way}
    signs, known = audiences.of(message.code, message.ref)
    people = [known.get(sign) or Person(sign, None) for sign in signs or ()]
    return people or [Person("", None)], over, "unreadable" if signs is None else "nobody"


def _unreached(person: Person) -> str | None:
    """Say why somebody has no way: that is for whoever keeps the directory, or for whoever sets up ways."""
    if not person.holder:
        return None
    return "no_way" if person.channels else "no_address"


def _parts(channel: str) -> tuple[str, str]:
    """Part an address of the directory into way and address."""
    way, _colon, address = channel.partition(":")
    return way, address


def lately_lost(tx: Reading, limit: int, at: int, *, code: str | None = None) -> list[Lost]:
    """Give at most `limit` letters that reached nobody and could still be sent again."""
    return [one for one in tx.lost(limit, code=code, since=at - STALE) if one.letter.lost != "stale"]


def send_again(store: Store, code: str, at: int) -> int:
    """Let what reached nobody in a jurisdiction, and is not stale, be sent again; gives how many letters."""
    with store.claiming(()) as tx:
        n = tx.send_again(code, since=at - STALE)
        tx.commit()
    return n
