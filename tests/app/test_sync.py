"""Two or three computers on one place end up with the same, whatever happened in between."""

from __future__ import annotations

import random
import shutil
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from app.backup import sealed
from app.errors import KnownError
from app.store.entries import Attachment, AttemptRecord
from app.store.records import Assistant, Message
from app.sync.place import FOLDER, FolderPlace, Name
from tests.app.syncing import Profile, same, settle, told


@pytest.fixture(autouse=True)
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealed.lock, "__defaults__", (None, 10, 8, 1))
    monkeypatch.setattr(sealed.Keyring.lock, "__defaults__", (None, 10, 8, 1))


@pytest.fixture
def story(arun: Any, tmp_path: Path) -> Callable[[Callable[..., Awaitable[None]]], None]:
    """Run a coroutine function with as many profiles as it has parameters, all on one folder."""

    return told(arun, tmp_path)


@pytest.mark.parametrize("passphrase", ["", "口令"])
def test_both_ways_and_then_nothing(story: Any, tmp_path: Path, passphrase: str) -> None:
    async def go(a: Profile, b: Profile) -> None:
        picture = Attachment("pic", "a0", 0, "image", "p.png", "image/png", "00", b"\x89PNG" * 1000)
        for n in range(5):
            await a.say("one", f"a{n}", f"a{n - 1}" if n else None, parts=() if n else (picture,))
            await b.say("two", f"b{n}", f"b{n - 1}" if n else None)
        await a.store.save_assistant(Assistant("as", "译者", "翻译", 1.0, 1.0))
        record = AttemptRecord("at", "a1", 1, "zhipu", "glm", "answered", 1.0, conversation="one")
        a.store.post_attempt(record)
        await settle(a, b)
        same(a, b)
        assert len(a.held()["messages"]) == 10 and len(b.held()["attachments"]) == 1
        assert len(b.held()["attempts"]) == 1 and len(b.held()["assistants"]) == 1
        before = sorted(p.name for p in (tmp_path / "cloud" / FOLDER).iterdir())
        assert (await a.sync()).counts() == (await b.sync()).counts()
        assert (await a.sync()).written == (await a.sync()).read == 0
        assert sorted(p.name for p in (tmp_path / "cloud" / FOLDER).iterdir()) == before
        raw = b"".join(p.read_bytes() for p in (tmp_path / "cloud" / FOLDER).iterdir())
        assert "话 a0".encode() not in raw

    story(go, passphrase=passphrase)


def test_each_field_keeps_its_later_change(story: Any) -> None:
    async def go(a: Profile, b: Profile) -> None:
        await a.say("one", "m0", None)
        await settle(a, b)
        await a.store.update_conversation("one", title="新题", title_by_user=True)
        await b.store.update_conversation("one", pinned=True)
        await a.store.update_conversation("one", folder="甲")
        await b.store.update_conversation("one", folder="乙")
        await a.say("one", "a1", "m0")
        await b.say("one", "b1", "m0")
        await settle(a, b)
        same(a, b)
        (row,) = a.held()["conversations"]
        assert row[1] == "新题" and row[3] == 1 and row[8] == "乙"
        assert {m[0] for m in a.held()["messages"]} == {"m0", "a1", "b1"}

    story(go)


def test_a_clock_that_is_far_ahead_does_not_win_for_ever(story: Any) -> None:
    async def go(a: Profile, b: Profile) -> None:
        class Ahead(type(b.clock)):
            def now(self) -> float:
                return time.time() + 40_000_000

        b.clock = Ahead()
        b.store._clock = b.clock
        await a.say("one", "m0", None)
        await settle(a, b)
        await b.store.update_conversation("one", title="来自未来")
        await settle(a, b)
        assert (await a.store.conversation("one")).title == "来自未来"
        await a.store.update_conversation("one", title="现在")
        await settle(a, b)
        same(a, b)
        assert (await b.store.conversation("one")).title == "现在"

    story(go)


def test_a_clock_ahead_is_noted(story: Any) -> None:
    async def go(a: Profile, b: Profile) -> None:
        class Ahead(type(b.clock)):
            def now(self) -> float:
                return time.time() + 3600

        b.clock = Ahead()
        await b.say("one", "m0", None)
        await b.sync()
        assert 3000 < (await a.sync()).ahead < 4000

    story(go)


