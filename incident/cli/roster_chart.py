"""`incident roster chart`: two weeks of duty as a picture to be printed."""

from __future__ import annotations

from incident import bootstrap
from incident.cli.output import put_file
from incident.domain import clock
from incident.domain.duty import Duty
from incident.domain.errors import RequestError
from incident.domain.say import say
from incident.service.chart import chart
from incident.service.rota import Rota
from incident.views.chart import picture

#: Longer than this nothing can be read on a page.
_MOST = 35 * 86400


def write(found: Rota, pieces: list[Duty], begins: int, ends: int, file: str) -> int:
    """Draw a rota into a file. Raises `RequestError` when it cannot be written, or is too long to be read."""
    if ends > begins + _MOST:
        raise RequestError(
            where="--until",
            expected=say("a time within {n} days", n=_MOST // 86400),
            found=clock.shown(ends, found.case.zone),
            do=say("give an earlier time"),
        )
    drawn = chart(picture(found, pieces, begins, ends, bootstrap.now()))
    return put_file(file, drawn, "--out", "chart", say("drawn: {file}", file=file), bars=len(pieces))
