"""The section on where keys are kept: looks, tries, moves keys into the keyring once it works."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.errors import KnownError
from app.i18n import tr
from app.keys import KeyService
from app.storage_words import storage_report
from app.tasks import TaskScope
from app.vault import StorageState

if TYPE_CHECKING:
    from ui.settings.key_storage import KeyCounts, KeyStorageSection
    from ui.settings.page import SettingsPage

SECTION = "storage"
_Work = Callable[[], Awaitable[tuple[StorageState, str]]]


class KeyStoragePresenter(QObject):
    """Serves the section of one settings page once it is built. `changed()`: keys may go elsewhere now."""

    changed = Signal()

    def __init__(self, page: SettingsPage, keys: KeyService, scope: TaskScope) -> None:
        super().__init__()
        self._keys = keys
        self._scope = scope
        self._section: KeyStorageSection | None = None
        self._busy = False
        self._next: tuple[_Work, str] | None = None
        page.fill(SECTION, self._serve)
        page.section_shown.connect(self._shown)

    def detach(self) -> None:
        """The page is about to be thrown away."""
        self._section = None

    def unlock(self) -> None:
        """Try the keyring because something needs it now."""
        self._do(self._try, tr("keystorage.trying"))

    def _serve(self, section: KeyStorageSection) -> None:
        if self._section is None:
            section.try_requested.connect(self.unlock)
            section.memory_requested.connect(lambda: self._do(self._use_memory, tr("keystorage.looking")))
            section.settle_requested.connect(lambda: self._do(self._settle, tr("keystorage.trying")))
        self._section = section

    def _shown(self, section: str) -> None:
        if section == SECTION:
            self._do(self._look, tr("keystorage.looking"))

    def _do(self, work: _Work, busy: str) -> None:
        if self._section is None:
            return
        self._section.show_busy(busy)
        if self._busy:
            self._next = (work, busy)
            return
        self._busy = True
        self._scope.start(self._run(work), "key storage")

    async def _run(self, work: _Work) -> None:
        news = ""
        state: StorageState | KnownError
        try:
            state, news = await work()
        except KnownError as error:
            state = error
        finally:
            self._busy = False
        if self._next is not None:
            (wish, busy), self._next = self._next, None
            self._do(wish, busy)
        elif self._section is not None:
            self._section.show_report(storage_report(state), self._counts(), news)
        self.changed.emit()

    async def _look(self) -> tuple[StorageState, str]:
        return await self._keys.storage_state(), ""

    async def _try(self) -> tuple[StorageState, str]:
        state = await self._keys.try_storage()
        return state, "" if state.memory else tr("keystorage.tested")

    async def _use_memory(self) -> tuple[StorageState, str]:
        await self._keys.use_memory()
        return await self._keys.storage_state(), ""

    async def _settle(self) -> tuple[StorageState, str]:
        moved = await self._keys.settle()
        return await self._keys.storage_state(), tr("keystorage.settled", n=moved)

    def _counts(self) -> KeyCounts:
        from ui.settings.key_storage import KeyCounts

        fleeting, stored = len(self._keys.volatile()), len(self._keys.records())
        return KeyCounts(stored - fleeting, fleeting, self._keys.from_environment())
