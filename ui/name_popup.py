"""A small window with one field: a name for a folder or a tag. Enter takes it, Escape leaves."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QVBoxLayout, QWidget

from ui.controls import Field
from ui.popup import Popup
from ui.theme import Theme

LONGEST = 60


class NamePopup(Popup):
    """`take(name)` gets what was written, trimmed, once; an empty name is not taken."""

    def __init__(self, theme: Theme, parent: QWidget, words: str, take: Callable[[str], None]) -> None:
        super().__init__(theme, parent)
        self._take = take
        self.field = Field(words)
        self.field.setMaxLength(LONGEST)
        self.field.returnPressed.connect(self._entered)
        box = QVBoxLayout(self)
        box.setContentsMargins(8, 8, 8, 8)
        box.addWidget(self.field)
        self.setFixedWidth(240)
        self.setAccessibleName(words)

    def _entered(self) -> None:
        name = " ".join(self.field.text().split())
        if name:
            self.close()
            self._take(name)


def ask_name(
    theme: Theme, parent: QWidget, words: str, where: QPoint, take: Callable[[str], None]
) -> NamePopup:
    """Open the field at a place of the screen, kept on it."""
    made = NamePopup(theme, parent, words, take)
    made.adjustSize()
    screen = parent.screen() or QGuiApplication.primaryScreen()
    area = screen.availableGeometry()
    x = min(max(area.left(), where.x()), area.right() - made.width())
    y = min(max(area.top(), where.y()), area.bottom() - made.height())
    made.move(x, y)
    made.show()
    made.field.setFocus(Qt.FocusReason.PopupFocusReason)
    return made
