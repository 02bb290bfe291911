"""The icon in the system's tray: a menu, and how many answers are under way."""

from __future__ import annotations

import sys

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAction, QIcon
from PySide6.QtWidgets import QMenu, QSystemTrayIcon

from app.i18n import tr
from ui.icons import app_icon, mask_icon

_CLICKS = (QSystemTrayIcon.ActivationReason.Trigger, QSystemTrayIcon.ActivationReason.DoubleClick)


def available() -> bool:
    """Whether the desktop has a tray now."""
    return QSystemTrayIcon.isSystemTrayAvailable()


def tray_icon() -> QIcon:
    """White on our own green, which stands out on light and dark panels; macOS colours a silhouette."""
    return mask_icon("tray") if sys.platform == "darwin" else app_icon()


class Tray(QObject):
    """Signals: `open_requested`, `new_requested`, `quick_requested`, `quit_requested`."""

    open_requested = Signal()
    new_requested = Signal()
    quick_requested = Signal()
    quit_requested = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._running = 0
        self._menu = QMenu()
        self._actions: dict[str, QAction] = {}
        for key, signal in (
            ("desktop.new", self.new_requested),
            ("desktop.quick", self.quick_requested),
            ("desktop.open_window", self.open_requested),
            ("", None),
            ("desktop.quit", self.quit_requested),
        ):
            if signal is None:
                self._menu.addSeparator()
                continue
            action = self._actions[key] = self._menu.addAction("")
            action.triggered.connect(signal)
        self.icon = QSystemTrayIcon(tray_icon())
        self.icon.setContextMenu(self._menu)
        self.icon.activated.connect(self._activated)
        self.retranslate()
        self.shown = available()
        """Whether there was a tray; if not, a later one of the session bus never shows this icon."""
        self.icon.show()

    def retranslate(self) -> None:
        """Say everything in the language in force."""
        for key, action in self._actions.items():
            action.setText(tr(key))
        self.set_running(self._running)

    def set_running(self, count: int) -> None:
        """So many answers are under way."""
        self._running = count
        name = tr("window.name")
        self.icon.setToolTip(f"{name} · {tr('desktop.running', n=count)}" if count else name)

    def close(self) -> None:
        """Take the icon away."""
        self.icon.hide()
        self.icon.deleteLater()
        self._menu.deleteLater()

    def _activated(self, reason: QSystemTrayIcon.ActivationReason) -> None:
        # On macOS a click opens the menu.
        if reason in _CLICKS and sys.platform != "darwin":
            self.open_requested.emit()
