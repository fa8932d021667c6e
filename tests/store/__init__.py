"""The store: the same contract on SQLite, PostgreSQL and in memory; what a database does when it cannot."""
