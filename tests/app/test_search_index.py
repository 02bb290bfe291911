"""The index stays true to the messages, whatever writes them; the order of hits; giving up; doing without."""

from __future__ import annotations

import asyncio
import random
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from app.search import Query, parse
from app.search_text import index_text, term
from app.store import search_index
from app.store.records import Conversation
from app.store.search import Superseded
from app.store.search_query import run
from app.store.store import Store
from tests.app.parts import StillClock, answer, message, opened
from tests.bench import corpus

NOW = 1_700_000_000.0


def asked(text: str) -> Query:
    return parse(text, NOW)


async def ids(store: Store, text: str, limit: int = 1000) -> list[str]:
    found = await store.search.find(asked(text), limit)
    return [hit.message or "" for hit in found.messages]


def check(path: Path) -> None:
    """The index equals one made from the messages now, and nothing waits for it."""
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("SELECT count(*) FROM search_todo").fetchone() == (0,)
        rows = db.execute(
            "SELECT seq, text FROM message WHERE status <> 'streaming' AND text <> ''"
        ).fetchall()
        shadow = db.execute("SELECT id FROM message_search_docsize ORDER BY id").fetchall()
        assert [seq for (seq,) in shadow] == sorted(seq for seq, _ in rows)
        db.execute("CREATE VIRTUAL TABLE temp.words USING fts5vocab(main, message_search, instance)")
        there = sorted(db.execute("SELECT term, doc, offset FROM temp.words"))
        wanted = [(t, seq, n) for seq, text in rows for n, t in enumerate(index_text(text).split())]
        assert there == sorted(wanted)


def test_turns_edits_branches_and_deletions_are_followed(arun, tmp_path: Path) -> None:
    async def main() -> None:
        async with opened(tmp_path) as store:
            made = await store.create_conversation("聊额度")
            await store.add_turn(
                made.id, message("q", made.id, None, "剩多少额度"), answer("a", made.id, "q")
            )
            assert await ids(store, "额度") == ["q"]
            store.post_text("a", "还有很多额", "")
            store.post_text("a", "还有很多额度", "")
            assert await ids(store, "很多") == [], "a growing answer is found at its end"
            await store.save_answer("a", text="还有很多额度。", status="done")
            assert await ids(store, "额度") == ["a", "q"]
            await store.save_answer("a", status="streaming")
            store.post_text("a", "换了一个说法", "")
            assert await ids(store, "额度") == ["q"]
            await store.save_answer("a", text="换了一个说法，完。", status="stopped")
            assert await ids(store, "说法") == ["a"]
            check(store.path)
            await store.delete_conversation(made.id)
            assert await ids(store, "说法") == [] and not (await store.search.find(asked("聊额度"))).titles
            await store.restore_conversation(made.id)
            assert await ids(store, "说法") == ["a"]
            await store.delete_conversation(made.id)
            await store.purge_deleted(-1)
            assert await ids(store, "说法") == []
            check(store.path)

    arun(main())


def test_an_interrupted_answer_is_found_after_the_next_start(arun, tmp_path: Path) -> None:
    async def main() -> None:
        async with opened(tmp_path) as store:
            made = await store.create_conversation()
            await store.add_turn(made.id, message("q", made.id, None, "问"), answer("a", made.id, "q"))
            store.post_text("a", "写到一半的额度", "")
        async with opened(tmp_path) as store:
            await store.recover()
            assert await ids(store, "额度") == ["a"]
            check(store.path)

    arun(main())


