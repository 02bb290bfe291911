"""Kills profiles while they sync and counts what is left: `python -m tests.sync_kill --runs 200`.

Two profiles write and sync through one place, a folder or a real WebDAV server on this computer. Each run
kills one of them at a random moment of writing and syncing; the other goes on meanwhile. Now and then, and
at the end, both sync in peace: then they must hold the same, and everything that was said to be stored.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from app import i18n
from app.errors import KnownError
from app.sync.place import FOLDER, FolderPlace, Name, Place, WebdavPlace
from providers.http import Clients
from providers.webdav import Account, WebdavFolder
from tests.app.syncing import Profile, settle
from tests.killing import kill

ROOT = Path(__file__).resolve().parent.parent
LONGEST = 0.9
"""Seconds after the first sign of life within which a process is killed."""

VARIABLE = "JIELI_TEST_WEBDAV_PASSWORD"


def place_of(where: str) -> Place:
    """The place: a folder, or an address."""
    if not where.startswith("http"):
        return FolderPlace(Path(where))
    from tests.fakes.webdav import USER

    account = Account(f"{where}/{FOLDER}", USER, os.environ[VARIABLE])
    return WebdavPlace(WebdavFolder(account, Clients("none")), "here")


def say(**fact: object) -> None:
    """Tell the parent what is stored for certain."""
    sys.stdout.write(json.dumps(fact) + "\n")
    sys.stdout.flush()


async def live(home: Path, where: str, number: int, seed: int) -> None:
    """Write and sync for ever."""
    rng = random.Random(seed)
    profile = await Profile(home, place_of(where), number).open()
    own = f"own{number}"
    for n in range(100_000):
        conversation = rng.choice(("shared", own))
        ident = f"{number}-{seed}-{n}"
        branch = (
            await profile.store.branch(conversation) if await profile.store.conversation(conversation) else []
        )
        text = "接力" * rng.randrange(1, 2000)
        await profile.say(conversation, ident, branch[-1] if branch else None, text)
        say(message=ident, size=len(text))
        if rng.random() < 0.3:
            await profile.store.update_conversation(conversation, title=f"题 {ident}", pinned=n % 2 == 0)
        if rng.random() < 0.5:
            say(synced=await _synced(profile))


async def _synced(profile: Profile) -> bool:
    """Sync; False when the server had a trouble after which the program tries again by itself."""
    try:
        await profile.sync()
    except KnownError as error:
        if error.key not in ("sync.server", "sync.busy", "sync.offline"):
            raise
        # WsgiDAV answers 500 when a file goes while it lists the folder.
        return False
    return True


@dataclass
class Totals:
    """What came out of all runs. `lost` must be empty."""

    runs: Counter[str] = field(default_factory=Counter)
    midway: int = 0
    stored: dict[str, int] = field(default_factory=dict)
    before: int = 0
    compared: int = 0
    files: int = 0
    lost: list[str] = field(default_factory=list)

    def lines(self) -> list[str]:
        """The counts, for people."""
        kinds = ", ".join(f"{kind} {n}" for kind, n in sorted(self.runs.items()))
        return [
            f"killed {sum(self.runs.values())} ({kinds}), {self.midway} of them during a sync",
            f"messages stored {self.before + len(self.stored)}, compared {self.compared} times, "
            f"change files {self.files}, troubles {len(self.lost)}",
            *self.lost[:20],
        ]


def run_once(home: Path, where: str, number: int, rng: random.Random, totals: Totals, other: Profile) -> None:
    """Start a profile's life, kill it; meanwhile the other syncs."""
    for left in home.glob("syncing-*"):
        shutil.rmtree(left)
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "tests.sync_kill",
            "--live",
            str(home),
            where,
            str(number),
            str(rng.randrange(10**9)),
        ],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    first = process.stdout.readline()
    end = time.monotonic() + rng.random() * LONGEST
    asyncio.run(_meanwhile(other, end))
    facts, errors = kill(process, first)
    for fact in facts:
        if "message" in fact:
            totals.stored[fact["message"]] = fact["size"]
    totals.midway += any(home.glob("syncing-*"))
    if errors.strip():
        totals.lost.append(f"the process said {errors[-300:]}")


