"""Builds the window and the presenters behind it, and builds both anew when language or theme change.

A plain composition: each part gets the two or three things it uses, and nothing gets the shell. What the
first paint does not show (transcript, presenters, pages) is imported and built after it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QGuiApplication, QKeySequence, QShortcut
from PySide6.QtWidgets import QApplication, QMenu

from app.clock import Clock
from app.errors import KnownError
from app.i18n import set_language, system_language, tr
from app.settings import Settings, SettingsService
from app.store.records import Conversation
from ui import theme as themes
from ui.composer import Composer
from ui.main_window import MainWindow
from ui.relay_strip import RelayStrip
from ui.sidebar import Sidebar, spend_word
from ui.state import WindowState

if TYPE_CHECKING:
    from app.core import Core
    from app.tasks import TaskScope
    from ui.presenters.chat import ChatPresenter
    from ui.presenters.conversations import ConversationsPresenter
    from ui.presenters.pages import Pages
    from ui.presenters.strip import StripPresenter
    from ui.presenters.turns import Turns
    from ui.transcript.view import TranscriptView

_REBUILD = ("language", "theme", "font_size", "send_key", "reduced_motion")


@dataclass(slots=True)
class _Presenters:
    chat: ChatPresenter
    conversations: ConversationsPresenter
    strip: StripPresenter
    pages: Pages


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
        self._presenters: _Presenters | None = None
        self._send_wanted = False
        self._build()
        settings.subscribe(self._settings_changed)
        app.styleHints().colorSchemeChanged.connect(self._scheme_changed)

    # the window

    def _build(self) -> None:
        settings = self._settings.current
        scheme = themes.system_scheme() if settings.theme == "system" else settings.theme
        theme = themes.load_theme(scheme, settings.font_size)
        themes.apply(self._app, theme)
        self._sidebar = Sidebar(theme, self._clock)
        self._strip = RelayStrip(theme, self._clock, reduced_motion=settings.reduced_motion)
        self._composer = Composer(theme, self._strip)
        self._composer.set_send_key(settings.send_key)
        self._transcript: TranscriptView | None = None
        self._window = MainWindow(theme, self._sidebar, self._composer)
        self._window.restore_geometry(self._state.geometry)
        self._sidebar.set_spend(settings.spend)
        # The page it opens comes with the quota page; a button that does nothing would be worse than none.
        self._sidebar.quota_button.hide()
        window = self._window
        window.closing.connect(self._close)
        self._sidebar.opened.connect(self._early_open)
        self._composer.send_requested.connect(self._early_send)
        QShortcut(QKeySequence("Ctrl+Q"), window).activated.connect(window.close)

    def show(self) -> None:
        """Show the window."""
        self._window.show()

    def _early_open(self, conversation: str) -> None:
        """Clicked while the data is still being opened: carried out as soon as it is."""
        if self._presenters is None:
            self._state.conversation = conversation

    def _early_send(self, _text: str) -> None:
        if self._presenters is None:
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
        self.closing.emit()

    def _remember(self) -> None:
        self._state.geometry = self._window.save_geometry()
        chat = self._presenters.chat if self._presenters else None
        if chat is not None:
            self._state.conversation = chat.conversation.id if chat.conversation else None
            self._state.draft = chat.fresh_draft if chat.conversation else self._composer.text()

    # the core

    def show_list(self, conversations: list[Conversation]) -> None:
        """Fill the list with what a first look has found; the rest follows with `attach`."""
        self._sidebar.set_conversations(conversations)
        if self._state.conversation is not None:
            self._sidebar.set_open(self._state.conversation)

    def attach(self, core: Core, scope: TaskScope, version: str, *, practice: bool = False) -> None:
        """The data is open: fill the window and make it work, with tasks in `scope`."""
        self._core = core
        self._scope = scope
        self._version = version
        from ui.presenters.turns import Turns

        self._turns = Turns(core.chat, self._scope, self._clock)
        self._wire_up(core, self._turns)
        if self._window.has_page("trouble"):
            self._window.show_page("chat")
        self._scope.start(self._first_page(core, practice), "first page")
        for problem in (*core.store.problems, core.settings.file.problem, *core.settings.file.notes):
            if problem is not None:
                self.tell(problem)

    def _wire_up(self, core: Core, turns: Turns) -> None:
        from app.core import leg_names
        from ui.links import ask_to_open, open_own
        from ui.presenters.chat import ChatPresenter, Views
        from ui.presenters.conversations import ConversationsPresenter
        from ui.presenters.pages import Pages
        from ui.presenters.strip import StripPresenter
        from ui.transcript.view import TranscriptView

        window = self._window
        transcript = TranscriptView(window.theme, leg_names(core.directory), self._clock)
        self._transcript = transcript
        window.set_transcript(transcript)
        chat = ChatPresenter(
            Views(window, transcript, self._composer),
            core.store,
            turns,
            self._scope,
            lambda url: ask_to_open(window, url),
        )
        chat.fresh_draft = self._state.draft
        conversations = ConversationsPresenter(self._sidebar, window.toast, core.store, self._scope)
        strip = StripPresenter(
            self._strip,
            window.notices,
            core.directory,
            core.keys,
            core.health,
            core.settings,
            self._clock,
            lambda: (chat.conversation, chat.practice),
        )
        pages = Pages(window, core, self._scope, self._clock, open_own, self._version, self.tell)
        self._presenters = _Presenters(chat, conversations, strip, pages)
        conversations.open_requested.connect(chat.open)
        conversations.gone.connect(chat.forget)
        conversations.changed.connect(chat.refresh)
        conversations.changed.connect(strip.refresh)
        chat.opened.connect(self._opened)
        chat.wish.connect(self._wish)
        chat.writing.connect(lambda: self._scope.start(self._prepare(core), "prepare"))
        window.header.chain_requested.connect(lambda: pages.show_settings("relay"))
        strip.chain_changed.connect(window.header.set_chain)
        strip.keys_requested.connect(pages.show_keys)
        strip.pin_requested.connect(self._pin)
        strip.spend_requested.connect(self._choose_spend)
        pages.practice_requested.connect(lambda: chat.new(practice=True))
        pages.start_requested.connect(chat.new)
        for signal in (window.new_requested, self._sidebar.new_requested, window.header.new_requested):
            signal.connect(lambda *_: chat.new())
        for signal in (window.settings_requested, self._sidebar.settings_requested):
            signal.connect(lambda *_: pages.show_settings())
        window.escape_pressed.connect(lambda: window.show_page("chat"))
        menu = window.header.menu
        menu.clear()
        menu.addAction(tr("shell.practice")).triggered.connect(lambda *_: chat.new(practice=True))
        delete = menu.addAction(tr("shell.delete"))
        delete.triggered.connect(lambda *_: chat.conversation and conversations.delete(chat.conversation.id))
        menu.aboutToShow.connect(lambda: delete.setEnabled(chat.conversation is not None))
        window.header.menu_changed()
        strip.refresh()
        self._sidebar.set_running(turns.conversations())

    async def _first_page(self, core: Core, practice: bool) -> None:
        assert self._presenters is not None
        chat, pages = self._presenters.chat, self._presenters.pages
        stored = await self._presenters.conversations.load()
        wanted = self._state.conversation
        typed = self._composer.text()
        if practice:
            chat.new(practice=True)
        elif wanted is not None and any(conversation.id == wanted for conversation in stored):
            await chat.show(wanted)
        elif not stored and _nobody_to_ask(core):
            pages.show_welcome()
        else:
            chat.new()
        if typed:
            # Written before the data was open: it must not be lost to a draft, nor its Enter to haste.
            self._composer.set_text(typed)
            if self._send_wanted:
                chat.send(typed)

    async def shut_down(self) -> None:
        """Store what is written and start nothing any more; the tasks are about to be closed."""
        self._remember()
        presenters = self._presenters
        if presenters is not None:
            await presenters.chat.save_draft()
            self._detach(presenters)
        if self._transcript is not None:
            self._transcript.shut_down()

    def _detach(self, presenters: _Presenters) -> None:
        presenters.chat.detach()
        presenters.conversations.detach()
        presenters.strip.detach()
        presenters.pages.detach()

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
        self._trouble_page.show_problem(str(error))
        window.show_page("trouble")

    def tell(self, error: BaseException) -> None:
        """Say in the window what went wrong somewhere; never a modal."""
        notices = self._window.notices
        if isinstance(error, KnownError):
            notices.put(f"known:{error.key}", str(error), "bad")
            return
        import traceback

        from app.logs import redactor

        details = redactor.clean("".join(traceback.format_exception(error)))
        notices.put(
            "bug",
            tr("shell.bug"),
            "bad",
            tr("shell.copy_details"),
            lambda: QGuiApplication.clipboard().setText(details),
        )

    # wishes

    def _opened(self, _conversation: object) -> None:
        presenters = self._presenters
        if presenters is not None:
            chat = presenters.chat
            self._sidebar.set_open(chat.conversation.id if chat.conversation else None)
            presenters.strip.refresh()

    def _wish(self, action: str, argument: str) -> None:
        presenters = self._presenters
        if presenters is None:
            return
        match action:
            case "add_provider":
                presenters.pages.show_welcome()
            case "replace_key" | "settings" | "correct_quota":
                presenters.pages.show_provider(argument.partition(":")[0])
            case "open_key_page":
                presenters.pages.open_key_page(argument)
            case "recheck" | "try_now":
                presenters.strip.try_now(argument)
            case "pass_blocked":
                self._settings.change(pass_blocked=True)
            case "unlock":
                presenters.pages.show_keys()
            case _:
                pass

    async def _prepare(self, core: Core) -> None:
        try:
            await core.prepare()
        except KnownError as error:
            self.tell(error)

    def _pin(self, leg: str | None) -> None:
        chat = self._presenters.chat if self._presenters else None
        if self._core is not None and chat is not None and chat.conversation is not None:
            change = self._core.store.update_conversation(chat.conversation.id, pinned_leg=leg)
            self._scope.start(change, "pin a leg")

    def _choose_spend(self) -> None:
        menu = QMenu(self._window)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for spend in ("never", "ask", "allow"):
            action = menu.addAction(spend_word(spend))
            action.setCheckable(True)
            action.setChecked(self._settings.current.spend == spend)
            action.triggered.connect(lambda _=False, value=spend: self._settings.change(spend=value))
        below = self._strip.spend_button
        menu.popup(below.mapToGlobal(below.rect().bottomLeft()))

    # building anew

    def _settings_changed(self, before: Settings, after: Settings) -> None:
        if before.spend != after.spend:
            self._sidebar.set_spend(after.spend)
        if any(getattr(before, name) != getattr(after, name) for name in _REBUILD):
            self._rebuild()

    def _scheme_changed(self) -> None:
        if self._settings.current.theme == "system":
            self._rebuild()

    def _rebuild(self) -> None:
        """Throw the window away and build it anew in the same place, showing the same things."""
        old, presenters = self._window, self._presenters
        wanted = self._settings.current.language
        set_language(system_language() if wanted == "system" else wanted)
        self._remember()
        practice = presenters is not None and presenters.chat.practice
        page = presenters.pages.where() if presenters is not None else None
        if presenters is not None:
            self._detach(presenters)
        if self._transcript is not None:
            self._transcript.shut_down()
        visible = old.isVisible()
        self._build()
        if self._core is not None and self._turns is not None and self._presenters is not None:
            self._wire_up(self._core, self._turns)
            self._scope.start(self._resume(practice, page), "same page")
        if visible:
            self._window.show()
        old.hide()
        old.deleteLater()

    async def _resume(self, practice: bool, page: tuple[str, str] | None) -> None:
        assert self._presenters is not None
        presenters = self._presenters
        await presenters.conversations.load()
        if self._state.conversation is not None:
            presenters.chat.open(self._state.conversation)
        else:
            presenters.chat.new(practice=practice)
        if page is not None:
            presenters.pages.go(*page)


def _nobody_to_ask(core: Core) -> bool:
    """Whether the chain is empty; one that names what is gone is for its notice, not for the first run."""
    try:
        return not core.directory.chain()
    except KnownError:
        return False
