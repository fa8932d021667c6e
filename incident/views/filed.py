"""What was filed in one entry: its figures as they were typed, and names for its attachments."""

from __future__ import annotations

from incident.service.reports import Filed


def figures(found: Filed) -> list[tuple[str, str] | None]:
    """Give names and values in the order in which they were typed; none for one that was erased."""
    count = sum(name.startswith("value.") for name in found.sealed)
    words = [found.disclosed.get(f"value.{n}") for n in range(count)]
    pairs = [None if one is None else one.partition("=") for one in words]
    return [None if one is None else (one[0], one[2]) for one in pairs]


def safe_name(name: str | None, otherwise: str) -> str:
    """Give a file name that leads nowhere else: whoever filed it chose the name."""
    kept = "".join(char for char in (name or "").replace("\\", "/").rpartition("/")[2] if char.isprintable())
    return kept if kept.strip(". ") else otherwise
