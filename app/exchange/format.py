"""Our own JSON: everything of a conversation, so that exporting what was imported gives the same bytes.

The file is one JSON object, `{"jieli": 1, "records": [ … ]}`, with one record a line, so that it can be
written and read in bounded memory. A record is an object with one entry that names its kind:

    {"assistant": {…}}                                   assistants come first
    {"conversation": {…}}                                what follows belongs to it
    {"message": {…}}                                     in the order stored: parents before their children
    {"attachment": {…, "data": "<base64>"}}              after the message it is part of
    {"attempt": {…}}                                     after the messages, also those of deleted messages

Fields are those of the records in `app.store`; a field that has its default is left out. `origin` names the
item of another program's export that a conversation or message was imported from; ids are kept, so that
importing twice finds what is there. There is neither a date nor a version of the program in the file, nor
anything of a key but the random id that attempts are counted under.
"""

from __future__ import annotations

import base64
import binascii
import json
import math
import types
from collections.abc import Callable, Iterator, Mapping
from dataclasses import MISSING, dataclass, fields, replace
from functools import cache
from typing import Any, BinaryIO, Literal, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from app.store.entries import Attachment, AttemptRecord
from app.store.records import Assistant, Conversation, Message, Parameters
from app.store.rows import LATEST

MARK = "jieli"
VERSION = 1

HEAD = f'{{"{MARK}":{VERSION},"records":['.encode()
TAIL = b"\n]}\n"

LONGEST_RECORD = 256 * 1024 * 1024
"""Bytes of one record; a longer one is no file of ours. Attachments are the longest there are."""

Record = Assistant | Conversation | Message | Attachment | AttemptRecord

KINDS: dict[str, type[Record]] = {
    "assistant": Assistant,
    "conversation": Conversation,
    "message": Message,
    "attachment": Attachment,
    "attempt": AttemptRecord,
}
R = TypeVar("R")
_NAMES: dict[type[Record], str] = {kind: name for name, kind in KINDS.items()}

# Worked out from the tree and its attachments when read; the bin is not exported.
_DERIVED = {"interrupted", "siblings", "enclosed", "deleted_at"}

_TIMES = frozenset({"created_at", "updated_at", "changed_at", "started_at", "until"})


class FormatError(ValueError):
    """The file is not what this module writes; `line` counts from 1, 0 = unknown."""

    def __init__(self, what: str, line: int = 0) -> None:
        super().__init__(what)
        self.line = line


@dataclass(frozen=True, slots=True)
class Item:
    """One record, and what it was imported from in another program (conversations and messages only)."""

    record: Record
    origin: str | None = None


