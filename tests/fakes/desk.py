"""A desktop's services on a real session bus of its own: notifications, shortcuts of the portal, a tray.

`Desk` starts `dbus-daemon` and answers in a thread, as a panel, a notification server and a portal would.
"""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from jeepney import (
    DBusAddress,
    HeaderFields,
    Message,
    MessageType,
    new_error,
    new_method_call,
    new_method_return,
    new_signal,
)
from jeepney.bus_messages import message_bus
from jeepney.io.blocking import DBusConnection, open_dbus_connection
from jeepney.wrappers import unwrap_msg

NOTIFICATIONS = "org.freedesktop.Notifications"
PORTAL = "org.freedesktop.portal.Desktop"
WATCHER = "org.kde.StatusNotifierWatcher"
_SHORTCUTS = "org.freedesktop.portal.GlobalShortcuts"
_PROPERTIES = "org.freedesktop.DBus.Properties"
_MENU = "com.canonical.dbusmenu"
PATIENCE = 60.0


def missing() -> bool:
    """Whether no bus can be started here."""
    return shutil.which("dbus-daemon") is None


class Desk:
    """`notes` are the notifications asked for: number, title, text. `bound` the shortcuts' triggers, `items`
    the tray's icons. `declines` = the user says no to the portal's question."""

    def __init__(self, *, services: tuple[str, ...] = (NOTIFICATIONS, PORTAL, WATCHER)) -> None:
        self.notes: list[tuple[int, str, str]] = []
        self.bound: list[str] = []
        self.items: list[tuple[str, str]] = []
        self.capabilities = ["body", "body-markup", "actions"]
        self.declines = False
        self.settings: dict[tuple[str, str], tuple[str, Any]] = {}
        self._session = ""
        self._asking = ""
        self._folder = tempfile.TemporaryDirectory(prefix="desk-")
        self.address = f"unix:path={Path(self._folder.name, 'bus')}"
        command = ["dbus-daemon", "--session", "--nofork", "--nopidfile", "--print-address"]
        self._daemon = subprocess.Popen(
            [*command, f"--address={self.address}"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        assert self._daemon.stdout is not None
        self._daemon.stdout.readline()
        self._connection = open_dbus_connection(self.address)
        for name in services:
            unwrap_msg(self._connection.send_and_get_reply(message_bus.RequestName(name)))
        self._ends = threading.Event()
        self._thread = threading.Thread(target=self._serve, name="desk", daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._ends.set()
        self._thread.join(PATIENCE)
        self._connection.close()
        self._daemon.terminate()
        self._daemon.wait(PATIENCE)
        assert self._daemon.stdout is not None
        self._daemon.stdout.close()
        self._folder.cleanup()

    def __enter__(self) -> Desk:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # what a person does

    def click(self, number: int, token: str = "") -> None:
        """Click a notification."""
        at = DBusAddress("/org/freedesktop/Notifications", interface=NOTIFICATIONS)
        if token:
            self._connection.send(new_signal(at, "ActivationToken", "us", (number, token)))
        self._connection.send(new_signal(at, "ActionInvoked", "us", (number, "default")))
        self._connection.send(new_signal(at, "NotificationClosed", "uu", (number, 2)))

    def press(self, token: str = "") -> None:
        """Press the shortcut the portal has bound."""
        at = DBusAddress("/org/freedesktop/portal/desktop", interface=_SHORTCUTS)
        options = {"activation_token": ("s", token)} if token else {}
        self._connection.send(
            new_signal(at, "Activated", "osta{sv}", (self._session, "quick-ask", 0, options))
        )

    def prefer(self, scheme: int) -> None:
        """Change the desktop's colours: 1 dark, 2 light."""
        self.settings["org.freedesktop.appearance", "color-scheme"] = ("u", scheme)
        at = DBusAddress("/org/freedesktop/portal/desktop", interface="org.freedesktop.portal.Settings")
        body = ("org.freedesktop.appearance", "color-scheme", ("u", scheme))
        self._connection.send(new_signal(at, "SettingChanged", "ssv", body))

    def start_panel(self) -> None:
        """A panel with a tray is there from now on."""
        self._connection.send(message_bus.RequestName(WATCHER))
        at = DBusAddress("/StatusNotifierWatcher", interface=WATCHER)
        self._connection.send(new_signal(at, "StatusNotifierHostRegistered"))

    def end_panel(self) -> None:
        """The panel ends, and the tray with it."""
        self._connection.send(message_bus.ReleaseName(WATCHER))

    def menu(self) -> dict[str, int]:
        """The entries of the tray icon's menu and their numbers."""
        with self._client() as client:
            owner, path = self.items[-1]
            menu = self._property(client, owner, path, "Menu")
            at = DBusAddress(menu, bus_name=owner, interface=_MENU)
            asked = new_method_call(at, "GetLayout", "iias", (0, -1, []))
            _, (_, _, entries) = unwrap_msg(client.send_and_get_reply(asked, timeout=PATIENCE))
        found: dict[str, int] = {}
        for _, (number, facts, _) in entries:
            if "label" in facts:
                found[facts["label"][1]] = number
        return found

    def choose(self, entry: str) -> None:
        """Click an entry of the tray icon's menu."""
        number = self.menu()[entry]
        with self._client() as client:
            owner, path = self.items[-1]
            menu = self._property(client, owner, path, "Menu")
            at = DBusAddress(menu, bus_name=owner, interface=_MENU)
            event = new_method_call(at, "Event", "isvu", (number, "clicked", ("s", ""), 0))
            unwrap_msg(client.send_and_get_reply(event, timeout=PATIENCE))

    def tooltip(self) -> str:
        """What the tray icon says when it is hovered."""
        with self._client() as client:
            owner, path = self.items[-1]
            return self._property(client, owner, path, "ToolTip")[2]

    def until(self, condition: Callable[[], object]) -> None:
        """Wait until something is so."""
        end = time.monotonic() + PATIENCE
        while not condition():
            assert time.monotonic() < end, "it did not happen"
            time.sleep(0.02)

    # the services

    def _client(self) -> contextlib.closing[DBusConnection]:
        return contextlib.closing(open_dbus_connection(self.address))

    def _property(self, client: DBusConnection, owner: str, path: str, name: str) -> Any:
        at = DBusAddress(path, bus_name=owner, interface=_PROPERTIES)
        asked = new_method_call(at, "Get", "ss", ("org.kde.StatusNotifierItem", name))
        (variant,) = unwrap_msg(client.send_and_get_reply(asked, timeout=PATIENCE))
        return variant[1]

    def _serve(self) -> None:
        while not self._ends.is_set():
            try:
                message = self._connection.receive(timeout=0.05)
            except TimeoutError:
                continue
            if message.header.message_type is MessageType.method_call:
                self._answer(message)

    def _answer(self, call: Message) -> None:
        fields = call.header.fields
        member, sender = fields[HeaderFields.member], fields[HeaderFields.sender]
        send = self._connection.send
        match member:
            case "GetCapabilities":
                send(new_method_return(call, "as", (self.capabilities,)))
            case "Notify":
                number = len(self.notes) + 1
                self.notes.append((number, call.body[3], call.body[4]))
                send(new_method_return(call, "u", (number,)))
            case "CreateSession":
                self._session = f"/org/freedesktop/portal/desktop/session/{call.body[0]['handle_token'][1]}"
                self._reply_later(call, sender, call.body[0], {"session_handle": ("s", self._session)})
            case "BindShortcuts":
                _, shortcuts, _, options = call.body
                trigger = shortcuts[0][1]["preferred_trigger"][1]
                self.bound.append(trigger)
                told = [(shortcuts[0][0], {"trigger_description": ("s", f"Press {trigger}")})]
                self._reply_later(call, sender, options, {"shortcuts": ("a(sa{sv})", told)})
            case "RegisterStatusNotifierItem":
                name = call.body[0]
                path = name if name.startswith("/") else "/StatusNotifierItem"
                self.items.append((sender, path))
                send(new_method_return(call))
            case "Get" if call.body[0] == WATCHER:
                value = {"IsStatusNotifierHostRegistered": ("b", True), "ProtocolVersion": ("i", 0)}
                send(new_method_return(call, "v", (value.get(call.body[1], ("s", "")),)))
            case "GetAll" if call.body[0] == WATCHER:
                facts = {"IsStatusNotifierHostRegistered": ("b", True)}
                send(new_method_return(call, "a{sv}", (facts,)))
            case "Read" if (value := self.settings.get((call.body[0], call.body[1]))) is not None:
                send(new_method_return(call, "v", (("v", value),)))
            case "ReadAll":
                found: dict[str, dict[str, Any]] = {}
                for (namespace, name), value in self.settings.items():
                    found.setdefault(namespace, {})[name] = value
                send(new_method_return(call, "a{sa{sv}}", (found,)))
            case "Close":
                self.bound.clear()
                send(new_method_return(call))
            case _:
                send(new_error(call, "org.freedesktop.DBus.Error.UnknownMethod", "s", (str(member),)))

    def _reply_later(self, call: Message, sender: str, options: Any, results: dict[str, Any]) -> None:
        """The portal's way: the call gives a request's path, and that request tells the answer."""
        token = options["handle_token"][1]
        who = sender.removeprefix(":").replace(".", "_")
        path = f"/org/freedesktop/portal/desktop/request/{who}/{token}"
        self._connection.send(new_method_return(call, "o", (path,)))
        at = DBusAddress(path, interface="org.freedesktop.portal.Request")
        code = 1 if self.declines else 0
        self._connection.send(new_signal(at, "Response", "ua{sv}", (code, {} if self.declines else results)))
