"""A command that a server carries out for somebody who signed in: a process of its own, run for that alone.

    python -P -m incident.cli.served    < Order, as JSON    > Ran, as JSON

The process is told through a pipe who it is for, so that nothing on a command line or in an environment makes
anybody somebody else. It runs in a folder of its own, in which are the files that go with the command. Before
the command does anything, `permit` asks whether the person may. On a terminal questions are asked as they
would be there: the process ends at one that was not answered yet, having changed nothing, and is run anew
with the answer.
"""

from __future__ import annotations

import errno
import io
import os
import sys
from collections.abc import Sequence
from typing import Any, Final

import click
import msgspec
from msgspec import Struct

from incident import bootstrap, language
from incident.cli import bounds, exits, root, session
from incident.cli.line import name_of
from incident.cli.of import named_in
from incident.cli.output import ABOUT
from incident.domain import commands
from incident.domain.commands import Rule
from incident.domain.errors import Conflict, Refused, RequestError
from incident.domain.identity import SignedIn, may_do
from incident.domain.permission import PERMISSIONS
from incident.domain.say import Words, say
from incident.service import access, paths, queries
from incident.store.address import read_url
from incident.store.database import file_of
from incident.store.sql import SqlStore
from incident.views.commands import MOST, Answer, Line, Question, Ran, Terminal

#: What of the surroundings says what a terminal can show.
KINDS: Final = ("TERM", "COLORTERM", "NO_COLOR")


class Order(Struct, frozen=True, kw_only=True):
    """What to carry out, for whom."""

    person: SignedIn
    address: str
    line: Line


def main() -> None:
    """Carry out what stands on stdin, and say on stdout what came of it; within bounds (`bounds.py`)."""
    try:
        _answer()
    except BrokenPipeError:  # the server gave it up
        pass
    except MemoryError:  # not even for the answer; `running.py` says it
        sys.exit(bounds.NO_MEMORY)


def _answer() -> None:
    bounds.bind(file_of(read_url(os.environ["INCIDENT_DB"])))
    order = msgspec.json.decode(sys.stdin.buffer.read(), type=Order)
    told, nowhere = os.dup(1), os.open(os.devnull, os.O_RDWR)
    os.dup2(nowhere, 0)  # nothing but the answer is said there
    os.dup2(nowhere, 1)
    ran = carry_out(order)
    with os.fdopen(told, "wb") as pipe:
        pipe.write(msgspec.json.encode(ran))


def carry_out(order: Order) -> Ran:
    """Carry out a command in this process, which is for it alone."""
    line = order.line
    _be_at(line.terminal, line.lang)
    out, err = Stream(is_terminal=line.terminal.stdout), Stream(is_terminal=line.terminal.stderr)
    sys.stdin = Stream(line.stdin, is_terminal=line.terminal.stdin, errors="strict")
    sys.stdout, sys.stderr = out, err
    session.serve(session.Served(order.person, order.address))
    language.choose(line.words)
    replies = Replies(line.answers, (out, err))
    for name, hidden in (("visible_prompt_func", False), ("hidden_prompt_func", True)):
        # where click itself lets tests stand in for a person
        setattr(click.termui, name, replies.hidden if hidden else replies.visible)
    question = None
    try:
        code = root.run(line.words, permit)
    except Unanswered as asked:
        code, question = exits.USAGE, asked.question
    return Ran(code=code, out=out.since(), err=err.since(), question=question)


def _be_at(terminal: Terminal, lang: str) -> None:
    os.environ["INCIDENT_LANG"] = lang
    os.environ |= {"COLUMNS": str(terminal.columns), "LINES": str(terminal.lines)}
    os.environ |= {name: terminal.kind[name] for name in KINDS if name in terminal.kind}


class Stream(io.TextIOWrapper):
    """What a command reads or writes, kept in memory, within bounds; it may pass for a terminal."""

    def __init__(self, given: bytes = b"", *, is_terminal: bool, errors: str = "backslashreplace") -> None:
        self._kept = _Bounded(given)
        super().__init__(self._kept, encoding="utf-8", errors=errors, newline="\n")
        self._is_terminal, self._from = is_terminal, 0

    def isatty(self) -> bool:
        """Tell whether it passes for a terminal."""
        return self._is_terminal

    def pass_over(self) -> None:
        """Forget what was written so far: it was shown."""
        self.flush()
        self._from = self._kept.tell()

    def since(self) -> bytes:
        """Give what was written that was not shown yet."""
        self.flush()
        return self._kept.getvalue()[self._from :]


class _Bounded(io.BytesIO):
    """Bytes in memory, so many at the most."""

    def write(self, more: Any) -> int:
        """Add some. Raises `OSError`."""
        if self.tell() + memoryview(more).nbytes > MOST:
            raise OSError(errno.EFBIG, os.strerror(errno.EFBIG))
        return super().write(more)


class Unanswered(BaseException):
    """A question was not answered yet. Like an interrupt it is no fault, and nothing here catches it."""

    def __init__(self, question: Question) -> None:
        """Keep the question."""
        super().__init__()
        self.question = question


