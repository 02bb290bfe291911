"""What becomes of a key that was about to be sent as a message: it is kept as a key instead, and checked."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject

from app import wording
from app.key_leaks import KeyLeaks
from ui.composer.key_guard import KeyGuard

if TYPE_CHECKING:
    from app.core import Core
    from ui.main_window import MainWindow
    from ui.presenters.enclosures import EnclosurePresenter
    from ui.presenters.pages import Pages


def leaks_of(core: Core) -> KeyLeaks:
    """Finds the keys in texts, by what the catalogue and the stored keys say now."""
    return KeyLeaks(core.keys, core.catalogue.every)


def namer(core: Core) -> Callable[[str], str]:
    """Says a provider's name as the catalogue has it now."""
    return lambda provider: wording.known_name(core.catalogue.get(provider), provider)


class Guarding(QObject):
    """Guards the composer of one window. What was attached before a key is found stays attached."""

    def __init__(
        self,
        window: MainWindow,
        core: Core,
        pages: Pages,
        start: Callable[[Coroutine[Any, Any, Any], str], object],
    ) -> None:
        super().__init__()
        composer = window.composer
        self._pages = pages
        self.guard = guard = KeyGuard(
            window.theme, composer.editor, composer.put_under, leaks_of(core), namer(core), start
        )
        composer.lets, composer.keepable = guard.lets, guard.keepable
        guard.keep_requested.connect(self.keep)
        guard.send_requested.connect(lambda: composer.send(anyway=True))

    def watch(self, enclosures: EnclosurePresenter) -> None:
        """Guard what is attached, too."""
        self.guard.enclosed = enclosures
        enclosures.changed.connect(self.guard.look_soon)

    def detach(self) -> None:
        """The window is about to be thrown away."""
        self.guard.detach()

    def keep(self, secret: str, providers: tuple[str, ...]) -> None:
        """Keep a key where its provider is plain, else ask whose it is; it is checked then."""
        if len(providers) != 1:
            self._pages.welcome.take_key(secret)
            return
        provider = providers[0]

        def take() -> None:
            page = self._pages.show_settings()
            page.show_provider(provider)
            page.key_pasted.emit(provider, secret, "")

        self._pages.open_settings("providers", take)
