"""The conversation list as rows: pinned first, then by date, with headings as rows of their own."""

from __future__ import annotations

import time
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal

from app.clock import Clock
from app.i18n import tr
from app.store.records import Conversation

ID_ROLE = Qt.ItemDataRole.UserRole + 1
HEADING_ROLE = Qt.ItemDataRole.UserRole + 2
TIME_ROLE = Qt.ItemDataRole.UserRole + 3
MARK_ROLE = Qt.ItemDataRole.UserRole + 4
PINNED_ROLE = Qt.ItemDataRole.UserRole + 5

PAGE = 300
"""Rows shown at first and added at each scroll to the end: Qt lays all shown rows out at every change."""

_TRIES = 8
_Index = QModelIndex | QPersistentModelIndex
_Row = Conversation | str
_NOWHERE = QModelIndex()
_ITEM = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsEditable
_LEAF = Qt.ItemFlag.ItemNeverHasChildren


@dataclass(frozen=True, slots=True)
class _Days:
    """Epoch seconds at which the groups of one day begin, by the user's own midnight."""

    today: float
    yesterday: float
    week: float
    year: int

    @classmethod
    def at(cls, now: float) -> _Days:
        local = time.localtime(now)
        year, month, day = local.tm_year, local.tm_mon, local.tm_mday
        today, yesterday, week = (_midnight(year, month, day - back) for back in (0, 1, 7))
        return cls(today, yesterday, week, year)


def _midnight(year: int, month: int, day: int) -> float:
    """The start of a day; days out of range count on (day 0 is the last of the month before)."""
    return time.mktime((year, month, day, 0, 0, 0, 0, 0, -1))


