"""A backup as one file: what it holds, who can read it, and what comes back from it."""

from __future__ import annotations

import asyncio
import os
import random
import shutil
import sqlite3
import threading
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from app.backup import bundle, sealed
from app.backup.service import Backups, backups_of
from app.clock import SystemClock
from app.core import Core
from app.errors import KnownError
from app.store import copying
from app.store.records import Assistant, Conversation, Message
from tests.app.services import core
from tests.fakes.server import FakeServer


@pytest.fixture(autouse=True)
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """A passphrase that costs little: what is tested here is not how long it takes to guess."""
    monkeypatch.setattr(sealed.lock, "__defaults__", (None, 10, 8, 1))
    monkeypatch.setattr(sealed.Keyring.lock, "__defaults__", (None, 10, 8, 1))


async def fill(made: Core, name: str, messages: int = 4) -> None:
    """A conversation of that name."""
    ids = [f"{name}-{n}" for n in range(messages)]
    tree = [
        Message(i, name, ids[n - 1] if n else None, "user", f"话 {i} " * 30, "done", 1.0 + n, 1.0 + n)
        for n, i in enumerate(ids)
    ]
    await made.store.add_conversation(Conversation(name, f"题 {name}", 1.0, 9.0, head=ids[-1]), tree)


def backups(made: Core) -> Backups:
    return backups_of(made, SystemClock(), "0")


def texts(home: Path) -> dict[str, str]:
    with closing(sqlite3.connect(home / "jieli.db")) as db:
        return dict(db.execute("SELECT id, text FROM message").fetchall())


@pytest.mark.parametrize("passphrase", ["", "口令 with 字"])
def test_everything_comes_back_once(arun: Any, tmp_path: Path, passphrase: str) -> None:
    target = tmp_path / "all.jieli"
    own = b'id = "mine"\nname = { zh = "\xe6\x88\x91", en = "Mine" }\nchecked = 2026-01-01\n'

    async def story() -> None:
        with FakeServer() as server:
            async with core(tmp_path / "a", server, chains={"快": ("zhipu",)}, font_size=18) as made:
                await fill(made, "one")
                await made.store.save_assistant(Assistant("as", "译者", "翻译", 1.0, 1.0))
                await made.keys.load()
                (tmp_path / "a" / "providers").mkdir()
                (tmp_path / "a" / "providers" / "mine.toml").write_bytes(own)
                seen: list[float] = []
                written = await backups(made).write(target, passphrase, seen.append)
                assert (written.conversations, written.messages) == (1, 4)
                assert written.encrypted == bool(passphrase)
                before = target.read_bytes()
                assert (b"SQLite format" in before) is False
            async with core(tmp_path / "b", server) as other:
                await fill(other, "two")
                brought = await backups(other).restore(target, passphrase)
                assert brought.merged.messages == 4 and brought.merged.assistants == 1
                assert {"chains", "font_size"} <= set(brought.brought.settings)
                assert other.settings.current.chains == {"快": ("zhipu",)}
                again = await backups(other).restore(target, passphrase)
                assert again.merged.nothing and not again.brought.settings and not again.brought.providers
            assert texts(tmp_path / "b").keys() == {f"{c}-{n}" for c in ("one", "two") for n in range(4)}
            assert (tmp_path / "b" / "providers" / "mine.toml").read_bytes() == own
            assert not list((tmp_path / "b").glob("backup-*"))

    arun(story())


def test_keys_and_passwords_stay_at_home(arun: Any, tmp_path: Path) -> None:
    target = tmp_path / "all.jieli"
    secret = "sk-" + os.urandom(16).hex()

    async def story() -> None:
        with FakeServer() as server:
            async with core(tmp_path / "a", server) as made:
                made.settings.change(proxy=f"http://me:{secret}@127.0.0.1:9")
                await fill(made, "one")
                await made.keys.add("zhipu", secret, "Label of mine")
                await backups(made).write(target)
                found = read(target, tmp_path / "out")
                with closing(sqlite3.connect(found.large["jieli.db"])) as db:
                    assert db.execute('SELECT count(*) FROM "key"').fetchone() == (0,)
                    assert db.execute("SELECT count(*) FROM meta").fetchone() == (0,)
                everything = b"".join([*found.small.values(), found.large["jieli.db"].read_bytes()])
                assert secret.encode() not in everything
                assert b"Label of mine" not in everything
                assert secret[-4:].encode() not in found.small["settings.json"]

    arun(story())


def read(path: Path, folder: Path, passphrase: str = "") -> Any:
    from app.backup import bundle

    folder.mkdir()
    return bundle.read(path, sealed.Keyring(passphrase), folder, frozenset({"jieli.db"}))


def test_what_is_set_here_stays_and_no_key_is_led_elsewhere(arun: Any, tmp_path: Path) -> None:
    target = tmp_path / "all.jieli"

    async def story() -> None:
        with FakeServer() as server:
            theirs = {"endpoints": {"zhipu": "https://evil.example/v1", "deepseek": "https://x.example/v1"}}
            async with core(tmp_path / "a", server, font_size=18, **theirs) as made:
                folder = tmp_path / "a" / "providers"
                folder.mkdir()
                (folder / "zhipu.toml").write_text('id = "zhipu"\n')
                await backups(made).write(target)
            async with core(tmp_path / "b", server, "zhipu", font_size=14) as other:
                done = await backups(other).restore(target)
                assert other.settings.current.font_size == 14
                assert dict(other.settings.current.endpoints) == {"deepseek": "https://x.example/v1"}
                assert done.brought.providers == () and done.brought.left >= 3
                assert not (tmp_path / "b" / "providers" / "zhipu.toml").exists()

    arun(story())


