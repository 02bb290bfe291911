"""LevelDB folders as they should be, and as nobody's program would write them."""

from __future__ import annotations

import random
from contextlib import suppress

import pytest

from app.exchange.imports.chromium import leveldb
from app.exchange.imports.chromium.leveldb import Entry, entries
from app.exchange.imports.chromium.packed import DamagedError, checksum, unsnap
from app.exchange.imports.model import Left
from tests.app.exchange import leveldb_files as made
from tests.app.exchange.leveldb_files import Change, MemoryBox

PLACE = "IndexedDB/file__0.indexeddb.leveldb/"


def read(files: dict[str, bytes]) -> tuple[list[Change], list[tuple[str, str]]]:
    """What the folder holds, and what was told of damage."""
    found: list[Change] = []
    told: list[tuple[str, str]] = []
    for one in entries(MemoryBox(files), PLACE, lambda file: file):
        if isinstance(one, Entry):
            found.append((one.key, one.sequence, one.value))
        elif isinstance(one, Left):
            told.append((one.title, one.why))
    return sorted(found, key=lambda change: change[1]), told


def changes(count: int, size: int = 20, first: int = 1) -> list[Change]:
    made_up = random.Random(7)
    return [
        (b"key-%04d" % n, n, None if n % 7 == 0 else made_up.randbytes(size))
        for n in range(first, first + count)
    ]


@pytest.mark.parametrize("size", [20, 5000, 40_000])
def test_logs_and_tables_hold_what_was_written(size: int) -> None:
    old, new = changes(30, size), changes(20, size, 31)
    files = {
        "000005.ldb": made.table(old[:15]),
        "000006.sst": made.table(old[15:], packing=0, a_block=1),
        "000007.log": made.log([made.batch(new[:3]), *(made.batch([one]) for one in new[3:])]),
    }
    assert read(made.folder(PLACE, files, made.manifest([5, 6], 7))) == (old + new, [])


def test_files_that_were_replaced_do_not_count_and_missing_ones_are_told() -> None:
    old, new = changes(8), changes(8, first=9)
    files = {
        "000003.log": made.log([made.batch(old)]),
        "000004.ldb": made.table(old),
        "000005.ldb": made.table(new),
        "000006.log": b"",
    }
    assert read(made.folder(PLACE, files, made.manifest([5], 6, gone=[4]))) == (new, [])
    everything = sorted(old * 2 + new, key=lambda change: change[1])
    name = "file__0.indexeddb.leveldb"
    assert read(made.folder(PLACE, files, made.manifest([5, 9], 6)))[1] == [(name, "cut")]
    assert read(made.folder(PLACE, files, made.manifest([5], 7)))[1] == [(name, "cut")]
    for listed in (None, b"", made.manifest([5], 6)[:-3], b"\0" * 100):
        assert read(made.folder(PLACE, files, listed)) == (everything, [(name, "damaged")])


def test_damage_costs_what_it_touches() -> None:
    rows = changes(40)
    table = bytearray(made.table(rows, a_block=4))
    table[30] ^= 1
    found, told = read(made.folder(PLACE, {"000005.ldb": bytes(table), "000006.log": b""}, None))
    assert found == rows[4:] and ("000005.ldb", "damaged") in told
    whole = made.log([made.batch([row]) for row in changes(40, 3000)])
    pages = bytearray(whole)
    pages[40_000] ^= 1
    found, told = read(made.folder(PLACE, {"000006.log": bytes(pages)}, made.manifest([], 6)))
    assert 25 < len(found) < 40 and told == [("000006.log", "damaged")]
    found, told = read(made.folder(PLACE, {"000006.log": whole[:50_000]}, made.manifest([], 6)))
    assert 10 < len(found) < 20 and told == [("000006.log", "cut")]
    hole = whole[:8000] + bytes(20_000) + whole[28_000:]
    assert read(made.folder(PLACE, {"000006.log": hole}, made.manifest([], 6)))[1][0] == (
        "000006.log",
        "damaged",
    )
    aside = whole + bytes(50_000)
    assert len(read(made.folder(PLACE, {"000006.log": aside}, made.manifest([], 6)))[0]) == 40
    assert not read(made.folder(PLACE, {"000006.log": aside}, made.manifest([], 6)))[1]


