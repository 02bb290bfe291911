"""Deleting everything, really: what runs is stopped, what is shown is forgotten, then the data goes."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from app.errors import KnownError
from app.i18n import tr

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from app.core import Core
    from app.tasks import TaskScope
    from ui.main_window import MainWindow
    from ui.presenters.chat import ChatPresenter
    from ui.presenters.conversations import ConversationsPresenter
    from ui.presenters.turns import Turns
    from ui.settings.data import DataSection
    from ui.settings.data_erase import EraseCard
    from ui.settings.page import SettingsPage

PATIENCE = 5.0
"""Seconds in which turns that were stopped have to end."""


class Erasing:
    """Does it, for one life of the window."""

    def __init__(
        self,
        window: MainWindow,
        core: Core,
        turns: Turns,
        chat: ChatPresenter,
        conversations: ConversationsPresenter,
    ) -> None:
        self._window = window
        self._core = core
        self._turns = turns
        self._chat = chat
        self._conversations = conversations

    async def erase(self, with_keys: bool) -> None:
        """Raises `KnownError` when something could not be removed."""
        from app.erasing import erase_everything

        await self._stop_turns()
        page = self._window.page()
        self._chat.new()
        # Leaving a page keeps its place and its draft; neither is to stay.
        self._chat.places.clear()
        self._chat.fresh_draft = ""
        self._window.composer.set_text("")
        self._window.show_page(page)
        self._conversations.forget()
        core = self._core
        try:
            if with_keys:
                await core.proxy.forget()
            await erase_everything(core.store, core.paths, core.keys, with_keys=with_keys)
        finally:
            await self._conversations.load()

    async def _stop_turns(self) -> None:
        """End every turn: what it would still write must not come after the erasing."""
        changed = asyncio.Event()
        self._turns.changed.connect(changed.set)
        try:
            async with asyncio.timeout(PATIENCE):
                while running := self._turns.conversations():
                    changed.clear()
                    for conversation in running:
                        self._turns.stop(conversation)
                    await changed.wait()
        except TimeoutError:
            raise KnownError("data.erase.running") from None
        finally:
            self._turns.changed.disconnect(changed.set)


class ErasePresenter:
    """Serves the card `erase` of one settings page."""

    def __init__(
        self,
        page: SettingsPage,
        scope: TaskScope,
        erase: Callable[[bool], Awaitable[None]],
        erased: Callable[[], None],
    ) -> None:
        self._scope = scope
        self._erase = erase
        self._erased = erased
        page.serve("data", self._serve)

    def detach(self) -> None:
        """The page is about to be thrown away."""

    def _serve(self, section: DataSection) -> None:
        from ui.settings.data_erase import EraseCard

        card = section.cards["erase"]
        assert isinstance(card, EraseCard)
        card.erase_requested.connect(
            lambda with_keys: self._scope.start(self._run(card, with_keys), "erase everything")
        )

    async def _run(self, card: EraseCard, with_keys: bool) -> None:
        card.set_busy(True)
        card.say(tr("data.erase.busy"))
        text, bad = "", False
        try:
            await self._erase(with_keys)
            text = tr("data.erase.done_keys" if with_keys else "data.erase.done")
        except KnownError as error:
            text, bad = str(error), True
        finally:
            card.set_busy(False)
            card.say(text, bad=bad)
        self._erased()
