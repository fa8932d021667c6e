"""`incident run`: the worker that carries out what falls due and hands on what is to be told.

One on SQLite, as many as wanted on PostgreSQL, all started alike; none leads. Signals end it after the
transaction it is in. What happens is logged to stderr; nothing is a result but the answer to `--health`.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import click

from incident import bootstrap
from incident.cli import exits, session
from incident.cli.beside import Beside
from incident.cli.engine import Engine, log_of_run, say_outside, tell_hints
from incident.cli.signals import stopped_by_signals
from incident.cli.working import Terms, beside_of, working
from incident.language import _

if TYPE_CHECKING:
    from incident.bootstrap import Workplace
    from incident.schedule.log import Log


@click.command(help=_("Work: carry out what falls due, hand on messages, until stopped."))
@working
@click.option("--once", is_flag=True, help=_("Do what is due now and end, for cron."))
@click.option("--health", is_flag=True, help=_("Do nothing but say whether all is well; exit code 1 if not."))
def run(once: bool, health: bool, **words: Any) -> int:
    """Work until a signal ends it.

    Exit code 1 when its alarm clock died, 5 when there is no database or its file is there no more.
    """
    if health:
        from incident.cli.health import put_findings
        from incident.cli.vitals import of_work

        return put_findings(of_work(bootstrap.url_of(session.option("db"))))
    terms, log = Terms(**words), log_of_run()
    kept = bootstrap.outlets(terms.checkpoints)
    workplace = bootstrap.Workplace(session.option("db"), kept, partial(say_outside, log))
    try:
        beside = beside_of(workplace, terms, log)
        if once:
            return _once(workplace, beside, terms.name, log)
        return _work(workplace, Engine(workplace, beside, terms.name, log, delivers=terms.delivers), log)
    finally:
        workplace.close()


def _once(workplace: Workplace, beside: Beside, node: str, log: Log) -> int:
    """Sweep, deliver, sign once; says nothing when there was nothing to do, for cron mails what is said."""
    from incident.schedule.access import say_dropped
    from incident.schedule.notary import say_signed
    from incident.schedule.postman import say_delivered
    from incident.schedule.snapshots import say_taken
    from incident.schedule.worker import say_read_only, say_swept
    from incident.service.tick import sweep

    told: dict[str, str] = {}
    swept = sweep(workplace.store, now=bootstrap.clock, node=node)
    say_swept(log, swept, told)
    failures = len(swept.failures)
    if beside.courier is not None:
        done = beside.courier.deliver()
        say_delivered(log, done)
        failures += len(done.failures)
    taken = beside.take(but=(), is_stopping=lambda: False)
    say_taken(log, taken)
    failures += len(taken.failures)
    if beside.sign is not None:
        notarised = beside.sign(behind=None, is_stopping=lambda: False)
        say_signed(log, notarised, {})
        failures += len(notarised.failures)
    # late, for it asks of every journal: what is due must not wait for it
    if beside.look is not None:
        say_read_only(log, beside.look(lambda: False), told)
        failures += len(told)
    # last: where the role may not, what is said is that, and nothing else is left undone
    say_dropped(log, beside.drop(lambda: False))
    return exits.FAULTS if failures else 0


def _work(workplace: Workplace, engine: Engine, log: Log) -> int:
    """Work until stopped."""
    listener = workplace.listener(engine.ring, partial(tell_hints, log))
    with stopped_by_signals(engine.stop, engine.leave):
        if listener is not None:
            listener.start()
        code = engine.run()
        if listener is not None:
            listener.stop()
    return code
