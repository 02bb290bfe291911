"""Lists of messages without more (`{"messages": [{role, content}]}`), and Claude's export."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from app.exchange.imports.model import Chat, Said, chain, in_order, mapping, moment, objects, text, words
from app.exchange.imports.nextchat import message


def read(messages: list[Mapping[str, Any]], title: str) -> Chat:
    """One conversation; what it says is its name among exports, so that a second import knows it."""
    system = "\n\n".join(text(m.get("content")) for m in messages if m.get("role") == "system")
    said = [one for m in messages if (one := message(m, None)) is not None]
    for number, one in enumerate(said):
        one.key = f"#{number}"
    begin = repr([(one.role, one.text) for one in said[:2]])
    name = hashlib.sha256(begin.encode("utf-8", "replace")).hexdigest()[:32]
    chain(said)
    return Chat(f"plain:{name}", title, said, head=said[-1].key if said else None, system=system)


def read_claude(value: Mapping[str, Any]) -> Chat:
    """A conversation of Claude's export: `chat_messages` with `parent_message_uuid` in newer ones."""
    said: list[Said] = []
    for row in objects(value.get("chat_messages")):
        pieces = [text(p.get("text")) for p in objects(row.get("content")) if p.get("type") == "text"]
        thoughts = [text(p.get("thinking")) for p in objects(row.get("content"))]
        body = "\n\n".join(piece for piece in pieces if piece.strip()) or text(row.get("text"))
        for file in objects(row.get("attachments")):
            if extracted := text(file.get("extracted_content")):
                body += f"\n\n```\n{extracted}\n```"
        one = Said(
            key=words(row.get("uuid")) or f"#{len(said)}",
            parent=words(row.get("parent_message_uuid")),
            role="user" if row.get("sender") == "human" else "assistant",
            text=body.strip(),
            at=moment(row.get("created_at")),
            reasoning="\n\n".join(thought for thought in thoughts if thought),
            missing=len(objects(row.get("files"))),
        )
        if one.text or one.missing:
            said.append(one)
    keys = {one.key for one in said}
    said = in_order(said) if any(one.parent in keys for one in said) else chain(said)
    told = words(value.get("current_leaf_message_uuid"))
    project = mapping(value.get("project"))
    return Chat(
        origin=f"claude:{words(value.get('uuid')) or '?'}",
        title=words(value.get("name")) or "",
        messages=said,
        created=moment(value.get("created_at")),
        updated=moment(value.get("updated_at")),
        head=told if told in keys else (said[-1].key if said else None),
        folder=words(project.get("name")),
    )
