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


def test_an_answer_alone_leaves_what_follows(arun: Any, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with opened(tmp_path) as store:
            conversation = await _filled(store)
            before = await store.messages(["q1", "a1", "a1b", "q2", "a2"])
            await store.update_conversation(conversation, summary="说过甲", summary_until="a2")
            removed = await store.remove_message("a1", alone=True)
            assert removed is not None and removed.ids == {"a1"}
            assert await store.branch(conversation) == ["q1", "q2", "a2"]
            (q2,) = await store.messages(["q2"])
            assert q2.siblings == ("a1b", "q2")
            shortened = await store.conversation(conversation)
            assert shortened is not None and (shortened.summary, shortened.summary_until) == ("", None)
            # What was said meanwhile stays in view when it is taken back.
            await store.add_turn(
                conversation,
                message("q3", conversation, "a2", "还问"),
                message("a3", conversation, "q3", "丙", "assistant"),
            )
            assert await store.put_back(removed)
            assert await store.branch(conversation) == ["q1", "a1", "q2", "a2", "q3", "a3"]
            after = await store.messages(["q1", "a1", "a1b", "q2", "a2"])
            assert [(m.id, m.parent, m.text, m.siblings) for m in after] == [
                (m.id, m.parent, m.text, m.siblings) for m in before
            ]
            told = await store.conversation(conversation)
            assert told is not None and (told.summary, told.summary_until) == ("说过甲", "a2")

    arun(scenario())


def test_a_question_goes_with_all_its_answers(arun: Any, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with opened(tmp_path) as store:
            conversation = await _filled(store)
            await store.add_message(message("q2b", conversation, "a1b", "另问"))
            first = await store.remove_message("q1", alone=True)
            assert first is not None and first.ids == {"q1", "a1", "a1b"}
            assert await store.branch(conversation) == ["q2", "a2"]
            assert (await store.messages(["q2"]))[0].siblings == ("q2", "q2b")
            # The end of what is shown goes: another branch is shown, and nothing is out of reach.
            last = await store.remove_message("q2", alone=True)
            assert last is not None and await store.branch(conversation) == ["q2b"]
            assert await store.put_back(last) and await store.put_back(first)
            assert await store.branch(conversation) == ["q1", "a1", "q2", "a2"]
            assert await store.branch(conversation, "q2b") == ["q1", "a1b", "q2b"]
            assert [a.id for a in (await store.attempts(["a2"]))["a2"]] == ["t"]
            # Its place has gone meanwhile.
            removed = await store.remove_message("q2", alone=True)
            await store.remove_message("q1")
            assert removed is not None and not await store.put_back(removed)

    arun(scenario())


def test_a_copy_does_not_bring_back_what_was_removed_alone(arun: Any, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with opened(tmp_path / "a") as store:
            conversation = await _filled(store)
            copy = tmp_path / "copy.db"
            _copy(store.path, copy)
            await store.remove_message("a1", alone=True)
            await store.remove_message("a1b", alone=True)
            _copy(store.path, tmp_path / "shorter.db")
            assert (await store.merge_from(copy)).nothing
            assert await store.branch(conversation) == ["q1", "q2", "a2"]
        (tmp_path / "b").mkdir()
        copy.rename(tmp_path / "b" / "jieli.db")
        async with opened(tmp_path / "b") as other:
            # The other way round the removal is not ours: the conversation stays whole here.
            await other.merge_from(tmp_path / "shorter.db")
            assert await other.branch(conversation) == ["q1", "a1", "q2", "a2"]
            await other.add_message(message("q3", conversation, "a1", "别处写的"))
            _copy(other.path, tmp_path / "newer.db")
        async with opened(tmp_path / "a") as store:
            await store.merge_from(tmp_path / "newer.db")
            found = {m.id: m.parent for m in await store.messages(["a1", "a1b", "q2", "q3"])}
            assert found == {"a1": "q1", "q2": "q1", "q3": "a1"}

    arun(scenario())
