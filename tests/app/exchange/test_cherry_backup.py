"""Cherry Studio's direct backup, as a real Chromium wrote it (`chromium_profile.py`).

The same chats as in the data backup, nothing twice, nothing of the keys beside them, and a word about what
cannot be read.
"""

from __future__ import annotations

import asyncio
import errno
import json
import logging
import shutil
import tempfile
import zipfile
from pathlib import Path
from typing import Any, cast

import pytest

from app.clock import SystemClock
from app.errors import KnownError
from app.exchange.imports import boxes, cherry_backup, whole
from app.exchange.imports.chromium.stores import Stores
from app.exchange.imports.importer import Importer, Progress, Report
from app.exchange.imports.model import Left
from app.exchange.imports.telling import rows, sentences
from app.store.store import Store
from tests import cherry_damage
from tests.app.exchange import exports_of_others as others
from tests.app.exchange import leveldb_files as made
from tests.app.exchange.chromium_profile import SECRET
from tests.app.exchange.test_import import bring, look, parts, said, zipped

REAL = cherry_damage.REAL
EXPORTED = REAL.with_name("data.zip")


def chats(home: Path) -> dict[str, Any]:
    """Everything that was imported and came from the file."""
    return {
        title: (
            c.id,
            c.system,
            c.pinned,
            c.folder,
            c.head,
            [(m.id, m.parent, m.text, m.model) for m in messages],
        )
        for title, (c, messages) in look(home).items()
    }


def test_both_backups_bring_the_same_and_nothing_twice(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    one, other = tmp_path / "one", tmp_path / "other"
    one.mkdir()
    other.mkdir()
    report = bring(one, REAL)
    assert (report.new, report.messages, report.attachments, report.missing) == (4, 8, 1, 0)
    assert report.left_counts == {"empty": 1} and not report.problems
    found = look(one)
    assert sorted(found) == sorted(["odd values", "两个模型", "很长的", "重复"])
    chat, messages = found["两个模型"]
    assert said(messages) == [("user", "问"), ("assistant", "答乙")]
    assert chat.folder == "翻译" and chat.system == "你是助手" and len(messages[1].siblings) == 2
    assert parts(one, messages[0].id) == [("图.png", "image/png", others.PNG)]
    _, messages = found["很长的"]
    assert [len(m.text) for m in messages] == [2, 70_000, 100_000]
    assert len(found["重复"][1][0].text) == 6 * 40_000
    assert found["odd values"][0].pinned and found["odd values"][1][0].text == "half \ufffd"

    later = bring(one, EXPORTED)
    assert later.nothing and later.same == 4
    assert bring(other, EXPORTED).new == 4
    assert chats(one) == chats(other)
    later = bring(other, REAL)
    assert later.nothing and later.same == 4
    for file in one.rglob("*"):
        assert file.is_dir() or SECRET.encode() not in file.read_bytes(), file
    assert SECRET not in caplog.text
    with zipfile.ZipFile(REAL) as box:
        assert any(SECRET.encode() in box.read(name) for name in box.namelist())


def test_records_read_as_the_browser_writes_them() -> None:
    wanted = json.loads(zipfile.ZipFile(EXPORTED).read("data.json"))["indexedDB"]
    box = boxes.open_box(REAL)
    [[place]] = cherry_backup.profiles(box.names()).values()
    with tempfile.TemporaryFile() as spool:
        stores = Stores(box, place, spool, Path(tempfile.gettempdir()))  # pyright: ignore[reportArgumentType] - a wrapper of a file
        assert not [one for one in stores.read(lambda file: file) if isinstance(one, Left)]
        tables = stores.of("CherryStudio")
        assert set(tables) == {"files", "settings", "topics", "translate_history", "message_blocks"}
        assert not stores.of("Cherry")
        for name, records in wanted.items():
            found = {record["id"]: record for record in cast("list[Any]", list(stores.records(tables[name])))}
            for record in records:
                for odd in (record.get("odd"), *(m.get("odd") for m in record.get("messages", ()))):
                    if odd:
                        odd["bytes"] = {}  # Bytes are passed over.
            assert found == {record["id"]: record for record in records}
            assert stores.count(tables[name]) == len(records)
    box.close()


def test_a_profile_folder_is_read_in_its_place_and_other_pages_are_not(tmp_path: Path) -> None:
    folder = tmp_path / "Cherry" / "CherryStudio"
    with zipfile.ZipFile(REAL) as box:
        box.extractall(folder)
    shutil.copytree(folder / "IndexedDB", folder / "Partitions" / "webview" / "IndexedDB")
    (folder / "Data" / "Files" / "conversations.json").write_text(json.dumps(others.chatgpt()), "utf-8")
    (tmp_path / "Cherry" / "notes.json").write_text(json.dumps(others.claude()), "utf-8")
    report = bring(tmp_path, tmp_path / "Cherry")
    assert report.kinds == ["cherry-direct", "claude"] and report.new == 5
    assert "克劳德" in look(tmp_path) and "天气" not in look(tmp_path)


@pytest.mark.parametrize(
    ("gone", "left", "new"),
    [
        (".indexeddb.blob", {"damaged": 1, "empty": 1}, 1),
        ("Local Storage", {"damaged": 1, "empty": 1}, 2),
        ("leveldb/CURRENT", {"damaged": 2, "empty": 1}, 2),
    ],
)
def test_what_is_gone_is_told_and_the_rest_comes(
    tmp_path: Path, gone: str, left: dict[str, int], new: int
) -> None:
    files = cherry_damage.small()
    report = bring(tmp_path, zipped(tmp_path / "b.zip", {n: d for n, d in files.items() if gone not in n}))
    assert (report.new, report.left_counts, report.problems) == (new, left, [])
    assert all(row and "\n" not in row for row in [*rows(report), *sentences(report)])
    mended = bring(tmp_path, zipped(tmp_path / "b.zip", files))
    assert mended.new == 2 - new and not mended.left_counts.get("damaged")


def test_pieces_that_are_not_there_are_told(tmp_path: Path) -> None:
    export = others.cherry()
    del export["indexedDB"]["message_blocks"][2]
    report = bring(tmp_path, zipped(tmp_path / "c.zip", {"data.json": export}))
    assert report.new == 1 and report.left_counts == {
        "damaged": 1,
        "empty": 1,
    }
    assert [left.title for left in report.left if left.why == "damaged"] == ["两个模型"]


@pytest.mark.parametrize(
    "files",
    [
        {"IndexedDB/file__0.indexeddb.leveldb/000003.log": b""},
        {"IndexedDB/file__0.indexeddb.leveldb/000005.ldb": b"x" * 300},
        {
            "IndexedDB/https_a.example_0.indexeddb.leveldb/000003.log": made.log(
                [made.batch([(b"k", 1, b"v")])]
            )
        },
        {n: d for n, d in cherry_damage.small().items() if not n.endswith(".ldb")},
        {"IndexedDB/something": b"x", "metadata.json": {"appName": "Cherry Studio"}},
    ],
)
def test_a_profile_without_chats_is_one_sentence_that_says_what_to_do(
    tmp_path: Path, files: dict[str, Any]
) -> None:
    report = bring(tmp_path, zipped(tmp_path / "cherry.zip", files))
    assert report.nothing and len(report.problems) == 1 and not report.left
    assert "cherry.zip" in report.problems[0] and "手机" in report.problems[0]


@pytest.mark.parametrize(("most", "key"), [("MOST_UNPACKED", "import.bomb"), ("room", "import.no_room")])
def test_what_unpacks_to_too_much_is_refused_and_nothing_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, most: str, key: str
) -> None:
    files = cherry_damage.small()
    monkeypatch.setattr(boxes, most, 200 if most == "MOST_UNPACKED" else lambda _: 200)
    monkeypatch.setattr(boxes, "SMALL", 200)
    folder = tmp_path / "importing"
    folder.mkdir()
    assert cherry_damage.read(files, folder) == (frozenset(), {key: 1})
    assert not list(folder.iterdir())


