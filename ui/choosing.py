"""Which rows of the conversation list are chosen: by id, so that it survives every change of the list."""

from __future__ import annotations

from PySide6.QtCore import QItemSelection, QItemSelectionModel, QModelIndex, QObject, Signal
from PySide6.QtWidgets import QListView

from ui.models.conversations import FOLDER_ROLE, ID_ROLE, ConversationModel


class Choice(QObject):
    """Usually the open conversation alone; several for actions in bulk. `changed()`."""

    changed = Signal()

    def __init__(self, view: QListView, model: ConversationModel) -> None:
        super().__init__(view)
        self._view = view
        self._model = model
        self._open: str | None = None
        self._ids: set[str] = set()
        self._anchor: str | None = None
        self._row: tuple[int, str] | None = None
        view.selectionModel().currentChanged.connect(self._remember_row)
        model.settled.connect(self._settled)
        model.rowsInserted.connect(self._inserted)

    @property
    def several(self) -> bool:
        """Whether more than one is chosen."""
        return len(self._ids) > 1

    def ids(self) -> list[str]:
        """What is chosen; the order is not that of the list."""
        return list(self._ids)

    def holds(self, conversation: str) -> bool:
        """Whether this one is chosen."""
        return conversation in self._ids

    def open(self, conversation: str | None) -> None:
        """This one is open now, and nothing else is chosen."""
        self._open = self._anchor = conversation
        self.only(conversation)

    def only(self, conversation: str | None) -> None:
        """Choose one, or none."""
        self._anchor = conversation
        self._set({conversation} if conversation else set())

    def back(self) -> None:
        """Choose the open one alone."""
        self.only(self._open)

    def toggle(self, conversation: str) -> None:
        """Choose one more or one less; the open one comes first."""
        self._anchor = conversation
        left = self._ids ^ {conversation}
        self._set(left or ({self._open} if self._open else set()))

    def reach(self, conversation: str) -> None:
        """Choose everything from where choosing began to here."""
        ids = self._model.ids()
        places = {one: n for n, one in enumerate(ids)}
        to = places.get(conversation)
        start = places.get(self._anchor or self._open or conversation, to)
        if to is not None and start is not None:
            low, high = sorted((start, to))
            self._set(set(ids[low : high + 1]))

    def everything(self) -> None:
        """Choose all of the list, also what has not appeared yet."""
        self._set(set(self._model.ids()))

    def these(self, ids: set[str]) -> None:
        """Choose exactly these."""
        self._set(ids)

    # keeping Qt's selection, which painting and screen readers go by, the same

    def _set(self, ids: set[str]) -> None:
        was, self._ids = self._ids, ids
        self._mirror()
        if was != ids:
            self.changed.emit()

    def _remember_row(self, index: QModelIndex) -> None:
        """The user moved the keyboard's row; rows that come and go move it, too, but are not followed."""
        if not self._model.changing:
            found = ((role, index.data(role)) for role in (ID_ROLE, FOLDER_ROLE))
            self._row = next((pair for pair in found if pair[1]), None)

    def _settled(self) -> None:
        """The list changed: the keyboard goes with its row, and what is gone cannot stay chosen."""
        self._follow_row()
        if len(self._ids) > 1:
            left = self._ids.intersection(self._model.ids())
            if len(left) < len(self._ids):
                self._set(left or ({self._open} if self._open else set()))
                return
        self._mirror()

    def _follow_row(self) -> None:
        if self._row is None:
            return
        role, name = self._row
        model, view = self._model, self._view
        if view.currentIndex().data(role) == name:
            return
        index = model.index_of(name) if role == ID_ROLE else model.index_of_folder(name)
        if index.isValid():
            view.setAutoScroll(False)
            view.selectionModel().setCurrentIndex(index, QItemSelectionModel.SelectionFlag.NoUpdate)
            view.setAutoScroll(True)

    def _inserted(self) -> None:
        if len(self._ids) > 1:
            self._mirror()

    def _mirror(self) -> None:
        model, selection = self._model, QItemSelection()
        rows = model.rows_of(self._ids)
        start = 0
        for n, row in enumerate(rows):
            if n + 1 == len(rows) or rows[n + 1] != row + 1:
                selection.select(model.index(rows[start]), model.index(row))
                start = n + 1
        chosen = self._view.selectionModel()
        if chosen is not None:
            chosen.select(selection, QItemSelectionModel.SelectionFlag.ClearAndSelect)
