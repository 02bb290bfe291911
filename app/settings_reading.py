"""Reads a settings file that people, editors and crashes may have been at: what is good in it counts.

A member that cannot be read, or whose value cannot be used, is left out alone; of a list or a mapping only
the entries that cannot be used are. Nothing here writes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from app.settings_fields import FIELDS

LARGEST = 4 * 1024 * 1024
"""Bytes; a larger file is none that this program wrote."""

_BLANK = re.compile(r"[ \t\r\n,]*")
_NEXT_MEMBER = re.compile(r'\n(?:  |\t)"')
"""How a member of the outermost object begins in what this program writes."""
_NOTHING = object()


@dataclass(slots=True)
class Reading:
    """What was found. `values` are typed; `unknown` are members this version does not know.

    `left_out` names what could not be used; `whole` tells whether the text was sound JSON to its end.
    """

    values: dict[str, Any] = field(default_factory=dict[str, Any])
    unknown: dict[str, object] = field(default_factory=dict[str, object])
    left_out: tuple[str, ...] = ()
    whole: bool = True


def read_settings(data: bytes) -> Reading:
    """Everything usable in a settings file's bytes. Never raises."""
    text, sound = _decoded(data)
    found, complete = _members(text)
    reading = Reading(whole=sound and complete)
    left_out: dict[str, None] = {}
    for name, value in found:
        if name not in FIELDS:
            if _can_be_written(name, value):
                reading.unknown[name] = value
            else:
                left_out[name] = None
            continue
        read, rest = _usable(name, value)
        if rest:
            left_out[name] = None
        if read is not _NOTHING:
            # Of a name that is there twice the later value counts, unless it cannot be used.
            reading.values[name] = read
    reading.left_out = tuple(left_out)
    return reading


def _decoded(data: bytes) -> tuple[str, bool]:
    """The text, in whichever Unicode encoding an editor saved it, and whether all of it was sound."""
    encoding = json.detect_encoding(data)
    try:
        return data.decode(encoding), True
    except UnicodeDecodeError:
        return data.decode(encoding, "replace"), False


def _members(text: str) -> tuple[list[tuple[str, object]], bool]:
    """The outermost object's members in order, and whether nothing else was found.

    After a member that cannot be read, reading goes on at the next line that begins like one.
    """
    decoder = json.JSONDecoder()
    found: list[tuple[str, object]] = []
    at = _past_blanks(text, 0)
    if text[at : at + 1] != "{":
        return found, False
    at = _past_blanks(text, at + 1)
    sound = True
    while at < len(text):
        if text[at] == "}":
            return found, sound and not text[at + 1 :].strip(" \t\r\n\0")
        member = _member(decoder, text, at)
        if member is None:
            sound = False
            following = _NEXT_MEMBER.search(text, at + 1)
            if following is None:
                return found, False
            at = following.end() - 1
            continue
        name, value, at = member
        found.append((name, value))
    return found, False


def _member(decoder: json.JSONDecoder, text: str, at: int) -> tuple[str, object, int] | None:
    """Name, value and the place after the member that begins at `at`; None when it cannot be read."""
    try:
        name, colon = decoder.raw_decode(text, at)
        colon = _past_blanks(text, colon)
        if not isinstance(name, str) or text[colon : colon + 1] != ":":
            return None
        value, end = decoder.raw_decode(text, _past_blanks(text, colon + 1))
    except (ValueError, RecursionError):
        return None
    after = text[end:].lstrip(" \t\r\n")[:1] if end < len(text) else ""
    # A number that the text ends in may have lost digits; one with something else behind it is none.
    if after not in (",", "}") or "\ufffd" in text[at:end]:
        return None
    return name, value, _past_blanks(text, end)


def _past_blanks(text: str, at: int) -> int:
    found = _BLANK.match(text, at)
    return found.end() if found is not None else at


def _usable(name: str, value: object) -> tuple[Any, bool]:
    """The typed value (`_NOTHING` if there is none), and whether something of it was left out."""
    read = FIELDS[name]
    try:
        return read(value), False
    except ValueError:
        pass
    if isinstance(value, Mapping):
        entries = cast("Mapping[object, object]", value)
        kept = {key: one for key, one in entries.items() if _fits(name, {key: one})}
        return (read(kept) if kept else _NOTHING), True
    if isinstance(value, list):
        items = cast("Sequence[object]", value)
        taken = [one for one in items if _fits(name, [one])]
        return (read(taken) if taken else _NOTHING), True
    return _NOTHING, True


def _fits(name: str, value: object) -> bool:
    try:
        FIELDS[name](value)
    except ValueError:
        return False
    return True


def _can_be_written(name: str, value: object) -> bool:
    """Whether a member can be put into the file again: not nested without end, no half characters."""
    try:
        json.dumps({name: value}, ensure_ascii=False, indent=2).encode()
    except (ValueError, RecursionError):
        return False
    return True
