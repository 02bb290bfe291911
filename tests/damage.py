"""Damages copies of a real file and counts what is saved: `python -m tests.damage --copies 200`.

Every copy gets flipped bytes, a lost sector, garbage or a missing end, is opened like at any start, checked
like after a crash and, where that finds something, opened once more. Nothing may crash, and no message may be
missing or changed without the user being told.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import logging
import random
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from app import i18n
from app.errors import KnownError
from app.store.entries import Attachment, AttemptRecord
from app.store.records import Conversation, Message
from app.store.store import Store
from tests.app.parts import StillClock

ROOT = Path(__file__).resolve().parent.parent
TEXTS = (
    "接力赛怎么跑？一棒接一棒，谁也不能停。",
    "def relay(legs):\n    return next(legs)\n",
    "Then the next runs. ",
)

Damage = Callable[[bytearray, random.Random], None]


def _flip(data: bytearray, rng: random.Random) -> None:
    for _ in range(rng.choice((1, 1, 2, 8, 64))):
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)


def _flip_early(data: bytearray, rng: random.Random) -> None:
    for _ in range(rng.choice((1, 2, 4))):
        data[rng.randrange(min(8192, len(data)))] ^= 1 << rng.randrange(8)


def _zero_pages(data: bytearray, rng: random.Random) -> None:
    for _ in range(rng.choice((1, 2, 5))):
        start = rng.randrange(len(data) // 4096) * 4096
        data[start : start + 4096] = bytes(4096)


def _garbage(data: bytearray, rng: random.Random) -> None:
    start = rng.randrange(len(data))
    length = min(rng.choice((16, 700, 5000, 20000)), len(data) - start)
    data[start : start + length] = rng.randbytes(length)


def _truncate(data: bytearray, rng: random.Random) -> None:
    del data[rng.randrange(len(data)) :]


DAMAGES: dict[str, Damage] = {
    "flipped bits": _flip,
    "flipped bits at the start": _flip_early,
    "pages of zeros": _zero_pages,
    "garbage": _garbage,
    "cut short": _truncate,
}


@dataclass
class Totals:
    """What came out. `silent` and `crashes` must be empty."""

    copies: int = 0
    written: int = 0
    intact: int = 0
    altered: int = 0
    missing: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    silent: list[str] = field(default_factory=list)
    crashes: list[str] = field(default_factory=list)

    def lines(self) -> list[str]:
        """The counts, for people."""
        outcomes = ", ".join(f"{name} {n}" for name, n in sorted(self.outcomes.items()))
        return [
            f"copies {self.copies}: {outcomes}",
            f"messages {self.written}: as written {self.intact}, altered and told {self.altered}, "
            f"missing and told {self.missing} ({self.intact / max(1, self.written):.2%} saved)",
            f"silent losses {len(self.silent)}, crashes {len(self.crashes)}",
            *self.silent[:20],
            *self.crashes[:20],
        ]


async def write_real_file(folder: Path, rng: random.Random, conversations: int = 12) -> dict[str, str]:
    """A file like one of daily use; returns its messages' texts by id."""
    texts: dict[str, str] = {}
    store = await Store.open(folder / "jieli.db", StillClock(), folder / "running")
    for c in range(conversations):
        tree: list[Message] = []
        for m in range(rng.randrange(10, 60)):
            text = (
                rng.choice(TEXTS) * rng.choice((1, 2, 5, 20, 200 if rng.random() < 0.1 else 3)) + f"#{c}-{m}"
            )
            parent = tree[-1 - rng.randrange(min(2, len(tree)))].id if tree else None
            role = "assistant" if m % 2 else "user"
            at = 1_700_000_000.0 + m
            tree.append(Message(f"{c:02}-{m:04}-{'x' * 20}", f"c{c}", parent, role, text, "done", at, at))
            texts[tree[-1].id] = text
        picture = rng.randbytes(rng.randrange(100, 20_000))
        digest = hashlib.sha256(picture).hexdigest()
        parts = [Attachment(f"p{c}", tree[0].id, 0, "image", "图.png", "image/png", digest, picture)]
        whole = Conversation(f"c{c}", f"对话 {c}", 1.7e9, 1.7e9 + c, head=tree[-1].id)
        await store.add_conversation(whole, tree, parts)
        for m in tree[1::2]:
            store.post_attempt(AttemptRecord(f"a{m.id}", m.id, 1, "zhipu", "glm", "answered", 1.7e9))
    await store.delete_conversation("c0")
    await store.close()
    return texts


