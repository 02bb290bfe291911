"""Server-sent events out of raw bytes, however they are cut, and the habits vendors have besides.

The decoder follows the WHATWG rules for lines, comments and `data:`. On top of them it takes a bare JSON
line as an event of its own (Baidu, Ollama) and an `error:` field as data (llama.cpp), and at the end of the
stream it hands out an event whose blank line is missing.
"""

from __future__ import annotations

from typing import NamedTuple

MAX_EVENT = 4 * 1024 * 1024
_LINE_COST = 64


class SseOverflow(Exception):  # noqa: N818 - the stream's fault, turned into a failure by its reader
    """One event is longer than `MAX_EVENT` bytes: this is no event stream."""


class SseEvent(NamedTuple):
    """One event. `data` None = a comment (a keep-alive); `name` is the `event:` field or empty."""

    data: str | None
    name: str = ""


COMMENT = SseEvent(None)


class SseDecoder:
    """Feed it bytes, get events; one decoder a stream."""

    __slots__ = ("_after_cr", "_data", "_fresh", "_name", "_pending", "_pending_size", "_size")

    def __init__(self) -> None:
        self._pending: list[bytes] = []  # pieces of an unfinished line
        self._pending_size = 0
        self._data: list[str] = []
        self._size = 0
        self._name = ""
        self._after_cr = False
        self._fresh = True

    def feed(self, chunk: bytes) -> list[SseEvent]:
        """The events that `chunk` completes. Raises `SseOverflow`."""
        if self._after_cr and chunk:
            self._after_cr = False
            if chunk[:1] == b"\n":
                chunk = chunk[1:]
        if not chunk:
            return []
        if b"\n" not in chunk and b"\r" not in chunk:
            self._hold(chunk)
            return []
        if self._pending:
            chunk = b"".join(self._pending) + chunk
            self._pending.clear()
            self._pending_size = 0
        # bytes.splitlines knows CR, LF and CRLF only (str.splitlines would split at U+2028 too).
        lines = chunk.splitlines()
        if chunk[-1:] == b"\r":
            self._after_cr = True
        elif chunk[-1:] != b"\n":
            self._hold(lines.pop())
        events: list[SseEvent] = []
        for line in lines:
            self._line(line, events)
        return events

    def flush(self) -> list[SseEvent]:
        """What is left at the end of the stream."""
        events: list[SseEvent] = []
        if self._pending:
            line = b"".join(self._pending)
            self._pending.clear()
            self._line(line, events)
        self._dispatch(events)
        return events

    def _hold(self, piece: bytes) -> None:
        self._pending.append(piece)
        self._pending_size += len(piece)
        if self._pending_size > MAX_EVENT:
            raise SseOverflow

    def _line(self, line: bytes, events: list[SseEvent]) -> None:
        if self._fresh:
            self._fresh = False
            line = line.removeprefix(b"\xef\xbb\xbf")
        if not line:
            self._dispatch(events)
        elif line.startswith(b"data:"):
            self._keep(line[6:] if line[5:6] == b" " else line[5:])
        elif line.startswith(b":"):
            events.append(COMMENT)
        elif line.startswith((b"{", b"[")):
            self._dispatch(events)
            events.append(SseEvent(line.decode("utf-8", "replace"), self._name))
            self._name = ""
        elif line.startswith(b"event:"):
            self._name = line[6:].strip().decode("utf-8", "replace")
        elif line.startswith(b"error:"):
            self._name = "error"
            self._keep(line[6:].strip())

    def _keep(self, data: bytes) -> None:
        self._size += len(data) + _LINE_COST  # a flood of empty lines takes memory too
        if self._size > MAX_EVENT:
            raise SseOverflow
        self._data.append(data.decode("utf-8", "replace"))

    def _dispatch(self, events: list[SseEvent]) -> None:
        if self._data:
            events.append(SseEvent("\n".join(self._data), self._name))
            self._data.clear()
            self._size = 0
        self._name = ""