def test_a_small_backup_fits_where_others_do_and_a_full_disk_is_called_full(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(**_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(boxes, "room", lambda _: -1)
    assert bring(tmp_path, zipped(tmp_path / "small.zip", cherry_damage.small())).new == 2
    monkeypatch.setattr(tempfile, "TemporaryFile", full)
    for backup in (REAL, EXPORTED):
        assert bring(tmp_path, backup).problems == [str(KnownError("import.no_room", path=backup))]


def test_progress_goes_up_and_it_can_be_stopped_before_the_first_chat(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(whole, "_LONGEST", 0.0)
    monkeypatch.setattr(cherry_backup, "_RECORDS_A_PAUSE", 1)
    backup = zipped(tmp_path / "b.zip", cherry_damage.small())

    async def go(stop_at: float) -> tuple[Report, list[float]]:
        store = await Store.open(tmp_path / "jieli.db", SystemClock(), tmp_path / "running")
        shares: list[float] = []
        importer = Importer(store, SystemClock())

        def hear(progress: Progress) -> None:
            shares.append(progress.share)
            if progress.share > stop_at:
                importer.stop()

        try:
            return await importer.run([backup], hear), shares
        finally:
            await store.close()

    report, shares = asyncio.run(go(0.1))
    assert report.stopped and report.nothing and shares[-1] < 0.6
    report, shares = asyncio.run(go(2.0))
    assert report.new == 2 and shares == sorted(shares) and len(set(shares)) > 5
    assert shares[-1] > 0.9
    report, _ = asyncio.run(go(2.0))
    assert report.nothing and report.same == 2
    assert not list(tmp_path.glob("importing-*"))


def test_damaged_backups_lose_nothing_in_silence() -> None:
    ends, wrong = cherry_damage.run(60, seed=5)
    assert not wrong and sum(ends.values()) > 50 and ends["told"] > 12
