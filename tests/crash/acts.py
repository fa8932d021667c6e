"""What is killed: one line an act. A further act, such as signing a checkpoint, is a further line.

The place is Majian with its people; what an act is says `act.py`.
"""

from __future__ import annotations

from typing import Final

from incident.service.deliver import LEASE
from incident.store.tables import REVISION
from tests.cli.desk import AGREED, CHECKOUT, ORDERED, POSITIVE
from tests.cli.qingshi import ACTIVATE as QINGSHI_ACTIVATED
from tests.crash.act import DUTY, IDENTITY, Act, Words
from tests.crash.acts_identity import SIGNED_IN, SIGNING_IN
from tests.playbooks import DAY, HOUR
from tests.service.story import QINGSHI
from tests.two import AT_DESK
from tests.two import PLAN as TWO

#: Until 18:40 of the day before, so that nothing falls due before the act.
_EVENING: Final = -8 * HOUR

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

#: A day on, shifts were handed over.
_HANDED: Final = (*_EMERGENCY, (DAY, _SWEEP))
_HANDOVER: Final = (
    "handover",
    "majian",
    "watch",
    "--gave",
    "P1",
    "--note",
    "钥匙在抽屉",
    "--event-id",
    "over",
)
#: Qingshi, since an hour in its emergency.
_ACTIVE: Final = (
    (-HOUR, ("adopt", QINGSHI)),
    (-HOUR, (*QINGSHI_ACTIVATED, "--event-id", "the case")),
)
_DIRECTIVE: Final = (
    *("directive", "issue", "clockwork", "--from", "command.leader", "--to", "stability", "--due", "2h"),
    *("--text", "查清王五去向", "--event-id", "order"),
)
_TAKEN_BACK: Final = ("directive", "withdraw", "clockwork", "2", "--reason", "已查清", "--event-id", "back")
_EXTEND: Final = (
    *("extend", "clockwork", "--until", "20d", "--decided-by", "command"),
    *("--basis", "县防控办〔2026〕9号", "--event-id", "longer"),
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
_APPROVE: Final = ("approve", "two", "1", "--yes", "--event-id", "yes")
_REASON: Final = ("--reason", "证据不足")
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

#: What is recorded in a journal.
_RECORDED: Final = (
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
    Act("correction", (*_FILE[:-1], "corrected", "--corrects", "5"), _REPORTED),
    Act("cover", ("roster", "cover", "majian", "H1", "--until", "4h", "--event-id", "sick"), _EMERGENCY),
    Act(
        "ack", ("ack", "majian", "--for", "regional_cocheck", "--said", "到", "--event-id", "ack"), _EMERGENCY
    ),
    Act("handover", _HANDOVER, _HANDED, at=DAY),
    Act("log", ("log", "add", "majian", "--said", "要求增派", "--event-id", "call"), _EMERGENCY),
    Act("directive", _DIRECTIVE, _ACTIVE),
    Act("directive withdrawn", _TAKEN_BACK, (*_ACTIVE, (-HOUR, _DIRECTIVE))),
    Act("extend", _EXTEND, _ACTIVE),
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
    Act("approve", _APPROVE, _PROPOSED, surroundings=_DEPUTY),
    Act("expire", _SWEEP, _PROPOSED, at=2 * HOUR),
    Act("reject", ("reject", "two", "1", *_REASON, "--event-id", "no"), _PROPOSED, surroundings=_DEPUTY),
    Act("withdraw", ("withdraw", "two", "1", *_REASON, "--event-id", "back"), _PROPOSED),
    # whoever proposed it approves it, and that is recorded
    Act("refusal", _APPROVE, _PROPOSED, code=3),
    Act("break glass", _ALONE, _SHUANGXI),
    # alone, what somebody else was to approve
    Act("break glass proposed", _ALONE, _PROPOSED),
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

#: All of them.
ACTS: Final = (*_RECORDED, *SIGNING_IN)


def migrations(schemas: tuple[str, ...]) -> tuple[Act, ...]:
    """Give the act of bringing a database of each older schema to the program's."""
    return tuple(
        Act(
            f"migrate {schema}",
            ("db", "upgrade"),
            _before(schema),
            at=-HOUR,
            schema=schema,
        )
        for schema in schemas
    )


def _before(schema: str) -> tuple[tuple[int, Words], ...]:
    """Give what was done with a program of an older schema."""
    if schema < DUTY:
        return _OLD
    return (*_EMERGENCY, *SIGNED_IN) if schema >= IDENTITY else _EMERGENCY


def older_schemas() -> tuple[str, ...]:
    """List the schemas that a database in use may have, oldest first, the program's own left out."""
    found = sorted(file.stem[1:5] for file in (CHECKOUT / "migrations" / "versions").glob("m[0-9]*.py"))
    assert found.pop() == REVISION
    return tuple(found)


def named(name: str) -> Act:
    """Give an act by its name."""
    return next(act for act in ACTS if act.name == name)
