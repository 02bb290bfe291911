"""What a reader of some program's export yields, whatever the program. Times are epoch seconds."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, cast

from app.unicode import sound

Role = Literal["user", "assistant"]
Why = Literal["empty", "large", "damaged", "cut"]
"""Why something was left out."""

LATEST = 4_102_444_800.0
"""The year 2100: a later time is no time."""


@dataclass(frozen=True, slots=True)
class Part:
    """A picture or file of a message."""

    name: str
    data: bytes
    mime: str = ""


@dataclass(slots=True)
class Said:
    """One message. `key` is its name in the export, `parent` the key of the one it follows."""

    key: str
    parent: str | None
    role: Role
    text: str
    at: float | None = None
    reasoning: str = ""
    model: str | None = None
    parts: list[Part] = field(default_factory=list[Part])
    missing: int = 0
    """Attachments that are not in the export."""


@dataclass(slots=True)
class Chat:
    """One conversation. `origin` names it among all exports; `head` is the key of the last message shown."""

    origin: str
    title: str
    messages: list[Said]
    created: float | None = None
    updated: float | None = None
    head: str | None = None
    system: str = ""
    archived: bool = False
    pinned: bool = False
    folder: str | None = None


@dataclass(frozen=True, slots=True)
class Left:
    """Something that was left out, and why; `title` may be empty."""

    title: str
    why: Why


@dataclass(frozen=True, slots=True)
class Pause:
    """Nothing yet, but the reader has gone on: a place to be stopped at, and to look how far it is."""


def text(value: object) -> str:
    """A text as it can be stored; anything else is empty."""
    return sound(value).replace("\0", "\ufffd") if isinstance(value, str) else ""


def words(value: object) -> str | None:
    """A short text without what belongs to no name, None when there is nothing of it."""
    return " ".join(text(value).split())[:200] or None


def mapping(value: object) -> Mapping[str, Any]:
    """An object; anything else is an empty one."""
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def items(value: object) -> list[Any]:
    """A list; anything else is an empty one."""
    return cast("list[Any]", value) if isinstance(value, list) else []


def objects(value: object) -> list[Mapping[str, Any]]:
    """The objects of a list."""
    return [cast("dict[str, Any]", item) for item in items(value) if isinstance(item, dict)]


def moment(value: object) -> float | None:
    """A time given as seconds, milliseconds or ISO text; None for what is none."""
    if isinstance(value, str):
        try:
            value = float(value) if re.fullmatch(r"\d{9,16}(\.\d+)?", value) else _iso(value)
        except (ValueError, OverflowError, OSError):
            return None
    if not isinstance(value, int | float) or isinstance(value, bool) or not math.isfinite(value):
        return None
    seconds = value / 1000 if value > 1e11 else float(value)
    return seconds if 0 < seconds < LATEST else None


def _iso(value: str) -> float:
    return datetime.fromisoformat(value.strip()).timestamp()


def chain(messages: list[Said]) -> list[Said]:
    """Let each message follow the one before, as where an export knows no branches."""
    before: str | None = None
    seen: set[str] = set()
    for number, message in enumerate(messages):
        if not message.key or message.key in seen:
            message.key = f"#{number}"
        seen.add(message.key)
        message.parent = before
        before = message.key
    return messages


def in_order(messages: list[Said]) -> list[Said]:
    """Parents before children, otherwise as they came; a message in a ring, or of no parent, begins anew."""
    by_key: dict[str, Said] = {}
    for message in messages:
        by_key.setdefault(message.key, message)
    children: dict[str | None, list[Said]] = {}
    for message in by_key.values():
        parent = message.parent if message.parent in by_key and message.parent != message.key else None
        message.parent = parent
        children.setdefault(parent, []).append(message)
    found: dict[str, Said] = {}
    for begin in [*children.get(None, []), *by_key.values()]:
        if begin.key in found:
            continue
        begin.parent = begin.parent if begin.parent in found else None
        waiting = [begin]
        while waiting:
            message = waiting.pop()
            if message.key not in found:
                found[message.key] = message
                waiting += reversed(children.get(message.key, []))
    return list(found.values())
