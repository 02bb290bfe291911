"""The way to the quota page, which is imported and built when it is first opened; and the quiet notices."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.clock import Clock
from app.core import Core
from app.leg_names import LegNames
from app.quota_words import QuotaWords
from app.tasks import TaskScope
from ui.main_window import MainWindow
from ui.pieces import Backstage, Making
from ui.presenters.quota_notices import QuotaNotices
from ui.presenters.spend import SpendChooser
from ui.qt_kinds import loaded

if TYPE_CHECKING:
    from ui.presenters.quota import QuotaPresenter

QUOTA = "quota"


class QuotaDoor(QObject):
    """Signals: `correct_requested(grant id)`, `turn_requested((conversation, message))`, `keys_requested`."""

    keys_requested = Signal()
    correct_requested = Signal(str)
    turn_requested = Signal(object)

    def __init__(
        self,
        window: MainWindow,
        core: Core,
        scope: TaskScope,
        clock: Clock,
        spend: SpendChooser,
        tell: Callable[[BaseException], None],
    ) -> None:
        super().__init__()
        self._window = window
        self._core = core
        self._scope = scope
        self._clock = clock
        self._spend = spend
        self._tell = tell
        self.presenter: QuotaPresenter | None = None
        self._making = Making(self._steps, self._made, self)
        self._wanted = False
        window.page_changed.connect(lambda _name: self._changed_mind())
        words = QuotaWords(core.directory)
        self._notices = QuotaNotices(core.ledger, words, window.notices, clock, scope, lambda _: self.open())

    def detach(self) -> None:
        """Let go of the services; the window is about to be thrown away."""
        self._notices.detach()
        self._making.stop()
        if self.presenter is not None:
            self.presenter.detach()

    def open(self) -> None:
        """Show the page as soon as it is there: it is made between other things when it is first wanted."""
        if self.presenter is not None:
            self.show()
            return
        self._wanted = True
        self._making.begin()

    def _made(self) -> None:
        if self._wanted:
            self.show()

    def _changed_mind(self) -> None:
        """The user went elsewhere meanwhile."""
        self._wanted = False

    def show(self) -> None:
        """Show the page now, filled anew."""
        if self.presenter is None:
            self._wanted = False
            self._making.finish()
        presenter = self.presenter
        assert presenter is not None
        self._window.show_page(QUOTA)
        # Or the first button would get the keyboard from the editor that is hidden, with its ring.
        presenter.take_focus()
        presenter.fill()

    def _steps(self) -> Iterator[object]:
        yield from loaded("ui.presenters.quota", "ui.quota.page")
        from ui.presenters.quota import QuotaPresenter, QuotaTools
        from ui.quota.page import QuotaPage

        core, window = self._core, self._window
        window.use_details()
        yield
        page = QuotaPage(window.theme, whole=False)
        yield (backstage := Backstage(page, window.stack))
        yield from page.build()
        made = QuotaPresenter(
            page,
            QuotaTools(
                store=core.store,
                ledger=core.ledger,
                directory=core.directory,
                balances=core.providers.balances,
                names=LegNames(core.directory, core.keys),
                clock=self._clock,
                scope=self._scope,
                spend=self._spend,
                with_keys=lambda: core.keys.with_keys(core.catalogue.providers),
                toast=lambda: window.toast,
                tell=self._tell,
            ),
        )
        made.correct_requested.connect(self.correct_requested)
        made.turn_requested.connect(self.turn_requested)
        page.keys_requested.connect(self.keys_requested)
        page.back_requested.connect(lambda: window.show_page("chat"))
        backstage.enter()
        window.add_page(QUOTA, page)
        self.presenter = made
