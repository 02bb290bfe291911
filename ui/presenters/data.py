"""The presenters of the data section's cards, in a plain list."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from app.core import Core
    from app.tasks import TaskScope
    from ui.main_window import MainWindow
    from ui.settings.page import SettingsPage


@dataclass(frozen=True, slots=True)
class DataTools:
    """What the cards' presenters choose from; each takes the two or three things it uses.

    `tell` shows an error in the window. The section is built late: `page.serve("data", fn)` calls `fn` with
    it then; `section.cards[name]` is the card.
    """

    page: SettingsPage
    window: MainWindow
    core: Core
    scope: TaskScope
    tell: Callable[[BaseException], None]


class DataPart(Protocol):
    """A presenter of one or more cards."""

    def detach(self) -> None:
        """Let go of the services; the page is about to be thrown away."""
        ...


def data_parts(tools: DataTools) -> list[DataPart]:
    """The presenters of all cards."""
    return []
