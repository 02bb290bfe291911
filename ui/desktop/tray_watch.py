"""Whether a Linux session has a tray, as that changes.

Qt looks for one when an icon is made and never again: an icon made before the panel stood, as at log-in, is
never shown (evilsocket/opensnitch#1659). And nobody tells a hidden window that the panel is gone.
"""

from __future__ import annotations

from collections.abc import Callable

from jeepney import DBusAddress, HeaderFields, MatchRule, Message

from ui.desktop.bus import BusError, SessionBus

NAME = "org.kde.StatusNotifierWatcher"
_HOST = "StatusNotifierHostRegistered"
_DBUS = "org.freedesktop.DBus"


class TrayWatch:
    """`came` is called when there is a tray, at the beginning or later, `gone` when it has ended."""

    def __init__(self, bus: SessionBus, came: Callable[[], object], gone: Callable[[], object]) -> None:
        self._bus = bus
        self._came = came
        self._gone = gone
        self._there = False

    async def begin(self) -> None:
        """Watch until the bus is closed. Without a bus there is nothing to see."""
        owners = MatchRule(type="signal", sender=_DBUS, interface=_DBUS, member="NameOwnerChanged")
        owners.add_arg_condition(0, NAME)
        try:
            await self._bus.listen(MatchRule(type="signal", interface=NAME, member=_HOST), self._heard)
            await self._bus.listen(owners, self._heard)
            if await self._has_host():
                self._is_there()
        except BusError:
            return

    def _is_there(self) -> None:
        if not self._there:
            self._there = True
            self._came()

    async def _has_host(self) -> bool:
        watcher = DBusAddress(
            "/StatusNotifierWatcher", bus_name=NAME, interface="org.freedesktop.DBus.Properties"
        )
        try:
            (found,) = await self._bus.call(watcher, "Get", "ss", NAME, "IsStatusNotifierHostRegistered")
        except BusError as error:
            if not error.name:
                raise
            return False
        return found == ("b", True)

    def _heard(self, message: Message) -> None:
        match message.header.fields.get(HeaderFields.member), message.body:
            case "NameOwnerChanged", (_, _, ""):
                if self._there:
                    self._there = False
                    self._gone()
            case "StatusNotifierHostRegistered", _:
                self._is_there()
            case _:
                pass
