"""What every test may ask for."""

from tests.measuring import pytest_runtest_protocol
from tests.postgres import postgres_server, postgres_url

__all__ = ["postgres_server", "postgres_url", "pytest_runtest_protocol"]
