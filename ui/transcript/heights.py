"""Heights of thousands of rows with sums in logarithmic time, so that the scroll bar spans them all."""

from __future__ import annotations

from array import array


class Heights:
    """A Fenwick tree over row heights in logical pixels; rows nobody has measured count as `guess`."""

    def __init__(self, count: int, guess: int) -> None:
        self._guess = guess
        self._heights = array("l", [guess]) * count
        self._tree = array("l", [guess * (i & -i) for i in range(count + 1)])
        self._total = guess * count

    def __len__(self) -> int:
        return len(self._heights)

    def __getitem__(self, index: int) -> int:
        return self._heights[index]

    @property
    def total(self) -> int:
        """The sum of all heights."""
        return self._total

    def set(self, index: int, height: int) -> int:
        """Give a row its height; returns by how much it grew."""
        delta = height - self._heights[index]
        if delta:
            self._heights[index] = height
            self._total += delta
            i = index + 1
            while i < len(self._tree):
                self._tree[i] += delta
                i += i & -i
        return delta

    def append(self, height: int | None = None) -> None:
        """Add a row at the end."""
        height = self._guess if height is None else height
        i = len(self._tree)
        total = height
        step = 1
        while step < i & -i:
            total += self._tree[i - step]
            step <<= 1
        self._tree.append(total)
        self._heights.append(height)
        self._total += height

    def truncate(self, count: int) -> None:
        """Drop the rows from `count` on."""
        del self._heights[count:]
        del self._tree[count + 1 :]
        self._total = sum(self._heights)

    def top(self, index: int) -> int:
        """Where a row begins: the sum of the heights before it."""
        total = 0
        while index > 0:
            total += self._tree[index]
            index -= index & -index
        return total

    def at(self, y: int) -> int:
        """The row that covers `y`; the nearest one beyond either end. -1 without rows."""
        index, bit = 0, 1 << max(0, len(self._tree).bit_length())
        left = max(0, y)
        while bit:
            step = index + bit
            if step < len(self._tree) and self._tree[step] <= left:
                index = step
                left -= self._tree[step]
            bit >>= 1
        return min(index, len(self._heights) - 1)
