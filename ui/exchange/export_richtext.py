"""What is said as Qt's rich text, for paper and pictures: the transcript's blocks without its controls."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import escape

from PySide6.QtCore import QBuffer, QByteArray, QSize, Qt, QUrl
from PySide6.QtGui import QFont, QImage, QImageReader, QTextDocument

from app.exchange.exports.markdown import broken_off, day
from app.exchange.exports.sinks import Said
from app.i18n import tr
from app.store.entries import Attachment
from app.store.records import Conversation
from ui.exchange.export_fitting import Fitting
from ui.exchange.export_markup import linked
from ui.render.code import label, load
from ui.render.flow import language_of
from ui.render.formula_svg import LONGEST
from ui.render.inline import FORMULA
from ui.render.markdown import Block, Markdown
from ui.render.style import style_of
from ui.theme import Theme
from ui.transcript.formulas import Descents, Drawn, Order, descents, draw, on_line

_SHARP = 4.0
"""Pixels of a formula's picture in each of the page."""

_KEPT = 400
"""Formulas that stay drawn."""

_SHARPEST = 2_000
"""Pixels of a picture's longer side."""

_PADDING = 8
"""Pixels round what stands in a box."""

_APART = "margin-top:8px;margin-bottom:8px"

_SCHEME = "jieli-part"

_FENCED = re.compile(r"^\s*(?:```+|~~~+)\s*([^\s`]+)", re.MULTILINE)


