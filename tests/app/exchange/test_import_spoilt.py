"""Files of our own that were damaged or made to harm: what is good in them comes, and nothing else does."""

from __future__ import annotations

import io
import json
import sqlite3
import tarfile
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, BinaryIO, cast

import pytest

from app.backup import bundle, sealed
from app.errors import KnownError
from app.exchange.imports import chatgpt
from app.exchange.imports.importer import Report
from app.store.records import Message
from tests.app.exchange import exports_of_others as others
from tests.app.exchange.test_import import bring, look
from tests.app.parts import opened
from tests.app.test_store_merge import fill

AT = 1_700_000_000.0


def conversation(ident: str, **more: Any) -> dict[str, Any]:
    return {"conversation": {"id": ident, "title": f"T {ident}", "created_at": AT, "updated_at": AT, **more}}


def said(ident: str, parent: str | None, **more: Any) -> dict[str, Any]:
    times = {"created_at": AT, "updated_at": AT}
    known = {"id": ident, "conversation": "c", "parent": parent, "role": "user", "status": "done", **times}
    return {"message": {**known, "text": f"text of {ident}", **more}}


def written(path: Path, records: Sequence[Any]) -> Path:
    """One record a line, as an export has them; texts stand as they are."""
    lines = [one if isinstance(one, str) else json.dumps(one) for one in records]
    path.write_text('{"jieli":1,"records":[\n' + ",\n".join(lines) + "\n]}\n", encoding="utf-8")
    return path


def shown(home: Path, title: str) -> list[Message]:
    return look(home)[title][1]


def told(report: Report) -> dict[str, int]:
    return dict(report.left_counts)


def test_a_damaged_line_costs_itself_alone_and_the_good_file_mends_it(tmp_path: Path) -> None:
    records = [conversation("c", head="m5"), *(said(f"m{n}", f"m{n - 1}" if n else None) for n in range(6))]
    spoilt = [json.dumps(one) for one in records]
    spoilt[0] = spoilt[0].replace('"title"', '"titel"')
    spoilt[3] = spoilt[3][:40]
    report = bring(tmp_path, written(tmp_path / "spoilt.json", spoilt))
    assert told(report) == {"damaged": 2} and report.messages == 5
    assert [left.title for left in report.left] == ["spoilt.json:2", "spoilt.json:5"]
    assert [m.id for m in shown(tmp_path, "")] == ["m3", "m4", "m5"]
    again = bring(tmp_path, written(tmp_path / "good.json", records))
    assert not again.left and again.messages == 1
    assert [m.id for m in shown(tmp_path, "T c")] == [f"m{n}" for n in range(6)]


@pytest.mark.parametrize("encoding", ["gbk", "utf-16", "utf-16-le", "utf-16-be"])
def test_a_file_in_another_encoding_is_told_and_not_stored_as_it_reads(tmp_path: Path, encoding: str) -> None:
    export = [others.tree(others.node("a", None, "user", "额度还剩多少，够用吗？"), title="额度", id="e")]
    path = tmp_path / "conversations.json"
    path.write_bytes(json.dumps(export, ensure_ascii=False).encode(encoding))
    report = bring(tmp_path, path)
    assert report.nothing and "UTF-8" in report.problems[0]
    path.write_bytes(json.dumps(export, ensure_ascii=False).encode("utf-8-sig"))
    assert bring(tmp_path, path).new == 1 and "额度" in look(tmp_path)


def test_what_follows_the_end_is_told(tmp_path: Path) -> None:
    path = tmp_path / "two.json"
    path.write_bytes(json.dumps(others.chatgpt()).encode() + b"\n \n")
    assert told(bring(tmp_path, path)) == {"empty": 1}
    path.write_bytes(path.read_bytes() + json.dumps(others.chatgpt()).encode())
    assert told(bring(tmp_path, path)) == {"empty": 1, "cut": 1}


