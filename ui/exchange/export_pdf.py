"""Conversations as a PDF on A4: Qt lays the text out and cuts it into pages.

Runs on the export's own thread. The text is laid out in pixels of 1/96 inch without hinting, and drawn as
shapes and text at any resolution. It is laid out in small parts, each of which goes on where the last one
ended: memory stays bounded, and no call into Qt keeps the window waiting.
"""

from __future__ import annotations

import errno
import re
from collections.abc import Sequence
from html import escape
from pathlib import Path

from PySide6.QtCore import (
    QBuffer,
    QByteArray,
    QEventLoop,
    QFile,
    QFileDevice,
    QIODevice,
    QMarginsF,
    QRectF,
    QSize,
    QSizeF,
    Qt,
    QUrl,
)
from PySide6.QtGui import (
    QAbstractTextDocumentLayout,
    QFont,
    QFontMetrics,
    QImage,
    QImageReader,
    QPageLayout,
    QPageSize,
    QPainter,
    QPalette,
    QPdfWriter,
    QTextDocument,
)

from app.errors import KnownError
from app.exchange.exports.files import StagedFile, told
from app.exchange.exports.markdown import broken_off, day
from app.exchange.exports.sinks import Heading, Said
from app.i18n import tr
from app.store.entries import Attachment
from app.store.records import Conversation
from ui import theme as themes
from ui.exchange.export_markup import linked
from ui.render.code import label, load
from ui.render.flow import language_of
from ui.render.formula_svg import LONGEST
from ui.render.inline import COPY_SCHEME, FORMULA
from ui.render.markdown import Block, Markdown
from ui.render.style import style_of
from ui.transcript.formulas import Drawn, Order, draw

_DPI = 96
_MARGIN = 64
_FOOT = 24
_PART = 6_000
"""Characters of rich text laid out together, at least."""

_ROOM = 48
"""A part does not begin where less than this is left of a page."""

_SHARP = 4.0
"""Pixels of a formula's picture in each of the page."""

_KEPT = 400
"""Formulas that stay drawn."""

_SHARPEST = 2_000
"""Pixels of a picture's longer side."""

_APART = "margin-top:8px;margin-bottom:8px"

_THIN = '<p style="margin-top:0;margin-bottom:{}px;font-size:1px">&nbsp;</p>'

_SCHEME = "jieli-part"

_COPY = re.compile(rf'<a href="{COPY_SCHEME}:[^>]*>.*?</a>')
_FENCED = re.compile(r"^\s*(?:```+|~~~+)\s*([^\s`]+)", re.MULTILINE)


