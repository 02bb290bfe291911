"""The list on the left: fills it, keeps it in step with the store, carries out what is asked of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, Signal

from app.i18n import tr
from app.store.entries import Changes
from app.store.records import Conversation
from app.store.store import Store
from app.tasks import TaskScope
from ui.sidebar import Sidebar
from ui.toast import Toast


class ConversationsPresenter(QObject):
    """Signals: `open_requested(id)`, `gone(id)` (it was deleted), `changed(Conversation)`."""

    open_requested = Signal(str)
    gone = Signal(str)
    changed = Signal(object)

    def __init__(self, sidebar: Sidebar, toast: Toast, store: Store, scope: TaskScope) -> None:
        super().__init__()
        self._sidebar = sidebar
        self._toast = toast
        self._store = store
        self._scope = scope
        self._unsubscribe = store.subscribe(self._on_changes)
        sidebar.opened.connect(self.open_requested)
        sidebar.renamed.connect(self.rename)
        sidebar.delete_requested.connect(self.delete)
        sidebar.pin_toggled.connect(self._pin)

    def detach(self) -> None:
        """Let go of the store; the views are about to be thrown away."""
        self._unsubscribe()

    async def load(self) -> list[Conversation]:
        """Fill the list; returns what is in it, newest first."""
        conversations = await self._store.conversations()
        self._sidebar.set_conversations(conversations)
        return conversations

    def rename(self, conversation: str, title: str) -> None:
        """Give a conversation the title the user wrote; an empty one changes nothing."""
        if title.strip():
            self._change(conversation, title=title.strip(), title_by_user=True)

    def delete(self, conversation: str) -> None:
        """Delete a conversation; the bar at the foot takes it back."""
        self._scope.start(self._delete(conversation), "delete conversation")

    async def _delete(self, conversation: str) -> None:
        found = await self._store.conversation(conversation)
        if found is None or not await self._store.delete_conversation(conversation):
            return
        self.gone.emit(conversation)
        text = tr("conversations.deleted", title=found.title or tr("sidebar.untitled"))
        self._toast.show_undo(text, self._undo(conversation))

    def _undo(self, conversation: str) -> Callable[[], None]:
        async def restore() -> None:
            if await self._store.restore_conversation(conversation):
                self.open_requested.emit(conversation)

        return lambda: self._start(restore())

    def _pin(self, conversation: str, pinned: bool) -> None:
        self._change(conversation, pinned=pinned)

    def _change(self, conversation: str, **fields: object) -> None:
        self._start(self._store.update_conversation(conversation, **fields))

    def _start(self, coro: Any) -> None:
        self._scope.start(coro, "change conversation")

    def _on_changes(self, changes: Changes) -> None:
        if changes.conversations:
            self._start(self._refresh(changes.conversations))

    async def _refresh(self, ids: frozenset[str]) -> None:
        for one in ids:
            found = await self._store.conversation(one)
            if found is None or found.deleted_at is not None:
                self._sidebar.remove(one)
            else:
                self._sidebar.upsert(found)
                self.changed.emit(found)