def test_one_block_shown_many_times_is_read_once() -> None:
    row = made.block([(b"k" * 8 + (1 << 8 | 1).to_bytes(8, "little"), b"v" * 10_000)])
    body = row + b"\0"
    start = body + made.summed(body)
    handle = made.varint(0) + made.varint(len(row))
    index = made.block([(b"%08d" % n, handle) for n in range(5000)])
    packed = index + b"\0"
    footer = made.varint(0) + made.varint(0) + made.varint(len(start)) + made.varint(len(index))
    table = start + packed + made.summed(packed) + footer.ljust(40, b"\0") + made.MAGIC
    found, told = read(made.folder(PLACE, {"000005.ldb": table, "000006.log": b""}, made.manifest([5], 6)))
    assert len(found) == 1 and told == [("000005.ldb", "damaged")]


def test_keys_that_repeat_a_gigantic_beginning_end_the_block(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leveldb, "MOST_KEYS", 50_000)
    begin = b"k" * 5_000
    table = made.table([(begin + b"%06d" % n, n, b"") for n in range(100)], a_block=100)
    found, told = read(made.folder(PLACE, {"000005.ldb": table, "000006.log": b""}, made.manifest([5], 6)))
    assert len(found) < 10 and told == [("000005.ldb", "large")]


def test_a_record_or_table_without_end_is_not_held(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leveldb, "MOST_RECORD", 200_000)
    monkeypatch.setattr(leveldb, "MOST_TABLE", 200_000)
    large, small = changes(1, 400_000), changes(2, first=2)
    log = made.log([made.batch(large), made.batch(small)])
    files = {"000005.ldb": made.table(large), "000006.log": log}
    found, told = read(made.folder(PLACE, files, made.manifest([5], 6)))
    assert found == small and told == [("000005.ldb", "large"), ("000006.log", "large")]


def test_checksums_are_those_of_the_standard() -> None:
    def plain(masked: int) -> int:
        turned = masked - 0xA282EAD8 & 0xFFFFFFFF
        return (turned >> 17 | turned << 15) & 0xFFFFFFFF

    # RFC 3720 appendix B.4, and the usual check of nine digits.
    assert plain(checksum(b"123456789")) == 0xE3069283
    assert plain(checksum(bytes(32))) == 0x8A9136AA
    assert plain(checksum(b"\xff" * 32)) == 0x62A8AB43
    assert plain(checksum(bytes(range(31, -1, -1)))) == 0x113FDB5C


@pytest.mark.parametrize(
    ("packed", "plain"),
    [
        (b"\x00", b""),
        (b"\x03\x08abc", b"abc"),
        (b"\x0b\x08abc\x11\x03", b"abcabcabcab"),  # A copy that overlaps itself, its length in the tag.
        (b"\x09\x08abc\x16\x03\x00", b"abcabcabc"),  # Two bytes for how far back.
        (b"\x07\x08abc\x0f\x03\x00\x00\x00", b"abcabca"),  # Four.
        (b"\x40\xf0\x3f" + b"x" * 64, b"x" * 64),  # The length of what stands there in a byte of its own.
    ],
)
def test_snappy_unpacks(packed: bytes, plain: bytes) -> None:
    assert unsnap(packed) == plain


@pytest.mark.parametrize(
    "packed",
    [
        b"",
        b"\xff\xff\xff\xff\x0f\x00a",  # Says it is four gigabytes.
        b"\xff" * 12,
        b"\x05\x08abc",  # Less than it says,
        b"\x02\x08abc",  # or more.
        b"\x08\x08abc\x11\x04",  # Copies from before its beginning,
        b"\x08\x08abc\x11\x00",  # or from nowhere.
        b"\x08\x08abc\x11",
        b"\x08\xfc\xff\xff\xff\xff",
    ],
)
def test_snappy_that_means_nothing_is_refused(packed: bytes) -> None:
    with pytest.raises(DamagedError):
        unsnap(packed)


def test_snappy_of_anything_ends() -> None:
    made_up = random.Random(11)
    good = 0
    for _ in range(2000):
        packed = made.varint(made_up.randrange(300)) + made_up.randbytes(made_up.randrange(40))
        with suppress(DamagedError):
            good += len(unsnap(packed)) <= 300
    assert good < 2000
