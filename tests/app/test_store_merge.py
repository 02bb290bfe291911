"""Merging another file of ours: nothing newer is overwritten, nothing comes twice or back."""

from __future__ import annotations

import asyncio
import hashlib
import shutil
import sqlite3
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.errors import KnownError
from app.store.entries import Attachment, Changes, Correction, GrantRow
from app.store.records import Assistant, Conversation
from app.store.store import Store
from tests.app.parts import StillClock, answer, attempt, message, opened

DATA = Path(__file__).parents[1] / "data" / "db"


@asynccontextmanager
async def two(tmp_path: Path):
    """Two stores, each with a clock of its own."""
    clocks = StillClock(), StillClock()
    async with opened(tmp_path / "a", clocks[0]) as mine, opened(tmp_path / "b", clocks[1]) as theirs:
        yield mine, theirs, clocks


async def _rows(store: Store, *tables: str) -> list[list[tuple]]:
    def read(db: sqlite3.Connection) -> list[list[tuple]]:
        found = {t: db.execute(f'SELECT * FROM "{t}"').fetchall() for t in tables}
        # `seq` is each file's own.
        return [sorted((r[1:] if t == "message" else r for r in rows), key=repr) for t, rows in found.items()]

    return await store._database.call(read)


ALL = ("conversation", "message", "attachment", "attempt", "assistant", "grant", "correction", "gone", "told")


def _conversation(ident: str = "c1", **more) -> Conversation:
    return Conversation(ident, "接力", 10.0, 20.0, **more)


async def fill(store: Store) -> None:
    """A conversation with a tree, a picture, attempts, an assistant, a grant and its correction."""
    picture = b"\x89PNG" * 1000
    part = Attachment(
        "p1", "m1", 0, "image", "图.png", "image/png", hashlib.sha256(picture).hexdigest(), picture
    )
    tree = [
        message("m1", "c1", text="问"),
        message("m2", "c1", "m1", "答一", "assistant"),
        message("m3", "c1", "m1", "答二", "assistant"),
        message("m4", "c1", "m2", "再问"),
    ]
    whole = _conversation(head="m4", tags=("x",), folder="工作")
    await store.add_conversation(whole, tree, [part], origin="chatgpt:1")
    store.post_attempt(attempt("a1", "m2", conversation="c1", prompt_tokens=3))
    store.post_attempt(attempt("a2", None))
    await store.save_assistant(Assistant("s1", "译", "翻译", 1.0, 1.0))
    await store.put_grant(GrantRow("g1", "zhipu", "tokens", 1000, 1.0, source="new"))
    await store.put_correction(Correction("x1", "zhipu", None, "g1", "tokens", 10, None, 1.0, "user"))
    await store.tell_once("grant:g1:20")