def test_a_draft_stays_where_it_is_written(story: Any) -> None:
    async def go(a: Profile, b: Profile) -> None:
        await a.say("one", "m0", None)
        await a.store.update_conversation("one", draft="halb")
        await settle(a, b)
        assert (await b.store.conversation("one")).draft == ""
        await b.store.update_conversation("one", draft="anders", pinned=True)
        await settle(a, b)
        assert (await a.store.conversation("one")).draft == "halb"
        assert (await a.store.conversation("one")).pinned

    story(go)


def test_bin_and_removal_for_good_hold_everywhere(story: Any) -> None:
    async def go(a: Profile, b: Profile) -> None:
        await a.say("one", "m0", None)
        await a.say("two", "n0", None)
        await settle(a, b)
        await a.store.delete_conversations(["one"])
        await settle(a, b)
        assert (await b.store.conversation("one")).deleted_at is not None
        await a.store.purge_conversations(["one"])
        await settle(a, b)
        same(a, b)
        assert {c[0] for c in b.held()["conversations"]} == {"two"}

    story(go)


def test_what_was_said_after_a_removal_brings_the_conversation_back(story: Any) -> None:
    async def go(a: Profile, b: Profile, c: Profile) -> None:
        await a.say("one", "m0", None)
        await a.say("one", "m1", "m0")
        await settle(a, b, c)
        await a.store.delete_conversations(["one"])
        await a.store.purge_conversations(["one"])
        await b.say("one", "m2", "m1")
        await settle(a, b, c, rounds=4)
        same(a, b, c)
        assert {m[0]: m[2] for m in a.held()["messages"]} == {"m0": None, "m1": "m0", "m2": "m1"}

    story(go)


def test_what_was_said_after_it_went_to_the_bin_takes_it_out(story: Any) -> None:
    async def go(a: Profile, b: Profile) -> None:
        await a.say("one", "m0", None)
        await settle(a, b)
        await a.store.delete_conversations(["one"])
        await b.say("one", "m1", "m0")
        await settle(a, b)
        same(a, b)
        assert (await a.store.conversation("one")).deleted_at is None

    story(go)


def test_two_texts_of_one_message_both_stay(story: Any) -> None:
    async def go(a: Profile, b: Profile) -> None:
        now = time.time()
        await a.say("one", "q", None)
        answer = Message("x", "one", "q", "assistant", "开头", "interrupted", now, now)
        await a.store.add_message(answer)
        await settle(a, b)
        await a.store.save_answer("x", text="开头 甲的续写", status="done")
        await b.store.save_answer("x", text="开头 乙的续写", status="done")
        await settle(a, b)
        same(a, b)
        texts = [m[5] for m in a.held()["messages"] if m[3] == "assistant"]
        assert sorted(texts) == ["开头 乙的续写", "开头 甲的续写"]
        assert {m[2] for m in a.held()["messages"] if m[3] == "assistant"} == {"q"}

    story(go)


