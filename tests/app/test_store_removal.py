"""Removing a message with what follows it, putting it back, and merging a copy that still has it."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path
from typing import Any

from app.store.store import Store
from tests.app.parts import attempt, message, opened


def _copy(source: Path, target: Path) -> None:
    with contextlib.closing(sqlite3.connect(source)) as db:
        db.execute("VACUUM INTO ?", (str(target),))


async def _filled(store: Store) -> str:
    """q1 → a1 → q2 → a2, and a1b beside a1; a2 is shown."""
    conversation = (await store.create_conversation("谈")).id
    await store.add_turn(
        conversation,
        message("q1", conversation, None, "头"),
        message("a1", conversation, "q1", "甲", "assistant"),
    )
    await store.add_message(message("a1b", conversation, "q1", "乙", "assistant"))
    await store.add_turn(
        conversation,
        message("q2", conversation, "a1", "再问"),
        message("a2", conversation, "q2", "独特的词", "assistant"),
    )
    store.post_attempt(attempt("t", "a2", conversation=conversation))
    return conversation


def test_what_follows_goes_along_and_comes_back_as_it_was(arun: Any, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with opened(tmp_path) as store:
            conversation = await _filled(store)
            before = await store.messages(["q1", "a1", "a1b", "q2", "a2"])
            removed = await store.remove_message("a1")
            assert removed is not None
            assert removed.ids == {"a1", "q2", "a2"}
            assert await store.branch(conversation) == ["q1", "a1b"]
            assert await store.attempts(["a2"]) == {}
            assert (await store.messages(["a1b"]))[0].siblings == ("a1b",)
            assert await store.put_back(removed)
            assert await store.branch(conversation) == ["q1", "a1", "q2", "a2"]
            assert await store.messages(["q1", "a1", "a1b", "q2", "a2"]) == before
            assert [a.id for a in (await store.attempts(["a2"]))["a2"]] == ["t"]
            assert await store.remove_message("nobody") is None

    arun(scenario())


def test_without_a_sibling_the_branch_ends_before_it(arun: Any, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with opened(tmp_path) as store:
            conversation = await _filled(store)
            await store.remove_message("q2")
            assert await store.branch(conversation) == ["q1", "a1"]
            await store.remove_message("q1")
            assert await store.branch(conversation) == []

    arun(scenario())


def test_a_copy_does_not_bring_it_back_unless_something_new_hangs_on_it(arun: Any, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with opened(tmp_path / "a") as store:
            conversation = await _filled(store)
            copy = tmp_path / "copy.db"
            _copy(store.path, copy)
            await store.remove_message("a1")
            await store.merge_from(copy)
            assert await store.branch(conversation) == ["q1", "a1b"]
            assert await store.messages(["a1", "q2", "a2"]) == []
        (tmp_path / "b").mkdir()
        copy.rename(tmp_path / "b" / "jieli.db")
        async with opened(tmp_path / "b") as other:
            await other.add_message(message("q3", conversation, "a1", "别处写的"))
            _copy(other.path, tmp_path / "newer.db")
        async with opened(tmp_path / "a") as store:
            await store.merge_from(tmp_path / "newer.db")
            assert [m.id for m in await store.messages(["a1", "q3", "q2"])] == ["a1", "q3"]

    arun(scenario())
