"""What the paper plan says besides who and when: its identity, its rules, its own faults.

These parts change nothing by themselves; they are carried so that a playbook is faithful to its
document, so that `playbook show` answers questions about it, and so that every contradiction and
silence of the paper stands where an author, an officer and an auditor can see it.
"""

from __future__ import annotations

from typing import Annotated

from msgspec import Struct, field

from incident.domain.organisation import Clause, Count, Item, Key, Text, Words, shape

#: A calendar date, `2021-12-15`.
Date = Annotated[str, shape("a date such as 2021-12-15", pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")]
#: Reference to a body, group, unit or seat (`command.leader`), by key or by any of its names.
Ref = Annotated[str, shape("a body, group, unit or seat", min_length=1, max_length=200)]


class Basis(Item, frozen=True, kw_only=True):
    """A superior document or law the plan rests on."""

    #: Its title or description.
    title: Text
    #: Document number: 诸市防控〔2021〕4号.
    number: Words | None = None
    #: Who issued it.
    issued_by: Words | None = None


class Document(Item, frozen=True, kw_only=True):
    """Identity of the paper plan. Fields the document leaves out stay out."""

    #: Title.
    title: Text
    #: Who issued it; several for a joint document.
    issuers: list[Text] = []
    #: Document number.
    number: Words | None = None
    #: Index number of the public register.
    index: Words | None = None
    #: Date it bears.
    date: Date | None = None
    #: Date of its page in the public register.
    published: Date | None = None
    #: Date from which it holds.
    effective_from: Date | None = None
    #: Whom it addresses.
    addressees: list[Words] = []
    #: Superior documents and laws it rests on.
    basis: dict[Key, Basis] = {}
    #: Superior bodies it names.
    superiors: list[Words] = []
    #: Subordinate bodies it names.
    subordinates: list[Words] = []
    #: Who approved it.
    approved_by: Text | None = None
    #: Its goals and principles.
    principles: list[Text] = []
    #: Subject or publicity marks.
    marks: list[Text] = []


class Rule(Item, frozen=True, kw_only=True):
    """A mechanism, demand, approval, sanction, substitution or other rule, in our own words."""

    #: Its printed name, where it has one.
    name: Text | None = None
    #: What it says.
    text: Text
    #: Who acts or answers, where the paper says.
    by: list[Ref] = []
    #: What it covers.
    scope: Text | None = None


class Trigger(Item, frozen=True, kw_only=True):
    """Something that sets work going without changing the state: `when … then …`."""

    #: What happens.
    text: Text
    #: What follows.
    effect: Text
    #: Who acts.
    by: list[Ref] = []


class FollowUp(Item, frozen=True, kw_only=True):
    """A rule about following one person: 14 days, temperature twice a day."""

    #: What is done.
    text: Text
    #: Who is followed.
    subjects: Text
    #: Who follows.
    by: list[Ref] = []
    #: For how many days; none when the paper does not say.
    days: Count | None = None
    #: How many times a day; none when the paper does not say.
    times_a_day: Count | None = None


class Release(Item, frozen=True, kw_only=True):
    """A gate that information passes before it is public."""

    #: What is released or decided.
    text: Text
    #: Who approves; empty when the paper does not say.
    approver: list[Ref] = []
    #: Who publishes; empty when the paper does not say.
    publisher: list[Ref] = []
    #: Nobody else may publish.
    exclusive: bool = False


class Reward(Item, frozen=True, kw_only=True):
    """A reward the plan promises."""

    #: For what.
    text: Text
    #: How much, in yuan.
    yuan: Count


class Relation(Item, frozen=True, kw_only=True):
    """How this jurisdiction stands to others: who reports to, commands or supports whom."""

    #: From whom.
    sender: Ref = field(name="from")
    #: To whom.
    receiver: Ref = field(name="to")
    #: What passes between them.
    text: Text


class Conflict(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """A place where the document contradicts itself; `playbook check` warns of each."""

    #: What does not fit together.
    text: Text
    #: Clauses concerned.
    source: Clause | None = None
    #: The rule of `playbook check` that finds the same by itself; then it is reported once, by that rule.
    rule: Annotated[str, shape("a rule id such as P401", pattern=r"^P[0-9]{3}$")] | None = None
    #: Key of the item concerned, where `rule` may find several.
    about: Words | None = None


class Silence(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """Something one would ask the document and it does not answer."""

    #: What is not said.
    text: Text
    #: What the project supplies instead, if it does.
    supplied: Text | None = None
