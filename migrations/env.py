"""Alembic's environment: migrate over the connection that `incident.store.upgrade` opened."""

from alembic import context

from incident.store.tables import metadata

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=metadata, transactional_ddl=False)
context.run_migrations()
