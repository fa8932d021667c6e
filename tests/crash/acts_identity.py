"""What is killed of people who sign in, and of what they do at a server.

Most of it has no identity by which it would be known again (`is_new_each_time`): a password is set twice by
whoever says it twice. What is typed begins in a database without a journal, unless something is recorded.
"""

from __future__ import annotations

from typing import Final

from incident.domain.identity import digest
from incident.service.secret import secret
from incident.service.tokens import PREFIX
from tests.crash.act import Act, Words, chance_of
from tests.crash.at_server import ISSUER, NAME
from tests.playbooks import DAY, HOUR
from tests.service.story import QINGSHI
from tests.two import PLAN as TWO

#: People come some time before what they do.
_BEFORE: Final = -HOUR
#: Also by the clock of the database, whatever the day on which this is run.
_LONG_AGO: Final = -6 * 366 * DAY

_CHEN: Final = ("user", "add", "chen", "--name", "陈静")
_WANG: Final = (
    "user",
    "add",
    "wang",
    "--name",
    "王伟",
    "--sign",
    "P9",
    "--password-file",
    "{folder}/password",
)
_LI: Final = ("user", "add", "li", "--name", "李娜", "--password-file", "{folder}/password")
_SECRET: Final = ("--password-file", "{folder}/password")
_SIGN_IN: Final = (NAME, "sign-in", "wang")
_TOKEN: Final = (
    *("user", "token", "wang", "--name", "实验室", "--scope", "look", "--scope", "act", "--days", "30"),
)
#: How the token is named.
_TOKEN_ID: Final = digest(PREFIX + secret(chance_of(_TOKEN)))[:12]
_FIRST_LINK: Final = ("user", "link")


def _typed(*lines: Words) -> tuple[tuple[int, Words], ...]:
    return tuple((_BEFORE, line) for line in lines)


#: Chen administers, Wang and Li are on duty everywhere.
STAFFED: Final = _typed(
    _CHEN,
    ("user", "grant", "chen", "administrator", "*"),
    _WANG,
    ("user", "grant", "wang", "duty_officer", "*"),
    _LI,
    ("user", "grant", "li", "decider", "*"),
)
#: Wang is signed in, has a token and is known to a provider.
SIGNED_IN: Final = (
    *STAFFED,
    *_typed(
        (*_SIGN_IN, ">", "{folder}/session"),
        (*_TOKEN, ">", "{folder}/token"),
        ("user", "oidc", "wang", "--issuer", ISSUER, "--subject", "id of wang"),
    ),
)
_QINGSHI: Final = (*_typed(("adopt", QINGSHI)), *STAFFED)
_SHUANGXI: Final = (*_typed(("adopt", TWO)), *STAFFED)
_PROPOSED: Final = (
    *(NAME, "do", "wang", "propose", "two", "positive", "--set", "cases=1", "--decided-by", "command"),
    *("--basis", "县防控办〔2026〕4号", "--yes", "--event-id", "case"),
)
_NOTED: Final = (NAME, "do", "wang", "log", "add", "clockwork", "--who", "卫生院", "--said", "要求增派")


def _act(
    name: str, words: Words, before: tuple[tuple[int, Words], ...] = STAFFED, *, at: int = 0, code: int = 0
) -> Act:
    """Give an act that is another one each time."""
    return Act(name, words, before, at=at, code=code, is_new_each_time=True)


SIGNING_IN: Final = (
    # with it the database is made
    _act("first link", _FIRST_LINK, ()),
    _act(
        "first administrator",
        (NAME, "set-up", "{folder}/link", "chen"),
        _typed((*_FIRST_LINK, ">", "{folder}/link")),
    ),
    _act("user add", ("user", "add", "zhao", "--name", "赵敏", *_SECRET)),
    _act("user rename", ("user", "rename", "wang", "--name", "王威", "--sign", "P8")),
    _act("user disable", ("user", "disable", "wang"), SIGNED_IN),
    _act("user enable", ("user", "enable", "wang"), (*STAFFED, *_typed(("user", "disable", "wang")))),
    _act("user grant", ("user", "grant", "wang", "auditor", "33")),
    _act("user revoke", ("user", "revoke", "wang", "duty_officer", "*")),
    _act("user password", ("user", "password", "wang", *_SECRET, "--keep"), SIGNED_IN),
    _act("user link", ("user", "link", "wang"), SIGNED_IN),
    _act(
        "link used",
        (NAME, "set-up", "{folder}/anew"),
        (*SIGNED_IN, *_typed(("user", "link", "wang", ">", "{folder}/anew"))),
    ),
    _act("user oidc", ("user", "oidc", "li", "--issuer", ISSUER, "--subject", "id of li")),
    _act("user token", _TOKEN),
    _act("user end-token", ("user", "end-token", _TOKEN_ID), SIGNED_IN),
    _act("user end-session", ("user", "end-session", "wang", "--all"), SIGNED_IN),
    _act("sign in", _SIGN_IN),
    _act("wrong password", (NAME, "guess", "wang"), code=3),
    _act("sign in by provider", (NAME, "provider", "wang")),
    _act("sign out", (NAME, "sign-out", "{folder}/session"), SIGNED_IN),
    _act("change password", (NAME, "change-password", "{folder}/session"), SIGNED_IN),
    _act("use token", (NAME, "use-token", "{folder}/token"), SIGNED_IN),
    # goes on with what was begun
    Act("drop access", (NAME, "drop-access"), tuple((_LONG_AGO, line) for _at, line in STAFFED)),
    # the entry is known again, and that names were read is on record each time
    _act("server log", (*_NOTED, "--event-id", "call"), _QINGSHI),
    _act("server refuses", (NAME, "do", "wang", "user", "disable", "li"), code=3),
    Act("server propose", _PROPOSED, _SHUANGXI),
    Act(
        "server approve",
        (NAME, "do", "li", "approve", "two", "1", "--yes", "--event-id", "yes"),
        (*_SHUANGXI, *_typed(_PROPOSED)),
    ),
)
