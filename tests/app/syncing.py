"""Profiles that sync through one place, and what each of them holds."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from app.backup.sealed import Keyring
from app.clock import SystemClock
from app.store.entries import Attachment
from app.store.records import Conversation, Message, MessageRole
from app.store.store import Store
from app.sync.engine import Done, Round
from app.sync.place import FolderPlace, Place


class Profile:
    """One computer: a store of its own, a place it shares."""

    def __init__(self, home: Path, place: Place, number: int, passphrase: str = "") -> None:
        home.mkdir(parents=True, exist_ok=True)
        self.home = home
        self.place = place
        self.device = f"{number:012x}"
        self.keyring = Keyring(passphrase)
        self.clock: Any = SystemClock()
        self.store: Store

    async def open(self) -> Profile:
        self.store = await Store.open(self.home / "jieli.db", self.clock, self.home / "running")
        return self

    async def close(self) -> None:
        await self.store.close()

    async def sync(self) -> Done:
        await self.store.sync_begin("place")
        return await Round(
            self.store,
            self.place,
            device=self.device,
            keyring=self.keyring,
            salt=self.device.encode()[:12] + b"salt",
            folder=self.home,
            clock=self.clock,
        ).run()

    async def say(
        self,
        conversation: str,
        ident: str,
        parent: str | None,
        text: str = "",
        parts: Sequence[Attachment] = (),
        role: MessageRole = "user",
    ) -> None:
        """Add a message, with its conversation where that is new."""
        now = time.time()
        if await self.store.conversation(conversation) is None:
            await self.store.add_conversation(Conversation(conversation, conversation, now, now), [])
        message = Message(ident, conversation, parent, role, text or f"话 {ident}", "done", now, now)
        await self.store.add_message(message, parts=parts, head=True)

    def held(self) -> dict[str, Any]:
        """Everything that has to be the same everywhere."""
        with closing(sqlite3.connect(self.home / "jieli.db")) as db:
            return {
                "messages": sorted(
                    db.execute(
                        "SELECT id, conversation, parent, role, status, text, reasoning, crc FROM message"
                    )
                ),
                "conversations": sorted(
                    db.execute(
                        "SELECT id, title, title_by_user, pinned, deleted_at, chain, system, archived, "
                        "folder, tags, head, updated_at FROM conversation"
                    )
                ),
                "attempts": sorted(db.execute("SELECT id, message, conversation, outcome FROM attempt")),
                "assistants": sorted(db.execute("SELECT id, name, system, deleted_at FROM assistant")),
                "attachments": sorted(db.execute("SELECT id, message, sha256 FROM attachment")),
            }


async def settle(*profiles: Profile, rounds: int = 3) -> None:
    """Sync everybody in turn, often enough that everything got everywhere."""
    for _ in range(rounds):
        for profile in profiles:
            await profile.sync()


def folder(path: Path) -> FolderPlace:
    path.mkdir(parents=True, exist_ok=True)
    return FolderPlace(path)


def told(arun: Any, where: Path) -> Callable[..., None]:
    """What runs a coroutine function with as many profiles as it has parameters, all on one folder."""

    def run(fn: Callable[..., Awaitable[None]], *, passphrase: str = "") -> None:
        count = fn.__code__.co_argcount

        async def main() -> None:
            place = folder(where / "cloud")
            profiles = [Profile(where / f"p{n}", place, n + 1, passphrase) for n in range(count)]
            for profile in profiles:
                await profile.open()
            try:
                await fn(*profiles)
            finally:
                for profile in profiles:
                    await profile.close()

        arun(main())

    return run


def same(*profiles: Profile) -> None:
    for other in profiles[1:]:
        assert other.held() == profiles[0].held()
