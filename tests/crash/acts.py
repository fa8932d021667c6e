"""What is killed: one line an act. A further act, such as signing a checkpoint, is a further line.

The place is Majian with its people. Times are seconds from 02:40 of the night; `{folder}` in a command is a
folder that holds `people.csv`, `note.txt` and, later, the messages. What is typed before an act may end with
`>` and a file, which takes what the command says.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final, NamedTuple

from incident.service.deliver import LEASE
from incident.store.tables import REVISION
from tests.cli.desk import AGREED, CHECKOUT, ORDERED, POSITIVE
from tests.playbooks import DAY, HOUR
from tests.service.story import QINGSHI
from tests.two import AT_DESK
from tests.two import PLAN as TWO

Words = tuple[str, ...]

#: What stands in the folder before anything is typed.
FILES: Final = {
    "people.csv": "岗位,代号,姓名,起,止,联系方式\n"
    "疫情防控值班组组长,P1,张甲,2025-01-01,,mail:jia@example.cn\n"
    "全体机关干部,H1,王丙,2025-01-01,,mail:bing@example.cn\n"
    "全体机关干部,H2,李丁,2025-01-01,,\n",
    "note.txt": "详见附件。\n" * 100,
}
#: Folders that stand there too: where checkpoints lie outside, each for one history of the journal.
FOLDERS: Final = ("outside", "retained", "later")
#: Until 18:40 of the day before, so that nothing falls due before the act.
_EVENING: Final = -8 * HOUR


#: The first schema with duty; what wrote into an older one knew none.
DUTY: Final = "0004"


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


_ADOPT: Final = ("adopt", "majian")
_IMPORT: Final = ("people", "import", "majian", "{folder}/people.csv", "--event-id", "people")
_ACTIVATE: Final = (*POSITIVE, *ORDERED, "--yes", "--event-id", "the case")
_SWEEP: Final = ("run", "--once", "--node", "n1")
_DELIVER: Final = (*_SWEEP, "--messages", "{folder}/messages")

_KEY: Final = ("journal", "key", "new", "{folder}/key", ">", "{folder}/public")
_CHECKPOINT: Final = ("journal", "checkpoint", "majian", "--key", "{folder}/key", "--checkpoints")

_BARE: Final = ((_EVENING, _ADOPT),)
_ROUTINE: Final = (*_BARE, (_EVENING, _KEY), (_EVENING, _IMPORT))
_EMERGENCY: Final = (*_ROUTINE, (-HOUR, _ACTIVATE), (-HOUR, _SWEEP))
#: As programs did that knew no duty.
_OLD: Final = (*_BARE, (-HOUR, _ACTIVATE))

_OVERRIDE: Final = (
    *("roster", "override", "majian", "watch", "--holder", "H1", "--until", "4h", "--why", "病假"),
    *("--event-id", "relief"),
)
_FILE: Final = (
    *("report", "file", "majian", "--from", "duty", "--text", "一例", "--file", "{folder}/note.txt"),
    *("--form", "daily_report", "--set", "cases=1", "--event-id", "report"),
)
#: Of the report, entry 5, the attachment goes too.
_REDACT: Final = ("journal", "redact", "majian", "5", "data.text", "data.file.0", "data.digest.0")
_DROP: Final = ("journal", "drop-bodies", "majian", "--before", "2")
_OLD_RECORD: Final = (
    *(*_ROUTINE, (2 * DAY, _DELIVER)),
    (2 * DAY, (*_CHECKPOINT, "{folder}/retained")),
)

_SIGNED: Final = (*_EMERGENCY, (-HOUR, (*_CHECKPOINT, "{folder}/outside", ">", "{folder}/old.txt")))
_REPORTED: Final = (*_SIGNED, (0, _FILE))
_SIGNED_ANEW: Final = (0, (*_CHECKPOINT, "{folder}/outside", ">", "{folder}/new.txt"))
#: Gives the report up with what it was signed by, and signs at once what goes on.
_RECOVER: Final = (
    *("journal", "recover", "majian", "--reason", "the disk died", "--by", "甲", "--with", "乙", "--yes"),
    *("--event-id", "loss", "--against"),
)

#: The same, where the first that was signed is of what is lost: nothing proves what is left.
_LATER: Final = (0, (*_CHECKPOINT, "{folder}/later", ">", "{folder}/later.txt"))

_NOTE: Final = ("journal", "note", "330999102", "--pubkey", "{folder}/public")
#: Qingshi, as the superior, has noted the older checkpoint.
_NOTED: Final = (
    *(*_REPORTED, _SIGNED_ANEW),
    (0, ("journal", "prove", "majian", "--since", "{folder}/old.txt", "--out", "{folder}/grown")),
    (0, ("adopt", QINGSHI)),
    (0, (*_NOTE, "{folder}/old.txt")),
)

_WHY: Final = ("--reason", "审计", "--basis", "审计法第36条")
_HOLD: Final = (*("journal", "hold", "place", "majian", "--holder", "H1", *_WHY), "--event-id", "hold")
#: The hold is entry 5.
_RELEASE: Final = ("journal", "hold", "release", "majian", "5", *_WHY, "--event-id", "release")

_TWO: Final = (
    *("two", "positive", "--set", "cases=1", "--set", "remark=一例", "--decided-by", "command"),
    *("--basis", "县防控办〔2026〕4号", "--yes"),
)
_PROPOSE: Final = ("propose", *_TWO, "--event-id", "case")
_ALONE: Final = (
    *("activate", "two", "--event", *_TWO[1:], "--break-glass", "--reason", "无人可批"),
    *("--event-id", "alone"),
)
_SHUANGXI: Final = ((_EVENING, ("adopt", TWO)),)
#: The proposal, or what was done alone, is entry 1.
_PROPOSED: Final = (*_SHUANGXI, (0, _PROPOSE))
_DEPUTY: Final = ((AT_DESK, "deputy"),)

_GUARDED: Final = (("INCIDENT_CHECKPOINTS", "{folder}/messages"),)
_SIGNING: Final = (*_GUARDED, ("INCIDENT_KEY", "{folder}/key"))

ACTS: Final = (
    # with it the database is made; a small plan, for reading a large one takes a second
    Act("adopt", ("adopt", QINGSHI)),
    Act("activate", _ACTIVATE, _ROUTINE),
    # signs before it ends
    Act(
        "stand-down",
        ("stand-down", "majian", *ORDERED, "--yes", "--event-id", "over"),
        _EMERGENCY,
        surroundings=_SIGNING,
    ),
    # two days: reports missed and escalated, handovers, the weekly look ahead
    Act("tick", _SWEEP, _EMERGENCY, at=2 * DAY),
    Act("filing", _FILE, _EMERGENCY),
    Act("override", _OVERRIDE, _EMERGENCY),
    Act("deliver", _DELIVER, _EMERGENCY, at=-HOUR, again=LEASE + 1),
    Act("checkpoint", (*_CHECKPOINT, "{folder}/messages"), _EMERGENCY, at=-HOUR),
    Act(
        "recover",
        (*_RECOVER, "{folder}/new.txt"),
        _SIGNED,
        at=HOUR,
        lost=((0, _FILE), _SIGNED_ANEW),
        outside="outside",
        surroundings=_SIGNING,
    ),
    Act(
        "recover unproven",
        (*_RECOVER, "{folder}/later.txt", "--unproven"),
        _EMERGENCY,
        at=HOUR,
        lost=((0, _FILE), _LATER),
        outside="later",
        surroundings=_SIGNING,
    ),
    Act("note", (*_NOTE, "{folder}/new.txt", "--proof", "{folder}/grown", "--event-id", "head"), _NOTED),
    Act("people import", _IMPORT, _BARE),
    Act("people erase", ("people", "erase", "majian", "H1", *AGREED, "--event-id", "erase"), _EMERGENCY),
    Act("redact", (*_REDACT, *AGREED, "--event-id", "redact"), _REPORTED),
    Act("propose", _PROPOSE, _SHUANGXI),
    Act("approve", ("approve", "two", "1", "--yes", "--event-id", "yes"), _PROPOSED, surroundings=_DEPUTY),
    Act("expire", _SWEEP, _PROPOSED, at=2 * HOUR),
    Act(
        "review",
        ("review", "two", "1", "--finding", "属实", "--event-id", "review"),
        (*_SHUANGXI, (0, _ALONE)),
        surroundings=_DEPUTY,
    ),
    Act("hold", _HOLD, _EMERGENCY),
    Act("release", _RELEASE, (*_EMERGENCY, (0, _HOLD))),
    Act(
        "drop bodies",
        (*_DROP, *AGREED, "--event-id", "drop"),
        _OLD_RECORD,
        at=3 * DAY,
        outside="retained",
        surroundings=_GUARDED,
    ),
)


def migrations(schemas: tuple[str, ...]) -> tuple[Act, ...]:
    """Give the act of bringing a database of each older schema to the program's."""
    return tuple(
        Act(
            f"migrate {schema}",
            ("db", "upgrade"),
            _EMERGENCY if schema >= DUTY else _OLD,
            at=-HOUR,
            schema=schema,
        )
        for schema in schemas
    )


def older_schemas() -> tuple[str, ...]:
    """List the schemas that a database in use may have, oldest first, the program's own left out."""
    found = sorted(file.stem[1:5] for file in (CHECKOUT / "migrations" / "versions").glob("m[0-9]*.py"))
    assert found.pop() == REVISION
    return tuple(found)


def named(name: str) -> Act:
    """Give an act by its name."""
    return next(act for act in ACTS if act.name == name)


def typed(words: Words, folder: Path) -> Words:
    """Give a command as it is typed with a folder."""
    return tuple(word.replace("{folder}", str(folder)) for word in words)
