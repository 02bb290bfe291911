"""Makes ICU's data small: 32 MB of every language's units, currencies and word lists, of which Qt uses a few.

Qt's Linux wheels bring `libicudata.so.NN`, which holds one symbol, `icudtNN_dat`: a package of named items
(ICU's "common data", see its source `ucmndata.h`). Qt asks ICU for the order of names (QCollator), for time
zones and for old encodings. What these need stays for Chinese, English and the root language; everything else
goes, and the library is linked anew under the same name, version and symbol.
"""

from __future__ import annotations

import re
import shutil
import struct
import subprocess
import tempfile
from pathlib import Path

from common import run, say

# Items are called `icudt73l/FOLDER/NAME.TYPE` or `icudt73l/NAME.TYPE`.
_LOCALE = r"(root|en|en_001|en_GB|en_US|en_US_POSIX|zh|zh_Hans|zh_Hans_CN|zh_Hant|zh_Hant_TW|res_index|pool)"
_TABLES = (
    r"(icustd|icuver|currencyNumericCodes|dayPeriods|genderList|grammaticalFeatures|keyTypeData|langInfo"
    r"|likelySubtags|metadata|metaZones|numberingSystems|plurals|pluralRanges|supplementalData|timezoneTypes"
    r"|windowsZones|zoneinfo64)"
)
KEPT = re.compile(
    rf"""icudt\d+l/(
      ({_LOCALE}|{_TABLES})\.res
    | (coll|zone)/{_LOCALE}\.res | coll/ucadata\.icu
    | [\w-]+\.(icu|nrm|spp|cfu)
    | (gb18030|ibm-1386_P100-2001|windows-936-2000|ibm-5348_P100-1997)\.cnv
    )$""",
    re.VERBOSE,
)
_DROPPED = re.compile(r"icudt\d+l/(unames\.icu|confusables\.cfu)$")

_MAGIC = b"\xda\x27"


def trim(library: Path) -> None:
    """Replace `library` by one with only what is kept. Without a C compiler it stays, and that is told."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        say(f"{library.name} stays whole: there is no C compiler here to link it anew")
        return
    symbol, data = _data_of(library)
    small = repack(data)
    with tempfile.TemporaryDirectory() as folder:
        blob, source, made = (Path(folder, name) for name in ("data", "data.s", "made.so"))
        blob.write_bytes(small)
        source.write_text(
            f".section .rodata\n.balign 16\n.globl {symbol}\n.type {symbol}, %object\n"
            f'.size {symbol}, {len(small)}\n{symbol}:\n.incbin "{blob.name}"\n'
            '.section .note.GNU-stack,"",%progbits\n'
        )
        link = [compiler, "-shared", "-nostdlib", "-Wl,--build-id=none", "-Wl,-z,noexecstack"]
        run([*link, f"-Wl,-soname,{library.name}", "-o", made.name, source.name], cwd=Path(folder))
        shutil.copyfile(made, library)
    say(f"{library.name}: {len(data) / 1e6:.1f} MB of data made {len(small) / 1e6:.1f} MB")


def repack(data: bytes) -> bytes:
    """The package with only the kept items. Raises `ValueError` when it is no package of the known form."""
    header = struct.unpack_from("<H", data)[0]
    if data[2:4] != _MAGIC or data[12:16] != b"CmnD":
        raise ValueError("this is no ICU data package")
    items = [
        (name, part) for name, part in _items(data, header) if KEPT.match(name) and not _DROPPED.match(name)
    ]
    names, offsets = b"", []
    start = 4 + 8 * len(items)
    for name, _ in items:
        offsets.append(start + len(names))
        names += name.encode() + b"\0"
    names += b"\0" * (-(start + len(names)) % 16)
    table, body = struct.pack("<I", len(items)), b""
    first = start + len(names)
    for (_, part), offset in zip(items, offsets, strict=True):
        table += struct.pack("<II", offset, first + len(body))
        body += part + b"\0" * (-len(part) % 16)
    return data[:header] + table + names + body


def _items(data: bytes, header: int) -> list[tuple[str, bytes]]:
    """Every item's name and bytes, in the package's order, which is that of the names."""
    count = struct.unpack_from("<I", data, header)[0]
    entries = [struct.unpack_from("<II", data, header + 4 + 8 * i) for i in range(count)]
    ends = [start for _, start in entries[1:]] + [len(data) - header]
    return [
        (data[header + at : data.index(b"\0", header + at)].decode(), data[header + start : header + end])
        for (at, start), end in zip(entries, ends, strict=True)
    ]


def _data_of(library: Path) -> tuple[str, bytes]:
    """The library's one symbol and the bytes it stands for."""
    command = ["readelf", "-W", "--dyn-syms", "-S", str(library)]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    found = re.search(
        r"([0-9a-f]+)\s+(0x[0-9a-f]+|\d+)\s+OBJECT\s+GLOBAL\s+DEFAULT\s+\d+\s+(icudt\d+_dat)", told
    )
    section = re.search(r"\.rodata\s+PROGBITS\s+([0-9a-f]+)\s+([0-9a-f]+)", told)
    if found is None or section is None:
        raise ValueError(f"{library.name} has no ICU data")
    begin = int(found[1], 16) - int(section[1], 16) + int(section[2], 16)
    size = int(found[2], 0)
    return found[3], library.read_bytes()[begin : begin + size]
