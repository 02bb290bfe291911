"""ChatGPT's export, and DeepSeek's, which is built the same way: trees of messages by the names of nodes.

OpenAI publishes no description; fields as found in public converters (2026).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from typing import Any

from app.exchange.imports.model import Chat, Part, Said, items, mapping, moment, objects, text, words

Find = Callable[[str], Part | None]
"""Gives the file whose name begins with an id, None when the export has none."""

# None of these may look far ahead more than once: a text of nothing but beginnings would take hours.
_MARKED = re.compile("\ue200([^\ue200\ue201]*+)\ue201")
_SOURCE = re.compile(r"【\d{1,9}+[^【】†]{0,80}+†[^【】]{0,80}+】")
_PRIVATE = re.compile("[\ue200-\ue20f]")
_ENTITY = re.compile(r'"((?:[^"\\]|\\.)*)"')
_HIDDEN = ("user_editable_context", "model_editable_context")


def read(value: Mapping[str, Any], find: Find) -> Chat:
    """One conversation. It has no messages when nothing in it can be shown."""
    nodes = {key: mapping(node) for key, node in mapping(value.get("mapping")).items()}
    default = words(value.get("default_model_slug")) or words(value.get("model"))
    builder = _Builder(nodes, default, find)
    builder.build()
    ident = words(value.get("conversation_id")) or words(value.get("id")) or _made_up(value, nodes)
    told = value.get("current_node")
    head = builder.kept.get(told) if isinstance(told, str) else None
    return Chat(
        origin=f"chatgpt:{ident}",
        title=words(value.get("title")) or "",
        messages=builder.messages,
        created=moment(value.get("create_time")) or moment(value.get("inserted_at")),
        updated=moment(value.get("update_time")) or moment(value.get("updated_at")),
        head=head or builder.newest_leaf(),
        archived=value.get("is_archived") is True,
        pinned=bool(value.get("pinned_time")) or value.get("is_starred") is True,
    )


def _made_up(value: Mapping[str, Any], nodes: Mapping[str, Any]) -> str:
    """A name for a conversation without one, the same at every import."""
    facts = repr((value.get("create_time"), value.get("title"), next(iter(nodes), "")))
    return hashlib.sha256(facts.encode("utf-8", "replace")).hexdigest()[:32]


class _Builder:
    """Makes messages of nodes: what is hidden or a tool's is left out, pieces of one answer are joined."""

    def __init__(self, nodes: dict[str, Mapping[str, Any]], default: str | None, find: Find) -> None:
        self._nodes = nodes
        self._default = default
        self._find = find
        self.messages: list[Said] = []
        self.kept: dict[str, str | None] = {}
        """The message each node went into; for one left out, the message before it."""

    def build(self) -> None:
        """Walk the tree from its roots; nodes that hang on nothing, or in a ring, begin anew."""
        children = self._children()
        roots = [key for key, node in self._nodes.items() if self._parent(key, node) is None]
        for root in [*roots, *self._nodes]:
            if root in self.kept:
                continue
            waiting: list[tuple[str, Said | None, str, bool]] = [(root, None, "", True)]
            while waiting:
                key, before, thoughts, linear = waiting.pop()
                if key in self.kept:
                    continue
                said, thoughts = self._node(key, before, thoughts, linear)
                after = [child for child in children.get(key, []) if child not in self.kept]
                same = len(after) == 1 and (linear or said is not before)
                waiting += [(child, said, thoughts, same) for child in reversed(after)]

    def newest_leaf(self) -> str | None:
        """The end of the way that always goes on with the newest message."""
        return self.messages[-1].key if self.messages else None

    def _parent(self, key: str, node: Mapping[str, Any]) -> str | None:
        parent = node.get("parent")
        return parent if isinstance(parent, str) and parent in self._nodes and parent != key else None

    def _children(self) -> dict[str, list[str]]:
        order: dict[str, int] = {}
        for node in self._nodes.values():
            for child in items(node.get("children")):
                if isinstance(child, str):
                    order.setdefault(child, len(order))
        found: dict[str, list[str]] = {}
        for key, node in self._nodes.items():
            if (parent := self._parent(key, node)) is not None:
                found.setdefault(parent, []).append(key)
        for keys in found.values():
            keys.sort(key=lambda key: order.get(key, len(order)))
        return found

    def _node(self, key: str, before: Said | None, thoughts: str, linear: bool) -> tuple[Said | None, str]:
        """Take a node in; returns the message the way now ends in, and thoughts not yet in one."""
        message = mapping(self._nodes[key].get("message"))
        role, words_, thought, pictures = _content(message)
        thoughts = "\n\n".join(part for part in (thoughts, thought) if part)
        parts, missing = self._parts(pictures)
        if role is None or not (words_ or parts or missing):
            self.kept[key] = before.key if before else None
            return before, thoughts
        at = moment(message.get("create_time")) or moment(message.get("inserted_at"))
        if role == "assistant" and before is not None and before.role == "assistant" and linear:
            before.text = "\n\n".join(part for part in (before.text, words_) if part)
            before.reasoning = "\n\n".join(part for part in (before.reasoning, thoughts) if part)
            before.parts += parts
            before.missing += missing
            before.model = before.model or self._model(message, role)
            self.kept[key] = before.key
            return before, ""
        said = Said(
            key=key,
            parent=before.key if before else None,
            role="user" if role == "user" else "assistant",
            text=words_,
            at=at,
            reasoning=thoughts if role == "assistant" else "",
            model=self._model(message, role),
            parts=parts,
            missing=missing,
        )
        self.messages.append(said)
        self.kept[key] = key
        return said, "" if role == "assistant" else thoughts

    def _model(self, message: Mapping[str, Any], role: str) -> str | None:
        if role != "assistant":
            return None
        facts = mapping(message.get("metadata"))
        return words(facts.get("model_slug")) or words(message.get("model")) or self._default

    def _parts(self, pictures: dict[str, str]) -> tuple[list[Part], int]:
        found: list[Part] = []
        missing = 0
        for ident, name in pictures.items():
            part = self._find(ident)
            if part is None:
                missing += 1
            else:
                found.append(Part(name, part.data, part.mime) if name else part)
        return found, missing


