"""The operator's outgoing setup: which ways out there are and how each works. A file of its own, kept secret.

    mail:  {apprise: "mailtos://user:secret@example.cn?smtp=smtp.example.cn&to={address}"}
    sms:   {script: [/usr/local/bin/send-sms, "{address}"], seconds: 30}
    print: {folder: /var/spool/incident}
    hook:  {webhook: "https://example.cn/incident/{address}", secret: /etc/incident/webhook.secret}

All that is wrong with it is said at once, each fault with its place. Any line may hold a password, also one
that stands where it does not belong: so no fault repeats what is written in the file, a word that resembles a
key apart. `docs/channels.md` describes the file for operators; rules have ids, W001 to W007.
"""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Callable
from pathlib import Path
from stat import S_ISDIR, S_ISREG
from typing import Any, NamedTuple, Protocol

import msgspec

from incident.channels.apprise_outlet import apprise_outlet, fault
from incident.channels.limit import ADDRESS, SECONDS, limited
from incident.channels.script import script_outlet
from incident.channels.spool import folder_outlet
from incident.channels.webhook import ENVIRONMENT, secrets_at, webhook_outlet, wrong_address
from incident.domain.errors import FormatError, RequestError, errors
from incident.domain.hiding import discreet
from incident.domain.problem import Mark, Problem
from incident.domain.say import Words, say
from incident.service.files import read_file
from incident.service.letters import Outlet, Way

#: How a way can work, and what can be said of it besides.
KINDS = ("apprise", "script", "folder", "webhook")
KEYS = (*KINDS, "seconds", "secret")
#: So much of a file is read, and a byte more: what reads YAML refuses it as too long.
MOST_BYTES = 1024 * 1024
#: Seconds that a way may take at most; with `carrier.HOLD` before it that is less than a lease.
MOST_SECONDS = 60
#: Letters that a service takes at a time. A script may drive a modem, which has one line.
LINES = 4
#: Seconds that a script is given to be ended before nobody waits for it any more.
_GRACE = 5
_NAME = re.compile(r"[a-z][a-z0-9_-]{0,31}")
#: A variable of the environment, as `secret` names it.
_VARIABLE = re.compile(ENVIRONMENT + r"[A-Za-z_][A-Za-z0-9_]*")
#: Rights of group and others.
_OTHERS = 0o077


class Tree(Protocol):
    """A value of a file and where it stands; `incident.playbook_text.nodes.Node` is one."""

    #: A scalar, a list of trees, or a dict of trees.
    value: Any
    mark: Mark
    #: Where each key stands when it is a dict.
    keys: dict[str, Mark]


#: Reads YAML: the tree, None where there is none to speak of, and what is wrong with the text.
Read = Callable[[bytes, str], tuple[Tree | None, list[Problem]]]


class Setup(NamedTuple):
    """The ways out, by the name that stands before the colon of an address."""

    ways: dict[str, Way]
    #: What the operator should know, though it works.
    warnings: list[Problem]


class SetupError(RequestError):
    """An outgoing setup does not hold; the operator acts. Carries all that is wrong with it."""

    def __init__(self, file: str, problems: list[Problem]) -> None:
        """Keep every problem found in `file`."""
        super().__init__(
            where=file,
            expected=say("an outgoing setup without errors"),
            found=errors(sum(one.severity == "error" for one in problems)),
            do=say("mend the lines named; `docs/channels.md` describes the file"),
        )
        self.problems = problems


def read_setup(path: Path, read: Read) -> Setup:
    """Read an outgoing setup; `read` knows YAML.

    Raises `RequestError` when there is no such file, `SetupError` with all that is wrong with it.
    """
    expected, do = say("the file of the outgoing setup"), say("name a file that can be read")
    raw, rights, _owner = read_file(path, MOST_BYTES, expected=expected, do=do)
    warnings = _open_to_others(rights, Mark(str(path), 1, 1))
    tree, found = read(raw, str(path))
    problems = [msgspec.structs.replace(discreet(one), rule="W001") for one in found]
    ways = {} if tree is None else _ways(tree, problems)
    if problems:
        in_order = sorted(problems, key=lambda one: (one.mark or Mark("", 0, 0), one.rule))
        raise SetupError(str(path), [*in_order, *warnings])
    return Setup(ways, warnings)


def _fault(rule: str, mark: Mark, expected: Words, found: Words, do: Words) -> Problem:
    return Problem(rule=rule, severity="error", mark=mark, expected=expected, found=found, do=do)


def _open_to_others(rights: int, mark: Mark) -> list[Problem]:
    """Warn of a file that others may read or write; elsewhere than on POSIX its rights say nothing."""
    if os.name != "posix" or not rights & _OTHERS:
        return []
    return [
        Problem(
            rule="W006",
            severity="warning",
            mark=mark,
            expected=say("a file for its owner alone, for it holds secrets"),
            found=say("the rights {rights}", rights=f"{rights & 0o777:04o}"),
            do=say("run: `chmod 600 {file}`", file=mark.file),
        )
    ]


