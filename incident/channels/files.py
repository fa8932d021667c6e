"""Messages as files in a folder: one a message, for whoever fetches them from there, or for looking at.

A file is named by the message's key, so a message that comes twice is one file; `spool.py` says how it is put
there.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from incident.channels.spool import put
from incident.domain.say import Words, say
from incident.service.message import Message


class FilesChannel:
    """A folder of messages in one language."""

    def __init__(self, folder: Path, speak: Callable[[Words], str]) -> None:
        """Write into `folder`, which is made when the first message comes; `speak` gives the language."""
        self._folder = folder
        self._speak = speak

    def __call__(self, message: Message) -> None:
        """Write a message; returns when it is on the disk. Raises `OSError`."""
        text = "".join(f"{self._speak(line)}\n" for line in lines_of(message))
        put(self._folder, f"{message.key}.txt", text)


def lines_of(message: Message) -> list[Words]:
    """Give a message as lines."""
    return [
        say("{name} {code}", name=message.place, code=message.code),
        say("To: {receiver}", receiver=message.to),
        say("Recorded: {time}", time=message.shown_at),
        "",
        *message.sentences,
        *_asked(message),
        "",
        say("Entry {seq} of the journal; message {key}", seq=message.seq, key=message.key),
    ]


def _asked(message: Message) -> list[Words]:
    if message.asks is None:
        return []
    parties = " ".join(f"--for {party}" for party in message.parties)
    command = f"incident ack {message.code} {parties} --entry {message.asks}"
    return ["", say("Please answer: {command}", command=command)]