def test_wrong_passphrase_cuts_and_flips_are_one_sentence_and_change_nothing(
    arun: Any, tmp_path: Path
) -> None:
    rng = random.Random(7)

    async def story() -> None:
        with FakeServer() as server:
            async with core(tmp_path / "a", server) as made:
                await fill(made, "one", 60)
                for passphrase in ("", "geheim"):
                    target = tmp_path / f"b{len(passphrase)}.jieli"
                    await backups(made).write(target, passphrase)
                    whole = target.read_bytes()
                    bad = tmp_path / "bad.jieli"
                    for n in range(40):
                        data = bytearray(whole)
                        if n % 2:
                            data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
                        else:
                            del data[rng.randrange(len(data)) :]
                        bad.write_bytes(data)
                        with pytest.raises(KnownError) as caught:
                            await backups(made).restore(bad, passphrase)
                        assert caught.value.key.startswith("backup.") and "\n" not in str(caught.value)
                    bad.write_bytes(whole + b"more")
                    with pytest.raises(KnownError):
                        await backups(made).restore(bad, passphrase)
                for wrong, key in (("Geheim", "backup.wrong_passphrase"), ("", "backup.needs_passphrase")):
                    with pytest.raises(KnownError) as caught:
                        await backups(made).restore(tmp_path / "b6.jieli", wrong)
                    assert caught.value.key == key
                assert await backups(made).encrypted(tmp_path / "b6.jieli")
                assert not await backups(made).encrypted(tmp_path / "b0.jieli")

    arun(story())


def halves(folder: Path) -> list[Path]:
    return list(folder.rglob("*.part"))


def test_a_header_that_asks_for_all_memory_is_refused() -> None:
    from io import BytesIO

    header = bytearray(64)
    header[:8] = sealed.MAGIC
    header[8], header[9], header[10], header[11], header[12] = 1, 1, 40, 8, 1
    with pytest.raises(KnownError) as caught:
        sealed.Reader(BytesIO(bytes(header)), sealed.Keyring("x"))
    assert caught.value.key == "backup.damaged"


def test_a_newer_format_is_refused_kindly() -> None:
    from io import BytesIO

    header = bytearray(64)
    header[:8], header[8] = sealed.MAGIC, 9
    with pytest.raises(KnownError) as caught:
        sealed.Reader(BytesIO(bytes(header)), sealed.Keyring(""))
    assert caught.value.key == "backup.newer"


def test_a_file_that_cannot_be_written_leaves_the_old_one(arun: Any, tmp_path: Path) -> None:
    async def story() -> None:
        with FakeServer() as server:
            async with core(tmp_path / "a", server) as made:
                await fill(made, "one")
                with pytest.raises(KnownError) as caught:
                    await backups(made).write(tmp_path / "missing" / "b.jieli")
                assert caught.value.key == "backup.not_written"
                target = tmp_path / "folder"
                target.mkdir()
                with pytest.raises(KnownError):
                    await backups(made).write(target)
                assert not halves(tmp_path)

    arun(story())


def test_a_backup_that_is_cancelled_leaves_the_old_one(
    arun: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, go_on, real = threading.Event(), threading.Event(), bundle.write

    def slow(*args: Any) -> None:
        begun.set()
        assert go_on.wait(60)
        real(*args)

    async def story() -> None:
        with FakeServer() as server:
            async with core(tmp_path / "a", server) as made:
                await fill(made, "one")
                target = tmp_path / "b.jieli"
                target.write_bytes(b"old")
                monkeypatch.setattr(bundle, "write", slow)
                writing = asyncio.create_task(backups(made).write(target))
                assert await asyncio.to_thread(begun.wait, 60)
                writing.cancel()
                await asyncio.sleep(0)
                await asyncio.sleep(0)
                assert not writing.done(), "it waits for its thread"
                go_on.set()
                with pytest.raises(asyncio.CancelledError):
                    await writing
                assert target.read_bytes() == b"old" and not halves(tmp_path)
                monkeypatch.undo()
                assert (await backups(made).write(target)).messages == 4

    arun(story())


def test_a_copy_that_nobody_wants_any_more_ends_in_the_middle(
    arun: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copying, "_STEPS", 20)
    looks = 0

    def going() -> None:
        nonlocal looks
        looks += 1
        if looks == 5:
            raise copying.Stopped

    async def story() -> None:
        with FakeServer() as server:
            async with core(tmp_path / "a", server) as made:
                await fill(made, "one", 200)
                with pytest.raises(copying.Stopped):
                    copying.copy_out(made.paths.database_file, tmp_path / "copy.db", going)
                assert looks == 5

    arun(story())


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_a_full_disk_is_one_sentence(arun: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def story() -> None:
        with FakeServer() as server:
            async with core(tmp_path / "a", server) as made:
                await fill(made, "one")
                target = tmp_path / "b.jieli"
                target.write_bytes(b"old")
                opened = Path.open

                def full(self: Path, mode: str = "r", *args: Any, **kwargs: Any) -> Any:
                    if self.name.endswith(".part") and mode == "wb":
                        self.touch()
                        return opened(Path("/dev/full"), mode)
                    return opened(self, mode, *args, **kwargs)

                monkeypatch.setattr(Path, "open", full)
                with pytest.raises(KnownError) as caught:
                    await backups(made).write(target)
                monkeypatch.undo()
                assert caught.value.key == "backup.not_written"
                assert target.read_bytes() == b"old"
                assert not halves(tmp_path)
                usage = shutil.disk_usage(tmp_path)._replace(free=10)
                monkeypatch.setattr(shutil, "disk_usage", lambda _path: usage)
                with pytest.raises(KnownError) as caught:
                    await backups(made).write(target)
                monkeypatch.undo()
                assert caught.value.key == "backup.no_room"

    arun(story())
