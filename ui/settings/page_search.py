"""The search in the settings page: its field over the sections, its results, the way to a row."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from ui.keys import in_force
from ui.settings.finder import Finder
from ui.settings.index import Entry, rows_of
from ui.settings.spotlight import reveal
from ui.theme import Theme

if TYPE_CHECKING:
    from ui.settings.page import SettingsPage


class PageSearch(QObject):
    """Belongs to one settings page; `side` is the column of its sections, `stack` holds what is shown."""

    def __init__(
        self, page: SettingsPage, finder: Finder, side: QVBoxLayout, stack: QStackedWidget, theme: Theme
    ) -> None:
        super().__init__(page)
        self._page = page
        self._stack = stack
        self._theme = theme
        self._before: QWidget | None = None
        self.finder = finder
        side.insertWidget(1, finder.holder)
        stack.addWidget(finder)
        finder.searching.connect(self._searching)
        finder.opened.connect(self.go_to)
        page.sections.chosen.connect(lambda _name: self._leave())
        page.sections.clicked.connect(lambda _index: finder.clear())
        in_force.shortcut("find_setting", page, finder.take_keyboard)

    def go_to(self, entry: Entry) -> None:
        """Show the section of an entry with the keyboard in its row; where the row is not there now, only
        the section."""
        self.finder.clear()
        page = self._page
        if entry.provider:
            page.show_provider(entry.provider)
            page.provider_list.setFocus(Qt.FocusReason.ShortcutFocusReason)
            return
        page.open_section(entry.section, lambda: self._lead_to(entry))

    def covers(self, part: QWidget) -> bool:
        """Whether what was found is shown; `part` is what comes back when it is not any more."""
        if self._stack.currentWidget() is not self.finder or not self.finder.field.text().strip():
            return False
        self._before = part
        return True

    def _lead_to(self, entry: Entry) -> None:
        page = self._page
        if entry.section == "providers":
            page.show_provider(page.provider_page.provider)
            section: QWidget = page.provider_page
        else:
            section = page.section(entry.section)
        rows = [row for row in rows_of(section) if row.name == entry.name]
        best = next((row for row in rows if row.group in (entry.group, entry.place)), None)
        best = best or next(iter(rows), None)
        if best is not None:
            reveal(best.widget, self._theme)
        else:
            page.sections.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _searching(self, on: bool) -> None:
        self._page.sections.set_quiet(on)
        shown = self._stack.currentWidget()
        if on and shown is not self.finder:
            self._before = shown
            self._stack.setCurrentWidget(self.finder)
        elif not on and shown is self.finder and self._before is not None:
            self._stack.setCurrentWidget(self._before)

    def _leave(self) -> None:
        """Another section was chosen: what was shown before the search is not to come back."""
        self._before = None
        self.finder.clear()
