"""The rows that exist: a contiguous stretch of the conversation round what is read, and where they stand."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

from PySide6.QtCore import QCoreApplication, QEvent, QPoint
from PySide6.QtWidgets import QWidget
from shiboken6 import delete

from ui.transcript.heights import Heights
from ui.transcript.row import Row

BATCH = 20
"""Messages fetched at once."""

NEAR = 6
"""With fewer rows than this beyond an edge, more are fetched."""

FAR = 18
"""With more rows than this beyond an edge, the outermost go."""

SPARE = 6
"""Rows of a kind that are kept to be used again when they are let go."""

HEAP = 40
"""With more rows than this let go, some are cleared away before anything else is done."""

MOST = 60
"""More rows than this never live, unless they can all be seen."""
GUESS = 190

_MIDDLE, _EDGE = 1 << 19, 1 << 20
"""Where the first row stands in the column, and the column's height. Rows that come above stand above: none
that is there already has to move, and be painted again, for them."""


class RowWindow:
    """Rows `first` … `first + len(rows) - 1` of the conversation. Owns their geometry, not their content."""

    def __init__(self, column: QWidget) -> None:
        self.column = column
        self.rows: list[Row] = []
        self.first = 0
        self.base = _MIDDLE
        self.heights = Heights(0, GUESS)
        self.ids: list[str] = []
        self._index: dict[str, int] = {}
        self._spare: dict[type[Row], list[Row]] = {}
        self._gone: deque[Row] = deque()
        self._held: Row | None = None

    def reset(self, ids: list[str]) -> None:
        """Begin another conversation."""
        self.drop_all()
        self.ids = ids
        self._index = {id_: i for i, id_ in enumerate(ids)}
        self.heights = Heights(len(ids), GUESS)
        self.first = 0

    def index(self, message: str) -> int | None:
        """Where a message stands in the conversation."""
        return self._index.get(message)

    def add_id(self, message: str) -> int:
        """A new message at the end."""
        self._index[message] = len(self.ids)
        self.ids.append(message)
        self.heights.append()
        return len(self.ids) - 1

    def put_before(self, ids: list[str], index: dict[str, int], heights: Heights) -> None:
        """Messages that stand before all others. `index` and `heights` are theirs and are taken over."""
        count = len(ids)
        for i, message in enumerate(self.ids):
            index[message] = count + i
            heights.append(self.heights[i])
        self.ids = ids + self.ids
        self._index, self.heights = index, heights
        self.first += count

    def truncate(self, count: int) -> None:
        """Forget the messages from `count` on."""
        while self.rows and self.last >= count:
            self._remove(self.rows.pop())
        for message in self.ids[count:]:
            del self._index[message]
        del self.ids[count:]
        self.heights.truncate(count)
        self.first = min(self.first, count)

    @property
    def last(self) -> int:
        """Index of the last living row; `first - 1` when there is none."""
        return self.first + len(self.rows) - 1

    def row(self, index: int) -> Row | None:
        """The living row of that index."""
        inside = 0 <= index - self.first < len(self.rows)
        return self.rows[index - self.first] if inside else None

    def put(self, index: int, row: Row) -> None:
        """Take a row in, right before the first, right after the last, or as the only one."""
        if not self.rows:
            self.first = index
            self.rows.append(row)
        elif index == self.first - 1:
            self.first = index
            self.rows.insert(0, row)
        else:
            self.rows.append(row)

    def mark_last(self) -> None:
        """Only the last message of the conversation shows what the last one shows."""
        for i, row in enumerate(self.rows, self.first):
            row.set_last(i == len(self.ids) - 1)

    def drop_first(self) -> None:
        """Let the first row go."""
        self._remove(self.rows.pop(0))
        self.first += 1

    def drop_last(self) -> None:
        """Let the last row go."""
        self._remove(self.rows.pop())

    def drop_all(self) -> None:
        """Let all rows go."""
        for row in self.rows:
            self._remove(row)
        self.rows.clear()

    def hold(self, row: Row | None) -> None:
        """The mouse was pressed in this row, or let go (None). Until then it stays, wherever the reader goes:
        the release would be told to nobody else."""
        before, self._held = self._held, row
        if before is not None and before is not row and before not in self.rows:
            self._remove(before)

    def _remove(self, row: Row) -> None:
        if row is self._held:
            row.move(0, -row.height() - 1)
            return
        row.hide()
        self._gone.append(row)

    @property
    def heap(self) -> int:
        """How many rows that were let go are still there."""
        return len(self._gone)

    def clear_one(self) -> bool:
        """Put one row that was let go aside, or destroy it; False when there is none. Many at once would take
        longer than a frame."""
        if not self._gone:
            return False
        row = self._gone.popleft()
        kept = self._spare.setdefault(type(row), [])
        if len(kept) < SPARE and row.reusable:
            row.rest()
            kept.append(row)
        else:
            delete(row)
        return True

    def spare(self, kind: type[Row]) -> Row | None:
        """A row of that kind that was let go, to be given another message; None when there is none."""
        kept = self._spare.get(kind)
        if kept:
            return kept.pop()
        for at, row in enumerate(self._gone):
            if type(row) is kind and row.reusable:
                del self._gone[at]
                row.rest()
                return row
        return None

    def top(self, index: int) -> int:
        """Where a row begins, from the conversation's start."""
        return self.heights.top(index)

    def within(self, index: int, offset: int, width: int) -> tuple[int, int]:
        """The place so many pixels into a message, as pixels into the one that stands there: where a message
        has become shorter, that is another. One that is not laid out yet may yet be as long."""
        row = self.row(index)
        while row is not None and not row.busy and row.fitted == width and offset >= row.high:
            if index + 1 >= len(self.ids):
                break
            index, offset = index + 1, offset - row.high
            row = self.row(index)
        return index, offset

    def measure(self, row: Row, index: int, width: int) -> None:
        """Lay a row out and remember its height."""
        row.high = row.fit(width)
        row.fitted = width
        self.heights.set(index, row.high)

    def place(self, width: int, held: int) -> None:
        """Put every row where it belongs within the column. The row of the index `held` stays where it is
        (or another that stood there already), and the others move. `base` is then the first row's place."""
        rows = self.rows
        near = max(0, min(held - self.first, len(rows) - 1))
        kept = next((i for i in (near, *range(len(rows))) if i < len(rows) and rows[i].at is not None), None)
        y = _MIDDLE
        if kept is not None:
            y = (rows[kept].at or 0) - sum(row.high for row in rows[:kept])
            if y < 0 or y + sum(row.high for row in rows) > _EDGE:
                y = _MIDDLE
        self.base = y
        for row in rows:
            row.stand(y, row.fitted or width)
            y += row.high
        if self.column.width() != width or self.column.height() < y:
            self.column.resize(width, max(_EDGE, y))

    def move(self, x: int, y: int, *, painted: bool = False) -> None:
        """Put the column where its first living row stands there. With `painted`, what has changed is painted
        before: Qt moves what is on the screen only where nothing waits to be painted."""
        at = QPoint(x, y - self.base)
        if painted and at != self.column.pos() and self.column.isVisible():
            QCoreApplication.sendEvent(self.column.window(), QEvent(QEvent.Type.UpdateRequest))
        self.column.move(at)

    def shift(self, pixels: int) -> None:
        """Move the column down by so much; up when negative."""
        if pixels:
            self.column.move(self.column.x(), self.column.y() + pixels)

    def between(self, low: int, high: int) -> Iterator[tuple[int, Row]]:
        """Living rows that touch these heights."""
        y = self.top(self.first)
        for i, row in enumerate(self.rows, self.first):
            if y + row.high > low and y < high:
                yield i, row
            y += row.high
