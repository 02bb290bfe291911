"""Conversations, the tree of messages, what the store tells its subscribers."""

from __future__ import annotations

import asyncio
import hashlib
import os
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.store.entries import Attachment, Changes
from app.store.records import Assistant, Conversation, Message, Parameters
from tests.app.parts import StillClock, answer, message, opened


def test_conversations_come_newest_first_and_keep_their_fields(arun, tmp_path: Path) -> None:
    clock = StillClock()

    async def main() -> None:
        async with opened(tmp_path, clock) as store:
            first = await store.create_conversation("第一", chain=("zhipu", "alibaba:qwen-plus"), spend="ask")
            clock.time += 1
            second = await store.create_conversation("second", system="be brief", practice=True)
            assert await store.conversations() == [second, first]
            clock.time += 1
            await store.add_turn(first.id, message("q", first.id), answer("a", first.id, "q"))
        async with opened(tmp_path, clock) as store:
            listed = await store.conversations()
            assert [c.id for c in listed] == [first.id, second.id]
            assert listed[0] == replace(first, head="a", updated_at=clock.time, changed_at=clock.time)
            assert listed[1] == second
            assert await store.conversation("nobody") is None

    arun(main())


def test_changing_fields_leaves_the_order_alone(arun, tmp_path: Path) -> None:
    async def main() -> None:
        async with opened(tmp_path) as store:
            made = await store.create_conversation("old")
            assert await store.update_conversation(
                made.id, title="new", title_by_user=True, pinned=True, draft="还没写完", chain=("zhipu",)
            )
            found = await store.conversation(made.id)
            assert found == replace(
                made, title="new", title_by_user=True, pinned=True, draft="还没写完", chain=("zhipu",)
            )
            await store.update_conversation(made.id, chain=None)
            assert (await store.conversation(made.id)).chain is None  # type: ignore[union-attr]
            assert not await store.update_conversation("nobody", title="x")
            with pytest.raises(TypeError, match="head"):
                await store.update_conversation(made.id, head="m")

    arun(main())


def test_deletion_can_be_undone_until_it_is_purged(arun, tmp_path: Path) -> None:
    clock = StillClock()

    async def main() -> None:
        async with opened(tmp_path, clock) as store:
            gone = await store.create_conversation("gone")
            kept = await store.create_conversation("kept")
            await store.add_turn(gone.id, message("q", gone.id), answer("a", gone.id, "q"))
            assert await store.delete_conversation(gone.id)
            assert [c.id for c in await store.conversations()] == [kept.id]
            assert await store.restore_conversation(gone.id)
            assert len(await store.conversations()) == 2
            assert await store.branch(gone.id) == ["q", "a"]
            await store.delete_conversation(gone.id)
            clock.time += 100
            assert await store.purge_deleted(older_than=200) == []
            assert await store.purge_deleted(older_than=50) == [gone.id]
            assert not await store.restore_conversation(gone.id)
            assert await store.messages(["q", "a"]) == []

    arun(main())


def test_a_very_long_conversation_can_be_walked_and_purged(arun, tmp_path: Path) -> None:
    """Ten thousand messages in a row are deeper than SQLite nests triggers."""

    async def main() -> None:
        async with opened(tmp_path) as store:
            tree = [message("m0", "c")]
            tree += [message(f"m{n}", "c", f"m{n - 1}") for n in range(1, 10_000)]
            await store.add_conversation(Conversation("c", "long", 1.0, 1.0, head="m9999"), tree)
            assert await store.branch("c") == [m.id for m in tree]
            assert await store.branch("c", "m3") == ["m0", "m1", "m2", "m3"]
            assert [m.id for m in await store.messages(f"m{n}" for n in range(9000, 10_000))] == [
                f"m{n}" for n in range(9000, 10_000)
            ]
            await store.delete_conversation("c")
            assert await store.purge_deleted(older_than=-1) == ["c"]
            assert await store.messages(["m0", "m9999"]) == []

    arun(main(), timeout=60)


