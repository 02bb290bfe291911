"""The form for an endpoint of the user's own: a name, an address that is tried at once, its models."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QListWidget, QListWidgetItem, QWidget

from app.domain import BillingClass, ModelSpec
from app.i18n import tr
from ui.controls import Field, button, label
from ui.pieces import at_once
from ui.settings.form import Card, SecretField, Segment, column, form_row, wrapping
from ui.theme import Theme

_ROWS, _ROW = 7, 28
_MANY = 30
"""Of more models than this none is ticked by itself."""
_MODEL = int(Qt.ItemDataRole.UserRole)


@dataclass(frozen=True, slots=True)
class EndpointValues:
    """What the form holds. `provider` empty = a new endpoint; `models` are the ticked ones."""

    provider: str
    name: str
    base_url: str
    models: tuple[ModelSpec, ...]
    billing: BillingClass
    keyed: bool


@dataclass(frozen=True, slots=True)
class FormState:
    """A form that is being filled in: what it holds, the models listed, ticked or not, what is still being
    typed, and the key that was pasted, which goes from form to form and nowhere else."""

    values: EndpointValues
    listed: tuple[ModelSpec, ...]
    typed: str
    address_changed: bool
    billing_chosen: bool
    secret: str = field(repr=False)


class EndpointForm(QWidget):
    """`probe_requested(url, secret)` whenever address or key have changed; `save_requested(values, secret)`;
    `cancelled()`. A pasted key stays in here until the form is closed, and is shown as received only."""

    probe_requested = Signal(str, str)
    save_requested = Signal(object, str)
    cancelled = Signal()

    def __init__(self, theme: Theme, *, whole: bool = True) -> None:
        """Not `whole`: whoever made it goes through `build` before anything else."""
        super().__init__()
        self._theme = theme
        self._provider = ""
        self._secret = ""
        self._keyed = False
        self._billing = BillingClass.PAID
        self._chosen_billing = False
        self._open = False
        self.setMaximumWidth(820)
        if whole:
            at_once(self.build())

    def build(self) -> Iterator[None]:
        """Make what is shown, a few milliseconds' work from each `yield` to the next."""
        theme = self._theme
        box = column(self, spacing=16, margins=(24, 16, 24, 24))
        head = QWidget()
        lines = column(head, spacing=2)
        self._title = label("", "detail", "ink")
        lines.addWidget(self._title)
        lines.addWidget(wrapping(tr("own.caption"), "caption", "ink-3"))
        box.addWidget(head)
        card = Card(theme)
        self.name = Field(tr("own.name.example"))
        self.url = Field("https://api.example.com/v1")
        self.url.setFont(theme.font("code"))
        self.url.editingFinished.connect(self._address_entered)
        yield
        self.secret = SecretField(tr("own.key.paste"))
        self.secret.entered.connect(self._key_entered)
        self._billing_choice = Segment(
            theme, [(kind.value, tr(f"own.billing.{kind.value}")) for kind in BillingClass]
        )
        self._billing_choice.chosen.connect(self._choose_billing)
        for made in (self.name, self.url, self.secret):
            made.setMinimumWidth(340)
        yield
        card.add(form_row(tr("own.name"), "", self.name))
        card.add(form_row(tr("own.address"), tr("own.address.note"), self.url))
        yield
        card.add(form_row(tr("own.key"), tr("own.key.note"), self.secret))
        card.add(form_row(tr("own.billing"), tr("own.billing.note"), self._billing_choice))
        box.addWidget(card)
        self._news = wrapping("", "control", "ink-2")
        self._problem = wrapping("", "control", "bad")
        yield
        box.addWidget(self._news)
        box.addWidget(self._problem)
        box.addWidget(self._build_models(theme))
        yield
        self.save = button("", "primary")
        self.save.clicked.connect(self._save)
        cancel = button(tr("settings.cancel"))
        cancel.clicked.connect(self._cancel)
        foot = QWidget()
        row = QHBoxLayout(foot)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.save)
        row.addWidget(cancel)
        row.addStretch(1)
        box.addWidget(foot)
        box.addStretch(1)

    # values in

    def open_new(self) -> None:
        """Begin a new endpoint."""
        self._begin("", tr("own.title.new"), tr("own.add"))
        self._fill("", "", (), BillingClass.PAID, keyed=False)
        self._chosen_billing = False

    def open_existing(self, values: EndpointValues) -> None:
        """Change an endpoint that is there."""
        self._begin(values.provider, tr("own.title.edit"), tr("own.save"))
        self._fill(values.name, values.base_url, values.models, values.billing, keyed=values.keyed)
        self._chosen_billing = True

    def state(self) -> FormState | None:
        """What is being filled in; None while nobody does."""
        if not self._open:
            return None
        items = (self.list.item(row) for row in range(self.list.count()))
        return FormState(
            self._values(),
            tuple(item.data(_MODEL) for item in items),
            self.typed.text(),
            self.url.isModified(),
            self._chosen_billing,
            self._secret,
        )

    def take(self, state: FormState) -> None:
        """Go on where another form of this kind was left, in another language or theme."""
        values = state.values
        new = not values.provider
        title, action = ("own.title.new", "own.add") if new else ("own.title.edit", "own.save")
        self._begin(values.provider, tr(title), tr(action))
        self._fill(values.name, values.base_url, (), values.billing, keyed=values.keyed)
        self._list_models(state.listed, {model.id for model in values.models}, fresh=False)
        self.url.setModified(state.address_changed)
        self._chosen_billing = state.billing_chosen
        self.typed.setText(state.typed)
        self._secret = state.secret
        if state.secret:
            self.secret.setPlaceholderText(tr("own.key.received"))

    def show_checking(self) -> None:
        """Say that the address is being tried."""
        self._news.setText(tr("own.checking"))
        self._news.setVisible(True)
        self._problem.hide()

    def show_probe(
        self, base_url: str, text: str, models: Sequence[ModelSpec], *, good: bool, free: bool
    ) -> None:
        """What was found at the address; `free` = it is on this computer."""
        if base_url and base_url != self.url.text().strip():
            self.url.setText(base_url)
            self.url.setModified(False)
        self._news.setText(text if good else "")
        self._news.setVisible(good)
        self.show_problem("" if good else text)
        if free and not self._chosen_billing:
            self._show_billing(BillingClass.FREE)
        if models:
            ticked = {m.id for m in self.models()}
            self._list_models(models, ticked, fresh=not ticked)

    def show_problem(self, text: str) -> None:
        """Say in one sentence why it can't be; empty takes the sentence away."""
        self._problem.setText(text)
        self._problem.setVisible(bool(text))

    def models(self) -> tuple[ModelSpec, ...]:
        """The ticked models, in order."""
        items = (self.list.item(row) for row in range(self.list.count()))
        return tuple(item.data(_MODEL) for item in items if item.checkState() == Qt.CheckState.Checked)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self._cancel()
        else:
            super().keyPressEvent(event)

    # building

    def _build_models(self, theme: Theme) -> QWidget:
        part = QWidget()
        box = column(part, spacing=8)
        box.addWidget(label(tr("settings.models"), "control-bold", "ink"))
        self.list = QListWidget()
        self.list.setUniformItemSizes(True)
        self.list.setAccessibleName(tr("settings.models"))
        self.list.setFont(theme.font("control"))
        self.typed = Field(tr("own.model.type"), icon="plus")
        self.typed.setAccessibleName(tr("own.model.type"))
        self.typed.returnPressed.connect(self._add_typed)
        self._no_models = wrapping(tr("own.models.none"), "caption", "ink-3")
        self.list.setFrameShape(QFrame.Shape.NoFrame)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        frame = Card(theme, padding=(6, 4))
        frame.add(self.list)
        self._frame = frame
        box.addWidget(frame)
        box.addWidget(self._no_models)
        box.addWidget(self.typed)
        return part

    # behaviour

    def _begin(self, provider: str, title: str, action: str) -> None:
        self._open = True
        self._provider = provider
        self._title.setText(title)
        self.save.setText(action)
        self._secret = ""
        self.secret.setPlaceholderText(tr("own.key.paste"))
        self._news.hide()
        self.show_problem("")
        self.typed.clear()
        self.name.setFocus(Qt.FocusReason.OtherFocusReason)

    def _fill(
        self, name: str, url: str, models: Sequence[ModelSpec], billing: BillingClass, *, keyed: bool
    ) -> None:
        self.name.setText(name)
        self.url.setText(url)
        self.url.setModified(False)
        self._keyed = keyed
        self._show_billing(billing)
        self.list.clear()
        self._list_models(models, {model.id for model in models}, fresh=False)

    def _list_models(self, models: Sequence[ModelSpec], ticked: set[str], *, fresh: bool) -> None:
        items = map(self.list.item, range(self.list.count()))
        every = {item.data(_MODEL).id: item.data(_MODEL) for item in items}
        for model in models:
            every.setdefault(model.id, model)
        self.list.clear()
        few = len(models) <= _MANY
        for model in every.values():
            item = QListWidgetItem(model.id, self.list)
            item.setData(_MODEL, model)
            item.setSizeHint(QSize(0, _ROW))
            item.setFlags(
                Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsUserCheckable | Qt.ItemFlag.ItemIsSelectable
            )
            on = (few and model.enabled) if fresh else model.id in ticked
            item.setCheckState(Qt.CheckState.Checked if on else Qt.CheckState.Unchecked)
        self._fit()

    def _fit(self) -> None:
        count = self.list.count()
        self._frame.setVisible(count > 0)
        self._no_models.setVisible(count == 0)
        if count:
            self.list.setFixedHeight(min(count, _ROWS) * _ROW)

    def _add_typed(self) -> None:
        names = [part.strip() for part in self.typed.text().replace("，", ",").split(",")]
        have = {m.id for m in self.models()}
        fresh = [ModelSpec(name, uncertain=True) for name in names if name and name.isprintable()]
        self.typed.clear()
        self._list_models(fresh, have | {model.id for model in fresh}, fresh=False)

    def _address_entered(self) -> None:
        if self.url.isModified() and self.url.text().strip():
            self.url.setModified(False)
            self._probe()

    def _key_entered(self, secret: str) -> None:
        self._secret = secret
        self._keyed = True
        self.secret.setPlaceholderText(tr("own.key.received"))
        if self.url.text().strip():
            self._probe()

    def _probe(self) -> None:
        self.probe_requested.emit(self.url.text().strip(), self._secret)

    def _choose_billing(self, value: str) -> None:
        self._chosen_billing = True
        self._billing = BillingClass(value)

    def _show_billing(self, billing: BillingClass) -> None:
        self._billing = billing
        self._billing_choice.choose(billing.value)

    def _save(self) -> None:
        if self.typed.text().strip():
            self._add_typed()
        self.save_requested.emit(self._values(), self._secret)

    def _values(self) -> EndpointValues:
        return EndpointValues(
            self._provider,
            self.name.text().strip(),
            self.url.text().strip(),
            self.models(),
            self._billing,
            self._keyed,
        )

    def close_form(self) -> None:
        """Forget what was typed, the key first of all."""
        self._open = False
        self._secret = ""
        self._keyed = False

    def _cancel(self) -> None:
        self.close_form()
        self.cancelled.emit()