def encode(item: Item) -> bytes:
    """The line of a record, without its end."""
    record = item.record
    if isinstance(record, Message) and record.status == "streaming":
        record = replace(record, status="interrupted")
    elif isinstance(record, AttemptRecord) and record.outcome == "running":
        record = replace(record, outcome="stopped", code="interrupted")
    values = _values(record)
    if item.origin is not None:
        values["origin"] = item.origin
    whole = {_NAMES[type(record)]: values}
    text = json.dumps(whole, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.encode("utf-8", "replace")


def decode(whole: object, line: int = 0) -> Item:
    """The record of a parsed line. Raises `FormatError` when a field is missing or of the wrong type.

    Fields nobody knows here are passed over: a newer version may have written them.
    """
    entries: Mapping[str, object] = cast("dict[str, object]", whole) if isinstance(whole, dict) else {}
    name = next(iter(entries), "")
    kind, values = KINDS.get(name), entries.get(name)
    if kind is None or not isinstance(values, dict):
        raise FormatError(f"no record: {name[:40]!r}", line)
    known = cast("Mapping[str, object]", values)
    origin = known.get("origin")
    try:
        record = _made(kind, known)
    except ValueError as error:
        raise FormatError(f"{name}: {error}", line) from error
    return Item(record, origin if isinstance(origin, str) else None)


def is_ours(start: bytes) -> bool:
    """Whether a file that begins with these bytes (some hundred) is written in this format, any version."""
    packed = b"".join(start.removeprefix(b"\xef\xbb\xbf").split())
    return packed.startswith(b'{"%s":' % MARK.encode()) and b'"records":[' in packed


def read(file: BinaryIO, damaged: Callable[[FormatError], None] | None = None) -> Iterator[Item]:
    """The records of a file as this program writes it, one line at a time.

    A file another program has laid out anew is for a general parser: hand what it finds in `records` to
    `decode`. Raises `FormatError`, also when the file ends early; what was yielded before is good. With
    `damaged`, that hears of lines that hold no record, and reading goes on behind them.
    """
    number = 1
    first = file.readline(4096)
    if first.rstrip(b"\r\n") != HEAD:
        raise FormatError("no head", number)
    while True:
        number += 1
        line = file.readline(LONGEST_RECORD)
        bare = line.strip()
        if bare == TAIL.strip():
            return
        if not line.endswith(b"\n"):
            raise FormatError("too long" if len(line) >= LONGEST_RECORD else "ends early", number)
        try:
            item = _of_line(bare, number)
        except FormatError as error:
            if damaged is None:
                raise
            damaged(error)
        else:
            yield item


def _of_line(line: bytes, number: int) -> Item:
    try:
        whole: object = json.loads(line.removesuffix(b","))
    except (ValueError, RecursionError) as error:
        raise FormatError("no JSON", number) from error
    return decode(whole, number)


def write(file: BinaryIO) -> Callable[[Item], None]:
    """Begin a file; returns what adds a record to it. `finish` ends it."""
    file.write(HEAD)
    separator = b"\n"

    def add(item: Item) -> None:
        nonlocal separator
        file.write(separator)
        file.write(encode(item))
        separator = b",\n"

    return add


def finish(file: BinaryIO) -> None:
    """End a file begun with `write`."""
    file.write(TAIL)


def _values(record: Any) -> dict[str, object]:
    found: dict[str, object] = {}
    for field in fields(record):
        value = getattr(record, field.name)
        if field.name in _DERIVED or (field.default is not MISSING and value == field.default):
            continue
        if isinstance(value, float) and not math.isfinite(value):
            continue
        found[field.name] = _plain(value)
    return found


def _plain(value: object) -> object:
    if isinstance(value, bytes):
        return base64.b64encode(value).decode("ascii")
    if isinstance(value, tuple):
        return list(cast("tuple[object, ...]", value))
    return _values(value) if isinstance(value, Parameters) else value


@cache
def _hints(kind: type[Any]) -> dict[str, Any]:
    return get_type_hints(kind)


def _made(kind: type[R], values: Mapping[str, object]) -> R:
    """A record of what is there. Raises `ValueError` when something is missing or of the wrong type."""
    found: dict[str, Any] = {}
    for field in fields(cast("Any", kind)):
        hint = _hints(kind)[field.name]
        if field.name in _DERIVED:
            continue
        if field.name in values:
            found[field.name] = _fitted(values[field.name], hint, field.name)
        elif field.default is MISSING:
            if type(None) not in get_args(hint):
                raise ValueError(f"{field.name} is missing")
            found[field.name] = None
    return kind(**found)


def _fitted(value: object, hint: object, name: str) -> object:
    """`value` as the type `hint` asks for. Raises `ValueError` when it is another."""
    shape = get_origin(hint)
    if shape in (Union, types.UnionType):
        if value is None and type(None) in get_args(hint):
            return None
        return _fitted(value, next(h for h in get_args(hint) if h is not type(None)), name)
    if shape is Literal and value in get_args(hint):
        return value
    if shape is tuple and isinstance(value, list):
        return tuple(_fitted(one, get_args(hint)[0], name) for one in cast("list[object]", value))
    if hint is Parameters and isinstance(value, dict):
        return _made(Parameters, cast("Mapping[str, object]", value))
    if hint is bytes and isinstance(value, str):
        try:
            return base64.b64decode(value, validate=True)
        except binascii.Error as error:
            raise ValueError(f"{name} is no base64") from error
    if hint is float and isinstance(value, int | float) and not isinstance(value, bool):
        return _number(value, name)
    if hint is int and isinstance(value, int) and not isinstance(value, bool) and abs(value) < 1 << 63:
        return value
    if hint in (str, bool) and isinstance(value, cast("type", hint)):
        return value
    raise ValueError(f"{name} is of the wrong type")


def _number(value: float, name: str) -> float:
    """A finite number; a time that no clock can show is the beginning of time, as in a damaged file."""
    try:
        found = float(value)
    except OverflowError:
        found = math.inf
    if name in _TIMES:
        return found if 0 <= found <= LATEST else 0.0
    if not math.isfinite(found):
        raise ValueError(f"{name} is no number")
    return found
