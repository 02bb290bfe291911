"""Which assistant the page uses: the cards on an empty page, the header's menu, and what a choice does."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import QMenu, QWidget
from shiboken6 import isValid

from app.assistants import Assistants, Listed
from app.i18n import tr
from app.store.entries import Changes
from app.store.records import Assistant, Conversation
from app.store.store import Store
from ui.assistants.offers import Offers
from ui.main_window import MainWindow
from ui.pieces import in_turns, polished, while_there
from ui.presenters.chains import ChainChooser
from ui.qt_kinds import loaded
from ui.transcript.empty import EmptyState
from ui.transcript.view import TranscriptView

Start = Callable[[Coroutine[Any, Any, Any], str], object]


class AssistantChooser(QObject):
    """Signals: `manage_requested` (show the library in the settings).

    `shown` gives the open conversation and whether the page is practice. A page without a conversation keeps
    the choice in `wish` until its first question.
    """

    manage_requested = Signal()

    def __init__(
        self,
        window: MainWindow,
        transcript: TranscriptView,
        library: Assistants,
        store: Store,
        chains: ChainChooser,
        shown: Callable[[], tuple[Conversation | None, bool]],
        start: Start,
    ) -> None:
        super().__init__()
        self._window = window
        self._library = library
        self._store = store
        self._chains = chains
        self._shown = shown
        self._start = start
        self._listed: list[Listed] | None = None
        self._round = 0
        self._gone = False
        self.wish: Assistant | None = None
        ground = transcript.findChild(EmptyState)
        assert ground is not None
        self.offers = Offers(window.theme, ground)
        self.offers.chosen.connect(lambda assistant: self.use(assistant or None))
        self.offers.all_requested.connect(self.popup)
        window.header.assistant_requested.connect(lambda: self.popup(window.header.assistant_button))
        # Several changes at once (an order) are shown once after them.
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(0)
        self._soon.timeout.connect(self.refresh)
        self._end = store.subscribe(self._changed)

    def detach(self) -> None:
        """Let go of the store; the views are about to be thrown away."""
        self._soon.stop()
        # What is being fetched comes too late for views that are thrown away.
        self._gone = True
        self._soon.timeout.disconnect()
        self._end()

    def opened(self) -> None:
        """Another page is shown; its assistant is not chosen yet."""
        self.wish = None
        self.refresh()

    def refresh(self) -> None:
        """Show cards and header for the page as it is now."""
        self._start(self._refresh(), "assistants")

    @property
    def used(self) -> str | None:
        """The id of the page's assistant."""
        conversation, _ = self._shown()
        if conversation is not None:
            return conversation.assistant
        return self.wish.id if self.wish is not None else None

    def use(self, assistant: str | None) -> None:
        """Let the page use that assistant; None = none. What is said already stays as it is."""
        if not self._shown()[1]:
            self._start(self._use(assistant), "choose an assistant")

    async def _use(self, assistant: str | None) -> None:
        found = await self._library.get(assistant) if assistant else None
        chosen = found.assistant if found is not None else None
        conversation, practice = self._shown()
        if practice:
            return
        if conversation is None:
            before, self.wish = self.wish, chosen
            if chosen is not None and chosen.chain:
                self._chains.use(chosen.chain)
            elif before is not None and before.chain and self._chains.wish == before.chain:
                self._chains.use(None)
            await self._refresh()
            return
        fields: dict[str, Any] = {
            "assistant": chosen.id if chosen else None,
            "system": chosen.system if chosen else "",
            "parameters": chosen.parameters if chosen else None,
        }
        if chosen is not None and chosen.chain:
            fields["chain"] = chosen.chain
        await self._store.update_conversation(conversation.id, **fields)

    def menu(self, parent: QWidget) -> QMenu:
        """The assistants there are; the caller pops it up."""
        menu = QMenu(parent)
        group = QActionGroup(menu)
        used, practice = self.used, self._shown()[1]
        rows: list[tuple[str, str | None]] = [(tr("assistants.none"), None)]
        rows += [(one.name, one.id) for one in self._listed or ()]
        for text, assistant in rows:
            action = menu.addAction(text.replace("&", "&&"))
            action.setCheckable(True)
            action.setChecked(assistant == used)
            action.setEnabled(not practice)
            action.triggered.connect(lambda _=False, one=assistant: self.use(one))
            group.addAction(action)
        menu.addSeparator()
        own = menu.addAction(tr("context.settings_action"))
        own.setEnabled(self._shown()[0] is not None)
        own.triggered.connect(lambda *_: self.edit())
        menu.addAction(tr("assistants.manage")).triggered.connect(lambda *_: self.manage_requested.emit())
        return menu

    def popup(self, near: QWidget) -> None:
        """Open the menu below `near`."""
        menu = self.menu(near)
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(near.mapToGlobal(near.rect().bottomLeft()))

    def edit(self, *, to_summary: bool = False) -> None:
        """Let the user change what the open conversation has of its own."""
        self._start(self._edit(to_summary), "settings of a conversation")

    async def _edit(self, to_summary: bool) -> None:
        shown, _ = self._shown()
        found = await self._store.conversation(shown.id) if shown is not None else None
        if found is None:
            return
        await in_turns(loaded("ui.assistants.conversation_dialog"))
        from ui.assistants.conversation_dialog import ConversationDialog

        name = await self._library.name(found.assistant) if found.assistant else None
        self._window.use_details()
        dialog = ConversationDialog(
            self._window.theme, self._window, found, name or "", to_summary=to_summary, whole=False
        )
        await in_turns(while_there(dialog, dialog.build()))
        if not isValid(dialog):
            return
        dialog.saved.connect(
            lambda changes: self._start(self._store.update_conversation(found.id, **changes), "chat settings")
        )
        await in_turns(polished(dialog))
        if isValid(dialog):
            dialog.open()

    async def _refresh(self) -> None:
        self._round += 1
        now = self._round
        listed = self._listed
        if listed is None:
            listed = await self._library.all()
        conversation, practice = self._shown()
        name = await self._name(conversation)
        if now != self._round or self._gone:
            return
        # Only now: what a change overtook while it was read must not be taken for the library as it is.
        self._listed = listed
        used = self.used
        self.offers.show_assistants([] if practice else listed, used)
        self._window.header.set_assistant("" if practice else name)

    async def _name(self, conversation: Conversation | None) -> str:
        if conversation is None:
            return self.wish.name if self.wish is not None else ""
        if conversation.assistant is not None:
            return await self._library.name(conversation.assistant) or tr("assistants.custom")
        return tr("assistants.custom") if conversation.system else ""

    def _changed(self, changes: Changes) -> None:
        if changes.assistants:
            self._listed = None
            self._round += 1
            self._soon.start()