async def survive(folder: Path, texts: dict[str, str], totals: Totals, what: str) -> None:
    """Open the damaged file as the program does and compare what is there with what was."""
    told: list[str] = []
    for _start in range(2):
        try:
            store = await Store.open(folder / "jieli.db", StillClock(), folder / "running")
        except KnownError as refused:
            told.append(refused.key)
            break
        told += [problem.key for problem in store.problems]
        try:
            found = await store.examine()
            if found.whole and found.altered:
                mended = await store.mend_texts()
                told.append(f"texts:{mended.restored}+{mended.doubtful}")
            if found.whole:
                await _compare(store, texts, totals, told, what)
                return
            told.append("check")
        finally:
            await store.close()
    totals.outcomes["refused in a sentence"] += 1
    totals.missing += len(texts)
    # The file is where it was, whole or set aside; nothing was thrown away.
    if not _anything_left(folder):
        totals.silent.append(f"{what}: the file is gone ({told})")


def _anything_left(folder: Path) -> bool:
    return any(path.stat().st_size for path in folder.glob("jieli.db*") if path.is_file())


async def _compare(store: Store, texts: dict[str, str], totals: Totals, told: list[str], what: str) -> None:
    listed = await store.conversations(archived=None) + await store.deleted_conversations()
    for conversation in listed:
        await store.branch(conversation.id)
    ids = await store._database.call(lambda db: [row[0] for row in db.execute("SELECT id FROM message")])
    found = {m.id: m for m in await store.messages(ids)}
    await store.attachments(ids)
    await store.attempts(ids)
    await store.create_conversation("still writable")
    intact = sum(i in found and found[i].text == text for i, text in texts.items())
    missing = sum(i not in found or bool(found[i].facts.get("lost")) for i in texts)
    altered = len(texts) - intact - missing
    totals.intact += intact
    totals.missing += missing
    totals.altered += altered
    totals.outcomes["rebuilt" if "store.rebuilt" in told else "mended" if told else "read as it was"] += 1
    if (missing or altered) and not told:
        totals.silent.append(f"{what}: {missing} missing, {altered} altered, nobody told")


async def run(
    copies: int, seed: int, *, snapshots: bool, report: Callable[[str], None], conversations: int = 12
) -> Totals:
    """Damage so many copies, with or without a snapshot to fall back on."""
    rng = random.Random(seed)
    totals = Totals()
    with tempfile.TemporaryDirectory(prefix="damage-") as temporary:
        whole = Path(temporary) / "whole"
        whole.mkdir()
        texts = await write_real_file(whole, rng, conversations)
        data = (whole / "jieli.db").read_bytes()
        for n in range(copies):
            name, damage = list(DAMAGES.items())[n % len(DAMAGES)]
            folder = Path(temporary) / f"copy{n}"
            folder.mkdir()
            if snapshots:
                (folder / "snapshots").mkdir()
                (folder / "snapshots" / "jieli-2023-11-14.db").write_bytes(data)
            broken = bytearray(data)
            damage(broken, rng)
            (folder / "jieli.db").write_bytes(broken)
            what = f"copy {n} ({name}, seed {seed})"
            totals.copies += 1
            totals.written += len(texts)
            try:
                await asyncio.wait_for(survive(folder, texts, totals, what), 60)
            except Exception as error:  # noqa: BLE001 - whatever it is, it is counted as a crash
                totals.crashes.append(f"{what}: {type(error).__name__}: {error}")
            shutil.rmtree(folder)
            if n % 50 == 49:
                report(f"… {n + 1} of {copies}")
    return totals


def _say(line: str) -> None:
    sys.stderr.write(line + "\n")


def main() -> int:
    """Run both ways and print the counts; 1 when anything was lost silently or crashed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--copies", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    logging.disable(logging.ERROR)
    i18n.load(ROOT / "resources" / "i18n")
    bad = False
    for snapshots in (False, True):
        found = asyncio.run(run(options.copies, options.seed, snapshots=snapshots, report=_say))
        title = "with a snapshot:" if snapshots else "without a snapshot:"
        sys.stdout.write("\n  ".join([title, *found.lines()]) + "\n")
        bad = bad or bool(found.silent or found.crashes)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
