"""LobeChat's exports: the old one of its settings page, the one of its database, and the one of a topic.

Messages lie in one table, those of all conversations mixed, so that the file is gone through once to see
which lie where. Fields as in lobehub/lobe-chat (2026).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

from app.exchange.imports import spans
from app.exchange.imports.model import (
    Chat,
    Left,
    Said,
    chain,
    in_order,
    mapping,
    moment,
    objects,
    text,
    words,
)


def read(file: BinaryIO, holder: str) -> Iterator[Chat | Left]:
    """All topics, and what was said outside of any; `holder` is the key the tables are in."""
    top = next((m for m in spans.members(file, keep=False) if m.key == holder), None)
    if top is None:
        return
    tables = {str(m.key): m for m in spans.members(file, top.start, keep=False)}
    sessions = {str(s.get("id")): s for s in _rows(file, tables, "sessions")}
    agents = {str(a.get("id")): a for a in _rows(file, tables, "agents")}
    topics = {str(t.get("id")): t for t in _rows(file, tables, "topics")}
    owners = {
        str(pair.get("sessionId")): agents.get(str(pair.get("agentId")), {})
        for pair in _rows(file, tables, "agentsToSessions")
    }
    groups: dict[tuple[str, str], list[int]] = {}
    if (table := tables.get("messages")) is not None:
        for member in spans.members(file, table.start):
            try:
                row = mapping(member.value())
            except ValueError:
                yield Left("", member.trouble or "damaged")
                continue
            place = (str(row.get("sessionId") or ""), str(row.get("topicId") or ""))
            groups.setdefault(place, []).append(member.start << 32 | (member.end - member.start))
    for (session, topic), places in groups.items():
        if sum(place & 0xFFFFFFFF for place in places) > spans.MOST_BYTES:
            yield Left(words(topics.get(topic, {}).get("title")) or "", "large")
            continue
        rows = [mapping(spans.at(file, p >> 32, (p >> 32) + (p & 0xFFFFFFFF))) for p in places]
        about = sessions.get(session, {})
        yield _chat(session, topic, rows, about, topics.get(topic, {}), owners.get(session, {}))


def read_topic(value: Mapping[str, Any], fallback: str) -> Chat:
    """A single topic, its messages with ids and parents; `fallback` names it where nothing in it does."""
    title = words(value.get("title")) or ""
    messages = _messages(objects(value.get("messages")))
    first = messages[0].key if messages else fallback
    return Chat(f"lobe:topic:{first}", title, messages, head=messages[-1].key if messages else None)


def _rows(file: BinaryIO, tables: Mapping[str, spans.Member], name: str) -> list[Mapping[str, Any]]:
    member = tables.get(name)
    if member is None or member.trouble is not None:
        return []
    try:
        return objects(spans.at(file, member.start, member.end))
    except ValueError:
        return []


def _chat(
    session: str,
    topic: str,
    rows: list[Mapping[str, Any]],
    about: Mapping[str, Any],
    named: Mapping[str, Any],
    agent: Mapping[str, Any],
) -> Chat:
    name = words(mapping(about.get("meta")).get("title")) or words(about.get("title"))
    name = name or words(agent.get("title"))
    config = mapping(about.get("config"))
    messages = _messages(rows)
    return Chat(
        origin=f"lobe:{session}/{topic}",
        title=words(named.get("title")) or (name or ""),
        messages=messages,
        created=moment(named.get("createdAt")),
        updated=moment(named.get("updatedAt")),
        head=messages[-1].key if messages else None,
        system=text(config.get("systemRole")) or text(agent.get("systemRole")),
        pinned=named.get("favorite") is True,
        folder=name if topic else None,
    )


def _messages(rows: list[Mapping[str, Any]]) -> list[Said]:
    """Messages in the order of time; a topic whose parents make one line or tree keeps it."""
    timed = sorted(enumerate(rows), key=lambda r: (moment(r[1].get("createdAt")) or 0.0, r[0]))
    found: list[Said] = []
    parents: dict[str, str | None] = {}
    for number, row in timed:
        key = words(row.get("id")) or f"#{number}"
        parents[key] = words(row.get("parentId"))
        said = _message(row, key)
        if said is not None:
            found.append(said)
    kept = {said.key for said in found}
    answers = [said for said in found if said.role == "assistant"]
    if not answers or any(parents[said.key] not in parents for said in answers):
        return chain(found)
    # Only questions may lack a parent: they follow what was said before them.
    before: str | None = None
    for said in found:
        said.parent = _nearest(parents, said.key, kept)
        if said.parent is None and said.role == "user":
            said.parent = before
        before = said.key
    return in_order(found)


def _nearest(parents: Mapping[str, str | None], key: str, kept: set[str]) -> str | None:
    """The closest message before `key` that was not left out."""
    seen = {key}
    parent = parents[key]
    while parent is not None and parent not in kept:
        if parent in seen:
            return None
        seen.add(parent)
        parent = parents.get(parent)
    return parent


def _message(row: Mapping[str, Any], key: str) -> Said | None:
    role = row.get("role")
    if role not in ("user", "assistant"):
        return None
    extra = mapping(row.get("extra"))
    thinking = row.get("reasoning")
    said = Said(
        key=key,
        parent=None,
        role=role,
        text=text(row.get("content")),
        at=moment(row.get("createdAt")),
        reasoning=text(mapping(thinking).get("content")) or text(thinking),
        missing=len(row["files"]) if isinstance(row.get("files"), list) else 0,
    )
    if role == "assistant":
        said.model = words(row.get("model")) or words(extra.get("model")) or words(extra.get("fromModel"))
    if said.text in ("...", "…"):
        said.text = ""
    return said if said.text.strip() or said.missing else None