def test_files_may_come_in_any_order_late_and_in_halves(story: Any, tmp_path: Path) -> None:
    cloud = tmp_path / "cloud" / FOLDER

    async def go(a: Profile, b: Profile) -> None:
        for n in range(6):
            await a.say("one", f"m{n}", f"m{n - 1}" if n else None)
            await a.sync()
        files = sorted(cloud.iterdir())
        away = tmp_path / "away"
        away.mkdir()
        for file in files:
            shutil.move(file, away / file.name)
        random.Random(3).shuffle(files)
        for n, file in enumerate(files):
            whole = (away / file.name).read_bytes()
            file.write_bytes(whole[: len(whole) // 2])
            assert (await b.sync()).waiting == 1
            file.write_bytes(whole)
            (cloud / f"{file.stem} (conflicted copy).jieli").write_bytes(whole)
            (cloud / f"{file.stem}.jieli.sb-1234").write_bytes(b"half")
            assert (await b.sync()).came == (n >= 0)
        assert a.held()["messages"] == b.held()["messages"]
        assert a.held()["conversations"] == b.held()["conversations"]

    story(go)


def test_many_small_files_become_one_and_a_newcomer_gets_all(story: Any, tmp_path: Path) -> None:
    async def go(a: Profile, b: Profile, late: Profile) -> None:
        for n in range(30):
            await a.say("one", f"m{n}", f"m{n - 1}" if n else None)
            await a.store.update_conversation("one", title=f"题 {n}")
            await a.sync()
            if n % 7 == 0:
                await b.sync()
        names = [Name.of(p.name) for p in (tmp_path / "cloud" / FOLDER).iterdir()]
        assert len([n for n in names if n]) < 12
        await settle(a, b)
        await settle(late, a)
        same(a, b, late)
        assert (await late.store.conversation("one")).title == "题 29"

    story(go)


def test_a_place_that_was_emptied_is_filled_again(story: Any, tmp_path: Path) -> None:
    async def go(a: Profile, b: Profile) -> None:
        await a.say("one", "m0", None)
        await settle(a, b)
        shutil.rmtree(tmp_path / "cloud" / FOLDER)
        await a.sync()
        assert list((tmp_path / "cloud" / FOLDER).iterdir())
        shutil.rmtree(tmp_path / "cloud")
        with pytest.raises(KnownError) as caught:
            await a.sync()
        assert caught.value.key == "sync.no_folder"

    story(go)


def test_passphrases_must_agree_and_nothing_goes_out_when_they_do_not(story: Any, tmp_path: Path) -> None:
    async def go(a: Profile, b: Profile) -> None:
        await a.say("one", "m0", None)
        await a.sync()
        await b.say("two", "n0", None)
        before = sorted(p.name for p in (tmp_path / "cloud" / FOLDER).iterdir())
        for wrong, key in (("anders", "sync.wrong_passphrase"), ("", "sync.needs_passphrase")):
            b.keyring = sealed.Keyring(wrong)
            with pytest.raises(KnownError) as caught:
                await b.sync()
            assert caught.value.key == key
        assert sorted(p.name for p in (tmp_path / "cloud" / FOLDER).iterdir()) == before
        b.keyring = sealed.Keyring("geheim")
        await settle(a, b)
        same(a, b)

    story(go, passphrase="geheim")


def test_a_newer_program_is_told_kindly_and_the_rest_is_synced(
    story: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def go(a: Profile, b: Profile, c: Profile) -> None:
        from app.sync import engine

        await c.say("three", "o0", None)
        await c.sync()
        await a.say("one", "m0", None)
        monkeypatch.setattr(engine, "MIGRATIONS", (*engine.MIGRATIONS, None))
        await a.sync()
        monkeypatch.undo()
        await b.say("two", "n0", None)
        with pytest.raises(KnownError) as caught:
            await b.sync()
        assert caught.value.key == "sync.newer"
        assert {m[0] for m in b.held()["messages"]} == {"n0", "o0"}
        await a.sync()
        assert {m[0] for m in a.held()["messages"]} == {"m0", "n0", "o0"}

    story(go)


def test_random_lives_of_three_end_alike(story: Any) -> None:
    async def go(a: Profile, b: Profile, c: Profile) -> None:
        rng = random.Random(11)
        profiles = [a, b, c]
        said: dict[str, list[str]] = {"k0": [], "k1": [], "k2": []}
        everything: set[str] = set()
        for step in range(90):
            who = rng.choice(profiles)
            name = rng.choice(list(said))
            match rng.randrange(7):
                case 0 | 1 | 2:
                    here = {m[0] for m in who.held()["messages"]}
                    parents = [m for m in said[name] if m in here] or [None]
                    ident = f"{name}-{step}"
                    await who.say(name, ident, rng.choice(parents))
                    said[name].append(ident)
                    everything.add(ident)
                case 3 if await who.store.conversation(name):
                    await who.store.update_conversation(name, title=f"t{step}", pinned=bool(step % 2))
                case 4 if await who.store.conversation(name):
                    await who.store.update_conversation(name, folder=f"f{step}")
                case 5 if await who.store.conversation(name):
                    await who.store.delete_conversations([name])
                case _:
                    await who.sync()
        await settle(*profiles, rounds=4)
        same(*profiles)
        assert {m[0] for m in a.held()["messages"]} == everything

    story(go)


def test_a_folder_that_refuses_is_a_sentence(arun: Any, tmp_path: Path) -> None:
    async def go() -> None:
        root = tmp_path / "cloud"
        root.mkdir()
        (root / FOLDER).write_text("in the way")
        with pytest.raises(KnownError) as caught:
            await FolderPlace(root).list()
        assert caught.value.key == "sync.folder_refused"

    arun(go())
