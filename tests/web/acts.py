"""All acts of the console, as somebody does them on the site that `filled` fills, one after another."""

from __future__ import annotations

from typing import Final, NamedTuple

from playwright.sync_api import FilePayload

from incident.language import _, speaking
from tests.web.filled import CARE, HOME, POSITIVE
from tests.web.serving import PASSWORD

#: What is put into a form, by how its field is found: words, a choice, a file, or that it is ticked.
Fields = dict[str, str | bool | FilePayload]
ORDER: Final[Fields] = {"[name=from]": "command.leader", "[name=to]": "duty", "[name=due]": "4h"}
LIFT: Final[Fields] = {
    "[name=decided_by]": "领导小组",
    "[name=basis]": "诸市防控〔2021〕5号",
    "[name=reason]": "已满十四天",
}
SHEET: Final = "seat,holder,name,from,channels\ncommand.leader,P1,赵六,2025-01-01,mail:p1@example.cn\n"
FILE: Final = FilePayload(name="people.csv", mimeType="text/csv", buffer=SHEET.encode())


class Press(NamedTuple):
    """A form that is filled in and sent."""

    #: The button, as it is called, and what stands around it where there are several.
    button: str
    fields: Fields = {}
    within: str = "main"


class Act(NamedTuple):
    """What somebody does: go to a page, press once or more, and be told."""

    login: str | None
    address: str
    presses: tuple[Press, ...]
    #: Words of the page that one comes to.
    told: str


def step(address: str, event: str, verb: str, said: Fields, name: str, button: str, told: str) -> Act:
    """Take a step of a plan: say it, look at what follows, and confirm it by name."""
    show = Press("Show what would happen", said)
    return Act(
        "duty_officer",
        f"{address}/act/{event}?verb={verb}",
        (show, Press(button, {"[name=confirm]": name}, "form.card >> nth=0")),
        told,
    )


#: The same in Chinese, where it is but a part of what is said, or has something put into it.
IN_CHINESE: Final = {
    "中文": "English",
    "English": "中文",
    "do it now": "立即执行",
    "approve, and do it now": "批准并立即执行",
    "propose it": "提议",
    "Duty group has answered": "疫情防控值班组已应答",
    "wait again": "重新等待发送",
    "shown this once": "只显示这一次",
    "recorded in entry": "已记入条目",
    "Nothing has changed yet": "尚未有任何改变",
    "Verif|Holds": "核验",
    "Verifying": "核验",
    "/setup/|Secret": "只显示这一次",
    "Preview wulipai": "wulipai",
    "under it": "采用此预案",
    "Wulipai": "五里牌",
    "is not a kit|ZIP|kit": "证据包",
}


def called(words: str, lang: str) -> str:
    """Give what stands on a page in a language for the words that stand on the English one."""
    if lang == "en":
        return words
    with speaking(lang):
        return IN_CHINESE.get(words) or _(words)


PROPOSED: Final = step(
    CARE, "response_lifted", "stand_down", LIFT, "Careful Town", "propose it", "Nothing has changed yet"
)
PROPOSAL: Final = f"{CARE}/proposals/<propose>"
USER: Final = "/admin/users/duty_officer"

