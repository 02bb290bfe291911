"""The bar under the conversation list while several are chosen: how many, and what can be done with them."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QMenu, QVBoxLayout, QWidget

from app.i18n import tr
from ui.choosing import Choice
from ui.controls import Button, button, icon_button, label
from ui.hairlines import rule
from ui.list_menu import ListMenus
from ui.models.conversations import ConversationModel
from ui.theme import Theme
from ui.wishes import Wishes


class BulkBar(QWidget):
    """Follows `choice`; shown only while several are chosen. Escape ends choosing."""

    def __init__(self, theme: Theme, model: ConversationModel, choice: Choice, wishes: Wishes) -> None:
        super().__init__()
        self._theme = theme
        self._model = model
        self._choice = choice
        self._wishes = wishes
        self._menus = ListMenus(self, model, wishes, theme)
        self.count = label("", "control-bold")
        self.close_button = icon_button("close", tr("sidebar.choose_none"), "Esc")
        self.close_button.clicked.connect(choice.back)
        head = QHBoxLayout()
        head.setContentsMargins(6, 0, 0, 0)
        head.addWidget(self.count, 1)
        head.addWidget(self.close_button)
        self.archive = self._button("archive", self._archive)
        self.move_to = self._button("folder", lambda: self._popup(self._menus.move_menu, self.move_to))
        self.tag = self._button("tag", lambda: self._popup(self._menus.tag_menu, self.tag))
        self.pin = self._button("pin", self._pin)
        self.export = self._button("export", lambda: wishes.exported.emit(choice.ids()))
        self.delete = self._button("trash", lambda: wishes.deleted.emit(choice.ids()))
        self.delete.icon_token = self.delete.ink_token = "bad"
        self.move_to.setText(tr("sidebar.move.short"))
        self.move_to.setAccessibleName(tr("sidebar.move"))
        self.tag.setText(tr("sidebar.tag"))
        self.export.setText(tr("sidebar.export"))
        self.delete.setText(tr("sidebar.delete"))
        self._grid = QGridLayout()
        self._grid.setSpacing(2)
        shown = [self.archive, self.move_to, self.tag, self.pin, self.export, self.delete]
        if not wishes.can_export:
            shown.remove(self.export)
            self.export.setParent(None)
        for n, made in enumerate(shown):
            self._grid.addWidget(made, n // 2, n % 2)
        column = QVBoxLayout(self)
        column.setContentsMargins(6, 8, 12, 8)
        column.setSpacing(4)
        column.addLayout(head)
        column.addLayout(self._grid)
        choice.changed.connect(self.follow)
        model.settled.connect(self.follow)
        self.hide()

    def _button(self, name: str, act: Callable[[], object]) -> Button:
        made = button("", "flat", icon=name, size="small", align_left=True)
        made.clicked.connect(lambda _=False: act())
        return made

    def follow(self) -> None:
        """Show what is chosen, or nothing."""
        several = self._choice.several
        if several:
            found = self._model.known(self._choice.ids())
            self.count.setText(tr("sidebar.chosen", n=len(found)))
            self._archived = bool(found) and all(c.archived for c in found)
            self._pinned = bool(found) and all(c.pinned for c in found)
            self.archive.setText(tr("sidebar.unarchive" if self._archived else "sidebar.archive"))
            self.pin.setText(tr("sidebar.unpin" if self._pinned else "sidebar.pin"))
            self.setAccessibleName(self.count.text())
        self.setVisible(several)

    def _archive(self) -> None:
        self._wishes.archived.emit(self._choice.ids(), not self._archived)

    def _pin(self) -> None:
        self._wishes.pinned.emit(self._choice.ids(), not self._pinned)

    def _popup(self, menu: Callable[[list[str], QPoint], QMenu], near: QWidget) -> None:
        corner = near.mapToGlobal(QPoint(0, 0))
        made = menu(self._choice.ids(), corner)
        made.popup(corner - QPoint(0, made.sizeHint().height()))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self._choice.back()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        rule(painter, 0, 0, self.width(), 1, self._theme.color("line"))
