"""Cherry Studio's data backup: `data.json` with topics, their messages and the blocks those are made of.

Messages, blocks and names lie in different places of the file, so that it is gone through once to see what
lies where, and then topic by topic. Fields as in CherryHQ/cherry-studio (2026).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any, BinaryIO

from app.exchange.imports import spans
from app.exchange.imports.model import Chat, Left, Part, Said, items, mapping, moment, objects, text, words

Find = Callable[[str], Part | None]

_TAKEN = -1


def read(file: BinaryIO, find: Find) -> Iterator[Chat | Left]:
    """All topics. `find` gives a file of the backup by its id."""
    top = {m.key: m for m in spans.members(file, keep=False)}
    store = _local(file, top.get("localStorage"))
    place = top.get("indexedDB")
    if place is None:
        return
    tables = {m.key: m for m in spans.members(file, place.start, keep=False)}
    if tables and all(isinstance(key, int) for key in tables):
        # Version 1: a list of keys and values.
        for member in tables.values():
            row = mapping(_at(file, member))
            if str(row.get("key", "")).startswith("topic:"):
                topic = {"id": str(row["key"]).removeprefix("topic:"), **mapping(row.get("value"))}
                yield _Topic(file, {}, find, {}).read(topic, store)
        return
    blocks = _blocks(file, tables.get("message_blocks"))
    files = {str(f.get("id")): f for f in objects(_at(file, tables.get("files")))}
    topics = tables.get("topics")
    if topics is None:
        return
    reader = _Topic(file, blocks, find, files)
    # Reading blocks moves the place in the file, so that the topics are looked up one by one.
    for member in list(spans.members(file, topics.start, keep=False)):
        value = _at(file, member)
        if topic := mapping(value):
            chat = reader.read(topic, store)
            yield chat
            if reader.lost:
                yield Left(chat.title, "damaged")
        else:
            yield Left("", "large" if member.end - member.start > spans.MOST_BYTES else "damaged")


def _at(file: BinaryIO, member: spans.Member | None) -> Any:
    if member is None or member.trouble is not None:
        return None
    try:
        return spans.at(file, member.start, member.end)
    except ValueError:
        return None


def _local(file: BinaryIO, member: spans.Member | None) -> dict[str, Mapping[str, Any]]:
    """What the settings say about each topic: name, times, the prompt, the assistant's name."""
    persisted = _inner(mapping(_at(file, member)).get("persist:cherry-studio"))
    assistants = _inner(persisted.get("assistants"))
    found: dict[str, Mapping[str, Any]] = {}
    for assistant in [mapping(assistants.get("defaultAssistant")), *objects(assistants.get("assistants"))]:
        for topic in objects(assistant.get("topics")):
            found[str(topic.get("id"))] = {
                **topic,
                "_prompt": topic.get("prompt") or assistant.get("prompt"),
                "_name": assistant.get("name"),
            }
    return found


def _inner(value: object) -> Mapping[str, Any]:
    """An object that may be JSON within a text."""
    if isinstance(value, str):
        try:
            return mapping(json.loads(value))
        except (ValueError, RecursionError):
            return {}
    return mapping(value)


def _blocks(file: BinaryIO, member: spans.Member | None) -> dict[str, int]:
    """Where each block lies: its place and length in one number."""
    found: dict[str, int] = {}
    if member is not None:
        for block in spans.members(file, member.start):
            try:
                value = mapping(block.value())
            except ValueError:
                continue
            found[str(value.get("id"))] = block.start << 32 | (block.end - block.start)
    return found


class _Topic:
    """Reads one topic after another."""

    def __init__(
        self, file: BinaryIO, blocks: dict[str, int], find: Find, files: Mapping[str, Mapping[str, Any]]
    ) -> None:
        self._file, self._blocks, self._find, self._files = file, blocks, find, files
        self.lost = 0
        """Pieces of the last topic's messages that are not in the file."""

    def read(self, topic: Mapping[str, Any], store: Mapping[str, Mapping[str, Any]]) -> Chat:
        """One topic. Several answers to a question are siblings, the chosen one is on the main line."""
        ident = words(topic.get("id")) or "?"
        facts = store.get(ident, {})
        self.lost = 0
        messages: list[Said] = []
        line: str | None = None
        answered: dict[str, str | None] = {}
        chosen: dict[str, str] = {}
        for number, message in enumerate(objects(topic.get("messages"))):
            said = self._message(message, f"#{number}")
            if said is None:
                continue
            asked = words(message.get("askId"))
            if said.role == "assistant" and asked is not None and asked in answered:
                said.parent = answered[asked]
                if message.get("foldSelected") is True or asked not in chosen:
                    chosen[asked] = said.key
                    line = said.key
            else:
                said.parent = line
                if said.role == "assistant" and asked is not None:
                    answered[asked] = line
                    chosen[asked] = said.key
                line = said.key
            messages.append(said)
        return Chat(
            origin=f"cherry:{ident}",
            title=words(facts.get("name")) or words(topic.get("name")) or "",
            messages=messages,
            created=moment(facts.get("createdAt")),
            updated=moment(facts.get("updatedAt")),
            head=line,
            system=text(facts.get("_prompt")),
            pinned=facts.get("pinned") is True,
            folder=words(facts.get("_name")),
        )

    def _message(self, message: Mapping[str, Any], key: str) -> Said | None:
        role = message.get("role")
        if role not in ("user", "assistant") or message.get("type") == "clear":
            return None
        model = mapping(message.get("model"))
        said = Said(
            key=words(message.get("id")) or key,
            parent=None,
            role=role,
            text="",
            at=moment(message.get("createdAt")),
            model=(words(model.get("id")) or words(message.get("modelId"))) if role == "assistant" else None,
        )
        pieces: list[str] = []
        thoughts: list[str] = [text(message.get("reasoning_content"))]
        for block in self._of(message):
            self._block(block, said, pieces, thoughts)
        if not any(pieces):
            pieces = [text(message.get("content"))]
        for file in objects(message.get("files")):
            self._attach(file, said)
        said.text = "\n\n".join(piece for piece in pieces if piece.strip())
        said.reasoning = "\n\n".join(piece for piece in thoughts if piece.strip())
        return said if said.text or said.parts or said.missing else None

    def _of(self, message: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        found: list[Mapping[str, Any]] = []
        for ident in items(message.get("blocks")):
            # A block belongs to one message, however often it is named.
            place = self._blocks.get(ident) if isinstance(ident, str) else _TAKEN
            if place is None:
                self.lost += 1
            if place is None or place == _TAKEN:
                continue
            self._blocks[ident] = _TAKEN
            start, length = place >> 32, place & 0xFFFFFFFF
            found.append(mapping(spans.at(self._file, start, start + length)))
        return found

    def _block(self, block: Mapping[str, Any], said: Said, pieces: list[str], thoughts: list[str]) -> None:
        content = text(block.get("content"))
        match block.get("type"):
            case "main_text":
                pieces.append(content)
            case "code" if content:
                pieces.append(f"```{words(block.get('language')) or ''}\n{content}\n```")
            case "thinking":
                thoughts.append(content)
            case "image" | "file":
                self._attach(mapping(block.get("file")), said)
            case _:
                pass

    def _attach(self, file: Mapping[str, Any], said: Said) -> None:
        ident = words(file.get("id"))
        if ident is None:
            said.missing += 1
            return
        known = {**self._files.get(ident, {}), **file}
        part = self._find(ident)
        if part is None:
            said.missing += 1
        else:
            said.parts.append(Part(words(known.get("origin_name")) or part.name, part.data, part.mime))
