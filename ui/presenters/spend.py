"""The spend guard of the page shown: the menu of the strip's button, for this conversation or for all."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from PySide6.QtCore import QObject, QPoint, Signal
from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import QMenu, QWidget

from app.i18n import tr
from app.policy import Spend
from app.settings import SettingsService
from app.store.records import Conversation
from ui.menu_head import add_head
from ui.sidebar import spend_word

CHOICES: tuple[Spend, ...] = ("never", "ask", "allow")


class SpendChooser(QObject):
    """Signal: `changed` when the guard of the page is another one.

    `shown` gives the open conversation and whether the page is practice; `keep` stores a conversation's
    choice (None = that of all conversations). A page without a conversation keeps the choice in `wish` until
    its first question.
    """

    changed = Signal()

    def __init__(
        self,
        settings: SettingsService,
        shown: Callable[[], tuple[Conversation | None, bool]],
        keep: Callable[[str, Spend | None], Coroutine[Any, Any, Any]],
        start: Callable[[Coroutine[Any, Any, Any], str], object],
    ) -> None:
        super().__init__()
        self._settings = settings
        self._shown = shown
        self._keep = keep
        self._start = start
        self.wish: Spend | None = None

    @property
    def own(self) -> Spend | None:
        """The page's own choice; None = that of all conversations."""
        conversation, _practice = self._shown()
        kept = conversation.spend if conversation is not None else self.wish
        return next((choice for choice in CHOICES if choice == kept), None)

    @property
    def used(self) -> Spend:
        """What holds for the page."""
        return self.own or self._settings.current.spend

    def use(self, spend: Spend | None) -> None:
        """Let this conversation alone have that guard; None = as all do."""
        conversation, practice = self._shown()
        if practice or spend == self.own:
            return
        if conversation is None:
            self.wish = spend
            self.changed.emit()
        else:
            self._start(self._keep(conversation.id, spend), "spend guard")

    def forget(self) -> None:
        """Another page is shown; nothing is chosen for it yet."""
        self.wish = None

    def menu(self, parent: QWidget) -> QMenu:
        """The choices for this conversation, then those for all; the caller pops it up."""
        menu = QMenu(parent)
        here, everywhere = QActionGroup(menu), QActionGroup(menu)
        common = self._settings.current.spend
        add_head(menu, tr("spend.here"), marked=True)
        self._row(menu, here, tr("spend.as_all", word=spend_word(common)), None)
        for choice in CHOICES:
            self._row(menu, here, spend_word(choice), choice)
        menu.addSeparator()
        add_head(menu, tr("spend.everywhere"), marked=True)
        for choice in CHOICES:
            action = menu.addAction(spend_word(choice))
            action.setCheckable(True)
            action.setChecked(choice == common)
            action.triggered.connect(lambda _=False, v=choice: self._settings.change(spend=v))
            everywhere.addAction(action)
        return menu

    def popup(self, near: QWidget) -> None:
        """Open the menu below `near`, or above it where that stands at the window's foot."""
        menu = self.menu(near)
        menu.aboutToHide.connect(menu.deleteLater)
        corner, size = near.mapToGlobal(near.rect().bottomLeft()), menu.sizeHint()
        if near.window().mapFromGlobal(corner).y() > near.window().height() // 2:
            right = near.mapToGlobal(near.rect().topRight())
            corner = QPoint(max(0, right.x() - size.width() + 1), max(0, right.y() - size.height() - 8))
        menu.popup(corner)

    def _row(self, menu: QMenu, group: QActionGroup, text: str, value: Spend | None) -> None:
        action = menu.addAction(text)
        action.setCheckable(True)
        action.setChecked(value == self.own)
        action.triggered.connect(lambda: self.use(value))
        group.addAction(action)
