"""The system's notifications: over the session bus on Linux, through an icon of the tray elsewhere."""

from __future__ import annotations

import html
import os
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QSystemTrayIcon

from app.i18n import tr

if TYPE_CHECKING:
    from jeepney import Message

    from ui.desktop.bus import SessionBus

Click = Callable[[], object]

_NAME = "org.freedesktop.Notifications"
_SHOWN_MS = 60_000
_KEPT = 50


class Notifier(Protocol):
    """Shows a notification; `clicked` is called when the user clicks it."""

    async def show(self, title: str, body: str, clicked: Click) -> bool:
        """False when the system shows none."""
        ...


class BusNotifications:
    """By the desktop's notification server, as the freedesktop specification wants it (1.2)."""

    def __init__(self, bus: SessionBus) -> None:
        from jeepney import DBusAddress

        self._bus = bus
        self._server = DBusAddress("/org/freedesktop/Notifications", bus_name=_NAME, interface=_NAME)
        self._clicks: dict[int, Click] = {}
        self._markup: bool | None = None

    async def show(self, title: str, body: str, clicked: Click) -> bool:
        from ui.desktop.bus import BusError

        try:
            if self._markup is None:
                await self._begin()
            text = html.escape(body, quote=False) if self._markup else body
            hints = {"desktop-entry": ("s", "jieli"), "category": ("s", "im.received")}
            actions = ["default", tr("desktop.open")]
            arguments = ("Jieli", 0, "jieli", title, text, actions, hints, -1)
            (number,) = await self._bus.call(self._server, "Notify", "susssasa{sv}i", *arguments)
        except BusError:
            self._markup = None
            return False
        self._clicks[number] = clicked
        for old in list(self._clicks)[:-_KEPT]:
            # A server that never tells of closing must not fill the memory.
            del self._clicks[old]
        return True

    async def _begin(self) -> None:
        from jeepney import MatchRule

        (found,) = await self._bus.call(self._server, "GetCapabilities")
        rule = MatchRule(type="signal", interface=_NAME, path="/org/freedesktop/Notifications")
        await self._bus.listen(rule, self._heard)
        self._markup = "body-markup" in found

    def _heard(self, message: Message) -> None:
        from jeepney import HeaderFields

        match message.header.fields.get(HeaderFields.member), message.body:
            case "ActivationToken", (int(number), str(token)) if number in self._clicks:
                # Qt hands it to the compositor with the next window that is activated (Wayland).
                os.environ["XDG_ACTIVATION_TOKEN"] = token
            case "ActionInvoked", (int(number), "default") if number in self._clicks:
                self._clicks[number]()
            case "NotificationClosed", (int(number), _):
                self._clicks.pop(number, None)
            case _:
                pass


class TrayNotifications(QObject):
    """By an icon of the tray, which Windows and macOS want to see for it: the program's own, or one that
    stands there for a minute."""

    def __init__(
        self, icon: Callable[[], QSystemTrayIcon | None], make: Callable[[], QSystemTrayIcon]
    ) -> None:
        super().__init__()
        self._icon = icon
        self._make = make
        self._own: QSystemTrayIcon | None = None
        self._joined: list[QSystemTrayIcon] = []
        self._clicked: Click | None = None
        self._over = QTimer(self)
        self._over.setSingleShot(True)
        self._over.setInterval(_SHOWN_MS)
        self._over.timeout.connect(self._take_away)

    async def show(self, title: str, body: str, clicked: Click) -> bool:
        if not QSystemTrayIcon.isSystemTrayAvailable() or not QSystemTrayIcon.supportsMessages():
            return False
        icon = self._icon()
        if icon is None:
            if self._own is None:
                self._own = self._make()
            icon = self._own
            icon.show()
            self._over.start()
        if icon not in self._joined:
            self._joined.append(icon)
            icon.messageClicked.connect(self._click)
        self._clicked = clicked
        icon.showMessage(title, body, icon.icon())
        return True

    def close(self) -> None:
        """Take away what is shown."""
        self._over.stop()
        self._take_away()
        self._joined.clear()

    def _click(self) -> None:
        if self._clicked is not None:
            self._clicked()

    def _take_away(self) -> None:
        if self._own is not None:
            self._own.hide()


class FirstOf:
    """The first of several ways that works."""

    def __init__(self, *ways: Notifier) -> None:
        self._ways = ways

    async def show(self, title: str, body: str, clicked: Click) -> bool:
        for way in self._ways:
            shown: Awaitable[bool] = way.show(title, body, clicked)
            if await shown:
                return True
        return False
