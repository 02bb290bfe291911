"""Chatbox's export: a dump of its key-value store, one key a session. Fields as in chatboxai/chatbox (2026).

Pictures are named in it but are not in it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

from app.exchange.imports import spans
from app.exchange.imports.model import Chat, Left, Said, chain, mapping, moment, objects, text, words


def read(file: BinaryIO) -> Iterator[Chat | Left]:
    """All sessions, each history segment a conversation of its own. Keys and settings are not looked at."""

    def wanted(key: str | int) -> bool:
        return str(key).startswith("session:") or key in ("chat-sessions", "chat-sessions-list")

    starred: set[str] = set()
    for member in spans.members(file, keep=wanted):
        if not wanted(member.key):
            continue
        try:
            value = member.value()
        except ValueError:
            yield Left("", member.trouble or "damaged")
            continue
        if member.key == "chat-sessions-list":
            starred |= {str(s.get("id")) for s in objects(value) if s.get("starred") is True}
        else:
            for session in objects(value) or [mapping(value)]:
                yield from _session(session, starred)


def _session(session: Mapping[str, Any], starred: set[str]) -> Iterator[Chat | Left]:
    ident = words(session.get("id")) or "?"
    title = words(session.get("name")) or ""
    pinned = session.get("starred") is True or ident in starred
    for thread in objects(session.get("threads")):
        name = words(thread.get("name")) or title
        found = _chat(f"{ident}/{words(thread.get('id')) or ''}", name, thread, {})
        found.created = moment(thread.get("createdAt"))
        yield found
    found = _chat(ident, words(session.get("threadName")) or title, session, session)
    found.pinned = pinned
    yield found


def _chat(ident: str, title: str, holder: Mapping[str, Any], session: Mapping[str, Any]) -> Chat:
    messages: list[Said] = []
    system: list[str] = []
    raw = objects(holder.get("messages"))
    _take(raw, messages, system)
    chain(messages)
    head = messages[-1].key if messages else None
    places = {message.key: message.parent for message in messages}
    for fork, value in mapping(session.get("messageForksHash")).items():
        if fork not in places:
            continue
        for branch in objects(mapping(value).get("lists")):
            others: list[Said] = []
            _take(objects(branch.get("messages")), others, [])
            others = [said for said in chain(others) if said.key not in places]
            before: str | None = fork
            for said in others:
                said.parent, before = before, said.key
                places[said.key] = said.parent
                messages.append(said)
    return Chat(
        origin=f"chatbox:{ident}", title=title, messages=messages, head=head, system="\n\n".join(system)
    )


def _take(raw: list[Mapping[str, Any]], messages: list[Said], system: list[str]) -> None:
    for message in raw:
        role = message.get("role")
        said = _message(message)
        if role == "system" and said.text:
            system.append(said.text)
        elif role in ("user", "assistant") and (said.text or said.missing):
            messages.append(said)


def _message(message: Mapping[str, Any]) -> Said:
    pieces: list[str] = []
    thoughts: list[str] = []
    missing = len(objects(message.get("files")))
    for part in objects(message.get("contentParts")):
        match part.get("type"):
            case "text":
                pieces.append(text(part.get("text")))
            case "reasoning":
                thoughts.append(text(part.get("text")))
            case "image":
                missing += 1
            case _:
                pass
    body = "\n\n".join(piece for piece in pieces if piece.strip())
    if body in ("", "..."):
        body = text(message.get("content")) or body
    role = message.get("role")
    return Said(
        key=words(message.get("id")) or "",
        parent=None,
        role="assistant" if role == "assistant" else "user",
        text="" if body == "..." else body,
        at=moment(message.get("timestamp")),
        reasoning="\n\n".join(thoughts) or text(message.get("reasoningContent")),
        model=words(message.get("model")) if role == "assistant" else None,
        missing=missing,
    )