class Replies:
    """Answers that were given already, one after another."""

    def __init__(self, answers: Sequence[Answer], streams: Sequence[Stream]) -> None:
        """Begin with the first; what was shown on `streams` before an answer is not shown again."""
        self._answers, self._streams = iter(answers), streams

    def visible(self, prompt: str) -> str:
        """Answer what is typed so that it is seen."""
        return self._next(prompt, hidden=False)

    def hidden(self, prompt: str) -> str:
        """Answer what is typed unseen."""
        return self._next(prompt, hidden=True)

    def _next(self, prompt: str, *, hidden: bool) -> str:
        """Give the next answer. Raises `Unanswered`, and `Conflict` for one to another question."""
        about = str(click.get_current_context().find_root().meta.get(ABOUT, ""))
        answer = next(self._answers, None)
        if answer is None:
            click.echo(prompt, nl=False, err=True)
            raise Unanswered(Question(hidden=hidden, about=about))
        if answer.about != about:
            raise Conflict(
                where="incident",
                expected=say("the plan that was shown: {hash}", hash=answer.about[:12]),
                found=say("another: {hash}", hash=about[:12]),
                do=say("look at the new one, then decide anew"),
            )
        for stream in self._streams:
            stream.pass_over()
        return answer.words


# -- may they?


def permit(context: click.Context) -> None:
    """Let a command be carried out for whom it is; reading what names people is put on record.

    Raises `Refused` and `RequestError`.
    """
    served = session.served()
    assert served is not None, "somebody is served"
    name = name_of(context)
    rule = commands.RULES.get(name)
    if rule is None:
        raise _not_here(name)
    _must_be_plain(context)
    store = session.store()
    code = _code(context, rule, store, served.person)
    gate = bootstrap.gate(store)
    by = access.By(user=served.person.user, address=served.address)
    with store.reading() as tx:
        path = () if code is None else paths.path_of(tx, code)
    for permission in rule.permissions:
        if not may_do(served.person, permission, path):
            access.note(gate, "refused", by, jurisdiction=code, what=f"{permission} incident {name}")
            raise _not_permitted(name, code, PERMISSIONS[permission], can_be_named=rule.of != "all")
    if rule.shows_people:
        access.note(gate, "read_personal", by, jurisdiction=code, what=f"incident {name}")


def _must_be_plain(context: click.Context) -> None:
    """Refuse what says otherwise who acts, or on what, or takes all of the machine. Raises `RequestError`."""
    said = {"--by": context.params.get("by"), "--db": context.find_root().meta.get("db")}
    for option, value in said.items():
        if value is not None:
            raise RequestError(
                where=option,
                expected=say("nothing: a server knows who signed in, and has its own database"),
                found=f"`{value}`",
                do=say("leave it out"),
            )
    jobs, cores = context.params.get("jobs") or 1, os.cpu_count() or 1
    if jobs > cores:
        raise RequestError(
            where="--jobs",
            expected=say("at most {n}, as many as the server has cores", n=cores),
            found=str(jobs),
            do=say("leave it out"),
        )


def _code(context: click.Context, rule: Rule, store: SqlStore, person: SignedIn) -> str | None:
    """Give the jurisdiction that a command is about; none for all. Raises `RequestError`."""
    given = context.params
    named: Any = None
    if rule.of == "jurisdiction":
        named = given.get("jurisdiction")
    elif rule.of == "words":
        named = named_in(context.command, given)
    elif rule.of == "playbook":
        return _code_of_playbook(given["playbook"])
    if named is None:
        return _only(store) if rule.of == "words" else None
    if str(named).isdigit():
        return str(named)  # of one that is not here, or here no more, the command itself says so
    return _found(store, str(named), person)


def _found(store: SqlStore, named: str, person: SignedIn) -> str:
    """Give the code of the jurisdiction of a name; which others there are is for whoever may look at all."""
    try:
        with store.reading() as tx:
            return queries.find_jurisdiction(tx, named)
    except RequestError:
        if may_do(person, "look", ()):
            raise
        raise RequestError(
            where=say("jurisdiction"),
            expected=say("one of those on your board, by its code or its name there"),
            found=f"`{named}`",
            do=say("look at the board, or leave nothing out of the name"),
        ) from None


def _only(store: SqlStore) -> str | None:
    """Give the one jurisdiction that there is, which may go unnamed."""
    with store.reading() as tx:
        codes = [code for code, _name in tx.codes()]
    return codes[0] if len(codes) == 1 else None


def _code_of_playbook(named: str) -> str | None:
    from incident.playbook_text.load import must_load

    playbook = must_load(named).playbook
    assert playbook is not None, "a playbook without errors was read"
    return playbook.jurisdiction.code


def _not_here(name: str) -> RequestError:
    why = commands.AT_THE_DATABASE.get(name)
    return RequestError(
        where=f"incident {name}",
        expected=say("a command that a server carries out"),
        found=why if why is not None else say("one that needs no database"),
        do=say("type it at the machine of the database, with --db")
        if why is not None
        else say("type it here"),
    )


def _not_permitted(name: str, code: str | None, what: Words, *, can_be_named: bool) -> Refused:
    return Refused(
        rule="permission",
        where=f"incident {name}",
        expected=say("somebody who may, in {code}: {what}", code=code, what=what)
        if code is not None
        else say("somebody who may, in every jurisdiction: {what}", what=what),
        found=say("somebody who may not"),
        do=say("ask an administrator for the role, or for a token with that scope")
        if code is not None or not can_be_named
        else say("name a jurisdiction, or ask an administrator for the role"),
    )


if __name__ == "__main__":
    main()