class ConversationModel(QAbstractListModel):
    """Conversations in display order.

    `title_edited(id, title)` asks for a rename; the row shows the new title at once and keeps it when the
    owner later passes the renamed conversation. Changes of the list become as few row insertions and
    removals as a common head and tail allow, so selection and scroll position survive. Rows appear a page at
    a time as the view scrolls; `index_of` knows those that have appeared.
    """

    title_edited = Signal(str, str)

    def __init__(self, clock: Clock, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._clock = clock
        self._all: dict[str, Conversation] = {}
        self._full: list[_Row] = []
        self._changing = False
        self._rows: list[_Row] = []
        self._row_of: dict[str, int] | None = None
        self._running: frozenset[str] = frozenset()
        self._words: list[str] = []
        self.filter_text = ""
        self._days = _Days.at(clock.now())

    # what the owner calls

    def replace(self, conversations: Iterable[Conversation]) -> None:
        """Show exactly these."""
        self._all = {c.id: c for c in conversations}
        self._refill()

    def upsert(self, conversation: Conversation) -> None:
        """Add a conversation or show its new state."""
        self._all[conversation.id] = conversation
        self._refill()

    def remove(self, conversation_id: str) -> None:
        """Take one away; unknown ids are ignored."""
        if self._all.pop(conversation_id, None) is not None:
            self._refill()

    def set_running(self, ids: Iterable[str]) -> None:
        """Mark the conversations whose answer is being written."""
        changed = self._running.symmetric_difference(ids)
        self._running = frozenset(ids)
        for conversation_id in changed:
            index = self.index_of(conversation_id)
            if index.isValid():
                self.dataChanged.emit(index, index, [MARK_ROLE])

    def set_filter(self, text: str) -> None:
        """Keep the conversations whose title holds every word of `text`; empty = all."""
        self.filter_text = text.strip()
        words = text.casefold().split()
        if words != self._words:
            self._words = words
            self._refill()

    def refresh(self) -> None:
        """Group anew after midnight."""
        self._refill()

    def index_of(self, conversation_id: str) -> QModelIndex:
        """The index of a conversation, invalid when it is not shown."""
        if self._row_of is None:
            self._row_of = {r.id: n for n, r in enumerate(self._rows) if isinstance(r, Conversation)}
        row = self._row_of.get(conversation_id)
        return QModelIndex() if row is None else self.index(row)

    def conversation(self, index: _Index) -> Conversation | None:
        """The conversation of a row, None for headings."""
        row = self._rows[index.row()] if index.isValid() else None
        return row if isinstance(row, Conversation) else None

    def seconds_to_midnight(self) -> float:
        """How long the groups of today stay true."""
        now = self._clock.now()
        local = time.localtime(now)
        return max(0.0, _midnight(local.tm_year, local.tm_mon, local.tm_mday + 1) - now)

    def conversations(self) -> list[Conversation]:
        """All conversations, filtered out or not, the newest first."""
        return sorted(self._all.values(), key=lambda c: c.updated_at, reverse=True)

    def total(self) -> int:
        """How many conversations there are, filtered out or not."""
        return len(self._all)

    # Qt's side

    def rowCount(self, parent: _Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def canFetchMore(self, parent: _Index = _NOWHERE) -> bool:
        return not parent.isValid() and not self._changing and len(self._rows) < len(self._full)

    def fetchMore(self, parent: _Index = _NOWHERE) -> None:
        if not self.canFetchMore(parent):
            return
        start = len(self._rows)
        more = self._full[start : start + PAGE]
        self.beginInsertRows(QModelIndex(), start, start + len(more) - 1)
        self._rows = self._rows + more
        self._row_of = None
        self.endInsertRows()

    def flags(self, index: _Index) -> Qt.ItemFlag:
        if not index.isValid():
            return Qt.ItemFlag.NoItemFlags
        return _ITEM | _LEAF if isinstance(self._rows[index.row()], Conversation) else _LEAF

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        row = self._rows[index.row()]
        if isinstance(row, str):
            if role == HEADING_ROLE:
                return True
            texts = (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole)
            return row if role in texts else None
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return row.title or tr("sidebar.untitled")
            case Qt.ItemDataRole.EditRole:
                return row.title
            case Qt.ItemDataRole.ToolTipRole:
                return row.title or None
            case Qt.ItemDataRole.AccessibleTextRole:
                return self._spoken(row)
            case _ if role == HEADING_ROLE:
                return False
            case _ if role == ID_ROLE:
                return row.id
            case _ if role == TIME_ROLE:
                return "" if row.pinned else self._time(row.updated_at)
            case _ if role == MARK_ROLE:
                return self._mark(row)
            case _ if role == PINNED_ROLE:
                return row.pinned
            case _:
                return None

    def setData(self, index: _Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        row = self.conversation(index)
        title = " ".join(str(value).split())
        if row is None or role != Qt.ItemDataRole.EditRole or not title:
            return False
        if title != row.title:
            self.title_edited.emit(row.id, title)
        return True

    # rows

    def _mark(self, row: Conversation) -> str:
        return "running" if row.id in self._running else "interrupted" if row.interrupted else ""

    def _spoken(self, row: Conversation) -> str:
        mark = self._mark(row)
        parts = [row.title or tr("sidebar.untitled"), tr(f"sidebar.mark.{mark}") if mark else ""]
        return tr("sidebar.comma").join(p for p in (*parts, self._time(row.updated_at)) if p)

    def _time(self, at: float) -> str:
        local = time.localtime(at)
        if at >= self._days.yesterday:
            return f"{local.tm_hour:02}:{local.tm_min:02}"
        if local.tm_year == self._days.year:
            return f"{local.tm_mon:02}-{local.tm_mday:02}"
        return f"{local.tm_year}-{local.tm_mon:02}"

    def _refill(self) -> None:
        self._days = _Days.at(self._clock.now())
        shown: Iterable[Conversation] = self._all.values()
        for word in self._words:
            shown = [c for c in shown if word in c.title.casefold()]
        ordered = sorted(shown, key=lambda c: c.updated_at, reverse=True)
        self._put(self._grouped(ordered))

    def _grouped(self, ordered: Sequence[Conversation]) -> list[_Row]:
        rows: list[_Row] = []
        pinned = [c for c in ordered if c.pinned]
        if pinned:
            rows += [tr("sidebar.group.pinned"), *pinned]
            ordered = [c for c in ordered if not c.pinned]
        days = self._days
        start = 0
        for heading, since in (
            (tr("sidebar.group.today"), days.today),
            (tr("sidebar.group.yesterday"), days.yesterday),
            (tr("sidebar.group.week"), days.week),
        ):
            end = _end(ordered, since, start)
            if end > start:
                rows.append(heading)
                rows += ordered[start:end]
            start = end
        while start < len(ordered):
            local = time.localtime(ordered[start].updated_at)
            end = max(_end(ordered, _midnight(local.tm_year, local.tm_mon, 1), start), start + 1)
            rows.append(_month(local.tm_year, local.tm_mon, days.year))
            rows += ordered[start:end]
            start = end
        return rows

    def _put(self, full: list[_Row]) -> None:
        """Go from the old rows to the new with one removal and one insertion between equal ends."""
        old = self._rows
        new = full[: _cut(full, old)]
        self._full = full
        shortest = min(len(old), len(new))
        head = 0
        while head < shortest and _same(old[head], new[head]):
            head += 1
        tail = 0
        while tail < shortest - head and _same(old[-1 - tail], new[-1 - tail]):
            tail += 1
        changed = [n for n in range(head) if old[n] is not new[n] and old[n] != new[n]]
        base = len(new) - tail
        shift = len(old) - len(new)
        changed += [
            n for n in range(base, len(new)) if old[n + shift] is not new[n] and old[n + shift] != new[n]
        ]
        self._row_of = None
        self._changing = True  # a view may ask for more in the middle of this
        if head < len(old) - tail:
            self.beginRemoveRows(QModelIndex(), head, len(old) - tail - 1)
            self._rows = old[:head] + old[len(old) - tail :]
            self.endRemoveRows()
        if head < base:
            self.beginInsertRows(QModelIndex(), head, base - 1)
            self._rows = new
            self.endInsertRows()
        self._rows = new
        self._row_of = None
        self._changing = False
        if changed:
            self.dataChanged.emit(self.index(changed[0]), self.index(changed[-1]))


def _cut(full: Sequence[_Row], old: Sequence[_Row]) -> int:
    """How many rows to show: up to the row that was the last one, so that the ends stay equal."""
    if len(old) < PAGE // 2:
        return PAGE
    near = {row.id: n for n, row in enumerate(full[: len(old) + PAGE]) if isinstance(row, Conversation)}
    for last in old[: -_TRIES - 1 : -1]:
        at = near.get(last.id, 0) if isinstance(last, Conversation) else 0
        if at >= PAGE // 2:
            return at + 1
    return max(PAGE, len(old))


def _same(one: _Row, other: _Row) -> bool:
    """Whether two rows are the same row, perhaps with new content."""
    if isinstance(one, str) or isinstance(other, str):
        return one == other
    return one.id == other.id


def _end(ordered: Sequence[Conversation], since: float, start: int) -> int:
    """The index after the last conversation that is not older than `since` (newest first)."""
    return bisect_left(ordered, True, start, key=lambda c: c.updated_at < since)


def _month(year: int, month: int, this_year: int) -> str:
    name = tr(f"sidebar.month.{month}")
    return name if year == this_year else tr("sidebar.month.year", month=name, year=year)
