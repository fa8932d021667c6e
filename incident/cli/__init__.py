"""The command line. Commands live in one module per kind of user and are imported when they are called.

`officer` activates and looks, `author` writes playbooks, `auditor` reads and verifies, `operator` runs it.
"""

from __future__ import annotations

import gc
import io
import os
import sys


def main() -> None:
    """Run the command line; every way out has its exit code (`exits.py`)."""
    # What is imported stays to the end: looking for garbage in it costs a fifth of a short command.
    # Collecting begins when the command is there (`root.py`).
    gc.disable()
    # A stream that knows no Chinese shows it escaped: by the time it is written it has been decided.
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        from incident import language

        language.choose(sys.argv[1:])
        if os.environ.get("INCIDENT_SERVER"):
            from incident.cli.remote import run_there as run
        else:
            from incident.cli.root import run

        code = run(sys.argv[1:])
    except KeyboardInterrupt:  # while it still came up; of what it did then `run` tells
        code = _stopped()
    sys.exit(code)


def _stopped() -> int:
    from incident.cli import exits
    from incident.cli.output import talk
    from incident.domain.say import say

    talk(say("stopped; nothing was changed"))
    return exits.USAGE
