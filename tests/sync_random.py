"""Random lives of computers that sync: `python -m tests.sync_random --runs 500 --seed 1`.

Two or three profiles write, go on with texts, remove alone or with what follows, put back and sync, with
clocks minutes apart. Each has a folder of its own; files get from one to the others late, in any order, now
and then in halves first. At the end, when everything got everywhere, all must hold the same and nothing be
lost. New profiles that read the same files, each in an order of its own, must hold the same as each other;
which copies of texts that went two ways they made is left out of that: it depends on what they saw of them.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from app import i18n
from app.store.entries import Attachment, AttemptRecord
from app.store.records import Conversation, Message
from app.store.removal import Removed
from app.sync.place import FOLDER, Name
from tests.app.syncing import Profile, folder

START = 1_700_000_000.0
MOST_ROUNDS = 12


@dataclass(slots=True)
class Clock:
    """A clock that is wrong by `skew` seconds."""

    skew: float
    passed: list[float]

    def now(self) -> float:
        return START + self.skew + self.passed[0]


@dataclass(slots=True)
class Life:
    """What happened: texts that must be found, removals that were not taken back, what was removed."""

    texts: dict[str, set[str]] = field(default_factory=dict)
    removed: Counter[str] = field(default_factory=Counter)
    once: set[str] = field(default_factory=set)


class Computer(Profile):
    """A profile with a folder of its own and a memory of what it could put back."""

    def __init__(self, where: Path, number: int, clock: Clock) -> None:
        super().__init__(where / f"p{number}", folder(where / f"cloud{number}"), number)
        self.clock = clock
        self.cloud = where / f"cloud{number}" / FOLDER
        self.could: list[Removed] = []


class Run:
    """One run. `where` is an empty folder."""

    def __init__(self, where: Path, seed: int, steps: int) -> None:
        self.rng = random.Random(seed)
        self.where = where
        self.steps = steps
        self.passed = [0.0]
        self.life = Life()
        count = self.rng.choice((2, 3))
        self.all = [
            Computer(where, n + 1, Clock(self.rng.uniform(-400, 400), self.passed)) for n in range(count)
        ]
        self.names = 0
        self.edits = self.rng.random() < 0.5
        self.edited = False

    async def run(self) -> list[str]:
        """Live; what is wrong at the end, one line each."""
        for computer in self.all:
            await computer.open()
        try:
            for _ in range(self.steps):
                self.passed[0] += self.rng.choice((0.0, 0.3, 20.0))
                await self._step(self.rng.choice(self.all))
            for computer in self.all:
                await computer.sync()
            early = self._files(self.where / "early")
            wrong = await self._in_peace()
            wrong += self._lost()
            held = self.all[0].held()
            wrong += await self._readers("early", early, None)
            wrong += await self._readers("late", self._files(self.where / "late"), held)
        finally:
            for computer in self.all:
                await computer.close()
        return wrong

    async def _step(self, who: Computer) -> None:
        rng, here = self.rng, who.held()["messages"]
        match rng.randrange(12):
            case 0 | 1 | 2:
                await self._write(who, here)
            case 3 if here and self.edits:
                self.edited = True
                await self._edit(who, rng.choice(here))
            case 4 | 5 if here:
                removed = await who.store.remove_message(rng.choice(here)[0], alone=rng.random() < 0.7)
                assert removed is not None
                assert not removed.ids & {m[0] for m in who.held()["messages"]}
                who.could.append(removed)
                self.life.removed.update(removed.ids)
                self.life.once |= removed.ids
            case 6 if who.could:
                removed = who.could.pop(rng.randrange(len(who.could)))
                if await who.store.put_back(removed):
                    self.life.removed.subtract(removed.ids)
                    assert removed.ids <= {m[0] for m in who.held()["messages"]}
            case 7 if here:
                message = rng.choice(here)
                await who.store.show_sibling(message[1], message[0])
            case 8 | 9:
                await who.sync()
            case _:
                self._carry(rng.random)

    async def _write(self, who: Computer, here: list[Any]) -> None:
        conversation = self.rng.choice(("k0", "k1"))
        now = who.clock.now()
        if await who.store.conversation(conversation) is None:
            await who.store.add_conversation(Conversation(conversation, conversation, now, now), [])
        parents = [m[0] for m in here if m[1] == conversation]
        parent = self.rng.choice(parents) if parents and self.rng.random() < 0.95 else None
        question, answer = self._name("q"), self._name("a")
        part = Attachment(f"part {question}", question, 0, "image", "p.png", "image/png", "00", b"\x89PNG")
        await who.store.add_turn(
            conversation,
            Message(question, conversation, parent, "user", question, "done", now, now),
            Message(answer, conversation, question, "assistant", answer, "done", now, now),
            [part] if self.rng.random() < 0.2 else [],
        )
        self.life.texts[question], self.life.texts[answer] = {question}, {answer}
        record = AttemptRecord(
            f"try {answer}", answer, 1, "zhipu", "glm", "answered", now, conversation=conversation
        )
        who.store.post_attempt(record)

    async def _edit(self, who: Computer, message: Any) -> None:
        ident, old = message[0], message[5]
        text = f"{old} + {self._name('t')}"
        await who.store.save_answer(ident, text=text)
        # Who changes a text knows it; a copy beside it may have it still, or not.
        texts = self.life.texts.setdefault(ident, set())
        for known in self.life.texts.values():
            known.discard(old)
        texts.add(text)

    def _name(self, kind: str) -> str:
        self.names += 1
        return f"{kind}{self.names:03}."

    def _carry(self, chance: Any) -> None:
        """Bring files on their way: each may wait, arrive in part, or arrive."""
        for source in self.all:
            own = {p.name for p in source.cloud.iterdir()} if source.cloud.is_dir() else set[str]()
            for target in self.all:
                if target is source:
                    continue
                target.cloud.mkdir(parents=True, exist_ok=True)
                mine = [n for n in sorted(own) if (name := Name.of(n)) and name.device == source.device]
                for name in mine:
                    data, there = (source.cloud / name).read_bytes(), target.cloud / name
                    if there.is_file() and there.stat().st_size == len(data):
                        continue
                    met = chance()
                    if met < 0.5:
                        there.write_bytes(data if met < 0.35 else data[: len(data) // 2])
                for old in target.cloud.iterdir():
                    name = Name.of(old.name)
                    if name and name.device == source.device and old.name not in own and chance() < 0.5:
                        old.unlink()

    async def _in_peace(self) -> list[str]:
        """Everything gets everywhere."""
        for _ in range(MOST_ROUNDS):
            moved = 0
            self._carry(lambda: 0.0)
            for computer in self.all:
                done = await computer.sync()
                moved += done.written + done.read + done.waiting
                self._carry(lambda: 0.0)
            if not moved:
                break
        else:
            return [f"no end after {MOST_ROUNDS} rounds"]
        first = self.all[0].held()
        return [line for other in self.all[1:] for line in _differences(first, other.held())]

    def _lost(self) -> list[str]:
        """What should be there and is not."""
        held = {m[0]: m[5] for m in self.all[0].held()["messages"]}
        everything = list(held.values())
        wrong: list[str] = []
        # A copy that was removed took its text along.
        copies = {i for i in self.life.once if i not in self.life.texts}
        for ident, texts in self.life.texts.items():
            if self.life.removed[ident] > 0:
                continue
            if ident not in held:
                wrong.append(f"lost: {ident}")
            elif not copies and ident not in self.life.once:
                wrong += [
                    f"lost text of {ident}: {t}"
                    for t in texts
                    if not any(e.startswith(t) for e in everything)
                ]
        return wrong

    def _files(self, target: Path) -> list[Path]:
        """Copies of all files there are."""
        target.mkdir()
        for computer in self.all:
            for file in computer.cloud.iterdir():
                name = Name.of(file.name)
                if name and name.device == computer.device:
                    shutil.copy(file, target / file.name)
        return sorted(target.iterdir())

    async def _readers(self, what: str, files: list[Path], wanted: Any) -> list[str]:
        """New profiles read the same files, each in its order: they must hold the same."""
        wrong: list[str] = []
        if wanted is not None:
            wanted = self._plain(wanted)
        for n in range(2 if wanted is None else 1):
            self.rng.shuffle(files)
            reader = await Computer(
                self.where / f"{what}-{n}", 90 + n, Clock(self.rng.uniform(-400, 400), self.passed)
            ).open()
            try:
                reader.cloud.mkdir(parents=True)
                for start in range(0, len(files), 5):
                    for file in files[start : start + 5]:
                        shutil.copy(file, reader.cloud / file.name)
                    await reader.sync()
                held = self._plain(reader.held())
            finally:
                await reader.close()
            if wanted is not None:
                wrong += [f"{what}: {line}" for line in _differences(wanted, held)]
            wanted = held if wanted is None else wanted
        return wrong

    def _plain(self, held: dict[str, Any]) -> dict[str, Any]:
        """Without copies of texts that went two ways, and the ends that may be such a copy."""
        if not self.edited:
            return held
        messages = [m for m in held["messages"] if m[0] in self.life.texts]
        conversations = [(*c[:10], *c[11:]) for c in held["conversations"]]
        return {**held, "messages": messages, "conversations": conversations}


def _differences(one: dict[str, Any], other: dict[str, Any]) -> list[str]:
    return [
        f"{table}: {sorted(set(one[table]) - set(other[table]), key=repr)[:3]} | "
        f"{sorted(set(other[table]) - set(one[table]), key=repr)[:3]}"
        for table in one
        if one[table] != other[table]
    ]


async def lives(seeds: Iterable[int], steps: int, folder: Path) -> dict[int, list[str]]:
    """Run these; of each seed that ended badly what is wrong."""
    bad: dict[int, list[str]] = {}
    for seed in seeds:
        with tempfile.TemporaryDirectory(dir=folder) as temporary:
            if wrong := await Run(Path(temporary), seed, steps).run():
                bad[seed] = wrong
                for line in wrong:
                    sys.stderr.write(f"seed {seed}: {line}\n")
    return bad


def main() -> int:
    """Run as told and print the counts."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--steps", type=int, default=40)
    parser.add_argument("--folder", type=Path, default=None, help="for the profiles; one in memory is faster")
    given = parser.parse_args()
    i18n.set_language("en")
    with tempfile.TemporaryDirectory(dir=given.folder) as temporary:
        seeds = range(given.seed, given.seed + given.runs)
        bad = asyncio.run(lives(seeds, given.steps, Path(temporary)))
    lost = sum(any("lost" in line for line in lines) for lines in bad.values())
    different = sum(any("lost" not in line for line in lines) for lines in bad.values())
    sys.stdout.write(f"{given.runs} runs: {different} different, {lost} lost\n")
    return 1 if bad else 0


if __name__ == "__main__":
    raise SystemExit(main())
