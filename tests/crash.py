"""Kills processes at random moments and counts what is left: `python -m tests.crash --runs 200`.

A run starts a process that does one thing (streams answers, migrates an old file, merges another one, takes a
snapshot), kills it, opens the file and compares. Whatever the process said was stored must be there, the file
must open, be sound, and take further messages. New kinds of runs are entries of `JOBS`.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from app import i18n
from app.clock import SystemClock
from app.exchange.imports.importer import Importer
from app.store.records import Conversation, Message
from app.store.store import Store
from tests import crash_backup, import_big
from tests.killing import kill

ROOT = Path(__file__).resolve().parent.parent
V1 = ROOT / "tests" / "data" / "db" / "v1.db"
CONVERSATIONS, MESSAGES = 15, 50
"""How much lies in the files before."""

LONGEST = 0.6
"""Seconds after the first sign of life within which a process is killed."""

FLUSH_SECONDS = 1.0
"""Text younger than this may be lost (design: streamed text is stored at least once a second)."""


def say(**fact: object) -> None:
    """Tell the parent what is stored for certain."""
    sys.stdout.write(json.dumps(fact) + "\n")
    sys.stdout.flush()


async def opened(folder: Path) -> Store:
    """The store of a folder."""
    return await Store.open(folder / "jieli.db", SystemClock(), folder / "running")


async def stream(folder: Path) -> None:
    """Ask and answer for ever, as the chat does: question and empty answer, growing text, the end."""
    store = await opened(folder)
    made = await store.create_conversation("stream")
    parent: str | None = None
    for n in range(100_000):
        now = time.time()
        q, a = f"{made.id}-q{n}", f"{made.id}-a{n}"
        question = Message(q, made.id, parent, "user", f"问 {n}", "done", now, now)
        empty = Message(a, made.id, q, "assistant", "", "streaming", now, now)
        await store.add_turn(made.id, question, empty)
        say(message=q, text=f"问 {n}")
        text = ""
        for _ in range(random.randrange(1, 8)):
            text += "接力" * random.randrange(1, 400)
            store.post_text(a, text, "")
            await asyncio.sleep(random.random() * 0.01)
        await store.conversations()
        say(message=a, text=text, growing=True)
        await store.save_answer(a, text=text, status="done")
        say(message=a, text=text)
        parent = a


async def migrate(folder: Path) -> None:
    """Open an old file that takes a while to migrate, and close it."""
    say(begun=True)
    store = await opened(folder)
    say(opened=True)
    await store.close()
    await asyncio.sleep(60)


async def merge(folder: Path) -> None:
    """Merge another profile's file while chatting."""
    store = await opened(folder)
    say(begun=True)
    merged = await store.merge_from(folder / "other.db")
    say(merged=merged.messages)
    await asyncio.sleep(60)


async def snapshot(folder: Path) -> None:
    """Copy the file over and over while it is written."""
    store = await opened(folder)
    writing = asyncio.create_task(write(store))
    while True:
        taken = await store.snapshot()
        if taken is not None:
            say(snapshot=str(taken.path))
        await asyncio.sleep(0)
        if writing.done():
            return


async def write(store: Store) -> None:
    """Store messages for ever."""
    made = await store.create_conversation("busy")
    for n in range(100_000):
        now = time.time()
        ident = f"{made.id}-{n}"
        await store.add_message(Message(ident, made.id, None, "user", "字" * 500, "done", now, now))
        say(message=ident, text="字" * 500)


async def bring(folder: Path) -> None:
    """Import another program's export while chatting."""
    store = await opened(folder)
    say(begun=True)
    writing = asyncio.create_task(write(store))
    report = await Importer(store, SystemClock()).run([folder / "export.zip"], lambda _: None)
    say(imported=report.messages)
    await writing


async def erase(folder: Path) -> None:
    """Erase everything: afterwards all of it is there, or none."""
    store = await opened(folder)
    say(begun=True)
    await store.erase_all()
    say(erased=True)
    await asyncio.sleep(60)


@dataclass(frozen=True)
class Job:
    """One kind of run: what the process does, what lies in the folder before, how long it may live."""

    run: Callable[[Path], Awaitable[None]]
    prepare: Callable[[Path], None] | None = None
    longest: float = LONGEST
    keeps: bool = True
    """Whether what lay there before must be there afterwards."""


