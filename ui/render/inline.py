"""The inside of a paragraph as HTML: links that name their target, code, formulas, footnotes, no pictures."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from app.i18n import tr
from ui.render.cuts import DUMMY, SOFT
from ui.render.style import RenderStyle

if TYPE_CHECKING:
    from markdown_it.token import Token

FORMULA = re.compile(r'<span class="f([0-9a-f]{16})"[^>]*>(.*?)</span>', re.DOTALL)
"""A formula in HTML: its source in code style, to be replaced by its picture. (Comments round it would do,
but Qt drops a space behind a comment.)"""

_URL = re.compile(r"https?://[^\s<>\"'`，。；：、！？（）【】「」《》”’|\\^{}]+")


_STRETCH = 160
"""Characters read at once, if they can stand by themselves."""

_BREAK = re.compile(r"(?<=[\s。，；！？、])(?=[0-9A-Za-z\u4e00-\u9fff])")
"""Where a stretch may end: no mark of Markdown stands on either side, and no address goes on."""

_KNOWN, _LONGEST_KNOWN = 400, 1_000
"""How many stretches are remembered, and how long they may be."""


@dataclass(frozen=True, slots=True)
class _Stretch:
    """A part of a text as HTML with its formulas. `settled`: what follows cannot change it."""

    html: str
    formulas: tuple[tuple[str, str], ...]
    settled: bool

    def take(self, formulas: list[tuple[str, str]]) -> str:
        formulas.extend(self.formulas)
        return self.html


def key_of(text: str) -> str:
    """A short name of a text, for links and pictures within HTML."""
    return hashlib.sha1(text.encode("utf-8", "replace"), usedforsecurity=False).hexdigest()[:16]


def linked(text: str, anchor: Callable[[str], str]) -> str:
    """Plain text as HTML with its bare addresses made into links; `anchor` opens one."""
    if "://" not in text:
        return escape(text)
    out: list[str] = []
    at = 0
    for found in _URL.finditer(text):
        url = found.group().rstrip(".,;:!?")
        if url.endswith(")") and url.count("(") < url.count(")"):
            url = url[:-1]
        out.append(escape(text[at : found.start()]))
        out.append(f"{anchor(url)}{escape(url)}</a>")
        at = found.start() + len(url)
    out.append(escape(text[at:]))
    return "".join(out)


class Inline:
    """Renders the inside of paragraphs. `formulas` gathers (key, source) of what was met; its user empties
    it. `references` are the link definitions that hold.

    A long text is read in stretches, each as long as it must be to stand by itself, and those read lately are
    remembered: of a growing answer only what is new is read.
    """

    def __init__(self, style: RenderStyle) -> None:
        from ui.render.parser import has_cjk, inside

        self._has_cjk, self._inside = has_cjk, inside
        self._style = style
        self.formulas: list[tuple[str, str]] = []
        self.references: dict[str, Any] = {}
        self._known: dict[tuple[str, bool], _Stretch] = {}
        self._code_open = (
            f'<span style="font-family:{style.mono};font-size:{round(style.body * 0.9)}px;'
            f'background-color:{style.sunken}">'
        )

    def formula(self, source: str) -> str:
        """A formula as its source, marked so that its picture can take its place."""
        key = key_of(source)
        self.formulas.append((key, source))
        return self.code(source).replace("<span ", f'<span class="f{key}" ', 1)

    def code(self, text: str) -> str:
        """Text in code style within a line."""
        if SOFT in text:
            text = text.replace(f" {SOFT}", "").replace(SOFT, "")
        return f"{self._code_open}{_keep_spaces(escape(text))}</span>"

    def html(self, text: str) -> str:
        """The HTML of a paragraph's inside. It is the same as if all were read at once."""
        if self.references:
            return self._read(text, first=True).take(self.formulas)
        out: list[str] = []
        at, size = 0, _STRETCH
        while at < len(text):
            found = _BREAK.search(text, at + size)
            end = found.start() if found is not None else len(text)
            stretch = self._stretch(text[at:end], first=not at)
            if end < len(text) and not stretch.settled:
                size *= 2
                continue
            out.append(stretch.take(self.formulas))
            at, size = end, _STRETCH
        return "".join(out)

    def forget(self) -> None:
        """Remember nothing: the text has ended."""
        self._known.clear()

    def _stretch(self, text: str, *, first: bool) -> _Stretch:
        known = self._known.pop((text, first), None)
        if known is None:
            known = self._read(text, first=first)
        if len(text) <= _LONGEST_KNOWN:
            self._known[text, first] = known
            if len(self._known) > _KNOWN:
                del self._known[next(iter(self._known))]
        return known

    def _read(self, text: str, *, first: bool) -> _Stretch:
        tokens, settled = self._inside(text, self.references)
        met, self.formulas = self.formulas, []
        html = self._written(tokens)
        found, self.formulas = tuple(self.formulas), met
        return _Stretch(_unmarked(_task(tokens, html) if first else html), found, settled)

    def _written(self, tokens: Sequence[Token]) -> str:
        out: list[str] = []
        inside_link = False
        emphasis: list[str] = []
        for i, token in enumerate(tokens):
            match token.type:
                case "text":
                    out.append(escape(token.content) if inside_link else linked(token.content, self._anchor))
                case "softbreak" | "hardbreak":
                    out.append("<br>")
                case "code_inline":
                    out.append(self.code(token.content))
                case "formula":
                    out.append(self.formula(_whole(token.content)))
                case "footnote":
                    out.append(self._note(token))
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
                    inside_link = True
                    out.append(self._anchor(href))
                case "link_close":
                    inside_link = False
                    out.append("</a>")
                case "image":
                    out.append(self._image(token, inside_link=inside_link))
                case _:
                    out.append(escape(token.content))
        return "".join(out)

    def _note(self, token: Token) -> str:
        size, accent = round(self._style.body * 0.8), self._style.accent
        words = escape(token.content if token.content.isdecimal() else f"^{token.content}")
        return f'<span style="vertical-align:super;font-size:{size}px;color:{accent}">[{words}]</span>'

    def _anchor(self, href: str) -> str:
        return f'<a href="{escape(href)}" style="color:{self._style.accent};text-decoration:underline">'

    def _image(self, token: Token, *, inside_link: bool) -> str:
        """A picture is named and linked, never fetched: loading it could tell its host what was said."""
        source = str(token.attrGet("src") or "")
        try:
            host = urlsplit(source).hostname or source[:40]
        except ValueError:
            host = source[:40]
        text = escape(tr("transcript.image", alt=token.content or "…", host=host))
        return text if inside_link else f"{self._anchor(source)}{text}</a>"


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


def _whole(text: str) -> str:
    """A formula's source as it was written, without breaks made here."""
    return text.replace(f"\n{SOFT}", "").replace(SOFT, "").replace(DUMMY, "")


def _unmarked(html: str) -> str:
    """HTML without the marks that cutting left in it, and without the breaks before them."""
    if SOFT not in html and DUMMY not in html:
        return html
    html = html.replace(f"{DUMMY}<br>", "").replace(DUMMY, "")
    return html.replace(f"<br>{SOFT}", "").replace(f" {SOFT}", "").replace(SOFT, "")
