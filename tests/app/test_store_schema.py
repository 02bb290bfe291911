"""Versions of the file: new, old, newer, foreign; one transaction or nothing; a copy before each step."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

import pytest

from app.errors import KnownError
from app.store import schema
from app.store.entries import Attachment, AttemptRecord, Correction, GrantRow, HealthRow, KeyRecord
from app.store.migrations import MIGRATIONS
from app.store.records import Assistant, Conversation, Message, Parameters
from app.store.rows import names
from app.store.store import Store
from tests.app.parts import StillClock, message, opened

BEFORE = f"v{len(MIGRATIONS)}"
V1 = Path(__file__).parents[1] / "data" / "db" / "v1.db"


def _add_column(db: sqlite3.Connection) -> None:
    db.execute("ALTER TABLE conversation ADD COLUMN mood TEXT")


def _add_table_and_fail(db: sqlite3.Connection) -> None:
    db.execute("CREATE TABLE halfway (x)")
    raise ValueError("the migration is wrong")


async def _error(folder: Path, **options) -> KnownError:
    with pytest.raises(KnownError) as caught:
        await Store.open(folder / "jieli.db", StillClock(), folder / "running", **options)
    return caught.value


def _query(folder: Path, sql: str) -> list[tuple]:
    db = sqlite3.connect(folder / "jieli.db")
    try:
        return db.execute(sql).fetchall()
    finally:
        db.close()


def test_the_tables_have_a_column_for_every_field(arun, tmp_path: Path) -> None:
    async def main() -> None:
        async with opened(tmp_path):
            pass

    arun(main())
    tables = {
        "conversation": (Conversation, {"origin"}),
        "message": (Message, {"seq", "owner", "origin", "crc"}),
        "attachment": (Attachment, set()),
        "attempt": (AttemptRecord, {"owner"}),
        "key": (KeyRecord, set()),
        "grant": (GrantRow, set()),
        "correction": (Correction, set()),
        "health": (HealthRow, set()),
        "assistant": (Assistant, set()),
    }
    for table, (record, more) in tables.items():
        columns = {row[1] for row in _query(tmp_path, f'PRAGMA table_info("{table}")')}
        assert columns == set(names(record, "siblings", "enclosed")) | more, table
    assert _query(tmp_path, "PRAGMA user_version") == [(len(MIGRATIONS),)]
    assert _query(tmp_path, "PRAGMA application_id") == [(schema.APPLICATION_ID,)]
    assert _query(tmp_path, "PRAGMA journal_mode") == [("wal",)]


@pytest.mark.skipif(sqlite3.sqlite_version_info < (3, 37), reason="this SQLite has no strict tables")
def test_column_types_are_enforced(arun, tmp_path: Path) -> None:
    async def main() -> None:
        async with opened(tmp_path) as store:
            with pytest.raises(sqlite3.IntegrityError, match="cannot store TEXT"):
                await store.update_conversation(
                    (await store.create_conversation()).id, pinned="certainly not a number"
                )

    arun(main())


def test_the_file_of_version_1_opens_and_reads(arun, tmp_path: Path) -> None:
    """The file was written by the released version 1 (`tests/data/db/make_v1.py`) and must open for ever."""
    shutil.copy(V1, tmp_path / "jieli.db")

    async def main() -> None:
        async with opened(tmp_path) as store:
            assert store.problems == ()
            listed = await store.conversations()
            assert [c.title for c in listed] == ["接力赛怎么跑", "Practice"]
            first = listed[0]
            assert (first.chain, first.spend, first.pinned, first.interrupted) == (
                ("alibaba:qwen-plus", "zhipu"),
                "ask",
                True,
                True,
            )
            ids = await store.branch(first.id)
            found = await store.messages(ids)
            assert [(m.role, m.status) for m in found] == [
                ("user", "done"),
                ("assistant", "done"),
                ("user", "done"),
                ("assistant", "interrupted"),
            ]
            assert found[1].reasoning == "先想一想"
            assert len(found[1].siblings) == 2
            tried = (await store.attempts(ids))[found[1].id]
            assert [(a.provider, a.outcome, a.kind) for a in tried] == [
                ("alibaba", "failed", "quota_exhausted"),
                ("zhipu", "answered", None),
            ]
            assert (await store.attachments(ids))[found[0].id][0].data == b"\x89PNG"
            assert [k.last4 for k in await store.keys()] == ["7d1c"]
            assert [g.amount for g in await store.grants()] == [1_000_000]
            assert [c.remaining for c in await store.corrections()] == [312_000]
            assert [h.state for h in await store.health()] == ["parked"]
            assert await store.meta("estimate") == "{}"
            await store.add_message(message("new", first.id, ids[-1], "still writable"), head=True)
            assert await store.check()

    arun(main())


def test_the_file_of_version_2_opens_and_reads(arun, tmp_path: Path) -> None:
    """Written by the released version 2 (`tests/data/db/make_v2.py`)."""
    shutil.copy(V1.with_name("v2.db"), tmp_path / "jieli.db")

    async def main() -> None:
        async with opened(tmp_path) as store:
            assert store.problems == ()
            assert [c.id for c in await store.conversations()] == ["c1"]
            (first,) = await store.conversations()
            assert (first.folder, first.tags, first.assistant) == ("工作", ("接力", "b"), "s1")
            assert first.parameters == Parameters(0.3, 800, True)
            assert (first.summary, first.summary_until) == ("讲了接力。", "m2")
            assert [c.id for c in await store.conversations(archived=True)] == ["c2"]
            assert [c.id for c in await store.deleted_conversations()] == ["c3"]
            (trimmed,) = await store.messages(["m4"])
            assert (trimmed.facts, trimmed.column_group) == ({"trimmed_before": "m2"}, "w1")
            (helper,) = await store.assistants()
            assert (helper.name, helper.chain, helper.parameters) == ("译", ("zhipu",), Parameters(0.0))
            assert await store.told() == {"grant:g1:20"}
            assert not await store.tell_once("grant:g1:20")
            assert await store.check()

    arun(main())


def test_version_1_becomes_version_2_with_all_it_holds(arun, tmp_path: Path) -> None:
    shutil.copy(V1, tmp_path / "jieli.db")

    async def main() -> None:
        async with opened(tmp_path) as store:
            listed = await store.conversations(archived=None)
            assert {c.changed_at for c in listed} == {c.updated_at for c in listed}
            assert not any(c.archived or c.folder or c.tags or c.summary for c in listed)
            (gone,) = await store.deleted_conversations()
            assert gone.changed_at == gone.deleted_at

    arun(main())
    (copy,) = tmp_path.glob("jieli.db.v1-*")
    db = sqlite3.connect(copy)
    assert db.execute("PRAGMA user_version").fetchone() == (1,)
    db.close()


def test_an_older_file_is_migrated_and_a_copy_is_kept(arun, tmp_path: Path) -> None:
    async def make() -> None:
        async with opened(tmp_path) as store:
            await store.create_conversation("kept")

    async def migrate() -> None:
        async with opened(tmp_path, migrations=(*MIGRATIONS, _add_column)) as store:
            assert [c.title for c in await store.conversations()] == ["kept"]

    arun(make())
    arun(migrate())
    assert _query(tmp_path, "PRAGMA user_version") == [(len(MIGRATIONS) + 1,)]
    assert _query(tmp_path, "SELECT mood FROM conversation") == [(None,)]
    (copy,) = tmp_path.glob(f"jieli.db.{BEFORE}-*")
    db = sqlite3.connect(copy)
    assert db.execute("PRAGMA user_version").fetchone() == (len(MIGRATIONS),)
    assert db.execute("SELECT title FROM conversation").fetchall() == [("kept",)]
    db.close()
    arun(migrate())
    assert len(list(tmp_path.glob(f"jieli.db.{BEFORE}-*"))) == 1


def test_a_failing_migration_changes_nothing(arun, tmp_path: Path) -> None:
    async def make() -> None:
        async with opened(tmp_path) as store:
            await store.create_conversation("kept")

    async def fail() -> None:
        steps = (*MIGRATIONS, _add_column, _add_table_and_fail)
        with pytest.raises(ValueError, match="the migration is wrong"):
            await Store.open(tmp_path / "jieli.db", StillClock(), tmp_path / "running", migrations=steps)

    arun(make())
    arun(fail())
    assert _query(tmp_path, "PRAGMA user_version") == [(len(MIGRATIONS),)]
    assert "mood" not in {row[1] for row in _query(tmp_path, "PRAGMA table_info(conversation)")}
    assert _query(tmp_path, "SELECT name FROM sqlite_master WHERE name = 'halfway'") == []
    arun(make())
    assert len(_query(tmp_path, "SELECT id FROM conversation")) == 2


def test_a_new_file_is_made_whole_or_not_at_all(arun, tmp_path: Path) -> None:
    async def fail() -> None:
        with pytest.raises(ValueError):
            steps = (*MIGRATIONS, _add_table_and_fail)
            await Store.open(tmp_path / "jieli.db", StillClock(), tmp_path / "running", migrations=steps)

    arun(fail())
    assert _query(tmp_path, "SELECT name FROM sqlite_master") == []


def test_a_newer_file_is_refused_and_left_alone(arun, tmp_path: Path) -> None:
    async def make() -> None:
        async with opened(tmp_path, migrations=(*MIGRATIONS, _add_column)):
            pass

    arun(make())
    before = (tmp_path / "jieli.db").read_bytes()
    assert arun(_error(tmp_path)).key == "store.newer"
    assert (tmp_path / "jieli.db").read_bytes() == before


def test_another_programs_database_is_refused_and_left_alone(arun, tmp_path: Path) -> None:
    db = sqlite3.connect(tmp_path / "jieli.db")
    db.execute("CREATE TABLE cookies (x)")
    db.commit()
    db.close()
    assert arun(_error(tmp_path)).key == "store.foreign"
    assert _query(tmp_path, "SELECT name FROM sqlite_master") == [("cookies",)]


@pytest.mark.parametrize("newer", [True, False], ids=["newer", "old sqlite"])
def test_a_definition_this_sqlite_cannot_read_does_not_count_as_damage(
    arun, tmp_path: Path, monkeypatch, newer: bool
) -> None:
    """That is how a file with strict tables looks to a SQLite before 3.37, or a newer file to us."""

    async def make() -> None:
        async with opened(tmp_path):
            pass

    arun(make())
    db = sqlite3.connect(tmp_path / "jieli.db")
    db.execute("PRAGMA writable_schema = ON")
    db.execute("UPDATE sqlite_master SET sql = sql || ' FUTURE' WHERE name = 'meta'")
    if newer:
        db.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    else:
        monkeypatch.setattr("app.store.opening.STRICT_SINCE", (9,))
    db.commit()
    db.close()
    assert arun(_error(tmp_path)).key == ("store.newer" if newer else "store.schema_unreadable")
    assert not list(tmp_path.glob("*damaged*"))
