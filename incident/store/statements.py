"""The statements of the store about one jurisdiction or one row, built once, and how one is carried out."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    CursorResult,
    bindparam,
    case,
    cast,
    exists,
    func,
    literal_column,
    or_,
    select,
    union,
)

from incident.domain.duty import Duty
from incident.domain.situation import Situation
from incident.domain.timer import Closing, Timer
from incident.store.tables import (
    attachment,
    checkpoint,
    closing,
    disclosure,
    duty,
    entry,
    letter,
    outbox,
    person,
    playbook,
    situation,
    snapshot,
    standing,
    timer,
)

#: Columns in the order of the structures they are read into.
SITUATION_FIELDS: Final = Situation.__struct_fields__
TIMER_FIELDS: Final = Timer.__struct_fields__
CLOSING_FIELDS: Final = Closing.__struct_fields__
DUTY_FIELDS: Final = Duty.__struct_fields__
#: What of a piece of duty stands beside it, to be counted by.
COUNTED: Final = ("post", "holder", "night", "weekend", "holiday")
_closing_columns = [closing.c[name] for name in CLOSING_FIELDS]
_duty_columns = [duty.c[name] for name in (*DUTY_FIELDS, *COUNTED)]
_timer_columns = [timer.c[name] for name in TIMER_FIELDS]

SITUATION = select(*(situation.c[name] for name in SITUATION_FIELDS), situation.c.peaks).where(
    situation.c.jurisdiction == bindparam("code")
)
LOCKED = SITUATION.with_for_update()
VERSION = select(situation.c.version).where(situation.c.jurisdiction == bindparam("code"))
CODES = select(situation.c.jurisdiction, situation.c.name).order_by(situation.c.jurisdiction)
RECOVERED = select(situation.c.jurisdiction).where(situation.c.origin > 0).order_by(situation.c.jurisdiction)
NAMED = select(situation.c.jurisdiction).where(situation.c.name == bindparam("name"))
JOURNALS = union(
    *(
        select(table.c.jurisdiction)
        for table in (
            entry,
            standing,
            disclosure,
            outbox,
            playbook,
            timer,
            closing,
            attachment,
            duty,
            person,
            checkpoint,
            snapshot,
            letter,
        )
    )
).order_by("jurisdiction")
PLAYBOOK = select(playbook.c.body).where(
    playbook.c.jurisdiction == bindparam("code"), playbook.c.hash == bindparam("hash")
)
ATTACHMENT = select(attachment.c.body).where(
    attachment.c.jurisdiction == bindparam("code"), attachment.c.digest == bindparam("digest")
)
ATTACHMENTS = select(attachment.c.digest).where(attachment.c.jurisdiction == bindparam("code"))
PLAYBOOKS = select(playbook.c.hash).where(playbook.c.jurisdiction == bindparam("code"))
STANDING = select(standing.c.kind, standing.c.key, standing.c.item, standing.c.since_seq).where(
    standing.c.jurisdiction == bindparam("code")
)
ENTRY = select(
    entry.c.seq, entry.c.body, entry.c.leaf, entry.c.at, entry.c.source, entry.c.event_id, entry.c.nodes
)
ENTRIES = ENTRY.where(entry.c.jurisdiction == bindparam("code"), entry.c.seq >= bindparam("since")).order_by(
    entry.c.seq
)
ANSWERED = ENTRY.where(
    entry.c.jurisdiction == bindparam("code"),
    entry.c.source == bindparam("source"),
    entry.c.event_id == bindparam("event_id"),
)
SUBTREE = select(entry.c.leaf, entry.c.nodes).where(
    entry.c.jurisdiction == bindparam("code"), entry.c.seq == bindparam("seq")
)
RECORDED = (
    select(entry.c.seq, entry.c.at)
    .where(
        entry.c.jurisdiction == bindparam("code"),
        entry.c.seq >= bindparam("since"),
        entry.c.seq < bindparam("until"),
    )
    .order_by(entry.c.seq)
)
_snapshot_of = snapshot.c.jurisdiction == bindparam("code")
SNAPSHOT = select(snapshot.c.body).where(_snapshot_of, snapshot.c.size == bindparam("size"))
SNAPSHOT_SIZES = select(snapshot.c.size).where(_snapshot_of).order_by(snapshot.c.size)
SNAPSHOTS = (
    ENTRY.join(snapshot, (snapshot.c.jurisdiction == entry.c.jurisdiction) & (snapshot.c.size == entry.c.seq))
    .where(_snapshot_of)
    .order_by(entry.c.seq)
)
_newest_snapshot = (
    select(func.max(snapshot.c.size))
    .where(snapshot.c.jurisdiction == situation.c.jurisdiction)
    .scalar_subquery()
)
#: Most journals are short, and no snapshot is looked for then.
OUTGROWN = (
    select(situation.c.jurisdiction)
    .where(
        situation.c.version >= bindparam("entries"),
        situation.c.version - func.coalesce(_newest_snapshot, literal_column("0", BigInteger))
        >= bindparam("entries"),
    )
    .order_by(situation.c.jurisdiction)
)
_CHECKPOINT = select(checkpoint.c.size, checkpoint.c.at, checkpoint.c.epoch, checkpoint.c.note)
_checkpoint_of = checkpoint.c.jurisdiction == bindparam("code")
CHECKPOINTS = _CHECKPOINT.where(_checkpoint_of, checkpoint.c.size >= bindparam("since")).order_by(
    checkpoint.c.size
)
_any = checkpoint.alias()
NEWEST_CHECKPOINT = _CHECKPOINT.where(
    _checkpoint_of,
    checkpoint.c.size
    == select(func.max(_any.c.size))
    .where(_any.c.jurisdiction == bindparam("code"), _any.c.size <= bindparam("until"))
    .scalar_subquery(),
)
_newest_size = (
    select(func.max(_any.c.size))
    .where(_any.c.jurisdiction == situation.c.jurisdiction, _any.c.size <= situation.c.version)
    .correlate(situation)
    .scalar_subquery()
)
_is_urgent = or_(checkpoint.c.size.is_(None), checkpoint.c.epoch != situation.c.epoch)
UNSIGNED = (
    select(situation.c.jurisdiction)
    .select_from(situation)
    .outerjoin(
        checkpoint,
        (checkpoint.c.jurisdiction == situation.c.jurisdiction) & (checkpoint.c.size == _newest_size),
    )
    .where(
        or_(
            _is_urgent,
            situation.c.version - checkpoint.c.size >= bindparam("entries"),
            checkpoint.c.at <= bindparam("before"),
            # the clock was set back since
            checkpoint.c.at > bindparam("after"),
        )
    )
    .order_by(
        case((_is_urgent, literal_column("0")), else_=literal_column("1")),
        checkpoint.c.at.nulls_first(),
        situation.c.jurisdiction,
    )
    .limit(bindparam("most"))
)
DISCLOSURES = (
    select(disclosure.c.seq, disclosure.c.name, disclosure.c.text)
    .where(disclosure.c.jurisdiction == bindparam("code"), disclosure.c.seq >= bindparam("since"))
    .order_by(disclosure.c.seq, disclosure.c.name)
)
NOTICES = (
    select(outbox.c.seq, outbox.c.n, outbox.c.receiver, outbox.c.facts, outbox.c.at)
    .where(outbox.c.jurisdiction == bindparam("code"), outbox.c.seq >= bindparam("since"))
    .order_by(outbox.c.seq, outbox.c.n)
)
UNDELIVERED = (
    select(outbox.c.jurisdiction, outbox.c.seq, outbox.c.n, outbox.c.receiver, outbox.c.facts, outbox.c.tries)
    .where(outbox.c.done_at.is_(None))
    .order_by(outbox.c.at, outbox.c.jurisdiction, outbox.c.seq, outbox.c.n)
    .limit(bindparam("most"))
)
UNDELIVERED_OF = UNDELIVERED.where(outbox.c.jurisdiction == bindparam("code"))
#: Those that may be taken at an instant; the same locked, on PostgreSQL past those that somebody takes now.
FREE = UNDELIVERED.where(
    or_(
        outbox.c.next_at.is_(None),
        outbox.c.next_at <= bindparam("at"),
        outbox.c.next_at > bindparam("set_back"),
    )
)
FREE_LOCKED = FREE.with_for_update(skip_locked=True)

_LETTER = select(
    letter.c.jurisdiction, letter.c.seq, letter.c.n, letter.c.holder, letter.c.at, letter.c.way, letter.c.lost
)
LETTERS = _LETTER.where(
    letter.c.jurisdiction == bindparam("code"), letter.c.seq == bindparam("seq"), letter.c.n == bindparam("n")
).order_by(letter.c.holder)
_ITS_NOTICE = (
    (outbox.c.jurisdiction == letter.c.jurisdiction)
    & (outbox.c.seq == letter.c.seq)
    & (outbox.c.n == letter.c.n)
)
LOST = (
    _LETTER.add_columns(outbox.c.receiver, outbox.c.facts, outbox.c.tries)
    .join(outbox, _ITS_NOTICE)
    .where(letter.c.lost.is_not(None), outbox.c.at >= bindparam("since"))
    .order_by(letter.c.at.desc(), letter.c.jurisdiction, letter.c.seq, letter.c.n, letter.c.holder)
    .limit(bindparam("most"))
)
LOST_OF = LOST.where(letter.c.jurisdiction == bindparam("code"))
#: Forgets lost letters, and gives of which notices they were.
FORGET = (
    letter.delete()
    .where(
        letter.c.jurisdiction == bindparam("code"),
        letter.c.lost.is_not(None),
        exists().where(_ITS_NOTICE, outbox.c.at >= bindparam("since")),
    )
    .returning(letter.c.seq, letter.c.n)
)

_of_code = timer.c.jurisdiction == bindparam("code")
OPEN_TIMERS = (
    select(*_timer_columns)
    .join(
        situation, (situation.c.jurisdiction == timer.c.jurisdiction) & (situation.c.epoch == timer.c.epoch)
    )
    .where(_of_code, timer.c.ended.is_(None))
    .order_by(timer.c.seq, timer.c.n)
)
TIMERS = (
    select(*_timer_columns)
    .where(_of_code, timer.c.due >= bindparam("since"), timer.c.due < bindparam("until"))
    .order_by(timer.c.due, timer.c.seq, timer.c.n)
)
PAST_TIMERS = TIMERS.where(timer.c.seq < bindparam("before"), timer.c.ended < bindparam("before"))
ENDED_TIMERS = (
    select(*_timer_columns)
    .where(_of_code, timer.c.ended >= bindparam("since"))
    .order_by(timer.c.ended, timer.c.seq, timer.c.n)
)
NEXT_WAKE = select(func.min(timer.c.next_at)).where(timer.c.next_at.is_not(None))
WAKES = (
    select(timer.c.jurisdiction)
    .where(timer.c.next_at <= bindparam("at"))
    .order_by(timer.c.next_at, timer.c.jurisdiction)
)
SET_ASIDE = (
    select(timer.c.jurisdiction, *_timer_columns)
    .where(timer.c.ended.is_(None), timer.c.next_at.is_(None))
    .order_by(timer.c.jurisdiction, timer.c.seq, timer.c.n)
)
TRIES = select(func.max(timer.c.tries)).where(
    _of_code, timer.c.ended.is_(None), timer.c.next_at <= bindparam("at")
)
TRIES_OF_ONE = TRIES.where(timer.c.seq == bindparam("seq"), timer.c.n == bindparam("n"))
CLOSINGS = (
    select(*_closing_columns)
    .where(closing.c.jurisdiction == bindparam("code"), closing.c.seq >= bindparam("since"))
    .order_by(closing.c.seq)
)

_duty_of = duty.c.jurisdiction == bindparam("code")
NEWEST_DUTIES = select(*_duty_columns).where(_duty_of, duty.c.ended.is_(None)).order_by(duty.c.seq, duty.c.n)
_duties_of_a_time = (
    select(*_duty_columns)
    .where(
        _duty_of,
        duty.c.until > bindparam("since"),
        duty.c.since < bindparam("until"),
        duty.c.since < duty.c.until,
    )
    .order_by(duty.c.since, duty.c.seq, duty.c.n)
)
DUTIES = _duties_of_a_time.where(duty.c.is_void.is_(False))
STRUCK_DUTIES = _duties_of_a_time.where(duty.c.is_void.is_(True))
ENDED_DUTIES = (
    select(*_duty_columns)
    .where(_duty_of, duty.c.ended >= bindparam("since"))
    .order_by(duty.c.ended, duty.c.seq, duty.c.n)
)


#: Written out: a statement is kept with no values but those it names.
_ZERO, _MINUTE = literal_column("0", BigInteger), literal_column("60", BigInteger)


def _this_year(minutes: ColumnElement[int]) -> ColumnElement[int]:
    return cast(func.sum(case((duty.c.shift >= bindparam("year"), minutes), else_=_ZERO)), BigInteger)


SERVED = (
    select(
        duty.c.roster,
        duty.c.post,
        duty.c.holder,
        _this_year((duty.c.until - duty.c.since) // _MINUTE),
        *(_this_year(duty.c[kind]) for kind in ("night", "weekend", "holiday")),
        func.max(duty.c.until),
    )
    .where(
        _duty_of,
        duty.c.ended.is_not(None),
        duty.c.is_void.is_(False),
        duty.c.holder.is_not(None),
        duty.c.since < duty.c.until,
        duty.c.until > bindparam("oldest"),
    )
    .group_by(duty.c.roster, duty.c.post, duty.c.holder)
)
PEOPLE = (
    select(person.c.holder, person.c.name, person.c.channels, person.c.is_erased)
    .where(person.c.jurisdiction == bindparam("code"))
    .order_by(person.c.holder)
)

#: Statements as a driver takes them, by statement and dialect.
_written: dict[tuple[Any, str], str] = {}


def run(connection: Connection, statement: Any, values: dict[str, Any]) -> CursorResult[Any]:
    """Carry out a statement that is written out once a process; each time anew, that is half a transaction.

    Values go to the driver as they are: text, integers, bytes.
    """
    key = (statement, connection.dialect.name)
    if key not in _written:
        _written[key] = str(statement.compile(dialect=connection.dialect))
    return connection.exec_driver_sql(_written[key], values)