def test_random_lives_leave_a_true_index(arun, tmp_path: Path) -> None:
    chance = random.Random(5)

    async def main() -> None:
        async with opened(tmp_path) as store:
            made = await store.create_conversation()
            known: list[str] = []
            for n in range(120):
                act = chance.choice(["new", "new", "change", "stream", "end", "raw", "drop"])
                some = chance.choice(known) if known else ""
                if act == "new" or not known:
                    known.append(f"m{n}")
                    text = corpus.message(chance, long=False)
                    await store.add_message(message(f"m{n}", made.id, None, text))
                elif act == "change":
                    await store.save_answer(some, text=corpus.message(chance, long=False))
                elif act == "stream":
                    await store.save_answer(some, status="streaming")
                    store.post_text(some, corpus.message(chance, long=False), "")
                elif act == "end":
                    await store.save_answer(some, status="done")
                else:
                    # A program that knows nothing of the search.
                    with closing(sqlite3.connect(store.path, timeout=5)) as db, db:
                        if act == "raw":
                            db.execute("UPDATE message SET text = text || '外来' WHERE id = ?", (some,))
                        else:
                            db.execute("DELETE FROM message WHERE id = ?", (some,))
                            known.remove(some)
            await store.search.catch_up()
            check(store.path)

    arun(main(), timeout=60)


def test_an_old_file_is_indexed_in_batches_and_goes_on_where_it_was(arun, tmp_path: Path) -> None:
    async def main() -> None:
        async with opened(tmp_path) as store:
            made = Conversation("c", "t", NOW, NOW)
            tree = [message(f"m{n}", "c", None, f"第{n}条额度") for n in range(700)]
            await store.add_conversation(made, tree)
            await store.search.catch_up()
        with closing(sqlite3.connect(store.path)) as db, db:
            for name in ("added", "changed", "removed"):
                db.execute(f"DROP TRIGGER search_{name}")
            for name in ("message_search", "search_todo", "search_block"):
                db.execute(f"DROP TABLE {name}")
        async with opened(tmp_path) as store:
            await store._database.write(None, search_index.drain, 300)
            found = await store.search.find(asked("额度"), 1000)
            assert not found.complete and 300 <= len(found.messages) < 700
            assert found.messages[0].message == "m699", "the newest are indexed first"
        async with opened(tmp_path) as store:
            keeping = asyncio.create_task(store.search.keep_up())
            async with asyncio.timeout(30):
                while not (await store.search.find(asked("额度"), 1)).complete:  # noqa: ASYNC110 - no news of it
                    await asyncio.sleep(0.02)
            assert len(await ids(store, "额度")) == 700
            keeping.cancel()
            check(store.path)

    arun(main(), timeout=60)


def test_hits_are_the_newest_whatever_order_they_were_stored_in(arun, tmp_path: Path) -> None:
    chance = random.Random(3)
    times = [NOW - chance.randrange(10_000) for _ in range(900)] + [NOW + n for n in range(700)]
    times += [NOW - 50_000 + chance.choice([0.0, 1.0]) for _ in range(600)]

    async def main() -> None:
        async with opened(tmp_path) as store:
            made = Conversation("c", "t", NOW, NOW)
            tree = [
                replace(message(f"m{n}", "c", None, "额度" if n % 3 else "模型"), created_at=at)
                for n, at in enumerate(times)
            ]
            await store.add_conversation(made, tree)
            await store.search.catch_up()
            order = sorted(range(len(times)), key=lambda n: (times[n], n), reverse=True)
            for text, wanted in (
                ("额度", [n for n in order if n % 3]),
                ("模型", [n for n in order if not n % 3]),
            ):
                for limit in (1, 7, 50, 650, 5000):
                    assert await ids(store, text, limit) == [f"m{n}" for n in wanted[:limit]], (text, limit)
                    store.search.indexed = False
                    assert await ids(store, text, limit) == [f"m{n}" for n in wanted[:limit]], (text, limit)
                    store.search.indexed = True
            query = replace(asked("额度"), since=NOW - 5000, until=NOW + 100)
            found = await store.search.find(query, 5000)
            assert [hit.message for hit in found.messages] == [
                f"m{n}" for n in order if n % 3 and NOW - 5000 <= times[n] < NOW + 100
            ]

    arun(main(), timeout=60)


