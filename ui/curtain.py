"""The picture of a window that goes, over the one that follows it, until what it showed stands there again.

The pages beside the chat are built in pieces; until then nobody sees half of one, nor the chat flash by.
"""

from __future__ import annotations

import asyncio

from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QPixmap, QWindow
from PySide6.QtWidgets import QWidget

from ui.main_window import MainWindow

LONGEST_MS = 2_000
"""What takes longer than this is shown as far as it is."""


class Curtain(QObject):
    """Over `window` until it shows `page`; without a picture it only waits. Keys pressed meanwhile are kept
    for whoever has the keyboard then: the chat's editor behind it is not what they were meant for."""

    def __init__(self, window: MainWindow, page: str, picture: QPixmap | None) -> None:
        super().__init__(window)
        self._window = window
        self._page = page
        self._keys: list[QKeyEvent] = []
        self._there = asyncio.Event()
        self._cover = _Cover(window, picture) if picture is not None else None
        self._handle: QWindow | None = None
        window.page_changed.connect(self._look)
        QTimer.singleShot(LONGEST_MS, self, self._there.set)
        self._look()

    def keep_keys(self) -> None:
        """From now on, when the window is there, keys wait."""
        self._handle = self._window.windowHandle() if not self._there.is_set() else None
        if self._handle is not None:
            self._handle.installEventFilter(self)

    async def lifted(self) -> None:
        """Wait until the page is there, and show it."""
        await self._there.wait()
        if self._cover is not None:
            self._cover.deleteLater()
            self._cover.hide()

    def give_back(self) -> None:
        """Hand on the keys that were pressed meanwhile."""
        if self._handle is not None:
            self._handle.removeEventFilter(self)
            for key in self._keys:
                QCoreApplication.postEvent(self._handle, key)
        self.deleteLater()

    def _look(self) -> None:
        if self._window.page() == self._page:
            self._there.set()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
            self._keys.append(event.clone())
            return True
        return False


class _Cover(QWidget):
    """As large as the window; takes the mouse's clicks, too."""

    def __init__(self, window: MainWindow, picture: QPixmap) -> None:
        super().__init__(window)
        self._picture = picture
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setAttribute(Qt.WidgetAttribute.WA_NoMousePropagation)
        self.setGeometry(window.rect())
        window.installEventFilter(self)
        self.show()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and isinstance(watched, QWidget):
            self.setGeometry(watched.rect())
            self.raise_()
        return False

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), self.palette().window())
        painter.drawPixmap(0, 0, self._picture)
        painter.end()