# -- the ways


def _ways(tree: Tree, problems: list[Problem]) -> dict[str, Way]:
    """Read all ways; what is wrong is added to `problems`."""
    if not isinstance(tree.value, dict) or not tree.value:
        do = say("write a line for each way")
        problems.append(_fault("W002", tree.mark, say("a map of ways out"), _kind(tree), do))
        return {}
    found = {
        key: _way(key, tree.keys.get(key, node.mark), node, problems) for key, node in tree.value.items()
    }
    return {key: way for key, way in found.items() if way is not None}


def _way(key: str, mark: Mark, node: Tree, problems: list[Problem]) -> Way | None:
    faults = [] if _NAME.fullmatch(key) else [_no_name(mark)]
    if isinstance(node.value, dict):
        fields: dict[str, Tree] = node.value
        faults += [_unknown(one, node.keys.get(one, mark)) for one in fields if one not in KEYS]
        faults += _wrong_seconds(fields.get("seconds"))
        kinds = [one for one in KINDS if one in fields]
        if len(kinds) == 1:
            faults += _CHECKS[kinds[0]](fields[kinds[0]])
            faults += _wrong_secret(kinds[0], node.mark, fields.get("secret"))
        else:
            expected = say("exactly one of `apprise`, `script`, `folder`, `webhook`")
            faults.append(_fault("W002", mark, expected, kinds or say("nothing"), say("say how it is sent")))
    else:
        do = say("write what it is in braces")
        faults.append(
            _fault("W002", node.mark, say("a map, such as {example}", example=_EXAMPLE), _kind(node), do)
        )
    problems += faults
    return None if faults else _made(node.value)


_EXAMPLE = "{folder: /var/spool/incident}"


def _made(fields: dict[str, Tree]) -> Way:
    """Make a way of fields without faults."""
    seconds = fields["seconds"].value if "seconds" in fields else SECONDS
    return Way(_outlet(fields, seconds), LINES if {"apprise", "webhook"} & {*fields} else 1)


def _outlet(fields: dict[str, Tree], seconds: int) -> Outlet:
    if "apprise" in fields:
        return limited(apprise_outlet(fields["apprise"].value), seconds)
    if "script" in fields:
        # a script is ended in time; only one that cannot be ended is left alone
        return limited(
            script_outlet([one.value for one in fields["script"].value], seconds), seconds + _GRACE
        )
    if "webhook" in fields:
        return limited(webhook_outlet(fields["webhook"].value, _places(fields["secret"])), seconds)
    return limited(folder_outlet(Path(fields["folder"].value)), seconds)


def _kind(node: Tree) -> Words:
    """Say what kind of value stands there, and not which."""
    match node.value:
        case dict():
            return say("a map") if node.value else say("nothing")
        case list():
            return say("a list") if node.value else say("nothing")
        case None | "":
            return say("nothing")
        case bool():
            return say("true or false")
        case int():
            return say("a number")
        case _:
            return say("a text")


# -- what can be wrong with one


def _no_name(mark: Mark) -> Problem:
    expected = say("a name such as `mail`: small letters, digits, `-` and `_`")
    return _fault("W002", mark, expected, say("something else"), say("choose such a name for the way"))


def _unknown(key: str, mark: Mark) -> Problem:
    # what resembles a key is a misspelt one; anything else may be a piece of a secret
    meant = difflib.get_close_matches(key, KEYS, n=1)
    found: Words = say("`{key}`", key=key) if meant else say("another one")
    do = (
        say("write `{key}`", key=meant[0]) if meant else say("remove it, or put a text with commas in quotes")
    )
    return _fault("W002", mark, [f"`{one}`" for one in KEYS], found, do)


def _wrong_seconds(node: Tree | None) -> list[Problem]:
    if node is None or (type(node.value) is int and 1 <= node.value <= MOST_SECONDS):
        return []
    expected = say("a whole number from 1 to {n}", n=MOST_SECONDS)
    return [_fault("W002", node.mark, expected, _kind(node), say("write for how long it may take"))]


def _wrong_apprise(node: Tree) -> list[Problem]:
    """Check the address of a service; it is tried with addresses of each kind, and nothing is sent."""
    expected = say("the address of a service, such as {example}", example="wecombot://{address}")
    do = say("see `docs/channels.md`; write `@` in a password as `%40`")
    if not isinstance(node.value, str) or not node.value:
        return [_fault("W003", node.mark, expected, _kind(node), do)]
    if ADDRESS not in node.value.partition("://")[2]:
        return [_no_address("W003", node.mark)]
    try:
        wrong = fault(node.value)
    except RequestError as error:
        _where, needed, found, install = error.parts()
        return [_fault("W003", node.mark, needed, found, install)]
    return [] if wrong is None else [_fault("W003", node.mark, expected, wrong, do)]


