"""kill -9 around the commits of every act, on both databases; `make sweep` tries all of its points."""

from __future__ import annotations

import pytest

from tests.crash.act import Act
from tests.crash.acts import ACTS, migrations, older_schemas
from tests.crash.places import Beginnings
from tests.crash.sweep import Choose, around_commits, sweep

#: Acts that write as another one does, and are left to `make sweep`.
LIKE_ANOTHER = {
    *("correction", "cover", "ack", "handover", "log", "directive", "directive withdrawn", "extend"),
    *("reject", "break glass", "first link", "user add", "user rename", "user enable", "user grant"),
    *("user revoke", "user password", "user link", "user oidc", "user end-token", "user end-session"),
    *("wrong password", "sign in by provider", "sign out", "use token", "server refuses", "server propose"),
    *("withdraw", "first administrator", "user disable", "user token", "change password"),
}
#: Of the migrations the longest way and the shortest.
_SCHEMAS = older_schemas()
SAMPLED = (
    *(act for act in ACTS if act.name not in LIKE_ANOTHER),
    *migrations((_SCHEMAS[0], _SCHEMAS[-1])),
)


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


def test_acts_that_are_left_out_of_a_build_are_acts() -> None:
    assert {act.name for act in ACTS} > LIKE_ANOTHER
