"""Whether anybody wrote to the database since the last look, and how far each journal is by now.

For those who show what stands as it changes. On SQLite the file itself says whether another connection wrote
(`PRAGMA data_version`, which costs some microseconds), so a connection is kept that never writes. PostgreSQL
tells writes by its hints (`hints.py`); there every look counts as new.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection, Engine, select

from incident.store.address import place_of
from incident.store.faults import translated
from incident.store.tables import situation


class Pulse:
    """A look that is taken again and again, by one thread at a time."""

    def __init__(self, engine: Engine) -> None:
        """Look at `engine`; nothing is opened yet."""
        self._engine, self._place = engine, place_of(engine)
        self._connection: Connection | None = None
        self._beat: int | None = None

    def versions(self) -> Mapping[str, int] | None:
        """Give the number of entries by jurisdiction; None when nobody wrote since. Raises `StoreError`."""
        try:
            with translated(self._place):
                return self._look()
        except Exception:
            self.close()
            raise

    def _look(self) -> Mapping[str, int] | None:
        if self._connection is None:
            self._connection = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
            self._beat = None
        if self._engine.dialect.name == "sqlite":
            beat = self._connection.exec_driver_sql("PRAGMA data_version").scalar_one()
            if beat == self._beat:
                return None
            self._beat = beat
        rows = self._connection.execute(select(situation.c.jurisdiction, situation.c.version))
        # one that is spoilt keeps nobody from the news of the others
        return {code: version for code, version in rows if isinstance(version, int)}

    def close(self) -> None:
        """Give the connection back."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None
