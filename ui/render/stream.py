"""Cuts a growing answer into blocks that are final and a tail that may still change.

A block is final once nothing that can still arrive changes it: a later block has begun on lines that are
complete. A block that has grown large is cut (`ui.render.cuts`), so that the tail stays small whatever
arrives. Only the tail is parsed again; an open fence is not even parsed but extended.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from ui.render.cuts import LIMIT, LINE, Lead, hardened, soften
from ui.render.markdown import Block, normal, shown, unended

if TYPE_CHECKING:
    from ui.render.markdown import Markdown

_DEFINITION = re.compile(r"^[ >*+\-\d.)]*\[(?!\^)[^\]\n]+\]:", re.MULTILINE)
_SLICE = 400
"""Characters looked at in one `advance`: a few milliseconds of parsing."""

_ALL = 1 << 40


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
        self.opener = opener + "\n"
        self.rest = rest
        self._lines: list[str] = []

    @property
    def source(self) -> str:
        return "".join([self.opener, *self._lines, self.rest])

    def advance(self) -> str | None:
        """Take complete lines in; returns what follows the fence when it closes, else None."""
        cut = self.rest.rfind("\n") + 1
        whole = self.rest[:cut]
        found = self._close.search(whole)
        if found is not None:
            end = whole.index("\n", found.start()) + 1
            self._lines.append(whole[: found.start()])
            after = self.rest[end:]
            self.rest = ""
            return after
        self._lines.append(whole)
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
    more is waiting. The final blocks do not depend on how the text was cut into pushes, and are exactly
    `Markdown.blocks(text)` as long as no block is large, with one exception that `finish` mends: link
    definitions that came after their use (`finish` returns `None`: render anew).
    """

    def __init__(self, markdown: Markdown, references: dict[str, Any] | None = None) -> None:
        self._md = markdown
        self._references = references
        self._parts: list[str] = []
        self._waiting = ""
        self._carriage = False
        self._tail = ""
        self._lead: Lead | None = None
        self._fence: _Fence | None = None
        self.has_definitions = False
        self.parsed = 0

    def push(self, text: str) -> None:
        """Take more text. Newlines are made equal here, even when a cut falls inside one."""
        if self._carriage:
            text = "\r" + text
        self._carriage = text.endswith("\r")
        if self._carriage:
            text = text[:-1]
        if text:
            self._parts.append(normal(text))

    @property
    def behind(self) -> bool:
        """Whether `advance` has text it has not looked at."""
        return bool(self._parts or self._waiting)

    def _take(self) -> None:
        if self._parts:
            self._waiting += "".join(self._parts)
            self._parts.clear()
        taken = self._waiting
        if len(taken) > _SLICE:
            newline = taken.find("\n", _SLICE, 2 * _SLICE)
            taken = taken[: newline + 1 if newline >= 0 else 2 * _SLICE]
        self._waiting = self._waiting[len(taken) :]
        if self._fence is not None:
            self._fence.rest += taken
        else:
            self._append(taken)

    def _append(self, text: str) -> None:
        """Put text behind the tail, its long lines broken where nobody sees it."""
        begin = self._tail.rfind("\n") + 1
        fresh = self._tail[begin:] + text
        if len(fresh) >= LINE:
            fresh = "\n".join(soften(line) for line in fresh.split("\n"))
        self._tail = self._tail[:begin] + fresh

    def advance(self) -> Update:
        """Look at the next slice of text."""
        self._take()
        final: list[Block] = []
        if self._fence is not None:
            after = self._fence.advance()
            if after is None:
                return Update(final, [self._fence.now()])
            final.append(self._fence.now(closed=True))
            self._fence, self._tail = None, ""
            self._append(after)
        return self._parse(final)

    def _parse(self, final: list[Block], *, ended: bool = False) -> Update:
        """What the text comes to now, as it is shown."""
        update = self._blocks(final, ended=ended)
        tail = shown(update.tail)
        return Update(shown(update.final), tail if ended else _without_closing(tail))

    def _blocks(self, final: list[Block], *, ended: bool) -> Update:
        """The top-level blocks, those that are final behind the ones that are so already."""
        while True:
            lead = self._lead
            source = (lead.text if lead else "") + self._tail
            complete = _ALL if ended else source.count("\n")
            self.parsed += len(source)
            blocks = self._md.behind(lead, source, self._references)
            if not blocks:
                return Update(final, [])
            if self._cut(source, complete, final):
                continue
            lines = source.split("\n")
            large = next((i for i, b in enumerate(blocks) if _size(b, lines) >= LIMIT), len(blocks))
            keep = self._keep(blocks, lines, complete)
            keep = min(keep, max(1, large))
            if not keep:
                break
            self._settle(lines, blocks[keep].line)
            final.extend(blocks[:keep])
            if keep == len(blocks) - 1 and large >= len(blocks):
                # What is left has been parsed; its lines count from the new tail's first.
                gone = blocks[keep].line
                blocks = [replace(blocks[keep], line=blocks[keep].line - gone)]
                source = self._tail
                break
        return self._follow_fence(Update(final, blocks), source, ended=ended)

    def _settle(self, lines: list[str], count: int) -> None:
        """The first `count` lines, the lead's among them, are done with."""
        done = "\n".join(lines[:count]) + "\n"
        self.has_definitions = self.has_definitions or _DEFINITION.search(done) is not None
        self._tail = "\n".join(lines[count:])
        self._lead = None

    def _cut(self, source: str, complete: int, final: list[Block]) -> bool:
        """Cut the first block when it is large and a place for it is certain."""
        if len(source) < LIMIT:
            return False
        found = self._md.cut(source, self._lead, complete)
        if found is None:
            return False
        at, lead = found
        lines = source.split("\n")
        above = "\n".join(lines[:at]) + "\n"
        done = self._md.behind(self._lead, above, self._references)
        final.extend([*done[:-1], unended(done[-1])] if lead.code and done else done)
        self._settle(lines, at)
        self._lead = lead
        return True

    def _follow_fence(self, update: Update, source: str, *, ended: bool) -> Update:
        """An open fence at the end of the text is extended from now on."""
        blocks = update.tail
        if ended or self._lead or len(blocks) != 1 or not blocks[0].markup or blocks[0].closed:
            return update
        fence = "\n".join(source.split("\n")[blocks[0].line :])
        # An indented fence takes its indent off its lines, tabs included: that is left to the parser.
        if "\n" not in fence or fence.startswith(" "):
            return update
        self._fence = _Fence(blocks[0], hardened(fence))
        self._fence.advance()
        return Update(update.final, [self._fence.now()])

    @staticmethod
    def _keep(blocks: list[Block], lines: list[str], complete: int) -> int:
        """How many blocks from the start are final."""
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
        if self._fence is not None:
            self._tail, self._fence = self._fence.source, None
        if self._references is None and (self.has_definitions or _DEFINITION.search(self._tail)):
            return None
        update = self._parse([], ended=True)
        self._md.forget()
        return [*out, *update.final, *update.tail]


def _without_closing(tail: list[Block]) -> list[Block]:
    """The tail without the beginning of a line that is about to close code in a list or quotation."""
    last = tail[-1] if tail else None
    if last is None or not (last.indent or last.quoted) or last.closed or not last.markup:
        return tail
    above, _, line = last.text.rpartition("\n")
    mark = re.escape(last.markup[0])
    if not re.fullmatch(rf" {{0,3}}{mark}{{1,{len(last.markup)}}}", line):
        return tail
    return [*tail[:-1], replace(last, text=above)]


def _size(block: Block, lines: list[str]) -> int:
    return sum(len(line) + 1 for line in lines[block.line : block.line + block.lines])
