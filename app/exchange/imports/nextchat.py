"""NextChat's backup (ChatGPT-Next-Web): `chat-next-web-store` with its sessions.

Times of messages are texts of the browser's language; what cannot be read falls back to the session's.
Fields as in ChatGPTNextWeb/NextChat (2026).
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, BinaryIO

from app.exchange.imports import spans
from app.exchange.imports.model import Chat, Left, Part, Said, chain, mapping, moment, objects, text, words

_DATA = re.compile(r"data:(image/[\w.+-]+);base64,(.+)", re.DOTALL)
_NUMBERS = re.compile(r"\d+")


def read(file: BinaryIO) -> Iterator[Chat | Left]:
    """All sessions. Keys (`access-control`) are not looked at."""
    store = next((m for m in spans.members(file, keep=False) if m.key == "chat-next-web-store"), None)
    inner = spans.members(file, store.start, keep=False) if store else iter(())
    sessions = next((m for m in inner if m.key == "sessions"), None)
    for member in spans.members(file, sessions.start) if sessions else iter(()):
        try:
            yield _session(mapping(member.value()))
        except ValueError:
            yield Left("", member.trouble or "damaged")


def _session(session: Mapping[str, Any]) -> Chat:
    updated = moment(session.get("lastUpdate"))
    mask = mapping(session.get("mask"))
    model = words(mapping(mask.get("modelConfig")).get("model"))
    messages = [said for m in objects(session.get("messages")) if (said := message(m, model)) is not None]
    chain(messages)
    presets = [text(m.get("content")) for m in objects(mask.get("context")) if m.get("role") == "system"]
    return Chat(
        origin=f"nextchat:{words(session.get('id')) or words(session.get('topic')) or '?'}",
        title=words(session.get("topic")) or "",
        messages=messages,
        updated=updated,
        head=messages[-1].key if messages else None,
        system="\n\n".join(preset for preset in presets if preset),
    )


def message(value: Mapping[str, Any], model: str | None) -> Said | None:
    """A message as OpenAI's interface has it: text, or parts of text and pictures. None for others' roles."""
    role = value.get("role")
    if role not in ("user", "assistant") or value.get("isError") is True:
        return None
    said = Said(words(value.get("id")) or "", None, role, "", local_time(value.get("date")))
    if role == "assistant":
        said.model = words(value.get("model")) or model
    content = value.get("content")
    pieces = [text(content)]
    for part in objects(content):
        if part.get("type") == "text":
            pieces.append(text(part.get("text")))
        elif part.get("type") == "image_url":
            _picture(text(mapping(part.get("image_url")).get("url")), said)
    said.text = "\n\n".join(piece for piece in pieces if piece.strip())
    return said if said.text or said.parts or said.missing else None


def _picture(url: str, said: Said) -> None:
    """A picture within the text; one that lies elsewhere is not fetched."""
    found = _DATA.match(url)
    if found is not None:
        try:
            data = base64.b64decode(found[2], validate=True)
            said.parts.append(Part("", data, found[1]))
            return
        except binascii.Error:
            pass
    said.missing += 1


def local_time(value: object) -> float | None:
    """A time as `toLocaleString` writes it: year first, or last in the way of the USA; the clock here."""
    if not isinstance(value, str):
        return moment(value)
    numbers = [int(n) for n in _NUMBERS.findall(value[:60]) if len(n) <= 4]
    if len(numbers) < 5:
        return None
    if numbers[0] > 1000:
        year, month, day = numbers[:3]
    else:
        month, day, year = numbers[:3]
        if month > 12:
            month, day = day, month
    hour, minute, second = [*numbers[3:6], 0][:3]
    late = any(mark in value.lower() for mark in ("pm", "p.m", "下午", "晚上"))
    early = any(mark in value.lower() for mark in ("am", "a.m", "上午", "凌晨"))
    if late and hour < 12:
        hour += 12
    elif early and hour == 12:
        hour = 0
    try:
        return moment(datetime(year, month, day, hour, minute, second).timestamp())
    except (ValueError, OverflowError, OSError):
        return None
