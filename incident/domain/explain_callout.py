"""Call-outs and signed handovers in sentences; part of `explain.py`, which everybody else uses."""

from __future__ import annotations

from incident.domain import callout, handing, names
from incident.domain.explain_duty import sign
from incident.domain.explain_time import promised, when
from incident.domain.facts import ItemChanged, ItemEnded, ItemStarted
from incident.domain.playbook import Playbook
from incident.domain.say import Say, Words, say


def asked(playbook: Playbook, one: ItemStarted | ItemChanged | ItemEnded) -> Say:
    """Say who is asked to answer, who has, or who signed a handover."""
    if one.kind == callout.CALLOUT:
        return _callout(playbook, one)
    if isinstance(one, ItemEnded):
        return say("{roster}: its handovers are signed no more", roster=promised(playbook, one.key))
    signed = [_handover(playbook, one.key, each) for each in handing.news(one)]
    return signed[-1] if signed else say("{roster}: signed", roster=promised(playbook, one.key))


def _callout(playbook: Playbook, one: ItemStarted | ItemChanged | ItemEnded) -> Say:
    name = promised(playbook, one.key)
    match one:
        case ItemStarted():
            waiting = callout.read(one.after).waiting
            return say("{name}: asked to answer: {who}", name=name, who=_names(playbook, waiting))
        case ItemChanged():
            before, after = callout.read(one.before), callout.read(one.after)
            if after.replaced != before.replaced:
                gone = _names(playbook, after.replaced[len(before.replaced) :])
                return say("{name}: a later order takes its place for {who}", name=name, who=gone)
            now = [party for party in before.waiting if party not in after.waiting]
            by = after.answered.get(now[0], "") if now else ""
            who = _names(playbook, now)
            if by:
                return say("{name}: {by} answers for {who}", name=name, by=sign(playbook, by), who=who)
            return say("{name}: {who} answered", name=name, who=who)
        case ItemEnded():
            ended = callout.read(one.before)
            left = _names(playbook, [*ended.replaced, *ended.waiting])
            if not left:
                return say("{name}: all have answered", name=name)
            return say("{name} ends; not answered: {who}", name=name, who=left)


def _handover(playbook: Playbook, roster: str, one: handing.Handing) -> Say:
    sides: list[Words] = []
    if one.gave is not None:
        sides.append(say("{who} handed over", who=_signer(playbook, one.gave)))
    if one.took is not None:
        sides.append(say("{who} took over", who=_signer(playbook, one.took)))
    name, at = promised(playbook, roster), when(playbook, one.at)
    return say("{roster}, handover at {at}, signed: {sides}", roster=name, at=at, sides=sides)


def _signer(playbook: Playbook, by: str) -> Words:
    return names.name_of(playbook, by)


def _names(playbook: Playbook, refs: list[str]) -> list[Words]:
    return [names.name_of(playbook, ref) for ref in refs]
