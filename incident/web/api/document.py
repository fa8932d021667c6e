"""The description of the API: OpenAPI 3.1 as a document alone, for a page for it would fetch from elsewhere.

Litestar makes it of the handlers and their types. What it leaves to be said is said here, once: what a form
that takes nothing else says of itself, readable names, and the language that every answer is in.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

import msgspec
from litestar import Request, Router
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.config import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.openapi.spec import Components, SecurityScheme
from litestar.types.internal_types import PathParameterDefinition
from litestar.typing import FieldDefinition

from incident import __version__
from incident.web.api.examples import EXAMPLES
from incident.web.security.rules import PUBLIC

_LANGUAGE: Final = {
    "name": "Accept-Language",
    "in": "header",
    "required": False,
    "description": "The language of names and sentences: `zh` or `en`; Chinese where it is neither.",
    "schema": {"type": "string", "examples": ["en", "zh"]},
}
_REF: Final = "#/components/schemas/"


class _Document(JsonRenderPlugin):
    """Gives the document as JSON; made once."""

    def __init__(self) -> None:
        super().__init__(path="/openapi.json")
        self._made: bytes | None = None

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        """Give the document."""
        if self._made is None:
            self._made = msgspec.json.encode(mended(openapi_schema, forms(request.app.routes)))
        return self._made


def forms(routes: Any) -> list[Any]:
    """List the forms that handlers take."""
    fields: list[FieldDefinition] = [
        handler.parsed_data_field
        for route in routes
        for handler in getattr(route, "route_handlers", ())
        if handler.parsed_data_field is not None
    ]
    return [one.annotation for one in fields]


def mended(document: Mapping[str, Any], taken: list[Any]) -> dict[str, Any]:
    """Give the document with all that is said here; what was given stays as it is.

    Forms are described by the library that reads them: Litestar leaves out what holds within a list.
    """
    made = _renamed(document)
    _same, described = msgspec.json.schema_components(taken, ref_template=f"{_REF}{{name}}")
    for name, form in described.items():
        made["components"]["schemas"][name] = {**form, "examples": [EXAMPLES[name]]}
    for operations in made["paths"].values():
        for operation in operations.values():
            words = operation["description"]
            operation["summary"] = words.partition("\n")[0].partition(";")[0].rstrip(".")
            given = [_without_null(one) for one in operation.get("parameters", ())]
            operation["parameters"] = [*given, _LANGUAGE]
    return made


def _without_null(parameter: dict[str, Any]) -> dict[str, Any]:
    """Say of a parameter that may be left out just that; no address and no header holds null."""
    schema = parameter["schema"]
    kinds = [one for one in schema.get("oneOf", ()) if one != {"type": "null"}]
    if len(kinds) != 1:
        return parameter
    rest = {name: value for name, value in schema.items() if name != "oneOf"}
    return {**parameter, "schema": {**kinds[0], **rest}}


def _renamed(document: Mapping[str, Any]) -> dict[str, Any]:
    """Give readable names to what Litestar calls by its module: `Page_…HistoryFact_` is a HistoryFactPage."""
    names = {name: _name(name) for name in document["components"]["schemas"]}
    assert len({*names.values()}) == len(names), "no two are called the same"
    text = json.dumps(document)
    for old, new in names.items():
        text = text.replace(f'"{_REF}{old}"', f'"{_REF}{new}"')
    made: dict[str, Any] = json.loads(text)
    there = made["components"]["schemas"]
    made["components"]["schemas"] = {names[name]: schema for name, schema in there.items()}
    return made


def _name(given: str) -> str:
    known = {"web_errors_Problem": "Problem", "views_errors_Problem": "PlaybookProblem"}
    if given.startswith("Page_"):
        return f"{given.rstrip('_').rpartition('.')[2]}Page"
    return known.get(given, given)


def _operation_id(_handler: HTTPRouteHandler, method: Any, path: list[str | PathParameterDefinition]) -> str:
    """Name an operation by its method and address: `get_jurisdictions_code_history`."""
    words = [one if isinstance(one, str) else one.name for one in path]
    return "_".join([str(getattr(method, "value", method)).lower(), *words[2:]])


DOCUMENT: Final = OpenAPIConfig(
    title="incident",
    version=__version__,
    description="What stands, what is due and what happened in jurisdictions, and every act.",
    openapi_router=Router(
        "/api",
        route_handlers=[],
        opt={"permission": PUBLIC, "before_change": True},
        include_in_schema=False,
    ),
    operation_id_creator=_operation_id,
    render_plugins=[_Document()],
    components=Components(
        security_schemes={
            "token": SecurityScheme(
                type="http", scheme="bearer", description="`incident user token` makes one."
            )
        }
    ),
    security=[{"token": []}],
    use_handler_docstrings=True,
)
