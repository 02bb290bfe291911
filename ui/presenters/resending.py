"""Questions that wait because nobody could be reached: offered again, all at once, when somebody can be."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from PySide6.QtCore import QObject

from app.asking import Ask
from app.i18n import tr
from app.relay.events import Done, RelayEvent
from app.store.store import Store
from ui.notices import NoticeArea
from ui.presenters.turns import Turns

NOTICE = "waiting"


class Resending(QObject):
    """Knows the waiting questions of this run and of the conversations opened in it. Nothing is sent unasked.

    That the network is back is told by the system, where it says so, and by any answer from outside this
    computer; `local` tells whether a provider runs on it.
    """

    def __init__(
        self,
        notices: NoticeArea,
        store: Store,
        turns: Turns,
        start: Callable[[Coroutine[Any, Any, Any], str], object],
        local: Callable[[str], bool],
    ) -> None:
        super().__init__()
        self._notices = notices
        self._store = store
        self._turns = turns
        self._start = start
        self._local = local
        self._waiting: dict[str, str] = {}
        self._watching = False
        turns.ended.connect(self._ended)
        turns.told.connect(self._told)

    def detach(self) -> None:
        """Let go of the running turns; the bars are about to be thrown away."""
        self._turns.ended.disconnect(self._ended)
        self._turns.told.disconnect(self._told)

    def opened(self, conversation: object) -> None:
        """A conversation is shown; its last question may have been waiting since another day."""
        if isinstance(conversation, str):
            self._start(self._look(conversation), "waiting questions")

    async def _look(self, conversation: str) -> None:
        found = await self._store.conversation(conversation)
        if found is not None and found.head is not None:
            await self._note(conversation, found.head)

    async def _note(self, conversation: str, answer: str) -> None:
        found = await self._store.messages([answer])
        home = await self._store.conversation(conversation)
        kept = home is not None and home.deleted_at is None
        if kept and found and found[0].status == "waiting" and found[0].column_group is None:
            self._waiting[conversation] = answer
            self._watch()
        elif self._waiting.pop(conversation, None) is not None and not self._waiting:
            self._notices.clear(NOTICE)

    def _watch(self) -> None:
        """Have the system tell when it is online again; not every one can."""
        if self._watching:
            return
        self._watching = True
        from PySide6.QtNetwork import QNetworkInformation

        if QNetworkInformation.loadDefaultBackend():
            QNetworkInformation.instance().reachabilityChanged.connect(self._reachable)

    def _reachable(self, _reachability: object) -> None:
        from PySide6.QtNetwork import QNetworkInformation

        if QNetworkInformation.instance().reachability() == QNetworkInformation.Reachability.Online:
            self._offer()

    def _ended(self, conversation: str, answer: str) -> None:
        self._start(self._note(conversation, answer), "waiting questions")

    def _told(self, conversation: str, _answer: str, event: RelayEvent) -> None:
        if isinstance(event, Done) and not self._local(event.provider):
            self._waiting.pop(conversation, None)
            self._offer()

    def _offer(self) -> None:
        self._start(self._offer_what_waits(), "waiting questions")

    async def _offer_what_waits(self) -> None:
        await self._look_again()
        n = len(self._waiting)
        if n:
            self._notices.put(NOTICE, tr("chat.back_online", n=n), "info", tr("chat.resend"), self.resend)
        else:
            self._notices.clear(NOTICE)

    def resend(self) -> None:
        """Ask again what waits, each in its own conversation."""
        self._notices.clear(NOTICE)
        self._start(self._resend(), "waiting questions")

    async def _look_again(self) -> None:
        """Forget what was deleted or asked again meanwhile."""
        for conversation, answer in list(self._waiting.items()):
            await self._note(conversation, answer)

    async def _resend(self) -> None:
        await self._look_again()
        waiting, self._waiting = self._waiting, {}
        for conversation, answer in waiting.items():
            self._turns.start(Ask(conversation=conversation, answer=answer))
