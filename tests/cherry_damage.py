"""`python -m tests.cherry_damage [COUNT] [SEED]`: direct backups of Cherry Studio with bytes flipped, zeroed,
cut off or doubled, and files gone: each is read, what is missing is told, nothing fails or takes long.

Chats are those a real Chromium wrote (`tests/data/cherry/direct.zip`), without the large ones.
"""

from __future__ import annotations

import random
import sys
import tempfile
from collections import Counter
from pathlib import Path

from app.errors import KnownError
from app.exchange.imports import boxes
from app.exchange.imports.chromium.leveldb import Entry, entries
from app.exchange.imports.model import Chat, Left
from app.exchange.imports.recognise import chats, recognise
from tests.app.exchange import leveldb_files as made
from tests.app.exchange.leveldb_files import Change, MemoryBox

REAL = Path(__file__).parent / "data" / "cherry" / "direct.zip"
DATABASE = "IndexedDB/file__0.indexeddb.leveldb/"
BLOB = "IndexedDB/file__0.indexeddb.blob/1/00/9"
LOCAL = "Local Storage/leveldb/"

Said = frozenset[tuple[str, str, str, str]]


def small() -> dict[str, bytes]:
    """The real backup's chats in a small one: a table, a log, a value in a file of its own."""
    real = boxes.open_box(REAL)
    try:
        rows = {
            place: [e for e in entries(real, place, lambda file: file) if isinstance(e, Entry)]
            for place in (DATABASE, LOCAL)
        }
        picture = boxes.read_part(real, "Data/Files/f1.png") or b""
    finally:
        real.close()
    newest: dict[bytes, Change] = {}
    for row in sorted(rows[DATABASE], key=lambda row: row.sequence):
        newest[row.key] = (row.key, row.sequence, row.value)
    # Store 4 was filled to have tables, and of topic "large" the value lies elsewhere.
    large = "large".encode("utf-16-be")
    kept = [
        change
        for change in newest.values()
        if change[2] is not None
        and len(change[2]) < 5000
        and change[0][1:3] != b"\1\4"
        and large not in change[0]
    ]
    kept.sort(key=lambda change: change[1])
    odd = next(c for c in kept if b"o\0d\0d" in c[0] and c[0][3] == 1)
    value = odd[2] or b""
    wrapped = value[:1] + b"\xff\x11\x01" + made.varint(len(value) - 1) + b"\0"
    last = kept[-1][1]
    blob_key = odd[0][:3] + b"\3" + odd[0][4:]
    blob = b"\0\x09\0" + made.varint(len(value) - 1)
    later: list[Change] = [(odd[0], last + 1, wrapped), (blob_key, last + 2, blob)]
    half = len(kept) // 2
    log = made.log([made.batch([change]) for change in [*kept[half:], *later]])
    database = made.folder(
        DATABASE, {"000005.ldb": made.table(kept[:half]), "000006.log": log}, made.manifest([5], 6)
    )
    settings = made.log([made.batch([(r.key, r.sequence, r.value)]) for r in rows[LOCAL]])
    local = made.folder(LOCAL, {"000003.log": settings}, made.manifest([], 3))
    return {**database, **local, BLOB: value[1:], "Data/Files/f1.png": picture}


def read(files: dict[str, bytes], folder: Path) -> tuple[Said, Counter[str]]:
    """Everything said in the chats, and what was told: why things were left out, or the sentence's name."""
    box = MemoryBox(files)
    said: set[tuple[str, str, str, str]] = set()
    told: Counter[str] = Counter()
    try:
        for found in recognise(box, Path("cherry.zip")):
            for one in chats(box, found, folder, lambda file: file):
                if isinstance(one, Left):
                    told[one.why] += 1
                elif isinstance(one, Chat):
                    said |= {(one.origin, one.title, m.key, m.text + m.reasoning) for m in one.messages}
                    told["missing"] += sum(m.missing for m in one.messages)
    except KnownError as error:
        told[error.key] += 1
    return frozenset(said), +told


def spoil(files: dict[str, bytes], chance: random.Random) -> tuple[dict[str, bytes], str]:
    """A copy with one thing wrong, and what."""
    names = [name for name in files if not name.startswith("Data/")]
    name = chance.choice(names)
    data = bytearray(files[name])
    kind = chance.choice(("flip", "flip", "flip", "zero", "cut", "gone", "noise", "double"))
    at = chance.randrange(len(data))
    match kind:
        case "flip":
            data[at] ^= 1 << chance.randrange(8)
        case "zero":
            data[at : at + 64] = bytes(len(data[at : at + 64]))
        case "cut":
            del data[at:]
        case "noise":
            data[at : at + 16] = chance.randbytes(len(data[at : at + 16]))
        case "double":
            data[at:at] = data[at : at + 200]
        case _:
            return {n: d for n, d in files.items() if n != name}, f"gone {name}"
    return {**files, name: bytes(data)}, f"{kind} {name} at {at}"


def run(count: int, seed: int) -> tuple[Counter[str], list[str]]:
    """How often each end was reached, and what went wrong."""
    files = small()
    chance = random.Random(seed)
    ends: Counter[str] = Counter()
    wrong: list[str] = []
    with tempfile.TemporaryDirectory() as where:
        whole, told = read(files, Path(where))
        if len(whole) < 4 or told:
            return ends, [f"the good one: {len(whole)} messages, {dict(told)}"]
        for _ in range(count):
            spoilt, what = spoil(files, chance)
            if spoilt == files:
                continue
            said, told = read(spoilt, Path(where))
            if said == whole:
                ends["whole"] += 1
            elif told:
                ends["told"] += 1
            elif BLOB in what or _boundary(files, what):
                # A value in a file of its own has no checksum, and a log may end after any record.
                ends["cannot be known"] += 1
            else:
                wrong.append(what)
    return ends, wrong


def _boundary(files: dict[str, bytes], what: str) -> bool:
    """Whether a log was cut where one of its records ends."""
    kind, _, rest = what.partition(" ")
    name, _, place = rest.rpartition(" at ")
    if kind != "cut" or not name.endswith(".log"):
        return False
    data, at = files[name], 0
    while at < int(place):
        if made.PAGE - at % made.PAGE < 7:
            at += made.PAGE - at % made.PAGE
        at += 7 + int.from_bytes(data[at + 4 : at + 6], "little")
    return at == int(place)


def main() -> int:
    """Print counts; 1 when anything was lost in silence."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    ends, wrong = run(count, int(sys.argv[2]) if len(sys.argv) > 2 else 1)
    lines = [f"{end}: {n}" for end, n in sorted(ends.items())] + [f"lost in silence: {w}" for w in wrong]
    sys.stdout.write("\n".join(lines) + "\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
