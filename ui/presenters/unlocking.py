"""A turn that no key could be read for: its card has the keyring unlocked, and the turn goes on by itself."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from PySide6.QtCore import QObject

from app.asking import Ask
from app.errors import KnownError
from app.i18n import tr
from app.keys import KeyService
from app.store.store import Store
from ui.notices import NoticeArea
from ui.presenters.turns import Turns

NOTICE = "keyring"


class Unlocking(QObject):
    """`again_in_column(answer)` asks one column of a comparison once more; `show_storage` shows where keys
    are kept; `changed` is told after every try."""

    def __init__(
        self,
        notices: NoticeArea,
        keys: KeyService,
        store: Store,
        turns: Turns,
        start: Callable[[Coroutine[Any, Any, Any], str], object],
        *,
        again_in_column: Callable[[str], object],
        show_storage: Callable[[], None],
        changed: Callable[[], object],
    ) -> None:
        super().__init__()
        self._notices = notices
        self._keys = keys
        self._store = store
        self._turns = turns
        self._start = start
        self._again_in_column = again_in_column
        self._show_storage = show_storage
        self._changed = changed
        self._wanted: dict[str, None] = {}
        self._trying = self._gone = False

    def detach(self) -> None:
        """The window is about to be thrown away; a prompt of the system's may still be open."""
        self._gone = True

    def unlock(self, answer: str) -> None:
        """Ask the system for the keyring, then answer this again; several may wait for one prompt."""
        self._wanted[answer] = None
        if not self._trying:
            self._trying = True
            self._notices.put(NOTICE, tr("keystorage.trying"))
            self._start(self._unlock(), "unlock the keyring")

    async def _unlock(self) -> None:
        trouble: KnownError | None = None
        try:
            state = await self._keys.try_storage()
            trouble = state.reason if state.memory else None
        except KnownError as error:
            trouble = error
        finally:
            self._trying = False
            wanted, self._wanted = list(self._wanted), {}
        if self._gone:
            return
        self._changed()
        if trouble is not None:
            details = tr("transcript.do_keyring_page")
            self._notices.put(NOTICE, str(trouble), "bad", details, self._show_storage)
            return
        self._notices.clear(NOTICE)
        for found in await self._store.messages(wanted):
            if found.column_group is not None:
                self._again_in_column(found.id)
            elif found.status == "failed":
                again = Ask(conversation=found.conversation, answer=found.id, resume=bool(found.text))
                self._turns.start(again)