async def _meanwhile(other: Profile, end: float) -> None:
    await other.open()
    try:
        await other.say("shared", f"m-{time.monotonic_ns()}", None)
        await _synced(other)
        await asyncio.sleep(max(0.0, end - time.monotonic()))
    finally:
        await other.close()


async def compare(profiles: list[Profile], totals: Totals) -> None:
    """Let both sync in peace; they must hold the same, and all that was stored."""
    totals.compared += 1
    for profile in profiles:
        await profile.open()
    try:
        await settle(*profiles, rounds=4)
        first, second = (profile.held() for profile in profiles)
        for name, rows in first.items():
            if rows != second[name]:
                totals.lost.append(
                    f"{name} differ: {set(map(str, rows)) ^ set(map(str, second[name]))}"[:400]
                )
        found = {row[0]: len(row[5]) for row in first["messages"]}
        missing = [i for i, size in totals.stored.items() if found.get(i) != size]
        if missing:
            totals.lost.append(f"{len(missing)} stored messages are missing, such as {missing[:3]}")
        for profile in profiles:
            if not await profile.store.check():
                totals.lost.append(f"{profile.home} is not sound")
    finally:
        for profile in profiles:
            await profile.close()


@contextmanager
def _places(kind: str, root: Path) -> Iterator[str]:
    if kind == "folder":
        (root / "cloud").mkdir()
        yield str(root / "cloud")
        return
    from tests.fakes.webdav import serving

    os.environ[VARIABLE] = os.urandom(8).hex()
    with serving(root / "cloud", os.environ[VARIABLE]) as url:
        yield url


def run(runs: int, seed: int, kinds: list[str], report: Callable[[str], None], every: int = 25) -> Totals:
    """Kill so many profiles on each kind of place."""
    totals = Totals()
    for kind in kinds:
        rng = random.Random(seed)
        with tempfile.TemporaryDirectory(prefix="sync-kill-") as name, _places(kind, Path(name)) as where:
            root = Path(name)
            profiles = [Profile(root / f"p{n}", place_of(where), n) for n in (1, 2)]
            totals.before += len(totals.stored)
            totals.stored = {}
            for n in range(runs):
                victim = rng.randrange(2)
                run_once(profiles[victim].home, where, victim + 1, rng, totals, profiles[1 - victim])
                totals.runs[kind] += 1
                if n % every == every - 1 or n == runs - 1:
                    profiles = [Profile(p.home, place_of(where), i + 1) for i, p in enumerate(profiles)]
                    asyncio.run(compare(profiles, totals))
                    report(f"… {kind}: {n + 1} of {runs}")
                profiles = [Profile(p.home, place_of(where), i + 1) for i, p in enumerate(profiles)]
            names = (root / "cloud" / FOLDER).iterdir()
            totals.files += sum(Name.of(path.name) is not None for path in names)
    return totals


def main() -> int:
    """Run and print the counts; 1 when anything was lost."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", choices=("folder", "webdav"), action="append")
    parser.add_argument(
        "--live", nargs=4, metavar=("HOME", "WHERE", "NUMBER", "SEED"), help=argparse.SUPPRESS
    )
    options = parser.parse_args()
    i18n.load(ROOT / "resources" / "i18n")
    if options.live:
        home, where, number, seed = options.live
        asyncio.run(live(Path(home), where, int(number), int(seed)))
        return 0
    kinds = options.only or ["folder", "webdav"]
    found = run(options.runs, options.seed, kinds, lambda line: sys.stderr.write(line + "\n") and None)
    sys.stdout.write("\n  ".join(found.lines()) + "\n")
    return 1 if found.lost else 0


if __name__ == "__main__":
    sys.exit(main())
