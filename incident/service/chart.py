"""A rota as a picture: rosters as groups of rows, a row for each post, days across. One SVG by itself.

It is made to be printed on A4 across and pinned to a wall: what is wrong is hatched and framed, not only
coloured, so that it shows in black and white. All words come from whoever asks; all are escaped.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from html import escape
from typing import NamedTuple

from incident.domain import clock
from incident.domain.tally import Days

_DAY = 86400
#: Of the whole picture, in units of a tenth of a millimetre on A4 across.
_WIDTH, _MARGIN, _NAMES = 2770, 30, 420
_HEAD, _LANE, _GAP, _FOOT = 210, 74, 34, 150
#: Widths of a Chinese and of another sign, at the size of the names in bars.
_WIDE, _NARROW = 30, 17
_FONTS = "'Noto Sans CJK SC','Source Han Sans SC','Microsoft YaHei','PingFang SC',sans-serif"
_STYLE = f"""
text{{font-family:{_FONTS};fill:#111}}
.title{{font-size:52px;font-weight:bold}} .sub{{font-size:30px;fill:#444}}
.day{{font-size:28px;text-anchor:middle}} .roster{{font-size:32px;font-weight:bold}} .post{{font-size:28px}}
.who{{font-size:28px;text-anchor:middle}} .bar{{fill:#dce9f5;stroke:#345;stroke-width:2}}
.other{{fill:#fff}} .wrong{{stroke:#a00;stroke-width:6}} .empty{{fill:url(#empty);stroke:#a00;stroke-width:6}}
.off{{fill:#f3efe2}} .line{{stroke:#bbb;stroke-width:1.5}}
.now{{stroke:#c00;stroke-width:5;stroke-dasharray:16 8}}
.nowtext{{font-size:26px;fill:#c00;text-anchor:middle}}
"""
_HATCH = (
    '<defs><pattern id="empty" width="16" height="16" patternUnits="userSpaceOnUse"'
    ' patternTransform="rotate(45)"><rect width="16" height="16" fill="#fff"/>'
    '<rect width="6" height="16" fill="#a00"/></pattern></defs>'
)


class Bar(NamedTuple):
    """One piece of duty."""

    lane: int
    since: int
    until: int
    #: Shown in the bar as far as there is room.
    name: str
    #: Shown when a pointer rests on it.
    tip: str
    is_empty: bool = False
    #: What is wrong, as few signs as can be; none where nothing is.
    mark: str = ""
    #: Changes from one holder to the next, so that neighbours can be told apart.
    is_other: bool = False


class Lane(NamedTuple):
    """One post of a roster; the first of a roster carries its name."""

    roster: str
    post: str


class Picture(NamedTuple):
    """All that is drawn."""

    title: str
    subtitle: str
    since: int
    until: int
    now: int
    now_name: str
    zone: str
    #: Names of the days of the week, Monday first.
    weekdays: Sequence[str]
    lanes: Sequence[Lane]
    bars: Sequence[Bar]
    #: Sentences below: what the signs mean.
    legend: Sequence[str]


def chart(picture: Picture, days: Days) -> str:
    """Draw a rota. The same picture gives the same text."""
    tops = [*_tops(picture.lanes)]
    bottom = (tops[-1] + _LANE if tops else _HEAD) + 20
    height = bottom + _FOOT
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="277mm" viewBox="0 0 {_WIDTH} {height}" role="img">',
        f"<title>{escape(picture.title)}</title>",
        f"<style>{_STYLE}</style>",
        _HATCH,
        f'<rect width="{_WIDTH}" height="{height}" fill="#fff"/>',
        _text(_MARGIN, 62, "title", picture.title),
        _text(_MARGIN, 108, "sub", picture.subtitle),
        *_grid(picture, days, bottom),
        *_names(picture.lanes, tops),
        *(part for bar in picture.bars for part in _bar(picture, bar, tops[bar.lane])),
        *_now(picture, bottom),
        *_legend(picture.legend, bottom),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _tops(lanes: Sequence[Lane]) -> Iterator[int]:
    top = _HEAD
    for n, lane in enumerate(lanes):
        top += _GAP if n and lane.roster else 0
        yield top
        top += _LANE


def _x(picture: Picture, at: int) -> float:
    """Give where an instant lies across; what lies outside is at the edge."""
    length = picture.until - picture.since
    share = (min(max(at, picture.since), picture.until) - picture.since) / length
    return round(_NAMES + share * (_WIDTH - _NAMES - _MARGIN), 1)


def _grid(picture: Picture, days: Days, bottom: int) -> Iterator[str]:
    """Draw the days: their dates above, those off tinted, a line where each begins."""
    day = clock.local(picture.since, picture.zone).date()
    while (begins := _begins(day.isoformat(), picture)) < picture.until:
        following = day + timedelta(days=1)
        left, right = _x(picture, begins), _x(picture, _begins(following.isoformat(), picture))
        if days(day) != "work":
            width, tall = round(right - left, 1), bottom - 130
            yield f'<rect class="off" x="{left}" y="130" width="{width}" height="{tall}"/>'
        yield f'<line class="line" x1="{left}" y1="130" x2="{left}" y2="{bottom}"/>'
        if right - left >= 3 * _WIDE:
            middle = round((left + right) / 2, 1)
            yield _text(middle, 162, "day", f"{day.month}-{day.day:02}")
            yield _text(middle, 194, "day", picture.weekdays[day.weekday()])
        day = following


def _begins(day: str, picture: Picture) -> int:
    return clock.read_time(day, picture.zone, picture.since)


def _names(lanes: Sequence[Lane], tops: Sequence[int]) -> Iterator[str]:
    for lane, top in zip(lanes, tops, strict=True):
        if lane.roster:
            yield _text(_MARGIN, top + 22, "roster", _fitting(lane.roster, _NAMES - _MARGIN - 10))
        yield _text(_MARGIN + 20, top + 60, "post", _fitting(lane.post, _NAMES - _MARGIN - 30))


def _bar(picture: Picture, bar: Bar, top: int) -> Iterator[str]:
    left, right = _x(picture, bar.since), _x(picture, bar.until)
    width = round(right - left, 1)
    if width <= 0:
        return
    kind = "empty" if bar.is_empty else f"bar{' other' if bar.is_other else ''}{' wrong' if bar.mark else ''}"
    yield (
        f'<g><title>{escape(bar.tip)}</title><rect class="{kind}" x="{left}" y="{top + 28}" '
        f'width="{width}" height="{_LANE - 30}" rx="5"/>'
    )
    words = _fitting(f"{bar.mark}{bar.name}", int(width) - 8)
    if words:
        yield _text(round(left + width / 2, 1), top + 62, "who", words)
    yield "</g>"


def _fitting(words: str, room: int) -> str:
    """Shorten words until there is room; none where not even one sign fits."""
    if sum(map(_width, words)) <= room:
        return words
    kept = ""
    left = room - _NARROW
    for sign in words:
        left -= _width(sign)
        if left < 0:
            break
        kept += sign
    return f"{kept}…" if kept else ""


def _width(sign: str) -> int:
    return _WIDE if ord(sign) > 0x2E7F else _NARROW  # noqa: PLR2004 - there Chinese begins


def _now(picture: Picture, bottom: int) -> Iterator[str]:
    if picture.since <= picture.now < picture.until:
        at = _x(picture, picture.now)
        yield f'<line class="now" x1="{at}" y1="130" x2="{at}" y2="{bottom}"/>'
        yield _text(at, bottom + 12, "nowtext", picture.now_name)


def _legend(legend: Sequence[str], bottom: int) -> Iterator[str]:
    for n, words in enumerate(legend):
        yield _text(_MARGIN, bottom + 44 + n * 38, "sub", words)


def _text(x: float, y: float, kind: str, words: str) -> str:
    return f'<text class="{kind}" x="{x}" y="{y}">{escape(words)}</text>'
