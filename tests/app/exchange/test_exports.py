"""Exports from a real store: what is in the files, and that files are there whole or not at all."""

from __future__ import annotations

import asyncio
import contextlib
import io
import random
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from app.clock import SystemClock
from app.errors import KnownError
from app.exchange import format as own
from app.exchange.exports.outlet import export
from app.exchange.exports.run import Exported
from app.exchange.exports.sinks import Format, PageSink
from app.exchange.imports.importer import Importer, Progress
from app.store.records import Conversation, Message
from app.store.store import Store
from tests.app.exchange import sample
from tests.app.parts import message, opened


def _no_pages(kind: Format, path: Path, force: bool) -> PageSink:
    raise AssertionError("no page is drawn here")


async def _export(
    store: Store, path: Path, kind: Format = "json", *ids: str, force: bool = False,
    progress: Callable[[float], None] = lambda _: None,
) -> Exported:  # fmt: skip
    return await export(
        store,
        ids,
        kind,
        path,
        force=force,
        name_of=lambda *leg: "/".join(leg),
        page_maker=_no_pages,
        progress=progress,
    )


def _names(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


async def _import(folder: Path, file: Path) -> None:
    async with opened(folder) as store:
        report = await Importer(store, SystemClock()).run([file], lambda _: None)
        assert report.problems == [] and report.left == []


async def _again(tmp_path: Path, first: Path) -> bytes:
    """What an empty profile exports after importing `first`."""
    folder = tmp_path / "second"
    folder.mkdir()
    await _import(folder, first)
    async with opened(folder) as store:
        written = await _export(store, tmp_path / "again.json")
    return written.path.read_bytes()


def test_a_round_trip_gives_the_same_bytes(arun: Any, tmp_path: Path) -> None:
    async def go() -> None:
        async with opened(tmp_path) as store:
            await sample.fill(store)
            written = await _export(store, tmp_path / "a.json")
        assert (written.conversations, written.messages) == (3, 7)
        lines = written.path.read_bytes().split(b"\n")
        # A message imported from elsewhere keeps knowing what it was.
        at = next(i for i, line in enumerate(lines) if line.startswith(b'{"message":{"id":"c1m3"'))
        lines[at] = lines[at].replace(b"}},", b',"origin":"chatgpt:x"}},')
        data = b"\n".join(lines)
        (tmp_path / "b.json").write_bytes(data)
        assert b"chatgpt:abc" in data and b"chatgpt:x" in data
        assert await _again(tmp_path, tmp_path / "b.json") == data

    arun(go())


def test_a_tree_in_any_order_of_writing_keeps_it(arun: Any, tmp_path: Path) -> None:
    dice = random.Random(4)
    tree: list[Message] = []
    for n in range(1500):
        parent = dice.choice(tree[-40:]).id if tree and dice.random() > 0.01 else None
        tree.append(sample.said(f"m{dice.getrandbits(64):x}", "c", parent, f"第 {n} 条", n))

    async def go() -> None:
        async with opened(tmp_path) as store:
            head = tree[-1].id
            made = Conversation("c", "树", 1.0, 2.0, head=head, changed_at=2.0)
            assert await store.add_conversation(made, tree)
            first = await _export(store, tmp_path / "a.json")
        assert await _again(tmp_path, first.path) == first.path.read_bytes()

    arun(go(), timeout=60)


def test_a_large_export_of_ours_tells_how_far_it_is_and_can_be_stopped(arun: Any, tmp_path: Path) -> None:
    file = tmp_path / "all.json"

    async def scenario() -> None:
        async with opened(tmp_path) as store:
            for n in range(30):
                chat = (await store.create_conversation(f"{n}")).id
                await store.add_message(message(f"m{n}", chat, text="问"), head=True)
            await _export(store, file)

        told: list[Progress] = []
        async with opened(tmp_path / "whole") as store:
            importer = Importer(store, SystemClock())
            report = await importer.run([file], told.append)
            assert (report.new, report.same, report.stopped) == (30, 0, False)
            report = await importer.run([file], lambda _: None)
            assert report.nothing and (report.same, report.seen) == (30, 30)
        shares = [one.share for one in told]
        assert shares == sorted(shares) and shares[0] == 0.0 and shares[-1] == 1.0
        assert len([share for share in shares if 0.5 < share < 1.0]) > 10
        looked = [one.conversations for one in told]
        assert looked == sorted(looked) and looked[-1] == 30

        for name, begin in (("unread", 0.0), ("some", 0.7)):
            async with opened(tmp_path / name) as store:
                importer = Importer(store, SystemClock())

                def stop(now: Progress, importer: Importer = importer, begin: float = begin) -> None:
                    if now.share >= begin:
                        importer.stop()

                report = await importer.run([file], stop)
                assert report.stopped and len(await store.conversations()) == report.new
                assert (report.new > 0) == (name == "some") and report.new < 30
                await importer.run([file], lambda _: None)
                assert len(await store.conversations()) == 30

    arun(scenario())


def test_what_is_chosen_is_exported_and_nothing_else(arun: Any, tmp_path: Path) -> None:
    async def go() -> None:
        async with opened(tmp_path) as store:
            await sample.fill(store)
            written = await _export(store, tmp_path / "a.json", "json", "c2", "c2")
            file = io.BytesIO(written.path.read_bytes())
            kinds = [type(item.record).__name__ for item in own.read(file)]
            assert kinds == ["Conversation", "Message"] and written.conversations == 1
            await store.delete_conversation("c2")
            everything = await _export(store, tmp_path / "b.json")
            assert everything.conversations == 2
            for gone in ("c2", "nobody"):
                with pytest.raises(KnownError, match=gone):
                    await _export(store, tmp_path / "c.json", "json", gone)
            assert not (tmp_path / "c.json").exists()

    arun(go())


def test_an_empty_profile_says_so(arun: Any, tmp_path: Path) -> None:
    async def go() -> None:
        async with opened(tmp_path) as store:
            with pytest.raises(KnownError) as caught:
                await _export(store, tmp_path / "a.json")
            assert caught.value.key == "export.nothing"

    arun(go())


def test_messages_stored_before_what_they_follow_keep_their_place(arun: Any, tmp_path: Path) -> None:
    """As after a sync; and in files that earlier versions wrote of such."""

    async def scenario() -> None:
        async with opened(tmp_path) as store:
            chat = (await store.create_conversation("谈")).id
            await store.add_turn(
                chat, message("q1", chat, None), message("a1", chat, "q1", "甲", "assistant")
            )
            await store.add_message(message("q2", chat, "a1", "再问"), head=True)
            await store.add_message(message("late", chat, "a1", "后来"))
        with contextlib.closing(sqlite3.connect(tmp_path / "jieli.db")) as db, db:
            db.execute("UPDATE message SET parent = 'late' WHERE id = 'q2'")
        first = tmp_path / "first.json"
        async with opened(tmp_path) as store:
            await _export(store, first)
        assert await _again(tmp_path, first) == first.read_bytes()

        lines = first.read_text(encoding="utf-8").split("\n")
        at = [n for n, line in enumerate(lines) if line.startswith('{"message"')]
        shuffled = [lines[n].rstrip(",") + "," for n in reversed(at)]
        lines[at[0] : at[-1] + 1] = [*shuffled[:-1], shuffled[-1].rstrip(",")]
        first.write_text("\n".join(lines), encoding="utf-8")
        third = tmp_path / "third"
        await _import(third, first)
        async with opened(third) as store:
            assert await store.branch(chat) == ["q1", "a1", "late", "q2"]

    arun(scenario())


def test_markdown_is_a_folder_with_attachments_beside(arun: Any, tmp_path: Path) -> None:
    async def go() -> None:
        async with opened(tmp_path) as store:
            await sample.fill(store)
            await _export(store, tmp_path / "out", "md")
        files = sorted(p.name for p in (tmp_path / "out").glob("*.md"))
        assert len(files) == 3 and len({f.casefold() for f in files}) == 3
        text = next(p for p in (tmp_path / "out").glob("*.md") if "速率" in p.read_text("utf-8")).read_text(
            "utf-8"
        )
        assert sample.ANSWER.strip() in text
        links = [unquote(x.split(")")[0]) for x in text.split("](")[1:] if x.startswith("attachments/")]
        data = [(tmp_path / "out" / link).read_bytes() for link in links]
        assert data == [sample.png(), "文件内容\r\n".encode(), bytes(range(256))]
        # A fence the model left open must not swallow what follows it.
        assert text.rstrip().endswith("```\n\n*写到这里中断*")
        assert "zhipu/glm-4.7-flash (1)" in text and "alibaba/qwen-plus (2)" in text
        assert "另一个版本" not in text

    arun(go())


def test_one_conversation_is_one_markdown_file(arun: Any, tmp_path: Path) -> None:
    async def go() -> None:
        async with opened(tmp_path) as store:
            await sample.fill(store)
            await _export(store, tmp_path / "one.md", "md", "c1")
            with pytest.raises(KnownError) as caught:
                await _export(store, tmp_path / "all.md", "md")
            assert caught.value.key == "export.needs_folder"
        assert (tmp_path / "one.attachments" / "图 1.png").read_bytes() == sample.png()
        assert not [name for name in _names(tmp_path) if name.startswith(".jieli-")]

    arun(go())


def test_nothing_is_overwritten_unasked(arun: Any, tmp_path: Path) -> None:
    async def go() -> None:
        async with opened(tmp_path) as store:
            await sample.fill(store)
            file, folder = tmp_path / "a.json", tmp_path / "out"
            file.write_text("mine")
            folder.mkdir()
            (folder / "mine.md").write_text("mine")
            for place, kind in ((file, "json"), (folder, "md"), (folder, "json"), (file, "md")):
                with pytest.raises(KnownError):
                    await _export(store, place, kind)  # type: ignore[arg-type]
            assert file.read_text() == "mine" and [p.name for p in folder.iterdir()] == ["mine.md"]
            await _export(store, file, force=True)
            await _export(store, folder, "md", force=True)
            assert file.read_text("utf-8").startswith('{"jieli"')
            assert (folder / "mine.md").read_text() == "mine" and len(list(folder.glob("*.md"))) == 4

    arun(go())


def test_places_that_cannot_be_are_refused_before_any_work(arun: Any, tmp_path: Path) -> None:
    async def go() -> None:
        async with opened(tmp_path) as store:
            await sample.fill(store)
            for place, key in (
                (tmp_path / "nowhere" / "a.json", "export.no_folder"),
                (tmp_path / "jieli.db" / "a.json", "export.no_folder"),
                (tmp_path, "export.is_folder"),
                (tmp_path / ("x" * 300 + ".json"), "export.name_too_long"),
                (tmp_path / "a\0b.json", "export.refused"),
            ):
                with pytest.raises(KnownError) as caught:
                    await _export(store, place)
                assert caught.value.key == key and "{" not in str(caught.value)

    arun(go())


@pytest.mark.parametrize("kind", ["json", "md"])
def test_a_full_disk_is_one_sentence_and_leaves_nothing(
    arun: Any, tmp_path: Path, kind: Format, monkeypatch: pytest.MonkeyPatch
) -> None:
    import errno

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    async def go() -> None:
        async with opened(tmp_path) as store:
            await sample.fill(store)
            out = tmp_path / "place"
            out.mkdir()
            monkeypatch.setattr("os.fsync" if kind == "json" else "pathlib.Path.write_bytes", full)
            with pytest.raises(KnownError) as caught:
                await _export(store, out / "x", kind)
            assert caught.value.key == "export.disk_full"
            assert list(out.iterdir()) == []

    arun(go())


@pytest.mark.parametrize("kind", ["json", "md"])
def test_cancelled_at_any_moment_it_leaves_nothing(arun: Any, tmp_path: Path, kind: Format) -> None:
    async def go() -> None:
        async with opened(tmp_path) as store:
            await sample.fill(store)
            out = tmp_path / "place"
            out.mkdir()
            for steps in range(0, 60, 4):
                task = asyncio.ensure_future(_export(store, out / f"x{steps}", kind))
                for _ in range(steps):
                    await asyncio.sleep(0)
                task.cancel()
                done = (await asyncio.gather(task, return_exceptions=True))[0]
                if isinstance(done, Exported):
                    continue
                assert isinstance(done, asyncio.CancelledError)
                assert [p for p in out.iterdir() if p.name.startswith((".", f"x{steps}"))] == []

    arun(go())


def test_progress_grows_to_the_end(arun: Any, tmp_path: Path) -> None:
    async def go() -> None:
        seen: list[float] = []
        async with opened(tmp_path) as store:
            await sample.fill(store)
            await _export(store, tmp_path / "a.json", progress=seen.append)
        assert seen == sorted(seen) and seen[-1] == 1.0

    arun(go())
