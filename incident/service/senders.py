"""For whom somebody files who has signed in.

Whoever may act in a jurisdiction files for everybody there: the duty officer. Whoever may only file, the
group lead, files for those alone to whom the directory ties their sign: they hold a seat of that group, body
or office, or belong to the staff of a unit of it (`domain.people.holders`). Whoever has no sign files for
nobody (ADR 0026). At the command line on the database itself nobody has signed in, and nobody is asked.
"""

from __future__ import annotations

from collections.abc import Iterable

from incident.domain import names
from incident.domain.errors import Refused
from incident.domain.identity import SignedIn
from incident.domain.people import People, holders, people_of
from incident.domain.permission import may
from incident.domain.playbook import Playbook
from incident.domain.say import Words, say
from incident.service.act import View
from incident.service.paths import path_of
from incident.service.ports import Reading
from incident.service.who import Who


def files_for_all(tx: Reading, code: str, person: SignedIn) -> bool:
    """Tell whether somebody who may file in a jurisdiction files for everybody there.

    A token for filing carries of that what its person may: it need not carry acting as well.
    """
    return may(person.grants, "act", path_of(tx, code))


def tied_to(playbook: Playbook, people: People, keys: Iterable[str], sign: str | None, at: int) -> list[str]:
    """Give those of some groups, bodies, offices, units and seats to which a person belongs at an instant."""
    if sign is None:
        return []
    return [key for key in keys if any(one.holder == sign for one in holders(playbook, people, key, at))]


def may_file_for(tx: Reading, code: str, person: SignedIn, key: str, at: int) -> bool:
    """Tell whether somebody who may file in a jurisdiction files for one of it, now."""
    if files_for_all(tx, code, person):
        return True
    log = tx.log(code)
    assert log is not None, "an adopted jurisdiction"
    playbook = tx.playbook(code, log.situation.playbook)
    return bool(tied_to(playbook, people_of(tx.standing(code)), [key], person.sign, at))


def must_file_for(view: View, who: Who, sender: str) -> None:
    """Keep whoever leads a group from filing in the name of another. Raises `Refused`."""
    person, playbook = who.person, view.playbook
    if person is None or files_for_all(view.tx, view.situation.jurisdiction, person):
        return
    people = people_of(view.standing)
    if tied_to(playbook, people, [sender], person.sign, view.at):
        return
    groups = [one.key for one in names.known(playbook, ("group",))]
    own: list[Words] = [
        names.name_of(playbook, key) for key in tied_to(playbook, people, groups, person.sign, view.at)
    ]
    raise Refused(
        rule="not_your_group",
        where=say("report of {who}", who=names.name_of(playbook, sender)),
        expected=say("a report of your own: {groups}", groups=own)
        if own
        else say("somebody whom the directory names for it"),
        found=_found(person),
        do=say("let its lead or the duty officer file it; the directory says who belongs to which group"),
    )


def _found(person: SignedIn) -> Words:
    if person.sign is None:
        return say("{name}, whose login is tied to no sign of the directory", name=person.name)
    return say("{name}, sign {sign}", name=person.name, sign=person.sign)
