"""What an act is that is killed: the command, and what was done before it.

Times are seconds from 02:40 of the night; `{folder}` in a command is a folder that holds the files below and,
later, the messages. What is typed before an act may end with `>` and a file, which takes what is said.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Final, NamedTuple

from incident.service.ports import Chance
from tests.service.door import RIGHT

Words = tuple[str, ...]

#: What stands in the folder before anything is typed.
FILES: Final = {
    "people.csv": "岗位,代号,姓名,起,止,联系方式\n"
    "疫情防控值班组组长,P1,张甲,2025-01-01,,mail:jia@example.cn\n"
    "全体机关干部,H1,王丙,2025-01-01,,mail:bing@example.cn\n"
    "全体机关干部,H2,李丁,2025-01-01,,\n",
    "note.txt": "详见附件。\n" * 100,
    "password": RIGHT,
}
#: Folders that stand there too: where checkpoints lie outside, each for one history of the journal.
FOLDERS: Final = ("outside", "retained", "later")
#: The first schema with duty; what wrote into an older one knew none.
DUTY: Final = "0004"
#: The first schema with people who sign in.
IDENTITY: Final = "0008"


class Act(NamedTuple):
    """A command that is killed, and what was typed before it."""

    name: str
    words: Words
    #: What was typed before, and when.
    before: tuple[tuple[int, Words], ...] = ()
    #: What was typed after that and is lost with its database; the files that it wrote are not.
    lost: tuple[tuple[int, Words], ...] = ()
    #: Where checkpoints were put before; they lie where messages are written when it is done.
    outside: str | None = None
    #: What else its surroundings say.
    surroundings: tuple[tuple[str, str], ...] = ()
    #: When it is done.
    at: int = 0
    #: How much later it is done again: what a dead worker had leased has to be free.
    again: int = 0
    #: Schema at which the database is left by what was done before; none for that of the program.
    schema: str | None = None
    #: How it ends: 0, or the exit code of a refusal.
    code: int = 0
    #: Whether nothing tells that it is the same act again, so that it is done, or refused, a second time.
    is_new_each_time: bool = False


def typed(words: Words, folder: Path) -> Words:
    """Give a command as it is typed with a folder."""
    return tuple(word.replace("{folder}", str(folder)) for word in words)


def chance_of(words: Words) -> Chance:
    """Give what is random for a command: the same each time, and other for another one."""
    seed = "\0".join(words).encode()
    return lambda n: hashlib.shake_256(seed).digest(n)
