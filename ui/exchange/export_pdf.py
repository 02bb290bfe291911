"""Conversations as a PDF on A4: Qt lays the text out and cuts it into pages.

Runs on the export's own thread. The text is laid out in pixels of 1/96 inch without hinting, and drawn as
shapes and text at any resolution. It is laid out in small parts, each of which goes on where the last one
ended: memory stays bounded, and no call into Qt keeps the window waiting.
"""

from __future__ import annotations

import errno
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import (
    QEventLoop,
    QFile,
    QFileDevice,
    QIODevice,
    QMarginsF,
    QRectF,
    QSizeF,
    Qt,
)
from PySide6.QtGui import (
    QAbstractTextDocumentLayout,
    QPageLayout,
    QPageSize,
    QPainter,
    QPalette,
    QPdfWriter,
    QTextDocument,
)

from app.errors import KnownError
from app.exchange.exports.files import StagedFile, told
from app.exchange.exports.sinks import Heading, Said
from app.i18n import tr
from app.store.records import Conversation
from ui import theme as themes
from ui.exchange.export_richtext import RichText, unhinted

_DPI = 96
_MARGIN = 64
_FOOT = 24
_PART = 6_000
"""Characters of rich text laid out together, at least."""

_ROOM = 48
"""A part does not begin where less than this is left of a page."""

_THIN = '<p style="margin-top:0;margin-bottom:{}px;font-size:1px">&nbsp;</p>'


class PdfFile:
    """A `PageSink`. Needs a `QGuiApplication`, made in the main thread."""

    def __init__(self, path: Path, *, force: bool) -> None:
        self._force = force
        self._theme = themes.load_theme("light", 14)
        self._small = unhinted(self._theme.font("caption"))
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
        self._text = RichText(self._theme, self._area.width(), self._area.toSize() * 0.7, self._grown)

    def begin(self, headings: Sequence[Heading]) -> None:
        """Name the document."""
        one = len(headings) == 1
        self._writer.setTitle(headings[0].title if one else tr("export.title", n=len(headings)))

    def open_conversation(self, conversation: Conversation) -> None:
        """Begin a page with its title."""
        self._title = conversation.title or tr("sidebar.untitled")
        self._text.title(conversation)

    def say(self, said: Said) -> None:
        """Add a message."""
        self._text.say(said)

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

    # pages

    def _grown(self) -> None:
        if self._text.length > _PART:
            self._flush()

    def _flush(self) -> None:
        """Lay out what has gathered and draw its pages."""
        if not self._text.length:
            return
        document = self._text.document(self._above(), _THIN.format(0))
        document.setPageSize(self._area)
        pages = document.pageCount()
        for page in range(pages):
            self._draw(document, page, new=page > 0 or not self._used)
        end = document.documentLayout().blockBoundingRect(document.lastBlock()).top()
        self._used = end - (pages - 1) * self._area.height()
        if self._used > self._area.height() - _ROOM:
            self._used = 0.0

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
        # The last line of a table as wide as the page stands on its edge.
        painter.setClipRect(context.clip.adjusted(0, 0, 2, 0))
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


def _is_full(file: QFile) -> bool:
    return file.error() == QFileDevice.FileError.ResourceError or "space" in file.errorString().lower()