def _no_address(rule: str, mark: Mark) -> Problem:
    expected = say("`{address}` where the address of a letter belongs", address=ADDRESS)
    return _fault(rule, mark, expected, say("a text without it"), say("put it in"))


def _wrong_script(node: Tree) -> list[Problem]:
    """Check a script: a list of texts, the first an executable file, `{address}` in another one."""
    if not isinstance(node.value, list) or not node.value:
        expected = say("a list: a script and its arguments")
        return [_fault("W004", node.mark, expected, _kind(node), say("write it in brackets, with commas"))]
    parts: list[Tree] = node.value
    quote = say("put it in quotes")
    faults = [
        _fault("W004", one.mark, say("a text"), _kind(one), quote)
        for one in parts
        if not isinstance(one.value, str)
    ]
    found = _not_executable(parts[0].value) if isinstance(parts[0].value, str) else None
    if found is not None:
        expected = say("the whole path of a file that can be executed")
        faults.append(
            _fault("W004", parts[0].mark, expected, found, say("correct the path, or run: `chmod +x`"))
        )
    if not any(isinstance(one.value, str) and ADDRESS in one.value for one in parts[1:]):
        faults.append(_no_address("W004", node.mark))
    return faults


def _not_executable(path: str) -> Words:
    if not Path(path).is_absolute():
        return say("a path that does not begin at the root")
    try:
        is_file = S_ISREG(Path(path).stat().st_mode)
    except (OSError, ValueError):
        is_file = False
    if not is_file:
        return say("no such file")
    return None if os.access(path, os.X_OK) else say("a file that cannot be executed")


def _wrong_folder(node: Tree) -> list[Problem]:
    """Check a folder: named from the root, the same for all addresses; it need not be there yet."""
    path = node.value
    expected, do = say("the whole path of a folder"), say("correct the path")
    if not isinstance(path, str) or not path:
        return [_fault("W005", node.mark, expected, _kind(node), do)]
    if ADDRESS in path:
        # an address may be `../../etc`
        found = say("a path with `{address}`", address=ADDRESS)
        return [_fault("W005", node.mark, expected, found, say("remove it: the address stands in each file"))]
    if not Path(path).is_absolute():
        return [_fault("W005", node.mark, expected, say("a path that does not begin at the root"), do)]
    try:
        is_folder = S_ISDIR(Path(path).stat().st_mode)
    except FileNotFoundError:
        is_folder = True  # it will be made
    except (OSError, ValueError):
        is_folder = False
    return [] if is_folder else [_fault("W005", node.mark, expected, say("something that is no folder"), do)]


def _wrong_webhook(node: Tree) -> list[Problem]:
    """Check the address of a webhook: of the web, without a password, the server named by the operator."""
    expected = say("the address of a webhook, such as {example}", example="https://example.cn/incident")
    do = say("see `docs/channels.md`; what signs stands in `secret`")
    found = wrong_address(node.value) if isinstance(node.value, str) and node.value else _kind(node)
    return [] if found is None else [_fault("W007", node.mark, expected, found, do)]


def _wrong_secret(kind: str, mark: Mark, node: Tree | None) -> list[Problem]:
    """Check where the secrets of a webhook stand, and that they can be read; no other way has any."""
    expected = say("the whole path of a file with a secret, or `env:` and a variable; or a list of those")
    if kind != "webhook":
        found = say("one for another way")
        return [] if node is None else [_fault("W007", node.mark, expected, found, say("remove it"))]
    do = say("put it there as `whsec_…`; never into this file")
    if node is None:
        return [_fault("W007", mark, expected, say("nothing"), do)]
    parts = node.value if isinstance(node.value, list) else [node]
    wrong = [one for one in parts if not (isinstance(one.value, str) and _is_place(one.value))]
    if wrong or not parts:
        return [_fault("W007", one.mark, expected, _kind(one), do) for one in wrong or [node]]
    try:
        secrets_at(_places(node))
    except FormatError as error:
        return [_fault("W007", node.mark, error.expected, error.found, do)]
    except RequestError as error:
        return [_fault("W007", node.mark, error.expected, error.found, do)]
    return []


def _is_place(words: str) -> bool:
    return bool(_VARIABLE.fullmatch(words)) or (Path(words).is_absolute() and "\0" not in words)


def _places(node: Tree) -> list[str]:
    return [one.value for one in node.value] if isinstance(node.value, list) else [node.value]


_CHECKS: dict[str, Callable[[Tree], list[Problem]]] = {
    "apprise": _wrong_apprise,
    "script": _wrong_script,
    "folder": _wrong_folder,
    "webhook": _wrong_webhook,
}
