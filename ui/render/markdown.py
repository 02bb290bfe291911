"""Markdown → blocks of HTML for Qt's rich text: nothing lost, nothing fetched, links and code our own way.

Qt's own Markdown reader is not used because it swallows everything after an unknown tag. The text is cut
into top-level blocks, so that each can be laid out by itself and a growing answer only renders its end.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

from ui.render import cuts
from ui.render.code import load
from ui.render.cuts import DUMMY, SOFT, Lead, hardened
from ui.render.flow import TOP, Flow, Nested, language_of
from ui.render.inline import Inline
from ui.render.style import RenderStyle

if TYPE_CHECKING:
    from markdown_it.token import Token

Kind = Literal["prose", "quote", "code", "table", "rule"]


@dataclass(frozen=True, slots=True)
class Block:
    """One top-level block.

    `line` is the line it starts on (from 0), `lines` how many it spans in its source. `text` and `language`
    are set for code; `closed` False = a fence that has not ended. `columns` is set for tables. `leaf` means
    that a blank line ends the block for good. `formulas` are (key, source) of those in `html`. `joined` is
    set when the block continues the one before: the pixels between them. `indent` counts the lists that code
    stands in, `quoted` says that it stands in a quotation, `inner` counts those further within. Code that
    `goes_on` is more of the code in the block before, the line break between them included. A list or
    quotation with code in it is shown as its `parts`.
    """

    kind: Kind
    html: str
    line: int = field(compare=False)
    lines: int = field(compare=False)
    text: str = ""
    language: str = ""
    markup: str = ""
    closed: bool = field(default=True, compare=False)
    columns: int = 0
    leaf: bool = field(default=False, compare=False)
    formulas: tuple[tuple[str, str], ...] = ()
    joined: int | None = None
    indent: int = 0
    quoted: bool = False
    inner: int = 0
    goes_on: bool = False
    parts: tuple[Block, ...] = ()


_APART = 12
"""Pixels between code in a list or quotation and how that goes on."""


def shown(blocks: Iterable[Block]) -> list[Block]:
    """The blocks as they are shown: those that have parts as these."""
    return [part for block in blocks for part in block.parts or (block,)]


def unended(block: Block) -> Block:
    """The block whose last code goes on in the block that follows."""
    if not block.parts:
        return block
    return replace(block, parts=(*block.parts[:-1], replace(block.parts[-1], closed=False)))


def warm() -> None:
    """Load the libraries behind Markdown and code colours (0.1–0.2 s); meant for a worker thread."""
    from ui.render.parser import parser

    parser().parse("warm")
    for language in ("python", "bash", "json"):
        load(language)


class Markdown:
    """Renders Markdown in one style. On `paper`, where nothing scrolls, code in a list or quotation stays
    within it."""

    def __init__(self, style: RenderStyle, *, paper: bool = False) -> None:
        from ui.render.parser import outline

        self._shape = outline()
        self._paper = paper
        self._inline = Inline(style)
        self._flow = Flow(style, self._inline, paper=paper)

    def references(self, text: str) -> dict[str, Any]:
        """The link definitions of a whole text, for rendering its parts."""
        env: dict[str, Any] = {}
        self._shape.parse(text, env)
        return env.get("references", {})

    def blocks(self, text: str, references: Mapping[str, Any] | None = None) -> list[Block]:
        """The blocks of `text` in order, as they are shown."""
        return shown(self.behind(None, normal(text), references))

    def behind(
        self, lead: Lead | None, text: str, references: Mapping[str, Any] | None = None
    ) -> list[Block]:
        """The top-level blocks of normal text whose first lines are `lead`, when there is one."""
        source = text.split("\n")
        # The parser keeps the first definition of a name; a copy keeps ours clean.
        env: dict[str, Any] = {"references": dict(references)} if references else {}
        groups = top_level(self._shape.parse(text, env))
        self._inline.references = env.get("references", {})
        return [self._block(group, source, None if i else lead) for i, group in enumerate(groups)]

    def forget(self) -> None:
        """Remember nothing of a text that has ended."""
        self._inline.forget()

    def coloured(self, text: str, language: str) -> str:
        """Code as HTML with inline colours; plain when its lexer is not loaded or it is very long."""
        return self._flow.coloured(text, language)

    def cut(self, text: str, lead: Lead | None, complete: int) -> tuple[int, Lead] | None:
        """Where the first block of `text` is to be cut (see `cuts.find`)."""
        groups = top_level(self._shape.parse(text))
        return cuts.find(groups[0], text.split("\n"), lead, complete, self._shape.parse) if groups else None

    def _block(self, tokens: Sequence[Token], source: Sequence[str], lead: Lead | None) -> Block:
        first = tokens[0]
        begin, end = first.map or (0, 0)
        self._inline.formulas = []
        if first.type in ("fence", "code_block"):
            return self._code(first, source)
        kind: Kind
        match first.type:
            case "hr":
                kind, html = "rule", "<hr>"
            case "table_open":
                kind, html = "table", self._flow.html(tokens, source, lead)
            case "blockquote_open" if self._paper:
                kind, html = "quote", self._flow.html(tokens[1:-1], source, lead)
            case "blockquote_open" | "bullet_list_open" | "ordered_list_open" if not self._paper:
                quoted = first.type == "blockquote_open"
                kind = "quote" if quoted else "prose"
                parts = self._flow.apart(tokens[1:-1] if quoted else tokens, source, lead)
                if all(isinstance(part, str) for part in parts):
                    html = "".join(part for part in parts if isinstance(part, str))
                else:
                    made = self._parts(parts, source, lead, kind)
                    return Block(kind, "", begin, end - begin, parts=made)
            case _:
                kind, html = "prose", self._flow.html(tokens, source, lead)
        return Block(
            kind=kind,
            html=html,
            line=begin,
            lines=end - begin,
            columns=sum(t.type == "th_open" for t in tokens) if kind == "table" else 0,
            leaf=first.type in ("hr", "table_open", "paragraph_open", "heading_open"),
            formulas=tuple(self._inline.formulas),
            joined=lead.joined if lead is not None else None,
        )

    def _parts(
        self, parts: Sequence[str | Nested], source: Sequence[str], lead: Lead | None, kind: Kind
    ) -> tuple[Block, ...]:
        """The parts of a list or quotation with code in it."""
        quoted = kind == "quote"
        made: list[Block] = []
        for n, part in enumerate(parts):
            joined = lead.joined if lead is not None and not n else None
            if isinstance(part, str):
                formulas = tuple(one for one in self._inline.formulas if one[0] in part)
                joined = _APART if n else joined
                block = Block(kind, part, 0, 0, formulas=formulas, joined=joined)
            else:
                block = self._code(part.token, source)
                more = lead is not None and lead.code and not n
                if more:
                    found = part.token.content
                    block = replace(block, text=hardened("\n" + found).removesuffix("\n") if found else "")
                begin, end = part.token.map or (0, 0)
                # Within a list the closing line may stand further in: lines are counted instead.
                content = part.token.content
                ended = end - begin == content.count("\n") + (content[-1:] not in ("", "\n")) + 2
                closed = ended or not block.markup or n + 1 < len(parts)
                joined = _APART if quoted and n else joined
                block = replace(
                    block, closed=closed, leaf=False, indent=part.depth, quoted=quoted, joined=joined,
                    inner=part.quotes, goes_on=more,
                )  # fmt: skip
            made.append(block)
        return tuple(made)

    @staticmethod
    def _code(token: Token, source: Sequence[str]) -> Block:
        begin, end = token.map or (0, 0)
        closed = True
        if token.type == "fence":
            last = source[end - 1] if end - begin > 1 and end <= len(source) else ""
            mark = re.escape(token.markup[0])
            closed = re.fullmatch(rf" {{0,3}}{mark}{{{len(token.markup)},}}[ \t]*", last) is not None
        return Block(
            kind="code",
            html="",
            line=begin,
            lines=end - begin,
            text=hardened(token.content).removesuffix("\n"),
            language=language_of(token.info),
            markup=token.markup,
            closed=closed,
            leaf=closed and token.type == "fence",
        )


def top_level(tokens: Sequence[Token]) -> list[list[Token]]:
    """The tokens of each top-level block."""
    out: list[list[Token]] = []
    start = depth = 0
    for i, token in enumerate(tokens):
        depth += token.nesting
        if depth == 0:
            out.append(list(tokens[start : i + 1]))
            start = i + 1
    return out


def normal(text: str) -> str:
    """Text with `\\n` as its only newline and without NUL, as the parser would make it."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "\ufffd")
    return text.replace(DUMMY, "\ufffd").replace(SOFT, "\ufffd")


def first(block: Block) -> Block:
    """The block without its room above, for the top of a piece."""
    return replace(block, html=block.html.replace(TOP, "margin-top:0", 1))
