"""What a write-ahead log holds that was committed, read without SQLite (fileformat2.html, section 4)."""

from __future__ import annotations

import struct
from typing import BinaryIO

_HEADER, _FRAME = 32, 24
_MAGIC_LITTLE, _MAGIC_BIG = 0x377F0682, 0x377F0683
_MASK = 0xFFFFFFFF


def frames(log: BinaryIO) -> tuple[int, dict[int, int]]:
    """The page size, and for each page the place of its newest committed copy in the log.

    As SQLite does, reading stops at the first frame whose salt or checksum is wrong. Raises `OSError`.
    """
    header = log.read(_HEADER)
    if len(header) < _HEADER:
        return 0, {}
    magic, _, size, _, *salt = struct.unpack(">6I", header[:24])
    order = {_MAGIC_LITTLE: "<", _MAGIC_BIG: ">"}.get(magic)
    if order is None or not 512 <= size <= 65536:
        return 0, {}
    sums = _checksum(order, header[:24], (0, 0))
    if sums != struct.unpack(">2I", header[24:]):
        return 0, {}
    committed: dict[int, int] = {}
    pending: dict[int, int] = {}
    place = _HEADER
    while len(frame := log.read(_FRAME + size)) == _FRAME + size:
        number, pages, *rest = struct.unpack(">6I", frame[:_FRAME])
        sums = _checksum(order, frame[:8], sums)
        sums = _checksum(order, frame[_FRAME:], sums)
        if rest[:2] != salt or tuple(rest[2:]) != sums:
            break
        pending[number] = place + _FRAME
        if pages:
            committed.update(pending)
            pending.clear()
            committed = {n: at for n, at in committed.items() if n <= pages}
        place += _FRAME + size
    return size, committed


def _checksum(order: str, data: bytes, sums: tuple[int, int]) -> tuple[int, int]:
    first, second = sums
    numbers = iter(struct.unpack(f"{order}{len(data) // 4}I", data))
    for one, two in zip(numbers, numbers, strict=True):
        first = (first + one + second) & _MASK
        second = (second + two + first) & _MASK
    return first, second
