"""kill -9 around the commits of every act, on both databases; `make sweep` tries all of its points."""

from __future__ import annotations

import pytest

from tests.crash.acts import ACTS, Act, migrations, older_schemas
from tests.crash.places import Beginnings
from tests.crash.sweep import Choose, around_commits, sweep

#: Of the migrations the longest way and the shortest.
_SCHEMAS = older_schemas()
SAMPLED = (*ACTS, *migrations((_SCHEMAS[0], _SCHEMAS[-1])))


def is_server(act: Act, beginnings: Beginnings) -> bool:
    return not beginnings.of(act).url.startswith("sqlite")


def sampled(act: Act, beginnings: Beginnings) -> Choose:
    """Choose both points around commits; on a server, where a copy takes longer, one of them in turn."""
    if not is_server(act, beginnings):
        return around_commits
    turn = SAMPLED.index(act) % 2
    return lambda points: (around_commits(points)[turn],)


@pytest.mark.parametrize("act", SAMPLED, ids=lambda act: act.name)
def test_act_killed_anywhere_is_whole_or_nothing_and_is_done_once_when_done_again(
    act: Act, beginnings: Beginnings
) -> None:
    swept = sweep(act, beginnings, sampled(act, beginnings))

    assert swept.killed == (1 if is_server(act, beginnings) else 2)
    assert swept.points > 20
    assert swept.commits >= 1