def test_regenerating_and_editing_make_siblings(arun, tmp_path: Path) -> None:
    async def main() -> None:
        async with opened(tmp_path) as store:
            made = await store.create_conversation()
            await store.add_turn(made.id, message("q1", made.id), answer("a1", made.id, "q1"))
            await store.add_turn(made.id, message("q2", made.id, "a1"), answer("a2", made.id, "q2"))
            await store.add_message(answer("a1b", made.id, "q1"), head=True)
            assert await store.branch(made.id) == ["q1", "a1b"]
            await store.add_message(message("q1b", made.id), head=True)
            assert await store.branch(made.id) == ["q1b"]
            found = {m.id: m.siblings for m in await store.messages(["a1", "a1b", "q1", "q1b", "q2", "none"])}
            assert found == {
                "a1": ("a1", "a1b"),
                "a1b": ("a1", "a1b"),
                "q1": ("q1", "q1b"),
                "q1b": ("q1", "q1b"),
                "q2": ("q2",),
            }
            assert await store.show_sibling(made.id, "a1") == "a2"
            assert await store.branch(made.id) == ["q1", "a1", "q2", "a2"]
            await store.set_head(made.id, "q2")
            assert await store.branch(made.id) == ["q1", "a1", "q2"]
            await store.set_head(made.id, None)
            assert await store.branch(made.id) == []

    arun(main())


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(parents=st.lists(st.integers(min_value=-1, max_value=30), min_size=1, max_size=30))
def test_every_branch_of_any_tree_leads_to_its_root(arun, tmp_path: Path, parents: list[int]) -> None:
    """A tree is given by each node's parent among those before it; below zero is a root."""
    known = {n: (p % n if n and p >= 0 else None) for n, p in enumerate(parents)}

    def path(n: int | None) -> list[str]:
        return [] if n is None else [*path(known[n]), f"m{n}"]

    async def main() -> None:
        folder = tmp_path / os.urandom(4).hex()
        async with opened(folder) as store:
            tree = [message(f"m{n}", "c", None if p is None else f"m{p}") for n, p in known.items()]
            await store.add_conversation(Conversation("c", "", 1.0, 1.0), tree)
            for n in known:
                await store.set_head("c", f"m{n}")
                assert await store.branch("c") == path(n)
                leaf = await store.show_sibling("c", f"m{n}")
                assert f"m{n}" in await store.branch("c", leaf)
            for found in await store.messages(m.id for m in tree):
                mine = known[int(found.id[1:])]
                assert found.siblings == tuple(f"m{k}" for k, p in known.items() if p == mine)

    arun(main())


def test_attachments_come_back_in_order(arun, tmp_path: Path) -> None:
    data = os.urandom(300_000)

    def part(n: int) -> Attachment:
        digest = hashlib.sha256(data).hexdigest()
        return Attachment(f"p{n}", "q", n, "image", f"图 {n}.png", "image/png", digest, data)

    async def main() -> None:
        async with opened(tmp_path) as store:
            made = await store.create_conversation()
            await store.add_turn(
                made.id, message("q", made.id), answer("a", made.id, "q"), [part(1), part(0)]
            )
            assert await store.attachments(["a", "q"]) == {"q": [part(0), part(1)]}

    arun(main())


def test_the_same_import_twice_is_stored_once(arun, tmp_path: Path) -> None:
    async def main() -> None:
        async with opened(tmp_path) as store:
            made = Conversation("c", "imported", 1.0, 1.0, head="m")
            assert await store.add_conversation(made, [message("m", "c")], origin="chatgpt:1")
            again = replace(made, id="d", head="n")
            assert not await store.add_conversation(again, [message("n", "d")], origin="chatgpt:1")
            assert [c.id for c in await store.conversations()] == ["c"]

    arun(main())


def test_a_turn_is_stored_whole_or_not_at_all(arun, tmp_path: Path) -> None:
    async def main() -> None:
        async with opened(tmp_path) as store:
            made = await store.create_conversation()
            await store.add_message(answer("taken", made.id, None), head=True)
            with pytest.raises(Exception, match="UNIQUE"):
                await store.add_turn(made.id, message("q", made.id, "taken"), answer("taken", made.id, "q"))
            assert await store.messages(["q"]) == []
            assert await store.branch(made.id) == ["taken"]

    arun(main())