class PdfFile:
    """A `PageSink`. Needs a `QGuiApplication`, made in the main thread."""

    def __init__(self, path: Path, *, force: bool) -> None:
        self._force = force
        self._theme = themes.load_theme("light", 14)
        self._style = style_of(self._theme)
        self._markdown = Markdown(self._style)
        self._font = _unhinted(self._theme.font("body"))
        self._small = _unhinted(self._theme.font("caption"))
        self._formulas: dict[str, Drawn | None] = {}
        self._images: dict[str, QImage] = {}
        self._html: list[str] = []
        self._length = 0
        self._page = 0
        self._used = 0.0
        self._title = ""
        # Laying out starts timers; they need a dispatcher to lie in, though nobody waits for them.
        self._events: QEventLoop | None = QEventLoop()
        self._staged = StagedFile(path)
        self._file = QFile(str(self._staged.temporary))
        with told(path):
            if not self._file.open(QIODevice.OpenModeFlag.WriteOnly):
                raise OSError(self._file.errorString())
        self._writer = QPdfWriter(self._file)
        self._painter: QPainter | None = None
        self._set_up()

    def _set_up(self) -> None:
        writer = self._writer
        writer.setResolution(_DPI)
        writer.setPageSize(QPageSize(QPageSize.PageSizeId.A4))
        writer.setPageMargins(QMarginsF(0, 0, 0, 0), QPageLayout.Unit.Point)
        writer.setCreator("Jieli")
        self._paper = QSizeF(writer.width(), writer.height())
        self._area = QSizeF(self._paper.width() - 2 * _MARGIN, self._paper.height() - 2 * _MARGIN - _FOOT)

    def begin(self, headings: Sequence[Heading]) -> None:
        """Name the document."""
        one = len(headings) == 1
        self._writer.setTitle(headings[0].title if one else tr("export.title", n=len(headings)))

    def open_conversation(self, conversation: Conversation) -> None:
        """Begin a page with its title."""
        self._title = conversation.title or tr("sidebar.untitled")
        self._add(
            '<p style="margin:0"><span style="font-size:22px;font-weight:600">'
            f"{escape(self._title)}</span></p>"
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

    def close_conversation(self) -> None:
        """The next one begins on a new page."""
        self._flush()
        self._used = 0.0

    def finish(self) -> Path:
        """Put the file in its place."""
        self._flush()
        if self._painter is not None:
            self._painter.end()
        with told(self._staged.path):
            written = self._file.flush() and self._file.error() == QFileDevice.FileError.NoError
            if not written:
                raise OSError(errno.ENOSPC if _is_full(self._file) else errno.EIO, self._file.errorString())
            self._file.close()
        self._staged.put(force=self._force)
        self._events = None
        return self._staged.path

    def abandon(self) -> None:
        """Leave nothing behind."""
        if self._painter is not None and self._painter.isActive():
            self._painter.end()
        self._file.close()
        self._events = None
        self._staged.drop()

    # what is said, as rich text

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
                self._boxed(
                    f'{head}<pre style="margin:0;white-space:pre-wrap;font-family:{self._style.mono};'
                    f'font-size:12px;line-height:18px">{body}</pre>',
                    self._style.sunken,
                )
            else:
                self._add(self._drawn(block))

    def _boxed(self, html: str, colour: str) -> None:
        self._add(
            f'<table width="100%" bgcolor="{colour}" cellspacing="0" cellpadding="8" border="0" '
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
                x_height = float(QFontMetrics(self._font).xHeight())
                order = Order(source, self._style.body, self._style.ink, _SHARP, x_height)
                self._formulas[key] = draw(order)
            if (found := self._formulas.get(key)) is not None:
                self._images[key] = found.image
        html = FORMULA.sub(self._picture, _COPY.sub("", block.html))
        html = html.replace('align="center" style="margin-top:0"', f'align="center" style="{_APART}"')
        if block.kind == "quote":
            return (
                f'<table cellspacing="0" cellpadding="0" style="{_APART}"><tr><td width="2" '
                f'bgcolor="{self._style.line}"></td><td style="padding-left:12px">{html}</td></tr></table>'
            )
        return html.replace("<table ", f'<table style="{_APART}" ', 1) if block.kind == "table" else html

    def _picture(self, found: re.Match[str]) -> str:
        drawn = self._formulas.get(found[1])
        if drawn is None:
            return found[0]
        style = ' style="vertical-align:middle"' if drawn.hangs else ""
        return f'<img src="{_SCHEME}:{found[1]}" width="{drawn.width}" height="{drawn.height}"{style}>'

    def _part(self, part: Attachment) -> str:
        """A picture as it fits the page; of anything else its name."""
        image = _decoded(part.data) if part.kind == "image" else None
        if image is None:
            return f"<p>{self._faint(part.name or tr('export.attachment'))}</p>"
        most = self._area.toSize() * 0.7
        size = image.size()
        if size.width() > most.width() or size.height() > most.height():
            size.scale(most, Qt.AspectRatioMode.KeepAspectRatio)
        self._images[part.id] = image
        return f'<p><img src="{_SCHEME}:{part.id}" width="{size.width()}" height="{size.height()}"></p>'

    # pages

    def _add(self, html: str) -> None:
        self._html.append(html)
        self._length += len(html)
        if self._length > _PART:
            self._flush()

    def _flush(self) -> None:
        """Lay out what has gathered and draw its pages."""
        if not self._html:
            return
        document = QTextDocument()
        document.setUndoRedoEnabled(False)
        document.setUseDesignMetrics(True)
        document.setDocumentMargin(0)
        document.setIndentWidth(24)
        document.setDefaultFont(self._font)
        for key, image in self._images.items():
            document.addResource(QTextDocument.ResourceType.ImageResource, QUrl(f"{_SCHEME}:{key}"), image)
        document.setPageSize(self._area)
        document.setHtml(self._above() + "".join(self._html) + _THIN.format(0))
        pages = document.pageCount()
        for page in range(pages):
            self._draw(document, page, new=page > 0 or not self._used)
        end = document.documentLayout().blockBoundingRect(document.lastBlock()).top()
        self._used = end - (pages - 1) * self._area.height()
        if self._used > self._area.height() - _ROOM:
            self._used = 0.0
        self._html.clear()
        self._images.clear()
        if len(self._formulas) > _KEPT:
            self._formulas.clear()
        self._length = 0

    def _above(self) -> str:
        """What keeps free the room that is used already on the page. Qt heeds the margin between two
        paragraphs only, neither one above the first nor one before a table."""
        return _THIN.format(max(0, round(self._used) - 4)) + _THIN.format(0) if self._used else ""

    def _draw(self, document: QTextDocument, page: int, *, new: bool) -> None:
        painter = self._next_page() if new else self._same_page()
        width, height = self._area.width(), self._area.height()
        painter.save()
        painter.translate(_MARGIN, _MARGIN - page * height)
        context = QAbstractTextDocumentLayout.PaintContext()
        context.clip = QRectF(0, page * height, width, height)  # pyright: ignore[reportAttributeAccessIssue]
        palette = QPalette()
        palette.setColor(QPalette.ColorRole.Text, self._theme.color("ink"))
        context.palette = palette  # pyright: ignore[reportAttributeAccessIssue]
        painter.setClipRect(context.clip)
        document.documentLayout().draw(painter, context)
        painter.restore()
        if new:
            self._draw_foot(painter)

    def _draw_foot(self, painter: QPainter) -> None:
        width = self._area.width()
        painter.setFont(self._small)
        painter.setPen(self._theme.color("ink-3"))
        foot = QRectF(_MARGIN, self._paper.height() - _MARGIN, width, _FOOT)
        number = tr("export.page", n=self._page)
        painter.drawText(foot, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, number)
        room = width - painter.fontMetrics().horizontalAdvance(number) - 24
        title = painter.fontMetrics().elidedText(self._title, Qt.TextElideMode.ElideRight, round(room))
        painter.drawText(foot, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, title)

    def _same_page(self) -> QPainter:
        assert self._painter is not None
        return self._painter

    def _next_page(self) -> QPainter:
        self._page += 1
        if self._painter is None:
            self._painter = QPainter(self._writer)
        elif not self._writer.newPage():
            raise KnownError("export.disk_full", path=self._staged.path)
        return self._painter


def _unhinted(font: QFont) -> QFont:
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


def _is_full(file: QFile) -> bool:
    return file.error() == QFileDevice.FileError.ResourceError or "space" in file.errorString().lower()
