"""Everything into one JSON file of our own format, which can be imported again."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from app.exchange import format as own
from app.exchange.exports.files import StagedFile, told
from app.exchange.exports.sinks import Heading
from app.store.records import Assistant, Conversation


class JsonFile:
    """A `WholeSink`."""

    def __init__(self, path: Path, *, force: bool) -> None:
        self._force = force
        self._staged = StagedFile(path)
        self._add = own.write(self._staged.file)

    def begin(self, headings: Sequence[Heading]) -> None:
        """The format has no table of contents."""

    def assistants(self, assistants: Sequence[Assistant]) -> None:
        """Ways of being answered that the conversations name."""
        self.add([own.Item(assistant) for assistant in assistants])

    def open_conversation(self, conversation: Conversation) -> None:
        """It comes with its items."""

    def add(self, items: Sequence[own.Item]) -> None:
        """Write these records."""
        with told(self._staged.path):
            for item in items:
                self._add(item)

    def close_conversation(self) -> None:
        """The next record says that it begins."""

    def finish(self) -> Path:
        """Put the file in its place."""
        with told(self._staged.path):
            own.finish(self._staged.file)
        self._staged.put(force=self._force)
        return self._staged.path

    def abandon(self) -> None:
        """Leave nothing behind."""
        self._staged.drop()
