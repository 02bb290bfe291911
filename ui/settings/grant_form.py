"""The two forms of the quota section: a grant's terms, and what the console says is left of it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QWidget

from app.i18n import tr
from ui.controls import Field, Switch, button
from ui.settings.form import Segment, column, form_row, wrapping
from ui.settings.grant_values import GrantEntry, GrantLine, ProviderChoice
from ui.settings.number import Number
from ui.theme import Theme

WINDOWS = ("once", "day", "hours", "month")


class _Form(QWidget):
    """Rows, a sentence on what is wrong, and two buttons. Esc cancels."""

    cancelled = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.rows = column(self, spacing=10, margins=(0, 4, 0, 4))
        self._problem = wrapping("", "caption", "bad")
        self._problem.hide()
        self.save = button(tr("grants.save"), "primary", size="small")
        self.save.clicked.connect(self.submit)
        cancel = button(tr("settings.cancel"), size="small")
        cancel.clicked.connect(self.cancelled)
        self._buttons = QWidget()
        line = QHBoxLayout(self._buttons)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(8)
        line.addWidget(self.save)
        line.addWidget(cancel)
        line.addStretch(1)

    def close_rows(self) -> None:
        """After the last row: the problem and the buttons."""
        self.rows.addWidget(self._problem)
        self.rows.addWidget(self._buttons)

    def submit(self) -> None:
        """Hand on what is entered."""
        raise NotImplementedError

    def show_problem(self, text: str) -> None:
        """Why it was not taken, in one sentence."""
        self._problem.setText(text)
        self._problem.setVisible(bool(text))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.cancelled.emit()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.submit()
        else:
            super().keyPressEvent(event)


class CorrectForm(_Form):
    """What the console says. `entered(amount, last day)` as typed."""

    entered = Signal(str, str)

    def __init__(self, line: GrantLine) -> None:
        super().__init__()
        self.amount = Field("", text=line.remaining)
        self.expires = Field("", text=line.expires)
        self.rows.addWidget(form_row(tr("grants.console_says"), tr("grants.console_says_note"), self.amount))
        if line.window == "once":
            self.rows.addWidget(form_row(tr("grants.expires"), tr("grants.expires_note"), self.expires))
        for field in (self.amount, self.expires):
            field.setFixedWidth(150)
        self.close_rows()

    def state(self) -> tuple[str, str, bool]:
        """What is being typed: amount, last day, and whether that was touched."""
        return self.amount.text(), self.expires.text(), self.expires.isModified()

    def take(self, state: tuple[str, str, bool]) -> None:
        """Go on where another form of this kind was left."""
        amount, expires, touched = state
        self.amount.setText(amount)
        self.expires.setText(expires)
        self.expires.setModified(touched)

    def begin(self) -> None:
        """Put the keyboard where the number goes."""
        self.amount.setFocus(Qt.FocusReason.OtherFocusReason)
        self.amount.selectAll()

    def submit(self) -> None:
        self.entered.emit(self.amount.text(), self.expires.text() if self.expires.isModified() else "")


class GrantForm(_Form):
    """A grant's terms. `entered(GrantEntry)`. Without a line it makes a new one of one of `choices`."""

    entered = Signal(object)

    def __init__(
        self, theme: Theme, line: GrantLine | None = None, choices: Sequence[ProviderChoice] = ()
    ) -> None:
        super().__init__()
        self._line = line
        self._choices = tuple(choices)
        self._unit = line.unit if line else "tokens"
        self._window = line.window if line else "once"
        self.provider, self.model = QComboBox(), QComboBox()
        if line is None:
            for choice in self._choices:
                self.provider.addItem(choice.name, choice.id)
            self.provider.currentIndexChanged.connect(self._fill_models)
            self._fill_models(0)
            for box in (self.provider, self.model):
                box.setFixedWidth(220)
            self.rows.addWidget(form_row(tr("grants.provider"), "", self.provider))
            self.rows.addWidget(form_row(tr("grants.model"), "", self.model))
        self.amount = Field("", text=line.amount if line else "")
        self.amount.setFixedWidth(150)
        self._units = unit = Segment(theme, [(u, tr(f"grants.unit_{u}")) for u in ("tokens", "calls")])
        unit.choose(self._unit)
        unit.chosen.connect(self._set_unit)
        self.window_box = QComboBox()
        self.window_box.setFixedWidth(220)
        for name in WINDOWS:
            self.window_box.addItem(tr(f"grants.window_{name}"), name)
        self.window_box.setCurrentIndex(WINDOWS.index(self._window))
        self.window_box.currentIndexChanged.connect(self._chose_window)
        self.hours = Number(1, 24 * 31)
        self.hours.setValue(line.hours if line else 24)
        self.expires = Field("", text=line.expires if line else "")
        self.expires.setFixedWidth(150)
        self.stops = Switch(on=line.hard_stop if line else False)
        self.rows.addWidget(form_row(tr("grants.amount"), tr("grants.amount_note"), self.amount))
        self.rows.addWidget(form_row(tr("grants.unit"), "", unit))
        self.rows.addWidget(form_row(tr("grants.window"), "", self.window_box))
        self._hours_row = form_row(tr("grants.hours"), "", self.hours)
        self.rows.addWidget(self._hours_row)
        self.rows.addWidget(form_row(tr("grants.expires"), tr("grants.expires_note"), self.expires))
        self.rows.addWidget(form_row(tr("grants.hard_stop"), tr("grants.hard_stop_note"), self.stops))
        self._hours_row.setVisible(self._window == "hours")
        self.close_rows()

    def begin(self) -> None:
        """Put the keyboard into the first field."""
        first = self.amount if self._line is not None else self.provider
        first.setFocus(Qt.FocusReason.OtherFocusReason)

    def submit(self) -> None:
        self.entered.emit(self.state())

    def state(self) -> GrantEntry:
        """What is entered so far."""
        line = self._line
        return GrantEntry(
            grant=line.id if line else "",
            provider=line.provider if line else str(self.provider.currentData() or ""),
            model="" if line else str(self.model.currentData() or ""),
            unit=self._unit,
            amount=self.amount.text(),
            window=self._window,
            hours=self.hours.value(),
            expires=self.expires.text(),
            hard_stop=self.stops.isChecked(),
        )

    def take(self, state: GrantEntry) -> None:
        """Go on where another form of this kind was left."""
        self.provider.setCurrentIndex(max(0, self.provider.findData(state.provider)))
        self.model.setCurrentIndex(max(0, self.model.findData(state.model)))
        self._set_unit(state.unit)
        self._units.choose(state.unit)
        self.amount.setText(state.amount)
        self.window_box.setCurrentIndex(WINDOWS.index(state.window))
        self.hours.setValue(state.hours)
        self.expires.setText(state.expires)
        self.stops.setChecked(state.hard_stop)

    def _set_unit(self, unit: str) -> None:
        self._unit = unit

    def _chose_window(self, index: int) -> None:
        self._window = WINDOWS[index]
        self._hours_row.setVisible(self._window == "hours")

    def _fill_models(self, index: int) -> None:
        self.model.clear()
        self.model.addItem(tr("grants.all_models"), "")
        if 0 <= index < len(self._choices):
            for model, name in self._choices[index].models:
                self.model.addItem(name, model)