def test_an_empty_store_becomes_equal_and_the_second_time_changes_nothing(arun, tmp_path: Path) -> None:
    heard: list[Changes] = []
    seen: list[tuple[int, int]] = []

    async def main() -> None:
        async with two(tmp_path) as (mine, theirs, _):
            await fill(theirs)
            wanted = await _rows(theirs, *ALL)
            mine.subscribe(heard.append)
            merged = await mine.merge_from(theirs.path, lambda done, total: seen.append((done, total)))
            assert merged.counts() == {
                "conversations": 1,
                "changed": 0,
                "messages": 4,
                "improved": 0,
                "attachments": 1,
                "attempts": 2,
                "assistants": 1,
                "removed": 0,
            }
            assert await _rows(mine, *ALL) == wanted
            assert await mine.branch("c1") == ["m1", "m2", "m4"]
            again = await mine.merge_from(theirs.path)
            assert again.nothing
            assert await _rows(mine, *ALL) == wanted
            assert await mine.check()

    arun(main())
    assert frozenset({"c1"}) in {c.conversations for c in heard}
    assert heard[len(heard) // 2 - 1].grants or any(c.grants for c in heard)
    assert seen[-1] == (1, 1)


def test_of_two_versions_the_later_one_stays(arun, tmp_path: Path) -> None:
    async def main() -> None:
        async with two(tmp_path) as (mine, theirs, clocks):
            for store in (mine, theirs):
                await fill(store)
            clocks[0].time += 10
            await mine.update_conversation("c1", title="mine later")
            await mine.save_answer("m2", text="mine later")
            clocks[1].time += 5
            await theirs.update_conversation("c1", title="theirs", draft="theirs")
            await theirs.save_answer("m2", text="theirs")
            await theirs.save_answer("m3", text="theirs only")
            await theirs.add_message(message("m5", "c1", "m4", "new there"))
            merged = await mine.merge_from(theirs.path)
            assert (merged.messages, merged.improved, merged.changed) == (1, 1, 0)
            found = {m.id: m.text for m in await mine.messages(["m2", "m3", "m5"])}
            assert found == {"m2": "mine later", "m3": "theirs only", "m5": "new there"}
            kept = await mine.conversation("c1")
            assert kept is not None
            assert (kept.title, kept.draft) == ("mine later", "")
            # The other way round the same set comes out.
            await theirs.merge_from(mine.path)
            assert await _rows(mine, "message") == await _rows(theirs, "message")
            assert await _rows(mine, "conversation") == await _rows(theirs, "conversation")

    arun(main())


def test_what_was_removed_for_good_does_not_come_back(arun, tmp_path: Path) -> None:
    async def main() -> None:
        async with two(tmp_path) as (mine, theirs, clocks):
            for store in (mine, theirs):
                await fill(store)
            await mine.delete_conversation("c1")
            clocks[0].time += 1
            merged = await mine.merge_from(theirs.path)
            assert await mine.conversations() == []
            assert merged.nothing
            await mine.purge_conversations(["c1"])
            merged = await mine.merge_from(theirs.path)
            assert (merged.removed, merged.nothing) == (1, True)
            assert await mine.conversation("c1") is None
            assert await mine.messages(["m1"]) == []
            # What was spent in it counts all the same.
            assert len(await mine.attempts_between(0)) == 2
            # Theirs is theirs to remove.
            await theirs.merge_from(mine.path)
            assert await theirs.conversation("c1") is not None

    arun(main())


def test_an_answer_being_written_is_left_alone_and_theirs_comes_as_interrupted(arun, tmp_path: Path) -> None:
    async def main() -> None:
        async with two(tmp_path) as (mine, theirs, clocks):
            for store in (mine, theirs):
                await store.add_conversation(_conversation(), [message("q", "c1")])
                await store.add_message(answer("w", "c1", "q", "写着"), head=True)
            await theirs.add_message(answer("v", "c1", "q", "那边写着"))
            clocks[1].time += 100
            await theirs.save_answer("w", text="finished there", status="done")
            theirs.post_attempt(attempt("r", "v", outcome="running"))
            assert (await theirs.attempts(["v"]))["v"], "what was posted is written"
            await mine.merge_from(theirs.path)
            found = {m.id: (m.text, m.status) for m in await mine.messages(["v", "w"])}
            assert found == {"v": ("那边写着", "interrupted"), "w": ("写着", "streaming")}
            (tried,) = (await mine.attempts(["v"]))["v"]
            assert (tried.outcome, tried.code) == ("stopped", "interrupted")
            assert await mine.recover() == []

    arun(main())


def test_the_same_offer_and_a_removed_grant_do_not_double(arun, tmp_path: Path) -> None:
    async def main() -> None:
        async with two(tmp_path) as (mine, theirs, _):
            await fill(theirs)
            await mine.put_grant(GrantRow("g9", "zhipu", "tokens", 1000, 5.0, source="new"))
            await mine.merge_from(theirs.path)
            assert [g.id for g in await mine.grants()] == ["g9"]
            assert await mine.corrections() == []
            await theirs.put_grant(GrantRow("g2", "alibaba", "calls", 5, 1.0))
            await mine.merge_from(theirs.path)
            assert [g.id for g in await mine.grants()] == ["g2", "g9"]
            await mine.delete_grant("g2")
            await mine.merge_from(theirs.path)
            assert [g.id for g in await mine.grants()] == ["g9"]

    arun(main())


def test_an_import_of_the_same_export_on_both_sides_keeps_both(arun, tmp_path: Path) -> None:
    async def main() -> None:
        async with two(tmp_path) as (mine, theirs, _):
            await fill(theirs)
            await mine.add_conversation(_conversation("other"), [message("o1", "other")], origin="chatgpt:1")
            await mine.merge_from(theirs.path)
            assert {c.id for c in await mine.conversations()} == {"c1", "other"}
            assert (await mine.merge_from(theirs.path)).nothing

    arun(main())


@pytest.mark.parametrize("name", ["v1.db", "v2.db"])
def test_files_of_every_version_can_be_merged_and_stay_as_they_are(arun, tmp_path: Path, name: str) -> None:
    before = (DATA / name).read_bytes()
    shutil.copy(DATA / name, tmp_path / name)

    async def main() -> None:
        async with opened(tmp_path) as store:
            merged = await store.merge_from(tmp_path / name)
            assert merged.conversations == 3
            assert await store.branch("c1")
            assert (await store.merge_from(tmp_path / name)).nothing
            assert await store.check()

    arun(main())
    assert (tmp_path / name).read_bytes() == before
    assert not list(tmp_path.glob("reading-*"))


def test_a_damaged_source_gives_what_can_be_read(arun, tmp_path: Path) -> None:
    async def main() -> None:
        async with opened(tmp_path / "b") as theirs:
            await fill(theirs)
        data = bytearray((tmp_path / "b" / "jieli.db").read_bytes())
        data[100:4096] = b"\xa5" * 3996
        (tmp_path / "damaged.db").write_bytes(data)
        async with opened(tmp_path / "a") as mine:
            merged = await mine.merge_from(tmp_path / "damaged.db")
            assert (merged.conversations, merged.messages, merged.attachments) == (1, 4, 1)
            assert await mine.branch("c1") == ["m1", "m2", "m4"]
            assert await mine.check()

    arun(main())


def test_what_is_none_of_ours_is_refused_in_one_sentence(arun, tmp_path: Path) -> None:
    (tmp_path / "text.db").write_text("hello")
    db = sqlite3.connect(tmp_path / "cookies.db")
    db.execute("CREATE TABLE cookies (x)")
    db.commit()
    db.close()
    shutil.copy(DATA / "v2.db", tmp_path / "newer.db")
    db = sqlite3.connect(tmp_path / "newer.db")
    db.execute("PRAGMA user_version = 90")
    db.close()
    wanted = {
        "text.db": "store.not_a_database",
        "cookies.db": "store.foreign_source",
        "newer.db": "store.newer",
        "nowhere.db": "store.unreadable",
    }

    async def main() -> None:
        async with opened(tmp_path) as store:
            for name, key in wanted.items():
                with pytest.raises(KnownError) as caught:
                    await store.merge_from(tmp_path / name)
                assert caught.value.key == key
            await store.create_conversation("still works")

    arun(main())


def test_a_merge_can_be_cancelled_and_done_again(arun, tmp_path: Path) -> None:
    async def main() -> None:
        async with two(tmp_path) as (mine, theirs, _):
            for n in range(30):
                tree = [
                    message(f"{n}-{k}", f"c{n}", f"{n}-{k - 1}" if k else None, "字" * 50) for k in range(40)
                ]
                await theirs.add_conversation(_conversation(f"c{n}", head=f"{n}-39"), tree)
            first: asyncio.Task[object] | None = None

            def stop(done: int, total: int) -> None:
                if done == 5:
                    assert first is not None
                    first.cancel()

            first = asyncio.ensure_future(mine.merge_from(theirs.path, stop))
            with pytest.raises(asyncio.CancelledError):
                await first
            some = len(await mine.conversations())
            assert 0 < some < 30
            await mine.create_conversation("others write meanwhile")
            await mine.merge_from(theirs.path)
            assert await _rows(theirs, "message") == await _rows(mine, "message")
            assert len(await mine.conversations()) == 31
            assert [len(await mine.branch(f"c{n}")) for n in range(30)] == [40] * 30

    arun(main())


OPS = st.lists(
    st.tuples(
        st.sampled_from(["say", "edit", "title", "bin", "back", "purge"]), st.booleans(), st.integers(0, 7)
    ),
    max_size=25,
)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ops=OPS)
def test_whatever_happens_on_both_sides_they_end_with_the_same_messages(arun, tmp_path: Path, ops) -> None:
    """Two profiles with any edits, merged both ways: each has every message of the other, none undone."""
    folder = tmp_path / str(abs(hash(str(ops))))

    async def main() -> None:
        async with two(folder) as (mine, theirs, clocks):
            purged: set[str] = set()
            for n, (what, here, k) in enumerate(ops):
                store, clock = (mine, clocks[0]) if here else (theirs, clocks[1])
                clocks[0].time = clocks[1].time = clock.time + 1
                ident = f"c{k % 3}"
                if ident in purged:
                    continue
                if await store.conversation(ident) is None:
                    await store.add_conversation(_conversation(ident), [message(f"{ident}-0", ident)])
                match what:
                    case "say":
                        await store.add_message(message(f"m{n}", ident, f"{ident}-0", f"t{n}"), head=True)
                    case "edit":
                        await store.save_answer(f"{ident}-0", text=f"edited {n}")
                    case "title":
                        await store.update_conversation(ident, title=f"title {n}")
                    case "bin":
                        await store.delete_conversation(ident)
                    case "back":
                        await store.restore_conversation(ident)
                    case _:
                        await store.delete_conversation(ident)
                        await store.purge_conversations([ident])
                        purged.add(ident)
            await mine.merge_from(theirs.path)
            await theirs.merge_from(mine.path)
            for store in (mine, theirs):
                assert await store.check()
            for kept in {"c0", "c1", "c2"} - purged:
                one, other = await mine.conversation(kept), await theirs.conversation(kept)
                assert (one is None) == (other is None)
                if one and other:
                    assert replace(one, head=None) == replace(other, head=None)
            texts = [
                {r[0]: r[-6:] for r in (await _rows(s, "message"))[0] if r[1] not in purged}
                for s in (mine, theirs)
            ]
            assert texts[0] == texts[1]

    arun(main())
