"""Whose export something is, by what is in it; and reading it, whoever's it is."""

from __future__ import annotations

import re
from codecs import getincrementaldecoder
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Literal

from app.errors import KnownError
from app.exchange.format import MARK, VERSION
from app.exchange.imports import boxes, chatbox, chatgpt, cherry, cherry_backup, lobe, nextchat, plain, spans
from app.exchange.imports.model import Chat, Left, Part, Pause, items, mapping, objects, words

Kind = Literal[
    "jieli", "chatgpt", "claude", "cherry", "cherry-direct", "chatbox", "nextchat", "lobe-config",
    "lobe-data", "lobe-topic", "plain-list", "plain",
]  # fmt: skip

MOST_JSON = 2000
"""JSON files of one box that are looked at."""

_MOST_KEYS = 2000
_LOOKED_AT = 256 * 1024
"""Bytes whose encoding is looked at."""
_ASSET = re.compile(r"file[-_][A-Za-z0-9]+")
_PATTERNS: tuple[tuple[Kind, frozenset[str]], ...] = (
    ("nextchat", frozenset({"chat-next-web-store"})),
    ("chatbox", frozenset({"__exported_items"})),
    ("chatbox", frozenset({"__exported_at"})),
    ("chatbox", frozenset({"chat-sessions-list"})),
    ("chatbox", frozenset({"chat-sessions"})),
    ("lobe-config", frozenset({"exportType", "state"})),
    ("lobe-data", frozenset({"data", "schemaHash"})),
    ("lobe-data", frozenset({"data", "mode"})),
    ("cherry", frozenset({"localStorage", "indexedDB"})),
    ("lobe-topic", frozenset({"exportedAt", "messages"})),
)


@dataclass(frozen=True, slots=True)
class Found:
    """A file of a box that can be read, and whose it is."""

    name: str
    kind: Kind
    profile: str = ""
    """Of a direct backup, the folder of the box it lies in, with its slash."""

    def size(self, box: boxes.Box) -> int:
        """Bytes that reading it goes through."""
        return cherry_backup.size(box, self.profile) if self.kind == "cherry-direct" else box.size(self.name)


def recognise(box: boxes.Box, path: Path) -> list[Found]:
    """What of the box can be imported. Raises `KnownError` when it is nothing, or known and unreadable."""
    names = [n for n in box.names() if "__MACOSX/" not in n and not n.rpartition("/")[2].startswith("._")]
    single = isinstance(box, boxes.FileBox)
    profiles = () if single else tuple(cherry_backup.profiles(names))
    found = [Found((path / profile).name, "cherry-direct", profile) for profile in profiles]
    # People's own files lie in a profile, too, and may be exports.
    names = [n for n in names if not n.startswith(profiles)] if profiles else names
    texts = names if single else sorted(n for n in names if n.lower().endswith(".json"))[:MOST_JSON]
    for name in texts:
        with box.open(name) as file:
            kind = _kind(file, path)
        if kind is not None:
            found.append(Found(name, kind))
    if found:
        return found
    if any(name.rpartition("/")[2] == "cherrystudio.sqlite" for name in names):
        # Its version 2 keeps chats in SQLite, and has no export that others could read.
        raise KnownError("import.cherry_two", path=path)
    if any("IndexedDB/" in name for name in names):
        # Not as it was in version 1.9, as which the names of menus are, too.
        raise KnownError("import.cherry_direct", path=path)
    raise KnownError("import.unknown", path=path)


def _kind(file: BinaryIO, path: Path) -> Kind | None:
    if (first := spans.first_byte(_rewound(file))) in (0xFF, 0xFE) or _other_encoding(_rewound(file)):
        raise KnownError("import.encoding", path=path)
    if first == 0xEF:
        first = 0x7B if _after_mark(file) == 0x7B else 0x5B
    if first == 0x5B:
        return _kind_of_list(file)
    if first != 0x7B:
        return None
    keys: set[str] = set()
    try:
        for member in spans.members(_rewound(file), keep=_is_mark):
            key = str(member.key)
            if key == MARK and not keys:
                if member.data is not None and member.data.strip() not in (b"%d" % VERSION,):
                    raise KnownError("import.newer", path=path)
                return "jieli"
            keys.add(key)
            if key.startswith("session:"):
                return "chatbox"
            for kind, wanted in _PATTERNS:
                if wanted <= keys:
                    return kind
            if len(keys) > _MOST_KEYS:
                return None
    except spans.CutError:
        pass
    if keys & {"data", "state", "indexedDB"} and "version" in keys:
        return "cherry" if "indexedDB" in keys else None
    return "plain" if keys & {"messages", "mapping", "chat_messages"} else None


