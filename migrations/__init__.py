"""Migrations of the database, run by `incident db upgrade`."""
