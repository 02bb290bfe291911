"""Markdown → blocks of HTML for Qt's rich text: nothing lost, nothing fetched, links and code our own way.

Qt's own Markdown reader is not used because it swallows everything after an unknown tag. The text is cut
into top-level blocks, so that each can be laid out by itself and a growing answer only renders its end.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from html import escape
from typing import TYPE_CHECKING, Any, Literal, TypedDict
from urllib.parse import urlsplit

from app.i18n import tr
from ui.render.code import LIMIT, label, load, loaded, spans
from ui.render.style import RenderStyle

if TYPE_CHECKING:
    from markdown_it.token import Token

Kind = Literal["prose", "quote", "code", "table", "rule"]

COPY_SCHEME = "jieli-copy"
"""Links of this scheme are ours: `jieli-copy:<key>` copies the code `Block.codes` has under that key."""

TOP = "margin-top:8px"
"""Every block begins with this much room; whoever puts a block first in a piece takes it away."""

_URL = re.compile(r"https?://[^\s<>\"'`，。；：、！？（）【】「」《》”’|\\^{}]+")
_OWN = {"list_item_open", "thead_open", "thead_close", "tbody_open", "tbody_close"}


@dataclass(frozen=True, slots=True)
class Block:
    """One top-level block.

    `line` is the line it starts on (from 0), `lines` how many it spans in its source. `text` and `language`
    are set for code; `closed` False = a fence that has not ended. `columns` is set for tables. `leaf` means
    that a blank line ends the block for good.
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
    codes: tuple[tuple[str, str], ...] = ()


class _Place(TypedDict):
    line: int
    lines: int


def warm() -> None:
    """Load the libraries behind Markdown and code colours (0.1–0.2 s); meant for a worker thread."""
    from ui.render.parser import parser

    parser().parse("warm")
    for language in ("python", "bash", "json"):
        load(language)


