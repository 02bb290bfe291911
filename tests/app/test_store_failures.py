"""A full disk, a locked, read-only or damaged file: each has one clear sentence, and nothing is lost."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from app import i18n
from app.errors import KnownError
from app.search import parse
from app.store.failures import explain
from app.store.instances import FileLock
from app.store.store import Store
from tests.app.parts import StillClock, answer, attempt, message, opened

GARBAGE = b"\xa5"


def _aside(folder: Path) -> list[Path]:
    """Files that were set aside, without what belongs to them."""
    return sorted(p for p in folder.glob("jieli.db.damaged-*") if not p.name.endswith(("-wal", "-shm")))


def _fill(folder: Path, arun) -> str:
    """A file with one conversation of some size; returns its id."""

    async def main() -> str:
        async with opened(folder) as store:
            made = await store.create_conversation("precious")
            for n in range(40):
                await store.add_message(message(f"m{n}", made.id, text="字" * 2000))
            return made.id

    return arun(main())


def test_a_full_disk_loses_nothing_that_was_saved(arun, tmp_path: Path) -> None:
    errors: list[BaseException] = []

    async def main() -> None:
        async with opened(tmp_path, on_error=errors.append) as store:
            made = await store.create_conversation()
            await store.add_turn(made.id, message("q", made.id, text="before"), answer("a", made.id, "q"))
            # SQLite's own limit gives the same error as a disk without space.
            await store._database.call(lambda db: db.execute("PRAGMA max_page_count = 1").fetchone())
            with pytest.raises(KnownError) as caught:
                await store.add_message(message("big", made.id, "a", text="x" * 1_000_000))
            assert caught.value.key == "store.disk_full"
            assert str(store.path) in str(caught.value)
            store.post_text("a", "x" * 1_000_000, "")
            (kept,) = await store.messages(["q"])
            assert kept.text == "before"
            await store._database.call(lambda db: db.execute("PRAGMA max_page_count = 100000").fetchone())
            await store.add_message(message("big", made.id, "a", text="x" * 1_000_000))
            assert len(await store.messages(["q", "a", "big"])) == 3

    arun(main())
    assert [getattr(e, "key", e) for e in errors] == ["store.disk_full"]


def test_a_read_only_file_is_said_so(arun, tmp_path: Path) -> None:
    errors: list[BaseException] = []

    async def main() -> None:
        async with opened(tmp_path, on_error=errors.append) as store:
            await store._database.call(lambda db: db.execute("PRAGMA query_only = ON"))
            assert (await _caught(store.create_conversation("x"))).key == "store.read_only"
            store.post_attempt(attempt("x", None))
            assert await store.conversations() == []

    arun(main())
    assert [getattr(e, "key", e) for e in errors] == ["store.read_only"]


async def _caught(call) -> KnownError:
    with pytest.raises(KnownError) as caught:
        await call
    return caught.value


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="permissions do not bind this user")
def test_a_file_without_write_permission_is_said_so(arun, tmp_path: Path) -> None:
    _fill(tmp_path, arun)
    (tmp_path / "jieli.db").chmod(0o400)
    error = arun(_caught(Store.open(tmp_path / "jieli.db", StillClock(), tmp_path / "running")))
    assert error.key in ("store.read_only", "store.cannot_open", "store.no_folder")


def test_another_program_that_holds_the_file_is_waited_for_then_named(arun, tmp_path: Path) -> None:
    async def main() -> None:
        async with opened(tmp_path, busy_ms=50) as store:
            other = sqlite3.connect(tmp_path / "jieli.db", isolation_level=None)
            other.execute("BEGIN IMMEDIATE")
            error = await _caught(store.create_conversation("x"))
            assert error.key == "store.locked"
            other.execute("ROLLBACK")
            other.close()
            await store.create_conversation("x")

    arun(main())


def test_a_process_that_keeps_opening_is_not_waited_for_for_ever(arun, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr("app.store.opening.OPENING_PATIENCE", 0.05)
    (tmp_path / "running").mkdir()
    lock = FileLock(tmp_path / "running" / "opening.lock")
    assert lock.acquire()
    error = arun(_caught(Store.open(tmp_path / "jieli.db", StillClock(), tmp_path / "running")))
    assert error.key == "store.busy_opening"
    lock.release()
    _fill(tmp_path, arun)


@pytest.mark.parametrize(
    "content",
    [b"not a database at all, but long enough to be looked at as one" * 20, b"short", bytes(range(256)) * 32],
    ids=["text", "short", "noise"],
)
def test_a_file_that_is_no_database_is_set_aside_unchanged(arun, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "jieli.db").write_bytes(content)

    async def main() -> None:
        async with opened(tmp_path) as store:
            (problem,) = store.problems
            assert problem.key == "store.set_aside"
            for language in ("zh", "en"):
                i18n.set_language(language)
                assert str(tmp_path / "jieli.db.damaged-") in str(problem)
            assert await store.conversations() == []
            await store.create_conversation("afresh")

    arun(main())
    (kept,) = _aside(tmp_path)
    assert kept.read_bytes() == content

    async def again() -> int:
        async with opened(tmp_path) as store:
            assert store.problems == ()
            return len(await store.conversations())

    assert arun(again()) == 1


def test_two_damaged_files_on_one_day_are_both_kept(arun, tmp_path: Path) -> None:
    async def touch() -> None:
        async with opened(tmp_path):
            pass

    for content in (b"first" * 100, b"second" * 100):
        (tmp_path / "jieli.db").write_bytes(content)
        arun(touch())
    assert sorted(p.read_bytes()[:5] for p in _aside(tmp_path)) == [b"first", b"secon"]


def test_a_file_without_its_table_of_contents_is_set_aside_and_rebuilt(arun, tmp_path: Path) -> None:
    conversation = _fill(tmp_path, arun)
    data = bytearray((tmp_path / "jieli.db").read_bytes())
    data[100:3000] = GARBAGE * 2900
    (tmp_path / "jieli.db").write_bytes(data)

    async def main() -> None:
        async with opened(tmp_path) as store:
            (problem,) = store.problems
            assert problem.key == "store.rebuilt"
            assert (problem.values["messages"], problem.values["lost"]) == (40, 0)
            assert [c.title for c in await store.conversations()] == ["precious"]
            assert await store.branch(conversation) == ["m39"]
            found = await store.messages([f"m{n}" for n in range(40)])
            assert {m.text for m in found} == {"字" * 2000}
            assert len(found) == 40
            assert await store.check()
            assert (await store.rebuilt())["kept"] == str(problem.values["kept"])  # type: ignore[index]

    arun(main())
    assert _aside(tmp_path)[0].read_bytes() == bytes(data)


def test_damage_deep_in_the_file_is_found_and_said(arun, tmp_path: Path) -> None:
    conversation = _fill(tmp_path, arun)
    path = tmp_path / "jieli.db"
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.seek(size // 2)
        file.write(GARBAGE * (size - size // 2))

    async def main() -> None:
        async with opened(tmp_path) as store:
            assert not await store.check()
            with pytest.raises(KnownError) as caught:
                ids = [f"m{n}" for n in range(40)]
                assert len(await store.messages(ids)) < 0, conversation
            assert caught.value.key == "store.damaged"

    arun(main())
    assert path.exists()


def test_what_lies_only_in_the_log_is_saved_too(arun, tmp_path: Path) -> None:
    """As after a crash: the newest texts are in the write-ahead log, and the file itself is damaged."""

    async def main() -> tuple[bytes, bytes]:
        async with opened(tmp_path / "before") as store:
            made = await store.create_conversation("precious")
            for n in range(40):
                await store.add_message(message(f"m{n}", made.id, text="字" * 2000))
            await store._database.call(lambda db: db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall())
            await store.update_conversation(made.id, title="PRECIOUS")
            log = tmp_path / "before" / "jieli.db-wal"
            return store.path.read_bytes(), log.read_bytes()

    data, log = arun(main())
    data = b"\xa5" * 4096 + data[4096:]
    (tmp_path / "jieli.db").write_bytes(data)
    (tmp_path / "jieli.db-wal").write_bytes(log)

    async def after() -> None:
        async with opened(tmp_path) as store:
            (problem,) = store.problems
            assert (problem.key, problem.values["messages"]) == ("store.rebuilt", 40)
            found = await store.messages([f"m{n}" for n in range(40)])
            assert {m.text for m in found} == {"字" * 2000}
            assert [c.title for c in await store.conversations()] == ["PRECIOUS"]

    arun(after())
    # SQLite itself may fold the log into the broken file; nothing else of it is touched.
    assert (_aside(tmp_path)[0]).read_bytes()[:4096] == data[:4096]


def test_a_damaged_file_that_another_process_has_open_is_not_taken_from_it(arun, tmp_path: Path) -> None:
    _fill(tmp_path, arun)

    async def main() -> None:
        async with opened(tmp_path) as other:
            damaged = bytearray((tmp_path / "jieli.db").read_bytes())
            (tmp_path / "jieli.db").write_bytes(b"x" * 100 + damaged[100:])
            error = await _caught(Store.open(tmp_path / "jieli.db", StillClock(), tmp_path / "running"))
            assert error.key == "store.damaged_busy"
            assert _aside(tmp_path) == []
            (tmp_path / "jieli.db").write_bytes(damaged)
            assert await other.check()

    arun(main())


def test_damage_that_was_noticed_is_repaired_at_the_next_start(arun, tmp_path: Path) -> None:
    conversation = _fill(tmp_path, arun)
    path = tmp_path / "jieli.db"
    with path.open("r+b") as file:
        file.seek(path.stat().st_size - 40_000)
        file.write(GARBAGE * 8000)

    async def notice() -> None:
        async with opened(tmp_path) as store:
            assert not await store.check()

    async def again() -> list[str]:
        async with opened(tmp_path) as store:
            assert await store.check()
            assert conversation in {c.id for c in await store.conversations()}
            return [p.key for p in store.problems]

    arun(notice())
    assert arun(again()) == ["store.rebuilt"]
    assert arun(again()) == []


def test_a_sound_file_passes_the_check(arun, tmp_path: Path) -> None:
    _fill(tmp_path, arun)

    async def main() -> bool:
        async with opened(tmp_path) as store:
            return await store.check()

    assert arun(main())


@pytest.mark.parametrize("wild", [1e300, -1e18, -1.7e9])
def test_a_time_that_a_disk_has_altered_can_be_shown(arun, tmp_path: Path, wild: float) -> None:
    """Python's and Qt's calendars refuse such times: the window would not open any more."""

    async def main() -> None:
        async with opened(tmp_path) as store:
            made = await store.create_conversation("t")
            await store.add_message(message("m", made.id, text="zebra"))
            await store.delete_conversation((await store.create_conversation("gone")).id)
        with closing(sqlite3.connect(tmp_path / "jieli.db")) as db:
            db.execute("UPDATE conversation SET created_at = ?1, updated_at = ?1", (wild,))
            db.execute("UPDATE conversation SET deleted_at = ? WHERE deleted_at IS NOT NULL", (wild,))
            db.execute("UPDATE message SET created_at = ?1, updated_at = ?1", (wild,))
            db.commit()
        async with opened(tmp_path) as store:
            (shown,), (binned,) = await store.conversations(None), await store.deleted_conversations()
            (said,) = await store.messages(["m"])
            times = [shown.created_at, shown.updated_at, binned.deleted_at, said.created_at, said.updated_at]
            assert times == [0.0] * 5
            await store.search.catch_up()
            found = await store.search.find(parse("zebra", 1.0))
            assert [hit.at for hit in found.messages] == [0.0]
            assert not (await store.examine()).whole

    arun(main())


def test_a_folder_in_place_of_the_file_is_said_so(arun, tmp_path: Path) -> None:
    (tmp_path / "jieli.db").mkdir()
    error = arun(_caught(Store.open(tmp_path / "jieli.db", StillClock(), tmp_path / "running")))
    assert error.key == "store.cannot_open"
    assert (tmp_path / "jieli.db").is_dir()


def test_a_folder_that_cannot_be_made_is_said_so(arun, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    folder = tmp_path / "file" / "data"
    error = arun(_caught(Store.open(folder / "jieli.db", StillClock(), folder / "running")))
    assert error.key == "store.no_folder"


def test_mistakes_of_the_program_are_not_blamed_on_the_user(tmp_path: Path) -> None:
    db = sqlite3.connect(":memory:")
    for sql in ("SELECT * FROM nowhere", "CREATE TABLE t (x NOT NULL); "):
        try:
            db.execute(sql)
            db.execute("INSERT INTO t VALUES (NULL)")
        except sqlite3.Error as error:
            assert explain(error, tmp_path) is None
        else:
            pytest.fail("SQLite let it pass")
    db.close()
