"""Cherry Studio's direct backup: its profile as Chromium left it on disk, made into its data backup's form.

So both give the same conversations under the same names. From the settings, which also hold keys, only what
is known of each topic is taken. Folders as in `BackupManager.ts` of CherryHQ/cherry-studio (2026).
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO, cast

from app.errors import KnownError
from app.exchange.imports import boxes, cherry
from app.exchange.imports.chromium.leveldb import Entry, Wrap, entries, parts
from app.exchange.imports.chromium.stores import ENDING, Stores
from app.exchange.imports.model import Chat, Left, Pause, mapping, objects
from app.exchange.imports.spans import MOST_BYTES

DATABASE = "CherryStudio"
_TABLES = ("message_blocks", "files", "topics")
_SETTINGS = b"\0\x01persist:cherry-studio"
"""How the settings' name in the local storage ends, after the page's address."""

_LOCAL = "Local Storage/leveldb/"
_FACTS = ("id", "name", "prompt", "createdAt", "updatedAt", "pinned")
_RECORDS_A_PAUSE = 100
_WRITE = 1024 * 1024


def profiles(names: Iterable[str]) -> dict[str, list[str]]:
    """The profiles among the names of a box, each a folder with its slash or nothing, with their databases.

    The program's own (that of a file) comes first; those of web pages it shows (`Partitions`) do not count.
    """
    found: dict[str, set[str]] = {}
    for name in names:
        base, _, file = name.rpartition("/")
        place = base.rpartition("/")[0]
        profile = place.removesuffix("IndexedDB")
        if (
            file.endswith((".log", ".ldb", ".sst"))
            and f"{base}/".endswith(ENDING)
            and (place == "IndexedDB" or place.endswith("/IndexedDB"))
            and "Partitions/" not in f"/{profile}"
        ):
            found.setdefault(profile, set()).add(f"{base}/")
    return {
        profile: sorted(found[profile], key=lambda folder: ("/file__" not in folder, folder))
        for profile in sorted(found)
    }


def size(box: boxes.Box, profile: str) -> int:
    """Bytes of databases that will be read."""
    places = [*profiles(box.names()).get(profile, []), profile + _LOCAL]
    return sum(box.size(name) for place in places for name in parts(box, place))


def read(
    box: boxes.Box,
    profile: str,
    name: str,
    folder: Path,
    wrap: Wrap,
    find: cherry.Find,
    reach: Callable[[float], None],
) -> Iterator[Chat | Left | Pause]:
    """All topics of a profile. `name` is what errors call the whole, `folder` takes nameless files as large
    as the backup, `reach` hears how far it is (0 to 1).

    Raises `KnownError` when there is nothing of Cherry Studio's in it, or no room.
    """
    chained = _Chain()
    through = chained.through(wrap)
    for place in profiles(box.names()).get(profile, []):
        with tempfile.TemporaryFile(dir=folder) as spool, tempfile.TemporaryFile(dir=folder) as data:
            stores = Stores(box, place, cast("BinaryIO", spool), folder)
            damage: list[Left] = []
            for one in stores.read(through):
                if isinstance(one, Left):
                    damage.append(one)
                else:
                    yield one
            tables = stores.of(DATABASE)
            if "topics" not in tables:
                continue
            yield from damage
            settings = yield from _settings(box, profile + _LOCAL, through)
            if settings is None:
                yield Left("Local Storage", "damaged")
            out = _Out(cast("BinaryIO", data), folder, name)
            yield from _rewrite(stores, tables, settings or {}, out, lambda share: reach(0.5 + share / 4))
            topics = max(1, stores.count(tables["topics"]))
            data.seek(0)
            for number, chat in enumerate(cherry.read(cast("BinaryIO", data), find)):
                reach(min(1.0, 0.75 + number / topics / 4))
                yield chat
            return
    raise KnownError("import.cherry_direct", path=name)


def _rewrite(
    stores: Stores,
    tables: Mapping[str, tuple[int, int]],
    settings: Mapping[str, Any],
    out: _Out,
    reach: Callable[[float], None],
) -> Iterator[Left | Pause]:
    """Write `data.json` as a data backup has it."""
    local = {"persist:cherry-studio": json.dumps({"assistants": json.dumps(settings)})}
    out.add(b'{"localStorage":' + _json(local) + b',"indexedDB":{')
    total = sum(stores.count(tables[table]) for table in _TABLES if table in tables)
    done = 0
    for number, table in enumerate(name for name in _TABLES if name in tables):
        out.add(b"," * bool(number) + _json(table) + b":[")
        first = True
        for record in stores.records(tables[table]):
            done += 1
            if done % _RECORDS_A_PAUSE == 0:
                reach(done / total)
                yield Pause()
            if isinstance(record, Left):
                yield record
                continue
            out.add(b"," * (not first) + _json(record))
            first = False
        out.add(b"]")
    out.add(b"}}")
    out.end()


def _json(value: Any) -> bytes:
    try:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    except UnicodeEncodeError:
        # Half a character, as JavaScript allows.
        return json.dumps(value, separators=(",", ":")).encode()


def _settings(
    box: boxes.Box, folder: str, wrap: Wrap
) -> Generator[Left | Pause, None, dict[str, Any] | None]:
    """What the settings say about assistants and topics; returned, None when nothing does."""
    newest: dict[bytes, tuple[int, bytes]] = {}
    if not parts(box, folder):
        return None
    for entry in entries(box, folder, wrap):
        if not isinstance(entry, Entry):
            yield entry
        elif entry.key.startswith(b"_") and entry.key.endswith(_SETTINGS):
            known = newest.get(entry.key)
            if (known is None or known[0] < entry.sequence) and len(entry.value or b"") <= MOST_BYTES:
                newest[entry.key] = (entry.sequence, entry.value or b"")
    found: dict[str, Any] | None = None
    for key in sorted(newest, key=lambda key: key.startswith(b"_file:")):
        found = _assistants(newest[key][1]) or found
    return found


def _assistants(value: bytes) -> dict[str, Any] | None:
    """The part of the settings that names topics, of a text in Latin-1 (its first byte 1) or UTF-16 (0)."""
    if value[:1] not in (b"\0", b"\1"):
        return None
    text = value[1:].decode("latin-1" if value[0] else "utf-16-le", "replace")
    try:
        inner = mapping(json.loads(text)).get("assistants")
        known = mapping(json.loads(inner) if isinstance(inner, str) else inner)
    except (ValueError, RecursionError):
        return None
    return {
        "defaultAssistant": _assistant(mapping(known.get("defaultAssistant"))),
        "assistants": [_assistant(one) for one in objects(known.get("assistants"))],
    }


def _assistant(one: Mapping[str, Any]) -> dict[str, Any]:
    topics = [{fact: topic[fact] for fact in _FACTS if fact in topic} for topic in objects(one.get("topics"))]
    return {"name": one.get("name"), "prompt": one.get("prompt"), "topics": topics}


class _Out:
    """A file that is written in large pieces, as long as there is room."""

    def __init__(self, file: BinaryIO, disk: Path, name: str) -> None:
        self._file, self._room = file, max(boxes.room(disk), boxes.SMALL)
        self._name = name
        self._pieces: list[bytes] = []
        self._size = self._done = 0

    def add(self, data: bytes) -> None:
        self._pieces.append(data)
        self._size += len(data)
        if self._size > _WRITE:
            self.end()

    def end(self) -> None:
        """Write what is held back. Raises `KnownError` when that is too much."""
        self._done += self._size
        if self._done > self._room:
            raise KnownError("import.no_room", path=self._name)
        if self._done > boxes.MOST_UNPACKED:
            # Few bytes can stand for many, where a value says the same thing again and again.
            raise KnownError("import.bomb", path=self._name)
        self._file.write(b"".join(self._pieces))
        self._pieces.clear()
        self._size = 0


class _Chain:
    """Many streams as one, so that what watches reading sees all of it."""

    def __init__(self) -> None:
        self._file: BinaryIO | None = None
        self._whole: BinaryIO | None = None

    def through(self, wrap: Wrap) -> Wrap:
        """What gives each stream, watched."""
        whole = wrap(cast("BinaryIO", self))

        def one(file: BinaryIO) -> BinaryIO:
            self._file = file
            return whole

        return one

    def read(self, size: int = -1) -> bytes:
        return self._file.read(size) if self._file is not None else b""