def _old_file(folder: Path) -> None:
    """A file of version 1 with enough in it that migrating takes a moment."""
    shutil.copy(V1, folder / "jieli.db")
    db = sqlite3.connect(folder / "jieli.db")
    rows = [(f"old{n}", "c2", "user", "done", 1.0, 1.0, "旧" * 300) for n in range(6000)]
    columns = "id, conversation, role, status, created_at, updated_at, text"
    db.executemany(f"INSERT INTO message ({columns}) VALUES (?, ?, ?, ?, ?, ?, ?)", rows)
    db.commit()
    db.close()


def full_file(folder: Path, prefix: str = "kept") -> None:
    """A sound file with some conversations."""

    async def main() -> None:
        store = await opened(folder)
        for c in range(CONVERSATIONS):
            ids = [f"{prefix}{c}-{m}" for m in range(MESSAGES)]
            tree = [
                Message(
                    i, f"{prefix}{c}", ids[m - 1] if m else None, "user", f"文 {i}" * 40, "done", 1.0, 1.0
                )
                for m, i in enumerate(ids)
            ]
            whole = Conversation(f"{prefix}{c}", prefix, 1.0, 1.0, head=ids[-1])
            await store.add_conversation(whole, tree)
        await store.close()

    asyncio.run(main())


def _two_files(folder: Path) -> None:
    full_file(folder, "other")
    (folder / "jieli.db").rename(folder / "other.db")
    full_file(folder)


def _with_export(folder: Path) -> None:
    full_file(folder)
    import_big.make(folder / "export.zip", 2)


JOBS: dict[str, Job] = {
    "stream": Job(stream, longest=1.5),
    "migrate": Job(migrate, _old_file, 0.5),
    "merge": Job(merge, _two_files, 0.5),
    "snapshot": Job(snapshot, full_file, 0.8),
    "import": Job(bring, _with_export, 1.5),
    "backup": Job(crash_backup.back_up, full_file, 0.8),
    "restore": Job(crash_backup.restore, crash_backup.file_and_backup, 0.5),
    "erase": Job(erase, full_file, 0.25, keeps=False),
}


@dataclass
class Totals:
    """What came out of all runs. `lost` must be empty."""

    runs: Counter[str] = field(default_factory=Counter)
    killed_midway: Counter[str] = field(default_factory=Counter)
    stored: int = 0
    interrupted: int = 0
    lost: list[str] = field(default_factory=list)

    def lines(self) -> list[str]:
        """The counts, for people."""
        kinds = ", ".join(f"{k} {n} ({self.killed_midway[k]} midway)" for k, n in sorted(self.runs.items()))
        return [
            f"killed {sum(self.runs.values())}: {kinds}",
            f"messages stored before a kill {self.stored}, answers found interrupted {self.interrupted}, "
            f"troubles {len(self.lost)}",
            *self.lost[:20],
        ]


def run_once(name: str, folder: Path, rng: random.Random, totals: Totals) -> None:
    """Prepare, run, kill, compare."""
    job = JOBS[name]
    if job.prepare is not None:
        job.prepare(folder)
    before = texts(folder / "jieli.db") if job.prepare is not None else {}
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.crash", "--job", name, str(folder)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    first = process.stdout.readline()
    time.sleep(rng.random() * job.longest)
    facts, errors = kill(process, first)
    totals.runs[name] += 1
    totals.killed_midway[name] += not any(
        f.keys() & {"opened", "merged", "erased", "imported"} for f in facts
    )
    if errors.strip():
        totals.lost.append(f"{name}: the process said {errors[-300:]}")
    asyncio.run(_compare(name, folder, facts, before if job.keeps else {}, totals))


