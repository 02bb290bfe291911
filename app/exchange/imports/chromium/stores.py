"""The object stores of one IndexedDB database: the newest of each record, the values in a file of their own.

Key coding: `content/browser/indexed_db/docs/leveldb_coding_scheme.md` of Chromium; where blobs lie:
`GetBlobFileNameForKey` in its `backing_store.cc`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from app.errors import KnownError
from app.exchange.imports import boxes
from app.exchange.imports.chromium import clone
from app.exchange.imports.chromium.leveldb import Entry, Wrap, entries
from app.exchange.imports.chromium.packed import DamagedError, varint
from app.exchange.imports.model import Left, Pause
from app.exchange.imports.spans import MOST_BYTES

ENDING = ".indexeddb.leveldb/"
MOST_RECORDS = 500_000
MOST_NAMES = 10_000
_DATA, _BLOBS = 1, 3
_DATABASE_NAME, _STORE_FACT = b"\xc9", b"\x32"
_CHECK = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class _Place:
    """Where the newest value of a key lies in the spool; a length below nothing when the key was removed."""

    sequence: int
    start: int
    length: int


class Stores:
    """Reads a folder once, then gives the records of its stores. `spool` and its folder take what is read."""

    def __init__(self, box: boxes.Box, folder: str, spool: BinaryIO, disk: Path) -> None:
        self._box, self._folder = box, folder
        self._spool, self._disk = spool, disk
        self._places: dict[bytes, _Place] = {}
        self._end = self._checked = 0
        self._names: dict[bytes, tuple[int, bytes | None]] = {}

    def read(self, wrap: Wrap) -> Iterator[Left | Pause]:
        """Read every file; yields what is damaged. Raises `KnownError` when there is no room."""
        for entry in entries(self._box, self._folder, wrap):
            if isinstance(entry, Entry):
                self._take(entry)
            else:
                yield entry

    def _take(self, entry: Entry) -> None:
        try:
            database, store, index, at = _prefix(entry.key)
        except DamagedError:
            return
        if not index and not store:
            if entry.key[at : at + 1] != (_STORE_FACT if database else _DATABASE_NAME):
                return
            known = self._names.get(entry.key)
            if (known is None or known[0] < entry.sequence) and len(entry.value or b"") <= 1024:
                if len(self._names) >= MOST_NAMES:
                    return
                self._names[entry.key] = (entry.sequence, entry.value)
        elif database and store and index in (_DATA, _BLOBS):
            place = self._places.get(entry.key)
            if place is not None and place.sequence > entry.sequence:
                return
            if place is None and len(self._places) >= MOST_RECORDS:
                raise KnownError("import.too_many", path=self._folder)
            length = -1 if entry.value is None else len(entry.value)
            self._places[entry.key] = _Place(entry.sequence, self._end, length)
            if entry.value:
                self._write(entry.value)

    def _write(self, data: bytes) -> None:
        if self._end - self._checked > _CHECK:
            self._checked = self._end
            if boxes.room(self._disk) < 0:
                raise KnownError("import.no_room", path=self._folder)
            if self._end > boxes.MOST_UNPACKED:
                raise KnownError("import.bomb", path=self._folder)
        self._spool.seek(self._end)
        self._end += self._spool.write(data)

    def of(self, database: str) -> Mapping[str, tuple[int, int]]:
        """The stores of a database by name: its number and theirs. Empty when there is no such database."""
        number = 0
        for key, (_, value) in self._names.items():
            if value and key.startswith(b"\0\0\0\0" + _DATABASE_NAME):
                try:
                    _, at = _text(key, 5)
                    name, _ = _text(key, at)
                except DamagedError:
                    continue
                if name == database:
                    number = int.from_bytes(value, "little")
        found: dict[str, tuple[int, int]] = {}
        for key, (_, value) in self._names.items():
            try:
                owner, _store, _index, at = _prefix(key)
                if not number or owner != number or key[at : at + 1] != _STORE_FACT or value is None:
                    continue
                store, at = varint(key, at + 1)
            except DamagedError:
                continue
            if key[at:] == b"\0":
                found[value.decode("utf-16-be", "replace")] = (number, store)
        return found

    def count(self, store: tuple[int, int]) -> int:
        """How many records a store has."""
        return sum(1 for _ in self._keys(store))

    def records(self, store: tuple[int, int]) -> Iterator[Any | Left]:
        """The records of a store; a `Left` for each that cannot be read."""
        for key in list(self._keys(store)):
            place = self._places[key]
            try:
                if place.length > MOST_BYTES:
                    raise DamagedError("value", large=True)
                data = self._at(place)
                _, at = varint(data, 0)
                yield clone.value(data[at:], lambda index, key=key: self._blob(store, key, index))
            except DamagedError as error:
                yield Left("", "large" if error.large else "damaged")

    def _keys(self, store: tuple[int, int]) -> Iterator[bytes]:
        begin = _begin(*store, _DATA)
        return (key for key, place in self._places.items() if place.length >= 0 and key.startswith(begin))

    def _at(self, place: _Place) -> bytes:
        self._spool.seek(place.start)
        return self._spool.read(max(0, place.length))

    def _blob(self, store: tuple[int, int], key: bytes, index: int) -> bytes:
        """A large value lies in a file beside the database, named by a number in another record."""
        _, _, _, at = _prefix(key)
        place = self._places.get(_begin(*store, _BLOBS) + key[at:])
        if place is None or place.length < 0 or place.length > MOST_BYTES:
            raise DamagedError("blob")
        number = _blob_number(self._at(place), index)
        beside = self._folder.removesuffix(ENDING) + ".indexeddb.blob"
        name = f"{beside}/{store[0]:x}/{number >> 8 & 0xFF:02x}/{number:x}"
        try:
            if self._box.size(name) > MOST_BYTES:
                raise DamagedError("blob", large=True)
            with self._box.open(name) as file:
                data = file.read(MOST_BYTES + 1)
        except (KeyError, OSError, *boxes.DAMAGE) as error:
            raise DamagedError("blob") from error
        if len(data) > MOST_BYTES:
            raise DamagedError("blob", large=True)
        return data


def _prefix(key: bytes) -> tuple[int, int, int, int]:
    """Database, store and index of a key, and where the rest begins. The first byte says how long each is."""
    if not key:
        raise DamagedError("key")
    sizes = ((key[0] >> 5) + 1, (key[0] >> 2 & 7) + 1, (key[0] & 3) + 1)
    at, found = 1, [0, 0, 0]
    for n, size in enumerate(sizes):
        found[n] = int.from_bytes(key[at : at + size], "little")
        at += size
    if at > len(key):
        raise DamagedError("key")
    return found[0], found[1], found[2], at


def _begin(database: int, store: int, index: int) -> bytes:
    """How the keys of a store begin, the other way round."""
    numbers = [n.to_bytes(max(1, (n.bit_length() + 7) // 8), "little") for n in (database, store, index)]
    first = len(numbers[0]) - 1 << 5 | len(numbers[1]) - 1 << 2 | len(numbers[2]) - 1
    return bytes([first]) + b"".join(numbers)


def _text(data: bytes, at: int) -> tuple[str, int]:
    """A text with its length before it, in UTF-16 with the higher byte first."""
    size, at = varint(data, at)
    if at + size * 2 > len(data):
        raise DamagedError("text")
    return data[at : at + size * 2].decode("utf-16-be", "replace"), at + size * 2


def _blob_number(data: bytes, index: int) -> int:
    """The number of the value's blob `index`: each is a kind, a number, a type, a size; a file has more."""
    at = count = 0
    while at < len(data):
        kind = data[at]
        if kind > 1:
            raise DamagedError("blob")
        number, at = varint(data, at + 1)
        _, at = _text(data, at)
        _, at = varint(data, at)
        if kind == 1:
            _, at = _text(data, at)
            _, at = varint(data, at)
        if count == index:
            return number
        count += 1
    raise DamagedError("blob")
