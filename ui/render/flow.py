"""Blocks as HTML for Qt's rich text: paragraphs, lists, tables, and code inside them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from ui.render.code import LIMIT, label, loaded, spans
from ui.render.cuts import DUMMY, Lead, hardened, start_of
from ui.render.inline import Inline
from ui.render.style import BULLET, RenderStyle

if TYPE_CHECKING:
    from markdown_it.token import Token

TOP = "margin-top:8px"
"""Every block begins with this much room; whoever puts a block first in a piece takes it away."""


_PAINTED = f";list-style-type:none;-qt-list-number-prefix:'{BULLET}'"
_NOTHING_AGAIN = re.compile(r'<ul style="[^"]*;list-style-type:none"><li style="[^"]*"></li></ul>')
_QUOTE_CUT = '<blockquote style="margin-bottom:0">'
_QUOTE_AGAIN = '<blockquote style="margin-top:0;margin-bottom:0">'
_NO_QUOTE = re.compile(r"<blockquote[^>]*></blockquote>")
_NO_ITEMS = re.compile(r'<([ou]l)(?: start="\d+")? style="[^"]*"></\1>')
_OPENING = re.compile(r"(?:<[^>]*>)*")
_ROOM = re.compile(r"margin-top:\d+px")


@dataclass(frozen=True, slots=True)
class Nested:
    """Code that stands in lists, `depth` of them, or in a quotation, with `quotes` further ones within."""

    token: Token
    depth: int
    quotes: int


class _Lists:
    """The lists and quotations open while tokens are walked: numbers, and which items a lead opened again."""

    def __init__(self, lead: Lead | None, bullet: str) -> None:
        self._lead = lead
        self._bullet = bullet
        self._numbers = list(lead.numbers) if lead else []
        self._tags: list[str] = []
        self._items: list[int] = []
        self._next: list[int] = []
        self._reopened: list[bool] = []
        self._bullets: list[str] = []
        self._around: list[int] = []
        self.paragraphs: list[str] = []

    def open(self, token: Token, *, tasks: bool) -> str:
        """`tasks` = its first item is one: boxes stand in the place of bullets."""
        depth = len(self._tags)
        tag = "ul" if token.type == "bullet_list_open" else "ol"
        number = start_of(token)
        again = self._is_lead(token)
        if depth < len(self._numbers) and self._numbers[depth] >= 0:
            number, self._numbers[depth] = self._numbers[depth], -1
        self._tags.append(tag)
        self._around.append(-1)
        self._items.append(0)
        self._next.append(number)
        self._reopened.append(again)
        self._bullets.append("" if tag == "ol" else ";list-style-type:none" if tasks else self._bullet)
        top = "margin-top:0" if depth or again else TOP
        if again:
            return f'<ul style="{top};margin-bottom:0;list-style-type:none">'
        return f'<{tag}{self._start(number)} style="{top};margin-bottom:0{self._bullets[-1]}">'

    def _start(self, number: int) -> str:
        return f' start="{number}"' if self._tags[-1] == "ol" and number != 1 else ""

    def _is_lead(self, token: Token) -> bool:
        return self._lead is not None and token.map is not None and token.map[0] < self._lead.lines

    def close(self) -> str:
        self._items.pop()
        self._next.pop()
        self._bullets.pop()
        self._around.pop()
        tag = self._tags.pop()
        return "</ul>" if self._reopened.pop() else f"</{tag}>"

    @property
    def depth(self) -> int:
        """How many are open."""
        return len(self._tags)

    def quote(self, out: list[str]) -> None:
        """A quotation opens behind `out`."""
        self._around.append(len(out))
        out.append("<blockquote>")

    def end_quote(self) -> str:
        self._around.pop()
        return "</blockquote>"

    @property
    def quotes(self) -> int:
        """How many quotations are open."""
        return len(self._around) - len(self._tags)

    def interrupted(self, out: list[str], style: str) -> str:
        """Close behind `out` what is open; returns what opens it again, items without marks."""
        tags = ["ul" if again else tag for tag, again in zip(self._tags, self._reopened, strict=True)]
        self._reopened = [True] * len(tags)
        item = (
            f'<ul style="margin-top:0;margin-bottom:0;list-style-type:none"><li style="margin-top:0;{style}">'
        )
        opening = ""
        for at in self._around:
            opening += item if at < 0 else _QUOTE_AGAIN
            if at >= 0 and out[at] == "<blockquote>":
                out[at] = _QUOTE_CUT
        for at in reversed(self._around):
            out.append(f"</li></{tags.pop()}>" if at < 0 else "</blockquote>")
        # All that is open is opened again by the first of what follows.
        self._around = [min(at, 0) for at in self._around]
        return opening

    def item(self, token: Token, lines: Sequence[str], style: str) -> str:
        begin = token.map[0] if token.map else 0
        apart = begin > 0 and begin <= len(lines) and not lines[begin - 1].strip()
        gap = "margin-top:0" if self._items[-1] == 0 else TOP if apart else "margin-top:2px"
        self._items[-1] += 1
        self._next[-1] += not self._reopened[-1]
        return f'<li style="{gap};{style}">'

    def end_item(self) -> str:
        if not self._reopened[-1]:
            return "</li>"
        # What follows the item that was opened again has marks and numbers as before.
        self._reopened[-1] = False
        opener = f"<{self._tags[-1]}{self._start(self._next[-1])}"
        return f'</li></ul>{opener} style="margin-top:2px;margin-bottom:0{self._bullets[-1]}">'


class Flow:
    """Renders block tokens.

    Marks of lists and lines of tables are left to whoever shows the text; on `paper` Qt draws them.
    """

    def __init__(self, style: RenderStyle, inline: Inline, *, paper: bool = False) -> None:
        self._bullet = "" if paper else _PAINTED
        self._lines = f' bgcolor="{style.line}"' if paper else ""
        from ui.render.parser import is_display

        self._is_display = is_display
        self._style = style
        self._inline = inline
        self._lead = f"line-height:{style.line_height}px"
        self._p = f'<p style="{TOP};margin-bottom:0;{self._lead}">'

    def html(self, tokens: Sequence[Token], lines: Sequence[str], lead: Lead | None = None) -> str:
        """The HTML of these tokens, whose maps count `lines`."""
        return self._walked(tokens, lines, lead, None)

    def apart(self, tokens: Sequence[Token], lines: Sequence[str], lead: Lead | None) -> list[str | Nested]:
        """The same with the code by itself, also inside lists and quotations, which go on after it, numbers
        and all. Of code that goes on behind `lead`, what stands before it is the lead's own and left out."""
        parts: list[str | Nested] = []
        rest = self._walked(tokens, lines, lead, parts)
        if not parts:
            return [rest]
        parts.append(rest)
        if lead is not None and lead.code:
            parts = parts[next(i for i, part in enumerate(parts) if isinstance(part, Nested)) :]
        return [part for part in (_tidied(part, first=not i) for i, part in enumerate(parts)) if part]

    def _walked(
        self,
        tokens: Sequence[Token],
        lines: Sequence[str],
        lead: Lead | None,
        parts: list[str | Nested] | None,
    ) -> str:
        """The HTML; with `parts`, what stands before code and that code are put there."""
        out: list[str] = []
        lists = _Lists(lead, self._bullet)
        behind = skip = ""
        for i, token in enumerate(tokens):
            if skip:
                skip = "" if token.type == skip else skip
                continue
            before, behind = behind, token.type
            match token.type:
                case "inline" if self._is_display(token.content.strip()):
                    source = token.content.strip()
                    out.append(f'<p align="center" style="margin-top:0">{self._inline.formula(source)}</p>')
                case "inline":
                    out.append(self._inline.html(token.content))
                case "paragraph_open" if before != "list_item_open":
                    goes_on = tokens[i + 1].content.startswith(DUMMY)
                    out.append(self._p.replace(TOP, "margin-top:0") if goes_on else self._p)
                    lists.paragraphs.append("</p>")
                case "paragraph_open":
                    # Whether an item's first paragraph stands apart is told by the blank line before the
                    # item, not by any other item of the list: what comes later changes nothing here.
                    lists.paragraphs.append("")
                case "paragraph_close":
                    out.append(lists.paragraphs.pop())
                case "heading_open" if tokens[i + 1].content == DUMMY:
                    skip, behind = "heading_close", before
                case "thead_open" if lead is not None and token.map and token.map[0] < lead.lines:
                    skip = "thead_close"
                case "heading_open":
                    size, height = self._style.heading(int(token.tag[1]))
                    out.append(
                        f'<p style="{TOP};margin-bottom:0;line-height:{height}px">'
                        f'<span style="font-size:{size}px;font-weight:600">'
                    )
                case "heading_close":
                    out.append("</span></p>")
                case "bullet_list_open" | "ordered_list_open":
                    out.append(lists.open(token, tasks=_begins_with_task(tokens, i)))
                case "bullet_list_close" | "ordered_list_close":
                    out.append(lists.close())
                case "list_item_open":
                    out.append(lists.item(token, lines, self._lead))
                case "list_item_close":
                    out.append(lists.end_item())
                case "fence" | "code_block" if parts is not None:
                    # Qt draws no mark for an item without any text.
                    out.append("&nbsp;" if before == "list_item_open" else "")
                    opening = lists.interrupted(out, self._lead)
                    parts += ["".join(out), Nested(token, lists.depth, lists.quotes)]
                    out = [opening]
                case "fence" | "code_block":
                    out.append(self._nested_code(token))
                case "formula_block":
                    out.append(self._p.replace("<p ", '<p align="center" '))
                    out.append(f"{self._inline.formula(token.content)}</p>")
                case "hr":
                    out.append("<hr>")
                case "blockquote_open":
                    lists.quote(out)
                case "blockquote_close":
                    out.append(lists.end_quote())
                case "table_open":
                    out.append(f'<table{self._lines} cellspacing="1" cellpadding="0" border="0">')
                case "table_close" | "tr_open" | "tr_close":
                    out.append(f"<{'/' if token.nesting < 0 else ''}{token.tag}>")
                case "th_open" | "td_open":
                    out.append(self._cell(token))
                case "th_close" | "td_close":
                    out.append("</span></td>")
                case _:
                    if token.content:
                        out.append(escape(token.content))
        return "".join(out)

    def _cell(self, token: Token) -> str:
        head = token.type == "th_open"
        colour = self._style.sunken if head else self._style.page
        align = str(token.attrGet("style") or "").removeprefix("text-align:") or "left"
        size, weight = round(self._style.body * 14 / 15), 600 if head else 400
        return (
            f'<td bgcolor="{colour}" align="{align}" style="padding:2px 12px;'
            f'line-height:{round(size * 11 / 7)}px"><span style="font-size:{size}px;font-weight:{weight}">'
        )

    def _nested_code(self, token: Token) -> str:
        """Code that stays in what is around it: coloured, wrapped where it must be."""
        text = hardened(token.content).removesuffix("\n")
        language = language_of(token.info)
        s = self._style
        head = (
            f'<p style="margin-top:2px;margin-bottom:2px"><span style="font-size:12px;color:{s.ink_3}">'
            f"{escape(label(language))} </span></p>"
        )
        body = self.coloured(text, language)
        return (
            f'<table width="100%"{self._lines} cellspacing="1" cellpadding="0"><tr>'
            f'<td bgcolor="{s.sunken}" style="padding:4px 12px">{head}'
            f'<pre style="margin-top:0;margin-bottom:2px;white-space:pre-wrap;font-family:{s.mono};'
            f'font-size:13px;line-height:20px">{body}</pre></td></tr></table>'
        )

    def coloured(self, text: str, language: str) -> str:
        """Code as HTML with inline colours; plain when the language is unknown or the code very long."""
        with_lexer = loaded(language) if len(text) <= LIMIT else None
        if with_lexer is None:
            return escape(text)
        # Cutting happens in UTF-16 units, as the spans are counted.
        raw = text.encode("utf-16-le", "surrogatepass")
        out: list[str] = []
        at = 0
        for start, length, role in spans(text, with_lexer):
            if start < at:
                continue
            out.append(escape(raw[at * 2 : start * 2].decode("utf-16-le", "replace")))
            at = start + length
            part = escape(raw[start * 2 : at * 2].decode("utf-16-le", "replace"))
            out.append(f'<span style="color:{self._style.code[role]}">{part}</span>')
        out.append(escape(raw[at * 2 :].decode("utf-16-le", "replace")))
        return "".join(out)


def _tidied(part: str | Nested, *, first: bool) -> str | Nested:
    """A stretch of lists without the items that were opened again for nothing and, unless it is the first,
    without room above."""
    if isinstance(part, Nested):
        return part
    before = ""
    while before != part:
        before, part = part, _NO_QUOTE.sub("", _NO_ITEMS.sub("", _NOTHING_AGAIN.sub("", part)))
    if first:
        return part
    found = _OPENING.match(part)
    end = found.end() if found else 0
    return _ROOM.sub("margin-top:0", part[:end]) + part[end:]


def language_of(info: str) -> str:
    """The language a fence names."""
    words = info.strip().split()
    return words[0].strip("{}.,") if words else ""


def _begins_with_task(tokens: Sequence[Token], at: int) -> bool:
    """Whether the first item of the list opened at `at` begins with a box."""
    first = tokens[at + 3] if at + 3 < len(tokens) else None
    return first is not None and first.type == "inline" and first.content[:4].lower() in ("[ ] ", "[x] ")
