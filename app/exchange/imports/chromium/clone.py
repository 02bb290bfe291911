"""Values as Chromium writes them to disk, read as what `JSON.stringify` would have made of them.

V8's structured clone within Blink's envelope within IndexedDB's wrapper. Sources: `value-serializer.cc` of
V8, `serialization_tag.h`, `trailer_reader.h` and `idb_value_wrapping.cc` of Chromium's Blink.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from app.exchange.imports.chromium.packed import DamagedError, unsnap, varint
from app.exchange.imports.spans import MOST_BYTES, MOST_CONTAINERS, MOST_DEPTH, MOST_VALUES

Blob = Callable[[int], bytes]
"""The bytes of a value's blob by its number among the value's blobs. Raises `DamagedError`."""

_WRAPPED: Final = b"\xff\x11"
_MOST_WRAPPINGS = 4
_MOST_HOLES = 100
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class _Nothing:
    """JavaScript's undefined: no member of an object, null in an array."""


NOTHING: Final = _Nothing()


def value(data: bytes, blob: Blob) -> Any:
    """What a stored value is: made of dicts, lists, texts, numbers, booleans and None, without rings.

    Raises `DamagedError` for what is none, holds what has no JSON, or is larger than any conversation.
    """
    for _ in range(_MOST_WRAPPINGS):
        if not data.startswith(_WRAPPED):
            break
        if data[2:3] == b"\x01":
            size, at = varint(data, 3)
            index, _ = varint(data, at)
            data = blob(index)
            if len(data) != size:
                raise DamagedError("blob")
        elif data[2:3] == b"\x02":
            data = unsnap(data[3:])
        else:
            raise DamagedError("wrapping")
    if len(data) > MOST_BYTES:
        raise DamagedError("value", large=True)
    found = _Clone(data).whole()
    return None if found is NOTHING else found


