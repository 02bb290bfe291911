"""The way to the bin's page, which is imported and built when it is first opened."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from app.clock import Clock
from app.store.store import Store
from app.tasks import TaskScope
from ui.main_window import MainWindow
from ui.pieces import Making, polished
from ui.qt_kinds import loaded

if TYPE_CHECKING:
    from ui.presenters.bin import BinPresenter

BIN = "bin"


class BinDoor(QObject):
    """`open_conversation(id)` shows one that was restored."""

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
        self.presenter: BinPresenter | None = None
        self._making = Making(self._steps, self._made, self)
        self._wanted = False
        window.page_changed.connect(self._changed_mind)

    def detach(self) -> None:
        """Let go of the store; the window is about to be thrown away."""
        self._making.stop()
        if self.presenter is not None:
            self.presenter.detach()

    def open(self) -> None:
        """Show what was deleted as soon as the page is there."""
        self._wanted = True
        if self.presenter is not None:
            self._made()
        else:
            self._making.begin()

    def show(self) -> None:
        """Show what was deleted now."""
        self._wanted = False
        self._making.finish()
        assert self.presenter is not None
        self.presenter.fill()
        self._window.show_page(BIN)
        self.presenter.take_focus()

    def _made(self) -> None:
        if self._wanted:
            self.show()

    def _changed_mind(self, _page: str) -> None:
        """The user went elsewhere meanwhile."""
        self._wanted = False

    def _steps(self) -> Iterator[object]:
        yield from loaded("ui.presenters.bin")
        from ui.presenters.bin import BinPresenter

        made = BinPresenter(self._window, self._store, self._scope, self._clock, self._open, self._tell)
        yield from polished(made.page)
        self._window.add_page(BIN, made.page)
        self.presenter = made
