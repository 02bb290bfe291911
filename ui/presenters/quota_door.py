"""The way to the quota page, which is imported and built when it is first opened; and the quiet notices."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.clock import Clock
from app.core import Core
from app.leg_names import LegNames
from app.quota_words import QuotaWords
from app.tasks import TaskScope
from ui.main_window import MainWindow
from ui.presenters.quota_notices import QuotaNotices
from ui.presenters.spend import SpendChooser

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
        words = QuotaWords(core.directory)
        self._notices = QuotaNotices(core.ledger, words, window.notices, clock, scope, lambda _: self.show())

    def detach(self) -> None:
        """Let go of the services; the window is about to be thrown away."""
        self._notices.detach()
        if self.presenter is not None:
            self.presenter.detach()

    def show(self) -> None:
        """Show the page, filled anew."""
        presenter = self.presenter or self._build()
        self._window.show_page(QUOTA)
        # Or the first button would get the keyboard from the editor that is hidden, with its ring.
        presenter.take_focus()
        presenter.fill()

    def _build(self) -> QuotaPresenter:
        from ui.presenters.quota import QuotaPresenter, QuotaTools
        from ui.quota.page import QuotaPage

        core, window = self._core, self._window
        window.use_details()
        page = QuotaPage(window.theme)
        made = self.presenter = QuotaPresenter(
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
        window.add_page(QUOTA, page)
        return made
