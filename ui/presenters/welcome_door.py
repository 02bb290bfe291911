"""The way to the first-run page, which is imported and built when it is first shown."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal

from app.core import Core
from app.tasks import TaskScope
from ui.main_window import MainWindow
from ui.pieces import Backstage, Making
from ui.presenters.first_run import choose_local, local_offers
from ui.presenters.providers import ProvidersPresenter
from ui.qt_kinds import loaded

if TYPE_CHECKING:
    from ui.welcome.page import WelcomePage

WELCOME = "welcome"


class WelcomeDoor(QObject):
    """Signals: `start_requested` (begin to chat), `own_requested` (enter an endpoint of the user's own)."""

    start_requested = Signal()
    own_requested = Signal()

    def __init__(
        self, window: MainWindow, core: Core, scope: TaskScope, providers: ProvidersPresenter
    ) -> None:
        super().__init__()
        self._window = window
        self._core = core
        self._scope = scope
        self._providers = providers
        self.page: WelcomePage | None = None
        self._making = Making(self._steps, self._enter, self)
        self._pasted = ""

    def detach(self) -> None:
        """The window is about to be thrown away."""
        self.page = None
        self._making.stop()

    def open(self) -> None:
        """Show the page once what it needs is loaded."""
        if self.page is not None:
            self.show()
        else:
            self._making.begin()

    def take_key(self, secret: str) -> None:
        """Show the page and ask there whose this key is, as if it had been pasted."""
        self._pasted = secret
        self.open()

    def _steps(self) -> Iterator[object]:
        yield from loaded("ui.welcome.page")
        from ui.welcome.page import WelcomePage

        window = self._window
        window.use_details()
        yield
        # At a first start it has been painted before there was anything to fill it with.
        page = window.stack.findChild(WelcomePage)
        if page is None:
            page = WelcomePage(window.theme, whole=False)
            yield (backstage := Backstage(page, window.stack))
            yield from page.build()
            yield from page.fill(self._providers.cards())
            backstage.enter()
            window.add_page(WELCOME, page)
        page.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents, False)
        self._providers.serve_welcome(page)
        page.local_chosen.connect(self._chat_locally)
        page.own_requested.connect(self.own_requested)
        page.import_requested.connect(self._window.sidebar.wishes.imported)
        self.page = page
        self._scope.start(self.offer_local(page), "local servers")

    def show(self) -> None:
        """Show the page now."""
        if self.page is None:
            self._making.finish()
        else:
            self._enter()

    def _enter(self) -> None:
        assert self.page is not None
        self._window.show_page(WELCOME)
        self.page.take_focus()
        secret, self._pasted = self._pasted, ""
        if secret:
            self.page.any_pasted.emit(secret)

    async def offer_local(self, page: WelcomePage) -> None:
        """Look for model servers on this computer and offer them."""
        offers = await local_offers(self._core)
        if self.page is page:
            page.offers.set_local(offers)

    def _chat_locally(self, provider: str) -> None:
        choose_local(self._core, provider)
        self.start_requested.emit()
