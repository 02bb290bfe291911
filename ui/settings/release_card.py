"""In the about section: whether a newer version is out, looked up when the user wants it."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from app.i18n import tr
from app.releases import FEED, Release
from ui.controls import Field, Switch, button, label
from ui.settings.form import Adaptive, Card, column, form_row, wrapping
from ui.theme import Theme


class ReleaseCard(QWidget):
    """`toggled(on)`: look once a day; `look_requested()`: look now; `page_requested(url)`: show the page;
    `address_entered(url)`: where to look, empty = the project's own list."""

    toggled = Signal(bool)
    address_entered = Signal(str)
    look_requested = Signal()
    page_requested = Signal(str)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        box = column(self, spacing=8)
        box.addWidget(label(tr("releases.title"), "control-bold", "ink"))
        card = Card(theme)
        self.daily = Switch()
        self.daily.clicked.connect(self.toggled)
        card.add(form_row(tr("releases.daily"), tr("releases.daily.note"), self.daily))
        self.address = Field(FEED)
        self.address.setMinimumWidth(280)
        self.address.setFont(theme.font("code"))
        self.address.editingFinished.connect(self._enter)
        card.add(form_row(tr("releases.address"), tr("releases.address.note"), self.address))
        self._state = wrapping("", "control", "ink-2")
        self.look = button(tr("releases.look"), size="small", icon="retry")
        self.look.clicked.connect(self.look_requested)
        card.add(Adaptive(self._state, self.look))
        self._news = QWidget()
        lines = column(self._news, spacing=6)
        self._headline = wrapping("", "control-bold", "ink")
        self._notes = wrapping("", "caption", "ink-2")
        self.page = button(tr("releases.open"), size="small", trailing="external")
        self.page.clicked.connect(self._open)
        self._url = ""
        words = QWidget()
        under = column(words, spacing=4)
        under.addWidget(self._headline)
        under.addWidget(self._notes)
        found = Card(theme)
        found.add(Adaptive(words, self.page))
        lines.addWidget(found)
        box.addWidget(card)
        box.addWidget(self._news)
        self.show_release(None)

    def show_settings(self, on: bool, address: str) -> None:
        """Show whether it is looked up once a day, and where; emits nothing."""
        self.daily.setChecked(on)
        if not self.address.isModified():
            self.address.setText(address)

    def show_state(self, text: str, *, busy: bool = False) -> None:
        """One line on the last look."""
        self._state.setText(text)
        self.look.setEnabled(not busy)

    def show_release(self, release: Release | None) -> None:
        """Show a newer version, or none."""
        self._news.setVisible(release is not None)
        if release is not None:
            self._url = release.url
            self._headline.setText(tr("releases.there", version=release.version))
            self._notes.setText("\n".join(release.notes))
            self._notes.setVisible(bool(release.notes))

    def _enter(self) -> None:
        if self.address.isModified():
            self.address.setModified(False)
            self.address_entered.emit(self.address.text().strip())

    def _open(self) -> None:
        self.page_requested.emit(self._url)