def test_subscribers_hear_what_changed_in_the_loop_thread(arun, tmp_path: Path) -> None:
    heard: list[Changes] = []
    threads: set[int] = set()

    def hear(changes: Changes) -> None:
        heard.append(changes)
        threads.add(threading.get_ident())

    async def main() -> None:
        async with opened(tmp_path) as store:
            end = store.subscribe(hear)
            made = await store.create_conversation()
            await store.add_turn(made.id, message("q", made.id), answer("a", made.id, "q"))
            store.post_text("a", "半句", "")
            await store.save_answer("a", text="一句", status="done")
            await store.set_meta("x", "1")
            await store.recover()
            end()
            await store.delete_conversation(made.id)
            me = frozenset({made.id})
            assert heard == [Changes(me), Changes(me, frozenset({"q", "a"})), Changes(me, frozenset({"a"}))]

    arun(main())
    assert threads == {threading.get_ident()}


def test_a_cancelled_caller_does_not_undo_what_was_written(arun, tmp_path: Path) -> None:
    heard: list[Changes] = []

    async def main() -> list[Message]:
        async with opened(tmp_path) as store:
            made = await store.create_conversation()
            store.subscribe(heard.append)
            task = asyncio.create_task(
                store.add_turn(made.id, message("q", made.id), answer("a", made.id, "q"))
            )
            await asyncio.sleep(0)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            return await store.messages(["q", "a"])

    assert [m.id for m in arun(main())] == ["q", "a"]
    assert len(heard) == 1


def test_many_are_moved_tagged_archived_and_binned_at_once(arun, tmp_path: Path) -> None:
    clock = StillClock()

    async def main() -> None:
        async with opened(tmp_path, clock) as store:
            a, b, c = [(await store.create_conversation(name)).id for name in "abc"]
            clock.time += 1
            assert await store.update_conversations([a, b, "nobody"], folder="工作") == 2
            assert await store.folders() == {"工作": 2}
            assert sorted(await store.rename_folder("工作", "学习")) == sorted([a, b])
            assert sorted(await store.tag([a, b], add=["x", "y"])) == sorted([a, b])
            assert await store.tag([a], add=["z"], remove=["x"]) == [a]
            assert await store.tag([a], add=["z"]) == []
            found = {i.id: i for i in await store.conversations()}
            assert [found[i].tags for i in (a, b, c)] == [("y", "z"), ("x", "y"), ()]
            assert [found[i].folder for i in (a, b, c)] == ["学习", "学习", None]
            assert found[a].changed_at == clock.time > found[a].updated_at
            assert found[c].changed_at == found[c].updated_at
            assert await store.archive([a, c]) == 2
            assert [i.id for i in await store.conversations()] == [b]
            assert {i.id for i in await store.conversations(archived=True)} == {a, c}
            assert len(await store.conversations(archived=None)) == 3
            assert await store.delete_conversations([a, b]) == 2
            assert {i.id for i in await store.deleted_conversations()} == {a, b}
            assert await store.restore_conversations([b]) == 1
            assert await store.purge_conversations([a, b, c]) == [a]
            assert await store._database.call(lambda db: db.execute("SELECT * FROM gone").fetchall()) == [
                ("conversation", a, clock.time)
            ]

    arun(main())


def test_assistants_are_kept_in_order_and_can_be_taken_back(arun, tmp_path: Path) -> None:
    clock = StillClock()
    heard: list[Changes] = []

    async def main() -> None:
        async with opened(tmp_path, clock) as store:
            store.subscribe(heard.append)
            first = Assistant("s1", "译", "翻译", 1.0, 1.0, position=2)
            second = Assistant(
                "s2", "码", "写代码", 1.0, 1.0, ("zhipu",), Parameters(0.2, 9, False), 1, "coder"
            )
            saved = [await store.save_assistant(item) for item in (first, second)]
            assert saved[1] == replace(second, updated_at=clock.time)
            assert await store.assistants() == [saved[1], saved[0]]
            assert await store.delete_assistant("s2")
            assert [i.id for i in await store.assistants()] == ["s1"]
            assert await store.restore_assistant("s2")
            assert await store.assistant("s2") == saved[1]
            assert not await store.delete_assistant("nobody")
            assert await store.tell_once("x")
            assert not await store.tell_once("x")
            await store.untell("x")
            assert await store.tell_once("x")

    arun(main())
    assert heard == [Changes(assistants=True)] * 5
