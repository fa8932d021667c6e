"""What `incident run` does beside carrying out what falls due, each in a thread of its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from incident import bootstrap
from incident.cli.output import problem_line, talk
from incident.language import speak

if TYPE_CHECKING:
    from incident.bootstrap import Workplace
    from incident.schedule.access import Drop
    from incident.schedule.aside import Aside
    from incident.schedule.log import Log
    from incident.schedule.notary import Sign
    from incident.schedule.outside import Look
    from incident.schedule.snapshots import Take
    from incident.service.carrier import Carrier
    from incident.service.deliver import Courier
    from incident.service.notary import Notarised, Notary
    from incident.service.outside import Outlet


class Beside(NamedTuple):
    """What a worker does beside carrying out what falls due."""

    #: Delivers messages; none without a place for them.
    courier: Courier | None
    #: Signs journals; none without a key.
    sign: Sign | None
    #: Takes snapshots of them.
    take: Take
    #: Drops what is old of the record of access.
    drop: Drop
    #: Looks which of them must not be written to.
    look: Look | None

    def threads(self, log: Log) -> list[Aside]:
        """Give a thread for each, not started yet."""
        from incident.schedule.access import access
        from incident.schedule.bell import Bell
        from incident.schedule.notary import notary
        from incident.schedule.outside import outside
        from incident.schedule.postman import postman
        from incident.schedule.snapshots import snapshots

        found = [snapshots(self.take, log, Bell()), access(self.drop, log, Bell())]
        if self.look is not None:
            found.append(outside(self.look, log, Bell()))
        if self.courier is not None:
            found.append(postman(self.courier.deliver, log, Bell()))
        if self.sign is not None:
            found.append(notary(self.sign, log, Bell()))
        return found


def signer_of(workplace: Workplace, notary: Callable[[], Notary], heartbeat: int, node: str) -> Sign:
    """Give who signs. The key is read when it is needed: a bad one keeps no promised time from being kept."""
    from incident.service.notary import Often, sign_due

    read = cache(notary)

    def sign(**words: Any) -> Notarised:
        often = Often(seconds=60 * heartbeat)
        return sign_due(workplace.store, read(), often, node=node, **words)

    return sign


def taker_of(workplace: Workplace, node: str) -> Take:
    """Give who takes snapshots."""
    from incident.service.taking import take_snapshots

    return partial(take_snapshots, workplace.store, now=bootstrap.clock, node=node)


def dropper_of(workplace: Workplace, days: int) -> Drop:
    """Give who drops what of the record of access is older than so many days."""
    from incident.service.access import NOBODY
    from incident.service.access_kept import drop_old

    identity = workplace.store.identity()
    return lambda is_stopping: drop_old(identity, days, NOBODY, now=bootstrap.clock, is_stopping=is_stopping)


def looker_of(workplace: Workplace, kept: Sequence[Outlet]) -> Look:
    """Give who looks which journals are not those of which checkpoints are kept outside."""
    from incident.schedule.outside import left_out

    return partial(left_out, workplace.store, partial(bootstrap.known_outside, kept))


def courier_of(
    workplace: Workplace, messages: Path | None, outgoing: Path | None, log: Log
) -> Courier | None:
    """Give who delivers messages; none without a place for them. Raises `RequestError` for a bad setup."""
    if messages is None and outgoing is None:
        return None
    from incident.service.deliver import Courier

    folder = None if messages is None else messages.absolute()
    carrier: Carrier
    if outgoing is not None:
        carrier, warnings = bootstrap.post_office(workplace.store, outgoing.absolute(), folder, speak, log)
        for one in warnings:
            talk(problem_line(one))
    else:
        assert folder is not None, "one of the two is given"
        carrier = bootstrap.files_carrier(folder, speak)
    return Courier(workplace.store, carrier, now=bootstrap.clock)
