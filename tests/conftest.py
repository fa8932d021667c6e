"""What every test may ask for."""

from hypothesis import HealthCheck, settings

from tests.garbage import pytest_collection_finish
from tests.measuring import pytest_runtest_protocol
from tests.memory import pytest_configure
from tests.parsing import parsed_once
from tests.postgres import postgres_server, postgres_url

__all__ = [
    "parsed_once",
    "postgres_server",
    "postgres_url",
    "pytest_collection_finish",
    "pytest_configure",
    "pytest_runtest_protocol",
]

# laws are tried on a busy machine too: no example fails for being slow
settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unhurried")