ACTS: Final = (
    # coming in
    Act(None, "/login", (Press("中文", within="header"), Press("English", within="header")), "Sign in"),
    Act(None, "/login", (Press("Sign in", {"#login": "decider", "#password": PASSWORD}),), "Needs attention"),
    Act(
        None,
        "/setup/<link>",
        (Press("Save and sign in", {"#password": "many words to keep", "#again": "many words to keep"}),),
        "Needs attention",
    ),
    # of who can sign in
    Act(
        "administrator",
        "/admin/users",
        (
            Press(
                "Add, and make a link", {"[name=login]": "newcomer", "[name=name]": "Somebody"}, "form.card"
            ),
        ),
        "newcomer",
    ),
    Act("administrator", USER, (Press("Make a link to set a password"),), "/setup/|Secret"),
    Act("administrator", USER, (Press("Change", {"#name": "Night Officer"}),), "Night Officer"),
    Act(
        "administrator",
        USER,
        (
            Press(
                "Make the token",
                {"#token-name": "laboratory", "[name=scope-look]": True},
                "details:has(#token-name)",
            ),
        ),
        "laboratory",
    ),
    # of the town
    step(
        HOME,
        "local_positive_reported",
        "signal",
        {f"[name={name}]": words for name, words in POSITIVE.items() if name != "decided_by"},
        "Majian Town",
        "do it now",
        "Done and recorded",
    ),
    Act("duty_officer", HOME, (Press("Duty group has answered"),), "Done and recorded"),
    Act("duty_officer", f"{HOME}/log", (Press("Note it", {"[name=said]": "收到"}),), "Done and recorded"),
    Act(
        "duty_officer",
        f"{HOME}/extend",
        (
            Press(
                "Move it",
                {
                    "[name=until]": "30d",
                    "[name=decided_by]": "领导小组",
                    "[name=basis]": "诸市防控〔2021〕4号",
                },
            ),
        ),
        "Done and recorded",
    ),
    Act(
        "duty_officer",
        f"{HOME}/directive/directive-<issue>",
        (Press("Answer", {"[name=text]": "共三人"}, "form[action$=answer]"),),
        "Done and recorded",
    ),
    Act(
        "duty_officer",
        f"{HOME}/directive",
        (Press("Issue it", {**ORDER, "#text": "再核实"}),),
        "Done and recorded",
    ),
    Act(
        "duty_officer",
        f"{HOME}/directive/directive-<issue>",
        (Press("Take it back", {"[name=reason]": "已电话核实"}, "form[action$=withdraw]"),),
        "Done and recorded",
    ),
    Act(
        "group_lead",
        f"{HOME}/reports/file?from=duty",
        (Press("File it", {"#text": "新增两例", "#files": FILE}),),
        "新增两例",
    ),
    Act("duty_officer", f"{HOME}/messages", (Press("Send again what reached nobody"),), "wait again"),
    # of duty
    Act("duty_officer", f"{HOME}/duty/calendar", (Press("Make an address"),), "shown this once"),
    Act("duty_officer", f"{HOME}/duty/calendar", (Press("No more"),), "Subscribe"),
    Act(
        "duty_officer",
        f"{HOME}/duty/change",
        (Press("Note it, and let another come", {"#cover-holder": "H1", "#cover-until": "3d"}),),
        "recorded in entry",
    ),
    Act(
        "duty_officer",
        f"{HOME}/duty/handover?roster=watch&of=2026-03-02 08:00",
        (Press("Sign what was read", {"#gave": "H2"}),),
        "Done and recorded",
    ),
    Act(
        "administrator",
        f"{HOME}/people",
        (Press("Show what would change", {"#file": FILE}), Press("Take this in")),
        "Done and recorded",
    ),
    # of two persons
    Act("duty_officer", PROPOSAL, (Press("Take it back", {"[name=reason]": "误报"}),), "Done and recorded"),
    PROPOSED,
    Act("decider", PROPOSAL, (Press("Reject it", {"[name=reason]": "尚有病例"}),), "Done and recorded"),
    PROPOSED,
    Act(
        "decider",
        PROPOSAL,
        (Press("approve, and do it now", {"[name=confirm]": "Careful Town"}),),
        "Done and recorded",
    ),
    Act(
        "decider",
        f"{CARE}/proposals",
        (Press("Record the review", {"[name=finding]": "确属紧急"}),),
        "Done and recorded",
    ),
    # of the record
    Act("auditor", f"{HOME}/record/verify", (Press("Verify"),), "Verif|Holds"),
    Act(
        "auditor",
        f"{HOME}/record/kit/check",
        (Press("Verify the kit", {"[name=kit]": FILE}),),
        "is not a kit|ZIP|kit",
    ),
    # of plans
    Act("author", f"{HOME}/plan/rehearse", (Press("Rehearse", {"#days": "2"}),), "the account balances"),
    Act(
        "stranger",
        "/playbooks",
        (Press("Preview wulipai"), Press("under it")),
        "Wulipai",
    ),
    # of oneself
    Act("author", "/me", (Press("中文", within="header"), Press("English", within="header")), "Password"),
    Act(
        "author",
        "/me",
        (Press("Make the token", {"#token-name": "portal", "[name=scope-look]": True}),),
        "portal",
    ),
    Act("author", "/me", (Press("Take back"),), "Where you are signed in"),
    Act("author", "/me", (Press("End all others"),), "Where you are signed in"),
    Act(
        "author",
        "/me",
        (
            Press(
                "Change the password",
                {"#old": PASSWORD, "#password": "many words to keep", "#again": "many words to keep"},
            ),
        ),
        "Where you are signed in",
    ),
    Act("author", "/me", (Press("Sign out", within="header"),), "Password"),
)
