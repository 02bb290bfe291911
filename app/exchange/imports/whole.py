"""From what a reader yields to records of ours: ids made of names, times for all, bounded pieces."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count

from app.exchange.imports.model import Chat, Left, Part, Pause, Said
from app.i18n import tr
from app.store.entries import Attachment
from app.store.records import Conversation, Message
from app.titles import title_from

PIECE = 400
"""Messages stored in one transaction."""

PIECE_BYTES = 8 * 1024 * 1024

_PICTURES = (
    (b"\x89PNG\r\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF8", "image/gif"),
    (b"BM", "image/bmp"),
)


@dataclass(slots=True)
class Whole:
    """A conversation as records, in pieces of one transaction each."""

    conversation: Conversation
    origin: str
    tree: list[tuple[Message, str]]
    parts: dict[str, list[Attachment]]
    missing: int
    count: int = 0

    def pieces(self) -> list[tuple[list[tuple[Message, str]], list[Attachment]]]:
        """The messages with their attachments; sets `count`."""
        found: list[tuple[list[tuple[Message, str]], list[Attachment]]] = []
        tree: list[tuple[Message, str]] = []
        parts: list[Attachment] = []
        size = 0
        for message, name in self.tree:
            mine = self.parts.get(message.id, [])
            more = len(message.text) + sum(len(part.data) for part in mine)
            if tree and (len(tree) >= PIECE or size + more > PIECE_BYTES):
                found.append((tree, parts))
                tree, parts, size = [], [], 0
            tree.append((message, name))
            parts += mine
            size += more
        found.append((tree, parts))
        self.count = len(found)
        return found


_BATCH_CHATS, _BATCH_MESSAGES = 20, 400
_LONGEST = 0.1
"""Seconds after which a pause is taken: for progress to be told, and to be stopped."""


def some(reading: Iterator[Chat | Left | Pause], fallback: float) -> list[Whole | Left | Pause]:
    """A few conversations more, made ready to be stored, or a pause; nothing at the end."""
    found: list[Whole | Left | Pause] = []
    messages = 0
    until = time.monotonic() + _LONGEST
    while len(found) < _BATCH_CHATS and messages < _BATCH_MESSAGES:
        # Reading holds the interpreter; the window gets its turn here.
        time.sleep(0.0005)
        chat = next(reading, None)
        if chat is None:
            break
        if isinstance(chat, Pause):
            found.append(chat)
            if time.monotonic() > until:
                break
        elif isinstance(chat, Left):
            found.append(chat)
        elif not chat.messages:
            found.append(Left(chat.title, "empty"))
        else:
            whole = _whole(chat, fallback)
            messages += len(whole.tree) + sum(map(len, whole.parts.values())) * 100
            found.append(whole)
    return found


def _whole(chat: Chat, fallback: float) -> Whole:
    ident = name_of(chat.origin)
    times = [said.at for said in chat.messages if said.at is not None]
    created = chat.created or (min(times) if times else None) or chat.updated or fallback
    updated = chat.updated or (max(times) if times else None) or created
    ids = {said.key: name_of(f"{chat.origin}\n{said.key}") for said in chat.messages}
    tree: list[tuple[Message, str]] = []
    parts: dict[str, list[Attachment]] = {}
    at = created
    for said in chat.messages:
        at = said.at or at
        tree.append((_message(said, ident, ids, at), said.key))
        if said.parts:
            parts[ids[said.key]] = [_part(p, ids[said.key], n) for n, p in zip(count(), said.parts)]
    first = next((said.text for said in chat.messages if said.text), "")
    conversation = Conversation(
        id=ident,
        title=chat.title or title_from(first) or tr("import.untitled"),
        created_at=created,
        updated_at=max(updated, created),
        title_by_user=bool(chat.title),
        head=ids.get(chat.head or ""),
        system=chat.system,
        archived=chat.archived,
        pinned=chat.pinned,
        folder=chat.folder,
    )
    return Whole(conversation, chat.origin, tree, parts, sum(said.missing for said in chat.messages))


def _message(said: Said, conversation: str, ids: dict[str, str], at: float) -> Message:
    return Message(
        id=ids[said.key],
        conversation=conversation,
        parent=ids.get(said.parent) if said.parent is not None else None,
        role=said.role,
        text=said.text,
        status="done",
        created_at=at,
        updated_at=at,
        reasoning=said.reasoning,
        model=said.model,
    )


def _part(part: Part, message: str, position: int) -> Attachment:
    mime = next((kind for magic, kind in _PICTURES if part.data.startswith(magic)), "")
    if part.data[:4] == b"RIFF" and part.data[8:12] == b"WEBP":
        mime = "image/webp"
    digest = hashlib.sha256(part.data).hexdigest()
    return Attachment(
        id=name_of(f"{message}\n{position}\n{digest}"),
        message=message,
        position=position,
        kind="image" if mime else "file",
        name=part.name or tr("import.picture"),
        mime=mime or "application/octet-stream",
        sha256=digest,
        data=part.data,
    )


def name_of(text: str) -> str:
    """An id made of a name, always the same one."""
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:32]
