"""Rows out of a damaged SQLite file, read page by page without SQLite.

After <https://www.sqlite.org/fileformat2.html>. SQLite gives up on a table at its first bad page; here every
page is looked at by itself, so that one bad page costs the rows on it and no others.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from app.store.files import MAGIC
from app.store.wal import frames

_INTERIOR, _LEAF = 0x05, 0x0D
_SIZES = {512 << n for n in range(8)}
_USUAL_SIZE = 4096
_MOST_COLUMNS = 200

Value = None | int | float | str | bytes


@dataclass(frozen=True, slots=True)
class Row:
    """One row as it lies on a leaf page.

    `values` are the columns in the order of the table's definition. `cut` says that the last of them ends
    early and any after it are missing; `table` is None where no table leads to the page any more.
    """

    table: str | None
    rowid: int
    values: tuple[Value, ...]
    cut: bool


class Pages:
    """The pages of a file with its write-ahead log laid over it. Raises `OSError` if it cannot be opened."""

    def __init__(self, path: Path) -> None:
        self._file: BinaryIO = path.open("rb")
        try:
            self.header = self._file.read(100)
            self.size = _page_size(self.header)
            log = path.with_name(path.name + "-wal")
            self._log: BinaryIO | None = log.open("rb") if log.is_file() else None
            self._over: dict[int, int] = {}
            if self._log is not None:
                size, self._over = frames(self._log)
                self.size = size if size in _SIZES and self._over else self.size
            length = self._file.seek(0, 2)
        except BaseException:
            self._file.close()
            raise
        reserved = self.header[20] if len(self.header) > 20 and self.header[20] <= 32 else 0
        self.usable = self.size - reserved
        self.count = max(-(-length // self.size), max(self._over, default=0))
        if 1 in self._over:
            self.header = self.page(1)[:100]

    def close(self) -> None:
        """Close the files."""
        self._file.close()
        if self._log is not None:
            self._log.close()

    @property
    def version(self) -> int:
        """The `user_version` in the header; 0 when there is none."""
        return struct.unpack_from(">I", self.header, 60)[0] if self.header.startswith(MAGIC) else 0

    def page(self, number: int) -> bytes:
        """A page, filled up with zeros where the file ends early; empty when there is none."""
        if not 1 <= number <= self.count:
            return b""
        try:
            if number in self._over and self._log is not None:
                self._log.seek(self._over[number])
                found = self._log.read(self.size)
            else:
                self._file.seek((number - 1) * self.size)
                found = self._file.read(self.size)
        except OSError:
            # A sector the disk cannot read any more.
            return b""
        return found.ljust(self.size, b"\0") if found else b""

    def rows(self) -> Iterator[Row]:
        """Every row that can be read: first those a table leads to, then those on pages nothing leads to."""
        seen = self._free()
        roots = dict(self._roots(seen))
        for table, root in roots.items():
            for number in self._leaves(root, seen):
                yield from self._rows(number, table)
        for number in range(1, self.count + 1):
            if number not in seen and self.page(number)[:1] == bytes([_LEAF]):
                yield from self._rows(number, None)

    def _roots(self, seen: set[int]) -> Iterator[tuple[str, int]]:
        """Tables by name with their first page, as far as the table of contents can be read."""
        for number in self._leaves(1, seen):
            for row in self._rows(number, "sqlite_master"):
                if len(row.values) >= 4 and row.values[0] == "table":
                    name, root = row.values[1], row.values[3]
                    if isinstance(name, str) and isinstance(root, int):
                        yield name, root

    def _leaves(self, root: int, seen: set[int]) -> Iterator[int]:
        waiting = [root]
        while waiting:
            number = waiting.pop()
            if number in seen:
                continue
            page = self.page(number)
            start = 100 if number == 1 else 0
            if len(page) <= start or page[start] not in (_INTERIOR, _LEAF):
                continue
            seen.add(number)
            if page[start] == _LEAF:
                yield number
                continue
            children = [struct.unpack_from(">I", page, start + 8)[0]]
            for cell in _cells(page, start, 12):
                children.append(struct.unpack_from(">I", page, cell)[0])
            waiting += reversed(children)

    def _free(self) -> set[int]:
        """The pages not in use: what is left on them was deleted."""
        seen: set[int] = set()
        if not self.header.startswith(MAGIC):
            return seen
        trunk = struct.unpack_from(">I", self.header, 32)[0]
        while trunk and trunk not in seen and (page := self.page(trunk)):
            seen.add(trunk)
            after, count = struct.unpack_from(">II", page, 0)
            if count > self.size // 4 - 2:
                break
            seen.update(struct.unpack_from(f">{count}I", page, 8))
            trunk = after
        # Page 1 is never free, whatever a damaged list says.
        return seen - {1}

    def _rows(self, number: int, table: str | None) -> Iterator[Row]:
        page = self.page(number)
        start = 100 if number == 1 else 0
        for cell in _cells(page, start, 8):
            try:
                row = self._row(page, cell, table)
            except (IndexError, struct.error, ValueError):
                continue
            if row is not None:
                yield row

    def _row(self, page: bytes, at: int, table: str | None) -> Row | None:
        length, at = _varint(page, at)
        rowid, at = _varint(page, at)
        payload, cut = self._payload(page, at, length)
        header, place = _varint(payload, 0)
        if not place <= header <= len(payload):
            return None
        kinds: list[int] = []
        while place < header:
            kind, place = _varint(payload, place)
            kinds.append(kind)
        if not kinds or len(kinds) > _MOST_COLUMNS or header + sum(map(_width, kinds)) != length:
            return None
        values: list[Value] = []
        for kind in kinds:
            width = _width(kind)
            if place + width > len(payload):
                values.append(_value(kind, payload[place:]) if kind >= 12 else None)
                break
            values.append(_value(kind, payload[place : place + width]))
            place += width
        return Row(table, rowid - (1 << 64) if rowid >= 1 << 63 else rowid, tuple(values), cut)

    def _payload(self, page: bytes, at: int, length: int) -> tuple[bytes, bool]:
        """The record's bytes, and whether some are missing because the chain of pages breaks off."""
        most = self.usable - 35
        if length <= most:
            found = page[at : at + length]
            return found, len(found) < length
        if length > self.count * self.size:
            raise ValueError("longer than the file")
        least = (self.usable - 12) * 32 // 255 - 23
        local = least + (length - least) % (self.usable - 4)
        local = local if local <= most else least
        parts = [page[at : at + local]]
        missing = length - local
        following = struct.unpack_from(">I", page, at + local)[0]
        seen: set[int] = set()
        while missing > 0 and following not in seen and (more := self.page(following)):
            seen.add(following)
            following = struct.unpack_from(">I", more, 0)[0]
            parts.append(more[4 : min(self.usable, 4 + missing)])
            missing -= len(parts[-1])
        return b"".join(parts), missing > 0