def _other_encoding(file: BinaryIO) -> bool:
    """Whether the text is in GBK or another encoding that editors save in: as UTF-8 most of its letters are
    none, whereas damage spoils a few. Stored as it reads, it would keep the good file out later."""
    begin = file.read(_LOOKED_AT)
    if b"\0" in begin[:2] or begin.isascii():
        # UTF-16 without its mark has a zero beside the first bracket.
        return b"\0" in begin[:2]
    letters = re.sub(r"[\0-\x7f]", "", begin.decode("utf-8", "replace"))
    broken = letters.count("\ufffd") - begin.count(b"\xef\xbf\xbd")
    if broken <= 4 or broken <= len(letters) / 2:
        return False
    try:
        # Nearly every text in an encoding of two bytes a character is also one in this.
        getincrementaldecoder("gb18030")().decode(begin)
    except UnicodeDecodeError:
        return False
    return True


def _is_mark(key: str | int) -> bool:
    return key == MARK


def _kind_of_list(file: BinaryIO) -> Kind | None:
    value: Mapping[str, Any] = {}
    try:
        for member in spans.members(_rewound(file)):
            value = mapping(member.value())
            break
    except (spans.CutError, ValueError):
        return None
    if "mapping" in value:
        return "chatgpt"
    if "chat_messages" in value:
        return "claude"
    return "plain-list" if "role" in value and "content" in value else None


def _rewound(file: BinaryIO) -> BinaryIO:
    file.seek(0)
    return file


def _after_mark(file: BinaryIO) -> int | None:
    file.seek(3)
    return spans.first_byte(file)


def chats(
    box: boxes.Box,
    found: Found,
    folder: Path,
    watch: Callable[[BinaryIO], BinaryIO],
    reach: Callable[[float], None] = lambda _: None,
) -> Iterator[Chat | Left | Pause]:
    """Everything in one file of the box, except our own (`Kind` "jieli").

    `watch` wraps the streams that are read from beginning to end; where that is not all, `reach` hears how
    far it is. A file that breaks off yields a `Left` at its end. Raises `KnownError`, `OSError` or one of
    `boxes.DAMAGE`.
    """
    try:
        if found.kind in ("chatgpt", "claude"):
            with box.open(found.name) as file:
                yield from _conversations(watch(file), _finder(box) if found.kind == "chatgpt" else None)
        elif found.kind == "cherry-direct":
            yield from cherry_backup.read(box, found.profile, found.name, folder, watch, _finder(box), reach)
        elif found.kind in ("plain", "plain-list", "lobe-topic"):
            yield from _one(box, found)
        else:
            with boxes.seekable(box, found.name, folder) as file:
                file.seek(0)
                yield from _tables(file, found.kind, box)
    except spans.CutError:
        yield Left(found.name, "cut")


def _conversations(file: BinaryIO, find: chatgpt.Find | None) -> Iterator[Chat | Left]:
    for member in spans.members(file, alone=True):
        try:
            value = mapping(member.value())
        except ValueError as error:
            yield Left("", "large" if "large" in (member.trouble, str(error)) else "damaged")
            continue
        yield chatgpt.read(value, find) if find is not None else plain.read_claude(value)


def _one(box: boxes.Box, found: Found) -> Iterator[Chat | Left]:
    """A file that is one conversation and is read at once."""
    with box.open(found.name) as file:
        data = file.read(spans.MOST_BYTES + 1)
    title = found.name.rpartition("/")[2].rpartition(".")[0]
    try:
        value: Any = spans.parse(data.removeprefix(b"\xef\xbb\xbf"))
    except ValueError as error:
        yield Left(title, "large" if str(error) == "large" else "cut")
        return
    about: Mapping[str, Any] = mapping(value)
    if "mapping" in about:
        yield chatgpt.read(about, _finder(box))
    elif "chat_messages" in about:
        yield plain.read_claude(about)
    elif found.kind == "lobe-topic" or any("parentId" in m for m in objects(about.get("messages"))):
        yield lobe.read_topic(about, title)
    else:
        messages = objects(items(value) or about.get("messages"))
        yield plain.read(messages, words(about.get("title")) or title)


def _tables(file: BinaryIO, kind: Kind, box: boxes.Box) -> Iterator[Chat | Left]:
    match kind:
        case "cherry":
            yield from cherry.read(file, _finder(box))
        case "chatbox":
            yield from chatbox.read(file)
        case "nextchat":
            yield from nextchat.read(file)
        case "lobe-config":
            yield from lobe.read(file, "state")
        case _:
            yield from lobe.read(file, "data")


def _finder(box: boxes.Box) -> Callable[[str], Part | None]:
    """Finds a picture or file of the box by the id its name begins with."""
    index: dict[str, str] = {}
    if not isinstance(box, boxes.FileBox):
        for name in box.names():
            base = name.rpartition("/")[2]
            index.setdefault(base.partition(".")[0], name)
            if asset := _ASSET.match(base):
                index.setdefault(asset[0], name)

    def find(ident: str) -> Part | None:
        name = index.get(ident)
        data = boxes.read_part(box, name) if name is not None else None
        return None if name is None or data is None else Part(name.rpartition("/")[2], data)

    return find
