"""The lines of tables in a text: Qt would draw them as gaps, some one pixel of the screen wide, some two."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QRectF
from PySide6.QtGui import QTextDocument, QTextFrame, QTextTable


def tables(frame: QTextFrame) -> Iterator[QTextTable]:
    """All tables in a frame, those in tables as well."""
    for inner in frame.childFrames():
        if isinstance(inner, QTextTable):
            yield inner
        yield from tables(inner)


def lines_of(document: QTextDocument) -> list[QRectF]:
    """The lines between and around the cells of all tables, in the document's coordinates; each lies in the
    gap of one pixel that the renderer leaves."""
    layout = document.documentLayout()
    found: list[QRectF] = []
    for table in tables(document.rootFrame()):
        box = layout.frameBoundingRect(table)
        ups: list[float] = []
        levels: list[float] = []
        for row in range(table.rows()):
            tops: list[float] = []
            for column in range(table.columns()):
                cell = table.cellAt(row, column)
                shape = cell.format().toTableCellFormat()
                corner = layout.blockBoundingRect(cell.firstCursorPosition().block()).topLeft()
                tops.append(corner.y() - shape.topPadding() - 1)
                if not row:
                    ups.append(corner.x() - shape.leftPadding() - 1)
            levels.append(min(tops))
        if not ups:
            continue
        # The box is as large as the table, but Qt puts it elsewhere.
        left, top = ups[0], levels[0]
        right, bottom = left + box.width(), top + box.height()
        ups.append(right - 1)
        levels.append(bottom - 1)
        found += [QRectF(x, top, 1, bottom - top) for x in ups]
        found += [QRectF(left, y, right - left, 1) for y in levels]
    return found
