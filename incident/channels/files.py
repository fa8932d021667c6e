"""Messages as files in a folder: one a message, for whoever fetches them from there, or for looking at.

A file is named by the message's key, so a message that comes twice is one file. It is written aside, made
durable and then renamed: whoever sees the file sees all of it.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

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
        self._folder.mkdir(parents=True, exist_ok=True)
        final = self._folder / f"{message.key}.txt"
        # two workers at one folder must not share what is not finished
        beside = final.with_name(f".{message.key}.{os.getpid()}")
        try:
            with beside.open("w", encoding="utf-8", newline="\n") as file:
                file.writelines(f"{self._speak(line)}\n" for line in lines_of(message))
                file.flush()
                os.fsync(file.fileno())
            beside.replace(final)
        except OSError:
            with suppress(OSError):
                beside.unlink()
            raise
        self._keep_name()

    def _keep_name(self) -> None:
        """Make the renaming durable, where a folder can be opened."""
        if os.name == "posix":
            folder = os.open(self._folder, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)


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
