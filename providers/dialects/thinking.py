"""Splits `<think>…</think>` at the start of an answer from the answer, whatever way the text is cut."""

from __future__ import annotations

from providers.base import ReasoningChunk, TextChunk

_TAGS = (("<think>", "</think>"), ("<thinking>", "</thinking>"), ("<thought>", "</thought>"))
_LONGEST_BLANK = 4_096  # characters of nothing but space after which nobody is about to think


class ThinkSplitter:
    """Feed it visible text; it hands back thinking and text. Only the very start may open a thought."""

    __slots__ = ("_close", "_held", "_state")

    def __init__(self) -> None:
        self._state = "start"  # start → inside → after, or start → plain
        self._held = ""
        self._close = ""

    @property
    def plain(self) -> bool:
        """True when text needs no looking at any more."""
        return self._state == "plain"

    def feed(self, text: str) -> list[TextChunk | ReasoningChunk]:
        """Chunks of `text`; what could still become a tag is held back."""
        if self._state == "plain":
            return [TextChunk(text)] if text else []
        self._held += text
        if self._state == "start":
            self._at_start()
        out: list[TextChunk | ReasoningChunk] = []
        if self._state == "inside":
            self._inside(out)
        if self._state == "after":
            rest = self._held.lstrip()
            self._held = ""
            if rest:
                self._state = "plain"
                out.append(TextChunk(rest))
        elif self._state == "plain" and self._held:
            out.append(TextChunk(self._held))
            self._held = ""
        return out

    def flush(self, *, cut: bool = False) -> list[TextChunk | ReasoningChunk]:
        """What was held back when the stream ended; `cut` = in the middle, so half a tag is no text."""
        held, self._held = self._held, ""
        if not held or self._state == "after" or (cut and self._state == "start"):
            return []
        inside = self._state == "inside"
        self._state = "plain"
        return [ReasoningChunk(held) if inside else TextChunk(held)]

    def _at_start(self) -> None:
        head = self._held.lstrip()
        for opening, closing in _TAGS:
            if head.startswith(opening):
                self._state, self._close = "inside", closing
                self._held = head[len(opening) :].lstrip("\n")
                return
        blank = len(self._held) > _LONGEST_BLANK
        if blank or (head and not any(opening.startswith(head) for opening, _ in _TAGS)):
            self._state = "plain"

    def _inside(self, out: list[TextChunk | ReasoningChunk]) -> None:
        end = self._held.find(self._close)
        if end >= 0:
            if end:
                out.append(ReasoningChunk(self._held[:end]))
            self._held = self._held[end + len(self._close) :]
            self._state = "after"
            return
        keep = next(
            (n for n in range(min(len(self._close) - 1, len(self._held)), 0, -1)
             if self._close.startswith(self._held[-n:])), 0,
        )  # fmt: skip
        ready = self._held[: len(self._held) - keep]
        if ready:
            out.append(ReasoningChunk(ready))
        self._held = self._held[len(ready) :]