def test_times_that_no_clock_shows_become_the_first(tmp_path: Path) -> None:
    wild = ["1e300", "-1e18", "1e999", "NaN", "-Infinity", "253402300800", "9" * 400]
    records = [
        line
        for n, value in enumerate(wild)
        for line in (
            json.dumps(conversation(f"c{n}", updated_at=0.125, changed_at=0.125)).replace("0.125", value),
            json.dumps(said(f"m{n}", None, conversation=f"c{n}", created_at=0.125)).replace("0.125", value),
        )
    ]
    report = bring(tmp_path, written(tmp_path / "wild.json", records))
    assert not report.left and report.new == report.messages == len(wild)
    for made, messages in look(tmp_path).values():
        assert [m.created_at for m in messages] == [0.0] and 0 <= made.updated_at <= AT


def test_two_trees_that_would_make_a_ring_stay_a_tree(tmp_path: Path) -> None:
    deep = "[" * 100_000
    first = [conversation("c", head="b"), said("a", None, note=deep), said("b", "a")]
    bring(tmp_path, written(tmp_path / "1.json", first))
    bring(tmp_path, written(tmp_path / "2.json", [conversation("c"), said("b", None), said("a", "b")]))
    messages = shown(tmp_path, "T c")
    assert [m.id for m in messages] == ["a", "b"] and messages[0].facts == {}


@pytest.mark.parametrize(
    "spoil",
    [
        "ALTER TABLE attachment ADD COLUMN more TEXT",
        "ALTER TABLE message DROP COLUMN note",
        "DROP TABLE assistant",
        "UPDATE message SET role = 'system', status = 'odd' WHERE id = 'm3'",
        "UPDATE conversation SET updated_at = 1e300, deleted_at = 1e300, changed_at = 1e300",
        "UPDATE message SET parent = 'm4' WHERE id = 'm1'",
        "UPDATE conversation SET tags = replace(hex(zeroblob(50000)), '00', '['), parameters = tags",
        """UPDATE conversation SET parameters = '{"max_tokens": 1e999, "temperature": 1e400}'""",
    ],
)
def test_a_database_that_is_not_quite_ours_gives_what_fits(arun: Any, tmp_path: Path, spoil: str) -> None:
    async def go() -> None:
        async with opened(tmp_path / "b") as store:
            await fill(store)
        file = tmp_path / "b" / "jieli.db"
        with closing(sqlite3.connect(file)) as db:
            db.execute("PRAGMA foreign_keys = OFF")
            # What they indexed is no business of ours.
            for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
                db.execute(f"DROP TRIGGER {name}")
            db.execute(spoil)
            db.commit()
        async with opened(tmp_path / "a") as store:
            merged = await store.merge_from(file)
            assert (merged.conversations, merged.messages, merged.attachments) == (1, 4, 1)
            (made,) = await store.conversations(None)
            assert made.deleted_at is None and 0 <= made.updated_at <= 4e9
            found = await store.messages(["m1", "m2", "m3", "m4"])
            assert {m.role for m in found} == {"user", "assistant"} and len(found) == 4
            assert len(await store.branch(made.id)) >= 2
            assert (await store.examine()).whole

    arun(go())


def test_an_archive_whose_names_fill_the_memory_is_refused(tmp_path: Path) -> None:
    class Zeros(io.RawIOBase):
        def read(self, size: int = -1) -> bytes:
            return bytes(size)

    entry = tarfile.TarInfo("././@LongLink")
    entry.type, entry.size = tarfile.GNUTYPE_LONGNAME, 3_000_000
    path = tmp_path / "long.jieli-backup"
    with path.open("wb") as file:
        writer = sealed.Writer(file, None)
        with tarfile.open(fileobj=cast("BinaryIO", writer), mode="w|") as archive:
            archive.addfile(entry, cast("BinaryIO", Zeros()))
        writer.finish()
    with pytest.raises(KnownError) as caught:
        bundle.read(path, sealed.Keyring(""), tmp_path, frozenset())
    assert caught.value.key == "backup.damaged"


@pytest.mark.parametrize("begin", ["\ue200", "【1", "【1†", "【" + "1" * 50])
def test_marks_that_never_end_do_not_take_for_ever(begin: str) -> None:
    """In time that grows with the square of the length these would take minutes."""
    assert chatgpt.clean(f"a{begin * 100_000}\nb").endswith("\nb")
    assert chatgpt.clean("见\ue200cite\ue202turn0\ue201 此【12†来源】。") == "见 此。"
