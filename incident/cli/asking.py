"""From the words of a command line to a request: which jurisdiction, event, values, authority and times.

On a terminal what is missing is asked for; elsewhere it is refused, naming what could be said.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import click
from msgspec import Struct

from incident import bootstrap
from incident.cli import session
from incident.cli.output import talk
from incident.domain import decision, names
from incident.domain.errors import RequestError
from incident.domain.journal import Entry
from incident.domain.organisation import Text
from incident.domain.playbook import Event, Field, Playbook
from incident.domain.request import Press, Request, Value, find_authority, find_event, read_fields
from incident.domain.say import Words, say
from incident.domain.situation import Situation
from incident.language import _, speak
from incident.service import intake
from incident.service.handle import somebody_was_first
from incident.service.intake import check_plan_hash, fitting_events, read_time
from incident.service.who import Origin

F = TypeVar("F", bound=Callable[..., Any])
#: Source of events that are typed.
SOURCE = "cli"
#: The event that a stand-down is, unless another is named.
LIFTED = "response_lifted"


class Asked(Struct, kw_only=True):
    """The words of one request, as typed."""

    jurisdiction: str
    event: str | None
    values: tuple[str, ...]
    decided_by: str | None
    basis: str | None
    reason: str | None
    effective_at: str | None
    until: str | None = None
    by: str | None
    event_id: str | None
    yes: bool
    plan: bool
    expect_plan: str | None
    break_glass: bool = False


#: For what can be a step that needs two persons.
alone = click.option(
    "--break-glass",
    is_flag=True,
    help=_("Take a step that needs two persons alone, in an emergency; give --reason, another reviews it."),
)
#: For what begins; what ends has no planned end.
until = click.option("--until", metavar="TIME", help=_("Planned end: a time, or a duration such as 14d."))


def options(command: F) -> F:
    """Add the options that say what is decided, by whom and on what basis."""
    declared = [
        click.option(
            "--set", "values", multiple=True, metavar="FIELD=VALUE", help=_("A value of the event; repeat.")
        ),
        click.option("--decided-by", metavar="BODY", help=_("Body or seat that decided, by key or name.")),
        click.option("--basis", metavar="TEXT", help=_("Instrument and clause, e.g. a document number.")),
        click.option("--reason", metavar="TEXT", help=_("What the matter is, in words.")),
        click.option("--effective-at", metavar="TIME", help=_("From when it holds; default: now.")),
        click.option("--by", metavar="NAME", help=_("Who presses; default: the user of this machine.")),
        click.option("--event-id", metavar="ID", help=_("Identity of the event; the same one counts once.")),
        click.option("--plan", is_flag=True, help=_("Show what would happen; change nothing.")),
        click.option("--expect-plan", metavar="HASH", help=_("Refuse unless the plan is still this one.")),
        click.option("--yes", is_flag=True, help=_("Do not ask.")),
    ]
    for option in reversed(declared):
        command = option(command)
    return command


def _may_ask(asked: Asked) -> bool:
    """Tell whether what is missing can be asked for: on a terminal, unless a plan is only looked at."""
    return session.is_interactive() and not (asked.plan or asked.yes)


def event_of(asked: Asked, playbook: Playbook, situation: Situation, verb: Press) -> str:
    """Find the event meant; without one, the only one that fits the button, or ask.

    Raises `RequestError`, and `Conflict` when all that could be activated is active already.
    """
    if asked.event is not None:
        return find_event(playbook, asked.event)
    fitting = fitting_events(playbook, situation, verb)
    if verb == "stand_down" and LIFTED in fitting:
        return LIFTED
    if len(fitting) == 1:
        return fitting[0]
    if fitting and session.is_interactive() and not asked.yes:
        return _choose(say("event"), {event: playbook.events[event].name for event in fitting})
    if verb == "activate" and not fitting and situation.incident is not None:
        raise somebody_was_first(playbook, situation)
    raise RequestError(
        where="--event",
        expected=fitting
        or say("an event; none fits in the state {state}", state=playbook.states[situation.state].name),
        found=say("nothing"),
        do=say("name one with --event") if fitting else say("look: incident status"),
    )


def fields_of(asked: Asked, playbook: Playbook, event: str) -> dict[str, Value]:
    """Read the event's values; asks for missing ones on a terminal. Raises `RequestError`.

    A plan can be looked at before they are known.
    """
    raw: dict[str, str | int] = dict(pair(word) for word in asked.values)
    declared = playbook.events[event]
    if _may_ask(asked):
        for name, field in declared.fields.items():
            if field.required and name not in raw:
                raw[name] = _ask_value(field)
    return read_fields(declared, raw, partly=asked.plan)


def pair(word: str) -> tuple[str, str]:
    """Read `name=value`. Raises `RequestError`."""
    name, sign, value = word.partition("=")
    if not sign:
        raise RequestError(
            where="--set",
            expected=say("field=value"),
            found=f"`{word}`",
            do=say("write it as: --set cases=1"),
        )
    return name.strip(), value.strip()


def _choose(title: Words, choices: Mapping[str, Text]) -> str:
    """Ask for one of several, by number, key or name."""
    talk(title)
    for number, (key, name) in enumerate(choices.items(), start=1):
        talk(say("  {number}  {name} ({key})", number=number, name=name, key=key))

    def meant(words: str) -> str:
        for number, (key, name) in enumerate(choices.items(), start=1):
            if words.strip() in (str(number), key, name.zh, name.en):
                return key
        raise click.UsageError(speak(say("`{words}` is none of those", words=words)))

    return str(click.prompt(speak(say("number, key or name")), value_proc=meant, err=True))


def _ask_value(field: Field) -> str:
    if field.type == "choice":
        return _choose(field.name, field.choices)

    def read(words: str) -> str:
        try:
            read_fields(Event(name=field.name, fields={"value": field}), {"value": words})
        except RequestError as error:
            raise click.UsageError(speak(error.expected)) from error
        return words

    return str(click.prompt(speak(field.name), value_proc=read, err=True))


def _complete(asked: Asked, playbook: Playbook, deciders: Sequence[str]) -> None:
    """Ask on a terminal who decided and on what basis, where that was not typed."""
    if not (deciders and _may_ask(asked)):
        return

    def known(typed: str) -> str:
        if not names.find(playbook, typed, names.DECIDERS):
            raise click.UsageError(speak(say("`{words}` is none of those", words=typed)))
        return typed

    if asked.decided_by is None:
        shown = [speak(names.name_of(playbook, ref)) for ref in deciders]
        asked.decided_by = click.prompt(
            speak(say("decided by")), default=shown[0], value_proc=known, err=True
        )
    if asked.basis is None:
        asked.basis = str(click.prompt(speak(say("basis (instrument and clause)")), err=True))


def request_of(asked: Asked, playbook: Playbook, situation: Situation, verb: Press) -> Request:
    """Make the request of the words typed, once what is missing was asked for. Raises `RequestError`."""
    check_plan_hash("--expect-plan", asked.expect_plan, say("look first with --plan"))
    event = event_of(asked, playbook, situation, verb)
    fields = fields_of(asked, playbook, event)
    plan = decision.outline(playbook, situation, event, fields)
    now = bootstrap.now()
    read_time("--effective-at", asked.effective_at, playbook, now)  # told before anything more is asked
    _complete(asked, playbook, plan.who_may_decide if plan is not None else ())
    said = intake.Said(
        event=event,
        fields=fields,
        decided_by=asked.decided_by,
        basis=asked.basis,
        reason=asked.reason,
        effective_at=asked.effective_at,
        until=asked.until,
        expect_plan=asked.expect_plan,
    )
    origin = Origin(session.who(asked.by), SOURCE, asked.event_id or str(uuid.uuid4()))
    return intake.request_of(
        playbook,
        situation,
        verb,
        said,
        origin,
        now=now,
        partly=asked.plan,
        break_glass=asked.break_glass,
        called=lambda name: f"--{name.replace('_', '-')}",
    )


def repeated_request(asked: Asked, playbook: Playbook, entry: Entry, verb: Press) -> Request:
    """Make the request of an event that was answered before, under the playbook of that time.

    What is not said again is taken as it was; `handle` holds what is said against what was said then.
    """
    came = entry.came
    assert came is not None, "an entry is found by the event that it answers"
    event = find_event(playbook, asked.event) if asked.event else came.type
    if asked.values and event in playbook.events:  # the identity may stand for an act that is no event
        fields = read_fields(playbook.events[event], dict(pair(word) for word in asked.values))
    else:
        fields = {name: value for name, value in came.data.items() if isinstance(value, str | int)}
    return Request(
        verb=verb,
        event=event,
        fields=fields,
        source=SOURCE,
        id=came.id,
        authority=find_authority(playbook, asked.decided_by) if asked.decided_by else entry.authority,
        basis=asked.basis,
        reason=asked.reason,
        break_glass=entry.break_glass,
    )
