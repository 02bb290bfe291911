"""Where a block that has grown large is cut, so that a growing answer never costs more than its last lines.

A cut falls between two lines and depends only on what stands before it (and the two lines after), never on
how the text arrived: streamed or whole, the same text is cut at the same places. What follows a cut is
parsed behind a few made-up lines, the lead, which open the lists, quotations and tables again that were
open there.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markdown_it.token import Token

LIMIT = 1_000
"""A block of more characters than this is cut at the next place that will do."""

CODE_LIMIT = 12_000
"""Code within a list or quotation is kept together longer; its pieces are put together again (see `Lead`)."""

LINE = 1_600
"""A line longer than this continues on a line of its own that begins with `SOFT`."""

DUMMY, SOFT = "\ufdd0", "\ufdd1"
"""Noncharacters, which no text may hold (`normal` replaces them): what a lead writes, a line made here."""

_PREFIX = re.compile(r"(?: *(?:>|[-+*](?= |$)|\d{1,9}[.)](?= |$)))* {0,4}")
_CONTAINERS = {"blockquote_open", "list_item_open"}
_LISTS = {"bullet_list_open", "ordered_list_open"}
_LARGE = {"paragraph_open", "heading_open", "table_open", "blockquote_open", *_LISTS}
_CODE = {"fence", "code_block"}
_LEAVES = {"paragraph_open", "heading_open", "table_open", "formula_block", *_CODE}
_BREAKS = ("。", "！", "？", ". ", "! ", "? ", "；", "; ", "，", ", ", " ")


@dataclass(frozen=True, slots=True)
class Lead:
    """What opens again behind a cut: `text` is `lines` whole lines, `numbers` what the next item of each
    open list is called (outermost first), `joined` the pixels above what follows. `code` = the cut is in
    code, which goes on behind it."""

    text: str
    lines: int
    numbers: tuple[int, ...]
    joined: int
    code: bool = False


def soften(line: str) -> str:
    """The line with breaks that show as nothing, so that no line is longer than `LINE`."""
    if len(line) < LINE:
        return line
    out: list[str] = []
    while len(line) >= LINE:
        at = LINE - 1
        for mark in _BREAKS:
            found = line.rfind(mark, LINE * 2 // 3, LINE - 1)
            if found >= 0:
                at = found + len(mark)
                break
        out.append(line[:at])
        line = SOFT + line[at:]
    return "\n".join([*out, line])


def hardened(text: str) -> str:
    """Text as it was before `soften`."""
    return text.replace("\n" + SOFT, "") if SOFT in text else text


def start_of(token: Token) -> int:
    """The number an ordered list begins with; 0 for a list with bullets."""
    start = token.attrGet("start")
    return int(start) if start is not None else int(token.type == "ordered_list_open")


def find(
    tokens: Sequence[Token],
    lines: Sequence[str],
    lead: Lead | None,
    complete: int,
    parse: Callable[[str], Sequence[Token]],
) -> tuple[int, Lead] | None:
    """The line the first block (`tokens`) is to be cut before, and the lead of what follows; None as long as
    it is small or nothing is certain yet. `complete` is how many of `lines` have ended."""
    first = tokens[0]
    if first.map is None or first.type not in _LARGE:
        return None
    # The line that makes a heading of a paragraph stays with what stands before it.
    begin, end = max(first.map[0], lead.lines if lead else 0), first.map[1] - (first.type == "heading_open")
    size = 0
    for at in range(begin, min(end + 1, complete + 1, len(lines))):
        soft = lines[at].startswith(SOFT)
        if size >= LIMIT and lines[at].strip():
            if soft:
                # What a line goes on with depends on nothing behind it: no line is waited for, nor looked at.
                made = _goes_on(lines[:at], lead, parse)
                if made is not None:
                    return at, made
            if at >= min(end, complete - 1):
                return None
            leaf = _leaf(tokens, at)
            nested = leaf is not None and leaf.type in _CODE
            # The parser takes blank lines off the end of code that is only indented.
            kept = leaf is None or leaf.type != "code_block" or lines[at - 1].strip()
            if kept and size >= (CODE_LIMIT if nested else LIMIT):
                made = _lead(tokens, lines, lead, at, leaf, parse)
                if made is not None:
                    return at, made
                if size >= 2 * CODE_LIMIT:
                    return at, Lead("", 0, (), 0)
        size += len(lines[at]) + 1
    return None


def _goes_on(above: Sequence[str], old: Lead | None, parse: Callable[[str], Sequence[Token]]) -> Lead | None:
    """The lead of a line that goes on the one above it; None when that is not in plain text."""
    at, lines = len(above), [*above, f"{SOFT}x"]
    tokens = parse("\n".join(lines))
    leaf = _leaf(tokens, at)
    if leaf is None or leaf.type not in ("paragraph_open", "heading_open"):
        return None
    return _lead(tokens, lines, old, at, leaf, parse)


def _spans(token: Token, at: int) -> bool:
    return token.map is not None and token.map[0] < at < token.map[1]


def _leaf(tokens: Sequence[Token], at: int) -> Token | None:
    return next((t for t in tokens if t.type in _LEAVES and _spans(t, at)), None)


def _open(tokens: Sequence[Token], at: int) -> list[Token]:
    return [t for t in tokens if t.type in _CONTAINERS and _spans(t, at)]


def _kinds(containers: Sequence[Token]) -> list[tuple[str, str]]:
    return [(t.type, t.markup) for t in containers]


def _lead(
    tokens: Sequence[Token],
    lines: Sequence[str],
    old: Lead | None,
    at: int,
    leaf: Token | None,
    parse: Callable[[str], Sequence[Token]],
) -> Lead | None:
    containers = _open(tokens, at)
    opening = sorted({t.map[0] for t in containers if t.map})
    made = {n: _prefix(lines[n]) + f"# {DUMMY}" for n in opening}
    if leaf is not None and leaf.map is not None:
        top = leaf.map[0]
        match leaf.type:
            case "table_open":
                if at < top + 2:
                    return None
                made |= {top: lines[top], top + 1: lines[top + 1]}
            case "fence":
                made[top] = lines[top]
            case "paragraph_open" | "heading_open":
                made[opening[-1] if opening else 0] = (_prefix(lines[opening[-1]]) if opening else "") + DUMMY
            case "formula_block":
                return None
            case _:
                pass
    text = "".join(f"{made[n]}\n" for n in sorted(made))
    count = len(made)
    if containers:
        # A reopened block stays open only if something follows it.
        again = _open(parse(f"{text}{lines[at]}\n"), count)
        if _kinds(again) != _kinds(containers):
            return None
    joined = 0
    if leaf is None and _starts_item(tokens, at):
        joined = 2 if lines[at - 1].strip() else 8
    code = leaf is not None and leaf.type in _CODE
    return Lead(text, count, _numbers(tokens, old, at), joined, code)


def _starts_item(tokens: Sequence[Token], at: int) -> bool:
    return any(t.type == "list_item_open" and t.map is not None and t.map[0] == at for t in tokens)


def _prefix(line: str) -> str:
    found = _PREFIX.match(line)
    prefix = found.group() if found else ""
    return prefix if not prefix or prefix.endswith(" ") else prefix + " "


def _numbers(tokens: Sequence[Token], old: Lead | None, at: int) -> tuple[int, ...]:
    """What the next item of each list open at that line is called."""
    found: list[list[int]] = []
    stack: list[list[int]] = []
    waiting = list(old.numbers) if old else []
    for token in tokens:
        if token.type in _LISTS:
            depth = len(stack)
            number = start_of(token)
            if depth < len(waiting) and waiting[depth] >= 0:
                number, waiting[depth] = waiting[depth] - _reopened(token, old), -1
            stack.append([number])
            if _spans(token, at):
                found.append(stack[-1])
        elif token.type in ("bullet_list_close", "ordered_list_close"):
            stack.pop()
        elif token.type == "list_item_open" and token.map is not None and token.map[0] < at:
            stack[-1][0] += 1
    return tuple(number for (number,) in found)


def _reopened(token: Token, lead: Lead | None) -> int:
    """1 when the list's first item is one that a lead opened again."""
    return int(lead is not None and token.map is not None and token.map[0] < lead.lines)