def test_filters_and_titles(arun, tmp_path: Path) -> None:
    async def main() -> None:
        async with opened(tmp_path) as store:
            made = await store.create_conversation("额度怎么算")
            await store.add_message(message("q", made.id, None, "额度还剩多少 ⚠️⚡ 不≠"))
            for provider in ("zhipu", "alibaba"):
                said = message(provider, made.id, "q", "额度够用", "assistant")
                await store.add_message(replace(said, provider=provider, model="GLM-X"))
            for indexed in (True, False):
                store.search.indexed = indexed
                assert set(await ids(store, "额度 from:zhipu")) == {"zhipu"}
                assert set(await ids(store, "额度 from:glm-x")) == {"zhipu", "alibaba"}
                assert set(await ids(store, "额度 -from:zhipu")) == {"q", "alibaba"}
                assert set(await ids(store, "from:user")) == {"q"}
                found = await store.search.find(asked("额度 in:title"))
                assert [hit.conversation for hit in found.titles] == [made.id] and not found.messages
                assert found.titles[0].title.marks == ((0, 2),)
                assert set(await ids(store, "⚠⚡")) == set(await ids(store, "⚠️⚡️")) == {"q"}
                assert set(await ids(store, "≠")) == {"q"}
                found = await store.search.find(asked("-多少 额度"), order="best")
                assert {hit.message for hit in found.messages} == {"zhipu", "alibaba"}
            found = await store.search.find(asked("in:title -怎么"))
            assert not found.titles
            found = await store.search.find(asked("in:title after:2020"))
            assert [hit.conversation for hit in found.titles] == [made.id] and not found.messages
            assert not (await store.search.find(asked(""))).messages

    arun(main())


def test_a_newer_search_takes_the_place_of_the_one_that_runs(arun, tmp_path: Path) -> None:
    async def main() -> None:
        async with opened(tmp_path) as store:
            made = Conversation("c", "t", NOW, NOW)
            tree = [message(f"m{n}", "c", None, "额度" * 50) for n in range(3000)]
            await store.add_conversation(made, tree)
            await store.search.catch_up()
            store.search.indexed = False
            word = term("不在里面")
            assert word is not None
            slow = [asyncio.ensure_future(store.search.find(Query((word,)), 10_000)) for _ in range(3)]
            await asyncio.sleep(0.001)
            store.search.indexed = True
            last = await store.search.find(asked("额度"), 5)
            ended = await asyncio.gather(*slow, return_exceptions=True)
            assert all(isinstance(one, Superseded) for one in ended[:2])
            assert len(last.messages) == 5

    arun(main(), timeout=60)


class _Late(sqlite3.Connection):
    """Interrupted at the very end of a search: twice, for two keys typed at that moment."""

    left = 2

    def execute(self, sql: str, /, *parameters: Any) -> sqlite3.Cursor:
        if sql != "ROLLBACK" or not self.left:
            return super().execute(sql, *parameters)
        self.left -= 1
        with closing(super().execute("SELECT 1 UNION SELECT 2")) as running:
            # As long as something runs, an interrupt is meant for all that begins.
            assert running.fetchone() == (1,)
            self.interrupt()
            return super().execute(sql)


def test_an_interrupt_that_comes_late_leaves_the_next_search_alone(arun, tmp_path: Path) -> None:
    async def main() -> None:
        async with opened(tmp_path) as store:
            await store.add_conversation(Conversation("c", "t", NOW, NOW), [message("m", "c", None, "额度")])
            await store.search.catch_up()

    arun(main())
    with closing(sqlite3.connect(tmp_path / "jieli.db", isolation_level=None, factory=_Late)) as db:
        for left in (0, 0):
            found = run(db, asked("额度"), 5, "newest", lambda: True, indexed=True)
            assert [hit.message for hit in found.messages] == ["m"]
            assert not db.in_transaction and db.left == left


def test_reading_does_not_wait_for_a_writer(arun, tmp_path: Path) -> None:
    async def main() -> None:
        async with opened(tmp_path) as store:
            made = await store.create_conversation()
            await store.add_message(message("q", made.id, None, "额度"))
            with closing(sqlite3.connect(store.path, isolation_level=None)) as other:
                other.execute("BEGIN IMMEDIATE")
                other.execute("UPDATE message SET text = '模型'")
                assert await ids(store, "额度") == ["q"]
                other.execute("ROLLBACK")

    arun(main())


