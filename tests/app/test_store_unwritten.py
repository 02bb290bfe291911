"""The disk fills or refuses while an answer arrives: the turn goes on, the user is told, it is kept."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from app.asking import Ask, Finished, Started
from app.chat import ChatService
from app.clock import SystemClock
from app.directory import Directory
from app.policy import Policy
from app.relay.events import Delta, Done, RelayEvent, Switch, Usage
from app.settings import Settings
from app.store import database
from app.store.store import Store
from providers.catalogue import load_catalogue
from tests.app.parts import answer, attempt, message, opened
from tests.app.test_chat import Script
from tests.e2e.program import ROOT

TEXT = "接力" * 60_000


def _fill_disk(db: sqlite3.Connection) -> None:
    db.execute("PRAGMA max_page_count = 1").fetchone()


def _free_disk(db: sqlite3.Connection) -> None:
    db.execute("PRAGMA max_page_count = 1000000").fetchone()


def _lock(db: sqlite3.Connection) -> None:
    db.execute("PRAGMA query_only = ON")


def _unlock(db: sqlite3.Connection) -> None:
    db.execute("PRAGMA query_only = OFF")


TROUBLES = {
    "disk full": (_fill_disk, _free_disk, "store.disk_full"),
    "read-only": (_lock, _unlock, "store.read_only"),
}


class FillingScript(Script):
    """A relay during whose answer the disk stops taking anything."""

    def __init__(self, stop: Any, *events: RelayEvent) -> None:
        super().__init__(*events)
        self.stop = stop
        self.store: Store | None = None

    async def run(self, turn: Any) -> Any:
        assert self.store is not None
        await self.store._database.call(self.stop)
        async for event in super().run(turn):
            yield event


@pytest.mark.parametrize("trouble", TROUBLES)
def test_a_turn_goes_on_in_memory_and_is_stored_when_there_is_room(
    arun, tmp_path: Path, monkeypatch, trouble: str
) -> None:
    monkeypatch.setattr(database, "RETRY_SECONDS", 0.05)
    stop, go, key = TROUBLES[trouble]
    told: list[BaseException] = []
    relay = FillingScript(
        stop,
        Delta("erst"),
        Switch("zhipu:a", "zhipu:b", "restart"),
        Delta(TEXT),
        Done("zhipu", "b", TEXT, "stop", Usage(1, 1, False)),
    )

    async def main() -> None:
        store = await Store.open(
            tmp_path / "jieli.db", SystemClock(), tmp_path / "running", on_error=told.append
        )
        relay.store = store
        chat = ChatService(
            store=store,
            relay=relay,
            directory=Directory(load_catalogue(ROOT / "resources" / "providers"), Settings(chain=("zhipu",))),
            policy=Policy,
            clock=SystemClock(),
            fresh_practice=lambda: None,
        )
        events = [event async for event in chat.ask(Ask(text="问"))]
        started, finished = events[0], events[-1]
        assert isinstance(started, Started)
        assert isinstance(finished, Finished)
        assert any(isinstance(e, Done) for e in events)
        assert finished.answer.text == TEXT
        (kept,) = await store.messages([started.answer.id])
        assert kept.text != TEXT
        assert {getattr(e, "key", e) for e in told} == {key}
        await store._database.call(go)
        for _ in range(200):
            await asyncio.sleep(0.02)
            (kept,) = await store.messages([started.answer.id])
            if kept.status == "done":
                break
        assert (kept.text, kept.status) == (TEXT, "done")
        siblings = await store.messages(kept.siblings)
        assert {m.text for m in siblings} == {"erst", TEXT}
        await store.close()

    arun(main())


def test_what_waits_is_written_in_its_order_and_at_the_latest_at_the_end(arun, tmp_path: Path) -> None:
    told: list[BaseException] = []

    async def main() -> None:
        async with opened(tmp_path, on_error=told.append) as store:
            made = await store.create_conversation()
            await store.add_turn(made.id, message("q", made.id), answer("a", made.id, "q"))
            await store._database.call(_lock)
            store.post_attempt(attempt("x", "a", outcome="running"))
            store.post_text("a", "first", "")
            store.post_text("a", "second", "")
            store.post_attempt(attempt("x", "a", outcome="answered"))
            assert await store.attempts(["a"]) == {}
            await store._database.call(_unlock)
        async with opened(tmp_path) as store:
            assert (await store.messages(["a"]))[0].text == "second"
            assert [a.outcome for a in (await store.attempts(["a"]))["a"]] == ["answered"]

    arun(main())
    assert [getattr(e, "key", e) for e in told] == ["store.read_only"] * 4


def test_what_no_longer_fits_is_given_up_and_keeps_nothing_else_waiting(arun, tmp_path: Path) -> None:
    async def main() -> None:
        async with opened(tmp_path, on_error=lambda _: None) as store:
            made = await store.create_conversation()
            await store._database.call(_lock)
            assert not await store.keep_message(message("m", "no such conversation"))
            assert not await store.keep_message(message("n", made.id, text="fits"))
            await store._database.call(_unlock)
            await store.create_conversation("next")
            assert [m.text for m in await store.messages(["m", "n"])] == ["fits"]

    arun(main())
