"""What is asked at the door."""

from __future__ import annotations

import pytest

from incident.domain.errors import Refused
from tests.service.door import Door


def refused(door: Door, *words: str, **more: str) -> Refused:
    with pytest.raises(Refused) as caught:
        door.login(*words, **more)
    assert all(caught.value.parts())
    return caught.value