def test_a_damaged_index_is_made_anew_and_nothing_else_suffers(arun, tmp_path: Path) -> None:
    async def main() -> None:
        async with opened(tmp_path) as store:
            made = await store.create_conversation("t")
            for n in range(40):
                await store.add_message(message(f"m{n}", made.id, None, f"额度 {n}"))
        with closing(sqlite3.connect(store.path)) as db, db:
            db.execute("UPDATE message_search_data SET block = x'00FF00FF' WHERE id > 10")
        async with opened(tmp_path) as store:
            assert len(await ids(store, "额度")) == 40, "without the index until it is whole again"
            for n in range(40, 60):
                await store.add_message(message(f"m{n}", made.id, None, f"额度 {n}"))
                await store.save_answer(f"m{n - 40}", text=f"模型 {n}")
            await store.search.catch_up()
            assert len(await ids(store, "额度")) == 40 and len(await ids(store, "模型")) == 20

    arun(main())


def test_damage_that_a_write_meets_keeps_no_message_from_being_stored(arun, tmp_path: Path) -> None:
    async def main() -> None:
        async with opened(tmp_path) as store:
            made = await store.create_conversation("t")
            for n in range(40):
                await store.add_message(message(f"m{n}", made.id, None, f"额度 {n}"))
        with closing(sqlite3.connect(store.path)) as db, db:
            db.execute("UPDATE message_search_data SET block = x'00FF00FF' WHERE id > 10")
        async with opened(tmp_path) as store:
            for n in range(40):
                await store.save_answer(f"m{n}", text=f"模型 {n}")
            await store.search.catch_up()
            assert await ids(store, "额度") == [] and len(await ids(store, "模型")) == 40
            check(store.path)

    arun(main())


def test_without_fts5_everything_is_found_all_the_same(
    arun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def main() -> None:
        with monkeypatch.context() as without:
            without.setattr(search_index, "with_fts5", lambda _db: False)
            async with opened(tmp_path) as store:
                made = await store.create_conversation()
                await store.add_message(message("q", made.id, None, "ＧＰＴ 的额度"))
                assert not store.search.indexed
                assert await ids(store, "额度") == ["q"] and await ids(store, "gpt") == ["q"]
        async with opened(tmp_path) as store:
            await store.search.catch_up()
            assert store.search.indexed
            check(store.path)
        with monkeypatch.context() as without:
            without.setattr(search_index, "with_fts5", lambda _db: False)
            async with opened(tmp_path) as store:
                await store.save_answer("q", text="改成模型")
                assert await ids(store, "额度") == [] and await ids(store, "模型") == ["q"]
        async with opened(tmp_path) as store:
            await store.search.catch_up()
            check(store.path)

    arun(main())


def test_two_stores_on_one_file(arun, tmp_path: Path) -> None:
    async def main() -> None:
        clock = StillClock()
        async with opened(tmp_path, clock) as one, opened(tmp_path, clock) as other:
            made = await one.create_conversation()
            await other.add_message(message("q", made.id, None, "另一个进程写的额度"))
            assert await ids(one, "额度") == ["q"]
            check(one.path)

    arun(main())


def test_a_message_is_brought_into_the_branch_shown(arun, tmp_path: Path) -> None:
    async def main() -> None:
        async with opened(tmp_path) as store:
            tree = [message("q", "c", None, "问"), message("a", "c", "q", "一"), message("b", "c", "q", "二")]
            tree.append(message("b2", "c", "b", "三"))
            await store.add_conversation(Conversation("c", "t", NOW, NOW, head="a"), tree)
            assert await store.show_message("c", "q") and await store.branch("c") == ["q", "a"]
            assert await store.show_message("c", "b") and await store.branch("c") == ["q", "b", "b2"]
            assert not await store.show_message("c", "nothing") and not await store.show_message("d", "q")

    arun(main())
