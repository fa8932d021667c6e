"""What a screen shows, as data: the same for the command line, the API and the pages.

Each module has the structures of one kind of answer, and the functions that make them from what a service
found, with its words in the language in force (`incident.language`). `--json` prints them, the API answers
with them and takes its schema from them (`docs/json.md` is the contract), and pages are drawn from them.

The order of fields is the order in JSON. A field that can be `UNSET` is left out where it does not apply; one
that applies and has no value is null. Times are UTC, `2026-03-01T02:40:00Z`.

Nothing here opens a store, reads a clock, knows who asks or decides anything.
"""
