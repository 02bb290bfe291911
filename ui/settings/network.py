"""The network section: by which proxy requests go out, and a look whether they arrive."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from app.i18n import tr
from ui.controls import Field, button, tint
from ui.settings.form import Radios, column, form_row, wrapping
from ui.settings.sections import Section
from ui.spoken import say

if TYPE_CHECKING:
    from app.settings import Settings


class NetworkSection(Section):
    """The proxy. `proxy_entered(text)`: an address was typed, empty = the field was left so;
    `look_wanted()`: see whether providers can be reached."""

    TITLE = "settings.section.network"
    CAPTION = "settings.network.caption"

    proxy_entered = Signal(str)
    look_wanted = Signal()

    def build(self) -> Iterator[None]:
        self._proxy = Radios(
            (
                ("system", tr("settings.proxy.system"), tr("settings.proxy.system.note")),
                ("none", tr("settings.proxy.none"), ""),
                ("own", tr("settings.proxy.own"), ""),
            )
        )
        self._proxy.chosen.connect(self._choose)
        self._url = Field("socks5://127.0.0.1:1080")
        self._url.setFont(self.theme.font("code"))
        self._url.setAccessibleName(tr("settings.proxy.address"))
        self._url.editingFinished.connect(self._enter)
        self._note = wrapping("", "caption", "ink-3")
        self._problem = wrapping("", "caption", "bad")
        inner = QWidget()
        lines = column(inner, spacing=8)
        for made in (self._proxy, self._url, self._note, self._problem):
            lines.addWidget(made)
        self._note.hide()
        self._problem.hide()
        self.group(tr("settings.proxy"), inner)
        yield
        self.look = button(tr("network.look"), size="small")
        self.look.clicked.connect(self.look_wanted)
        self._found = QWidget()
        self._lines = column(self._found, spacing=4)
        self._found.hide()
        row = form_row(tr("network.reach"), tr("network.reach.note"), self.look)
        self.look.setAccessibleName(tr("network.look"))
        reach = QWidget()
        both = column(reach, spacing=8)
        both.addWidget(row)
        both.addWidget(self._found)
        self.group(tr("network.reach.head"), reach)
        yield
        self.box.addStretch(1)

    def show_settings(self, settings: Settings) -> None:
        own = settings.proxy not in ("system", "none")
        if self._url.hasFocus() and self._url.isModified():
            # Somebody is typing; another setting has changed meanwhile.
            return
        self._proxy.choose("own" if own else settings.proxy)
        self._url.setEnabled(own)
        if own:
            self._url.setText(settings.proxy)

    def show_problem(self, text: str) -> None:
        """Say in one sentence why the proxy was refused; empty takes the sentence away."""
        self._problem.setText(text)
        self._problem.setVisible(bool(text))
        self._url.set_bad(bool(text))
        self._url.setAccessibleDescription(text)

    def show_note(self, text: str) -> None:
        """Say where the password is; empty takes that away."""
        self._note.setText(text)
        self._note.setVisible(bool(text))

    def show_looking(self) -> None:
        """A look is under way."""
        self.look.setEnabled(False)
        self.show_found([(tr("network.looking"), True)])

    def show_found(self, found: Sequence[tuple[str, bool]]) -> None:
        """What a look found: sentences, and whether each is good news."""
        while (item := self._lines.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.hide()
                old.deleteLater()
        for text, good in found:
            made = wrapping(text, "caption", "ink-2")
            tint(made, "ink-2" if good else "bad")
            self._lines.addWidget(made)
        self._found.setVisible(bool(found))

    def end_look(self, found: Sequence[tuple[str, bool]]) -> None:
        """The look is over."""
        self.show_found(found)
        self.look.setEnabled(True)
        say(self.look, tr("sidebar.comma").join(text for text, _good in found))

    def _choose(self, value: str) -> None:
        self._url.setEnabled(value == "own")
        self.show_problem("")
        self.show_note("")
        if value == "own":
            self._url.setFocus()
            self._url.setModified(True)
        else:
            self.send("proxy", value)

    def _enter(self) -> None:
        if self._url.isEnabled() and self._url.isModified():
            self._url.setModified(False)
            self.proxy_entered.emit(self._url.text().strip())
