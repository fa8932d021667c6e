"""Colours and letters of the SVG drawing, light and dark."""

from __future__ import annotations

from typing import NamedTuple


class _Colours(NamedTuple):
    """One palette."""

    #: Behind everything, and behind the words beside a step.
    paper: str
    #: Inside a state; inside the initial one.
    box: str
    initial: str
    #: Border of a state.
    border: str
    #: Words: first, second.
    ink: str
    faint: str
    #: Steps of the paper plan; of the project.
    step: str
    own: str


# contrast of every word with what lies behind it is at least 4.5, of every line at least 3 (WCAG 2.2)
_LIGHT = _Colours("#ffffff", "#f3f7fc", "#e4f0ea", "#3b6ea5", "#1b2633", "#55626f", "#2c5a8c", "#7a6a3a")
_DARK = _Colours("#12171e", "#1b2530", "#1a2e27", "#6ea3dc", "#e8edf3", "#a3b0be", "#8dbbea", "#c9b36a")

_FONTS = (
    '"Noto Sans","Segoe UI","PingFang SC","Hiragino Sans GB","Microsoft YaHei",'
    '"Noto Sans CJK SC","Source Han Sans SC","WenQuanYi Micro Hei",sans-serif'
)
_LETTERS = f"""
.incident-diagram text{{font-family:{_FONTS};font-size:12px;text-anchor:middle}}
.incident-diagram .title{{font-size:19px;font-weight:600;text-anchor:start}}
.incident-diagram .legend text{{text-anchor:start}}
.incident-diagram .name{{font-size:17px;font-weight:600}}
.incident-diagram .key{{font-family:ui-monospace,"Cascadia Mono",Consolas,"Noto Sans Mono",monospace}}
.incident-diagram .count{{font-size:12.5px}}
.incident-diagram .tag{{font-weight:600}}
.incident-diagram .event{{font-size:13.5px;font-weight:600}}
.incident-diagram .clause{{font-size:11.5px}}
.incident-diagram .box{{stroke-width:1.5}}
.incident-diagram .ring{{fill:none;stroke-width:1}}
.incident-diagram .line{{fill:none;stroke-width:1.75}}
.incident-diagram .own .line{{stroke-dasharray:7 5}}
"""


def _rules(colours: _Colours) -> str:
    c = colours
    return f"""
.incident-diagram .paper{{fill:{c.paper}}}
.incident-diagram text{{fill:{c.ink}}}
.incident-diagram .key,.incident-diagram .count,.incident-diagram .legend text{{fill:{c.faint}}}
.incident-diagram .box{{fill:{c.box};stroke:{c.border}}}
.incident-diagram .initial .box{{fill:{c.initial}}}
.incident-diagram .ring{{stroke:{c.border}}}
.incident-diagram .tag,.incident-diagram .clause{{fill:{c.step}}}
.incident-diagram .line{{stroke:{c.step}}}
.incident-diagram .head,.incident-diagram .dot{{fill:{c.step}}}
.incident-diagram .own .line{{stroke:{c.own}}}
.incident-diagram .own .head{{fill:{c.own}}}
"""


#: The style sheet; has no sign that XML would read.
STYLE = f"{_LETTERS}{_rules(_LIGHT)}@media (prefers-color-scheme:dark){{{_rules(_DARK)}}}\n"
