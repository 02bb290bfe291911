"""JSON of any size, read as a stream: the members of one array or object after another, each within bounds.

What is larger, deeper or made of more pieces than any conversation is passed over, never held in memory; so
neither a gigabyte of one string nor a million brackets cost more than the time to read them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO, Literal

CHUNK = 64 * 1024
"""Bytes read at a time."""

MOST_BYTES = 48 * 1024 * 1024
"""Of one member; the longest conversations seen have a third of it."""

MOST_DEPTH = 100
MOST_CONTAINERS = 500_000
MOST_VALUES = 4_000_000
MOST_MEMBERS = 2_000_000

Trouble = Literal["large", "damaged"]

# Everything up to the next bracket outside a string, in one step of the regular expression machine.
_PLAIN = re.compile(rb'(?:[^"{}\[\]]++|"[^"\\]*+(?:\\.[^"\\]*+)*+")*+', re.DOTALL)
_IN_STRING = re.compile(rb'[^"\\]*+(?:\\.[^"\\]*+)*+', re.DOTALL)
_SPACE = re.compile(rb"[ \t\r\n]*+")
_BARE = re.compile(rb"[^ \t\r\n,\]}]*+")
_OPEN, _CLOSE, _QUOTE = frozenset(b"{["), frozenset(b"}]"), 0x22
_LONGEST_BARE = 4096


class CutError(Exception):
    """The file ends in the middle, or goes on with something that is no JSON."""


@dataclass(frozen=True, slots=True)
class Member:
    """One member: its key (an object's) or index (an array's), where its bytes lie, and those if wanted."""

    key: str | int
    start: int
    end: int
    data: bytes | None = None
    trouble: Trouble | None = None

    def value(self) -> Any:
        """What the bytes mean. Raises `ValueError` when that is nothing, or more than there is room for."""
        if self.data is None:
            raise ValueError(self.trouble or "not read")
        return parse(self.data)


def parse(data: bytes) -> Any:
    """The value of some JSON. Bytes that are no UTF-8 read as �. Raises `ValueError`."""
    if len(data) > MOST_BYTES or data.count(b",") > MOST_VALUES:
        raise ValueError("large")
    try:
        return json.loads(data.decode("utf-8", "replace"))
    except RecursionError as error:
        raise ValueError("deep") from error


def members(
    file: BinaryIO,
    start: int | None = None,
    keep: Callable[[str | int], bool] | bool = True,
    *,
    alone: bool = False,
) -> Iterator[Member]:
    """The members of the array or object at `start` (None = here, a mark at the beginning passed over).

    `keep` says whose bytes are wanted. Nothing is yielded for what is neither. Raises `CutError` when the
    text breaks off, or with `alone` goes on, after having yielded what is whole.
    """
    text = _Text(file, start)
    opening = text.peek()
    if opening not in _OPEN:
        return
    text.at += 1
    is_object = opening == 0x7B
    index = 0
    while text.peek() not in _CLOSE:
        if index > MOST_MEMBERS:
            raise CutError
        if index and text.next() != 0x2C:
            raise CutError
        if index and text.peek() in _CLOSE:
            break
        key: str | int = index
        if is_object:
            key = _key(text) if text.peek() == _QUOTE else _no_key()
        wanted = keep if isinstance(keep, bool) else keep(key)
        yield text.take(key, wanted)
        index += 1
    text.at += 1
    if alone and not text.ended():
        raise CutError


def _key(text: _Text) -> str:
    found = text.take("", True)
    if text.next() != 0x3A:
        raise CutError
    try:
        return str(found.value())
    except ValueError as error:
        raise CutError from error


def _no_key() -> str:
    raise CutError


def first_byte(file: BinaryIO) -> int | None:
    """The first byte that is no space, None for an empty file."""
    try:
        return _Text(file, None).peek()
    except CutError:
        return None


def at(file: BinaryIO, start: int, end: int) -> Any:
    """The value whose bytes lie there. Raises `ValueError`."""
    if end - start > MOST_BYTES:
        raise ValueError("large")
    file.seek(start)
    return parse(file.read(end - start))


class _Text:
    """A place in a stream of bytes."""

    def __init__(self, file: BinaryIO, start: int | None) -> None:
        self._file = file
        if start is not None:
            file.seek(start)
        self._base = start or 0
        self.at = 0
        self._buffer = file.read(CHUNK)
        if start is None and self._buffer.startswith(b"\xef\xbb\xbf"):
            self.at = 3

    def _fill(self) -> None:
        """Go on to the next piece, all of this one being used. Raises `CutError` at the end."""
        self._base += len(self._buffer)
        self._buffer = self._file.read(CHUNK)
        self.at = 0
        if not self._buffer:
            raise CutError

    def peek(self) -> int:
        """The next byte that is no space."""
        while True:
            found = _SPACE.match(self._buffer, self.at)
            self.at = found.end() if found else self.at
            if self.at < len(self._buffer):
                return self._buffer[self.at]
            self._fill()

    def ended(self) -> bool:
        """Whether there is nothing but space from here on."""
        try:
            self.peek()
        except CutError:
            return True
        return False

    def next(self) -> int:
        """As `peek`, and go past it."""
        found = self.peek()
        self.at += 1
        return found

    def take(self, key: str | int, wanted: bool) -> Member:
        """The value that begins here."""
        first = self.peek()
        start = self._base + self.at
        taking = _Taking(wanted, self.at)
        if first in _OPEN:
            self._container(taking)
        elif first == _QUOTE:
            self.at += 1
            self._string(taking)
        else:
            self._bare(taking)
        end = self._base + self.at
        return Member(key, start, end, taking.end(self._buffer, self.at), taking.trouble)

    def _container(self, taking: _Taking) -> None:
        depth = containers = 0
        while True:
            found = _PLAIN.match(self._buffer, self.at)
            self.at = found.end() if found else self.at
            if self.at == len(self._buffer):
                self._refill(taking)
                continue
            byte = self._buffer[self.at]
            self.at += 1
            if byte == _QUOTE:
                self._string(taking)
            elif byte in _OPEN:
                depth += 1
                containers += 1
                if depth > MOST_DEPTH:
                    taking.refuse("damaged")
                if containers > MOST_CONTAINERS or depth > MOST_DEPTH * MOST_DEPTH:
                    # Nobody says so much: going on would only cost time.
                    raise CutError
            else:
                depth -= 1
                if depth == 0:
                    return

    def _string(self, taking: _Taking) -> None:
        """To the end of the string we are in."""
        while True:
            found = _IN_STRING.match(self._buffer, self.at)
            self.at = found.end() if found else self.at
            if self.at == len(self._buffer):
                self._refill(taking)
            elif self._buffer[self.at] == _QUOTE:
                self.at += 1
                return
            else:
                # A backslash at the end of the piece: what it escapes begins the next one.
                self.at += 1
                self._refill(taking)
                self.at = 1

    def _bare(self, taking: _Taking) -> None:
        length = 0
        while True:
            found = _BARE.match(self._buffer, self.at)
            end = found.end() if found else self.at
            length += end - self.at
            self.at = end
            if length > _LONGEST_BARE or not length:
                raise CutError
            if self.at < len(self._buffer):
                return
            self._refill(taking)

    def _refill(self, taking: _Taking) -> None:
        taking.add(self._buffer)
        self._fill()


class _Taking:
    """The bytes of a value that is being read, as long as they are wanted and not too many."""

    def __init__(self, wanted: bool, begin: int) -> None:
        self._wanted = wanted
        self._begin = begin
        self._parts: list[bytes] = []
        self._size = 0
        self.trouble: Trouble | None = None

    def add(self, buffer: bytes) -> None:
        """All of this piece is part of the value."""
        self._size += len(buffer) - self._begin
        if self._size > MOST_BYTES:
            self.refuse("large")
        if self._wanted:
            self._parts.append(buffer[self._begin :])
        self._begin = 0

    def refuse(self, trouble: Trouble) -> None:
        """It is not wanted after all."""
        self.trouble = trouble
        self._wanted = False
        self._parts.clear()

    def end(self, buffer: bytes, at: int) -> bytes | None:
        """The bytes, if they are wanted."""
        if not self._wanted:
            return None
        self._parts.append(buffer[self._begin : at])
        return b"".join(self._parts)
