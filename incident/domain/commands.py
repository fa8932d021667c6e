"""Which commands are carried out for somebody who signed in at a server, and what they have to be permitted.

A command stands in one of three tables, by its words:

* `RULES`: the server carries it out, for whom all its permissions hold in the jurisdiction that it is about;
* `HERE`: it needs no database, so it is carried out wherever it is typed;
* `AT_THE_DATABASE`: it is for whoever keeps the database, at that machine alone, and why.
"""

from __future__ import annotations

from typing import Final, Literal, NamedTuple

from incident.domain.permission import Permission
from incident.domain.say import Words, say

#: What says which jurisdiction a command is about: its argument `JURISDICTION`; the same where it may stand
#: after `--in` or be left out; the playbook that it names; nothing, for it is about all of them.
Of = Literal["jurisdiction", "words", "playbook", "all"]


class Rule(NamedTuple):
    """What a command asks of whoever gives it."""

    #: All of them.
    permissions: tuple[Permission, ...]
    of: Of = "jurisdiction"
    #: Whether it shows what people are called, or wrote; that it was given is then on record.
    shows_people: bool = False


_LOOK: Final = Rule(("look",))
_NAMES: Final = Rule(("look", "people_read"), shows_people=True)
_ACT: Final = Rule(("act",))
_ACT_BY_NAME: Final = Rule(("act", "people_read"), shows_people=True)
_DECIDE: Final = Rule(("decide",))
_ROSTER: Final = Rule(("roster", "people_read"), shows_people=True)
_PEOPLE: Final = Rule(("people_read",), "words", shows_people=True)
_AUDIT: Final = Rule(("audit",))
_OPENED: Final = Rule(("audit",), shows_people=True)
_ADMINISTER: Final = Rule(("administer",), "all")

#: What a server carries out.
RULES: Final[dict[str, Rule]] = {
    "activate": _ACT,
    "stand-down": _ACT,
    "signal": _ACT,
    "propose": _ACT,
    "proposals": _LOOK,
    "approve": _DECIDE,
    "reject": _DECIDE,
    "withdraw": _ACT,
    "review": _DECIDE,
    "extend": _ACT,
    "status": _NAMES,
    "reports": _LOOK,
    "report file": Rule(("file",)),
    "report show": _NAMES,
    "duty": _NAMES,
    "roster chart": _NAMES,
    "roster cover": _ROSTER,
    "roster export": _NAMES,
    "roster fairness": _NAMES,
    "roster gaps": _NAMES,
    "roster override": _ROSTER,
    "roster show": _NAMES,
    "roster swap": _ROSTER,
    "people import": Rule(("people_write",), "words"),
    "people list": _PEOPLE,
    "people template": _PEOPLE,
    "people who": _PEOPLE,
    "ack": _ACT_BY_NAME,
    "handover": _ACT_BY_NAME,
    "messages": Rule(("act", "people_read"), "words", shows_people=True),
    "log add": _ACT_BY_NAME,
    "log print": _ACT_BY_NAME,
    "directive issue": _ACT,
    "directive withdraw": _ACT,
    "history": _OPENED,
    "account": _AUDIT,
    "journal prove": _AUDIT,
    "journal verify": _AUDIT,
    "journal export": _OPENED,
    "journal hold list": _AUDIT,
    "playbook diff": _LOOK,
    "adopt": Rule(("adopt",), "playbook"),
    "user add": _ADMINISTER,
    "user list": _ADMINISTER,
    "user rename": _ADMINISTER,
    "user disable": _ADMINISTER,
    "user enable": _ADMINISTER,
    "user grant": _ADMINISTER,
    "user revoke": _ADMINISTER,
    "user link": _ADMINISTER,
    "user password": _ADMINISTER,
    "user oidc": _ADMINISTER,
    "user token": _ADMINISTER,
    "user tokens": _ADMINISTER,
    "user end-token": _ADMINISTER,
    "user sessions": _ADMINISTER,
    "user end-session": _ADMINISTER,
    "access": _ADMINISTER,
}

#: What needs no database.
HERE: Final = frozenset(
    {
        "playbook list",
        "playbook show",
        "playbook check",
        "playbook diagram",
        "playbook schema",
        "playbook rehearse",
        "journal key new",
        "journal key show",
        "journal check",
    }
)

_KEY: Final = say("the key that signs is kept at the machine of the database")
_TWO: Final = say("two people do it, at the machine of the database")
_MACHINE: Final = say("it is about the machine of the database")

#: What is for whoever keeps the database, and why.
AT_THE_DATABASE: Final[dict[str, Words]] = {
    "journal checkpoint": _KEY,
    "journal recover": _KEY,
    "journal note": say("the journal of a superior is kept by whoever keeps its database"),
    "journal redact": _TWO,
    "journal hold place": _TWO,
    "journal hold release": _TWO,
    "journal drop-bodies": _TWO,
    "people erase": _TWO,
    "db backup": _MACHINE,
    "db move": _MACHINE,
    "db roles": _MACHINE,
    "db upgrade": _MACHINE,
    "doctor": _MACHINE,
    "run": _MACHINE,
    "serve": _MACHINE,
}
