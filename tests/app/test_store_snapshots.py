"""Snapshots: daily, rotated, verified; sizes; erasing; what watches over all that."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from collections import namedtuple
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from app.errors import KnownError
from app.safekeeping import Safekeeping
from app.store.entries import GrantRow, KeyRecord
from app.store.records import Assistant
from app.store.snapshots import outdated
from app.store.store import Store
from tests.app.parts import StillClock, answer, attempt, message, opened

DAY = 86_400.0


def _titles(path: Path) -> list[str]:
    db = sqlite3.connect(path)
    try:
        return [row[0] for row in db.execute("SELECT title FROM conversation ORDER BY title")]
    finally:
        db.close()


def _holding(folder: Path, text: str) -> list[Path]:
    return [p for p in folder.rglob("*") if p.is_file() and text.encode() in p.read_bytes()]


def test_a_day_has_one_snapshot_if_something_was_written(arun, tmp_path: Path) -> None:
    clock = StillClock()

    async def main() -> None:
        async with opened(tmp_path, clock) as store:
            await store.create_conversation("a")
            assert await store.snapshot_due()
            taken = await store.snapshot()
            assert taken is not None
            assert taken.path.name == f"jieli-{datetime.fromtimestamp(clock.time):%Y-%m-%d}.db"
            assert _titles(taken.path) == ["a"]
            assert not await store.snapshot_due()
            clock.time += DAY
            # Nothing was written since.
            os.utime(taken.path, (taken.path.stat().st_mtime + 60,) * 2)
            assert not await store.snapshot_due()
            await store.create_conversation("b")
            os.utime(tmp_path / "jieli.db-wal", (taken.path.stat().st_mtime + 60,) * 2)
            assert await store.snapshot_due()
            await store.snapshot()
            assert [_titles(s.path) for s in store.snapshots.all()] == [["a", "b"], ["a"]]

    arun(main())
    assert not list((tmp_path / "snapshots").glob("*.part"))


def test_others_write_while_a_snapshot_is_taken(arun, tmp_path: Path) -> None:
    async def main() -> None:
        async with opened(tmp_path) as store:
            made = await store.create_conversation("a")
            for n in range(200):
                await store.add_message(message(f"m{n}", made.id, text="字" * 3000))
            taking = asyncio.ensure_future(store.snapshot())
            n = 0
            while not taking.done():
                await store.add_message(message(f"n{n}", made.id, text="meanwhile"))
                n += 1
            assert n > 1
            assert await taking is not None

    arun(main())


def test_a_clock_that_was_wrong_for_a_while_ends_no_snapshots(arun, tmp_path: Path) -> None:
    clock = StillClock()

    async def main() -> None:
        async with opened(tmp_path, clock) as store:
            await store.create_conversation("a")
            year = 365 * DAY
            # Eight days in a far year, then back.
            clock.time += 20 * year
            for _ in range(8):
                clock.time += DAY
                taken = await store.snapshot()
                assert taken is not None
                os.utime(taken.path, (clock.time, clock.time))
            clock.time -= 20 * year
            await store.create_conversation("b")
            assert await store.snapshot_due()
            good = await store.snapshot()
            assert good is not None and store.snapshots.newest_good(clock.time) == good.path
            assert not await store.snapshot_due()
            # Now a clock that is behind: what is there stays, today's included.
            for n in range(12):
                clock.time += DAY
                assert await store.snapshot(), n
            before = {s.path for s in store.snapshots.all()}
            clock.time -= 3 * year
            assert await store.snapshot_due()
            early = await store.snapshot()
            assert early is not None and {s.path for s in store.snapshots.all()} >= before | {early.path}

    arun(main())


def test_seven_days_and_four_weeks_are_kept() -> None:
    today = date(2026, 11, 22)
    days = [today - timedelta(days=n) for n in range(60)]
    kept = sorted(set(days) - set(outdated(days)), reverse=True)
    assert kept[:7] == days[:7]
    weeks = [d.isocalendar()[:2] for d in kept[7:]]
    assert len(weeks) == 4 == len(set(weeks))
    assert kept[-1] >= today - timedelta(days=7 + 4 * 7)
    assert outdated(days[:7]) == []
    # Gaps between days cost nothing.
    rare = [today - timedelta(days=30 * n) for n in range(9)]
    assert outdated(rare) == []


def test_a_full_disk_and_a_damaged_file_give_no_snapshot_and_one_sentence(
    arun, tmp_path: Path, monkeypatch
) -> None:
    usage = namedtuple("usage", "total used free")
    errors: list[BaseException] = []

    async def main() -> None:
        clock = StillClock()
        async with opened(tmp_path, clock) as store:
            made = await store.create_conversation("a")
            for n in range(40):
                await store.add_message(message(f"m{n}", made.id, text="字" * 3000))
            monkeypatch.setattr("shutil.disk_usage", lambda _: usage(1, 1, 1000))
            keeping = Safekeeping(store, clock, errors.append)
            await keeping.look()
            await keeping.look()
            monkeypatch.undo()
            assert store.snapshots.all() == []
            await store._database.call(lambda db: db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall())
            size = store.path.stat().st_size
            with store.path.open("r+b") as file:
                file.seek(size // 2)
                file.write(b"\xa5" * (size - size // 2))
            await keeping.look()
            assert store.snapshots.all() == []
            assert store.snapshots.newest_good(clock.time) is None

    arun(main())
    assert [getattr(e, "key", e) for e in errors] == ["store.no_room_for_snapshot", "store.damaged"]


def test_a_damaged_file_takes_what_it_lost_from_the_newest_good_snapshot(arun, tmp_path: Path) -> None:
    clock = StillClock()

    async def before() -> None:
        async with opened(tmp_path, clock) as store:
            made = await store.create_conversation("kept")
            for n in range(200):
                await store.add_message(
                    message(f"m{n}", made.id, f"m{n - 1}" if n else None, "字" * 900), head=True
                )
            await store.snapshot()
            clock.time += 10
            await store.save_answer("m3", text="later than the snapshot")
            await store.update_conversation(made.id, title="later, too")

    async def after() -> None:
        async with opened(tmp_path, clock) as store:
            (told,) = store.problems
            assert told.key == "store.rebuilt"
            assert told.values["snapshot"] > 0
            (made,) = await store.conversations()
            assert made.title == "later, too"
            ids = await store.branch(made.id)
            assert ids == [f"m{n}" for n in range(200)]
            found = {m.id: m.text for m in await store.messages(ids)}
            assert found.pop("m3") == "later than the snapshot"
            assert set(found.values()) == {"字" * 900}
            assert await store.check()

    arun(before())
    # A newer snapshot that is damaged itself is passed over.
    (tmp_path / "snapshots" / "jieli-2030-01-01.db").write_bytes(b"SQLite format 3\0" + b"\xa5" * 5000)
    data = bytearray((tmp_path / "jieli.db").read_bytes())
    data[len(data) // 2 :] = b""
    (tmp_path / "jieli.db").write_bytes(data)
    arun(after())
    (kept,) = tmp_path.glob("jieli.db.damaged-*")
    assert kept.read_bytes() == bytes(data)


def test_a_letter_the_disk_changed_is_noticed_and_taken_from_the_snapshot(arun, tmp_path: Path) -> None:
    clock = StillClock()
    told: list[BaseException] = []

    async def before() -> None:
        async with opened(tmp_path, clock) as store:
            made = await store.create_conversation("c")
            for ident in ("good", "bad"):
                await store.add_message(message(ident, made.id, text=f"{ident} NEEDLE-{ident} text"))
            await store.snapshot()
            await store.add_message(message("new", made.id, text="NEEDLE-new"))

    async def after() -> None:
        async with opened(tmp_path, clock) as store:
            assert store.problems == ()
            keeping = Safekeeping(store, clock, told.append)
            await keeping.look()
            found = {m.id: m for m in await store.messages(["good", "bad", "new"])}
            assert found["bad"].text == "bad NEEDLE-bad text"
            assert found["new"].text == "N\ufffdEDLE-new"
            assert found["new"].facts == {"altered": True}
            assert found["good"].facts == {}
            assert await store.check()
            await keeping.look()

    arun(before())
    data = (tmp_path / "jieli.db").read_bytes()
    assert data.count(b"NEEDLE-bad") >= 1
    data = data.replace(b"NEEDLE-bad", b"NEXDLE-bad").replace(b"NEEDLE-new", b"N\xffEDLE-new")
    (tmp_path / "jieli.db").write_bytes(data)
    arun(after())
    (error,) = told
    assert isinstance(error, KnownError)
    assert (error.key, error.values["restored"], error.values["doubtful"]) == ("store.texts_mended", 1, 1)


def test_the_bin_is_emptied_after_thirty_days_and_nothing_is_told(arun, tmp_path: Path) -> None:
    clock = StillClock()
    told: list[BaseException] = []

    async def main() -> None:
        async with opened(tmp_path, clock) as store:
            made = await store.create_conversation("old")
            await store.delete_conversation(made.id)
            keeping = Safekeeping(store, clock, told.append)
            clock.time += 29 * DAY
            await keeping.look()
            assert len(await store.deleted_conversations()) == 1
            clock.time += 2 * DAY
            await keeping.look()
            assert await store.deleted_conversations() == []
            assert len(store.snapshots.all()) >= 1
            await keeping.at_close()

    arun(main())
    assert told == []


def test_sizes_are_counted_for_each_conversation_and_in_all(arun, tmp_path: Path) -> None:
    async def main() -> None:
        async with opened(tmp_path) as store:
            made = await store.create_conversation("a")
            await store.add_message(message("m1", made.id, text="字" * 10))
            await store.add_message(message("m2", made.id, text="x" * 10))
            await store.snapshot()
            (tmp_path / "jieli.db.v1-2026-01-01").write_bytes(b"x" * 77)
            found = await store.sizes()
            one = found.conversations[made.id]
            assert (one.messages, one.text, one.attachments) == (2, 40, 0)
            assert found.database >= store.path.stat().st_size > 0
            assert found.snapshots == store.snapshots.all()[0].size
            assert found.kept == 77

    arun(main())


@pytest.mark.parametrize("keys", [False, True])
def test_everything_is_erased_really(arun, tmp_path: Path, keys: bool) -> None:
    secret = "只有我知道的事"

    async def fill(store: Store) -> str:
        made = await store.create_conversation(secret)
        await store.add_turn(made.id, message("q", made.id, text=secret * 500), answer("a", made.id, "q"))
        await store.save_answer("a", text=secret, status="done")
        store.post_attempt(attempt("x", "a", conversation=made.id, text=secret))
        await store.save_assistant(Assistant("s", secret, secret, 1.0, 1.0))
        await store.put_grant(GrantRow("g", "zhipu", "tokens", 5, 1.0))
        await store.put_key(KeyRecord("k", "zhipu", "l", "abcd", 0, 1.0))
        return made.id

    async def main() -> None:
        async with opened(tmp_path) as store:
            ident = await fill(store)
            await store.snapshot()
            (tmp_path / "jieli.db.damaged-2026-01-01").write_text(secret, encoding="utf-8")
            heard = []
            store.subscribe(heard.append)
            await store.erase_all(keys=keys)
            assert ident in heard[0].conversations
            assert await store.conversations(archived=None) == []
            assert await store.assistants() == []
            assert await store.grants() == []
            assert len(await store.keys()) == (0 if keys else 1)
            assert _holding(tmp_path, secret) == []
            assert await store.check()
            await fill(store)
            assert len(await store.conversations()) == 1

    arun(main())


def test_two_processes_at_one_file_snapshot_and_merge_at_the_same_time(arun, tmp_path: Path) -> None:
    """Two stores on one file, as the window and a command have: nothing is lost, nobody fails."""

    async def busy(store: Store, name: str) -> None:
        made = await store.create_conversation(name)
        for n in range(60):
            await store.add_message(message(f"{name}{n}", made.id, text="字" * 200))

    async def main() -> None:
        async with opened(tmp_path / "other") as other:
            await busy(other, "other")
        async with opened(tmp_path) as one, opened(tmp_path) as two:
            results = await asyncio.gather(
                busy(one, "one"),
                busy(two, "two"),
                one.snapshot(),
                two.snapshot(),
                one.merge_from(tmp_path / "other" / "jieli.db"),
                two.merge_from(tmp_path / "other" / "jieli.db"),
            )
            assert any(taken is not None for taken in results[2:4])
            assert sorted(c.title for c in await one.conversations()) == ["one", "other", "two"]
            count = await two._database.call(lambda db: db.execute("SELECT count(*) FROM message").fetchone())
            assert count == (180,)
            assert await one.check()
            assert (await two.merge_from(one.snapshots.all()[0].path)).nothing

    arun(main(), timeout=60)
