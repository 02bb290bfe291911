"""Copying what is selected, rows that are not alive included, and the menu that offers it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction, QCursor
from PySide6.QtWidgets import QApplication, QMenu

from app.i18n import tr
from ui.transcript.row import Row

if TYPE_CHECKING:
    from ui.transcript.view import TranscriptView


class Copying(QObject):
    """Joins the selected parts in order, a blank line between them."""

    def __init__(self, view: TranscriptView) -> None:
        super().__init__(view)
        self._view = view

    def copy(self) -> None:
        """Ask for the selected text to be copied. Messages without a row are fetched first."""
        span = self._view.selection.span
        if span is None:
            return
        window, pump = self._view.window_, self._view.pump
        low, high = span[0].index, min(span[1].index, len(window.ids) - 1)
        texts: dict[int, str] = {}
        missing: list[int] = []
        for index in range(low, high + 1):
            row = window.row(index)
            if row is None or row.busy:
                missing.append(index)
            else:
                texts[index] = "\n\n".join(t for t in (p.selected() for p in row.texts()) if t)
        if not missing:
            self._done(texts)
        else:
            pump.fetch_texts(missing, lambda found: self._done(texts | found))

    def _done(self, texts: dict[int, str]) -> None:
        joined = "\n\n".join(texts[i] for i in sorted(texts) if texts[i])
        if joined:
            self._view.copy_requested.emit(joined)

    def menu(self) -> None:
        """Pop up the menu of what is under the pointer."""
        view = self._view
        menu = QMenu(view)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._add(menu, tr("transcript.copy"), self.copy, enabled=view.selection.span is not None)
        row = self._row_under()
        if row is not None:
            text = row.message.text
            self._add(menu, tr("transcript.copy_message"), lambda: view.copy_requested.emit(text))
            if row.message.role == "user":
                self._add(menu, tr("transcript.edit"), lambda: view.edit_requested.emit(row.id))
            else:
                self._add(menu, tr("transcript.retry"), lambda: view.retry_requested.emit(row.id))
        menu.addSeparator()
        count = len(view.window_.ids)
        self._add(menu, tr("transcript.select_all"), lambda: view.selection.select_all(count))
        menu.popup(QCursor.pos())

    def _add(self, menu: QMenu, text: str, act: object, *, enabled: bool = True) -> None:
        action = QAction(text, menu)
        action.setEnabled(enabled)
        action.triggered.connect(act)
        menu.addAction(action)

    def _row_under(self) -> Row | None:
        widget = QApplication.widgetAt(QCursor.pos())
        while widget is not None and not isinstance(widget, Row):
            widget = widget.parentWidget()
        return widget
