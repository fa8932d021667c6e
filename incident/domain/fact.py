"""What every fact is; which there are stands in `facts.py` and `facts_record.py`."""

from __future__ import annotations

from msgspec import Struct


class Fact(
    Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, tag_field="fact"
):
    """Something that is so since its entry."""
