"""The way to everything of the desktop's: each part is imported and built when it is first wanted."""

from __future__ import annotations

import asyncio
import importlib
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QSystemTrayIcon

from app.clock import Clock
from app.core import Core
from app.errors import KnownError
from app.i18n import tr
from app.leg_names import LegNames
from app.settings import Settings
from app.tasks import TaskScope
from ui.desktop.ended import EndedAnswers
from ui.presenters.turns import QUICK_ASK, Turns
from ui.state import WindowState
from ui.telling import WindowTasks
from ui.theme import Theme

if TYPE_CHECKING:
    from ui.desktop.bus import SessionBus
    from ui.desktop.hotkeys import Hotkeys
    from ui.desktop.notifying import Click, Notifier, TrayNotifications
    from ui.desktop.quick_ask import QuickAsk
    from ui.desktop.tray import Tray
    from ui.presenters.pages import Pages
    from ui.settings.page import SettingsPage


_PANEL_MS = 5_000
"""Milliseconds a desktop has to start its panel anew."""


@dataclass(frozen=True, slots=True)
class Hands:
    """What can be done with the main window."""

    theme: Callable[[], Theme]
    raise_window: Callable[[], object]
    open_one: Callable[[str], object]
    new: Callable[[], object]
    quit: Callable[[], object]
    keep_still: Callable[[], object]
    keep_key: Callable[[str, tuple[str, ...]], object]
    tell: Callable[[BaseException], None]


