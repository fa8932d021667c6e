"""Test doubles for those who write playbooks, stores or clients of the service. Ships with the program.

    from incident.testing import Drill

    drill = Drill("majian")
    drill.activate("local_positive_reported", origin="local", result="confirmed", cases=1)
    drill.expect_state("local_positive_detected")

Nothing here imports a test framework: what is expected is asserted, so any will do.
"""

from incident.testing.conformance import CHECKS, check_store
from incident.testing.conformance_identity import IDENTITY_CHECKS, check_identity
from incident.testing.drill import Drill
from incident.testing.given import FakeClock, fixed_chance
from incident.testing.memory import MemoryStore
from incident.testing.memory_identity import MemoryIdentity, PlainPasswords

__all__ = [
    "CHECKS",
    "IDENTITY_CHECKS",
    "Drill",
    "FakeClock",
    "MemoryIdentity",
    "MemoryStore",
    "PlainPasswords",
    "check_identity",
    "check_store",
    "fixed_chance",
]
