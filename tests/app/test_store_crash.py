"""Processes that die while they write, and processes that share the data."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from app.store.instances import FileLock, Instances
from app.store.records import MessageStatus
from tests.app.parts import answer, attempt, message, opened

ROOT = Path(__file__).resolve().parents[2]

WRITER = """
import asyncio, sys
from pathlib import Path
from tests.app.parts import answer, attempt, message, opened

async def main():
    async with opened(Path(sys.argv[1])) as store:
        made = await store.create_conversation("cut")
        await store.add_turn(made.id, message("q", made.id), answer("a", made.id, "q"))
        store.post_attempt(attempt("x", "a", outcome="running"))
        for n in range(3):
            store.post_text("a", "字" * (n + 1), "")
        await store.conversations()
        print("written", flush=True)
        while sys.stdin.readline():
            await store.save_answer("a", text="whole", status="done")
            store.post_attempt(attempt("x", "a"))
            await store.conversations()
            print("saved", flush=True)

asyncio.run(main())
"""


class Writer:
    """Another process in the middle of an answer."""

    def __init__(self, folder: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(folder)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.expect("written")

    def expect(self, word: str) -> None:
        assert self.process.stdout is not None
        assert self.process.stdout.readline().strip() == word

    def finish_answer(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write("go\n")
        self.process.stdin.flush()
        self.expect("saved")

    def kill(self) -> None:
        self.process.kill()
        self.end()

    def end(self) -> None:
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                pipe.close()
        self.process.wait(20)


@pytest.fixture
def writer(tmp_path: Path):
    made = Writer(tmp_path)
    yield made
    made.kill()


async def _state(folder: Path) -> tuple[list[str], str, MessageStatus, str, bool, bool]:
    """Recovered ids, the text and status of the answer, the outcome of its attempt, the mark, a crash."""
    async with opened(folder) as store:
        recovered = await store.recover()
        (found,) = await store.messages(["a"])
        outcome = (await store.attempts(["a"]))["a"][0].outcome
        marked = (await store.conversations())[0].interrupted
        return recovered, found.text, found.status, outcome, marked, store.crashed


def test_after_kill_9_the_answer_is_there_and_marked(arun, tmp_path: Path, writer: Writer) -> None:
    writer.kill()
    assert arun(_state(tmp_path)) == (["a"], "字字字", "interrupted", "stopped", True, True)
    assert arun(_state(tmp_path)) == ([], "字字字", "interrupted", "stopped", True, False)
    left = [p.name for p in (tmp_path / "running").iterdir()]
    assert left == ["opening.lock"]


def test_the_work_of_a_living_process_is_left_alone(arun, tmp_path: Path, writer: Writer) -> None:
    assert arun(_state(tmp_path)) == ([], "字字字", "streaming", "running", False, False)
    writer.finish_answer()
    assert arun(_state(tmp_path)) == ([], "whole", "done", "answered", False, False)


def test_a_death_is_noticed_while_we_run(arun, tmp_path: Path, writer: Writer) -> None:
    async def main() -> list[list[str]]:
        async with opened(tmp_path) as store:
            before = await store.recover()
            writer.kill()
            return [before, await store.recover()]

    assert arun(main()) == [[], ["a"]]


@pytest.mark.skipif(os.name != "posix", reason="stopping a process needs signals")
def test_a_process_that_is_only_stopped_is_not_dead(arun, tmp_path: Path, writer: Writer) -> None:
    writer.process.send_signal(signal.SIGSTOP)
    try:
        assert arun(_state(tmp_path))[0] == []
    finally:
        writer.process.send_signal(signal.SIGCONT)


def test_our_own_answers_are_not_recovered(arun, tmp_path: Path) -> None:
    async def main() -> list[str]:
        async with opened(tmp_path) as store:
            made = await store.create_conversation()
            await store.add_turn(made.id, message("q", made.id), answer("a", made.id, "q"))
            store.post_attempt(attempt("x", "a", outcome="running"))
            return await store.recover()

    assert arun(main()) == []


def test_an_answer_of_a_store_that_was_closed_midway_is_recovered(arun, tmp_path: Path) -> None:
    async def leave() -> None:
        async with opened(tmp_path) as store:
            made = await store.create_conversation()
            await store.add_turn(made.id, message("q", made.id), answer("a", made.id, "q"))
            store.post_text("a", "half", "")
            store.post_attempt(attempt("x", "a", outcome="running"))

    arun(leave())
    assert arun(_state(tmp_path)) == (["a"], "half", "interrupted", "stopped", True, False)


def test_closing_folds_the_log_into_the_file(arun, tmp_path: Path) -> None:
    async def main() -> None:
        async with opened(tmp_path) as store:
            await store.create_conversation()
            assert (tmp_path / "jieli.db-wal").stat().st_size > 0
            await store.close()

    arun(main())
    assert sorted(p.name for p in tmp_path.iterdir() if p.is_file()) == ["jieli.db"]


def test_many_processes_may_open_a_new_file_at_once(tmp_path: Path) -> None:
    code = (
        "import asyncio, sys\nfrom pathlib import Path\nfrom tests.app.parts import opened\n"
        "async def main():\n"
        "    async with opened(Path(sys.argv[1])) as store:\n"
        "        await store.create_conversation('x')\n"
        "asyncio.run(main())\n"
    )
    (tmp_path / "jieli.db").write_bytes(b"damaged before all of them" * 50)
    running = [
        subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], cwd=ROOT, stderr=subprocess.PIPE)
        for _ in range(4)
    ]
    errors = [process.communicate(timeout=60)[1] for process in running]
    assert errors == [b""] * 4

    async def count() -> int:
        async with opened(tmp_path) as store:
            return len(await store.conversations())

    assert asyncio.run(count()) == 4
    assert len(list(tmp_path.glob("jieli.db.damaged-*"))) == 1


def test_a_lock_is_held_by_one_and_freed_by_release(tmp_path: Path) -> None:
    one, other = FileLock(tmp_path / "x.lock"), FileLock(tmp_path / "x.lock")
    assert one.acquire()
    assert not other.acquire()
    one.release()
    assert other.acquire()
    other.release(remove=True)
    assert not (tmp_path / "x.lock").exists()


def test_instances_know_who_is_alive(tmp_path: Path) -> None:
    one, other = Instances(tmp_path), Instances(tmp_path)
    with one.opening(1):
        assert not one.claim()
    with other.opening(1):
        assert not other.claim()
    assert not one.is_dead(one.id)
    assert not one.is_dead(other.id)
    assert one.is_dead("never-seen")
    assert one.is_dead(None)
    other.leave()
    assert one.is_dead(other.id)
    one.leave()