class RichText:
    """Gathers rich text; `document` lays it out and begins anew. It is `width` wide, `most` is the room for a
    picture in it, `grown` is called after each piece."""

    def __init__(
        self, theme: Theme, width: float, most: QSize, grown: Callable[[], None] = lambda: None
    ) -> None:
        self._theme = theme
        self._width = width
        self._most = most
        self._grown = grown
        self._style = style_of(theme)
        self._markdown = Markdown(self._style, paper=True)
        self._font = unhinted(theme.font("body"))
        self._fitting = Fitting(self._font, unhinted(theme.font("code")))
        self._formulas: dict[str, Drawn | None] = {}
        self._descents: Descents = ()
        self._hangs: dict[str, int] = {}
        self._images: dict[str, QImage] = {}
        self._html: list[str] = []
        self.length = 0
        """Characters gathered."""

    def document(self, before: str = "", after: str = "") -> QTextDocument:
        """What was gathered, between two pieces of rich text."""
        document = QTextDocument()
        document.setUndoRedoEnabled(False)
        document.setUseDesignMetrics(True)
        document.setDocumentMargin(0)
        document.setIndentWidth(24)
        document.setDefaultFont(self._font)
        for key, image in self._images.items():
            document.addResource(QTextDocument.ResourceType.ImageResource, QUrl(f"{_SCHEME}:{key}"), image)
        document.setHtml(f"{before}{''.join(self._html)}{after}")
        if self._hangs:
            on_line(document, self._hangs, self._font)
            self._hangs.clear()
        self._html.clear()
        self._images.clear()
        if len(self._formulas) > _KEPT:
            self._formulas.clear()
        self.length = 0
        return document

    def title(self, conversation: Conversation) -> None:
        """Its title and what it was told to be."""
        title = conversation.title or tr("sidebar.untitled")
        self._add(
            '<p style="margin:0"><span style="font-size:22px;font-weight:600">'
            f"{escape(title)}</span></p>"
            f'<p style="margin-top:2px;margin-bottom:8px">{self._faint(day(conversation.created_at))}</p>'
        )
        if conversation.system.strip():
            self._add(self._aside(tr("export.system"), linked(conversation.system)))

    def say(self, said: Said) -> None:
        """Add a message."""
        message = said.message
        column = f" ({said.column})" if said.column else ""
        self._add(
            '<p style="margin-top:22px;margin-bottom:4px"><span style="font-size:13px;font-weight:600">'
            f"{escape(said.speaker)}{column}</span> {self._faint(day(message.created_at))}</p>"
        )
        for part in said.parts:
            self._add(self._part(part))
        if message.reasoning.strip():
            self._add(self._aside(tr("export.thinking"), escape(message.reasoning.strip())))
        if message.text.strip():
            if message.role == "user":
                self._boxed(linked(message.text.strip()), self._theme.hex("bg-user"))
            else:
                self._blocks(message.text)
        if ended := broken_off(message):
            self._add(f"<p>{self._faint(ended)}</p>")

    def _blocks(self, text: str) -> None:
        """An answer, block by block."""
        for language in {found.lower() for found in _FENCED.findall(text)}:
            load(language_of(language))
        for block in self._markdown.blocks(text):
            if block.kind == "code":
                head = (
                    f'<p style="margin:0">{self._faint(label(block.language))}</p>' if block.language else ""
                )
                body = self._markdown.coloured(block.text, block.language)
                size = self._fitting.code(block.text, self._width - 2 * _PADDING)
                self._boxed(
                    f'{head}<pre style="margin:0;white-space:pre-wrap;font-family:{self._style.mono};'
                    f'font-size:{size}px;line-height:{round(size * 1.5)}px">{body}</pre>',
                    self._style.sunken,
                )
            else:
                self._add(self._drawn(block))

    def _boxed(self, html: str, colour: str) -> None:
        self._add(
            f'<table width="100%" bgcolor="{colour}" cellspacing="0" cellpadding="{_PADDING}" border="0" '
            f'style="{_APART}"><tr><td style="white-space:pre-wrap">{html}</td></tr>'
            "</table>"
        )

    def _aside(self, title: str, html: str) -> str:
        return (
            f'<blockquote style="margin-left:16px;margin-right:0"><p>{self._faint(title)}</p>'
            f'<p style="white-space:pre-wrap;color:{self._style.ink_2}">{html}</p></blockquote>'
        )

    def _faint(self, text: str) -> str:
        return f'<span style="font-size:11px;color:{self._style.ink_3}">{escape(text)}</span>'

    def _drawn(self, block: Block) -> str:
        """A block with its formulas as pictures; a copy link means nothing on paper."""
        for key, source in block.formulas:
            if key not in self._formulas and len(source) <= LONGEST:
                self._descents = self._descents or tuple(descents(self._font))
                order = Order(source, self._style.body, self._style.ink, _SHARP)
                self._formulas[key] = draw(order, self._descents)
            if (found := self._formulas.get(key)) is not None:
                self._images[key] = found.image
        html = FORMULA.sub(self._picture, block.html)
        html = html.replace('align="center" style="margin-top:0"', f'align="center" style="{_APART}"')
        if block.kind == "quote":
            return (
                f'<table cellspacing="0" cellpadding="0" style="{_APART}"><tr><td width="2" '
                f'bgcolor="{self._style.line}"></td><td style="padding-left:12px">{html}</td></tr></table>'
            )
        if block.kind == "table":
            html = self._fitting.table(html, block.columns, self._width) if not block.formulas else html
            return html.replace("<table ", f'<table style="{_APART}" ', 1)
        return html

    def _picture(self, found: re.Match[str]) -> str:
        drawn = self._formulas.get(found[1])
        if drawn is None:
            return found[0]
        self._hangs[f"{_SCHEME}:{found[1]}"] = drawn.hang
        return f'<img src="{_SCHEME}:{found[1]}" width="{drawn.width}" height="{drawn.height}">'

    def _part(self, part: Attachment) -> str:
        """A picture as it fits the page; of anything else its name."""
        image = _decoded(part.data) if part.kind == "image" else None
        if image is None:
            return f"<p>{self._faint(part.name or tr('export.attachment'))}</p>"
        most = self._most
        size = image.size()
        if size.width() > most.width() or size.height() > most.height():
            size.scale(most, Qt.AspectRatioMode.KeepAspectRatio)
        self._images[part.id] = image
        return f'<p><img src="{_SCHEME}:{part.id}" width="{size.width()}" height="{size.height()}"></p>'

    def _add(self, html: str) -> None:
        self._html.append(html)
        self.length += len(html)
        self._grown()


def unhinted(font: QFont) -> QFont:
    """A font whose letters stand where their outlines want to, at any resolution."""
    made = QFont(font)
    made.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    return made


def _decoded(data: bytes) -> QImage | None:
    """A picture, no sharper than paper shows it; None when it is none."""
    buffer = QBuffer()
    buffer.setData(QByteArray(data))
    reader = QImageReader(buffer)
    reader.setAutoTransform(True)
    size = reader.size()
    if size.isValid() and max(size.width(), size.height()) > _SHARPEST:
        size.scale(QSize(_SHARPEST, _SHARPEST), Qt.AspectRatioMode.KeepAspectRatio)
        reader.setScaledSize(size)
    image = reader.read()
    return None if image.isNull() else image
