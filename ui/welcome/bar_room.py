"""Room for a scroll bar that is not there yet, so that nothing shifts when it comes."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QScrollArea


class BarRoom(QObject):
    """`changed` is called when the bar comes or goes; what is scrolled leaves `missing()` px more free."""

    def __init__(self, area: QScrollArea, changed: Callable[[], object]) -> None:
        super().__init__(area)
        self.area = area
        self._changed = changed
        # Qt shows and hides what the bar stands in.
        self._place = area.verticalScrollBar().parentWidget() or area
        self._place.installEventFilter(self)

    def width(self) -> int:
        """The width of the bar, in px."""
        return self.area.verticalScrollBar().sizeHint().width()

    def missing(self) -> int:
        """The width of the bar where it is not shown, in px."""
        return self.width() if self._place.isHidden() else 0

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.ShowToParent, QEvent.Type.HideToParent):
            self._changed()
        return False
