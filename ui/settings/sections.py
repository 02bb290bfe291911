"""What settings sections are made of, and the plain ones: relay, spending."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.i18n import tr
from ui.controls import Switch, label
from ui.pieces import at_once
from ui.settings.chain_editor import ChainEditor
from ui.settings.chain_picker import ChainPicker
from ui.settings.form import Card, Radios, Segment, column, form_row, wrapping
from ui.settings.number import Number
from ui.settings.resting import RestingList
from ui.theme import Theme

if TYPE_CHECKING:
    from app.settings import Settings


class Section(QWidget):
    """A titled page of the settings. `changed(name of a Settings field, value)` follows the user only.

    A kind of section says its `TITLE` and `CAPTION` (keys of texts) and builds itself in `build`.
    """

    changed = Signal(str, object)
    TITLE = ""
    CAPTION = ""

    def __init__(self, theme: Theme, *, whole: bool = True) -> None:
        """Not `whole`: there is only the head, and whoever made it goes through `build`."""
        super().__init__()
        self.theme = theme
        self.box: QVBoxLayout = column(self, spacing=16, margins=(24, 16, 24, 24))
        head = QWidget()
        lines = column(head, spacing=2)
        lines.addWidget(label(tr(self.TITLE), "detail", "ink"))
        if self.CAPTION:
            lines.addWidget(wrapping(tr(self.CAPTION), "caption", "ink-3"))
        self.box.addWidget(head)
        self.setMaximumWidth(820)
        if whole:
            at_once(self.build())

    def build(self) -> Iterator[None]:
        """Build what stands below the head; a few milliseconds' work from each `yield` to the next."""
        raise NotImplementedError

    def show_settings(self, settings: Settings) -> None:
        """Show the values in use; emits nothing."""
        raise NotImplementedError

    def grouped(self, heading: str, rows: Iterable[QWidget]) -> Iterator[None]:
        """The same, row by row: each is made when it is its turn."""
        card = self.group(heading)
        for row in rows:
            card.add(row)
            yield

    def group(self, heading: str, *rows: QWidget) -> Card:
        """A card of rows under a small heading."""
        part = QWidget()
        lines = column(part, spacing=8)
        if heading:
            lines.addWidget(label(heading, "control-bold", "ink"))
        card = Card(self.theme)
        for row in rows:
            card.add(row)
        lines.addWidget(card)
        self.box.addWidget(part)
        return card

    def send(self, name: str, value: object) -> None:
        """Tell that the user wants a setting to be so."""
        self.changed.emit(name, value)

    def switch(self, name: str) -> Switch:
        """A switch for a yes-or-no setting."""
        made = Switch()
        made.clicked.connect(lambda on: self.send(name, on))
        return made

    def segment(self, name: str, choices: Sequence[tuple[str, str]]) -> Segment:
        """A few short choices for a setting."""
        made = Segment(self.theme, choices)
        made.chosen.connect(lambda value: self.send(name, value))
        return made

    def radios(self, name: str, choices: Sequence[tuple[str, str, str]]) -> Radios:
        """Choices with a line each for a setting."""
        made = Radios(choices)
        made.chosen.connect(lambda value: self.send(name, value))
        return made


class RelaySection(Section):
    """Chain, order, what happens in the middle of an answer, and how long is waited."""

    TITLE = "settings.section.relay"
    CAPTION = "settings.relay.caption"

    def build(self) -> Iterator[None]:
        self.picker = ChainPicker(self.theme)
        self.picker.chosen.connect(lambda name: self.send("chain:edit", name))
        self.picker.added.connect(lambda name: self.send("chain:add", name))
        self.picker.renamed.connect(lambda old, new: self.send("chain:rename", (old, new)))
        self.picker.removed.connect(lambda name: self.send("chain:remove", name))
        self.picker.default_wanted.connect(lambda name: self.send("chain:use", name))
        self.box.addWidget(self.picker)
        yield
        self.chain = ChainEditor(self.theme)
        self.chain.changed.connect(lambda specs: self.send("chain", specs))
        self.box.addWidget(self.chain)
        yield
        self.resting = RestingList(self.theme)
        self.resting.reset_wanted.connect(lambda row: self.send("chain:reset", row))
        self.box.addWidget(self.resting)
        yield
        self._order = self.radios(
            "order",
            (
                ("listed", tr("settings.order.listed"), tr("settings.order.listed.note")),
                ("expiring", tr("settings.order.expiring"), tr("settings.order.expiring.note")),
                ("fastest", tr("settings.order.fastest"), tr("settings.order.fastest.note")),
            ),
        )
        self._midstream = self.radios(
            "midstream",
            (
                ("continue", tr("settings.midstream.continue"), tr("settings.midstream.continue.note")),
                ("ask", tr("settings.midstream.ask"), tr("settings.midstream.ask.note")),
                ("restart", tr("settings.midstream.restart"), tr("settings.midstream.restart.note")),
            ),
        )
        self._blocked = self.switch("pass_blocked")
        self.group(tr("settings.order"), self._order)
        yield
        self.group(tr("settings.midstream"), self._midstream)
        yield
        blocked = form_row(tr("settings.blocked"), tr("settings.blocked.note"), self._blocked)
        self.group(tr("settings.blocked.head"), blocked)
        yield
        self._attempts = Number(1, 20, tr("settings.times"))
        self._attempts.valueChanged.connect(lambda n: self.send("max_attempts", n))
        yield
        self._times: dict[str, Number] = {}
        yield from self.grouped(tr("settings.budgets"), self._budgets())
        self.box.addStretch(1)

    def _budgets(self) -> Iterator[QWidget]:
        yield form_row(tr("settings.attempts"), tr("settings.attempts.note"), self._attempts)
        for name, high in (("first_content", 600), ("connect", 60), ("first_byte", 300), ("stall", 300)):
            self._times[name] = self._seconds(name, high)
            yield form_row(tr(f"settings.{name}"), tr(f"settings.{name}.note"), self._times[name])

    def _seconds(self, name: str, high: int) -> Number:
        field = Number(1, high, tr("settings.seconds"))
        field.valueChanged.connect(lambda n: self.send(name, float(n)))
        return field

    def show_settings(self, settings: Settings) -> None:
        self._order.choose(settings.order)
        self._midstream.choose(settings.midstream)
        self._blocked.setChecked(settings.pass_blocked)
        put(self._attempts, settings.max_attempts)
        for name, value in (
            ("first_content", settings.first_content),
            ("connect", settings.connect),
            ("first_byte", settings.first_byte),
            ("stall", settings.stall),
        ):
            put(self._times[name], round(value))


class SpendSection(Section):
    """The spend guard."""

    TITLE = "settings.section.spend"
    CAPTION = "settings.spend.caption"

    def build(self) -> Iterator[None]:
        self._spend = self.radios(
            "spend",
            (
                ("never", tr("settings.spend.never"), tr("settings.spend.never.note")),
                ("ask", tr("settings.spend.ask"), tr("settings.spend.ask.note")),
                ("allow", tr("settings.spend.allow"), tr("settings.spend.allow.note")),
            ),
        )
        self.group(tr("settings.spend"), self._spend)
        yield
        self.box.addStretch(1)

    def show_settings(self, settings: Settings) -> None:
        self._spend.choose(settings.spend)


def put(field: Number, value: int) -> None:
    """Show a number without telling anyone."""
    field.blockSignals(True)
    field.setValue(value)
    field.blockSignals(False)
