"""Says once, quietly, that a grant runs low or will lapse."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject, QTimer

from app import quota_words, wording
from app.clock import Clock
from app.errors import KnownError
from app.i18n import tr
from app.ledger.ledger import Ledger
from app.ledger.views import Notice
from app.quota_words import QuotaWords
from app.tasks import TaskScope
from ui.notices import NoticeArea

NAME = "quota"
QUIET_MS = 400
"""A turn changes the ledger several times; the user hears after the last."""

_GRAVITY = ("low_5", "lapses", "low_20")


class QuotaNotices(QObject):
    """`see(grant)` opens the quota page."""

    def __init__(
        self,
        ledger: Ledger,
        words: QuotaWords,
        notices: NoticeArea,
        clock: Clock,
        scope: TaskScope,
        see: Callable[[str], None],
    ) -> None:
        super().__init__()
        self._ledger = ledger
        self._words = words
        self._notices = notices
        self._clock = clock
        self._scope = scope
        self._see = see
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(QUIET_MS)
        self._timer.timeout.connect(self._look)
        self._end = ledger.subscribe(self._timer.start)
        self._timer.start()

    def detach(self) -> None:
        """Say nothing any more."""
        self._timer.stop()
        self._timer.timeout.disconnect()
        self._end()

    def _look(self) -> None:
        self._scope.start(self._tell(), "quota notices")

    async def _tell(self) -> None:
        try:
            due = await self._ledger.notices()
        except KnownError:
            return  # the disk has more urgent things to say, and says them elsewhere
        if due:
            self._show(due)

    def _show(self, due: Sequence[Notice]) -> None:
        first = min(due, key=lambda notice: _GRAVITY.index(notice.kind))
        text = self._text(first)
        grants = {notice.view.grant.id for notice in due}
        if len(grants) > 1:
            text = tr("grants.notice_more", text=text, n=len(grants) - 1)
        grant = first.view.grant.id

        def see() -> None:
            self._notices.clear(NAME)
            self._see(grant)

        kind = "cool" if first.kind == "low_5" else "info"
        self._notices.put(NAME, text, kind, tr("grants.notice_see"), see, closes=True)

    def _text(self, notice: Notice) -> str:
        view, now = notice.view, self._clock.now()
        when = wording.moment(view.expires, now) if view.expires is not None else ""
        values = {"name": self._words.name(view.grant), "left": quota_words.left(view)}
        return tr(f"grants.notice_{notice.kind}", **values, when=when)
