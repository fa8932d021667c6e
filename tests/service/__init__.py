"""The service: what a request does to the record, and what can be asked of it."""
