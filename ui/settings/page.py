"""The settings page: sections, then for the providers a list, then what is set. Changes apply at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QModelIndex, Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QScrollArea, QStackedWidget, QWidget

from app.i18n import tr
from ui.controls import button, label
from ui.models.providers import ProviderListModel
from ui.settings.chain_picker import ChainChoice
from ui.settings.data import DataSection
from ui.settings.endpoint_form import EndpointForm
from ui.settings.finder import Finder
from ui.settings.form import column, scrolled, wrapping
from ui.settings.kinds import KINDS, rows
from ui.settings.lists import ProviderList, SectionList
from ui.settings.page_search import PageSearch
from ui.settings.parts import Line, Side, left
from ui.settings.provider_page import ProviderPage
from ui.settings.resting import Resting
from ui.settings.sections import RelaySection, Section
from ui.settings.values import ChainEntry, Folder, Licence, ProviderView, StorageKind
from ui.theme import Theme

if TYPE_CHECKING:
    from app.settings import Settings

NARROW = 860
"""Below this width the provider list and the provider take turns in one column."""


class SettingsPage(QWidget):
    """A pure view: values in by `set_…` and `show_…`, wishes out by signals, nothing is asked or awaited.

    `setting_changed(name of a Settings field, value)`; `key_moved(key_id, position)` and
    `provider_moved(provider, position)` count from 0 among the provider's keys and the providers with keys.
    """

    setting_changed = Signal(str, object)
    back_requested = Signal()
    key_pasted = Signal(str, str, str)
    key_check_requested = Signal(str)
    key_replace = Signal(str, str)
    key_remove = Signal(str)
    key_rename = Signal(str, str)
    key_moved = Signal(str, int)
    region_chosen = Signal(str, str)
    endpoint_entered = Signal(str, str)
    model_toggled = Signal(str, bool)
    provider_toggled = Signal(str, bool)
    provider_moved = Signal(str, int)
    open_url = Signal(str)
    open_folder = Signal(str)
    storage_retry_requested = Signal()
    section_shown = Signal(str)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._narrow = False
        self._chosen = ""
        self.sections = SectionList(theme)
        self.providers = ProviderListModel(self)
        self.provider_list = ProviderList(theme, self.providers.movable)
        self.provider_list.setModel(self.providers)
        self.provider_page = ProviderPage(theme)
        self._settings: Settings | None = None
        self._fillings: dict[str, Callable[[Any], None]] = {}
        self._servers: dict[str, list[Callable[[Any], None]]] = {}
        self._made: dict[str, Section] = {}
        self._pages: dict[str, QWidget] = {}
        self._stack = QStackedWidget()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self._build_sections())
        row.addWidget(self._stack, 1)
        self._pages["providers"] = self._build_providers()
        self._stack.addWidget(self._pages["providers"])
        self._connect()
        self.show_section("providers")

    # values in

    def set_settings(self, settings: Settings) -> None:
        """Show the settings in use; emits nothing."""
        self._settings = settings
        for section in self._made.values():
            section.show_settings(settings)

    def set_providers(self, views: Sequence[ProviderView]) -> None:
        """Show these providers, those with keys in relay order; the chosen one stays chosen."""
        self.providers.replace(views)
        dates = [view.spec.checked for view in views if view.spec.checked]
        self._checked.setText(tr("settings.checked", date=min(dates)) if dates else "")
        row = self.providers.row_of(self._chosen)
        if row < 0:
            row = next((i for i in range(self.providers.rowCount()) if self.providers.view(i)), -1)
        if row >= 0:
            self.provider_list.setCurrentIndex(self.providers.index(row))
            self._show_row(row)

    def set_chain(
        self,
        entries: Sequence[ChainEntry],
        choices: Sequence[ChainEntry],
        *,
        automatic: bool,
        note: str = "",
        chains: Sequence[ChainChoice] = (),
        current: str = "",
        resting: Sequence[Resting] = (),
    ) -> None:
        """Show a chain and what could be added; `automatic` = the user made none, `note` says what it is
        otherwise. `chains` are those that can be edited, `current` names the one shown; `resting` is
        what the relay leaves alone for now."""

        def filling(relay: RelaySection) -> None:
            relay.picker.show_chains(chains, current)
            relay.resting.show_resting(resting)
            relay.chain.show_chain(entries, choices, automatic=automatic, note=note)

        self.fill("relay", filling)

    def set_storage_state(self, kind: StorageKind, name: str = "", reason: str = "") -> None:
        """Where keys are kept: `keyring` with its name, `memory` with the reason, or `locked`."""
        self.provider_page.set_storage_state(kind, name, reason)

    def set_check(self, key_id: str, state: str, text: str) -> None:
        """A key's check: `checking`, `ok`, or a failure kind, and the sentence to show."""
        self.provider_page.set_check(key_id, state, text)

    def show_endpoint_problem(self, provider: str, text: str) -> None:
        """Why the address typed for a provider was refused, in one sentence; empty = all is well."""
        if provider == self.provider_page.provider:
            self.provider_page.show_endpoint_problem(text)

    def show_key_problem(self, provider: str, text: str) -> None:
        """Why a key of a provider was not taken, in one sentence; an empty provider = the one shown."""
        if provider in ("", self.provider_page.provider):
            self.provider_page.keys.show_problem(text)

    def show_proxy_problem(self, text: str) -> None:
        """Why the proxy was refused, in one sentence; empty = all is well."""
        self.fill("network", lambda network: network.show_problem(text))

    def set_catalogue_problems(self, sentences: Sequence[str]) -> None:
        """Provider files that could not be read, a sentence each."""
        self._problems.setText("\n".join(sentences))
        self._problems.setVisible(bool(sentences))

    def set_folders(self, folders: Sequence[Folder]) -> None:
        """The folders of the data section."""
        self.fill("data", lambda data: data.show_folders(folders))

    def set_about(self, version: str, licences: Sequence[Licence]) -> None:
        """The version and the run-time dependencies."""
        self.fill("about", lambda about: about.show_about(version, licences))

    # where the user is

    def show_section(self, name: str) -> None:
        """Go to a section of `kinds.SECTIONS`."""
        self.sections.choose(name)

    def show_provider(self, provider: str) -> None:
        """Go to a provider's page; an unknown one changes nothing."""
        row = self.providers.row_of(provider)
        if row >= 0:
            self.show_section("providers")
            self.provider_list.setCurrentIndex(self.providers.index(row))
            self._open_provider()

    def show_form(self, on: bool) -> None:
        """Show the form for an endpoint of the user's own in the provider's place, or the provider again."""
        self._detail.setVisible(not on)
        self._form_area.setVisible(on)
        if on:
            self.show_section("providers")
            self._open_provider()
        else:
            self.form.close_form()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.back_requested.emit()
        else:
            super().keyPressEvent(event)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.section_shown.emit(self.sections.section())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        narrow = event.size().width() < NARROW
        if narrow != self._narrow:
            self._narrow = narrow
            self._split(show_list=True)

    # building

    def _build_sections(self) -> QWidget:
        self._side = Side(self._theme)
        self._side.setFixedWidth(180)
        box = self._side_box = column(self._side, spacing=4, margins=(0, 7, 0, 8))
        self._back = button(tr("settings.title"), "flat", icon="chevron-left", align_left=True)
        self._back.setAccessibleName(tr("settings.back"))
        self._back.setFont(self._theme.font("header"))
        self._back.clicked.connect(self.back_requested)
        head = QWidget()
        row = QHBoxLayout(head)
        row.setContentsMargins(8, 0, 8, 4)
        row.addWidget(self._back, 1)
        box.addWidget(head)
        box.addWidget(self.sections, 1)
        for name, text, icon in rows():
            self.sections.add(name, text, icon)
        return self._side

    def _build_providers(self) -> QWidget:
        self._middle = QWidget()
        box = column(self._middle)
        self.add = button(tr("own.add_button"), size="small", icon="plus")
        self.add.setToolTip(tr("own.add_button.tip"))
        self.add.setAccessibleName(tr("own.add_button.tip"))
        head = QWidget()
        head_row = QHBoxLayout(head)
        head_row.setContentsMargins(20, 9, 12, 6)
        head_row.addWidget(label(tr("settings.providers"), "header", "ink"), 1)
        head_row.addWidget(self.add)
        box.addWidget(head)
        box.addWidget(self.provider_list, 1)
        self._problems = wrapping("", "caption", "bad")
        self._problems.setContentsMargins(20, 8, 12, 8)
        self._problems.hide()
        self._checked = wrapping("", "caption", "ink-3")
        self._checked.setContentsMargins(20, 10, 12, 10)
        box.addWidget(self._problems)
        box.addWidget(Line(self._theme, vertical=False))
        box.addWidget(self._checked)
        self._to_list = button(tr("settings.providers"), "link", icon="chevron-left")
        self._to_list.clicked.connect(lambda: self._split(show_list=True))
        bar = QWidget()
        bar_row = QHBoxLayout(bar)
        bar_row.setContentsMargins(20, 8, 8, 0)
        bar_row.addWidget(self._to_list)
        bar_row.addStretch(1)
        self._bar = bar
        self._bar.hide()
        self._detail: QScrollArea = scrolled(self.provider_page)
        self._third = QWidget()
        third = column(self._third)
        third.addWidget(self._bar)
        third.addWidget(self._detail, 1)
        self.form = EndpointForm(self._theme)
        self._form_area = scrolled(left(self.form))
        self._form_area.hide()
        third.addWidget(self._form_area, 1)
        self._rule = Line(self._theme, vertical=True)
        part = QWidget()
        row = QHBoxLayout(part)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self._middle)
        row.addWidget(self._rule)
        row.addWidget(self._third, 1)
        self._middle.setFixedWidth(256)
        return part

    def section(self, name: str) -> Section:
        """A section other than the providers; built when it is first needed."""
        made = self._made.get(name)
        if made is None:
            made = self._made[name] = KINDS[name](self._theme)
            made.changed.connect(self.setting_changed)
            if isinstance(made, DataSection):
                made.folder_opened.connect(self.open_folder)
            self._pages[name] = scrolled(left(made))
            self._stack.addWidget(self._pages[name])
            if self._settings is not None:
                made.show_settings(self._settings)
            if name in self._fillings:
                self._fillings[name](made)
            for served in self._servers.get(name, ()):
                served(made)
        return made

    def fill(self, name: str, filling: Callable[[Any], None]) -> None:
        """Give a section its content now, or when it is built."""
        self._fillings[name] = filling
        if name in self._made:
            filling(self._made[name])

    def serve(self, name: str, server: Callable[[Any], None]) -> None:
        """Hand a section to `server` once, now or when it is built; there may be several servers."""
        self._servers.setdefault(name, []).append(server)
        if name in self._made:
            server(self._made[name])

    def use_finder(self, finder: Finder) -> None:
        """Have the settings searched by `finder`."""
        self.search = PageSearch(self, finder, self._side_box, self._stack, self._theme)

    def _connect(self) -> None:
        self.sections.chosen.connect(self._go)
        chosen = self.provider_list.selectionModel()
        chosen.currentChanged.connect(lambda index: self._show_row(index.row()))
        self.provider_list.moved.connect(self._move_provider)
        self.provider_list.clicked.connect(self._clicked)
        self.form.cancelled.connect(lambda: self.show_form(False))
        self.provider_list.activated.connect(self._activate)
        page = self.provider_page
        page.key_pasted.connect(self.key_pasted)
        page.region_chosen.connect(self.region_chosen)
        page.endpoint_entered.connect(self.endpoint_entered)
        page.model_toggled.connect(self.model_toggled)
        page.provider_toggled.connect(self.provider_toggled)
        page.open_url.connect(self.open_url)
        page.retry_storage.connect(self.storage_retry_requested)
        page.keys.check_requested.connect(self.key_check_requested)
        page.keys.replaced.connect(self.key_replace)
        page.keys.removed.connect(self.key_remove)
        page.keys.renamed.connect(self.key_rename)
        page.keys.moved.connect(self.key_moved)

    # behaviour

    def _go(self, name: str) -> None:
        if name != "providers":
            self.section(name)
        self._stack.setCurrentWidget(self._pages[name])
        self.section_shown.emit(name)

    def _show_row(self, row: int) -> None:
        view = self.providers.view(row)
        if view is None:
            return
        before = self._chosen
        if view.id != before:
            self._detail.verticalScrollBar().setValue(0)
        self._chosen = view.id
        self.provider_page.show_provider(view)
        if view.id != before:
            self.show_form(False)

    def _move_provider(self, row: int, to: int) -> None:
        view = self.providers.view(row)
        if view is not None:
            self.provider_moved.emit(view.id, to - self.providers.movable().start)

    def _activate(self, index: QModelIndex) -> None:
        if self.providers.view(index.row()) is not None:
            self._open_provider()
            self.provider_page.keys.setFocus(Qt.FocusReason.OtherFocusReason)

    def _clicked(self, index: QModelIndex) -> None:
        if self.providers.view(index.row()) is not None:
            self.show_form(False)
            self._open_provider()

    def _open_provider(self) -> None:
        if self._narrow:
            self._split(show_list=False)

    def _split(self, *, show_list: bool) -> None:
        """Both columns when there is room, else the list or the provider."""
        self._middle.setVisible(show_list or not self._narrow)
        self._third.setVisible(not show_list or not self._narrow)
        self._rule.setVisible(not self._narrow)
        self._bar.setVisible(self._narrow)
        if self._narrow:
            self._middle.setMinimumWidth(200)
            self._middle.setMaximumWidth(16_777_215)
        else:
            self._middle.setFixedWidth(256)
