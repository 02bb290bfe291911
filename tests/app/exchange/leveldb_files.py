"""Small LevelDB folders made up byte by byte, and a box that holds any bytes under names."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from typing import BinaryIO, cast

from app.exchange.imports.chromium.packed import checksum

MAGIC = bytes.fromhex("57fb808b247547db")
PAGE = 32 * 1024

Change = tuple[bytes, int, bytes | None]
"""A key, the number of the write, the value or None for a removal."""


class MemoryBox:
    """A box of bytes."""

    def __init__(self, files: dict[str, bytes]) -> None:
        self.files = files

    def names(self) -> list[str]:
        return list(self.files)

    def size(self, name: str) -> int:
        return len(self.files[name])

    def open(self, name: str) -> BinaryIO:
        return cast("BinaryIO", io.BytesIO(self.files[name]))

    def close(self) -> None:
        pass


def varint(number: int) -> bytes:
    found = bytearray()
    while number > 0x7F:
        found.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*found, number])


def sized(data: bytes) -> bytes:
    return varint(len(data)) + data


def summed(data: bytes) -> bytes:
    return checksum(data).to_bytes(4, "little")


def batch(changes: Sequence[Change]) -> bytes:
    """One write; its changes bear numbers one after another."""
    found = changes[0][1].to_bytes(8, "little") + len(changes).to_bytes(4, "little")
    for key, _, value in changes:
        found += b"\0" + sized(key) if value is None else b"\1" + sized(key) + sized(value)
    return found


def log(records: Iterable[bytes]) -> bytes:
    """A log of these records, cut into pieces at its pages."""
    found = bytearray()
    for record in records:
        begin = True
        rest = record
        while begin or rest:
            room = PAGE - len(found) % PAGE
            if room < 7:
                found += bytes(room)
                room = PAGE
            piece, rest = rest[: room - 7], rest[room - 7 :]
            kind = {(True, True): 1, (True, False): 2, (False, False): 3, (False, True): 4}[begin, not rest]
            body = bytes([kind]) + piece
            found += summed(body) + len(piece).to_bytes(2, "little") + body
            begin = False
    return bytes(found)


def literal(data: bytes) -> bytes:
    """Snappy that packs nothing."""
    size = len(data) - 1
    return varint(len(data)) + (bytes([63 << 2]) + size.to_bytes(4, "little") + data if data else b"")


def block(rows: Iterable[tuple[bytes, bytes]]) -> bytes:
    """Keys that share what they begin with, and values."""
    found = bytearray()
    before = b""
    for key, value in rows:
        shared = 0
        while before[shared : shared + 1] == key[shared : shared + 1] != b"":
            shared += 1
        found += varint(shared) + varint(len(key) - shared) + varint(len(value)) + key[shared:] + value
        before = key
    return bytes(found) + bytes(4) + (1).to_bytes(4, "little")


def table(changes: Sequence[Change], packing: int = 1, a_block: int = 8) -> bytes:
    """A table of blocks of `a_block` changes each."""
    found = bytearray()

    def add(data: bytes) -> bytes:
        packed = literal(data) if packing == 1 else data
        body = packed + bytes([packing])
        handle = varint(len(found)) + varint(len(packed))
        found.extend(body + summed(body))
        return handle

    rows = [
        (key + (sequence << 8 | (value is not None)).to_bytes(8, "little"), value or b"")
        for key, sequence, value in sorted(changes, key=lambda change: (change[0], -change[1]))
    ]
    index = [(rows[n][0], add(block(rows[n : n + a_block]))) for n in range(0, len(rows), a_block)]
    footer = add(block([])) + add(block(index))
    return bytes(found) + footer.ljust(40, b"\0") + MAGIC


def manifest(tables: Iterable[int], log_number: int, gone: Iterable[int] = ()) -> bytes:
    """Which tables count, in two changes: first all, then those `gone` without."""
    first = b"\1" + sized(b"idb_cmp1") + b"\2" + varint(log_number) + b"\3" + varint(99)
    for number in [*tables, *gone]:
        first += b"\7\0" + varint(number) + varint(100) + sized(b"a" * 8) + sized(b"z" * 8)
    return log([first, b"".join(b"\6\0" + varint(number) for number in gone)])


def folder(place: str, files: dict[str, bytes], listed: bytes | None) -> dict[str, bytes]:
    """Files of a LevelDB below `place`."""
    found = {place + name: data for name, data in files.items()}
    if listed is not None:
        found |= {f"{place}CURRENT": b"MANIFEST-000001\n", f"{place}MANIFEST-000001": listed}
    return found
