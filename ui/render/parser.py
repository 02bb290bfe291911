"""The Markdown dialect: CommonMark without HTML, plus tables, strikethrough, footnotes and formulas.

Emphasis is told apart the way Chinese needs it: `**注意：**先` is bold although CommonMark's flanking rule,
made for words between spaces, says otherwise.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.common.utils import isMdAsciiPunct, isPunctChar, isWhiteSpace
from markdown_it.rules_block import StateBlock, blockquote, list_block, reference
from markdown_it.rules_core import StateCore, text_join
from markdown_it.rules_inline import StateInline, image, link
from markdown_it.rules_inline.state_inline import Delimiter
from markdown_it.token import Token

RuleFuncInlineType = Callable[[StateInline, bool], bool]
RuleFuncBlockType = Callable[[StateBlock, int, int, bool], bool]

_CJK = re.compile(
    "[\u2e80-\u303f\u3040-\u30ff\u3100-\u312f\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff"
    "\ufe30-\ufe4f\uff00-\uffef\u2018\u2019\u201c\u201d\u2014\u2026\U00020000-\U0003ffff]"
)

_FORMULA = re.compile(
    r"\$\$(?!\s*\$\$).+?\$\$|(?<![\w$\\])\$(?![\s$])[^$\n]*?[^\s$\\]\$(?![\w$])|\\\(.+?\\\)|\\\[.+?\\\]",
    re.DOTALL,
)


def has_cjk(text: str) -> bool:
    """Whether `text` holds a Chinese, Japanese or Korean character or its punctuation."""
    return _CJK.search(text) is not None


def _is_cjk(char: str) -> bool:
    return _CJK.match(char) is not None


def _is_punct(char: str) -> bool:
    return (isMdAsciiPunct(ord(char)) or isPunctChar(char)) and not _is_cjk(char)


def _emphasis(state: StateInline, silent: bool) -> bool:
    """CommonMark's emphasis markers, with Chinese characters allowed to touch them."""
    marker = state.src[state.pos]
    if silent or marker not in "_*":
        return False
    scanned = state.scanDelims(state.pos, marker == "*")
    can_open, can_close = scanned.can_open, scanned.can_close
    before = state.src[state.pos - 1] if state.pos else " "
    end = state.pos + scanned.length
    after = state.src[end] if end < state.posMax else " "
    if marker == "*" and (_is_cjk(before) or _is_cjk(after)):
        space_before, space_after = isWhiteSpace(ord(before)), isWhiteSpace(ord(after))
        can_open = not space_after and (
            not _is_punct(after) or space_before or _is_punct(before) or _is_cjk(before)
        )
        can_close = not space_before and (
            not _is_punct(before) or space_after or _is_punct(after) or _is_cjk(after)
        )
    for _ in range(scanned.length):
        state.push("text", "", 0).content = marker
        state.delimiters.append(
            Delimiter(ord(marker), scanned.length, len(state.tokens) - 1, -1, can_open, can_close)
        )
    state.pos += scanned.length
    return True


def _formula(state: StateInline, silent: bool) -> bool:
    """`$x$`, `$$x$$`, `\\(x\\)` and `\\[x\\]`: their source, untouched by other rules."""
    if state.src[state.pos] not in "$\\":
        return False
    found = _FORMULA.match(state.src, state.pos, state.posMax)
    if found is None:
        return False
    if not silent:
        state.push("formula", "", 0).content = found.group()
    state.pos = found.end()
    return True


_FORMULA_ENDS = {"$$": "$$", "\\[": "\\]"}


