"""A playbook's state diagram, in four formats: Mermaid, Graphviz, SVG and plain text for a terminal.

Every format draws the same graph (`graph.py`): a node for each state, an edge for each state a step can
leave and each it can enter. A step that is the project's own is dashed, or says so in brackets where the
format knows no dashes. All functions take a checked playbook, `zh` or `en`, and a catalogue.

Not here: which states make sense (`domain/check`), what a step changes (`posture.py`), files.
"""

from __future__ import annotations

from collections.abc import Callable

from incident.domain.diagram.to_dot import dot
from incident.domain.diagram.to_mermaid import mermaid
from incident.domain.diagram.to_svg import inline, svg
from incident.domain.diagram.to_text import text
from incident.domain.playbook import Playbook
from incident.domain.say import Translate

__all__ = ["FORMATS", "dot", "inline", "mermaid", "svg", "text"]

#: The formats by the name that `incident playbook diagram --format` takes.
FORMATS: dict[str, Callable[[Playbook, str, Translate], str]] = {
    "mermaid": mermaid,
    "dot": dot,
    "svg": svg,
    "text": text,
}
