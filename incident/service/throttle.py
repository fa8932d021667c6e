"""How long somebody waits who failed to sign in, so that guessing takes years and no officer is shut out.

Failures are counted under four keys: the device they come from, the place (login and address together), the
login, the address. Which of them are asked depends on who comes:

* from a device on which this person has signed in before: that device's own alone;
* else from an address from which they have: that place's own alone;
* else the login's and the address's.

So whoever guesses from elsewhere, however often, keeps nobody waiting at their own device. The first failures
cost nothing, each further one twice the wait, up to a bound: nothing is ever locked. What failed is forgotten
after an hour. An attempt counts as failed from when it begins until it has succeeded, so that many at once
find the same wait as one after another. What is refused for the wait is not looked at, nor counted.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from typing import Final, NamedTuple

from incident.domain.errors import Refused
from incident.domain.identity import Device, Failures, User, digest
from incident.domain.say import say
from incident.service.ports_identity import IdentityReading, IdentityWriting

#: Seconds after which a failure is forgotten.
FORGOTTEN: Final = 3600


class Bound(NamedTuple):
    """What a kind of key allows: failures that cost nothing, and the longest wait in seconds."""

    free: int
    most: int


#: An address may be that of a whole office; a login's wait is short, for it is its owner's who comes with a
#: new device, and two guesses a minute lead nowhere.
BOUNDS: Final = {
    "device": Bound(5, 900),
    "place": Bound(5, 300),
    "login": Bound(5, 30),
    "address": Bound(20, 900),
    "change": Bound(5, 900),
}
#: Bits of an IPv6 address that one customer has.
_PREFIX: Final = 64
_MOST_DOUBLED: Final = 20


class Throttled(Refused):
    """Too much failed; it is tried again after a while."""

    def __init__(self, wait: int) -> None:
        """Keep for how many seconds."""
        super().__init__(
            rule="throttled",
            where=say("signing in"),
            expected=say("a pause of {n} s after what failed", n=wait),
            found=say("another attempt"),
            do=say("wait, or use a device on which you have signed in before"),
        )
        self.wait = wait


class Keys(NamedTuple):
    """Under which keys an attempt counts, and which of them are asked."""

    asked: Sequence[str]
    counted: Sequence[str]


def keys(tx: IdentityReading, login: str, user: User | None, address: str, device: Device | None) -> Keys:
    """Say under which keys an attempt counts; `device` is the one that it comes from, if it is known."""
    near = network(address)
    place, by_login, by_address = (
        f"place {digest(f'{login} {near}')}",
        f"login {digest(login)}",
        f"address {near}",
    )
    strangers = [by_login, by_address]
    if user is None:
        return Keys(strangers, [*strangers, place])
    if device is not None and device.user == user.id:
        return Keys([f"device {device.id}"], [f"device {device.id}"])
    if any(network(one.address) == near for one in tx.devices(user.id)):
        return Keys([place], [place, *strangers])
    return Keys(strangers, [*strangers, place])


def begin(tx: IdentityWriting, asked: Keys, at: int) -> None:
    """Count an attempt as failed for now. Raises `Throttled`, and counts nothing then."""
    known = {one.key: one for one in tx.failures({*asked.asked, *asked.counted}) if is_known(one, at)}
    wait = max((known[key].free_at - at for key in asked.asked if key in known), default=0)
    if wait > 0:
        raise Throttled(wait)
    tx.put_failures([_one_more(key, known.get(key), at) for key in asked.counted])
    tx.drop_failures(before=at - FORGOTTEN)


def succeed(tx: IdentityWriting, asked: Keys) -> None:
    """Take back that an attempt counted as failed; whoever was asked begins anew.

    An address is not forgiven for one login that was right: it takes back the one attempt.
    """
    tx.drop_failures(keys=[key for key in asked.counted if kind_of(key) != "address"])
    addresses = [key for key in asked.counted if kind_of(key) == "address"]
    tx.put_failures([_one_less(one) for one in tx.failures(addresses)])


def is_known(one: Failures, at: int) -> bool:
    """Tell whether a failure still counts; one of a time to come was of a clock that went wrong."""
    return one.at - FORGOTTEN < at < one.at + FORGOTTEN


def kind_of(key: str) -> str:
    """Give what a key counts by."""
    return key.partition(" ")[0]


def delay(kind: str, count: int) -> int:
    """Give how long is waited after so many failures, in seconds: 0, …, 0, 1, 2, 4, … up to the bound."""
    free, most = BOUNDS[kind]
    return 0 if count <= free else min(most, 2 ** min(count - free - 1, _MOST_DOUBLED))


def network(address: str) -> str:
    """Give an address as one customer has it: of IPv6 its first 64 bits; as it is what is no address."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv4Address):
        return str(found)
    mapped = found.ipv4_mapped
    return str(mapped or ipaddress.ip_network((int(found) >> _PREFIX << _PREFIX, _PREFIX)))


def _one_more(key: str, before: Failures | None, at: int) -> Failures:
    count = 1 if before is None else before.count + 1
    return Failures(key=key, count=count, at=at, free_at=at + delay(kind_of(key), count))


def _one_less(one: Failures) -> Failures:
    count = max(0, one.count - 1)
    return Failures(key=one.key, count=count, at=one.at, free_at=one.at + delay(kind_of(one.key), count))