def _page_size(header: bytes) -> int:
    if len(header) >= 18:
        size = struct.unpack_from(">H", header, 16)[0]
        size = 65536 if size == 1 else size
        if size in _SIZES:
            return size
    return _USUAL_SIZE


def _cells(page: bytes, start: int, header: int) -> Iterator[int]:
    """Where the cells of a page begin; numbers that point out of the page are left out."""
    count = struct.unpack_from(">H", page, start + 3)[0]
    for n in range(min(count, (len(page) - start - header) // 2)):
        at = struct.unpack_from(">H", page, start + header + 2 * n)[0]
        if start + header < at < len(page) - 3:
            yield at


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = 0
    for n in range(8):
        byte = data[at + n]
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            return value, at + n + 1
    return value << 8 | data[at + 8], at + 9


_WIDTHS = (0, 1, 2, 3, 4, 6, 8, 8, 0, 0)


def _width(kind: int) -> int:
    if kind >= 12:
        return (kind - 12) // 2
    if kind >= 10:
        raise ValueError("a reserved kind of value")
    return _WIDTHS[kind]


def _value(kind: int, data: bytes) -> Value:
    if kind >= 12:
        return data.decode("utf-8", "replace") if kind % 2 else bytes(data)
    if kind == 0:
        return None
    if kind == 7:
        return struct.unpack(">d", data)[0]
    return kind - 8 if kind >= 8 else int.from_bytes(data, "big", signed=True)
