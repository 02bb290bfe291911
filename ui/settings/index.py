"""What can be found in the settings, read off the sections themselves: headings, rows, choices, buttons.

Sections are built for it one in a turn of the event loop, looked through and thrown away.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QFont
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSpinBox,
    QComboBox,
    QLabel,
    QLineEdit,
    QWidget,
)

from app.fuzzy import match
from app.i18n import elsewhere, language
from app.pinyin import initials
from app.search_text import fold
from ui.keys.key_button import KeyButton
from ui.pieces import Pieces
from ui.qt_kinds import loaded
from ui.settings.form import Adaptive, Card

if TYPE_CHECKING:
    from app.domain import ProviderSpec
    from app.settings import Settings
    from ui.theme import Theme

MOST_CHOICES = 12
"""Words of a row's choices lead to it, but not the names of all fonts."""

_IN_ONE_PIECE = 6
_LEAVES = (QAbstractButton, QLineEdit, QAbstractSpinBox, QComboBox)


@dataclass(frozen=True, slots=True)
class Row:
    """Something that can be set or done: `widget` takes the keyboard, `words` also lead to it."""

    name: str
    group: str
    caption: str
    words: tuple[str, ...]
    widget: QWidget


@dataclass(frozen=True, slots=True)
class Entry:
    """The same without its widget, which may be gone: `section` by name, `place` and `icon` as it is shown.

    `also` are other words for it, folded; `provider` is set for a provider's page.
    """

    section: str
    place: str
    icon: str
    name: str
    group: str = ""
    caption: str = ""
    also: tuple[str, ...] = ()
    provider: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """An entry that fits what was typed, how well, and the ranges of its name that were typed."""

    entry: Entry
    score: float
    marks: tuple[tuple[int, int], ...]


def rows_of(section: QWidget) -> list[Row]:
    """The rows of a built section from top to bottom, without what is hidden in its present state."""
    buddies = {buddy for one in section.findChildren(QLabel) if (buddy := one.buddy()) is not None}
    found: list[Row] = []
    group, waiting = "", ""
    for widget in _shown(section, buddies):
        if isinstance(widget, QLabel):
            buddy = widget.buddy()
            if buddy is not None:
                row = _row(widget.text(), group, buddy)
            else:
                group = waiting = widget.text()
                continue
        else:
            name = _name(widget)
            if len(name) < 2:
                continue
            row = _row(name, group, widget)
        if waiting and waiting != row.name:
            found.append(Row(waiting, "", "", (), row.widget))
        waiting = ""
        found.append(row)
    return found


def _row(name: str, group: str, widget: QWidget) -> Row:
    if isinstance(widget, KeyButton):
        # It describes how it is used, which says nothing of the row.
        return Row(name, group, "", (widget.text(),), widget)
    caption = widget.accessibleDescription()
    beside = _beside(widget)
    return Row(name, group, caption or "".join(beside[:1]), (*_choices(widget), caption, *beside), widget)


def _beside(widget: QWidget) -> list[str]:
    """What is written beside a button or field in its row."""
    above = widget.parentWidget()
    while above is not None and not isinstance(above, Adaptive | Card):
        above = above.parentWidget()
    if not isinstance(above, Adaptive):
        return []
    return [one.text() for one in above.findChildren(QLabel) if one.text() and one.buddy() is None]


def _shown(widget: QWidget, buddies: set[QWidget]) -> Iterator[QWidget]:
    """Headings, labels of rows and what is set without one, in order."""
    for child in widget.findChildren(QWidget, options=Qt.FindChildOption.FindDirectChildrenOnly):
        if child in buddies:
            continue
        if child.isHidden() and child.testAttribute(Qt.WidgetAttribute.WA_WState_ExplicitShowHide):
            continue
        if isinstance(child, QLabel):
            if child.text() and (child.buddy() is not None or child.font().weight() >= QFont.Weight.DemiBold):
                yield child
        elif isinstance(child, _LEAVES):
            yield child
        elif not isinstance(child, QAbstractItemView):
            yield from _shown(child, buddies)


def _name(widget: QWidget) -> str:
    if isinstance(widget, QAbstractButton) and widget.text():
        return widget.text().removesuffix("…")
    return widget.accessibleName()


def _choices(widget: QWidget) -> tuple[str, ...]:
    if isinstance(widget, QComboBox):
        return tuple(widget.itemText(n) for n in range(min(widget.count(), MOST_CHOICES)))
    inner = [one.text() for one in widget.findChildren(QAbstractButton)]
    return tuple(text for text in inner if text) if len(inner) <= MOST_CHOICES else ()


