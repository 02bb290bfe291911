"""The smaller data of ICU: a package taken apart and put together again."""

from __future__ import annotations

import shutil
import struct
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).resolve().parents[2] / "resources" / "packaging"


@pytest.fixture
def icu(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.syspath_prepend(str(FOLDER))
    import icu  # pyright: ignore[reportMissingImports]

    yield icu
    for name in ("icu", "common"):
        sys.modules.pop(name, None)


def packed(items: dict[str, bytes]) -> bytes:
    """A package as ICU's own tool writes it, in the order of the names."""
    header = (
        struct.pack("<H", 32)
        + b"\xda\x27"
        + struct.pack("<HH", 20, 0)
        + b"\0\0\2\0"
        + b"CmnD"
        + b"\1\0\0\0" * 2
    )
    header = header.ljust(32, b"\0")
    names = b""
    start = 4 + 8 * len(items)
    entries, body = [], b""
    ordered = sorted(items)
    total = sum(len(name) + 1 for name in ordered)
    first = start + total + (-(start + total) % 16)
    for name in ordered:
        entries.append((start + len(names), first + len(body)))
        names += name.encode() + b"\0"
        body += items[name] + b"\0" * (-len(items[name]) % 16)
    table = struct.pack("<I", len(items)) + b"".join(struct.pack("<II", *entry) for entry in entries)
    return header + table + names.ljust(first - start, b"\0") + body


ITEMS = {
    "icudt73l/coll/zh.res": b"order of Chinese",
    "icudt73l/coll/sv.res": b"order of Swedish",
    "icudt73l/brkitr/cjdict.dict": b"w" * 1000,
    "icudt73l/zh.res": b"z" * 17,
    "icudt73l/zoneinfo64.res": b"zones" * 9,
    "icudt73l/nfkc.nrm": b"n",
    "icudt73l/gb18030.cnv": b"g" * 33,
    "icudt73l/ibm-1390_P110-2003.cnv": b"i" * 33,
    "icudt73l/unames.icu": b"u" * 70,
}
KEPT = {"coll/zh.res", "gb18030.cnv", "nfkc.nrm", "zh.res", "zoneinfo64.res"}


def test_only_what_is_needed_stays_and_is_unchanged(icu: Any) -> None:
    small = icu.repack(packed(ITEMS))
    found = dict(icu._items(small, 32))
    assert {name.partition("/")[2] for name in found} == KEPT
    assert list(found) == sorted(found)
    for name, data in found.items():
        assert data.rstrip(b"\0") == ITEMS[name]
    assert icu.repack(small) == small


def test_something_else_is_refused(icu: Any) -> None:
    with pytest.raises(ValueError, match="no ICU data"):
        icu.repack(b"\x7fELF" + b"\0" * 100)


@pytest.mark.skipif(not shutil.which("gcc") or not shutil.which("readelf"), reason="needs gcc and binutils")
def test_a_library_is_linked_anew_with_its_symbol(icu: Any, tmp_path: Path) -> None:
    (tmp_path / "data").write_bytes(packed(ITEMS))
    source = ".section .rodata\n.globl icudt73_dat\n.type icudt73_dat, %object\n"
    source += f'.size icudt73_dat, {len(packed(ITEMS))}\nicudt73_dat:\n.incbin "data"\n'
    (tmp_path / "data.s").write_text(source + '.section .note.GNU-stack,"",%progbits\n')
    library = tmp_path / "libicudata.so.73"
    link = ["gcc", "-shared", "-nostdlib", "-Wl,-soname,libicudata.so.73", "-o", library.name, "data.s"]
    subprocess.run(link, cwd=tmp_path, check=True)
    icu.trim(library)
    symbol, data = icu._data_of(library)
    assert symbol == "icudt73_dat"
    assert data == icu.repack(packed(ITEMS))
