"""The picture of a window that goes, over the one that follows it, until what it showed stands there again.

The pages beside the chat are built in pieces; until then nobody sees half of one, nor the chat flash by.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt, QTimer
from PySide6.QtGui import (
    QGuiApplication,
    QInputMethodEvent,
    QKeyEvent,
    QPainter,
    QPaintEvent,
    QPixmap,
    QWindow,
)
from PySide6.QtWidgets import QApplication, QWidget
from shiboken6 import isValid

from ui.main_window import MainWindow
from ui.staying import Staying

LONGEST_MS = 2_000
"""What takes longer than this is shown as far as it is."""


class Curtain(QObject):
    """Over `window` until it shows `page`; without a picture it only waits. What is written meanwhile is kept
    for whoever has the keyboard then: the chat's editor behind it is not what it was meant for."""

    def __init__(self, window: MainWindow, page: str, picture: QPixmap | None) -> None:
        super().__init__(window)
        self._window = window
        self._page = page
        self._written: list[QKeyEvent | QInputMethodEvent] = []
        self._there = asyncio.Event()
        self._cover = _Cover(window, picture) if picture is not None else None
        self._handle: QWindow | None = None
        self._focus: QObject | None = None
        self._giving = False
        window.page_changed.connect(self._look)
        QTimer.singleShot(LONGEST_MS, self, self._there.set)
        self._look()

    async def open(self, staying: Staying, behind: Callable[[], Awaitable[object]]) -> None:
        """Show the page as soon as it is there, as it stayed, then do what lies `behind` it: nothing of that
        keeps the page waiting, and no key comes before it. A page that stands waits for what it shows."""
        self.keep_keys()
        stands = self._there.is_set()
        await self.lifted()
        if not stands:
            staying.restore(self._window)
        try:
            await behind()
        finally:
            # Also where that could not be fetched: what was written is not lost, nor the keyboard.
            if isValid(self._window):
                if stands:
                    staying.restore(self._window)
                staying.give_written(self._window)
                self.give_back()

    def keep_keys(self) -> None:
        """From now on, when the window is there, what is written waits."""
        self._handle = self._window.windowHandle() if not self._there.is_set() else None
        if self._handle is not None:
            self._handle.installEventFilter(self)
            # What an input method makes of keys comes past the window's handle.
            app = QApplication.instance()
            assert isinstance(app, QGuiApplication)
            app.focusObjectChanged.connect(self._follow)
            self._follow(app.focusObject())

    async def lifted(self) -> None:
        """Wait until the page is there, and show it."""
        await self._there.wait()
        if self._cover is not None:
            self._cover.deleteLater()
            self._cover.hide()

    def give_back(self) -> None:
        """Hand on what was written meanwhile."""
        self._follow(None)
        if self._handle is not None:
            self._giving = True
            for event in self._written:
                QCoreApplication.postEvent(self._handle, event)
        # After all of these.
        self.deleteLater()

    def _look(self) -> None:
        if self._window.page() == self._page:
            self._there.set()

    def _follow(self, focus: QObject | None) -> None:
        if self._focus is not None and isValid(self._focus):
            self._focus.removeEventFilter(self)
        ours = isinstance(focus, QWidget) and focus.window() is self._window and not self._giving
        self._focus = focus if ours else None
        if self._focus is not None:
            self._focus.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QInputMethodEvent):
            if self._giving:
                focus = self._window.focusWidget()
                return focus is not None and QCoreApplication.sendEvent(focus, event)
            if event.commitString():
                # What it would replace is known of another text only.
                kept = QInputMethodEvent()
                kept.setCommitString(event.commitString())
                self._written.append(kept)
            return True
        if (
            isinstance(event, QKeyEvent)
            and not self._giving
            and watched is self._handle
            and event.type() in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease)
        ):
            self._written.append(event.clone())
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
