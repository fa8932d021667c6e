"""Pages as text: Jinja2 templates that escape everything, in the language of the request.

A template says a fixed sentence with `_("…")`, one with names in it with `say("…", name=…)|spoken`, and shows
a moment with `time_of(at, zone)`. It decides nothing: what it shows it is given.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from litestar import MediaType, Request, Response
from markupsafe import Markup

from incident import language
from incident.domain import clock
from incident.domain.clause import shown_clause
from incident.domain.identity import SignedIn, may_do_somewhere
from incident.domain.organisation import ZONE
from incident.domain.say import Words, say
from incident.language import speak
from incident.views import kinds
from incident.web.forms import here_of

_STATIC: Final = files("incident.web") / "static"


@cache
def environment() -> Environment:
    """Make what templates are drawn with, once."""
    env = Environment(
        loader=PackageLoader("incident.web"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
        auto_reload=False,
    )
    env.globals.update(
        _=language._,
        say=say,
        asset=asset,
        time_of=time_of,
        stamp_of=stamp_of,
        time_here=time_here,
        clause_of=clause_of,
        csrf=csrf,
        options=options,
        kind_of=kind_of,
        administers=administers,
        writes_plans=writes_plans,
    )
    env.filters["spoken"] = speak
    return env


@cache
def asset(name: str) -> str:
    """Give the address of a file of ours, which changes with its content."""
    digest = hashlib.sha256((_STATIC / name).read_bytes()).hexdigest()[:12]
    return f"/static/{name}?v={digest}"


def time_of(at: int, zone: str) -> Markup:
    """Show an instant on the wall clock of a place, and to programs as what it is."""
    moment = clock.local(at, zone).isoformat()
    return Markup('<time datetime="{}">{}</time>').format(moment, clock.minute(at, zone))


def time_here(at: int) -> Markup:
    """Show an instant that belongs to no jurisdiction on the wall clock that plans have if they name none."""
    return time_of(at, ZONE)


def stamp_of(stamp: str, zone: str) -> Markup:
    """Show an instant of the record (`clock.stamp`) as `time_of` does."""
    return time_of(clock.read_stamp(stamp), zone)


def clause_of(clause: str | None) -> str:
    """Give a clause of the paper plan with its places in the language in force; nothing for our own."""
    return "" if clause is None else shown_clause(clause, speak)


def kind_of(kind: str) -> str:
    """Give what one item of a kind is called."""
    return speak(kinds.ONE[kind])


def options(named: Mapping[str, Words]) -> list[tuple[str, str]]:
    """Give the options of a choice: a key and its words, in the language in force."""
    return [(key, speak(words)) for key, words in named.items()]


def csrf(me: SignedIn | None) -> Markup:
    """Give the field by which a form proves that a page of this session sent it; nothing for who has none."""
    if me is None or me.session is None:
        return Markup()
    return Markup('<input type="hidden" name="_csrf" value="{}">').format(me.session.csrf)


def administers(me: SignedIn) -> bool:
    """Tell whether somebody may let others in, and see who came."""
    return may_do_somewhere(me, "administer")


def writes_plans(me: SignedIn) -> bool:
    """Tell whether somebody may put a place under a plan."""
    return may_do_somewhere(me, "adopt")


def render(template: str, *, is_demo: bool = False, **values: Any) -> str:
    """Draw a template in the language in force; a page of a demo says so."""
    return environment().get_template(template).render(lang=language.spoken(), is_demo=is_demo, **values)


def macro(template: str, name: str, value: Any) -> str:
    """Draw one part of a template of parts, in the language in force."""
    return str(getattr(environment().get_template(template).module, name)(value))


def page(
    request: Request[Any, Any, Any], template: str, *, status: int | None = None, **values: Any
) -> Response[str]:
    """Answer a request with a page, by itself with the status of the `problem` that it tells of, if any."""
    problem = values.get("problem")
    if status is None:
        status = 200 if problem is None else problem.status
    for sent in {"form", "fields"} & values.keys():  # a field that was not sent is empty
        values[sent] = defaultdict(str, values[sent])
    me = request.scope.get("user")  # nobody was asked where there is no such address
    is_demo, here = request.app.state.site.is_demo, here_of(request)
    body = render(template, me=me, path=request.url.path, here=here, is_demo=is_demo, **values)
    return Response(body, media_type=MediaType.HTML, status_code=status)
