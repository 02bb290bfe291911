"""Cuts a growing answer into blocks that are final and a tail that may still change.

A block is final once nothing that can still arrive changes it: a later block has begun on lines that are
complete. Only the tail is parsed again; an open fence is not even parsed but extended.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from ui.render.markdown import Block, normal

if TYPE_CHECKING:
    from ui.render.markdown import Markdown

_DEFINITION = re.compile(r"^[ >*+\-\d.)]*\[[^\]\n]+\]:", re.MULTILINE)
_SLICE = 800
"""Characters looked at in one `advance`: a few milliseconds of parsing."""


@dataclass(frozen=True, slots=True)
class Update:
    """Blocks that became final with this step, and the tail as it looks now."""

    final: list[Block]
    tail: list[Block]


class _Fence:
    """An open fence at the end of the text: complete lines and the one still being written."""

    def __init__(self, block: Block, source: str) -> None:
        opener, _, rest = source.partition("\n")
        self.block = block
        mark = re.escape(block.markup[0])
        self._close = re.compile(rf"^ {{0,3}}{mark}{{{len(block.markup)},}}[ \t]*$", re.MULTILINE)
        self._almost = re.compile(rf"^ {{0,3}}{mark}{{1,}}[ \t]*$")
        self.source = opener + "\n"
        self.rest = rest
        self._lines: list[str] = []

    def advance(self) -> str | None:
        """Take complete lines in; returns what follows the fence when it closes, else None."""
        cut = self.rest.rfind("\n") + 1
        whole = self.rest[:cut]
        found = self._close.search(whole)
        if found is not None:
            end = whole.index("\n", found.start()) + 1
            self._lines.append(whole[: found.start()])
            after = self.rest[end:]
            self.source += self.rest[:end]
            self.rest = ""
            return after
        self._lines.append(whole)
        self.source += whole
        self.rest = self.rest[cut:]
        return None

    def now(self, *, closed: bool = False) -> Block:
        if len(self._lines) > 1:
            self._lines = ["".join(self._lines)]
        last = "" if self._almost.match(self.rest) else self.rest
        text = (self._lines[0] if self._lines else "") + last
        return replace(self.block, text=text.removesuffix("\n"), closed=closed, leaf=closed)


class BlockStream:
    """Feed text with `push`, take blocks with `advance`, end with `finish`.

    Parsing is cut into slices: `advance` handles at most a few thousand characters and `behind` says whether
    more is waiting. Joining all final blocks gives exactly `Markdown.blocks(text)`, with one exception that
    `finish` mends: link definitions that came after their use (`finish` returns `None`: render anew).
    """

    def __init__(self, markdown: Markdown, references: dict[str, Any] | None = None) -> None:
        self._md = markdown
        self._references = references
        self._parts: list[str] = []
        self._waiting = ""
        self._carriage = False
        self._tail = ""
        self._fence: _Fence | None = None
        self.has_definitions = False

    def push(self, text: str) -> None:
        """Take more text. Newlines are made equal here, even when a cut falls inside one."""
        if self._carriage:
            text = "\r" + text
        self._carriage = text.endswith("\r")
        if self._carriage:
            text = text[:-1]
        self._parts.append(normal(text))

    @property
    def behind(self) -> bool:
        """Whether `advance` has text it has not looked at."""
        return bool(self._parts or self._waiting)

    def _take(self) -> None:
        if self._parts:
            self._waiting += "".join(self._parts)
            self._parts.clear()
        newline = self._waiting.find("\n", _SLICE) if len(self._waiting) > _SLICE else -1
        cut = newline + 1 if newline >= 0 else len(self._waiting)
        taken, self._waiting = self._waiting[:cut], self._waiting[cut:]
        if self._fence is not None:
            self._fence.rest += taken
        else:
            self._tail += taken

    def advance(self) -> Update:
        """Look at the next slice of text."""
        self._take()
        final: list[Block] = []
        if self._fence is not None:
            after = self._fence.advance()
            if after is None:
                return Update(final, [self._fence.now()])
            final.append(self._fence.now(closed=True))
            self._fence, self._tail = None, after
        return self._parse(final)

    def _parse(self, final: list[Block]) -> Update:
        blocks = self._md.blocks(self._tail, self._references)
        keep = self._keep(blocks)
        above = 0
        if keep:
            above = blocks[keep].line
            done = "\n".join(self._tail.split("\n")[:above]) + "\n"
            self.has_definitions = self.has_definitions or _DEFINITION.search(done) is not None
            self._tail = self._tail[len(done) :]
            final.extend(blocks[:keep])
            blocks = blocks[keep:]
        if len(blocks) == 1 and blocks[0].markup and not blocks[0].closed and "\n" in self._tail:
            fence = "\n".join(self._tail.split("\n")[blocks[0].line - above :])
            # An indented fence takes its indent off its lines, tabs included: that is left to the parser.
            if "\n" in fence and not fence.startswith(" "):
                self._fence = _Fence(blocks[0], fence)
                self._fence.advance()
                return Update(final, [self._fence.now()])
        return Update(final, blocks)

    def _keep(self, blocks: list[Block]) -> int:
        """How many blocks from the start are final."""
        complete = self._tail.count("\n")
        lines = self._tail.split("\n") if len(blocks) > 1 else []
        for i in range(len(blocks) - 1, 0, -1):
            start = blocks[i].line
            # A line's meaning depends on itself and, for tables, on the next one.
            if start + 2 <= complete:
                return i
            if blocks[i - 1].leaf and start and not lines[start - 1].strip():
                return i
        return 0

    def finish(self) -> list[Block] | None:
        """The last blocks, all of them final; None when the whole text has to be rendered anew."""
        out: list[Block] = []
        if self._carriage:
            self._carriage = False
            self._parts.append("\n")
        while self.behind:
            out.extend(self.advance().final)
        rest = self._tail if self._fence is None else self._fence.source + self._fence.rest
        if self._references is None and (self.has_definitions or _DEFINITION.search(rest)):
            return None
        return [*out, *self._md.blocks(rest, self._references)]
