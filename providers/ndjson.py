"""Lines of JSON out of raw bytes, however they are cut: what Ollama streams instead of events."""

from __future__ import annotations

MAX_LINE = 4 * 1024 * 1024

_BOM = b"\xef\xbb\xbf"


class LineOverflow(Exception):  # noqa: N818 - the stream's fault, turned into a failure by its reader
    """One line is longer than `MAX_LINE` bytes: this is no stream of lines."""


class LineDecoder:
    """Feed it bytes, get whole lines without their ends; blank lines are left out. One decoder a stream."""

    __slots__ = ("_fresh", "_pending", "_size")

    def __init__(self) -> None:
        self._pending: list[bytes] = []  # pieces of an unfinished line
        self._size = 0
        self._fresh = True

    def feed(self, chunk: bytes) -> list[str]:
        """The lines that `chunk` completes. Raises `LineOverflow`."""
        # Only LF ends a line: inside JSON it is always escaped, and a CR before it is stripped as a blank.
        *whole, rest = chunk.split(b"\n")
        lines: list[str] = []
        for piece in whole:
            self._hold(piece)
            self._take(lines)
        if rest:
            self._hold(rest)
        return lines

    def flush(self) -> list[str]:
        """The line the stream ended in."""
        lines: list[str] = []
        self._take(lines)
        return lines

    def _hold(self, piece: bytes) -> None:
        self._size += len(piece)
        if self._size > MAX_LINE:
            raise LineOverflow
        self._pending.append(piece)

    def _take(self, lines: list[str]) -> None:
        line = b"".join(self._pending)
        self._pending.clear()
        self._size = 0
        if self._fresh and line:
            self._fresh = False
            line = line.removeprefix(_BOM)
        line = line.strip()
        if line:
            lines.append(line.decode("utf-8", "replace"))