class Desktop(QObject):
    """Outlives the window, which is built anew when its language or looks change."""

    def __init__(
        self, core: Core, turns: Turns, scope: TaskScope, clock: Clock, state: WindowState, hands: Hands
    ) -> None:
        super().__init__()
        self._core = core
        self._turns = turns
        self._scope = scope
        self._clock = clock
        self._state = state
        self._hands = hands
        self._bus: SessionBus | None = None
        self._notifier: Notifier | None = None
        self._by_tray: TrayNotifications | None = None
        self._tray: Tray | None = None
        self._quick: QuickAsk | None = None
        self._quick_tasks = WindowTasks(scope)
        self._quick_left: tuple[str | None, str] = None, ""
        self._hotkeys: Hotkeys | None = None
        self._theme = hands.theme()
        self._closed = self._asked_motion = self._watched = False
        self._ended = EndedAnswers(
            turns, core.store, core.settings, clock, scope.start, _active, self.notify, self._open
        )
        turns.changed.connect(self._count)
        # Nothing moves before the first baton is passed.
        turns.started.connect(self._first_turn)
        self._end_settings = core.settings.subscribe(self._changed)
        # After the first page: a tray is asked for over the bus, keys of the window system.
        QTimer.singleShot(0, self, self._begin)

    def joined(self, pages: Pages) -> None:
        """A window was built, the first or another one."""
        pages.quick_ask_requested.connect(self.quick_ask)
        pages.settings_built.connect(self._serve)
        if self._tray is not None:
            self._tray.retranslate()
        theme, self._theme = self._theme, self._hands.theme()
        if self._quick is not None and theme is not self._theme:
            self._quick_anew()

    def stays(self) -> bool:
        """The window was closed: whether the program goes on behind its icon. Said once."""
        if self._tray is None:
            return False
        from ui.desktop.tray import available

        if not available():
            return False
        if not self._state.tray_told:
            self._state.tray_told = True
            told = self.notify(tr("desktop.in_tray"), tr("desktop.in_tray_how"), self._hands.raise_window)
            self._scope.start(told, "tell of the tray")
        return True

    def quick_ask(self) -> None:
        """Show the small window."""
        if self._closed:
            return
        if self._quick is not None:
            self._quick.pop_up()
            return
        (conversation, draft), self._quick_left = self._quick_left, (None, "")
        quick = self._build_quick()
        if conversation is not None:
            self._quick_tasks.scope.start(quick.resume(conversation, draft), "quick ask")
        else:
            quick.window.editor.setPlainText(draft)
            quick.pop_up()

    async def notify(self, title: str, body: str, clicked: Click) -> bool:
        """Show a notification of the system's; False where it shows none."""
        if self._notifier is None:
            await _load_bus()
        if self._closed:
            return False
        if self._notifier is None:
            self._notifier = self._build_notifier()
        return await self._notifier.show(title, body, clicked)

    async def close(self) -> None:
        """Give everything back to the desktop."""
        if self._closed:
            return
        self._closed = True
        self._end_settings()
        self._ended.close()
        self._turns.changed.disconnect(self._count)
        if not self._asked_motion:
            self._turns.started.disconnect(self._first_turn)
        if self._quick is not None:
            self._quick.detach()
        if self._tray is not None:
            self._tray.close()
        if self._by_tray is not None:
            self._by_tray.close()
        if self._hotkeys is not None:
            await self._hotkeys.close()
        if self._bus is not None:
            await self._bus.close()

    # the parts

    def _begin(self) -> None:
        if self._closed:
            return
        settings = self._core.settings.current
        if settings.tray:
            self._show_tray()
        if settings.quick_keys:
            self._keys().choose(settings.quick_keys)

    def _changed(self, before: Settings, after: Settings) -> None:
        if before.tray != after.tray:
            self._show_tray() if after.tray else self._hide_tray()
        if before.quick_keys != after.quick_keys:
            self._keys().choose(after.quick_keys)

    def _show_tray(self) -> None:
        if sys.platform.startswith("linux") and not self._watched:
            self._watched = True
            self._scope.start(self._watch_tray(), "tray")
        self._make_tray()

    def _make_tray(self) -> None:
        from ui.desktop.tray import Tray

        tray = self._tray = Tray()
        tray.open_requested.connect(self._hands.raise_window)
        tray.quick_requested.connect(self.quick_ask)
        tray.new_requested.connect(self._new)
        tray.quit_requested.connect(self._hands.quit)
        self._count()

    def _hide_tray(self) -> None:
        tray, self._tray = self._tray, None
        if tray is not None:
            tray.close()

    async def _watch_tray(self) -> None:
        await _load_bus()
        from ui.desktop.tray_watch import TrayWatch

        if not self._closed:
            await TrayWatch(self._session_bus(), self._tray_came, self._tray_gone).begin()

    def _tray_came(self) -> None:
        if self._tray is not None and not self._tray.shown and not self._closed:
            self._hide_tray()
            self._make_tray()

    def _tray_gone(self) -> None:
        # A panel that is started anew is back in a moment, and with it the icon.
        QTimer.singleShot(_PANEL_MS, self, self._look_for_tray)

    def _look_for_tray(self) -> None:
        from ui.desktop.tray import available

        if self._tray is not None and not self._closed and not available() and not _window_shown():
            # Or nothing of the program could be reached any more.
            self._hands.raise_window()

    def _count(self) -> None:
        if self._tray is not None:
            self._tray.set_running(len(self._turns.conversations()))

    def _first_turn(self, _running: object) -> None:
        self._asked_motion = True
        self._turns.started.disconnect(self._first_turn)
        self._scope.start(self._look_at_motion(), "motion")

    async def _look_at_motion(self) -> None:
        await _load_bus()
        from ui.desktop.motion import less_motion

        if not self._closed and await less_motion(self._session_bus):
            self._hands.keep_still()

    def _new(self) -> None:
        self._hands.new()
        self._hands.raise_window()

    def _open(self, conversation: str) -> None:
        self._hands.open_one(conversation)
        self._hands.raise_window()

    def _keep_key(self, secret: str, providers: tuple[str, ...]) -> None:
        self._hands.keep_key(secret, providers)
        self._hands.raise_window()

    def _build_quick(self) -> QuickAsk:
        from ui.desktop.quick_ask import QuickAsk
        from ui.presenters.guarding import leaks_of, namer

        core = self._core
        self._quick_tasks = WindowTasks(self._scope)
        self._quick = QuickAsk(
            self._theme,
            LegNames(core.directory, core.keys),
            self._clock,
            core.settings,
            core.store,
            self._turns,
            self._quick_tasks.scope.start,
            self._open,
            (leaks_of(core), namer(core)),
        )
        self._quick.guard.keep_requested.connect(self._keep_key)
        # What a question needs (the keyring, the wire) is got ready while it is written.
        self._scope.start(self._prepare(), "prepare")
        return self._quick

    async def _prepare(self) -> None:
        try:
            await self._core.prepare()
        except KnownError as error:
            self._hands.tell(error)

    def _quick_anew(self) -> None:
        """Build the small window for another theme or language, when it is wanted again if it is hidden; what
        it shows, and what is written in it, stays."""
        old, self._quick = self._quick, None
        if old is None:
            return
        shown = old.window.isVisible()
        goes_on = shown or old.unseen or self._turns.busy(old.conversation or QUICK_ASK)
        self._quick_left = old.conversation if goes_on else None, old.window.editor.toPlainText()
        old.detach()
        self._quick_tasks.window_gone()
        if shown:
            left, self._quick_left = self._quick_left, (None, "")
            quick = self._build_quick()
            self._quick_tasks.scope.start(quick.resume(*left), "quick ask")

    def _session_bus(self) -> SessionBus:
        if self._bus is None:
            from ui.desktop.bus import SessionBus

            self._bus = SessionBus()
        return self._bus

    def _build_notifier(self) -> Notifier:
        from ui.desktop.notifying import BusNotifications, FirstOf, TrayNotifications
        from ui.desktop.tray import tray_icon

        by_tray = self._by_tray = TrayNotifications(
            lambda: self._tray.icon if self._tray is not None else None,
            lambda: QSystemTrayIcon(tray_icon()),
        )
        if sys.platform.startswith("linux"):
            return FirstOf(BusNotifications(self._session_bus()), by_tray)
        return by_tray

    def _keys(self) -> Hotkeys:
        if self._hotkeys is None:
            from ui.desktop.hotkeys import Hotkeys

            self._hotkeys = Hotkeys(self._pressed, self._session_bus, self._scope.start)
        return self._hotkeys

    def _pressed(self) -> None:
        self.quick_ask()
        if self._quick is not None and self._hotkeys is not None:
            self._hotkeys.bring(int(self._quick.window.winId()))

    # the settings

    def _serve(self, page: SettingsPage) -> None:
        page.serve("desktop", self._serve_section)

    def _serve_section(self, section: object) -> None:
        from ui.desktop.settings import serve

        serve(section, self._core.settings, self._keys(), self._hands.tell)


async def _load_bus() -> None:
    """Import what speaks to a Linux desktop in a thread: it takes longer than a frame."""
    if sys.platform.startswith("linux"):
        await asyncio.to_thread(importlib.import_module, "ui.desktop.bus")


def _window_shown() -> bool:
    """Whether a window is shown that can be closed and found again, unlike menus and the small one."""
    window = Qt.WindowType.Window
    return any(one.isVisible() for one in QApplication.topLevelWidgets() if one.windowType() == window)


def _active() -> bool:
    """Whether a window of ours has the keyboard."""
    return QGuiApplication.focusWindow() is not None