async def _compare(
    name: str, folder: Path, facts: list[dict[str, str]], before: dict[str, str], totals: Totals
) -> None:
    store = await opened(folder)
    try:
        if store.problems:
            totals.lost.append(f"{name}: {[str(p) for p in store.problems]}")
        totals.interrupted += len(await store.recover())
        found = texts(folder / "jieli.db")
        totals.stored += len(before)
        for ident, text in before.items():
            if found.get(ident) != text:
                totals.lost.append(f"{name}: {ident} of before is {'changed' if ident in found else 'gone'}")
        for fact in facts:
            if "message" in fact:
                totals.stored += 1
                kept = found.get(fact["message"])
                if kept is None or not kept.startswith(fact["text"]):
                    totals.lost.append(f"{name}: {fact['message']} was stored and is not there")
            if "snapshot" in fact and not _is_sound(Path(fact["snapshot"])):
                totals.lost.append(f"{name}: the snapshot {fact['snapshot']} is not sound")
        if name in ("backup", "restore"):
            totals.lost += await crash_backup.compare(name, store, folder)
        if name == "merge":
            # What the kill cut short is completed by doing it again.
            await store.merge_from(folder / "other.db")
            if not (await store.merge_from(folder / "other.db")).nothing:
                totals.lost.append("merge: a second merge still finds something")
            if texts(folder / "other.db").items() - texts(folder / "jieli.db").items():
                totals.lost.append("merge: something of the other file is missing")
        if name == "import":
            await _complete_import(store, folder / "export.zip", totals)
        if name == "erase" and len(found) not in (0, CONVERSATIONS * MESSAGES):
            totals.lost.append(f"erase: {len(found)} messages are left")
        if not await store.check():
            totals.lost.append(f"{name}: the file is not sound")
        await store.create_conversation("goes on")
    finally:
        await store.close()


async def _complete_import(store: Store, path: Path, totals: Totals) -> None:
    """What the kill cut short is completed by importing again, and then there is nothing left to bring."""
    importer = Importer(store, SystemClock())
    await importer.run([path], lambda _: None)
    again = await importer.run([path], lambda _: None)
    if not again.nothing or again.problems or again.left:
        totals.lost.append(f"import: a second import still finds something: {again}")
    db = sqlite3.connect(store.path)
    try:
        whole = import_big.count_messages(path)
        (found,) = db.execute("SELECT count(*) FROM message WHERE origin IS NOT NULL").fetchone()
        (twice,) = db.execute(
            "SELECT count(*) FROM message m WHERE origin IS NOT NULL AND parent IS NULL "
            "AND EXISTS (SELECT 1 FROM message o WHERE o.conversation = m.conversation AND o.parent IS NULL "
            "AND o.id <> m.id)"
        ).fetchone()
    finally:
        db.close()
    if found != whole or twice:
        totals.lost.append(f"import: {found} messages of {whole}, {twice} without their parents")


def texts(path: Path) -> dict[str, str]:
    """Every message's text by its id."""
    db = sqlite3.connect(path)
    try:
        return dict(db.execute("SELECT id, text FROM message").fetchall())
    finally:
        db.close()


def _is_sound(path: Path) -> bool:
    db = sqlite3.connect(path)
    try:
        return db.execute("PRAGMA integrity_check(1)").fetchone() == ("ok",)
    finally:
        db.close()


def run(runs: int, seed: int, jobs: list[str], report: Callable[[str], None]) -> Totals:
    """Kill so many processes, the kinds in turn. Ctrl+C ends it with what was counted by then."""
    rng = random.Random(seed)
    totals = Totals()
    with suppress(KeyboardInterrupt):
        for n in range(runs):
            with tempfile.TemporaryDirectory(prefix="crash-") as folder:
                run_once(jobs[n % len(jobs)], Path(folder), rng, totals)
            if n % 25 == 24:
                report(f"… {n + 1} of {runs}, troubles {len(totals.lost)}")
    return totals


def main() -> int:
    """Run and print the counts; 1 when anything was lost."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", choices=sorted(JOBS), action="append")
    parser.add_argument("--job", nargs=2, metavar=("KIND", "FOLDER"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    i18n.load(ROOT / "resources" / "i18n")
    if options.job:
        asyncio.run(JOBS[options.job[0]].run(Path(options.job[1])))
        return 0
    jobs = options.only or list(JOBS)
    found = run(options.runs, options.seed, jobs, lambda line: sys.stderr.write(line + "\n") and None)
    sys.stdout.write("\n  ".join(found.lines()) + "\n")
    return 1 if found.lost else 0


if __name__ == "__main__":
    sys.exit(main())
