"""What a model is sent of attachments: files as text before the question, pictures beside it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from app.attachments.enclosure import Enclosure, enclosures_of
from app.relay.sight import unseen
from app.store.entries import Attachment
from app.store.records import Message
from providers.base import ChatMessage, ImagePart

PICTURES_KEPT = 8
PICTURE_BYTES_KEPT = 12_000_000
"""Of the pictures of earlier questions the newest go along again, so many and so many bytes at most: every
turn uploads them anew."""


def with_files(text: str, enclosures: Sequence[Enclosure]) -> str:
    """The question with the texts of its files before it, each between marks that it does not hold itself."""
    parts: list[str] = []
    for one in enclosures:
        if one.kind != "text":
            continue
        said, mark = one.text.strip("\n"), "file"
        while f"</{mark}>" in said:
            mark += "_"
        pages = f' pages="{one.pages}"' if one.pages is not None else ""
        name = re.sub(r'["<>\x00-\x1f]', " ", one.name)
        parts.append(f'<{mark} name="{name}"{pages}>\n{said}\n</{mark}>')
    if text:
        parts.append(text)
    return "\n\n".join(parts)


def sent_parts(
    messages: Sequence[Message], attached: Mapping[str, Sequence[Attachment]]
) -> dict[str, ChatMessage]:
    """How messages with attachments are sent, by id; `attached` holds the rows of each.

    The last message keeps all its pictures; of earlier ones only the newest go along.
    """
    sent: dict[str, ChatMessage] = {}
    count, size = 0, 0
    for index in range(len(messages) - 1, -1, -1):
        message = messages[index]
        enclosures = enclosures_of(attached.get(message.id, ()))
        if not enclosures:
            continue
        pictures: list[ImagePart] = []
        dropped = 0
        for one in reversed(enclosures):
            if one.kind != "image":
                continue
            fits = count < PICTURES_KEPT and size + len(one.data) <= PICTURE_BYTES_KEPT
            if index == len(messages) - 1 or fits:
                pictures.insert(0, ImagePart(one.mime, one.data))
                count, size = count + 1, size + len(one.data)
            else:
                dropped += 1
        text = with_files(message.text, enclosures)
        sent[message.id] = ChatMessage(
            message.role, unseen(text, dropped) if dropped else text, tuple(pictures)
        )
    return sent
