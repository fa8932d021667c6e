"""kill -9 around the commits of every act, on both databases; `make sweep` tries all of them."""

from __future__ import annotations

import pytest

from tests.crash.acts import ACTS, Act, migrations, older_schemas
from tests.crash.places import Beginnings
from tests.crash.sweep import around_commits, sweep

#: Of the migrations the longest way and the shortest.
_SCHEMAS = older_schemas()
SAMPLED = (*ACTS, *migrations((_SCHEMAS[0], _SCHEMAS[-1])))


@pytest.mark.parametrize("act", SAMPLED, ids=lambda act: act.name)
def test_act_killed_anywhere_is_whole_or_nothing_and_is_done_once_when_done_again(
    act: Act, beginnings: Beginnings
) -> None:
    swept = sweep(act, beginnings, around_commits)

    assert swept.killed == 2
    assert swept.points > 20
    assert swept.commits >= 1
