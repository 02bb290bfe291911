"""The bin's page: fills it, restores and removes for good."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Qt

from app.clock import Clock
from app.errors import KnownError
from app.i18n import tr
from app.store.entries import Changes
from app.store.store import Store
from app.store.store_conversations import BIN_SECONDS
from app.tasks import TaskScope
from ui.bin.model import Extent
from ui.bin.page import BinPage
from ui.main_window import MainWindow


class BinPresenter(QObject):
    """Owns the page. `open_conversation(id)` shows one that was restored."""

    def __init__(
        self,
        window: MainWindow,
        store: Store,
        scope: TaskScope,
        clock: Clock,
        open_conversation: Callable[[str], None],
        tell: Callable[[BaseException], None],
    ) -> None:
        super().__init__()
        self._window = window
        self._store = store
        self._scope = scope
        self._clock = clock
        self._open = open_conversation
        self._tell = tell
        self._wanted = self._busy = False
        self.page = BinPage(window.theme, round(BIN_SECONDS / 86400))
        self.page.back_requested.connect(lambda: window.show_page("chat"))
        self.page.restore_requested.connect(self._restore)
        self.page.purge_requested.connect(self._purge)
        self._unsubscribe = store.subscribe(self._on_changes)

    def detach(self) -> None:
        """Let go of the store; the page is about to be thrown away."""
        self._unsubscribe()

    def take_focus(self) -> None:
        """Give the list the keyboard."""
        self.page.list.setFocus(Qt.FocusReason.OtherFocusReason)

    def fill(self) -> None:
        """Read the bin; changes that come while it is read are read once more after it."""
        if self._wanted:
            return
        self._wanted = True
        self._scope.start(self._read(), "read the bin")

    async def _read(self) -> None:
        self._wanted = False
        found = await self._store.deleted_conversations()
        self.page.model.show(found, self._clock.now(), BIN_SECONDS)
        if not found:
            return
        try:
            sizes = await self._store.sizes()
        except KnownError as error:
            self._tell(error)
            return
        counted = sizes.conversations
        self.page.model.set_extents(
            {
                c.id: Extent(counted[c.id].messages, counted[c.id].text + counted[c.id].attachments)
                for c in found
                if c.id in counted
            }
        )

    def _on_changes(self, changes: Changes) -> None:
        if changes.conversations and self._window.stack.currentWidget() is self.page and not self._busy:
            self.fill()

    def _restore(self, ids: list[str]) -> None:
        self._scope.start(self._restored(ids), "restore from the bin")

    async def _restored(self, ids: list[str]) -> None:
        n = await self._store.restore_conversations(ids)
        if n == 1:
            self._window.toast.show_text(tr("bin.restored", n=1), tr("bin.open"), lambda: self._open(ids[0]))
        elif n:
            self._window.toast.show_text(tr("bin.restored", n=n))

    def _purge(self, ids: list[str]) -> None:
        self._scope.start(self._purged(ids), "empty the bin")

    async def _purged(self, ids: list[str]) -> None:
        self._busy = True
        self.page.set_busy(True)
        try:
            gone = await self._store.purge_conversations(ids)
        finally:
            self._busy = False
            self.page.set_busy(False)
            self.fill()
        self._window.toast.show_text(tr("bin.purged", n=len(gone)))
