"""One export from beginning to end: reads from the store in bounded pieces, hands them to a sink.

The sink works on a thread of its own. Cancelled or failed, an export leaves nothing behind.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from app.errors import KnownError
from app.exchange.exports.sinks import Heading, PageSink, Said, Sink, WholeSink
from app.exchange.format import Item
from app.i18n import tr
from app.store.entries import Attachment
from app.store.outgoing import Whole
from app.store.records import Assistant, Message
from app.store.store import Store
from app.worker import Worker

_log = logging.getLogger(__name__)

PAGE = 50
"""Messages read at a time."""

ORIGINAL = ".original"
"""What a document's file has behind the id of its text (see `app.attachments.enclosure`)."""

Progress = Callable[[float], None]
"""Called in the loop's thread with how much is done, from 0 to 1."""

NameOf = Callable[[str, str], str]
"""How a provider and one of its models are called."""

Parts = Mapping[str, Sequence[str]]

S = TypeVar("S", bound=Sink)


@dataclass(frozen=True, slots=True)
class Exported:
    """What an export wrote. `path` is the file or folder it made."""

    path: Path
    conversations: int
    messages: int


async def chosen(store: Store, ids: Sequence[str]) -> list[str]:
    """The conversations to export: these, each once, or all when none is named.

    Raises `KnownError` for one that is not there, and when there is nothing at all.
    """
    if not ids:
        found = await store.outgoing_ids()
        if not found:
            raise KnownError("export.nothing")
        return found
    for conversation in ids:
        if await store.outgoing(conversation) is None:
            raise KnownError("cli.no_conversation", id=conversation)
    return list(dict.fromkeys(ids))


async def export_whole(
    store: Store, ids: Sequence[str], make: Callable[[], WholeSink], progress: Progress
) -> Exported:
    """Everything that is stored of these conversations. `make` is called on the sink's thread."""
    work = _Work(store, ids, progress)
    async with _opened(make) as (sink, worker):
        await worker.call(sink.begin, ())
        await worker.call(sink.assistants, await work.assistants())
        async for whole in work.conversations():
            await worker.call(sink.open_conversation, whole.conversation)
            await worker.call(sink.add, [Item(whole.conversation, whole.origin)])
            async for page in work.pages(whole.messages):
                await work.add_page(sink, worker, page)
            attempts = await store.outgoing_attempts(whole.conversation.id)
            await worker.call(sink.add, [Item(attempt) for attempt in attempts])
            await worker.call(sink.close_conversation)
        return work.exported(await worker.call(sink.finish))


async def export_pages(
    store: Store, ids: Sequence[str], make: Callable[[], PageSink], name_of: NameOf, progress: Progress
) -> Exported:
    """What is read of these conversations: the branch shown, with answers that stand side by side."""
    work = _Work(store, ids, progress)
    async with _opened(make) as (sink, worker):
        await worker.call(sink.begin, await work.headings())
        async for whole in work.conversations():
            await worker.call(sink.open_conversation, whole.conversation)
            async for page in work.pages(await store.branch(whole.conversation.id)):
                parts = await store.attachment_ids(page)
                for message in await store.messages(page):
                    said = [await work.said(m, n, name_of, parts) for n, m in await work.columns(message)]
                    for one in said:
                        await worker.call(sink.say, one)
            await worker.call(sink.close_conversation)
        return work.exported(await worker.call(sink.finish))


class _Work:
    """What both kinds of export read, and how far they are."""

    def __init__(self, store: Store, ids: Sequence[str], progress: Progress) -> None:
        self._store = store
        self._ids = ids
        self._progress = progress
        self._done = 0
        self._written = 0
        self._messages = 0

    async def assistants(self) -> list[Assistant]:
        """Those that the conversations name, oldest first."""
        wanted: set[str] = set()
        for conversation in self._ids:
            found = await self._store.conversation(conversation)
            if found is not None and found.assistant is not None:
                wanted.add(found.assistant)
        made = [await self._store.assistant(assistant) for assistant in wanted]
        there = [assistant for assistant in made if assistant is not None]
        return sorted(there, key=lambda a: (a.created_at, a.id))

    async def headings(self) -> list[Heading]:
        """The table of contents."""
        found: list[Heading] = []
        for conversation in self._ids:
            one = await self._store.conversation(conversation)
            if one is not None:
                found.append(Heading(one.id, one.title or tr("sidebar.untitled")))
        return found

    async def conversations(self) -> AsyncIterator[Whole]:
        """One after another; what was deleted meanwhile is left out."""
        for conversation in self._ids:
            whole = await self._store.outgoing(conversation)
            if whole is not None:
                yield whole
                self._written += 1
            self._done += 1
            self._progress(self._done / len(self._ids))

    async def pages(self, ids: Sequence[str]) -> AsyncIterator[Sequence[str]]:
        """Message ids, some at a time."""
        for start in range(0, len(ids), PAGE):
            page = ids[start : start + PAGE]
            yield page
            self._messages += len(page)
            self._progress((self._done + (start + len(page)) / len(ids)) / len(self._ids))

    async def add_page(self, sink: WholeSink, worker: Worker, page: Sequence[str]) -> None:
        """Hand on messages, each followed by its attachments; of those one is in memory at a time."""
        parts = await self._store.attachment_ids(page)
        items: list[Item] = []
        for message, origin in await self._store.outgoing_messages(page):
            items.append(Item(message, origin))
            for ident in parts.get(message.id, ()):
                attachment = await self._store.outgoing_attachment(ident)
                if attachment is not None:
                    await worker.call(sink.add, [*items, Item(attachment)])
                    items = []
        await worker.call(sink.add, items)

    async def columns(self, message: Message) -> list[tuple[int, Message]]:
        """An answer with those it was compared with, numbered from 1; anything else alone, as 0."""
        if message.column_group is None:
            return [(0, message)]
        beside = await self._store.messages(message.siblings)
        group = [m for m in beside if m.column_group == message.column_group]
        return list(enumerate(group, 1)) if len(group) > 1 else [(0, message)]

    async def said(self, message: Message, column: int, name_of: NameOf, parts: Parts) -> Said:
        """A message with its attachments and the name of who says it."""
        found: list[Attachment] = []
        listed = parts.get(message.id, ())
        for ident in listed:
            # Of a document the file is shown rather than the text that was read from it.
            if f"{ident}{ORIGINAL}" in listed:
                continue
            attachment = await self._store.outgoing_attachment(ident)
            if attachment is not None:
                found.append(attachment)
        return Said(message, speaker(message, name_of), found, column)

    def exported(self, path: Path) -> Exported:
        return Exported(path, self._written, self._messages)


def speaker(message: Message, name_of: NameOf) -> str:
    """Who says a message, in words."""
    if message.role == "user":
        return tr("export.you")
    if message.provider and message.model:
        return name_of(message.provider, message.model)
    # An imported answer names its model alone.
    return message.model or tr("export.assistant")


@asynccontextmanager
async def _opened(make: Callable[[], S]) -> AsyncGenerator[tuple[S, Worker]]:
    """A sink and its thread; when anything goes wrong the sink is made to leave nothing behind."""
    worker = Worker("export", lambda error: _log.warning("after the end of an export", exc_info=error))
    made: list[S] = []
    try:
        try:
            await worker.call(lambda: made.append(make()))
            yield made[0], worker
        except BaseException:
            # Behind whatever the thread is still doing, the making of the sink included.
            await asyncio.shield(worker.call(lambda: [sink.abandon() for sink in made]))
            raise
    finally:
        await worker.close()
