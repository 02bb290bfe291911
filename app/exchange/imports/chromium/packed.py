"""The two small algorithms under LevelDB: its checksum (CRC-32C) and Snappy.

Our own, since libraries are large beside them (see ARCHITECTURE.md). Sources: RFC 3720 appendix B.4 for the
polynomial, `doc/log_format.md` of google/leveldb for the mask, `format_description.txt` of google/snappy.
"""

from __future__ import annotations

import sys
from array import array
from functools import cache

from app.exchange.imports.spans import MOST_BYTES


class DamagedError(Exception):
    """Bytes that mean nothing here. `large` when they may mean something, but more than there is room for."""

    def __init__(self, what: str, *, large: bool = False) -> None:
        super().__init__(what)
        self.large = large


@cache
def _tables() -> tuple[list[int], list[int]]:
    """What the lower and the upper half of the sum add to it, four bytes on."""
    single: list[int] = []
    for byte in range(256):
        value = byte
        for _ in range(8):
            value = value >> 1 ^ (0x82F63B78 if value & 1 else 0)
        single.append(value)
    upper = [
        single[(single[low] ^ high) & 0xFF] ^ single[low] >> 8 for high in range(256) for low in range(256)
    ]
    return [upper[value & 0xFFFF] ^ value >> 16 for value in upper], upper


def checksum(data: bytes) -> int:
    """LevelDB's checksum of some bytes: CRC-32C, turned and moved so that sums of sums stay good."""
    lower, upper = _tables()
    whole = len(data) & ~3
    words = array("I", data[:whole])
    if sys.byteorder == "big":
        words.byteswap()
    crc = 0xFFFFFFFF
    for word in words:
        crc ^= word
        crc = lower[crc & 0xFFFF] ^ upper[crc >> 16]
    for byte in data[whole:]:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    crc ^= 0xFFFFFFFF
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF


def varint(data: bytes, at: int) -> tuple[int, int]:
    """The number of seven bits a byte that begins at `at`, and where the next thing begins."""
    value = shift = 0
    while True:
        if at >= len(data) or shift > 63:
            raise DamagedError("number")
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7


def unsnap(data: bytes, most: int = MOST_BYTES) -> bytes:
    """Unpack one Snappy block. Raises `DamagedError`, with `large` for more than `most` bytes."""
    size, at = varint(data, 0)
    if size > most:
        raise DamagedError("snappy", large=True)
    out = bytearray()
    end = len(data)
    while at < end:
        tag = data[at]
        at += 1
        kind = tag & 3
        if not kind:
            length = tag >> 2
            if length >= 60:
                width = length - 59
                length = int.from_bytes(data[at : at + width], "little")
                at += width
            length += 1
            if at + length > end or len(out) + length > size:
                raise DamagedError("snappy")
            out += data[at : at + length]
            at += length
            continue
        if kind == 1:
            length = (tag >> 2 & 7) + 4
            back = (tag & 0xE0) << 3 | (data[at] if at < end else 0)
            at += 1
        else:
            length = (tag >> 2) + 1
            width = kind * 2 - 2
            back = int.from_bytes(data[at : at + width], "little")
            at += width
        have = len(out)
        if not back or back > have or at > end or have + length > size:
            raise DamagedError("snappy")
        if back >= length:
            out += out[have - back : have - back + length]
        else:
            # What is copied overlaps what it makes: the piece repeats.
            piece = bytes(out[have - back :])
            out += (piece * (length // back + 1))[:length]
    if len(out) != size:
        raise DamagedError("snappy")
    return bytes(out)
