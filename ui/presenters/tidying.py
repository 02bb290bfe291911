"""Carries out what the user wishes to be done to conversations, and takes it back again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from PySide6.QtCore import QObject, Signal

from app.i18n import tr
from app.store.store import Store
from app.tasks import TaskScope
from ui.sidebar import Sidebar
from ui.toast import Toast

MOST_UNDONE = 50
"""So many steps can be taken back."""

_Undo = Callable[[], Awaitable[object]]


class Tidying(QObject):
    """Serves the sidebar's wishes. What takes something out of sight says so in the bar at the foot, with its
    undo; Ctrl+Z takes back the steps of this run one after another.

    `gone(id)`: it was deleted. `reopened(id)`: a single deletion was taken back.
    """

    gone = Signal(str)
    reopened = Signal(str)

    def __init__(self, sidebar: Sidebar, toast: Callable[[], Toast], store: Store, scope: TaskScope) -> None:
        super().__init__()
        self._sidebar = sidebar
        self._toast = toast
        self._store = store
        self._scope = scope
        self._steps: list[_Undo] = []
        wishes = sidebar.wishes
        wishes.renamed.connect(self.rename)
        wishes.deleted.connect(self.delete)
        wishes.pinned.connect(lambda ids, on: self._start(self._pin(ids, on)))
        wishes.archived.connect(lambda ids, on: self._start(self._archive(ids, on)))
        wishes.moved.connect(lambda ids, folder: self._start(self._move(ids, folder)))
        wishes.tagged.connect(lambda ids, add, remove: self._start(self._tag(ids, add, remove)))
        wishes.folder_renamed.connect(lambda old, new: self._start(self._rename_folder(old, new)))
        wishes.undone.connect(self.undo)

    def rename(self, conversation: str, title: str) -> None:
        """Give a conversation the title the user wrote; an empty one changes nothing."""
        if title.strip():
            self._start(self._rename(conversation, title.strip()))

    def delete(self, ids: list[str]) -> None:
        """Move conversations to the bin."""
        self._start(self._delete(ids))

    def undo(self) -> None:
        """Take back the last step; without one nothing happens."""
        if self._steps:
            self._toast().dismiss()
            self._start(self._take_back(self._steps.pop()))

    def forget(self) -> None:
        """Everything was erased: there is nothing that could be taken back."""
        self._steps.clear()
        self._toast().dismiss()

    def hand_over(self, to: Tidying) -> None:
        """Another window goes on: what can be taken back here can be taken back there."""
        to._steps[:0] = self._steps
        self._steps.clear()
        self.reopened.disconnect()
        self.reopened.connect(to.reopened)

    # steps

    async def _rename(self, conversation: str, title: str) -> None:
        found = await self._store.conversation(conversation)
        if found is None or found.title == title:
            return
        old, by_user = found.title, found.title_by_user
        await self._store.update_conversation(conversation, title=title, title_by_user=True)
        self._remember(
            lambda: self._store.update_conversation(conversation, title=old, title_by_user=by_user)
        )

    async def _delete(self, ids: list[str]) -> None:
        found = [c for c in [await self._store.conversation(one) for one in ids[:1]] if c is not None]
        if not await self._store.delete_conversations(ids):
            return
        for one in ids:
            self.gone.emit(one)
        only = found[0] if len(ids) == 1 and found else None

        async def restore() -> None:
            if await self._store.restore_conversations(ids) and only is not None:
                self.reopened.emit(only.id)

        if only is not None:
            text = tr("conversations.deleted", title=only.title or tr("sidebar.untitled"))
        else:
            text = tr("conversations.deleted.many", n=len(ids))
        self.done(text, restore)

    async def _pin(self, ids: list[str], on: bool) -> None:
        changed = [c.id for c in self._sidebar.model.known(ids) if c.pinned != on]
        await self._store.update_conversations(changed, pinned=on)
        self._remember(lambda: self._store.update_conversations(changed, pinned=not on))

    async def _archive(self, ids: list[str], on: bool) -> None:
        changed = [c.id for c in self._sidebar.model.known(ids) if c.archived != on]
        if not changed:
            return
        await self._store.archive(changed, on)
        text = tr("conversations.archived" if on else "conversations.unarchived", n=len(changed))
        self.done(text, lambda: self._store.archive(changed, not on))

    async def _move(self, ids: list[str], folder: str | None) -> None:
        before: defaultdict[str | None, list[str]] = defaultdict(list)
        for one in self._sidebar.model.known(ids):
            if one.folder != folder:
                before[one.folder].append(one.id)
        changed = [one for these in before.values() for one in these]
        if not changed:
            return
        # The folders they leave stay, even if nothing is left in them.
        for name in {name for name in (*before, folder) if name is not None}:
            self._sidebar.model.keep_folder(name)
        await self._store.update_conversations(changed, folder=folder)

        async def back() -> None:
            for name, these in before.items():
                await self._store.update_conversations(these, folder=name)

        n = len(changed)
        text = tr("conversations.moved", n=n, name=folder) if folder else tr("conversations.moved_out", n=n)
        self.done(text, back)

    async def _tag(self, ids: list[str], add: list[str], remove: list[str]) -> None:
        changed = await self._store.tag(ids, add=add, remove=remove)
        if changed:
            self._remember(lambda: self._store.tag(changed, add=remove, remove=add))
            if remove:
                name = " ".join(f"#{tag}" for tag in remove)
                self._say(tr("conversations.untagged", n=len(changed), name=name))

    async def _rename_folder(self, old: str, new: str | None) -> None:
        model = self._sidebar.model
        had = model.inside(new) if new is not None else []
        was_folded = old in model.arrangement.folded
        moved = await self._store.rename_folder(old, new)
        model.keep_folder(old, keep=False)
        model.fold(old, False)
        if new is not None:
            model.keep_folder(new)
            model.fold(new, was_folded)

        async def back() -> None:
            await self._store.update_conversations(moved, folder=old)
            if new is not None and not had:
                model.keep_folder(new, keep=False)
            model.keep_folder(old)

        if new is None:
            self.done(tr("conversations.dissolved", name=old), back)
        else:
            self._remember(back)

    # taking back

    def _remember(self, undo: _Undo) -> None:
        self._steps.append(undo)
        del self._steps[:-MOST_UNDONE]

    def done(self, text: str, undo: Callable[[], Awaitable[object]]) -> None:
        """Say what was done, here or elsewhere; the bar at the foot and Ctrl+Z take it back with `undo`."""
        self._remember(undo)
        self._say(text)

    def _say(self, text: str) -> None:
        """Say what the last step was; the bar's undo takes back that one, not a later one."""
        step = self._steps[-1]

        def take_back() -> None:
            if step in self._steps:
                self._steps.remove(step)
                self._start(self._take_back(step))

        self._toast().show_undo(text, take_back)

    async def _take_back(self, step: _Undo) -> None:
        await step()

    def _start(self, coro: Coroutine[Any, Any, object]) -> None:
        self._scope.start(coro, "change conversation")
