"""Every small damage that a text can suffer on its way: a byte changed, a piece lost, a piece twice."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

#: What a byte becomes besides each of its bits turned: ends of lines, separators, digits, and no UTF-8.
_BYTES = b"\n\r\t +-=/.0aA\x00\x7f\x80\xff"


def mangled(raw: bytes, to: Iterable[int] | None = None) -> Iterator[bytes]:
    """Give every text that differs by one byte, by a substring removed or by a substring that comes twice."""
    yield from changed(raw, to)
    for start in range(len(raw)):
        for end in range(start + 1, len(raw) + 1):
            yield from {raw[:start] + raw[end:], raw[:end] + raw[start:]} - {raw}


def changed(raw: bytes, to: Iterable[int] | None = None) -> Iterator[bytes]:
    """Give texts that differ by one byte: `to` these, or each bit turned and each that a reader looks for."""
    for at, byte in enumerate(raw):
        others = {byte ^ 1 << bit for bit in range(8)} | {*_BYTES} if to is None else {*to}
        for other in others - {byte}:
            yield raw[:at] + bytes([other]) + raw[at + 1 :]