def entry_of(row: Row, section: str, place: str, icon: str) -> Entry:
    """What the index keeps of a row."""
    also = (place, row.group, *row.words, elsewhere(row.name), elsewhere(row.group))
    more = (*also, *map(elsewhere, row.words), initials(row.name))
    words = tuple(dict.fromkeys(fold(word) for word in more if word))
    group = row.group if row.group != place else ""
    return Entry(section, place, icon, row.name, group, row.caption, words)


def search(entries: Iterable[Entry], typed: str, most: int = 60) -> list[Found]:
    """The entries that hold every word typed, the best first; of equals in the order of the sections."""
    wanted = typed.split()
    if not wanted:
        return []
    found = [hit for entry in entries if (hit := _fits(entry, typed, wanted)) is not None]
    found.sort(key=lambda one: -one.score)
    return found[:most]


def _fits(entry: Entry, typed: str, wanted: list[str]) -> Found | None:
    whole = match(typed, entry.name)
    if whole is not None and (len(whole.marks) <= len(wanted) or _starts(whole.marks, entry.name)):
        return Found(entry, whole.score + _IN_ONE_PIECE, whole.marks)
    score = 0.0
    name = fold(entry.name)
    for word in map(fold, wanted):
        if word in name:
            score += len(word) * _IN_ONE_PIECE
        elif (other := next((one for one in entry.also if word in one), None)) is not None:
            # Short texts say more about a row than long ones.
            score += len(word) * (2 if len(other) > 4 * len(word) + 8 else 4) + (
                4 if other.startswith(word) else 0
            )
        else:
            return None
    return Found(entry, score, ())


def _starts(marks: tuple[tuple[int, int], ...], name: str) -> bool:
    """Whether letters typed apart are each the first of a word: `nc` of "New chat", not any two letters."""
    return all(start == 0 or not name[start - 1].isalnum() or ord(name[start]) > 0x2E80 for start, _ in marks)


class SettingsIndex(QObject):
    """Built when first asked for, and anew when settings or providers are others by then: rows come and go
    with them. `changed` after each section; `complete` once all have been looked through.

    `settings` are those in force, `providers` those of the catalogue.
    """

    changed = Signal()

    def __init__(
        self,
        theme: Theme,
        settings: Callable[[], Settings],
        providers: Callable[[], Iterable[ProviderSpec]],
    ) -> None:
        super().__init__()
        self._theme = theme
        self._settings = settings
        self._providers = providers
        self._work: Pieces | None = None
        self._seen: tuple[object, ...] = ()
        self.entries: list[Entry] = []
        self.complete = False

    def build(self) -> None:
        """Begin, unless that has been done; what is not complete yet goes on by itself."""
        if self._work is not None and not self._work.over:
            return
        seen = (self._settings(), *(spec.id for spec in self._providers()))
        if seen != self._seen:
            self._seen = seen
            self._work = Pieces(self._sections(), self._through, self)

    def search(self, typed: str, most: int = 60) -> list[Found]:
        """What is known so far that fits."""
        return search(self.entries, typed, most)

    def stop(self) -> None:
        """The window goes."""
        if self._work is not None:
            self._work.stop()

    def _through(self) -> None:
        self.complete = True
        self.changed.emit()

    def _sections(self) -> Iterator[object]:
        yield from loaded("ui.settings.kinds", "ui.settings.provider_page")
        from ui.settings.kinds import KINDS, rows
        from ui.settings.provider_page import ProviderPage

        entries: list[Entry] = []
        if not self.complete:
            # There is nothing better yet; later the old ones serve until all new ones are there.
            self.entries = entries
        for name, place, icon in rows():
            yield
            words = (elsewhere(place), initials(place))
            section = Entry(name, place, icon, place, also=tuple(fold(word) for word in words if word))
            if name == "providers":
                page = ProviderPage(self._theme, whole=False)
                yield from page.build()
                made: QWidget = page
                more = [_provider(spec, place, icon) for spec in self._providers()]
            else:
                built = made = KINDS[name](self._theme, whole=False)
                yield from built.build()
                built.show_settings(self._settings())
                more = []
                yield
            rest: list[Entry] = []
            for row in rows_of(made):
                if row.name != place:
                    rest.append(entry_of(row, name, place, icon))
                    yield
            made.deleteLater()
            entries += {(one.name, one.provider): one for one in (section, *more, *rest)}.values()
            if self.entries is entries:
                self.changed.emit()
        self.entries = entries


def _provider(spec: ProviderSpec, place: str, icon: str) -> Entry:
    """A provider's page, found by both names, by its id and by its initials."""
    zh, en = spec.name.zh, spec.name.en
    also = tuple(map(fold, (zh, en, spec.id, initials(zh))))
    return Entry("providers", place, icon, zh if language() == "zh" else en, also=also, provider=spec.id)
