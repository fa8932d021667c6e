"""Every page of the console, as whom it is visited and at which address, on the site that `filled` fills.

What answers a GET and is no page is named too: so a route that is new is in neither list, and a test fails.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from tests.web.filled import CARE, HOME
from tests.web.serving import TOWN


class Visit(NamedTuple):
    """A page to look at."""

    #: Route, as it stands in `rules.txt`.
    route: str
    #: Who looks; nobody where it is for who has not signed in.
    login: str | None
    #: Address, with the newest entry of a verb in place of `<verb>`.
    address: str
    #: Status of the answer.
    status: int = 200


OFFICER: Final = "duty_officer"
LEAD: Final = "group_lead"
DECIDER: Final = "decider"
AUDITOR: Final = "auditor"
AUTHOR: Final = "author"
CHIEF: Final = "administrator"

VISITS: Final = (
    Visit("/login", None, "/login"),
    Visit("/setup/{link:str}", None, "/setup/<link>"),
    Visit("/setup/{link:str}", None, "/setup/gone", 403),
    Visit("/", OFFICER, "/"),
    Visit("/me", OFFICER, "/me"),
    Visit("/j/{code:str}", OFFICER, HOME),
    Visit("/j/{code:str}", DECIDER, CARE),
    Visit("/j/{code:str}", AUDITOR, f"{HOME}?at=2026-03-01 03:00"),
    Visit("/j/{code:str}/ack", OFFICER, f"{HOME}/ack"),
    Visit("/j/{code:str}/act", OFFICER, f"{HOME}/act"),
    Visit("/j/{code:str}/act/{event:str}", OFFICER, f"{HOME}/act/local_positive_reported?verb=activate"),
    Visit("/j/{code:str}/directive", OFFICER, f"{HOME}/directive"),
    Visit("/j/{code:str}/directive/{key:str}", OFFICER, f"{HOME}/directive/directive-<issue>"),
    Visit("/j/{code:str}/done/{seq:int}", OFFICER, f"{HOME}/done/<activate>"),
    Visit("/j/{code:str}/done/{seq:int}", OFFICER, f"{CARE}/done/<activate>"),
    Visit("/j/{code:str}/duty", OFFICER, f"{HOME}/duty"),
    Visit("/j/{code:str}/duty/calendar", OFFICER, f"{HOME}/duty/calendar"),
    Visit("/j/{code:str}/duty/change", OFFICER, f"{HOME}/duty/change"),
    Visit(
        "/j/{code:str}/duty/change",
        OFFICER,
        f"{HOME}/duty/change?roster=watch&post=officer.1&at=2026-03-05 09:00",
    ),
    Visit(
        "/j/{code:str}/duty/handover",
        OFFICER,
        f"{HOME}/duty/handover?roster=watch&of=2026-03-02 08:00",
    ),
    Visit("/j/{code:str}/extend", OFFICER, f"{HOME}/extend"),
    Visit("/j/{code:str}/log", OFFICER, f"{HOME}/log"),
    Visit("/j/{code:str}/messages", OFFICER, f"{HOME}/messages"),
    Visit("/j/{code:str}/people", AUDITOR, f"{HOME}/people"),
    Visit("/j/{code:str}/people", CHIEF, f"{HOME}/people"),
    Visit("/j/{code:str}/plan", OFFICER, f"{HOME}/plan"),
    Visit("/j/{code:str}/plan/rehearse", OFFICER, f"{HOME}/plan/rehearse"),
    Visit("/j/{code:str}/proposals", DECIDER, f"{CARE}/proposals"),
    Visit("/j/{code:str}/proposals", OFFICER, f"{HOME}/proposals"),
    Visit("/j/{code:str}/proposals/{seq:int}", DECIDER, f"{CARE}/proposals/<propose>"),
    Visit("/j/{code:str}/reports", LEAD, f"{HOME}/reports"),
    Visit("/j/{code:str}/reports/file", LEAD, f"{HOME}/reports/file?from=duty"),
    Visit("/j/{code:str}/reports/{seq:int}", LEAD, f"{HOME}/reports/<file>"),
    Visit("/j/{code:str}/record", AUDITOR, f"{HOME}/record"),
    Visit("/j/{code:str}/record/account", AUDITOR, f"{HOME}/record/account?since=2026-02-01&all=1"),
    Visit("/j/{code:str}/record/at", AUDITOR, f"{HOME}/record/at"),
    Visit("/j/{code:str}/record/kit", AUDITOR, f"{HOME}/record/kit"),
    Visit("/j/{code:str}/record/kit/check", AUDITOR, f"{HOME}/record/kit/check"),
    Visit("/j/{code:str}/record/verify", AUDITOR, f"{HOME}/record/verify"),
    Visit("/j/{code:str}/record/{seq:int}", AUDITOR, f"{HOME}/record/<activate>"),
    Visit("/playbooks", AUTHOR, "/playbooks"),
    Visit("/playbooks/{name:str}", AUTHOR, "/playbooks/majian"),
    Visit("/admin/access", CHIEF, "/admin/access"),
    Visit("/admin/users", CHIEF, "/admin/users"),
    Visit("/admin/users/{login:str}", CHIEF, "/admin/users/duty_officer"),
    # nothing is there; not for this person; an address that no route has
    Visit("/j/{code:str}", OFFICER, "/j/999999", 403),
    Visit("/j/{code:str}/record", OFFICER, f"{HOME}/record", 403),
    Visit("/j/{code:str}/directive/{key:str}", OFFICER, f"{HOME}/directive/none", 404),
    Visit("", OFFICER, f"/j/{TOWN}/nothing", 404),
)

#: Routes that answer a GET with something else: for programs, files, streams, or by leading elsewhere.
NO_PAGE: Final = frozenset(
    {
        "/login/oidc",
        "/login/oidc/callback",
        "/healthz",
        "/readyz",
        "/metrics",
        "/live",
        "/j/{code:str}/live",
        "/static/{file_path:path}",
        "/j/{code:str}/duty.ics",
        "/j/{code:str}/people.csv",
        "/j/{code:str}/plan/{digest:str}/bytes",
        "/j/{code:str}/record/checkpoint/{size:int}",
        "/j/{code:str}/record/checkpoint/{size:int}/growth",
        "/j/{code:str}/record/{seq:int}/proof",
        "/j/{code:str}/reports/{seq:int}/files/{number:int}",
    }
)
