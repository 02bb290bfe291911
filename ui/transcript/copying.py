"""Copying what is selected, rows that are not alive included, and the menu that offers it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint, Qt
from PySide6.QtGui import QAction, QCursor
from PySide6.QtWidgets import QApplication, QMenu

from app.i18n import tr
from ui.keys import in_force
from ui.transcript.context import Wishes
from ui.transcript.foot import deleting
from ui.transcript.row import Row

if TYPE_CHECKING:
    from ui.transcript.view import TranscriptView


class Copying(QObject):
    """Joins the selected parts in order, a blank line between them."""

    def __init__(self, view: TranscriptView) -> None:
        super().__init__(view)
        self._view = view
        view.wishes.menu.connect(self.menu)
        view.wishes.without_answer = self._without_answer
        if not view.context.column:
            in_force.shortcut("quote", view, self.quote)

    def copy(self) -> None:
        """Ask for the selected text to be copied."""
        self._collect(self._view.copy_requested.emit)

    def _collect(self, then: Callable[[str], object]) -> None:
        """Hand the selected text on. Messages without a row are fetched first."""
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
            _join(texts, then)
        else:
            pump.fetch_texts(missing, lambda found: _join(texts | found, then))

    def menu(self, row: Row | None = None) -> None:
        """Pop up the menu of `row`, or of what is under the pointer."""
        view, wishes = self._view, self._view.wishes
        where = QCursor.pos() if row is None else row.mapToGlobal(QPoint(24, 24))
        row = row or self._row_under()
        menu = QMenu(view)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        selected = view.selection.span is not None
        self._add(menu, tr("transcript.copy"), self.copy, enabled=selected, keys=in_force.shown("Ctrl+C"))
        keys = in_force.native("quote")
        quote = self._add(menu, tr("transcript.quote"), self.quote, enabled=selected, keys=keys)
        quote.setVisible(not view.context.column)
        if wanted := self._pictured(row):
            self._add(menu, tr("export.as_picture"), lambda: wishes.picture.emit(wanted))
        if row is not None:
            self._of_message(menu, row, wishes)
        menu.addSeparator()
        count = len(view.window_.ids)
        everything = tr("transcript.select_all")
        select_all = view.selection.select_all
        self._add(menu, everything, lambda: select_all(count), keys=in_force.shown("Ctrl+A"))
        menu.popup(where)

    def _of_message(self, menu: QMenu, row: Row, wishes: Wishes) -> None:
        message = row.message
        if message.text:
            menu.addSeparator()
            self._add(menu, tr("transcript.copy_plain"), lambda: self._copy_plain(row), enabled=not row.busy)
            self._add(menu, tr("transcript.copy_markdown"), lambda: wishes.copy.emit(message.text))
        if row.context.column:
            return
        menu.addSeparator()
        free = not wishes.busy
        if message.role == "user":
            self._add(menu, tr("transcript.edit"), lambda: wishes.edit.emit(row.id))
            self._add(menu, tr("transcript.compare"), lambda: wishes.compare.emit(row.id), enabled=free)
        if row.last or message.role == "assistant" or self._unanswered(row):
            self._add(menu, tr("transcript.retry"), lambda: wishes.retry.emit(row.id), enabled=free)
        if message.role == "assistant":
            self._add(
                menu, tr("transcript.retry_choose"), lambda: wishes.choices.emit(row.id, row), enabled=free
            )
            self._add(menu, tr("transcript.branch"), lambda: wishes.action.emit(row.id, "branch", ""))
        words = deleting(message.role, alone=self._without_answer(row.id))
        self._add(menu, words, lambda: wishes.delete.emit(row.id), enabled=free, keys=in_force.shown("Del"))
        if self._goes_on(row):
            words, keys = tr("transcript.delete_from"), in_force.shown("Shift+Del")
            self._add(menu, words, lambda: wishes.delete_from.emit(row.id), enabled=free, keys=keys)
        if wishes.busy:
            self._add(menu, tr("transcript.wait_for_answer"), lambda: None, enabled=False)

    def _without_answer(self, message: str) -> bool:
        """Whether no answer follows a question."""
        window = self._view.window_
        at = window.index(message)
        after = window.row(at + 1) if at is not None and at + 1 < len(window.ids) else None
        last = at is not None and at + 1 == len(window.ids)
        return last or (after is not None and after.message.role == "user")

    def _unanswered(self, row: Row) -> bool:
        """Whether a question follows this one, whose answer was deleted."""
        window = self._view.window_
        at = window.index(row.id)
        after = window.row(at + 1) if at is not None and at + 1 < len(window.ids) else None
        return after is not None and after.message.role == "user"

    def _goes_on(self, row: Row) -> bool:
        """Whether something follows that would stay when this message is deleted alone."""
        window = self._view.window_
        at = window.index(row.id)
        if at is None or at + 1 >= len(window.ids):
            return False
        after = window.row(at + 1)
        paired = row.message.role == "user" and (after is None or after.message.role == "assistant")
        return not paired or at + 2 < len(window.ids)

    def _pictured(self, row: Row | None) -> list[str]:
        """The messages a picture is made of: those the selection touches, else the one under the pointer."""
        span, ids = self._view.selection.span, self._view.window_.ids
        if span is not None:
            return list(ids[span[0].index : span[1].index + 1])
        return [row.id] if row is not None else []

    def _copy_plain(self, row: Row) -> None:
        texts = [piece.plain() for piece in row.texts()]
        self._view.copy_requested.emit("\n\n".join(text for text in texts if text))

    def quote(self) -> None:
        """Ask for what is selected to be quoted in the composer."""
        self._collect(self._view.wishes.quote.emit)

    def _add(self, menu: QMenu, text: str, act: object, *, enabled: bool = True, keys: str = "") -> QAction:
        action = QAction(f"{text}\t{keys}" if keys else text, menu)
        action.setEnabled(enabled)
        action.triggered.connect(act)
        menu.addAction(action)
        return action

    def _row_under(self) -> Row | None:
        widget = QApplication.widgetAt(QCursor.pos())
        while widget is not None and not isinstance(widget, Row):
            widget = widget.parentWidget()
        return widget


def _join(texts: dict[int, str], then: Callable[[str], object]) -> None:
    joined = "\n\n".join(texts[i] for i in sorted(texts) if texts[i])
    if joined:
        then(joined)
