"""The list on the left: fills it and keeps it in step with the store."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from app.store.entries import Changes
from app.store.records import Conversation
from app.store.store import Store
from app.tasks import TaskScope
from ui.main_window import MainWindow
from ui.models.arranging import View
from ui.presenters.tidying import Tidying
from ui.undo_key import UndoKey

AT_ONCE = 30
"""From so many changed conversations on, the whole list is read at once."""


class ConversationsPresenter(QObject):
    """Signals: `open_requested(id)`, `gone(id)` (it was deleted), `changed(Conversation)`."""

    open_requested = Signal(str)
    gone = Signal(str)
    changed = Signal(object)

    def __init__(self, window: MainWindow, store: Store, scope: TaskScope) -> None:
        super().__init__()
        self._sidebar = window.sidebar
        self._store = store
        self._scope = scope
        self._changed: set[str] = set()
        self._reading = self._gone = False
        self._unsubscribe = store.subscribe(self._on_changes)
        self.tidying = Tidying(window.sidebar, lambda: window.toast, store, scope)
        self.tidying.gone.connect(self.gone)
        self.tidying.reopened.connect(self.open_requested)
        window.sidebar.opened.connect(self.open_requested)
        # In the settings the key takes back settings.
        window.undo_requested.connect(lambda: window.page() != "settings" and self.tidying.undo())
        UndoKey(window.composer.editor)

    def detach(self) -> None:
        """Let go of the store; the views are about to be thrown away."""
        self._unsubscribe()
        self._gone = True

    async def load(self) -> list[Conversation]:
        """Fill the list; returns what is in it, newest first."""
        conversations = await self._store.conversations(archived=None)
        self._sidebar.set_conversations(conversations)
        return conversations

    def rename(self, conversation: str, title: str) -> None:
        """Give a conversation the title the user wrote; an empty one changes nothing."""
        self.tidying.rename(conversation, title)

    def delete(self, conversation: str) -> None:
        """Delete a conversation; the bar at the foot takes it back."""
        self.tidying.delete([conversation])

    def forget(self) -> None:
        """Everything is being erased: the folders' names, the steps that could be taken back."""
        self.tidying.forget()
        self._sidebar.look_at(View())
        arrangement = self._sidebar.model.arrangement
        arrangement.folders.clear()
        arrangement.folded.clear()

    def _on_changes(self, changes: Changes) -> None:
        if changes.conversations:
            self._changed |= changes.conversations
            if not self._reading:
                self._reading = True
                self._scope.start(self._refresh(), "refresh the list")

    async def _refresh(self) -> None:
        """Read what has changed until nothing has: changes that come meanwhile are read together."""
        try:
            while self._changed:
                ids, self._changed = self._changed, set()
                if len(ids) > AT_ONCE:
                    await self._read_all(ids)
                    continue
                found = [await self._store.conversation(one) for one in ids]
                if self._gone:
                    # Whoever follows reads everything anew.
                    return
                shown = [c for c in found if c is not None and c.deleted_at is None]
                self._sidebar.model.update(shown, ids - {c.id for c in shown})
                for one in shown:
                    self.changed.emit(one)
        finally:
            self._reading = False

    async def _read_all(self, ids: set[str]) -> None:
        for one in await self.load():
            if one.id in ids:
                self.changed.emit(one)