def _formula_block(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """A formula between lines that hold `$$` (or brackets) alone; a blank line ends it too, so that a stray
    `$$` can never swallow an answer and no line further down changes what this one means."""
    if state.is_code_block(start):
        return False
    opener = state.src[state.bMarks[start] + state.tShift[start] : state.eMarks[start]].strip()
    closer = _FORMULA_ENDS.get(opener)
    if closer is None:
        return False
    if silent:
        return True
    line = start + 1
    while line < end and not state.isEmpty(line) and state.sCount[line] >= state.blkIndent:
        line += 1
        if state.src[state.bMarks[line - 1] : state.eMarks[line - 1]].strip() == closer:
            break
    token = state.push("formula_block", "", 0)
    token.content = state.getLines(start, line, state.blkIndent, False)
    token.map = [start, line]
    state.line = line
    return True


_NOTE = re.compile(r"\[\^([^\]\s\[^]{1,40})\](:?)")


def _note(state: StateInline, silent: bool) -> bool:
    """A footnote's mark. A colon behind it at the start of a line makes it the note itself, which stays where
    it was written: an answer that is still being written cannot gather its notes at its end."""
    if state.src[state.pos] != "[":
        return False
    found = _NOTE.match(state.src, state.pos, state.posMax)
    if found is None or state.src[found.end() : found.end() + 1] == "(":
        return False
    before = state.src[state.pos - 1] if state.pos else "\n"
    is_note = bool(found[2]) and before == "\n"
    if not (is_note or found[1].isdecimal() or not before.isspace()):
        return False
    if not silent:
        token = state.push("footnote", "", 0)
        token.content, token.markup = found[1], ":" if is_note else ""
    state.pos = found.end() if is_note else found.end(1) + 1
    return True


def _hopeful(rule: RuleFuncInlineType) -> RuleFuncInlineType:
    """The rule for links or pictures, only where one can be. For each opening bracket it looks through the
    rest of the paragraph, which brackets without end would make minutes of."""

    def bounded(state: StateInline, silent: bool) -> bool:
        text, at = state.src, state.pos
        if text[at] not in "[!":
            return False
        if text.find("]", at) < 0 or text.count("[", at, at + 200) > _BRACKETS:
            return False
        if not state.env.get("references") and text.find("](", at) < 0:
            return False
        return rule(state, silent)

    return bounded


_BRACKETS = 40


def _shallow(rule: RuleFuncBlockType) -> RuleFuncBlockType:
    """The rule up to a depth; what is nested deeper is text of the level above. The parser itself would drop
    what lies beyond its own bound."""

    def bounded(state: StateBlock, start: int, end: int, silent: bool) -> bool:
        return state.level < _DEEPEST and rule(state, start, end, silent)

    return bounded


_DEEPEST = 40


def _reference(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    at = state.bMarks[start] + state.tShift[start]
    return not state.src.startswith("[^", at) and reference(state, start, end, silent)


@lru_cache(maxsize=1)
def parser() -> MarkdownIt:
    """The parser; built once, on first use."""
    return _made()


def _made() -> MarkdownIt:
    md = MarkdownIt("commonmark", {"html": False, "maxNesting": 100}).enable(["table", "strikethrough"])
    md.inline.ruler.at("emphasis", _emphasis)
    md.inline.ruler.before("escape", "formula", _formula)
    md.inline.ruler.at("link", _hopeful(link))
    md.inline.ruler.at("image", _hopeful(image))
    md.inline.ruler.before("link", "footnote", _note)
    # A footnote is no definition of a link, whose name would begin with "^".
    md.block.ruler.at("reference", _reference)
    md.block.ruler.at(
        "blockquote", _shallow(blockquote), {"alt": ["paragraph", "reference", "blockquote", "list"]}
    )
    md.block.ruler.at("list", _shallow(list_block), {"alt": ["paragraph", "reference", "blockquote"]})
    ends = ["paragraph", "reference", "blockquote", "list"]
    md.block.ruler.before("fence", "formula_block", _formula_block, {"alt": ends})
    return md


@lru_cache(maxsize=1)
def outline() -> MarkdownIt:
    """The same dialect without the insides of paragraphs: where blocks begin and end."""
    md = _made()
    md.core.ruler.enableOnly(["normalize", "block"])
    return md


def is_display(text: str) -> bool:
    """Whether a paragraph is nothing but a formula that asks for a line of its own."""
    found = _FORMULA.match(text) if text.startswith(("$$", "\\[")) else None
    return found is not None and found.end() == len(text)


def inside(text: str, references: dict[str, Any]) -> tuple[list[Token], bool]:
    """The tokens of a paragraph's inside, and whether it is settled: nothing in it waits for its other half,
    so that what is written behind it (a letter first, after a space or a stop) cannot change it."""
    token = Token("inline", "", 0)
    token.children = children = []
    md = parser()
    md.inline.parse(text, md, {"references": references} if references else {}, children)
    # A formula's bracket without its end is read as an escaped one.
    settled = not any(t.type == "text_special" and t.content in "([" for t in children)
    text_join(StateCore("", md, {}, [token]))
    depth = 0
    for child in token.children:
        if child.type == "text":
            settled = settled and _WAITING.search(child.content) is None
            for bracket in _SQUARE.findall(child.content):
                depth = depth + 1 if bracket == "[" else max(0, depth - 1)
    return token.children, settled and not depth


_WAITING = re.compile(r"[*`$]|~~|<[A-Za-z/!?]|(?<![0-9A-Za-z])_|_(?![0-9A-Za-z])")
_SQUARE = re.compile(r"[\[\]]")