class _Clone:
    """One value's bytes, read from their beginning."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0
        self._version = 0
        self._values = self._containers = 0
        self._written = 0
        """About how many characters it is in JSON, where what is referred to counts each time."""
        self._objects: list[Any] = []
        self._weights: list[int] = []
        """What each object counts; below nothing while it is being read."""

    def whole(self) -> Any:
        """The value after its envelopes."""
        while self._data[self._at : self._at + 1] == b"\xff":
            # Blink's version and then V8's; V8's alone in old values.
            self._at += 1
            self._version = self._number()
            if self._version >= 21 and self._data[self._at : self._at + 1] == b"\xfe":
                self._at += 13  # Where the trailer lies: nothing in it concerns plain values.
        if not self._version:
            raise DamagedError("version")
        return self._value(0)

    def _number(self) -> int:
        found, self._at = varint(self._data, self._at)
        return found

    def _bytes(self, size: int) -> bytes:
        end = self._at + size
        if end > len(self._data):
            raise DamagedError("bytes")
        found = self._data[self._at : end]
        self._at = end
        return found

    def _tag(self) -> int:
        """The next byte that is no padding."""
        data = self._data
        while self._at < len(data):
            tag = data[self._at]
            self._at += 1
            if tag:
                return tag
        raise DamagedError("end")

    def _next_is(self, tag: int) -> bool:
        """Whether this tag follows; if so, go past it."""
        at = self._at
        if self._tag() == tag:
            return True
        self._at = at
        return False

    def _count(self, written: int) -> None:
        self._values += 1
        self._written += written
        if self._values > MOST_VALUES or self._written > MOST_BYTES:
            raise DamagedError("value", large=True)

    def _value(self, depth: int) -> Any:
        tag = self._tag()
        text = self._string(tag)
        if text is not None:
            self._count(len(text) + 3)
            return text
        self._count(5)
        match tag:
            case 0x49:  # I: signed, its sign in the lowest bit.
                number = self._number()
                return number >> 1 ^ -(number & 1)
            case 0x55:  # U
                return self._number()
            case 0x4E:  # N
                return self._double()
            case 0x54:  # T
                return True
            case 0x46:  # F
                return False
            case 0x30:  # 0
                return None
            case 0x5F | 0x2D:  # _ and -: undefined, and a hole in an array.
                return NOTHING
            case 0x5E:  # ^
                return self._reference(self._number())
            case 0x5A:  # Z: a big integer, which JSON has not.
                self._bytes((self._number() & 0xFFFFFFFF) >> 1)
                return NOTHING
            case 0x3F if depth < MOST_DEPTH:  # ?: how many objects there were.
                self._number()
                return self._value(depth + 1)
            case _:
                return self._object(tag, depth)

    def _string(self, tag: int) -> str | None:
        match tag:
            case 0x22:
                return self._bytes(self._number()).decode("latin-1")
            case 0x63:
                size = self._number()
                if size & 1:
                    raise DamagedError("string")
                return self._bytes(size).decode("utf-16-le", "surrogatepass")
            case 0x53:
                return self._bytes(self._number()).decode("utf-8", "replace")
            case _:
                return None

    def _double(self) -> float | int | None:
        """A number; what is none has no JSON."""
        (found,) = struct.unpack("<d", self._bytes(8))
        if not math.isfinite(found):
            return None
        return int(found) if found.is_integer() and abs(found) < 2**53 else found

    def _reference(self, number: int) -> Any:
        """An object that stood before. One that is not at its end is a ring, which JSON has not."""
        if number >= len(self._objects):
            raise DamagedError("reference")
        weight = self._weights[number]
        if weight < 0:
            return None
        self._count(weight)
        return self._objects[number]

    def _object(self, tag: int, depth: int) -> Any:
        self._containers += 1
        if depth >= MOST_DEPTH:
            raise DamagedError("depth")
        if self._containers > MOST_CONTAINERS:
            raise DamagedError("value", large=True)
        number = len(self._objects)
        self._objects.append(None)
        self._weights.append(-1)
        before = self._written
        found = self._body(tag, depth + 1)
        self._objects[number] = found
        self._weights[number] = self._written - before
        if tag in (0x42, 0x7E, 0x75) and self._at < len(self._data) and self._next_is(0x56):
            self._view()
        return found

    def _body(self, tag: int, depth: int) -> Any:
        match tag:
            case 0x6F:  # o
                return self._members(0x7B, depth)[0]
            case 0x41:  # A
                return self._dense(depth)
            case 0x61:  # a: an array of few among many, as members with numbers for keys.
                size = self._number()
                _, rows = self._members(0x40, depth)
                self._number()
                # The empty places of an array that claims millions of them say nothing.
                places = range(size) if size <= len(rows) + _MOST_HOLES else sorted(rows)
                found = [rows.get(n) for n in places]
                return [None if row is NOTHING else row for row in found]
            case 0x44:  # D
                return _iso(self._double())
            case 0x79:  # y
                return True
            case 0x78:  # x
                return False
            case 0x6E:  # n
                return self._double()
            case 0x7A:  # z
                self._bytes((self._number() & 0xFFFFFFFF) >> 1)
                return NOTHING
            case 0x73:  # s
                return self._text()
            case 0x52:  # R
                self._text()
                self._number()
                return {}
            case 0x3B | 0x27:  # ; and ': maps and sets are empty objects in JSON.
                end = 0x3A if tag == 0x3B else 0x2C
                while not self._next_is(end):
                    self._value(depth)
                self._number()
                return {}
            case 0x42:  # B
                self._bytes(self._number())
                return {}
            case 0x7E:  # ~
                size = self._number()
                self._number()
                self._bytes(size)
                return {}
            case 0x72:  # r
                self._error(depth)
                return {}
            case 0x5C if (kind := self._tag()) in (
                0x69,
                0x65,
            ):  # \ with i or e: a blob or file by its number.
                del kind
                self._number()
                return {}
            case _:
                raise DamagedError("tag")

    def _members(self, end: int, depth: int) -> tuple[dict[str, Any], dict[int, Any]]:
        """Those of an object by name, of an array by number."""
        found: dict[str, Any] = {}
        rows: dict[int, Any] = {}
        while not self._next_is(end):
            key = self._value(depth)
            member = self._value(depth)
            if isinstance(key, str) and member is not NOTHING:
                found[key] = member
            elif isinstance(key, int | float):
                rows[int(key)] = member
                if member is not NOTHING:
                    found[str(key)] = member
        self._number()
        return found, rows

    def _dense(self, depth: int) -> list[Any]:
        size = self._number()
        if size > len(self._data):
            raise DamagedError("array")
        found: list[Any] = []
        for _ in range(size):
            row = self._value(depth)
            found.append(None if row is NOTHING else row)
        self._members(0x24, depth)
        self._number()
        return found

    def _text(self) -> str:
        found = self._string(self._tag())
        if found is None:
            raise DamagedError("string")
        self._count(len(found))
        return found

    def _error(self, depth: int) -> None:
        """An exception: its kind, then what is known of it, each after a letter."""
        while (tag := self._tag()) != 0x2E:
            match tag:
                case 0x6D | 0x73:  # m and s: message and stack
                    self._text()
                case 0x63:  # c: its cause
                    self._value(depth)
                case 0x45 | 0x52 | 0x46 | 0x53 | 0x54 | 0x55:  # which of JavaScript's own it is
                    pass
                case _:
                    raise DamagedError("error")

    def _view(self) -> None:
        """A view of a buffer: its kind, where it begins, how long it is, in newer values its flags."""
        self._objects.append({})
        self._weights.append(5)
        self._bytes(1)
        self._number()
        self._number()
        if self._version >= 14:
            self._number()


def _iso(milliseconds: float | None) -> str | None:
    """A date as JSON has it."""
    try:
        at = _EPOCH + timedelta(milliseconds=milliseconds or 0)
    except OverflowError:
        return None
    return None if milliseconds is None else f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03}Z"
