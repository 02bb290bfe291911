"""Jieli's own JSON: all about conversations, one record after another, so that any size fits in memory.

```
{"jieli": 1, "records": [
{"type": "assistant", "id": …},
{"type": "conversation", "id": …, "title": …},
{"type": "message", "conversation": …, "id": …, "parent": …},
{"type": "attachment", "message": …, "id": …, "data": "base64"},
{"type": "attempt", "message": …, "id": …}
]}
```

A record has a line of its own and the names of the store's columns; what has its default value is left out.
Conversations come in the order of `created_at`, then id. After a conversation come its messages in the order
in which they were stored (a parent before its children), after a message its attachments and its attempts;
attempts of no message stand behind the messages. `origin` names the item of another program's export a
conversation or message was imported from. Records of unknown types and unknown fields are passed over.
Keys, health, grants and what only this machine means are no part of it.
"""

from __future__ import annotations

import base64
import binascii
import dataclasses
import json
from collections.abc import Mapping
from dataclasses import MISSING, Field, fields
from typing import Any, ClassVar, Literal, Protocol, TypeVar, cast, get_type_hints

from app.store.entries import Attachment, AttemptRecord
from app.store.records import Assistant, Conversation, Message, Parameters
from app.unicode import sound

MARKER = "jieli"
VERSION = 1
HEAD = f'{{"{MARKER}": {VERSION}, "records": [\n'
BETWEEN = ",\n"
TAIL = "\n]}\n"
EMPTY = f'{{"{MARKER}": {VERSION}, "records": []}}\n'
"""What a file without records is."""

RecordType = Literal["assistant", "conversation", "message", "attachment", "attempt"]


class _Dataclass(Protocol):
    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]


Record = Assistant | Conversation | Message | Attachment | AttemptRecord
R = TypeVar("R", bound=_Dataclass)

TYPES: dict[RecordType, type[Any]] = {
    "assistant": Assistant,
    "conversation": Conversation,
    "message": Message,
    "attachment": Attachment,
    "attempt": AttemptRecord,
}

_DERIVED = {"interrupted", "siblings"}
"""Worked out from the rest when it is read."""


def encode(kind: RecordType, record: Record, origin: str | None = None) -> str:
    """One record as its line, without the separator."""
    values: dict[str, Any] = {"type": kind}
    for f in fields(record):
        if f.name in _DERIVED:
            continue
        value = getattr(record, f.name)
        if f.default is not MISSING and value == f.default:
            continue
        values[f.name] = _plain(value)
    if origin is not None:
        values["origin"] = origin
    return json.dumps(values, ensure_ascii=False, separators=(",", ":"))


def _plain(value: object) -> object:
    if isinstance(value, bytes):
        return base64.b64encode(value).decode("ascii")
    if isinstance(value, Parameters):
        return {name: v for name, v in dataclasses.asdict(value).items() if v is not None}
    return value


class UnfitError(ValueError):
    """A record that lacks what it must have, or has something of another kind."""


def decode(kind: RecordType, values: Mapping[str, Any]) -> tuple[Any, str | None]:
    """The record of a line and its origin. Raises `UnfitError`."""
    record = _make(TYPES[kind], values)
    origin = values.get("origin")
    return record, sound(origin) if isinstance(origin, str) and origin else None


def _make(record: type[R], values: Mapping[str, Any]) -> R:
    hints = get_type_hints(record)
    made: dict[str, Any] = {}
    for f in fields(record):
        if f.name in _DERIVED or f.name not in values:
            if f.default is MISSING and f.name not in _DERIVED:
                raise UnfitError(f.name)
            continue
        made[f.name] = _fitting(f.name, str(hints[f.name]), values[f.name])
    return record(**made)


def _fitting(name: str, hint: str, value: object) -> object:
    """`value` as a field of that type wants it. Raises `UnfitError`."""
    if value is None and "None" in hint:
        return None
    if "Parameters" in hint and isinstance(value, dict):
        return _parameters(cast("dict[str, object]", value))
    if "tuple" in hint and isinstance(value, list):
        items = cast("list[object]", value)
        if all(isinstance(item, str) for item in items):
            return tuple(sound(str(item)) for item in items)
    elif "bytes" in hint and isinstance(value, str):
        try:
            return base64.b64decode(value, validate=True)
        except binascii.Error as error:
            raise UnfitError(name) from error
    elif "Literal" in hint and isinstance(value, str):
        if f"'{value}'" in hint:
            return value
    elif "bool" in hint and isinstance(value, bool):
        return value
    elif "float" in hint and isinstance(value, int | float) and not isinstance(value, bool):
        if abs(value) < 1e15:
            return float(value)
    elif "int" in hint and isinstance(value, int) and not isinstance(value, bool):
        # SQLite's integers end here.
        if abs(value) < 2**63:
            return value
    elif hint in ("<class 'str'>", "str | None") and isinstance(value, str):
        return sound(value)
    raise UnfitError(name)


def _parameters(values: dict[str, object]) -> Parameters:
    made: dict[str, Any] = {}
    for f in fields(Parameters):
        if f.name in values:
            made[f.name] = _fitting(f.name, str(f.type), values[f.name])
    return Parameters(**made)
