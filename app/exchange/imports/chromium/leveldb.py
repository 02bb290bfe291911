"""Every entry of a LevelDB folder, as it lies in logs and tables; what is damaged is told and passed over.

Sources: `doc/log_format.md`, `doc/table_format.md`, `doc/impl.md`, `write_batch.cc` and `version_edit.cc` of
google/leveldb. Nothing is put in order: of two entries for one key that of the greater number holds.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

from app.exchange.imports import boxes
from app.exchange.imports.chromium.packed import DamagedError, checksum, unsnap, varint
from app.exchange.imports.model import Left, Pause, Why
from app.exchange.imports.spans import MOST_BYTES

PAGE = 32 * 1024
"""A log is made of pages of so many bytes; no piece of a record crosses from one to the next."""

MOST_TABLE = 96 * 1024 * 1024
"""Bytes of a table, two megabytes in practice: what is larger in Chromium lies in files of its own."""

MOST_RECORD = 96 * 1024 * 1024
MOST_KEYS = 4 * MOST_BYTES
"""Bytes of all keys of one block, which repeat each other's beginnings in three bytes."""

_FOOTER = 48
_MAGIC = bytes.fromhex("57fb808b247547db")
_NAME = re.compile(r"(\d{1,18})\.(log|ldb|sst)")
_PIECES_A_PAUSE = 64

Wrap = Callable[[BinaryIO], BinaryIO]


@dataclass(frozen=True, slots=True)
class Entry:
    """What a key was given by write number `sequence`; no value when it was removed."""

    key: bytes
    sequence: int
    value: bytes | None


@dataclass(slots=True)
class _Manifest:
    """Which files the folder is made of, by number. The rest was replaced and awaits removal."""

    log: int = 0
    before: int = 0
    tables: set[int] = field(default_factory=set[int])
    begun: bool = False


def parts(box: boxes.Box, folder: str) -> list[str]:
    """The names of a folder's logs and tables, `folder` with its slash."""
    names = (n for n in box.names() if n.startswith(folder))
    return sorted(n for n in names if _NAME.fullmatch(n.removeprefix(folder)))


def entries(box: boxes.Box, folder: str, wrap: Wrap) -> Iterator[Entry | Left | Pause]:
    """Every entry of the files that count. `wrap` gets each stream that is read.

    A missing or damaged list of files means all of them: a removed chat may come back, none is lost.
    """
    names = parts(box, folder)
    listed = _manifest(box, folder)
    if listed is None:
        yield Left(folder.rstrip("/").rpartition("/")[2], "damaged")
    else:
        number = {name: _number(name, folder) for name in names}
        logs = [name for name in names if name.endswith(".log")]
        tables = [name for name in names if name not in logs]
        newest = [name for name in logs if number[name] >= listed.log or number[name] == listed.before]
        if newest and listed.tables <= {number[name] for name in tables}:
            names = [name for name in tables if number[name] in listed.tables] + newest
        else:
            yield Left(folder.rstrip("/").rpartition("/")[2], "cut")
    for name in names:
        yield Pause()
        title = name.rpartition("/")[2]
        try:
            with box.open(name) as file:
                stream = wrap(file)
                yield from _log(stream, title) if name.endswith(".log") else _table(stream, title)
        except (OSError, *boxes.DAMAGE):
            yield Left(title, "damaged")


def _number(name: str, folder: str) -> int:
    found = _NAME.fullmatch(name.removeprefix(folder))
    return int(found[1]) if found else -1


# The list of files.


def _manifest(box: boxes.Box, folder: str) -> _Manifest | None:
    """What `CURRENT` points to, None when it cannot be read to its end."""
    try:
        with box.open(f"{folder}CURRENT") as file:
            name = file.read(64).decode("ascii").strip()
        found = _Manifest()
        with box.open(f"{folder}{name}") as file:
            for record in _records(file, name):
                if isinstance(record, Left):
                    return None
                if isinstance(record, bytes):
                    _edit(record, found)
    except (KeyError, ValueError, DamagedError, OSError, *boxes.DAMAGE):
        return None
    return found if found.begun else None


def _edit(record: bytes, found: _Manifest) -> None:
    """One change of the list."""
    at = 0
    while at < len(record):
        tag, at = varint(record, at)
        match tag:
            case 1:  # The comparator's name.
                _, at = _text(record, at)
            case 2:
                found.log, at = varint(record, at)
                found.begun = True
            case 9:
                found.before, at = varint(record, at)
            case 3 | 4:
                _, at = varint(record, at)
            case 5:  # Where a compaction goes on.
                _, at = varint(record, at)
                _, at = _text(record, at)
            case 6:
                _, at = varint(record, at)
                number, at = varint(record, at)
                found.tables.discard(number)
            case 7:
                _, at = varint(record, at)
                number, at = varint(record, at)
                _, at = varint(record, at)
                _, at = _text(record, at)
                _, at = _text(record, at)
                found.tables.add(number)
            case _:
                raise DamagedError("manifest")


def _text(data: bytes, at: int) -> tuple[bytes, int]:
    size, at = varint(data, at)
    if at + size > len(data):
        raise DamagedError("text")
    return data[at : at + size], at + size


# Logs.


def _log(file: BinaryIO, title: str) -> Iterator[Entry | Left | Pause]:
    for record in _records(file, title):
        if not isinstance(record, bytes):
            yield record
            continue
        try:
            yield from _batch(record)
        except DamagedError:
            yield Left(title, "damaged")


