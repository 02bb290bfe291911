"""JavaScript's values as bytes: what `JSON.stringify` would have made of them, or a refusal."""

from __future__ import annotations

import random
import struct
from typing import Any

import pytest

from app.exchange.imports.chromium import clone
from app.exchange.imports.chromium.packed import DamagedError
from tests.app.exchange import leveldb_files as made

HEAD = b"\xff\x15\xfe" + bytes(12) + b"\xff\x0f"
"""Blink's envelope with its trailer's place, and V8's."""


def no_blob(_index: int) -> bytes:
    raise DamagedError("blob")


def read(body: bytes, head: bytes = HEAD) -> Any:
    return clone.value(head + body, no_blob)


def text(of: str) -> bytes:
    return b'"' + made.sized(of.encode("latin-1"))


def number(of: int) -> bytes:
    return b"I" + made.varint(of * 2 if of >= 0 else -of * 2 - 1)


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        (b"T", True),
        (b"_", None),
        (b"0", None),
        (number(-3), -3),
        (b"U\xff\xff\xff\xff\x0f", 2**32 - 1),
        (b"N" + struct.pack("<d", 0.5), 0.5),
        (b"N" + struct.pack("<d", 2.0**40), 2**40),
        (b"N" + struct.pack("<d", float("inf")), None),
        (b"S" + made.sized("键".encode()), "键"),
        (b"\0c" + made.sized("键值".encode("utf-16-le")), "键值"),
        (b"c" + made.sized(b"\x3d\xd8"), "\ud83d"),
        (b"o" + text("a") + b"T" + text("b") + b"_" + b"{\x02", {"a": True}),
        (b"A\x03" + b"_-T" + b"$\x00\x03", [None, None, True]),
        (b"a\x03" + number(1) + b"F" + b"@\x01\x03", [None, False, None]),
        (b"a\xff\xff\xff\xff\x0f" + number(7) + b"F" + b"@\x01\xff\xff\xff\xff\x0f", [False]),
        (b"D" + struct.pack("<d", 1.0), "1970-01-01T00:00:00.001Z"),
        (b"D" + struct.pack("<d", 1e300), None),
        (b"D" + struct.pack("<d", float("nan")), None),
        (b";" + text("k") + b"T" + b":\x02", {}),
        (b"'" + b"T" + b",\x01", {}),
        (b"Z\x10" + bytes(8), None),
        (b"o" + text("v") + b"B\x02ab" + b"VB\x00\x02\x00" + text("w") + b"^\x01{\x02", {"v": {}, "w": {}}),
        (b"o" + text("b") + b"\\i\x00" + b"{\x01", {"b": {}}),
        (b"A\x02" + b"o{\x00" + b"^\x01" + b"$\x00\x02", [{}, {}]),
        (b"o" + text("me") + b"^\x00" + b"{\x01", {"me": None}),
        (b"A\x01" + b"A\x01" + b"^\x00" + b"$\x00\x01" + b"$\x00\x01", [[None]]),
        (b"r" + b"m" + text("no") + b"c" + b"o{\x00" + b"s" + text("at") + b".", {}),
    ],
)
def test_values(body: bytes, wanted: Any) -> None:
    assert read(body) == wanted
    # Blink wrote its version alone before Chromium 110, V8's alone before 57.
    assert read(body, b"\xff\x14\xff\x0f") == wanted
    assert read(body, b"\xff\x0f") == wanted


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"?",
        b"Q",
        b'"\xff\xff\xff\xff\x0fabc',
        b"c\x03abc",
        b"A\xff\xff\xff\xff\x0f",
        b"A\x05TT",
        b"o" + text("a"),
        b"^\x00",
        b"o" + text("a") + b"^\x07{\x01",
        b"\\x",
        b"N1234",
        b"A\x01" * 5000,
        b"?\x01" * 5000,
    ],
)
def test_what_means_nothing_is_refused(body: bytes) -> None:
    with pytest.raises(DamagedError):
        read(body)


@pytest.mark.parametrize(
    "head", [b"", b"T", b"\xff", b"\xff\x15", b"\xff\x15\xfe\x00", b"\xff\x11", b"\xff\x11\x03"]
)
def test_a_head_without_a_value_is_refused(head: bytes) -> None:
    with pytest.raises(DamagedError):
        read(b"", head)


def test_a_few_bytes_that_stand_for_more_than_there_is_room_for_are_refused() -> None:
    # Each list holds the one before ten times: 10 ** 12 texts.
    body = b"A\x01" + text("x" * 50) + b"$\x00\x01"
    for level in range(12):
        body = b"A\x0a" + body + b"".join(b"^" + made.varint(11 - level + 1) for _ in range(9)) + b"$\x00\x0a"
    with pytest.raises(DamagedError) as refused:
        read(body)
    assert refused.value.large


def test_a_million_empty_objects_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clone, "MOST_CONTAINERS", 5000)
    with pytest.raises(DamagedError) as refused:
        read(b"A" + made.varint(6000) + b"o{\x00" * 6000 + b"$\x00" + made.varint(6000))
    assert refused.value.large


def test_wrapped_values() -> None:
    plain = HEAD + text("hello")
    packed = b"\xff\x11\x02" + made.literal(plain)
    assert clone.value(packed, no_blob) == "hello"
    blobs = {0: packed, 3: plain}
    for index, data in blobs.items():
        wrapper = b"\xff\x11\x01" + made.varint(len(data)) + made.varint(index)
        assert clone.value(wrapper, blobs.__getitem__) == "hello"
        with pytest.raises(DamagedError):
            clone.value(wrapper, lambda index: blobs[index][:-1])
        with pytest.raises(DamagedError):
            clone.value(wrapper, no_blob)
    round_and_round = b"\xff\x11\x01\x05\x00"
    with pytest.raises(DamagedError):
        clone.value(round_and_round, lambda _: round_and_round)
    bomb = b"\xff\x11\x02" + made.varint(2**32 - 1)
    with pytest.raises(DamagedError) as refused:
        clone.value(bomb, no_blob)
    assert refused.value.large


def test_any_bytes_end_in_a_value_or_a_refusal() -> None:
    made_up = random.Random(3)
    tags = b"\"cSIUNTF0_-^oAaD;'BVZRsnyx{$@:,\\r.\x00\x01\x02\x03"
    values = 0
    for _ in range(4000):
        body = bytes(made_up.choice(tags) for _ in range(made_up.randrange(1, 40)))
        try:
            read(body)
            values += 1
        except DamagedError:
            pass
    assert 0 < values < 4000
