"""Builds the window and the presenters behind it, and builds both anew when language or theme change.

What the first paint does not show (transcript, presenters, pages) is imported and built after it, by
`ui/wiring.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, QTimer, Signal
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QApplication

from app.clock import Clock
from app.errors import KnownError
from app.i18n import tr
from app.settings import Settings, SettingsService
from app.store.records import Conversation
from ui import speaking
from ui import theme as themes
from ui.composer import Composer
from ui.desktop.keeping import StateKeeper
from ui.keys import in_force
from ui.main_window import MainWindow
from ui.relay_strip import RelayStrip
from ui.sidebar import Sidebar
from ui.state import WindowState
from ui.telling import Telling, WindowTasks

if TYPE_CHECKING:
    from app.core import Core
    from app.tasks import TaskScope
    from ui.curtain import Curtain
    from ui.desktop.door import Desktop
    from ui.presenters.settings_undo import SettingsUndo
    from ui.presenters.turns import Turns
    from ui.staying import Staying
    from ui.wiring import Wiring

_RESTYLE = ("theme", "accent", "font_size", "text_font", "code_font", "density")
_REBUILD = (*_RESTYLE, "language", "send_key", "reduced_motion")


class Shell(QObject):
    """The window and what moves it. Signals: `closing`, `retry_requested` (open the data once more)."""

    closing = Signal()
    retry_requested = Signal()

    def __init__(
        self, app: QApplication, settings: SettingsService, clock: Clock, state: WindowState
    ) -> None:
        super().__init__()
        self._app = app
        self._settings = settings
        self._clock = clock
        self._state = state
        self._core: Core | None = None
        self._version = ""
        self._turns: Turns | None = None
        self._wiring: Wiring | None = None
        self._staying: Staying | None = None
        # Not in the middle of what the control does that was clicked: it is about to be deleted.
        self._anew = QTimer(self)
        self._anew.setSingleShot(True)
        self._anew.setInterval(0)
        self._anew.timeout.connect(self._rebuild)
        self._send_wanted = self._standing = self._stale = self._still = False
        self._restyled = True
        self._picture: QPixmap | None = None
        self._undo: SettingsUndo | None = None
        self._desktop: Desktop | None = None
        self._tasks: WindowTasks | None = None
        self._trouble: KnownError | None = None
        self._telling = Telling(lambda: self._window)
        self._keeper = StateKeeper(state, self._remember, self.tell)
        self._build()
        settings.subscribe(self._settings_changed)
        app.styleHints().colorSchemeChanged.connect(self._scheme_changed)

    # the window

    def _build(self) -> None:
        settings = self._settings.current
        scheme = themes.system_scheme() if settings.theme == "system" else settings.theme
        speaking.speak(settings.language)
        theme = themes.load_theme(scheme, speaking.look(settings))
        if self._restyled:
            themes.apply(self._app, theme)
        self._restyled = False
        in_force.choose(settings.shortcuts)
        self._sidebar = Sidebar(theme, self._clock)
        self._sidebar.arrange(self._state.arrangement)
        self._strip = RelayStrip(theme, self._clock, reduced_motion=settings.reduced_motion or self._still)
        self._composer = Composer(theme, self._strip)
        self._composer.set_send_key(settings.send_key)
        self._window = MainWindow(theme, self._sidebar, self._composer)
        self._window.restore_geometry(self._state.geometry)
        self._sidebar.set_spend(settings.spend)
        window = self._window
        if speaking.wants_font(settings.language):
            window.notices.put("no-font", tr("shell.no_chinese_font"), "cool")
        window.closing.connect(self._close)
        window.quit_requested.connect(self.quit)
        window.arranged.connect(self._keeper.touch)
        self._sidebar.model.settled.connect(self._keeper.touch)
        self._sidebar.opened.connect(self._early_open)
        self._composer.send_requested.connect(self._early_send)
        in_force.shortcut("quit", window, self.quit)
        window.undo_requested.connect(lambda: self._take_back(again=False))
        window.redo_requested.connect(lambda: self._take_back(again=True))

    def _take_back(self, *, again: bool) -> None:
        if self._undo is not None and self._window.page() == "settings":
            (self._undo.redo if again else self._undo.undo)()

    def show(self) -> None:
        """Show the window."""
        self._window.show()

    def _early_open(self, conversation: str) -> None:
        """Clicked while the data is still being opened: carried out as soon as it is."""
        if not self._standing:
            # Also when the presenters are there already: the first page is about to be chosen.
            self._state.conversation = conversation

    def _early_send(self, _text: str) -> None:
        if self._wiring is None:
            self._send_wanted = True

    def raise_window(self) -> None:
        """Bring the window to the front, because the program was started once more."""
        window = self._window
        window.setWindowState(window.windowState() & ~Qt.WindowState.WindowMinimized)
        window.show()
        window.raise_()
        window.activateWindow()

    @property
    def window(self) -> MainWindow:
        """The window as it is now; another one after a change of language or theme."""
        return self._window

    def _close(self) -> None:
        self._remember()
        saving = self._app.isSavingSession()
        if saving or self._desktop is None or not self._desktop.stays():
            self.closing.emit()

    def quit(self) -> None:
        """End the program, also where closing the window would not."""
        self._window.hide()
        self._remember()
        self.closing.emit()

    def _keep_still(self) -> None:
        """The system wants less motion, whatever our own switch says."""
        self._still = True
        self._strip.set_reduced_motion(True)

    def quick_ask(self) -> None:
        """Show the small window for a quick question."""
        if self._desktop is not None:
            self._desktop.quick_ask()

    def _remember(self) -> None:
        self._state.geometry = self._window.save_geometry()
        if self._wiring is not None and not self._standing:
            # The page is still being fetched: what was remembered is what is to be shown.
            return
        chat = self._wiring.chat if self._wiring else None
        if chat is not None:
            chat.keep_place()
            self._state.conversation = chat.conversation.id if chat.conversation else None
            self._state.draft = chat.fresh_draft if chat.conversation else self._composer.draft()

    # the core

    def show_list(self, conversations: list[Conversation]) -> None:
        """Fill the list with what a first look has found; the rest follows with `attach`."""
        self._sidebar.set_conversations(conversations)
        if self._state.conversation is not None:
            self._sidebar.set_open(self._state.conversation)

    def show_first_run(self) -> None:
        """Nothing was entered yet: have the first-run page painted at once. Its offers come with `attach`;
        until then it takes no clicks: nobody would do what they ask for."""
        from ui.welcome.page import WelcomePage

        self._window.use_details()
        page = WelcomePage(self._window.theme)
        page.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._window.add_page("welcome", page)
        self._window.show_page("welcome")

    def attach(self, core: Core, scope: TaskScope, version: str, *, practice: bool = False) -> None:
        """The data is open: fill the window and make it work, with tasks in `scope`."""
        self._core = core
        self._scope = scope
        self._version = version
        from ui.presenters.settings_undo import SettingsUndo
        from ui.presenters.turns import Turns

        self._turns = Turns(core.chat, self._scope, self._clock)
        self._undo = SettingsUndo(self._settings, lambda: self._window.toast)
        self._keeper.begin()
        self._desktop = self._to_desktop(core, self._turns)
        self._wiring = self._wire_up(core, self._turns)
        self._trouble = None
        if self._window.has_page("trouble"):
            self._window.show_page("chat")
        self._scope.start(self._first_page(core, practice), "first page")
        self._scope.start(core.store.search.keep_up(), "search index")
        self._scope.start(core.safekeeping.keep(), "safekeeping")
        self._scope.start(core.sync.keep(), "sync")
        core.settings.file.report_to(self.tell)
        for problem in (*core.store.problems, core.settings.file.problem, *core.settings.file.notes):
            if problem is not None:
                self.tell(problem)

    def _wire_up(self, core: Core, turns: Turns) -> Wiring:
        from ui.wiring import Frame, Wiring

        self._tasks = WindowTasks(self._scope)
        wiring = Wiring(
            Frame(self._window, self._composer, self._strip),
            core,
            turns,
            self._tasks.scope,
            self._clock,
            self._settings,
            self._state,
            self._version,
            self.tell,
        )
        if self._desktop is not None:
            self._desktop.joined(wiring.pages)
        if self._undo is not None:
            wiring.pages.follow_up, wiring.pages.did = self._undo.attach, self._undo.did
        return wiring

    def _to_desktop(self, core: Core, turns: Turns) -> Desktop:
        from ui.desktop.door import Desktop, Hands

        hands = Hands(
            lambda: self._window.theme,
            self.raise_window,
            lambda conversation: self._wiring and self._wiring.chat.open(conversation),
            lambda: self._wiring and self._wiring.chat.new(),
            self.quit,
            self._keep_still,
            lambda secret, providers: self._wiring and self._wiring.guarding.keep(secret, providers),
            self.tell,
        )
        return Desktop(core, turns, self._scope, self._clock, self._state, hands)

    async def _first_page(self, core: Core, practice: bool) -> None:
        from ui.presenters.first_run import nobody_to_ask

        assert self._wiring is not None
        chat, pages = self._wiring.chat, self._wiring.pages
        stored = await self._wiring.conversations.load()
        wanted = self._state.conversation
        typed = self._composer.text()
        self._standing = True
        if self._turns is not None and self._turns.conversations():
            # Something was sent while the list was read; its conversation is shown.
            typed = ""
        elif practice:
            chat.new(practice=True)
        elif wanted is not None and any(conversation.id == wanted for conversation in stored):
            await chat.show(wanted)
        elif not stored and nobody_to_ask(core):
            pages.show_welcome()
        else:
            chat.new()
        if typed:
            # Written before the data was open: it must not be lost to a draft, nor its Enter to haste.
            self._composer.set_text(typed)
            if self._send_wanted:
                self._composer.send()
        if self._stale:
            self._stand()

    async def shut_down(self) -> None:
        """Store what is written and start nothing any more; the tasks are about to be closed."""
        self._anew.stop()
        self._remember()
        if self._wiring is not None:
            await self._wiring.chat.save_draft()
            self._wiring.detach()
        if self._desktop is not None:
            await self._desktop.close()
        await self._keeper.close()

    def trouble(self, error: KnownError) -> None:
        """The data cannot be opened: say why in the window's place."""
        from ui.trouble import TroublePage

        window = self._window
        if not window.has_page("trouble"):
            page = TroublePage()
            page.retry_requested.connect(self.retry_requested)
            page.quit_requested.connect(window.close)
            window.add_page("trouble", page)
            self._trouble_page = page
        self._trouble = error
        self._trouble_page.show_problem(str(error))
        window.show_page("trouble")

    def tell(self, error: BaseException) -> None:
        """Say in the window what went wrong somewhere; never a modal."""
        self._telling.tell(error)

    # building anew

    def _settings_changed(self, before: Settings, after: Settings) -> None:
        if before.spend != after.spend:
            self._sidebar.set_spend(after.spend)
        if before.shortcuts != after.shortcuts:
            in_force.choose(after.shortcuts)
        changed = {name for name in _REBUILD if getattr(before, name) != getattr(after, name)}
        self._restyled = self._restyled or not changed.isdisjoint(_RESTYLE)
        if changed:
            self._anew.start()

    def _scheme_changed(self) -> None:
        if self._settings.current.theme == "system":
            self._restyled = True
            self._anew.start()

    def _rebuild(self) -> None:
        """Throw the window away and build it anew in the same place, showing the same things."""
        if self._wiring is not None and not self._standing:
            # The page that is shown is still being fetched; it is the one to be shown anew.
            self._stale = True
            return
        from ui.curtain import Curtain
        from ui.staying import Staying, clear_out, leave

        old, wiring = self._window, self._wiring
        if self._picture is None and old.isVisible() and old.page() != "chat":
            # Painting it takes a turn of its own.
            self._picture = old.grab()
            self._anew.start()
            return
        picture, self._picture = self._picture, None
        self._remember()
        self._staying = Staying(old)
        page = wiring.pages.where() if wiring is not None else None
        if wiring is not None:
            wiring.detach()
        if self._tasks is not None:
            self._tasks.window_gone()
        visible, written, told = old.isVisible(), old.composer.text(), old.notices.names()
        self._staying.take(old)
        if self._restyled:
            clear_out(old)
        self._build()
        self._telling.again(told)
        if self._core is not None and self._turns is not None and wiring is not None and page is not None:
            self._standing = False
            self._wiring = self._wire_up(self._core, self._turns)
            curtain = Curtain(self._window, page[0], picture)
            self._wiring.pages.go(*page)
            self._scope.start(self._resume(self._wiring, wiring, self._staying, curtain), "same page")
        else:
            self._composer.set_text(written)
            if self._trouble is not None:
                self.trouble(self._trouble)
            self._staying.restore(self._window)
            self._staying.give_written(self._window)
            leave(old, self)
        if visible:
            self._window.show()
        old.hide()

    async def _resume(self, wiring: Wiring, before: Wiring, staying: Staying, curtain: Curtain) -> None:
        from ui.staying import leave

        async def behind() -> None:
            leave(before.window, self)
            await wiring.conversations.load()
            await wiring.resume(before)

        try:
            await curtain.open(staying, behind)
        except KnownError as error:
            self.tell(error)
        self._stand()

    def _stand(self) -> None:
        """The page stands; what was changed meanwhile is seen to now."""
        self._standing = True
        if self._undo is not None:
            self._undo.say_again()
        if self._stale:
            self._stale = False
            self._rebuild()