def _records(file: BinaryIO, title: str) -> Iterator[bytes | Left | Pause]:
    """The records of a log. A page goes as far as it is good; a record lacking a piece is left out."""
    pieces: list[bytes] = []
    size = pages = 0
    whole = True
    blank = False
    while page := _full(file):
        pages += 1
        if pages % _PIECES_A_PAUSE == 0:
            yield Pause()
        at = 0
        while at + 7 <= len(page):
            length, kind = int.from_bytes(page[at + 4 : at + 6], "little"), page[at + 6]
            if not kind and not length:
                # Room that was set aside and never written: it goes on to the end.
                blank = not page[at:].strip(b"\0")
                if not blank:
                    yield Left(title, "damaged")
                break
            if blank:
                yield Left(title, "damaged")
                blank = False
            end = at + 7 + length
            if end > len(page) and len(page) < PAGE:
                yield Left(title, "cut")
                return
            sound = end <= len(page) and checksum(page[at + 6 : end]) == int.from_bytes(
                page[at : at + 4], "little"
            )
            begins, ends = kind in (1, 2), kind in (1, 4)
            if not sound or kind > 4 or (not begins and not pieces and whole) or (begins and pieces):
                yield Left(title, "damaged")
                pieces, size, whole = [], 0, sound and begins
                if not sound:
                    break
            if begins:
                pieces, size, whole = [], 0, True
            if whole:
                pieces.append(page[at + 7 : end])
                size += length
                if size > MOST_RECORD:
                    yield Left(title, "large")
                    pieces, size, whole = [], 0, False
            if ends:
                if whole:
                    yield b"".join(pieces)
                pieces, size, whole = [], 0, True
            at = end
        if len(page) < PAGE and page[at:].strip(b"\0"):
            yield Left(title, "cut")
            return
    if pieces:
        yield Left(title, "cut")


def _full(file: BinaryIO) -> bytes:
    """The next page; packed streams give less than they are asked for."""
    page = file.read(PAGE)
    while len(page) < PAGE and (more := file.read(PAGE - len(page))):
        page += more
    return page


def _batch(record: bytes) -> Iterator[Entry]:
    """What one write says: a number, how many follow, and those."""
    if len(record) < 12:
        raise DamagedError("batch")
    sequence = int.from_bytes(record[:8], "little")
    at = 12
    for number in range(int.from_bytes(record[8:12], "little")):
        if at >= len(record) or record[at] > 1:
            raise DamagedError("batch")
        kept = record[at]
        key, at = _text(record, at + 1)
        value = None
        if kept:
            value, at = _text(record, at)
        yield Entry(key, sequence + number, value)


# Tables.


def _table(file: BinaryIO, title: str) -> Iterator[Entry | Left | Pause]:
    data = file.read(MOST_TABLE + 1)
    if len(data) > MOST_TABLE:
        yield Left(title, "large")
        return
    try:
        if len(data) < _FOOTER or data[-8:] != _MAGIC:
            raise DamagedError("footer")
        _, at = varint(data, len(data) - _FOOTER)
        _, at = varint(data, at)
        start, at = varint(data, at)
        size, _ = varint(data, at)
        handles = [_handle(value) for _key, value in _block(_unpacked(data, start, size))]
    except DamagedError as error:
        yield Left(title, _why(error))
        return
    done = 0
    for number, (start, size) in enumerate(handles, 1):
        if number % _PIECES_A_PAUSE == 0:
            yield Pause()
        if start < done:
            # Blocks lie one behind another: a table that shows one twice is made to keep us busy.
            yield Left(title, "damaged")
            return
        done = start + size
        try:
            for key, value in _block(_unpacked(data, start, size)):
                if len(key) < 8 or key[-8] > 1:
                    raise DamagedError("key")
                kept = key[-8]
                yield Entry(key[:-8], int.from_bytes(key[-7:], "little"), value if kept else None)
        except DamagedError as error:
            yield Left(title, _why(error))


def _why(error: DamagedError) -> Why:
    return "large" if error.large else "damaged"


def _handle(value: bytes) -> tuple[int, int]:
    start, at = varint(value, 0)
    size, _ = varint(value, at)
    return start, size


def _unpacked(data: bytes, start: int, size: int) -> bytes:
    """A block by where it lies: its bytes, how they are packed, their checksum."""
    end = start + size
    if end + 5 > len(data):
        raise DamagedError("block")
    if checksum(data[start : end + 1]) != int.from_bytes(data[end + 1 : end + 5], "little"):
        raise DamagedError("checksum")
    match data[end]:
        case 0:
            return data[start:end]
        case 1:
            return unsnap(data[start:end])
        case _:  # Zstandard, which Chromium does not use.
            raise DamagedError("packing")


def _block(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Keys, each sharing a beginning with the one before, and values."""
    if len(data) < 4:
        raise DamagedError("block")
    end = len(data) - 4 - 4 * int.from_bytes(data[-4:], "little")
    if end < 0:
        raise DamagedError("block")
    at = built = 0
    key = b""
    while at < end:
        shared, at = varint(data, at)
        more, at = varint(data, at)
        size, at = varint(data, at)
        if shared > len(key) or at + more + size > end:
            raise DamagedError("entry")
        key = key[:shared] + data[at : at + more]
        at += more
        built += len(key)
        if built > MOST_KEYS:
            raise DamagedError("keys", large=True)
        yield key, data[at : at + size]
        at += size
