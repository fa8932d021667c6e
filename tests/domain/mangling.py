"""What a stranger, or a bad line, makes of bytes: any of them changed, any part left out or said twice."""

from __future__ import annotations

from collections.abc import Iterator


def manglings(raw: bytes) -> Iterator[bytes]:
    """Give every change of one byte, every removal and every doubling of a substring, and a byte more."""
    size = len(raw)
    for at in range(size):
        before, after = raw[:at], raw[at + 1 :]
        for byte in range(256):
            if byte != raw[at]:
                yield b"%b%c%b" % (before, byte, after)
    for start in range(size):
        for end in range(start + 1, size + 1):
            yield raw[:start] + raw[end:]
            yield raw[:end] + raw[start:]
    for byte in range(256):
        yield b"%b%c" % (raw, byte)