def _content(message: Mapping[str, Any]) -> tuple[str | None, str, str, dict[str, str]]:
    """Whose it is (None = not to be shown), text, thoughts, and its files' ids with their names."""
    facts = mapping(message.get("metadata"))
    fragments = objects(message.get("fragments"))
    if fragments:
        return _fragments(fragments)
    role = mapping(message.get("author")).get("role")
    content = mapping(message.get("content"))
    kind = content.get("content_type")
    hidden = facts.get("is_visually_hidden_from_conversation") is True or message.get("weight") == 0
    if hidden or kind in _HIDDEN or role not in ("user", "assistant", "tool"):
        return None, "", "", {}
    if kind == "thoughts":
        lines = [text(t.get("content")) or text(t.get("summary")) for t in objects(content.get("thoughts"))]
        return None, "", "\n\n".join(line for line in lines if line), {}
    pictures: dict[str, str] = {}
    pieces: list[str] = []
    for part in items(content.get("parts")):
        if isinstance(part, str):
            pieces.append(text(part))
        else:
            _piece(mapping(part), pieces, pictures)
    if role == "tool":
        # What a tool says is not for reading, but the picture it drew is the answer.
        return ("assistant", "", "", pictures) if pictures else (None, "", "", {})
    if role == "assistant" and (
        message.get("recipient", "all") not in ("all", None) or kind == "reasoning_recap"
    ):
        return None, "", "", {}
    for file in objects(facts.get("attachments")):
        if ident := words(file.get("id")):
            pictures[ident] = words(file.get("name")) or ""
    body = "\n\n".join(piece for piece in pieces if piece.strip()) or text(content.get("text"))
    if kind == "code" and body:
        body = f"```{words(content.get('language')) or ''}\n{body}\n```"
    return str(role), clean(body), "", pictures


def _piece(part: Mapping[str, Any], pieces: list[str], pictures: dict[str, str]) -> None:
    kind = part.get("content_type")
    if kind == "audio_transcription":
        pieces.append(text(part.get("text")))
    elif pointer := words(part.get("asset_pointer")):
        pictures.setdefault(pointer.rpartition("/")[2].partition("#")[0], "")
    elif kind is None:
        pieces.append(text(part.get("text")))


def _fragments(fragments: list[Mapping[str, Any]]) -> tuple[str | None, str, str, dict[str, str]]:
    """DeepSeek's way: a message is made of a request, or of thoughts and a response."""
    said: dict[str, list[str]] = {}
    for fragment in fragments:
        said.setdefault(str(fragment.get("type")), []).append(text(fragment.get("content")))
    thoughts = "\n\n".join(said.get("THINK", []))
    if "REQUEST" in said:
        return "user", "\n\n".join(said["REQUEST"]), "", {}
    return "assistant", "\n\n".join(said.get("RESPONSE", [])), thoughts, {}


def clean(body: str) -> str:
    """The text without the marks that stood for sources; names that were marked stay as their words."""

    def plain(found: re.Match[str]) -> str:
        inside = found[1]
        if inside.startswith("entity") and (names := _ENTITY.findall(inside)):
            return names[min(1, len(names) - 1)]
        return ""

    if "\ue200" in body:
        body = _MARKED.sub(plain, body)
    return _PRIVATE.sub("", _SOURCE.sub("", body)).strip()
