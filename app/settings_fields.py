"""How each setting is read from JSON: a function that returns the typed value or raises `ValueError`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast, get_args
from urllib.parse import urlsplit

from app.policy import MidStream, Order, Spend
from app.proxy_address import WAYS, tidy_proxy
from app.shortcuts import read_keys

Read = Callable[[Any], Any]

LONGEST_NAME = 40
"""A chain's name has at most this many characters."""

_LONGEST = 3600.0
"""No time budget is longer than an hour."""


def _choice(*allowed: str) -> Read:
    def read(value: object) -> str:
        if not isinstance(value, str) or value not in allowed:
            raise ValueError(value)
        return value

    return read


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise ValueError(value)
    return value


def _whole(low: int, high: int) -> Read:
    def read(value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise ValueError(value)
        return value

    return read


def _seconds(low: float) -> Read:
    def read(value: object) -> float:
        # NaN fails the comparison, as it should.
        if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= _LONGEST:
            raise ValueError(value)
        return float(value)

    return read


def _text(value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError(value)
    # Lone surrogates, which JSON can hold and no file or request can, raise a ValueError here.
    value.encode()
    return value.strip()


def _names(value: object) -> tuple[str, ...]:
    if not isinstance(value, list | tuple):
        raise ValueError(value)
    items = cast("Sequence[object]", value)
    # Twice the same name means the same as once.
    return tuple(dict.fromkeys(_text(item) for item in items))


def _mapping(read: Read) -> Read:
    def read_mapping(value: object) -> Mapping[str, Any]:
        if not isinstance(value, Mapping):
            raise ValueError(value)
        items = cast("Mapping[object, object]", value)
        return {_text(name): read(item) for name, item in items.items()}

    return read_mapping


def _proxy(value: object) -> str:
    text = tidy_proxy(_text(value))
    if text in WAYS:
        return text
    parts = urlsplit(text)
    # Reading the port raises ValueError when it is no number.
    if (
        parts.scheme not in ("http", "https", "socks5", "socks5h", "socks")
        or not parts.hostname
        or parts.port == 0
    ):
        raise ValueError(value)
    return text


def _named_chains(value: object) -> Mapping[str, tuple[str, ...]]:
    found: Mapping[str, tuple[str, ...]] = _mapping(_names)(value)
    for name, specs in found.items():
        # Names are written as `@name` in lists parted by commas; a chain inside a chain could hold itself.
        if len(name) > LONGEST_NAME or name.startswith("@") or not name.isprintable():
            raise ValueError(name)
        if "," in name or "，" in name:
            raise ValueError(name)
        if not specs or any(spec.startswith("@") for spec in specs):
            raise ValueError(specs)
    return found


def _file_address(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError(value)
    value.encode()
    text = value.strip()
    if text and urlsplit(text).scheme not in ("http", "https"):
        raise ValueError(value)
    return text


def _maybe_text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError(value)
    value.encode()
    return value.strip()


FIELDS: dict[str, Read] = {
    "language": _choice("system", "zh", "en"),
    "theme": _choice("system", "light", "dark"),
    "accent": _choice("jieli", "indigo", "violet", "magenta", "graphite"),
    "font_size": _whole(13, 20),
    "text_font": _maybe_text,
    "code_font": _maybe_text,
    "density": _choice("comfortable", "compact"),
    "send_key": _choice("enter", "ctrl_enter"),
    "reduced_motion": _flag,
    "chain": _names,
    "chains": _named_chains,
    "spend": _choice(*get_args(Spend)),
    "order": _choice(*get_args(Order)),
    "midstream": _choice(*get_args(MidStream)),
    "pass_blocked": _flag,
    "max_attempts": _whole(1, 20),
    "first_content": _seconds(1),
    "connect": _seconds(0.5),
    "first_byte": _seconds(0.5),
    "stall": _seconds(0.5),
    "silent_cap": _seconds(1),
    "dwell": _seconds(0),
    "endpoints": _mapping(_text),
    "regions": _mapping(_text),
    "providers_off": _names,
    "models": _mapping(_flag),
    "billing": _mapping(_choice("free", "grant", "paid")),
    "proxy": _proxy,
    "own_models": _mapping(_names),
    "catalogue_url": _file_address,
    "catalogue_daily": _flag,
    "shortcuts": _mapping(read_keys),
    "auto_title": _flag,
    "auto_summary": _flag,
    "sync": _choice("off", "folder", "webdav"),
    "sync_folder": _maybe_text,
    "sync_url": _file_address,
    "sync_user": _maybe_text,
    "sync_encrypted": _flag,
    "release_check": _flag,
    "release_url": _file_address,
    "tray": _flag,
    "notify": _flag,
    "notify_words": _flag,
    "quick_keys": _maybe_text,
}
"""The settings by name; a test keeps this list and `Settings` in step."""
