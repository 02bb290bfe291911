"""Item models of the settings: the providers by group, and the models of one provider."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    Signal,
)

from app.domain import ModelSpec
from app.i18n import tr
from app.prices import price_words
from ui.controls import tag_word
from ui.settings.values import ModelRow, ProviderView
from ui.welcome.offer import describe

Index = QModelIndex | QPersistentModelIndex
VIEW_ROLE = int(Qt.ItemDataRole.UserRole) + 1
ROOT = QModelIndex()


@dataclass(frozen=True, slots=True)
class Heading:
    """A row that names the group below it."""

    text: str


def note(view: ProviderView) -> str:
    """The second line of a provider: the presenter's words, else its keys or its offer."""
    if view.note:
        return view.note
    if view.spec.local:
        return tr("settings.provider.models", n=len(view.models))
    if view.spec.auth == "none":
        return tr("settings.provider.models", n=len(view.models))
    if not view.keys:
        text = describe(view.spec).headline
        return tr("settings.provider.abroad", note=text) if view.overseas else text
    text = tr("settings.provider.keys", n=len(view.keys))
    bad = sum(key.check_kind in ("auth", "region_blocked") for key in view.keys)
    return text + (" · " + tr("settings.provider.bad", n=bad) if bad else "")


class ProviderListModel(QAbstractListModel):
    """Providers under three headings: with keys (in relay order), on this computer, without a key."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: list[Heading | ProviderView] = []

    def replace(self, views: Sequence[ProviderView]) -> None:
        """Show these providers; rows are updated in place when their order stays as it is."""
        rows = self._grouped(views)
        if [_identity(r) for r in rows] == [_identity(r) for r in self._rows]:
            for i, (old, new) in enumerate(zip(self._rows, rows, strict=True)):
                if old != new:
                    self._rows[i] = new
                    self.dataChanged.emit(self.index(i), self.index(i))
            return
        self.beginResetModel()
        self._rows = rows
        self.endResetModel()

    def row_of(self, provider: str) -> int:
        """The row of a provider, -1 when it is not there."""
        return next(
            (i for i, r in enumerate(self._rows) if isinstance(r, ProviderView) and r.id == provider), -1
        )

    def view(self, row: int) -> ProviderView | None:
        """The provider in a row, None for a heading or no row."""
        item = self._rows[row] if 0 <= row < len(self._rows) else None
        return item if isinstance(item, ProviderView) else None

    def movable(self) -> range:
        """The rows that can be put in another order: providers with keys that are not local."""
        first = next((i for i, r in enumerate(self._rows) if _in_relay(r)), 0)
        return range(first, first + sum(_in_relay(r) for r in self._rows))

    def rowCount(self, parent: Index = ROOT) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def flags(self, index: Index) -> Qt.ItemFlag:
        if self.view(index.row()) is None:
            return Qt.ItemFlag.NoItemFlags
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemNeverHasChildren

    def data(self, index: Index, role: int = int(Qt.ItemDataRole.DisplayRole)) -> Any:
        if not index.isValid() or not 0 <= index.row() < len(self._rows):
            return None
        item = self._rows[index.row()]
        if role == VIEW_ROLE:
            return item
        if isinstance(item, Heading):
            return item.text if role == Qt.ItemDataRole.DisplayRole else None
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return item.name
            case Qt.ItemDataRole.AccessibleTextRole:
                state = item.state_text if item.on else tr("settings.provider.paused")
                return _list([item.name, note(item), state])
            case Qt.ItemDataRole.ToolTipRole:
                return item.state_text if item.on else tr("settings.provider.paused")
            case _:
                return None

    @staticmethod
    def _grouped(views: Sequence[ProviderView]) -> list[Heading | ProviderView]:
        with_keys = [v for v in views if _in_relay(v)]
        local = [v for v in views if v.spec.local]
        without = [v for v in views if not _in_relay(v) and not v.spec.local]
        rows: list[Heading | ProviderView] = []
        if with_keys:
            rows += [Heading(tr("settings.group.keys", n=len(with_keys))), *with_keys]
        if local:
            rows += [Heading(tr("settings.group.local")), *local]
        if without:
            rows += [Heading(tr("settings.group.none")), *without]
        return rows


def _in_relay(row: Heading | ProviderView) -> bool:
    return isinstance(row, ProviderView) and row.usable and not row.spec.local


def _identity(row: Heading | ProviderView) -> tuple[str, str]:
    return ("heading", row.text) if isinstance(row, Heading) else ("provider", row.id)


def _list(parts: Sequence[str]) -> str:
    return tr("settings.comma").join(part for part in parts if part)


def tokens(n: int | None) -> str:
    """A context window as vendors write it: `256K`, `1M`, `8K`; empty when it is not published."""
    if n is None:
        return ""
    if n >= 1_000_000:
        return f"{n / (1_048_576 if n % 1024 == 0 else 1_000_000):.1f}".removesuffix(".0") + "M"
    if n < 1000:
        return str(n)
    return f"{round(n / (1024 if n % 1024 == 0 else 1000))}K"


def mark(item: ModelRow) -> str:
    """The word of warning beside a model's name, empty for most."""
    if item.gone:
        return tr("settings.gone")
    return tr("settings.uncertain") if item.spec.uncertain else ""


def abilities(spec: ModelSpec) -> str:
    """What a model can do besides text, in words."""
    parts: list[str] = []
    if spec.thinking != "no":
        parts.append(tr("settings.ability.thinking"))
    if spec.vision:
        parts.append(tr("settings.ability.vision"))
    if spec.tools:
        parts.append(tr("settings.ability.tools"))
    return " · ".join(parts)


