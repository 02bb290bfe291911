"""The conversation list as rows: pinned first, folders, then by date, with headings as rows of their own."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from operator import attrgetter
from typing import Any

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, QStringListModel, Qt, Signal

from app.clock import Clock
from app.i18n import tr
from app.store.records import Conversation
from ui.models.arranging import Arrangement, Days, Folder, Row, Sort, View, midnight, moment, rows
from ui.models.face import FACE_ROLE, Face
from ui.models.row_changes import PAGE, difference, shown_rows
from ui.models.title_order import TitleOrder

ID_ROLE = Qt.ItemDataRole.UserRole + 1
HEADING_ROLE = Qt.ItemDataRole.UserRole + 2
TIME_ROLE = Qt.ItemDataRole.UserRole + 3
MARK_ROLE = Qt.ItemDataRole.UserRole + 4
PINNED_ROLE = Qt.ItemDataRole.UserRole + 5
FOLDER_ROLE = Qt.ItemDataRole.UserRole + 6
"""The name of a folder, on its heading."""
FOLDED_ROLE = Qt.ItemDataRole.UserRole + 7
WITHIN_ROLE = Qt.ItemDataRole.UserRole + 8
"""The name of the folder under whose heading a conversation stands."""
COUNT_ROLE = Qt.ItemDataRole.UserRole + 9
TAGS_ROLE = Qt.ItemDataRole.UserRole + 10

_Index = QModelIndex | QPersistentModelIndex
_NOWHERE = QModelIndex()
_ITEM = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsEditable
_FOLDER = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsEditable
_LEAF = Qt.ItemFlag.ItemNeverHasChildren


class ConversationModel(QStringListModel):
    """Conversations in display order, those put away among them: `view` says which are shown.

    `title_edited(id, title)` and `folder_edited(old, new)` ask for a rename; the row keeps its old name until
    the owner passes what is renamed. Changes of the list become as few row insertions and removals as a
    common head and tail allow, so the scroll position survives; `settled` follows each. Rows appear a page at
    a time as the view scrolls; `index_of` knows those that have appeared.

    The base is Qt's own list because a view asks for the number of rows twice a row at every change: with
    `rowCount` in Python ten thousand rows take 30 ms. Its strings stay empty; what is shown is in `_rows`.
    """

    title_edited = Signal(str, str)
    folder_edited = Signal(str, object)
    settled = Signal()

    def __init__(self, clock: Clock, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.view = View()
        self.arrangement = Arrangement()
        self._clock = clock
        self._all: dict[str, Conversation] = {}
        self._full: list[Row] = []
        self.changing = False
        """Whether rows come and go because the list changes, rather than because it is scrolled."""
        self._rows: list[Row] = []
        self._coming: list[Row] = self._rows
        # Connected before any view: these have to hear of it first.
        self.rowsInserted.connect(self._come)
        self.rowsRemoved.connect(self._come)
        self._row_of: dict[str, int] | None = None
        self._running: frozenset[str] = frozenset()
        self._words: list[str] = []
        self.filter_text = ""
        self._days = Days.at(clock.now())
        self._order = TitleOrder(self, self._refill)

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
        self.update((), [conversation_id])

    def update(self, changed: Iterable[Conversation], gone: Iterable[str] = ()) -> None:
        """Show these in their new state and take those away, in one go."""
        self._all.update((c.id, c) for c in changed)
        for conversation_id in gone:
            self._all.pop(conversation_id, None)
        self._refill()

    def look_at(self, view: View) -> None:
        """Show all, what is put away, or what has a tag."""
        if view != self.view:
            self.view = view
            self._refill()

    def arrange(self, arrangement: Arrangement) -> None:
        """Take up how the user had arranged the list. The object is kept and changed."""
        self.arrangement = arrangement
        self._refill()

    def sort_by(self, sort: Sort) -> None:
        """Sort anew."""
        self.arrangement.sort = sort
        self._refill()

    def fold(self, folder: str, folded: bool) -> None:
        """Hide or show what is in a folder."""
        (self.arrangement.folded.add if folded else self.arrangement.folded.discard)(folder)
        self._refill()

    def keep_folder(self, name: str, keep: bool = True) -> None:
        """Show a folder even when it is empty, or no longer."""
        (self.arrangement.folders.add if keep else self.arrangement.folders.discard)(name)
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
        row = self._places().get(conversation_id)
        return QModelIndex() if row is None else self.index(row)

    def rows_of(self, ids: Collection[str]) -> list[int]:
        """The rows of these that have appeared, from top to bottom."""
        return [row for one, row in self._places().items() if one in ids]

    def _places(self) -> dict[str, int]:
        if self._row_of is None:
            self._row_of = {r.id: n for n, r in enumerate(self._rows) if isinstance(r, Conversation)}
        return self._row_of

    def index_of_folder(self, name: str) -> QModelIndex:
        """The index of a folder's heading, invalid when it is not shown."""
        for n, row in enumerate(self._rows):
            if isinstance(row, Folder) and row.name == name:
                return self.index(n)
        return QModelIndex()

    def ids(self) -> list[str]:
        """The conversations of the list in order, also those that have not appeared yet."""
        return [row.id for row in self._full if isinstance(row, Conversation)]

    def known(self, ids: Collection[str]) -> list[Conversation]:
        """Those of these that there are, shown or not."""
        return [found for found in map(self._all.get, ids) if found is not None]

    def inside(self, folder: str) -> list[str]:
        """The conversations in a folder, archived and pinned ones, too."""
        return [c.id for c in self._all.values() if c.folder == folder]

    def folders(self) -> list[str]:
        """The names of all folders."""
        return sorted({c.folder for c in self._all.values() if c.folder} | self.arrangement.folders)

    def tags(self) -> dict[str, int]:
        """The tags with the number of their conversations, the most used first."""
        counts = Counter(tag for c in self._all.values() for tag in c.tags)
        return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))

    def archived_count(self) -> int:
        """How many are put away."""
        return sum(c.archived for c in self._all.values())

    def conversation(self, index: _Index) -> Conversation | None:
        """The conversation of a row, None for headings."""
        row = self._rows[index.row()] if index.isValid() else None
        return row if isinstance(row, Conversation) else None

    def seconds_to_midnight(self) -> float:
        """How long the groups of today stay true."""
        now = self._clock.now()
        local = time.localtime(now)
        return max(0.0, midnight(local.tm_year, local.tm_mon, local.tm_mday + 1) - now)

    def conversations(self) -> list[Conversation]:
        """All conversations, filtered out or not, the newest first."""
        return sorted(self._all.values(), key=attrgetter("updated_at"), reverse=True)

    def total(self) -> int:
        """How many conversations there are, filtered out or not."""
        return len(self._all)

    # Qt's side

    def canFetchMore(self, parent: _Index = _NOWHERE) -> bool:
        return not parent.isValid() and not self.changing and len(self._rows) < len(self._full)

    def fetchMore(self, parent: _Index = _NOWHERE) -> None:
        if not self.canFetchMore(parent):
            return
        start = len(self._rows)
        more = self._full[start : start + PAGE]
        self._coming = self._rows + more
        self.insertRows(start, len(more))

    def flags(self, index: _Index) -> Qt.ItemFlag:
        if not index.isValid():
            return Qt.ItemFlag.NoItemFlags
        row = self._rows[index.row()]
        kind = _ITEM if isinstance(row, Conversation) else _FOLDER if isinstance(row, Folder) else _LEAF
        return kind | _LEAF

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        row = self._rows[index.row()]
        if role == FACE_ROLE:
            return self._face(row)
        if isinstance(row, str):
            if role == HEADING_ROLE:
                return True
            texts = (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole)
            return row if role in texts else None
        if isinstance(row, Folder):
            return _folder_data(row, role)
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return row.title or tr("sidebar.untitled")
            case Qt.ItemDataRole.EditRole:
                return row.title
            case Qt.ItemDataRole.ToolTipRole:
                return _tip(row) or None
            case Qt.ItemDataRole.AccessibleTextRole:
                return self._spoken(row)
            case _ if role == HEADING_ROLE:
                return False
            case _ if role == ID_ROLE:
                return row.id
            case _ if role == TIME_ROLE:
                return self._when(row)
            case _ if role == MARK_ROLE:
                return self._mark(row)
            case _ if role == PINNED_ROLE:
                return row.pinned
            case _ if role == WITHIN_ROLE:
                return self._within(row)
            case _ if role == TAGS_ROLE:
                return row.tags
            case _:
                return None

    def setData(self, index: _Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        from app.key_leaks import without_keys

        # A key that was pasted into the wrong field is kept nowhere.
        title = " ".join(without_keys(str(value)).split())
        folder = self._rows[index.row()] if index.isValid() else None
        if isinstance(folder, Folder):
            if role != Qt.ItemDataRole.EditRole or not title:
                return False
            if title != folder.name:
                self.folder_edited.emit(folder.name, title)
            return True
        row = self.conversation(index)
        if row is None or role != Qt.ItemDataRole.EditRole or not title:
            return False
        if title != row.title:
            self.title_edited.emit(row.id, title)
        return True

    # rows

    def _face(self, row: Row) -> Face:
        if isinstance(row, str):
            return Face(row, "heading")
        if isinstance(row, Folder):
            return Face(row.name, "folder", folded=row.folded, count=row.count)
        return Face(
            row.title or tr("sidebar.untitled"),
            mark=self._mark(row),
            when=self._when(row),
            tagged=bool(row.tags),
            within=bool(self._within(row)),
        )

    def _when(self, row: Conversation) -> str:
        return "" if row.pinned else self._time(moment(row, self.arrangement.sort))

    def _within(self, row: Conversation) -> str | None:
        return None if row.pinned or not self._by_folder() else row.folder

    def _mark(self, row: Conversation) -> str:
        return "running" if row.id in self._running else "interrupted" if row.interrupted else ""

    def _spoken(self, row: Conversation) -> str:
        mark = self._mark(row)
        tags = tr("sidebar.tags", tags=tr("sidebar.and").join(row.tags)) if row.tags else ""
        parts = [row.title or tr("sidebar.untitled"), tr(f"sidebar.mark.{mark}") if mark else "", tags]
        return tr("sidebar.comma").join(p for p in (*parts, self._time(row.updated_at)) if p)

    def _by_folder(self) -> bool:
        return self.view.everything and not self._words

    def _time(self, at: float) -> str:
        local = time.localtime(at)
        if at >= self._days.yesterday:
            return f"{local.tm_hour:02}:{local.tm_min:02}"
        if local.tm_year == self._days.year:
            return f"{local.tm_mon:02}-{local.tm_mday:02}"
        return f"{local.tm_year}-{local.tm_mon:02}"

    def _refill(self) -> None:
        self._days = Days.at(self._clock.now())
        places: Mapping[str, int] = {}
        if self.arrangement.sort == "title":
            known = self._order.places([c.title for c in self._all.values()])
            if known is None and self._rows:
                # The list stays as it is until the order is known, a moment later.
                return
            places = known or {}
        self._put(rows(self._all.values(), self.view, self.arrangement, self._words, self._days, places))

    def _come(self) -> None:
        """The base has made or taken the rows: what is in them changes in the same moment."""
        self._rows = self._coming
        self._row_of = None

    def _put(self, full: list[Row]) -> None:
        """Go from the old rows to the new with one removal and one insertion between equal ends."""
        old = self._rows
        new = full[: shown_rows(full, old)]
        self._full = full
        head, tail, changed = difference(old, new)
        base = len(new) - tail
        self._row_of = None
        self.changing = True  # a view may ask for more in the middle of this
        if head < len(old) - tail:
            self._coming = old[:head] + old[len(old) - tail :]
            self.removeRows(head, len(old) - tail - head)
        if head < base:
            self._coming = new
            self.insertRows(head, base - head)
        self._rows = new
        self._row_of = None
        self.changing = False
        if changed:
            self.dataChanged.emit(self.index(changed[0]), self.index(changed[-1]))
        self.settled.emit()


def _tip(row: Conversation) -> str:
    """The whole title and the tags."""
    return "\n".join(part for part in (row.title, " ".join(f"#{tag}" for tag in row.tags)) if part)


def _folder_data(row: Folder, role: int) -> Any:
    match role:
        case Qt.ItemDataRole.DisplayRole | Qt.ItemDataRole.EditRole:
            return row.name
        case Qt.ItemDataRole.AccessibleTextRole:
            return tr("sidebar.folder.folded" if row.folded else "sidebar.folder", name=row.name, n=row.count)
        case _ if role == HEADING_ROLE:
            return False
        case _ if role == FOLDER_ROLE:
            return row.name
        case _ if role == FOLDED_ROLE:
            return row.folded
        case _ if role == COUNT_ROLE:
            return row.count
        case _:
            return None
