"""Errors of the services on a page: where the command line would name an option, the field of the form."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import msgspec

from incident.domain.errors import IncidentError
from incident.domain.say import Words, say
from incident.language import speak
from incident.web.errors import Problem, problem_of

#: Options of commands, as fields of forms are called.
_FIELDS: Mapping[str, Words] = {
    "--at": say("time"),
    "--by": say("who issues it"),
    "--due": say("due"),
    "--escalate": say("who is told when it is not answered"),
    "--finding": say("What you find, as another person"),
    "--for": say("who has answered"),
    "--from": say("who issues it"),
    "--reason": say("Why"),
    "--remind": say("reminder"),
    "--roster": say("roster"),
    "--said": say("what was said or seen"),
    "--text": say("text"),
    "--to": say("who answers"),
    "--until": say("new end"),
}


def labelled(error: IncidentError | None, more: Mapping[str, Words] = MappingProxyType({})) -> Problem | None:
    """Describe an error for the page of a form, which may call fields otherwise; none for none."""
    if error is None:
        return None
    problem = problem_of(error)
    called = {**_FIELDS, **more}
    where = problem.where
    if isinstance(where, str) and where in called:
        return msgspec.structs.replace(problem, where=speak(called[where]))
    return problem