class ModelTableModel(QAbstractTableModel):
    """The models of one provider: on or off, name, billing, context, abilities, what is left.

    `toggled(leg_id, on)` asks for a change; the row changes at once, the next `replace` has the last word.
    A filter narrows the rows; without one only the first `limit` are shown until `show_all`.
    """

    toggled = Signal(str, bool)
    NAME, BILLING, CONTEXT, ABILITIES, LEFT = range(5)

    def __init__(self, limit: int = 8, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._all: list[ModelRow] = []
        self._rows: list[ModelRow] = []
        self._words: list[str] = []
        self._limit = limit
        self._open = False

    def replace(self, rows: Sequence[ModelRow]) -> None:
        """Show these models, keeping the filter."""
        self._all = list(rows)
        self._narrow()

    def show_all(self, open_: bool) -> None:
        """Show every row, or only the first ones."""
        self._open = open_
        self._narrow()

    def set_filter(self, text: str) -> None:
        """Only models whose id or name holds every word of `text`, whatever the case."""
        self._words = text.casefold().split()
        self._narrow()

    @property
    def total(self) -> int:
        """How many models there are before filter and limit."""
        return len(self._all)

    @property
    def hidden(self) -> int:
        """How many more fit the filter than are shown."""
        return sum(self._fits(r) for r in self._all) - len(self._rows)

    def model_row(self, row: int) -> ModelRow | None:
        """The model in a row, None outside."""
        return self._rows[row] if 0 <= row < len(self._rows) else None

    def toggle(self, row: int) -> None:
        """Switch the model in a row on or off."""
        item = self.model_row(row)
        if item is None:
            return
        new = replace(item, on=not item.on)
        self._rows[row] = new
        self._all = [new if r.leg_id == new.leg_id else r for r in self._all]
        self.dataChanged.emit(self.index(row, 0), self.index(row, self.columnCount() - 1))
        self.toggled.emit(new.leg_id, new.on)

    def rowCount(self, parent: Index = ROOT) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = ROOT) -> int:
        return 0 if parent.isValid() else 5

    def flags(self, index: Index) -> Qt.ItemFlag:
        if not index.isValid():
            return Qt.ItemFlag.NoItemFlags
        flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemNeverHasChildren
        return flags | Qt.ItemFlag.ItemIsUserCheckable if index.column() == self.NAME else flags

    def setData(self, index: Index, value: Any, role: int = int(Qt.ItemDataRole.EditRole)) -> bool:
        if role != Qt.ItemDataRole.CheckStateRole or not index.isValid() or index.column() != self.NAME:
            return False
        item = self._rows[index.row()]
        if (Qt.CheckState(value) == Qt.CheckState.Checked) != item.on:
            self.toggle(index.row())
        return True

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = int(Qt.ItemDataRole.DisplayRole)
    ) -> Any:
        if orientation != Qt.Orientation.Horizontal or role != Qt.ItemDataRole.DisplayRole:
            return None
        names = (
            tr("settings.column.model"),
            tr("settings.column.billing"),
            tr("settings.column.context"),
            tr("settings.column.abilities"),
            tr("settings.column.left"),
        )
        return names[section]

    def data(self, index: Index, role: int = int(Qt.ItemDataRole.DisplayRole)) -> Any:
        if not index.isValid() or not 0 <= index.row() < len(self._rows):
            return None
        item, column = self._rows[index.row()], index.column()
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return self._text(item, column)
            case Qt.ItemDataRole.CheckStateRole if column == self.NAME:
                return Qt.CheckState.Checked if item.on else Qt.CheckState.Unchecked
            case Qt.ItemDataRole.AccessibleTextRole if column == self.NAME:
                on = tr("settings.model.on") if item.on else tr("settings.model.off")
                texts = [self._text(item, c) for c in range(5)]
                return _list([texts[0], mark(item), on, *texts[1:], price_words(item.spec.price)])
            case Qt.ItemDataRole.ToolTipRole if column == self.BILLING:
                return price_words(item.spec.price) or None
            case Qt.ItemDataRole.ToolTipRole if column == self.NAME:
                if item.gone:
                    return tr("settings.gone.tip")
                return tr("settings.uncertain.tip") if item.spec.uncertain else item.spec.id
            case _ if role == VIEW_ROLE:
                return item
            case _:
                return None

    def _text(self, item: ModelRow, column: int) -> str:
        match column:
            case self.NAME:
                return item.spec.name or item.spec.id
            case self.BILLING:
                return tag_word(item.billing.value)
            case self.CONTEXT:
                return tokens(item.spec.context)
            case self.ABILITIES:
                return abilities(item.spec)
            case _:
                return item.left

    def _fits(self, row: ModelRow) -> bool:
        text = f"{row.spec.id} {row.spec.name or ''}".casefold()
        return all(word in text for word in self._words)

    def _narrow(self) -> None:
        fitting = [r for r in self._all if self._fits(r)]
        rows = fitting if self._open or self._words else fitting[: self._limit]
        if [r.leg_id for r in rows] == [r.leg_id for r in self._rows]:
            changed = [i for i, (a, b) in enumerate(zip(self._rows, rows, strict=True)) if a != b]
            self._rows = rows
            for i in changed:
                self.dataChanged.emit(self.index(i, 0), self.index(i, self.columnCount() - 1))
            return
        self.beginResetModel()
        self._rows = rows
        self.endResetModel()
