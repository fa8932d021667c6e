"""Where situations and journals are kept, on SQLite and PostgreSQL. The only importer of SQLAlchemy."""
