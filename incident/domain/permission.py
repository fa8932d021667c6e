"""Who may do what: roles, what each permits, and where.

A grant gives one person one role in a jurisdiction and in all below it, or everywhere (`*`). A role permits
what `GRANTED` says, and nothing else does. Whether a permission holds for an act is asked with the path of
the jurisdiction: its code, then the codes of its superiors.

Nothing here knows passwords or sessions (`identity.py`), and nothing here decides what a playbook allows: a
person who may act here may still be refused there.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Final, Literal, NamedTuple, get_args

from incident.domain.say import Words, say

#: What somebody is, in a jurisdiction and all below it.
Role = Literal["duty_officer", "decider", "group_lead", "auditor", "author", "administrator"]
#: What somebody may do there.
Permission = Literal[
    "look",
    "act",
    "decide",
    "file",
    "roster",
    "people_read",
    "people_write",
    "audit",
    "adopt",
    "administer",
    "metrics",
]
#: The root of a grant that holds in every jurisdiction, and for what belongs to none.
EVERYWHERE: Final = "*"

#: What the roles are called.
ROLES: Final[dict[Role, Words]] = {
    "duty_officer": say("duty officer"),
    "decider": say("decider"),
    "group_lead": say("group lead"),
    "auditor": say("auditor"),
    "author": say("playbook author"),
    "administrator": say("administrator"),
}

#: What each permission lets somebody do.
PERMISSIONS: Final[dict[Permission, Words]] = {
    "look": say("look at states, duty, reports and plans"),
    "act": say("activate, stand down, signal, extend, propose, direct, acknowledge, hand over, keep the log"),
    "decide": say("approve, reject and review what others propose"),
    "file": say("file reports"),
    "roster": say("change who is on duty"),
    "people_read": say("see names and addresses of people"),
    "people_write": say("change the directory of people"),
    "audit": say("read history and disclosures, verify, prove, make kits"),
    "adopt": say("adopt playbooks"),
    "administer": say("manage users, grants, tokens and sessions"),
    "metrics": say("read measurements of the program"),
}

#: What each role permits. Who administers does not act: whoever needs both is given both.
GRANTED: Final[dict[Role, frozenset[Permission]]] = {
    "duty_officer": frozenset({"look", "act", "file", "roster", "people_read"}),
    "decider": frozenset({"look", "act", "decide", "people_read"}),
    "group_lead": frozenset({"look", "file", "people_read"}),
    "auditor": frozenset({"look", "audit", "people_read"}),
    "author": frozenset({"look", "adopt"}),
    "administrator": frozenset({"look", "people_read", "people_write", "administer", "metrics"}),
}


#: What makes somebody the second of two persons: carried by no token that another than its person made.
IN_PERSON: Final[frozenset[Permission]] = frozenset({"decide"})


class Grant(NamedTuple):
    """A role of somebody, and where it holds."""

    role: Role
    #: Code of a jurisdiction: there and in all below it; `EVERYWHERE`.
    root: str


def may(grants: Iterable[Grant], permission: Permission, path: Sequence[str]) -> bool:
    """Tell whether grants permit something in a jurisdiction.

    `path` is its code, then the codes of its superiors; empty for what belongs to no jurisdiction, which only
    a grant that holds everywhere permits.
    """
    return any(
        permission in GRANTED[grant.role] and (grant.root == EVERYWHERE or grant.root in path)
        for grant in grants
    )


def may_somewhere(grants: Iterable[Grant], permission: Permission) -> bool:
    """Tell whether grants permit something in any jurisdiction at all."""
    return bool(roots(grants, permission))


def roots(grants: Iterable[Grant], permission: Permission) -> frozenset[str]:
    """Give below which jurisdictions grants permit something; `EVERYWHERE` may be among them."""
    return frozenset(grant.root for grant in grants if permission in GRANTED[grant.role])


def permissions(roles: Collection[Role]) -> list[Permission]:
    """List all that some roles permit, in the order of the table."""
    return [one for one in get_args(Permission) if any(one in GRANTED[role] for role in roles)]
