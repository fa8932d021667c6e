"""A command line on its way to a server, and what came of it: what `incident` sends and is answered."""

from __future__ import annotations

from msgspec import Struct

#: Where it is sent to, below the address of the server, and the header that says by which version.
PATH = "/api/v1/commands"
VERSION = "incident-version"
#: Bytes of all that is sent or answered, at the most.
MOST = 64 * 1024 * 1024


class File(Struct, frozen=True, kw_only=True):
    """A file that goes with a command, or came of it."""

    #: Relative, parted by `/`.
    path: str
    data: bytes
    #: Whether it is for its owner alone.
    private: bool = False


class Terminal(Struct, frozen=True, kw_only=True):
    """What a command is typed at."""

    #: Whether each of the three is a terminal.
    stdin: bool = False
    stdout: bool = False
    stderr: bool = False
    columns: int = 80
    lines: int = 24
    #: What it can show, as the surroundings say it.
    kind: dict[str, str] = {}


class Answer(Struct, frozen=True, kw_only=True):
    """What was answered to a question, and what that was about."""

    words: str
    about: str = ""


class Line(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A command line, with all that it needs."""

    words: list[str]
    lang: str
    terminal: Terminal = Terminal()
    stdin: bytes = b""
    files: list[File] = []
    #: Folders that are there.
    folders: list[str] = []
    #: To the questions so far, in their order.
    answers: list[Answer] = []


class Question(Struct, frozen=True, kw_only=True):
    """A question stands on the screen."""

    #: Whether the answer is typed unseen.
    hidden: bool
    #: Hash of the plan that it is about; none for another question.
    about: str


class Ran(Struct, frozen=True, kw_only=True):
    """What came of a command: how it ended, or what it asks; what it said since the last answer."""

    code: int
    out: bytes
    err: bytes
    files: list[File] = []
    question: Question | None = None
