"""What a state diagram shows, in the reader's language: states, and the ways from one to another.

Rules
-----
* A step gives one edge for each state it leaves and each state it can enter from there; `to: previous`
  can enter several, and each of those edges says that it holds only on the way back.
* A step without a clause is the project's own, and so is a field of a sourced step that the project supplied.
* Words from a playbook are cleaned once, here: one line, no control or direction characters. What is left
  is still a stranger's text, and each format escapes it in its own way.

Not here: where anything stands on the page.
"""

from __future__ import annotations

import unicodedata
from typing import NamedTuple

from incident.domain import explain, machine, names
from incident.domain.playbook import PREVIOUS, Playbook, State, Transition
from incident.domain.say import Translate, Words, render, say

_OWN = say("the project's own")
#: Signs that XML refuses and Unicode counts with those not yet assigned, which stay.
_NOT_XML = "\ufffe\uffff"


class Node(NamedTuple):
    """A state."""

    #: Its key.
    key: str
    #: Its name.
    name: str
    #: Its level in a named scheme; empty if it has none.
    level: str
    #: How much stands in it.
    standing: list[str]
    #: A jurisdiction begins here.
    is_initial: bool


class Edge(NamedTuple):
    """One way from a state to a state."""

    #: Key of its step.
    step: str
    #: Name of its step.
    name: str
    #: State it leaves.
    origin: str
    #: State it enters.
    target: str
    #: Name of the event it answers to.
    event: str
    #: What has to hold; empty when nothing has to.
    conditions: list[str]
    #: Who decides.
    decision: str
    #: What else the playbook says of the step.
    remarks: list[str]
    #: Its clause, or that it is the project's own; with brackets.
    origin_mark: str
    #: The paper plan does not say it.
    is_own: bool

    @property
    def lines(self) -> list[str]:
        """What stands beside the edge, apart from its mark: event, conditions, who decides."""
        return [self.event, *self.conditions, self.decision]


class Graph(NamedTuple):
    """A state diagram in one language."""

    #: Key of the playbook.
    key: str
    #: Language.
    lang: str
    #: What the diagram shows.
    title: str
    #: States, in the playbook's order.
    nodes: list[Node]
    #: Ways between them, in the order of the steps.
    edges: list[Edge]
    #: What the solid line, the dashed line and the dot mean.
    legend: tuple[str, str, str]


class _Reader(NamedTuple):
    """Puts words into one language and makes them one clean line."""

    lang: str
    translate: Translate

    def __call__(self, words: Words) -> str:
        return clean(render(words, self.lang, self.translate))


def graph(playbook: Playbook, lang: str, translate: Translate) -> Graph:
    """Collect what a diagram of a checked playbook shows."""
    read = _Reader(lang, translate)
    return Graph(
        key=playbook.playbook,
        lang=lang,
        title=read(
            say("{jurisdiction}: states and steps of the plan", jurisdiction=playbook.jurisdiction.name)
        ),
        nodes=[_node(read, playbook, key, state) for key, state in playbook.states.items()],
        edges=[
            _edge(read, playbook, key, origin, target)
            for key, step in playbook.transitions.items()
            for origin in step.origins
            for target in machine.targets(playbook, step, origin)
        ],
        legend=(
            read(say("step of the paper plan, with its clause")),
            read(say("step of the project's own; the plan is silent")),
            read(say("initial state")),
        ),
    )


def clean(words: str) -> str:
    """Make words from a playbook one line that cannot steer a terminal, a parser or the reading direction."""
    line = " ".join(words.split())
    return "".join("\N{REPLACEMENT CHARACTER}" if _is_unprintable(sign) else sign for sign in line)


def _is_unprintable(sign: str) -> bool:
    return unicodedata.category(sign) in {"Cc", "Cf", "Cs"} or sign in _NOT_XML


def _node(read: _Reader, playbook: Playbook, key: str, state: State) -> Node:
    level = state.level
    standing = [
        read(say("bodies {bodies} · groups {groups}", bodies=len(state.bodies), groups=len(state.groups))),
        read(
            say(
                "rosters {rosters} · obligations {obligations}",
                rosters=len(state.rosters),
                obligations=len(state.obligations),
            )
        ),
    ]
    if state.measures:
        standing.append(read(say("measures {measures}", measures=len(state.measures))))
    if state.clocks:
        standing.append(read(say("clocks {clocks}", clocks=len(state.clocks))))
    return Node(
        key=key,
        name=read(state.name),
        level=read(say("level {grade} ({scheme})", grade=level.grade, scheme=level.scheme)) if level else "",
        standing=standing,
        is_initial=key == playbook.initial,
    )


def _edge(read: _Reader, playbook: Playbook, key: str, origin: str, target: str) -> Edge:
    step = playbook.transitions[key]
    return Edge(
        step=key,
        name=read(step.name),
        origin=origin,
        target=target,
        event=read(explain.event_name(playbook, step.on)),
        conditions=[read(words) for words in _conditions(playbook, step)],
        decision=read(_decision(playbook, step)),
        remarks=[read(words) for words in _remarks(playbook, step)],
        origin_mark=f"[{read(_OWN if step.source is None else step.source)}]",
        is_own=step.source is None,
    )


def _decision(playbook: Playbook, step: Transition) -> Words:
    who: list[Words] = [names.name_of(playbook, ref) for ref in step.decided_by]
    if not who:
        return say("needs no decision")
    decided = say("decided by one of {who}", who=who) if len(who) > 1 else say("decided by {who}", who=who)
    return _supplied(step, "decided_by", decided)


def _remarks(playbook: Playbook, step: Transition) -> list[Words]:
    remarks: list[Words] = []
    if step.proposed_by:
        who = [names.name_of(playbook, ref) for ref in step.proposed_by]
        remarks.append(_supplied(step, "proposed_by", say("proposed by {who}", who=who)))
    if step.immediate:
        remarks.append(_supplied(step, "immediate", say("to be done at once")))
    if step.planned_end is not None:
        remarks.append(
            _supplied(step, "planned_end", say("end planned after {duration}", duration=step.planned_end))
        )
    return remarks


def _conditions(playbook: Playbook, step: Transition) -> list[Words]:
    event = playbook.events.get(step.on)
    words: list[Words] = [explain.condition(event, field, wanted) for field, wanted in step.when.items()]
    if words:
        words[-1] = _supplied(step, "when", words[-1])
    if step.to == PREVIOUS:
        words.append(say("if that was the state before"))
    return words


def _supplied(step: Transition, field: str, words: Words) -> Words:
    """Say of a field that the project supplied it to a step that is otherwise the paper's."""
    if step.source is None or field not in step.project:
        return words
    return say("{words} ({own})", words=words, own=_OWN)
