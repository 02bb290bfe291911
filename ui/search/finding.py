"""Puts the search and the palette into the window: what each place of the palette does stands here."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from app.core import Core
from app.i18n import language, tr
from app.search_text import Snippet
from app.settings import SettingsService
from app.store.search_query import Hit
from app.tasks import TaskScope
from ui.keys import in_force
from ui.search.opening import go_to
from ui.search.palette import Palette
from ui.search.presenter import Chosen, SearchPresenter
from ui.search.ranking import Fit, Place
from ui.search.results import ResultList

if TYPE_CHECKING:
    from app.clock import Clock
    from ui.main_window import MainWindow
    from ui.presenters.chat import ChatPresenter
    from ui.presenters.conversations import ConversationsPresenter
    from ui.presenters.pages import Pages
    from ui.presenters.turns import Turns
    from ui.settings.index import SettingsIndex
    from ui.transcript.view import TranscriptView

SECTIONS = (
    ("providers", "key"),
    ("storage", "lock"),
    ("relay", "relay"),
    ("spend", "shield"),
    ("grants", "quota"),
    ("assistants", "chat"),
    ("appearance", "appearance"),
    ("desktop", "computer"),
    ("data", "data"),
    ("facts", "import"),
    ("network", "globe"),
    ("shortcuts", "keyboard"),
    ("about", "info"),
)
"""The settings' sections and their icons, as the settings page lists them."""
MOST_SETTINGS = 12
"""So many rows of the settings are offered beside all other places."""
NAMED = {"storage": "keystorage.title", "grants": "grants.section", "facts": "facts.title"}
"""Sections that take their name from their own area's texts."""


class Finding(QObject):
    """The search field's results and Ctrl+K, for one life of the window."""

    def __init__(
        self,
        window: MainWindow,
        core: Core,
        scope: TaskScope,
        clock: Clock,
        settings: SettingsService,
        chat: ChatPresenter,
        transcript: TranscriptView,
        turns: Turns,
        pages: Pages,
        conversations: ConversationsPresenter,
    ) -> None:
        super().__init__()
        self._window = window
        self._core = core
        self._scope = scope
        self._settings = settings
        self._chat = chat
        self._transcript = transcript
        self._turns = turns
        self._pages = pages
        self._conversations = conversations
        self.results = ResultList(window.theme)
        self.presenter = SearchPresenter(
            window.sidebar, self.results, core.store, scope, clock, self._provider_names
        )
        self.presenter.chosen.connect(self._go_to)
        self.palette = Palette(
            window.theme, window.room, self._places, self._search_all, self._found_settings
        )
        self._index: SettingsIndex | None = None
        window.palette_requested.connect(self.palette.open)

    def detach(self) -> None:
        """Let go of the services; the views are about to be thrown away."""
        self.presenter.detach()

    def _provider_names(self) -> dict[str, str]:
        names: dict[str, str] = {}
        for spec in self._core.catalogue.providers.values():
            names.update({spec.name.zh.lower(): spec.id, spec.name.en.lower(): spec.id})
        return names

    def _go_to(self, chosen: Chosen) -> None:
        window = self._window
        if window.page() != "chat":
            window.show_page("chat")
        self._scope.start(
            go_to(chosen, self._chat, self._transcript, self._core.store, self._turns, self._say), "go to"
        )

    def go_to_message(self, conversation: str, message: str) -> None:
        """Show a message that is known by its id."""
        self._go_to(Chosen(Hit(conversation, Snippet(""), 0.0, message), ""))

    def _say(self, sentence: str) -> None:
        self._window.toast.show_text(sentence)

    def _search_all(self, text: str) -> None:
        self._window.focus_search()
        self._window.sidebar.search.setText(text)

    # the palette's places

    def _places(self) -> Iterator[Place]:
        yield from self._commands()
        for section, icon in SECTIONS:
            name = f"{tr('sidebar.settings')} · {tr(NAMED.get(section, f'settings.section.{section}'))}"
            yield Place("settings", name, _with(self._pages.show_settings, section), icon)
        for one in self._window.sidebar.model.conversations():
            yield Place(
                "conversation", one.title or tr("sidebar.untitled"), _with(self._chat.open, one.id), "chat"
            )

    def _found_settings(self, typed: str) -> Iterator[Fit]:
        if self._index is None:
            self._index = self._pages.index
            self._index.changed.connect(self.palette.refresh)
        index = self._index
        index.build()
        for one in index.search(typed, MOST_SETTINGS):
            entry = one.entry
            if entry.name == entry.place and entry.section in dict(SECTIONS):
                continue  # the section itself is a place already
            head = f"{entry.place} › "
            marks = tuple((start + len(head), end + len(head)) for start, end in one.marks)
            go = partial(self._pages.show_setting, entry)
            yield Fit(Place("setting", head + entry.name, go, entry.icon), one.score, marks)

    def _commands(self) -> Iterator[Place]:
        window, chat = self._window, self._chat
        yield Place("command", tr("sidebar.new"), chat.new, "new", in_force.spaced("new"), "new chat")
        yield Place(
            "command", tr("palette.practice"), lambda: chat.new(practice=True), "play", also="practice"
        )
        yield Place(
            "command",
            tr("palette.search"),
            window.focus_search,
            "search",
            in_force.spaced("search"),
            "search find",
        )
        ask = self._pages.quota_requested.emit
        yield Place("command", tr("sidebar.quota"), ask, "quota", in_force.spaced("quota"), "quota 额度")
        yield Place(
            "command", tr("compare.title"), window.header.compare_requested.emit, "compare",
            in_force.spaced("compare"), "compare",
        )  # fmt: skip
        open_one = chat.conversation
        if open_one is not None:
            remove = _with(self._conversations.delete, open_one.id)
            keys = in_force.spaced("rename")
            yield Place("command", tr("palette.rename"), window.header.edit_title, "edit", keys, "rename")
            yield Place("command", tr("palette.delete"), remove, "trash", also="delete")
        for theme in ("light", "dark", "system"):
            choose = _with(lambda value: self._settings.change(theme=value), theme)
            yield Place("command", tr(f"palette.theme.{theme}"), choose, "appearance", also=f"{theme} theme")
        to_english = language() == "zh"
        name = tr("palette.to_en") if to_english else tr("palette.to_zh")
        yield Place("command", name, self._switch_language, "globe", also="language english 中文 语言")
        yield Place(
            "command", tr("palette.sidebar"), window.toggle_sidebar, "sidebar", in_force.spaced("sidebar"),
            "sidebar",
        )  # fmt: skip
        yield Place("command", tr("sidebar.bin"), self._pages.bin.open, "trash", also="bin trash deleted")
        quick = self._pages.quick_ask_requested.emit
        yield Place("command", tr("palette.quick_ask"), quick, "chat", also="quick ask spotlight")
        leave = window.quit_requested.emit
        yield Place("command", tr("palette.quit"), leave, "close", in_force.spaced("quit"), "quit exit")

    def _switch_language(self) -> None:
        self._settings.change(language="en" if language() == "zh" else "zh")


def _with(act: Callable[[str], object], value: str) -> Callable[[], object]:
    return lambda: act(value)