class Markdown:
    """Renders Markdown in one style."""

    def __init__(self, style: RenderStyle) -> None:
        from ui.render.parser import has_cjk, parser

        self._md = parser()
        self._has_cjk = has_cjk
        self._style = style
        self._codes: list[tuple[str, str]] = []
        lead = f"line-height:{style.line_height}px"
        self._p = f'<p style="{TOP};margin-bottom:0;{lead}">'
        self._lead = lead
        self._code_open = (
            f'<span style="font-family:{style.mono};font-size:{round(style.body * 0.9)}px;'
            f'background-color:{style.sunken}">'
        )

    def references(self, text: str) -> dict[str, Any]:
        """The link definitions of a whole text, for rendering its parts."""
        env: dict[str, Any] = {}
        rules = self._md.get_active_rules()["core"]
        with self._md.reset_rules():
            self._md.core.ruler.enableOnly([r for r in rules if r in ("normalize", "block")])
            self._md.parse(text, env)
        return env.get("references", {})

    def blocks(self, text: str, references: Mapping[str, Any] | None = None) -> list[Block]:
        """The top-level blocks of `text` in order."""
        # The parser keeps the first definition of a name; a copy keeps ours clean.
        env: dict[str, Any] = {"references": dict(references)} if references else {}
        text = normal(text)
        tokens = self._md.parse(text, env)
        source = text.split("\n")
        out: list[Block] = []
        start = depth = 0
        for i, token in enumerate(tokens):
            depth += token.nesting
            if depth == 0:
                out.append(self._block(tokens[start : i + 1], source))
                start = i + 1
        return out

    def _block(self, tokens: Sequence[Token], source: Sequence[str]) -> Block:
        first = tokens[0]
        begin, end = first.map or (0, 0)
        place = _Place(line=begin, lines=end - begin)
        self._codes = []
        match first.type:
            case "fence":
                last = source[end - 1] if end - begin > 1 and end <= len(source) else ""
                closed = re.fullmatch(rf" {{0,3}}{re.escape(first.markup)}{first.markup[0]}*[ \t]*", last)
                return Block(
                    kind="code",
                    html="",
                    text=first.content.removesuffix("\n"),
                    language=_language(first.info),
                    markup=first.markup,
                    closed=closed is not None,
                    leaf=closed is not None,
                    **place,
                )
            case "code_block":
                return Block(kind="code", html="", text=first.content.removesuffix("\n"), **place)
            case "hr":
                return Block(kind="rule", html="<hr>", leaf=True, **place)
            case "table_open":
                columns = sum(1 for t in tokens if t.type == "th_open")
                html = self._flow(tokens)
                return Block(
                    kind="table", html=html, columns=columns, leaf=True, codes=tuple(self._codes), **place
                )
            case "blockquote_open":
                html = self._flow(tokens[1:-1])
                return Block(kind="quote", html=html, codes=tuple(self._codes), **place)
            case kind:
                html = self._flow(tokens)
                leaf = kind in ("paragraph_open", "heading_open")
                return Block(kind="prose", html=html, leaf=leaf, codes=tuple(self._codes), **place)

    def _flow(self, tokens: Sequence[Token]) -> str:
        out: list[str] = []
        lists: list[str] = []
        numbers: list[int] = []
        for token in tokens:
            match token.type:
                case "inline":
                    out.append(self._inline(token.children or ()))
                case "paragraph_open" if not token.hidden:
                    out.append(self._p)
                case "paragraph_close" if not token.hidden:
                    out.append("</p>")
                case "paragraph_open" | "paragraph_close":
                    pass
                case "heading_open":
                    size, height = self._style.heading(int(token.tag[1]))
                    out.append(
                        f'<p style="{TOP};margin-bottom:0;line-height:{height}px">'
                        f'<span style="font-size:{size}px;font-weight:600">'
                    )
                case "heading_close":
                    out.append("</span></p>")
                case "bullet_list_open" | "ordered_list_open":
                    tag = "ul" if token.type.startswith("bullet") else "ol"
                    start = f' start="{token.attrGet("start")}"' if token.attrGet("start") is not None else ""
                    top = TOP if not lists else "margin-top:0"
                    out.append(f'<{tag}{start} style="{top};margin-bottom:0">')
                    lists.append(tag)
                    numbers.append(0)
                case "bullet_list_close" | "ordered_list_close":
                    out.append(f"</{lists.pop()}>")
                    numbers.pop()
                case "list_item_open":
                    gap = "margin-top:0" if numbers[-1] == 0 else "margin-top:2px"
                    numbers[-1] += 1
                    out.append(f'<li style="{gap};{self._lead}">')
                case "list_item_close":
                    out.append("</li>")
                case "fence" | "code_block":
                    out.append(self._nested_code(token))
                case "formula_block":
                    out.append(f"{self._p}{self._code(token.content)}</p>")
                case "hr":
                    out.append("<hr>")
                case "blockquote_open":
                    out.append("<blockquote>")
                case "blockquote_close":
                    out.append("</blockquote>")
                case "table_open":
                    out.append(
                        f'<table bgcolor="{self._style.line}" cellspacing="1" cellpadding="0" border="0">'
                    )
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
        """Code inside a list or quotation: coloured, wrapped where it must be, with its own copy link."""
        text = token.content.removesuffix("\n")
        language = _language(token.info)
        key = hashlib.sha1(text.encode("utf-8", "replace"), usedforsecurity=False).hexdigest()[:16]
        self._codes.append((key, text))
        s = self._style
        head = (
            f'<p style="margin-top:2px;margin-bottom:2px"><span style="font-size:12px;color:{s.ink_3}">'
            f"{escape(label(language))} </span>"
            f'<a href="{COPY_SCHEME}:{key}" style="font-size:12px;color:{s.ink_2};text-decoration:none">'
            f"{escape(tr('transcript.copy'))}</a></p>"
        )
        body = self.coloured(text, language)
        return (
            f'<table width="100%" bgcolor="{s.line}" cellspacing="1" cellpadding="0"><tr>'
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

    def _code(self, text: str) -> str:
        return f"{self._code_open}{_keep_spaces(escape(text))}</span>"

    def _inline(self, tokens: Sequence[Token]) -> str:
        out: list[str] = []
        links: list[bool] = []
        emphasis: list[str] = []
        for i, token in enumerate(tokens):
            match token.type:
                case "text":
                    out.append(escape(token.content) if any(links) else self._linked(token.content))
                case "softbreak" | "hardbreak":
                    out.append("<br>")
                case "code_inline" | "formula":
                    out.append(self._code(token.content))
                case "strong_open" | "strong_close":
                    out.append('<span style="font-weight:600">' if token.nesting > 0 else "</span>")
                case "em_open":
                    # Chinese is never slanted; it is made heavier instead.
                    inside = "".join(t.content for t in tokens[i + 1 : _closing(tokens, i)])
                    heavy = self._has_cjk(inside)
                    emphasis.append("</span>" if heavy else "</i>")
                    out.append('<span style="font-weight:600">' if heavy else "<i>")
                case "em_close":
                    out.append(emphasis.pop())
                case "s_open" | "s_close":
                    out.append(f"<{'/' if token.nesting < 0 else ''}s>")
                case "link_open":
                    href = str(token.attrGet("href") or "")
                    links.append(not href.lower().startswith(COPY_SCHEME))
                    out.append(self._anchor(href) if links[-1] else "")
                case "link_close":
                    out.append("</a>" if links.pop() else "")
                case "image":
                    out.append(self._image(token, inside_link=any(links)))
                case _:
                    out.append(escape(token.content))
        return _task(tokens, "".join(out))

    def _anchor(self, href: str) -> str:
        return f'<a href="{escape(href)}" style="color:{self._style.accent};text-decoration:underline">'

    def _linked(self, text: str) -> str:
        """Text with bare addresses made into links."""
        if "://" not in text:
            return escape(text)
        out: list[str] = []
        at = 0
        for found in _URL.finditer(text):
            url = found.group().rstrip(".,;:!?")
            if url.endswith(")") and url.count("(") < url.count(")"):
                url = url[:-1]
            out.append(escape(text[at : found.start()]))
            out.append(f"{self._anchor(url)}{escape(url)}</a>")
            at = found.start() + len(url)
        out.append(escape(text[at:]))
        return "".join(out)

    def _image(self, token: Token, *, inside_link: bool) -> str:
        """A picture is named and linked, never fetched: loading it could tell its host what was said."""
        source = str(token.attrGet("src") or "")
        try:
            host = urlsplit(source).hostname or source[:40]
        except ValueError:
            host = source[:40]
        text = escape(tr("transcript.image", alt=token.content or "…", host=host))
        return text if inside_link else f"{self._anchor(source)}{text}</a>"


def normal(text: str) -> str:
    """Text with `\\n` as its only newline and without NUL, as the parser would make it."""
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "\ufffd")


def _language(info: str) -> str:
    words = info.strip().split()
    return words[0].strip("{}.,") if words else ""


def _closing(tokens: Sequence[Token], start: int) -> int:
    depth = 0
    for i in range(start, len(tokens)):
        depth += (tokens[i].type == "em_open") - (tokens[i].type == "em_close")
        if depth == 0:
            return i
    return len(tokens)


def _keep_spaces(html: str) -> str:
    return html.replace("  ", " &nbsp;").replace("\n", "<br>")


def _task(tokens: Sequence[Token], html: str) -> str:
    """`[ ] ` and `[x] ` at the start of a line as the boxes Qt has no widget for."""
    if tokens and tokens[0].type == "text" and tokens[0].content[:4].lower() in ("[ ] ", "[x] "):
        return ("☐ " if tokens[0].content[1] == " " else "☑ ") + html[4:]
    return html


def first(block: Block) -> Block:
    """The block without its room above, for the top of a piece."""
    return replace(block, html=block.html.replace(TOP, "margin-top:0", 1))
