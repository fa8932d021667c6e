"""A rota as a picture: rosters as groups of rows, a row for each post, days across. One SVG by itself.

It is made to be printed on A4 across and pinned to a wall, also in black and white: whatever is wrong has a
hatching of its own, what is foreseen has no filling, rest days and holidays have heads of their own. A name
without room gives way to a short sign, which a key below explains, and that to nothing; the tip of a bar
holds all. So many rows that they need more than a page make the picture taller than one.

In a page of the console (`inset`) it has no sheet of its own: that of the page colours its classes, dark or
light. All words come from whoever asks; all are escaped. Sizes are tenths of a millimetre, y grows downward.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from html import escape
from itertools import pairwise
from typing import Final

from incident.domain import clock
from incident.domain.diagram.typeset import ems, wrap
from incident.domain.say import visible
from incident.service.picture import Bar, Group, Legend, Picture

#: A4 across, its margin, and the column of the posts' names.
_WIDTH, _PAGE, _MARGIN, _NAMES = 2970, 2100, 90, 270
_LEFT, _RIGHT = _MARGIN + _NAMES, _WIDTH - _MARGIN
#: Where the heads of the days begin, and where the rows do.
_DAYS, _ROWS = 226, 312
#: Height of a roster's head, least and greatest of a row, of a line of legend and key; lines kept for those.
_HEAD, _LEAST, _MOST, _LINE, _KEPT = 42, 50, 112, 40, 5
#: Sizes of the letters in bars: large where that share of the names fits, usual, where there is no room.
_LARGE, _FITS, _USUAL, _SMALL = (34, 30), 0.9, 26, 22
#: Size of all other letters, unless their class says more.
_LETTERS: Final = 28
#: Least width of a day that has its date above it, and of one that has but its number in the month.
_DATED, _NUMBERED = 84, 54
#: Local hours between which it is night, as `tally.py` counts them.
_NIGHT_BEGINS, _NIGHT_ENDS = 22, 6
#: What is hatched over the whole bar, and what along its foot; the height of that.
_WHOLE, _FOOT, _STRIP = ("uncovered", "rest"), ("unnamed", "unreachable"), 13
#: Height of a line of letters, in their size; most of them in a bar; width of a sample in the legend.
_LEADING, _LINES, _SAMPLE = 1.12, 3, 56
_FONTS = '"Noto Sans CJK SC","Microsoft YaHei","PingFang SC","Source Han Sans SC",sans-serif'
_STYLE = f"""@page{{size:A4 landscape;margin:0}}
text{{font-family:{_FONTS};fill:#111}}
.title{{font-size:50px;font-weight:bold}} .roster{{font-size:30px;font-weight:bold}}
.made{{text-anchor:end}} .day,.who,.flag{{text-anchor:middle}} .off,.flag{{font-weight:bold}}
.inverse,.flag,.paper{{fill:#fff}} .band{{fill:#e8ebef}} .flagged{{fill:#000}} .holiday-head{{fill:#333}}
.rest-day{{fill:#d9d4c3;fill-opacity:.55}} .holiday{{fill:#d3a9a9;fill-opacity:.5}}
.night{{fill:#223a66;fill-opacity:.1}} .grid{{stroke:#9aa3ad;stroke-width:2;fill:none}}
.rule{{stroke:#c3c9d0}} .now{{stroke:#000;stroke-width:5}} .casing{{stroke:#fff;stroke-width:9}}
.bar{{fill:#b3cfec;fill-opacity:.8;stroke:#1d2b3a;stroke-width:3}}
.bar.foreseen{{fill:#fff;fill-opacity:.3;stroke-width:2}} .bar.wrong{{stroke:#8c1515;stroke-width:6}}
"""
_HATCHINGS = """<defs>
<pattern id="uncovered" width="22" height="22" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
<rect width="22" height="22" fill="#fff" class="paper"/>
<rect width="11" height="22" fill="#8c1515" class="stripe"/></pattern>
<pattern id="rest" width="15" height="15" patternUnits="userSpaceOnUse" patternTransform="rotate(-45)">
<rect width="3.5" height="15" fill="#8c1515" class="stripe"/></pattern>
<pattern id="unnamed" width="13" height="13" patternUnits="userSpaceOnUse">
<circle cx="6.5" cy="6.5" r="3.4" fill="#222" class="dot"/></pattern>
<pattern id="unreachable" width="9" height="9" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
<path d="M0 0H9M0 0V9" stroke="#222" stroke-width="4" class="mesh"/></pattern>
</defs>"""


def chart(picture: Picture) -> str:
    """Draw a rota as a page to print; ends with a newline. The same picture gives the same text."""
    rows, end = _drawn(picture)
    page = max(_PAGE, end + _MARGIN)
    size = f'width="297mm" height="{_n(page / 10)}mm" viewBox="0 0 {_WIDTH} {page}"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" font-size="{_LETTERS}" {size}>',
        f"<title>{_escaped(picture.title)}</title>",
        f"<style>{_STYLE}</style>",
        _HATCHINGS,
        f'<rect class="paper" width="{_WIDTH}" height="{page}"/>',
        _text(_MARGIN, _MARGIN + 46, "title", _fitting(picture.title, (_RIGHT - _MARGIN) / 50)),
        _text(_MARGIN, _MARGIN + 98, "sub", picture.span),
        _text(_RIGHT, _MARGIN + 98, "made", picture.made),
        *rows,
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def inset(picture: Picture) -> str:
    """Draw a rota to stand in a page, cut to what is drawn; the page's sheet colours the class `rota`."""
    rows, end = _drawn(picture)
    left, top = _MARGIN - 10, _DAYS - 10
    box = f"{left} {top} {_RIGHT + 10 - left} {end + 10 - top}"
    opening = f'<svg xmlns="http://www.w3.org/2000/svg" role="img" class="rota" font-size="{_LETTERS}"'
    title = f"<title>{_escaped(picture.title)}</title>"
    return "\n".join([f'{opening} viewBox="{box}">', title, _HATCHINGS, *rows, "</svg>"]) + "\n"


def _drawn(picture: Picture) -> tuple[list[str], int]:
    """Draw days, rows and what the signs mean; gives where all that ends."""
    height, size = _row_height(picture.groups), _letters(picture)
    key: dict[str, str] = {}
    rows = [*_rows(picture, height, size, key)]
    bottom = _ROWS + (sum(_HEAD + len(group.rows) * height for group in picture.groups) or 2 * _MOST)
    foot, end = _foot(picture.legend, key, bottom + 64)  # between them hangs the flag of now
    parts = [
        *_grid(picture, bottom),
        _rect("grid", _LEFT, _DAYS, _RIGHT - _LEFT, bottom - _DAYS),
        *rows,
        *_now(picture, bottom),
        *_bands(picture.groups, height),
        *foot,
    ]
    return parts, end


# -- sizes


def _row_height(groups: Sequence[Group]) -> int:
    """Give the height of a row with which all of them fill the page, as far as that stays readable."""
    rows = sum(len(group.rows) for group in groups)
    free = _PAGE - _MARGIN - _ROWS - _HEAD * len(groups) - _KEPT * _LINE
    return min(_MOST, max(_LEAST, free // max(1, rows)))


def _letters(picture: Picture) -> int:
    """Give the size of the letters in bars: larger where almost all names fit all the same."""
    bars = [bar for group in picture.groups for row in group.rows for bar in row.bars]
    rooms = [(bar, _x(picture, bar.until) - _x(picture, bar.since) - 8) for bar in bars]
    for size in _LARGE:
        if sum(ems(bar.name) * size <= room for bar, room in rooms) >= _FITS * len(bars):
            return size
    return _USUAL


def _x(picture: Picture, at: int) -> float:
    """Give where an instant lies across; what lies outside is at the edge."""
    share = (at - picture.since) / (picture.until - picture.since)
    return _LEFT + min(max(share, 0), 1) * (_RIGHT - _LEFT)


# -- days


def _at(day: date, hour: int, zone: str) -> int:
    return clock.instant(datetime(day.year, day.month, day.day, hour), zone)  # noqa: DTZ001 - a wall clock


def _days_of(picture: Picture) -> list[date]:
    """List the local days that are shown, and the one before and after them."""
    first, last = (clock.local(at, picture.zone).date() for at in (picture.since, picture.until))
    return [first + timedelta(days=n) for n in range(-1, (last - first).days + 2)]


def _grid(picture: Picture, bottom: int) -> Iterator[str]:
    """Draw the days: dates above, rest days and holidays tinted, nights shaded, a line where each begins."""
    heads: list[str] = []
    for day, following in pairwise(_days_of(picture)):
        begins, ends = _at(day, 0, picture.zone), _at(following, 0, picture.zone)
        left, right = _x(picture, begins), _x(picture, ends)
        if left < right:
            kind = {"rest": "rest-day", "holiday": "holiday"}.get(picture.days(day))
            if kind is not None:
                yield _rect(kind, left, _DAYS, right - left, bottom - _DAYS)
            heads += _day(picture, day, left, right)
        dusk = _x(picture, _at(day, _NIGHT_BEGINS, picture.zone))
        dawn = _x(picture, _at(following, _NIGHT_ENDS, picture.zone))
        if dusk < dawn:
            yield _rect("night", dusk, _ROWS, dawn - dusk, bottom - _ROWS)
        if picture.since < begins < picture.until:
            yield f'<path class="grid" d="M{_n(left)} {_DAYS}V{bottom}"/>'
    yield from heads


def _day(picture: Picture, day: date, left: float, right: float) -> Iterator[str]:
    """Write what day it is; a holiday's head is dark, that of a rest day bold."""
    kind = picture.days(day)
    look = {"work": "", "rest": " off", "holiday": " off inverse"}[kind]
    if kind == "holiday":
        yield _rect("holiday-head", left, _DAYS, right - left, _ROWS - _DAYS)
    if right - left >= _NUMBERED:
        words, x = f"{day:%m-%d}" if right - left >= _DATED else f"{day:%d}", (left + right) / 2
        yield _text(x, _DAYS + 36, f"day{look}", words)
        yield _text(x, _DAYS + 70, f"day{look}", picture.weekdays[day.weekday()])


def _now(picture: Picture, bottom: int) -> Iterator[str]:
    if not picture.since <= picture.now < picture.until:
        return
    at = _x(picture, picture.now)
    words = f"{picture.legend.now} {clock.local(picture.now, picture.zone):%H:%M}"
    width = ems(words) * 32 + 20  # they are bold
    left = min(max(at - width / 2, _LEFT), _RIGHT - width)
    # the line stands below the heads of the days, so that no date is struck through
    yield f'<path class="casing" d="M{_n(at)} {_ROWS}V{bottom}"/>'
    yield f'<path class="now" d="M{_n(at)} {_ROWS}V{bottom + 14}"/>'
    yield _rect("flagged", left, bottom + 8, width, 38)
    yield _text(left + width / 2, bottom + 37, "flag", words)


# -- rows


def _rows(picture: Picture, height: int, size: int, key: dict[str, str]) -> Iterator[str]:
    """Draw all rosters; `key` takes the signs that are used, with the names they stand for."""
    y = _ROWS
    if not picture.groups:
        yield _text(_LEFT + 40, y + _MOST, "sub", picture.nothing)
    for group in picture.groups:
        y += _HEAD
        for row in group.rows:
            yield _text(_MARGIN + 10, y + height / 2 + 10, "post", _fitting(row.post, (_NAMES - 20) / 28))
            yield f'<path class="rule" d="M{_MARGIN} {y + height}H{_RIGHT}"/>'
            for bar in row.bars:
                yield from _bar(picture, bar, y + 4, height - 8, size, key)
            y += height


def _bands(groups: Sequence[Group], height: int) -> Iterator[str]:
    """Write what each roster is called, above its rows."""
    y = _ROWS
    for group in groups:
        yield _rect("band", _MARGIN, y, _RIGHT - _MARGIN, _HEAD)
        yield _text(_MARGIN + 10, y + 31, "roster", _fitting(group.name, (_RIGHT - _MARGIN - 20) / 30))
        y += _HEAD + len(group.rows) * height


def _bar(
    picture: Picture, bar: Bar, y: float, height: float, size: int, key: dict[str, str]
) -> Iterator[str]:
    left, right = _x(picture, bar.since) + 1.5, _x(picture, bar.until) - 1.5
    if right <= left:
        return
    wrong = any(mark in _WHOLE for mark in bar.marks)
    kind = f"bar{' foreseen' if bar.is_foreseen else ''}{' wrong' if wrong else ''}"
    tip = "\n".join(map(_escaped, bar.tip))
    box = left, y, right - left, height
    yield f"<g><title>{tip}</title>{_rect(kind, *box)}"
    yield from (_rect(mark, *box) for mark in _WHOLE if mark in bar.marks)
    strips = [_strip(mark, *box) for mark in _FOOT if mark in bar.marks]
    yield from strips
    free = height - _STRIP if strips else height
    size, lines = _label(bar, right - left - 4, free, size, key)
    yield from _who(lines, (left + right) / 2, y + free / 2, size, wrong=wrong)
    yield "</g>"


def _strip(mark: str, left: float, y: float, width: float, height: float) -> str:
    """Hatch the foot of a bar."""
    foot = left + 3, y + height - _STRIP - 2, width - 6, _STRIP
    return _rect("paper", *foot) + _rect(mark, *foot)


def _label(bar: Bar, width: float, height: float, size: int, key: dict[str, str]) -> tuple[int, list[str]]:
    """Give what a bar says and how large: who it is, smaller if need be; else a sign, else nothing."""
    name = visible(bar.name)
    for letters in (size, _SMALL):
        lines = _broken(name, width / letters, int(height // (letters * _LEADING)))
        if lines:
            return letters, lines
    if "uncovered" in bar.marks:  # the hatching says it
        return size, []
    numbered = (sign for sign, of in key.items() if of == name and sign.startswith("["))
    sign = visible(bar.sign) or next(numbered, f"[{1 + sum(one.startswith('[') for one in key)}]")
    for letters in (size, _SMALL):
        if ems(sign) * letters <= width:
            key[sign] = name
            return letters, [sign]
    return size, []


def _broken(name: str, room: float, most: int) -> list[str]:
    """Break a name into lines as even as can be; none where they are too many."""
    # a Chinese name is broken where it has to be, but never into single signs; a Latin word is not
    widest = max(map(ems, re.findall(r"[!-~]+", name)), default=0)
    lines = wrap(name, room, ems) if max(widest, min(2, ems(name))) <= room else []
    if len(lines) > max(1, min(most, _LINES)):
        return []
    even = wrap(name, min(room, ems(name) / max(1, len(lines)) + 1), ems)
    return even if len(even) == len(lines) else lines


def _who(lines: Sequence[str], x: float, y: float, size: int, *, wrong: bool) -> Iterator[str]:
    """Write who it is in the middle of a bar; on paper where that is hatched."""
    step = size * _LEADING
    top = y - step * len(lines) / 2
    if wrong and lines:
        width = max(map(ems, lines)) * size + 6
        yield _rect("paper", x - width / 2, top, width, step * len(lines))
    for n, line in enumerate(lines):
        baseline = top + step * (n + 0.5) + size * 0.35
        yield _text(x, baseline, "who", line, f' font-size="{size}"')


# -- what the signs mean


def _foot(legend: Legend, key: Mapping[str, str], y: int) -> tuple[list[str], int]:
    """Draw the legend, and below it the key of the signs that stand for names; gives where they end."""
    signs = sorted(key, key=lambda sign: (sign.startswith("["), len(sign), sign))
    named = [("", _fitting(f"{sign} {key[sign]}", (_RIGHT - _MARGIN) / 28)) for sign in signs]
    parts: list[str] = []
    x, before = float(_MARGIN), " "
    for sample, words in [*_samples(legend), *named]:
        beside = _SAMPLE + 10 if sample else 0
        width = beside + ems(words) * 28
        if x + width > _RIGHT or (before and not sample):
            x, y = _MARGIN, y + _LINE
        parts.append(f'<g transform="translate({_n(x)} {y})">{sample}</g>' if sample else "")
        parts.append(_text(x + beside, y + 27, "means", words))
        x, before = x + width + 36, sample
    return [part for part in parts if part], y + _LINE


def _samples(legend: Legend) -> Iterator[tuple[str, str]]:
    """Draw a sample of each sign, and say what it is called."""
    box = 0, 2, _SAMPLE, 30
    yield _rect("bar", *box), legend.recorded
    yield _rect("bar foreseen", *box), legend.foreseen
    for mark, words in legend.marks.items():
        if mark in _WHOLE:
            yield _rect("bar wrong", *box) + _rect(mark, *box), words
        else:
            yield _rect("bar", *box) + _strip(mark, *box), words
    yield _rect("rest-day", *box), legend.rest_day
    yield _rect("holiday", *box) + _rect("holiday-head", 0, 2, _SAMPLE, 12), legend.holiday
    yield _rect("night", *box), legend.night
    yield f'<path class="now" d="M{_SAMPLE // 2} 0V34"/>', legend.now


# -- letters and shapes


def _fitting(words: str, room: float) -> str:
    return wrap(visible(words), room, ems, 1)[0]


def _text(x: float, y: float, kind: str, words: str, more: str = "") -> str:
    return f'<text class="{kind}" x="{_n(x)}" y="{_n(y)}"{more}>{_escaped(words)}</text>'


def _rect(kind: str, x: float, y: float, width: float, height: float) -> str:
    place = f'x="{_n(x)}" y="{_n(y)}" width="{_n(width)}" height="{_n(height)}"'
    hatched = f' fill="url(#{kind})"' if kind in (*_WHOLE, *_FOOT) else ""
    return f'<rect class="{kind}" {place}{hatched}/>'


def _escaped(words: str) -> str:
    """Make words harmless to XML, which knows no control characters at all."""
    return escape(visible(words))


def _n(number: float) -> str:
    """Write a number with one decimal at the most."""
    return f"{round(number, 1) + 0:.10g}"
