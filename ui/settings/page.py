"""The settings page: sections, then for the providers a list, then what is set. Changes apply at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QModelIndex, Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QScrollArea, QStackedWidget, QWidget

from app.i18n import tr
from ui.controls import button, label
from ui.models.providers import ProviderListModel
from ui.pieces import at_once
from ui.settings.building import Filling, Sections
from ui.settings.data import DataSection
from ui.settings.endpoint_form import EndpointForm
from ui.settings.finder import Finder
from ui.settings.form import column, scrolled, wrapping
from ui.settings.kinds import KINDS
from ui.settings.lists import ProviderList, SectionList
from ui.settings.page_search import PageSearch
from ui.settings.parts import Line, left
from ui.settings.provider_page import ProviderPage
from ui.settings.sections import Section
from ui.settings.side_column import SideColumn
from ui.settings.values import Folder, Licence, ProviderView, StorageKind
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

    def __init__(self, theme: Theme, *, whole: bool = True) -> None:
        """Not `whole`: whoever made it goes through `build` before anything else."""
        super().__init__()
        self._theme = theme
        self._narrow = False
        self._chosen = ""
        self.sections = SectionList(theme)
        self.providers = ProviderListModel(self)
        self.provider_list = ProviderList(theme, self.providers.movable)
        self.provider_list.setModel(self.providers)
        self.provider_page = ProviderPage(theme, whole=False)
        self._stack = QStackedWidget()
        self._built = Sections(theme, self._stack)
        self._built.made.connect(self._join)
        self._built.whole.connect(self._arrived)
        self._when_there: Callable[[], object] | None = None
        self.search: PageSearch | None = None
        if whole:
            at_once(self.build())

    def build(self) -> Iterator[None]:
        """Make what is shown, a few milliseconds' work from each `yield` to the next."""
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        self.side = SideColumn(self._theme, self.sections)
        self.side.back.clicked.connect(self.back_requested)
        row.addWidget(self.side)
        row.addWidget(self._stack, 1)
        yield
        self._providers_part = self._build_providers()
        self._stack.addWidget(self._providers_part)
        self._fit()
        yield
        yield from self.provider_page.build()
        yield from self.form.build()
        yield
        self._connect()
        self.show_section("providers")

    # values in

    def set_settings(self, settings: Settings) -> None:
        """Show the settings in use; emits nothing."""
        self._built.show_settings(settings)

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

    def set_catalogue_problems(self, sentences: Sequence[str]) -> None:
        """Provider files that could not be read, a sentence each."""
        self._problems.setText("\n".join(sentences))
        self._problems.setVisible(bool(sentences))

    def set_folders(self, folders: Sequence[Folder]) -> None:
        """The folders of the data section."""
        self.fill("data", lambda data: data.show_folders(folders))

    def set_about(self, version: str, licences: Callable[[], Iterable[Licence]]) -> None:
        """The version and the run-time dependencies, which are asked for when somebody looks."""
        self.fill("about", lambda about: about.filling(version, licences()))

    # where the user is

    def show_section(self, name: str) -> None:
        """Go to a section of `kinds.SECTIONS`, which is there whole when this returns."""
        self.sections.choose(name)
        if name in KINDS:
            self.section(name)

    def open_section(self, name: str, then: Callable[[], object] | None = None) -> None:
        """Go to a section as soon as it is built, between other things, and do `then` what is to be done."""
        self._when_there = None
        self.sections.choose(name)
        if name == "providers" or self._built.stands(name):
            if then is not None:
                then()
        else:
            self._when_there = then

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
        if not event.spontaneous():
            # Its arrows lead through the sections; Qt would begin with the way back.
            self.sections.setFocus(Qt.FocusReason.OtherFocusReason)
        self.section_shown.emit(self.sections.section())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        narrow = self.width() < NARROW
        # Nothing is there yet while the page is being built.
        if narrow != self._narrow and self._stack.count():
            self._narrow = narrow
            self._split(show_list=True)

    # building

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
        self.form = EndpointForm(self._theme, whole=False)
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
        """A section other than the providers, whole; built when it is first needed."""
        return self._built.whole_one(name)

    def stands(self, name: str) -> bool:
        """Whether a section is there whole."""
        return self._built.stands(name)

    def fill(self, name: str, filling: Filling) -> None:
        """Give a section its content now, or when it is built."""
        self._built.fill(name, filling)

    def serve(self, name: str, server: Callable[[Any], None]) -> None:
        """Hand a section to `server` once, now or when it is built; there may be several servers."""
        self._built.serve(name, server)

    def _join(self, section: Section) -> None:
        section.changed.connect(self.setting_changed)
        if isinstance(section, DataSection):
            section.folder_opened.connect(self.open_folder)

    def use_finder(self, finder: Finder) -> None:
        """Have the settings searched by `finder`."""
        self.search = PageSearch(self, finder, self.side.box, self._stack, self._theme)

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
        self._when_there = None
        if name == "providers":
            self._enter(name, self._providers_part)
        elif self._built.stands(name):
            self._enter(name, self._built.page(name))
        else:
            # What is shown stays until it is there.
            self._built.begin(name)

    def _arrived(self, name: str) -> None:
        if name == self.sections.section():
            self._enter(name, self._built.page(name))
            then, self._when_there = self._when_there, None
            if then is not None:
                then()

    def _enter(self, name: str, part: QWidget) -> None:
        if self.search is None or not self.search.covers(part):
            self._stack.setCurrentWidget(part)
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
