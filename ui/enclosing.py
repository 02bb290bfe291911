"""Puts attachments into the window: the tray over the editor, the estimate, opening what was sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QDropEvent

from app.core import Core
from app.tasks import TaskScope
from ui.composer.editor import files_of
from ui.exchange.importing import importable
from ui.presenters.enclosures import EnclosurePresenter
from ui.presenters.forecast import ForecastPresenter
from ui.presenters.guarding import leaks_of
from ui.presenters.opening import Opening

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.clock import Clock
    from ui.main_window import MainWindow
    from ui.presenters.chat import ChatPresenter
    from ui.presenters.strip import StripPresenter
    from ui.presenters.turns import Running, Turns
    from ui.transcript.view import TranscriptView


class Enclosing(QObject):
    """Attachments for one life of the window."""

    def __init__(
        self,
        window: MainWindow,
        core: Core,
        scope: TaskScope,
        clock: Clock,
        chat: ChatPresenter,
        transcript: TranscriptView,
        strip: StripPresenter,
        turns: Turns,
        tell: Callable[[BaseException], None],
    ) -> None:
        super().__init__()
        composer = window.composer
        self._window = window
        self._chat = chat
        self._turns = turns
        self.enclosures = EnclosurePresenter(
            composer, window.notices, core.store, scope.start, tell, window, leaks_of(core)
        )
        self.forecast = ForecastPresenter(
            composer,
            self.enclosures,
            strip,
            core.store,
            core.relay.estimator,
            core.ledger,
            clock,
            scope.start,
        )
        self.opening = Opening(window, core.store, scope.start, tell)
        composer.parts = lambda: self.enclosures.held
        pictures = transcript.context.pictures
        pictures.fetch, pictures.start = self.enclosures.thumbnail, scope.start
        self.enclosures.open_requested.connect(self.opening.open)
        chat.opened.connect(self._opened)
        chat.wish.connect(self._wish)
        window.setAcceptDrops(True)
        window.installEventFilter(self)
        turns.started.connect(self._started)
        turns.ended.connect(self._ended)

    def detach(self) -> None:
        """Let go of the services; the views are about to be thrown away."""
        self._window.removeEventFilter(self)
        self._turns.started.disconnect(self._started)
        self._turns.ended.disconnect(self._ended)
        self.enclosures.detach()
        self.forecast.detach()
        self.opening.detach()

    def _opened(self, conversation: object) -> None:
        shown = conversation if isinstance(conversation, str) else None
        self.enclosures.opened(shown)
        self.forecast.opened(shown)

    def _wish(self, action: str, argument: str) -> None:
        if action == "open_attachment":
            self.opening.open(argument)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Files dropped anywhere on the chat go to the composer, unless they are for an import."""
        if event.type() in (QEvent.Type.DragEnter, QEvent.Type.Drop) and isinstance(event, QDropEvent):
            files = files_of(event.mimeData())
            if files and not importable(event.mimeData()) and self._window.page() == "chat":
                event.acceptProposedAction()
                if event.type() == QEvent.Type.Drop:
                    self.enclosures.add_files(files)
                return True
        return False

    def _started(self, running: Running) -> None:
        self.enclosures.sent([part.id for part in running.started.question.enclosed])

    def _ended(self, conversation: str, _answer: str) -> None:
        if self._chat.conversation is not None and self._chat.conversation.id == conversation:
            self.forecast.opened(conversation)
