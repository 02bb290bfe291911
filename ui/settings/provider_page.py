"""The third column: one provider with its region, keys and models."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QRadioButton, QWidget

from app.i18n import tr
from ui.controls import Field, Switch, button, label
from ui.marks import paint_tile
from ui.pieces import at_once
from ui.settings.check_news import CheckNews
from ui.settings.form import Adaptive, Card, Notice, column, wrapping
from ui.settings.keys import KeysCard
from ui.settings.models_table import ModelsPanel
from ui.settings.provider_extras import BalanceLine, OwnBar
from ui.settings.values import ProviderView, StorageKind, check_state
from ui.settings.words import check_words
from ui.theme import Theme
from ui.welcome.offer import said

OWN = "own"


class Tile(QWidget):
    """A provider's tile as a widget; the name beside it says what it is."""

    def __init__(self, theme: Theme, size: int) -> None:
        super().__init__()
        self._theme = theme
        self._glyph, self._colour = "", "transparent"
        self.setFixedSize(size, size)

    def show_tile(self, glyph: str, colour: str) -> None:
        """Draw another provider."""
        self._glyph, self._colour = glyph, colour
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        paint_tile(painter, QRectF(self.rect()), self._glyph, self._colour, self._theme)
        painter.end()


class ProviderPage(QWidget):
    """Signals carry the provider's id first where the receiver could not know it.

    `key_pasted(provider, secret, label)`, `endpoint_entered(provider, url)`,
    `region_chosen(provider, region)`, `provider_toggled(provider, on)`, `model_toggled(leg_id, on)`,
    `open_url(url)`, `retry_storage()` (mend where keys are kept), `models_requested(provider)` (its list),
    `model_named(provider, id)` and `model_unnamed(provider, id)` (typed in, taken out),
    `billing_chosen(leg_id, class)`, `balance_requested(provider)`,
    `own_edit(provider)`, `own_remove(provider)`.
    """

    models_requested = Signal(str)
    model_named = Signal(str, str)
    model_unnamed = Signal(str, str)
    billing_chosen = Signal(str, str)
    balance_requested = Signal(str)
    own_edit = Signal(str)
    own_remove = Signal(str)

    key_pasted = Signal(str, str, str)
    endpoint_entered = Signal(str, str)
    region_chosen = Signal(str, str)
    provider_toggled = Signal(str, bool)
    model_toggled = Signal(str, bool)
    open_url = Signal(str)
    retry_storage = Signal()

    def __init__(self, theme: Theme, *, whole: bool = True) -> None:
        """Not `whole`: whoever made it goes through `build` before anything else."""
        super().__init__()
        self._theme = theme
        self._view: ProviderView | None = None
        self._checks: dict[str, CheckNews] = {}
        if whole:
            at_once(self.build())

    def build(self) -> Iterator[None]:
        """Make what is shown, a few milliseconds' work from each `yield` to the next."""
        box = column(self, spacing=20, margins=(24, 16, 24, 24))
        box.addWidget(self._build_head())
        self.own = OwnBar()
        self.own.edit_requested.connect(lambda: self.own_edit.emit(self.provider))
        self.own.remove_confirmed.connect(lambda: self.own_remove.emit(self.provider))
        box.addWidget(self.own)
        self._region_part = self._build_region()
        box.addWidget(self._region_part)
        yield
        box.addWidget(self._build_keys())
        yield
        self.models = ModelsPanel(self._theme, whole=False)
        yield from self.models.build()
        yield
        self.models.toggled.connect(self.model_toggled)
        self.models.billing_chosen.connect(self.billing_chosen)
        self.models.refresh_requested.connect(lambda: self.models_requested.emit(self.provider))
        self.models.named.connect(lambda name: self.model_named.emit(self.provider, name))
        self.models.unnamed.connect(lambda name: self.model_unnamed.emit(self.provider, name))
        box.addWidget(self.models)
        box.addStretch(1)

    @property
    def provider(self) -> str:
        """The id of the provider shown, empty before the first."""
        return self._view.id if self._view is not None else ""

    def show_provider(self, view: ProviderView) -> None:
        """Show a provider; what the user is typing for the same one stays."""
        old, self._view = self._view, view
        fresh = old is None or old.id != view.id
        self._tile.show_tile(view.glyph, view.colour)
        self._name.setText(view.name)
        company = said(view.spec.company)
        wire = tr(f"settings.dialect.{view.spec.dialect}")
        fixed = view.own and len(view.spec.regions) == 1 and view.region is not None
        where = view.base_url if fixed else ""
        abroad = tr("settings.overseas") if view.overseas else ""
        self._company.setText(" · ".join(part for part in (company, abroad, wire, where) if part))
        self._key_page.setVisible(bool(view.spec.key_page))
        self._console.setVisible(bool(view.spec.console))
        self._on.setChecked(view.on)
        self._on.setAccessibleName(tr("settings.provider.on.of", name=view.name))
        if (
            fresh
            or old is None
            or (old.region, old.base_url, old.overseas)
            != (
                view.region,
                view.base_url,
                view.overseas,
            )
        ):
            self._show_region(view)
        self._region_part.setVisible(not fixed)
        self.own.setVisible(view.own)
        self.own.show_name(view.name)
        self.balance.setVisible(view.balance is not None)
        self.balance.show_balance(view.balance or "")
        self.models.refresh.setVisible(view.listable)
        no_keys = view.spec.auth == "none"
        self._keys_part.setVisible(not no_keys)
        if fresh:
            self.keys.begin()
        self.keys.show_keys(view.keys)
        self.models.show_models(view.models, fresh=fresh)

    def set_check(self, key_id: str, state: str, text: str) -> None:
        """Show the state of a check; it is remembered while the page lives, whoever is shown."""
        self.show_check(key_id, CheckNews(check_state(state), text))

    def show_check(self, key_id: str, news: CheckNews) -> None:
        """Show what a check found, with its next step and the vendor's words."""
        self._checks[key_id] = news
        row = self.keys.rows.get(key_id)
        if row is not None:
            row.show_news(news)

    def edit_address(self) -> None:
        """Put the keyboard into the base URL, which may be written then."""
        self._region_radios[OWN].setChecked(True)
        self._choose(OWN)

    def set_storage_state(self, kind: StorageKind, name: str, reason: str) -> None:
        """Say where keys are kept: the keyring's name, only in memory and why, or locked."""
        self._memory.setVisible(kind == "memory")
        self._locked.setVisible(kind == "locked")
        if kind == "keyring":
            text = tr("settings.keys.caption", name=name) if name else tr("settings.keys.caption.plain")
        else:
            text = tr("settings.keys.caption.order")
            # The reason says the same and why; without one the plain sentence stands.
            self._memory.words.setText(reason or tr("settings.keys.memory"))
            self._locked.words.setText(reason or tr("settings.keys.locked"))
        self._keys_caption.setText(text)

    def show_endpoint_problem(self, text: str) -> None:
        """Say in one sentence why the address was refused; empty takes the sentence away."""
        self._problem.setText(text)
        self._problem.setVisible(bool(text))
        self._url.set_bad(bool(text))
        self._url.setAccessibleDescription(text)

    # building

    def _build_head(self) -> QWidget:
        self._tile = Tile(self._theme, 32)
        self._name = label("", "detail", "ink")
        self._name.setMinimumWidth(40)
        self._company = wrapping("", "caption", "ink-3")
        lines = QWidget()
        text = column(lines)
        text.addWidget(self._name)
        text.addWidget(self._company)
        left = QWidget()
        row = QHBoxLayout(left)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(12)
        row.addWidget(self._tile)
        row.addWidget(lines, 1)
        self._key_page = button(tr("settings.key_page"), size="small", trailing="external")
        self._key_page.clicked.connect(lambda: self._open("key_page"))
        self._console = button(tr("settings.console"), size="small", trailing="external")
        self._console.clicked.connect(lambda: self._open("console"))
        self._on = Switch()
        self._on.clicked.connect(lambda on: self.provider_toggled.emit(self.provider, on))
        right = QWidget()
        row = QHBoxLayout(right)
        row.setContentsMargins(4, 4, 0, 4)
        row.setSpacing(8)
        row.addWidget(self._key_page)
        row.addWidget(self._console)
        row.addSpacing(8)
        row.addWidget(label(tr("settings.provider.on"), "caption", "ink-2"))
        row.addWidget(self._on)
        return Adaptive(left, right, least=270)

    def _build_region(self) -> QWidget:
        self._radios = QWidget()
        self._radio_row = QHBoxLayout(self._radios)
        self._radio_row.setContentsMargins(0, 0, 0, 0)
        self._radio_row.setSpacing(16)
        self._group = QButtonGroup(self)
        self._region_radios: dict[str, QRadioButton] = {}
        self._region_note = wrapping("", "caption", "ink-3")
        self._url = Field()
        self._url.setFont(self._theme.font("code"))
        self._url.setAccessibleName(tr("settings.address"))
        self._url.returnPressed.connect(self._enter)
        self._url.editingFinished.connect(self._enter)
        self._problem = wrapping("", "caption", "bad")
        self._problem.hide()
        inner = QWidget()
        box = column(inner, spacing=8)
        box.addWidget(self._radios)
        box.addWidget(self._url)
        box.addWidget(self._problem)
        box.addWidget(self._region_note)
        card = Card(self._theme)
        card.add(inner)
        part = QWidget()
        outer = column(part, spacing=8)
        outer.addWidget(label(tr("settings.region"), "control-bold", "ink"))
        outer.addWidget(card)
        return part

    def _build_keys(self) -> QWidget:
        self._keys_caption = wrapping(tr("settings.keys.caption.order"), "caption", "ink-3")
        words = QWidget()
        row = QHBoxLayout(words)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(label(tr("settings.keys"), "control-bold", "ink"))
        row.addWidget(self._keys_caption, 1)
        self.keys = KeysCard(self._theme)
        self.keys.news = lambda r: self._checks.get(r.id) or CheckNews(*check_words(r))
        self.keys.pasted.connect(lambda secret, name: self.key_pasted.emit(self.provider, secret, name))
        self._add = button(tr("settings.key.add"), size="small", icon="plus")
        self._add.clicked.connect(self.keys.open_new)
        explain = button(tr("keystorage.help"), size="small")
        explain.clicked.connect(self.retry_storage)
        self._memory = Notice(self._theme, "cool", "key", explain)
        unlock = button(tr("settings.keys.unlock"), size="small")
        unlock.clicked.connect(self.retry_storage)
        self._locked = Notice(self._theme, "cool", "warning", unlock)
        self._memory.hide()
        self._locked.hide()
        self._keys_part = QWidget()
        box = column(self._keys_part, spacing=8)
        box.addWidget(Adaptive(words, self._add))
        box.addWidget(self._memory)
        box.addWidget(self._locked)
        box.addWidget(self.keys)
        self.balance = BalanceLine()
        self.balance.requested.connect(lambda: self.balance_requested.emit(self.provider))
        box.addWidget(self.balance)
        return self._keys_part

    # behaviour

    def _show_region(self, view: ProviderView) -> None:
        self._region_radios.clear()
        while (item := self._radio_row.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                self._group.removeButton(widget)  # pyright: ignore[reportArgumentType] - only radios are in it
                widget.hide()
                widget.deleteLater()
        choices = [(r.id, _region_name(said(r.name), overseas=r.overseas)) for r in view.spec.regions]
        for region, text in [*choices, (OWN, tr("settings.region.own"))]:
            radio = QRadioButton(text)
            radio.setAccessibleName(tr("settings.region.name", name=text))
            radio.setChecked(region == (view.region or OWN))
            radio.clicked.connect(lambda _=False, r=region: self._choose(r))
            self._region_radios[region] = radio
            self._group.addButton(radio)
            self._radio_row.addWidget(radio)
        self._radio_row.addStretch(1)
        self._url.setText(view.base_url)
        self._url.setReadOnly(view.region is not None)
        self.show_endpoint_problem("")
        abroad = [region.overseas for region in view.spec.regions]
        notes = [tr("settings.region.apart")] if any(abroad) and len(abroad) > 1 else []
        if view.spec.dialect == "azure":
            notes.append(tr("settings.region.azure"))
        if view.overseas and view.region is not None:
            notes.append(tr("settings.region.abroad.note"))
        self._region_note.setText("\n".join(notes))
        self._region_note.setVisible(bool(notes))

    def _choose(self, region: str) -> None:
        if region == OWN:
            self._url.setReadOnly(False)
            self._url.selectAll()
            self._url.setFocus(Qt.FocusReason.OtherFocusReason)
            return
        self.show_endpoint_problem("")
        self._url.setReadOnly(True)
        if self._view is not None:
            self._url.setText(next(r.base_url for r in self._view.spec.regions if r.id == region))
        self.region_chosen.emit(self.provider, region)

    def _enter(self) -> None:
        """Enter and leaving the field both end an edit; the same text is handed on once."""
        url = self._url.text().strip()
        if self._view is None or self._url.isReadOnly():
            return
        if not self._url.isModified():
            if self._view.region is not None and not self._url.bad:
                self._region_radios[self._view.region].setChecked(True)
                self._url.setReadOnly(True)
            return
        self._url.setModified(False)
        if url != self._view.base_url or self._view.region is not None:
            self.endpoint_entered.emit(self.provider, url)

    def _open(self, which: str) -> None:
        if self._view is not None:
            self.open_url.emit(self._view.spec.key_page if which == "key_page" else self._view.spec.console)


def _region_name(name: str, *, overseas: bool) -> str:
    """A region's name; one that already explains itself in brackets gets no second pair."""
    return tr("settings.region.abroad", name=name) if overseas and name[-1:] not in ")）" else name
