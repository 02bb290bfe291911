"""Markdown as HTML that stands by itself in a browser: nothing fetched, no scripts, formulas as inline SVG.

The same parser as the transcript's; the transcript's own HTML is made for Qt's rich text and means little to
a browser.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from markdown_it.renderer import RendererHTML

from app.i18n import tr
from ui.render import inline
from ui.render.code import LIMIT, label, load, spans
from ui.render.flow import language_of
from ui.render.formula_svg import LONGEST, UNKNOWN, inside, svg_of
from ui.render.markdown import normal
from ui.render.parser import has_cjk, parser

if TYPE_CHECKING:
    from markdown_it.token import Token
    from markdown_it.utils import EnvType, OptionsDict

_SAFE = ("http", "https", "mailto")
_MEMORY = 500
_SIZE = 16


class Markup:
    """Renders messages. One instance keeps what it has drawn."""

    def __init__(self) -> None:
        self._md = parser()
        self._pages = _Pages(self._md)

    def html(self, text: str) -> str:
        """An answer's Markdown."""
        env: dict[str, Any] = {}
        tokens = self._md.parse(normal(text), env)
        return self._pages.render(tokens, self._md.options, env)

    @staticmethod
    def plain(text: str) -> str:
        """What a user wrote, as it was written."""
        return f'<div class="plain">{linked(text)}</div>'


class _Pages(RendererHTML):
    """The rules that differ from a Markdown parser's own."""

    def __init__(self, md: Any) -> None:
        super().__init__(md)
        self._drawn: dict[str, str] = {}

    def text(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        content = tokens[idx].content
        if idx == 0 and content[:4].lower() in ("[ ] ", "[x] "):
            return ("☐ " if content[1] == " " else "☑ ") + linked(content[4:])
        depth = sum((t.type == "link_open") - (t.type == "link_close") for t in tokens[:idx])
        return escape(content) if depth else linked(content)

    def softbreak(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        return "<br>\n"

    def em_open(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        """Chinese is never slanted; it is made heavier instead."""
        depth = 0
        for token in tokens[idx:]:
            depth += (token.type == "em_open") - (token.type == "em_close")
            if depth == 0:
                break
            if has_cjk(token.content):
                return '<em class="heavy">'
        return "<em>"

    def link_open(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        href = str(tokens[idx].attrGet("href") or "")
        return _anchor(href) if is_safe(href) else "<a>"

    def image(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        """A picture is named and linked, never fetched: loading it could tell its host what was said."""
        token = tokens[idx]
        source = str(token.attrGet("src") or "")
        words = escape(tr("transcript.image", alt=token.content or "…", host=_host(source)))
        depth = sum((t.type == "link_open") - (t.type == "link_close") for t in tokens[:idx])
        return words if depth or not is_safe(source) else f"{_anchor(source)}{words}</a>"

    def footnote(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        return f"<sup>[{escape(tokens[idx].content)}]</sup>"

    def formula(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        return self._formula(tokens[idx].content)

    def formula_block(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        return f"<p>{self._formula(tokens[idx].content)}</p>\n"

    def fence(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        token = tokens[idx]
        return _code(token.content, language_of(token.info))

    def code_block(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        return _code(tokens[idx].content, "")

    def table_open(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        return '<div class="wide"><table>\n'

    def table_close(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        return "</table></div>\n"

    def _formula(self, source: str) -> str:
        found = self._drawn.get(source)
        if found is None:
            if len(self._drawn) >= _MEMORY:
                self._drawn.clear()
            found = self._drawn[source] = _drawn(source)
        return found


def _drawn(source: str) -> str:
    """A formula as SVG that takes the text's colour; its source in code style where it cannot be drawn."""
    latex, display = inside(source)
    fallback = f"<code>{escape(source.strip())}</code>"
    if not latex or len(latex) > LONGEST or UNKNOWN.search(latex):
        return fallback
    found = svg_of(latex, _SIZE, "currentColor", display=display)
    if found is None:
        return fallback
    svg, _width, _above, below = found
    look = "display:block;margin:8px auto" if display else f"vertical-align:{-below:.2f}px"
    named = f'<svg role="img" aria-label="{escape(latex)}" style="{look};max-width:100%" '
    return svg.replace("<svg ", named, 1)


def _code(text: str, language: str) -> str:
    text = text.removesuffix("\n")
    name = f'<div class="language">{escape(label(language))}</div>' if language else ""
    return f'<div class="code">{name}<pre><code>{coloured(text, language)}</code></pre></div>\n'


def coloured(text: str, language: str) -> str:
    """Code with a class for each of the theme's roles; plain when the language is unknown or it is long."""
    lexer = load(language) if language and len(text) <= LIMIT else None
    if lexer is None:
        return escape(text)
    raw = text.encode("utf-16-le", "surrogatepass")
    out: list[str] = []
    at = 0

    def part(start: int, end: int) -> str:
        return escape(raw[start * 2 : end * 2].decode("utf-16-le", "replace"))

    for start, length, role in spans(text, lexer):
        if start < at:
            continue
        out.append(part(at, start))
        at = start + length
        out.append(f'<span class="{role}">{part(start, at)}</span>')
    out.append(part(at, len(raw) // 2))
    return "".join(out)


def is_safe(url: str) -> bool:
    """Whether a link may be followed from a page."""
    try:
        return urlsplit(url).scheme.lower() in _SAFE
    except ValueError:
        return False


def linked(text: str) -> str:
    """Text with bare addresses made into links."""
    return inline.linked(text, _anchor)


def _anchor(href: str) -> str:
    host = escape(_host(href))
    return f'<a href="{escape(href)}" title="{host}" rel="noopener noreferrer nofollow" target="_blank">'


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or url[:60]
    except ValueError:
        return url[:60]
