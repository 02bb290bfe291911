"""The results of the search as a list: conversations by their titles, then messages with marked snippets."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QAbstractItemView, QFrame, QListView

from app.i18n import tr
from app.store.search import Found, Hit
from ui.search.delegate import ResultDelegate, height, paint_nothing
from ui.search.painted import Ground
from ui.search.rows import ROW_ROLE, Row
from ui.theme import Theme

_Index = QModelIndex | QPersistentModelIndex
_NOWHERE = QModelIndex()
_ITEM = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemNeverHasChildren


class ResultModel(QAbstractListModel):
    """The rows of one search."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: list[Row] = []

    def show(self, rows: list[Row]) -> None:
        """Show these in place of what is here."""
        self.beginResetModel()
        self._rows = rows
        self.endResetModel()

    def hit(self, index: _Index) -> Hit | None:
        """The hit of a row, None for others."""
        return self._rows[index.row()].hit if index.isValid() else None

    def rowCount(self, parent: _Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def flags(self, index: _Index) -> Qt.ItemFlag:
        return _ITEM if self.hit(index) is not None else Qt.ItemFlag.ItemNeverHasChildren

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        row = self._rows[index.row()]
        if role == ROW_ROLE:
            return row
        if role == Qt.ItemDataRole.DisplayRole:
            return row.text or (row.hit.title.text if row.hit else "")
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return _spoken(row)
        if role == Qt.ItemDataRole.ToolTipRole and row.hit is not None:
            return row.hit.title.text or None
        return None


def rows_of(found: Found, now: float) -> list[Row]:
    """What was found as rows with headings."""
    rows: list[Row] = []
    if found.titles:
        rows.append(Row("heading", tr("search.conversations")))
        rows += [Row("title", hit=hit, when=day(hit.at, now)) for hit in found.titles]
    if found.messages:
        rows.append(Row("heading", tr("search.messages")))
        rows += [Row("message", hit=hit, when=day(hit.at, now)) for hit in found.messages]
    if not found.complete and rows:
        rows.append(Row("note", tr("search.indexing")))
    return rows


def _spoken(row: Row) -> str:
    hit = row.hit
    if hit is None:
        return row.text
    title = hit.title.text or tr("sidebar.untitled")
    return tr("sidebar.comma").join(part for part in (title, row.when, hit.snippet.text) if part)


def day(at: float, now: float) -> str:
    """A date as short as it can be: the time of today, the day of this year, else the month."""
    then, today = time.localtime(at), time.localtime(now)
    if then[:3] == today[:3]:
        return f"{then.tm_hour:02}:{then.tm_min:02}"
    if then.tm_year == today.tm_year:
        return f"{then.tm_mon:02}-{then.tm_mday:02}"
    return f"{then.tm_year}-{then.tm_mon:02}-{then.tm_mday:02}"


class ResultList(QListView):
    """The results. The search field keeps the keyboard and hands its keys to `take_key`.

    Signals: `opened(Hit)`, `more_wanted` when the end was scrolled to.
    """

    opened = Signal(object)
    more_wanted = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._asked = ""
        self._waiting = False
        self._notice = ""
        self._complete = True
        self.results = ResultModel(self)
        self.setModel(self.results)
        delegate = ResultDelegate(theme, self)
        self._painted = delegate.painted
        self.setItemDelegate(delegate)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setAccessibleName(tr("search.results"))
        palette = QPalette(self.palette())
        palette.setColor(QPalette.ColorRole.Base, theme.color("bg-side"))
        self.setPalette(palette)
        self.verticalScrollBar().valueChanged.connect(self._scrolled)

    def wait(self) -> None:
        """A search was begun: what is shown stays until it has ended."""
        self._waiting = True

    def paint_ahead(self, found: Found, asked: str, now: float) -> Iterator[None]:
        """Paint the rows that `show_found` would show first, in slices that other work can come between."""
        rows = rows_of(found, now)
        heights = [height(row) for row in rows]
        size, top, current = (
            self.maximumViewportSize(),
            0,
            next((n for n, row in enumerate(rows) if row.hit), -1),
        )
        if self._same(asked):
            top, current = self.verticalScrollBar().value(), self.currentIndex().row()
        if sum(heights) > size.height():
            size.setWidth(size.width() - self.verticalScrollBar().sizeHint().width())
        looks: list[Ground] = ["plain"] * len(rows)
        if 0 <= current < len(looks):
            looks[current] = "select"
        yield from self._painted.make(
            list(zip(rows, looks, strict=True)), top, size, self.devicePixelRatioF()
        )

    def _same(self, asked: str) -> bool:
        """Whether an answer to `asked` goes on with what is shown, rather than taking its place."""
        return asked == self._asked and self.results.rowCount() > 0

    def show_found(self, found: Found | None, asked: str, now: float) -> None:
        """Show what was found for `asked`. More of the same keeps place and choice."""
        same = self._same(asked) and found is not None
        row, place = self.currentIndex().row(), self.verticalScrollBar().value()
        self._waiting = False
        self._notice = ""
        self._asked = asked
        self._complete = found is None or found.complete
        self.results.show(rows_of(found, now) if found is not None else [])
        if same and row >= 0:
            self.setCurrentIndex(self.results.index(min(row, self.results.rowCount() - 1)))
            self.verticalScrollBar().setValue(place)
        else:
            self.scrollToTop()
            self.step(1)
        self.viewport().update()

    def show_problem(self, sentence: str) -> None:
        """Say in the list's place why nothing can be found."""
        self.results.show([])
        self._waiting = False
        self._notice = sentence
        self.viewport().update()

    def step(self, step: int) -> None:
        """Choose the next (1) or the previous (-1) hit."""
        model = self.results
        row = self.currentIndex().row() + step
        while 0 <= row < model.rowCount():
            index = model.index(row)
            if model.hit(index) is not None:
                self.setCurrentIndex(index)
                # A first hit brings its heading along.
                top = model.index(row - 1) if row == 1 else index
                self.scrollTo(top)
                self.scrollTo(index)
                return
            row += step

    def open_current(self) -> bool:
        """Open the chosen hit; False when there is none."""
        hit = self.results.hit(self.currentIndex())
        if hit is None or self._waiting:
            return False
        self.opened.emit(hit)
        return True

    def take_key(self, key: int) -> bool:
        """Do what a key of the search field means here; False when it means nothing."""
        match key:
            case Qt.Key.Key_Down:
                self.step(1)
            case Qt.Key.Key_Up:
                self.step(-1)
            case Qt.Key.Key_PageDown | Qt.Key.Key_PageUp:
                step = 1 if key == Qt.Key.Key_PageDown else -1
                for _ in range(5):
                    self.step(step)
            case Qt.Key.Key_Return | Qt.Key.Key_Enter:
                self.open_current()
            case _:
                return False
        return True

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        hit = self.results.hit(self.indexAt(event.position().toPoint()))
        if hit is not None and event.button() == Qt.MouseButton.LeftButton:
            self.opened.emit(hit)

    def _scrolled(self, value: int) -> None:
        if value > 0 and value >= self.verticalScrollBar().maximum() - 40:
            self.more_wanted.emit()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self.results.rowCount() or (self._waiting and not self._notice):
            return
        title, text = self._notice, ""
        if not title and self._asked:
            title = tr("search.nothing.title", text=self._asked)
            text = tr("search.nothing.text") if self._complete else tr("search.indexing")
        paint_nothing(QPainter(self.viewport()), self.viewport().width(), self._theme, title, text)
