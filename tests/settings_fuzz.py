"""Damaged settings files against the real window: `python -m tests.settings_fuzz --cases 2000`.

A file with every setting changed is cut, bent, re-encoded or replaced by something else; then the window
opens on it. What must hold: it opens; what was not touched is in force; what could not be used is said in one
notice; the file as it was still exists; the next save makes a sound file of what is in force.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from itertools import islice
from pathlib import Path
from typing import get_args, get_type_hints

from app import i18n
from app.settings import LARGEST, Settings, SettingsFile, SettingsService
from app.settings_fields import FIELDS

ROOT = Path(__file__).resolve().parents[1]
JUNK: tuple[object, ...] = (
    None, [], {}, "", "x", "\ud800", -1, 10**400, 0.5, True, float("nan"), float("inf"),
    [[[]]], {"a": {"b": None}}, [1, "zhipu", None], {"": 1, "zhipu": []},
)  # fmt: skip
_TRIES: tuple[object, ...] = (
    17, 33.0, ["zhipu", "alibaba"], {"常用": ["zhipu"]}, {"zhipu:glm-4.7-flash": False},
    {"zhipu:glm-4.7-flash": "free"}, {"zhipu": "https://例子.example/v1"}, {"zhipu": "overseas"},
    "http://127.0.0.1:7890", "https://example.invalid/x", "文字",
)  # fmt: skip


def other_value(name: str) -> object:
    """A value of a setting that is not its default; the default where none is known."""
    default = getattr(Settings(), name)
    choices = get_args(get_type_hints(Settings)[name])
    words = [c for c in choices if isinstance(c, str) and c != default]
    for value in (*words, not default, *_TRIES):
        with contextlib.suppress(ValueError):
            if FIELDS[name](value) != default and type(FIELDS[name](value)) is type(default):
                return value
    return json.loads(json.dumps(default, default=dict))


@cache
def whole_file() -> dict[str, object]:
    """Every setting with another value than its default."""
    return {name: other_value(name) for name in FIELDS}


@dataclass(frozen=True, slots=True)
class Case:
    """One thing that stands where the settings should be. `good` settings must hold as in the whole file;
    `said`: True = something must be said, False = nothing, None = either (a bit that flips may also change a
    value into another sound one)."""

    name: str
    place: Callable[[Path], object]
    good: frozenset[str]
    said: bool | None
    data: bytes | None = None


def _bytes(name: str, data: bytes, good: frozenset[str], said: bool | None) -> Case:
    return Case(name, lambda path: path.write_bytes(data), good, said, data)


def _text(content: object) -> str:
    return json.dumps(content, ensure_ascii=False, indent=2) + "\n"


def _pipe(path: Path) -> None:
    os.mkfifo(path)


def _folder(path: Path) -> None:
    path.mkdir()
    (path / "inside").write_text("kept", encoding="utf-8")


def cases(seed: int) -> Iterator[Case]:
    """Cases without end: first one of each sort, then more of those that chance can vary."""
    rng = random.Random(seed)
    base = whole_file()
    text = _text(base)
    data = text.encode()
    every, none = frozenset(FIELDS), frozenset[str]()
    for encoding in ("utf-8-sig", "utf-16", "utf-16-le", "utf-32"):
        yield _bytes(encoding, text.encode(encoding), every, False)
    yield _bytes("windows line ends", text.replace("\n", "\r\n").encode(), every, False)
    yield _bytes("trailing comma", text.replace("\n}", ",\n}").encode(), every, False)
    yield _bytes("unknown keys", _text({**base, "new": {"a": [1]}, "": None}).encode(), every, False)
    yield _bytes("empty", b"", none, True)
    yield _bytes("zeros", b"\0" * len(data), none, True)
    yield _bytes("a list", b"[1, 2]\n", none, True)
    yield _bytes("deep", b"[" * 200_000, none, True)
    yield _bytes(
        "deep inside", text.replace("{\n", '{\n  "x": ' + "[" * 50_000 + ",\n", 1).encode(), every, True
    )
    deep: object = 1
    for _ in range(600):
        deep = [deep]
    yield _bytes("deep unknown", _text({**base, "x": deep}).encode(), every, None)
    yield _bytes("half a character", (text[:-2] + ',\n  "x": "\\ud800"\n}').encode(), every, True)
    yield _bytes("huge", b" " * (LARGEST + 1), none, True)
    yield _bytes("gb18030", text.encode("gb18030"), _ascii(base), True)
    yield Case("folder", _folder, none, True)
    if hasattr(os, "mkfifo"):
        yield Case("pipe", _pipe, none, True)
    if sys.platform != "win32":
        yield Case("link to itself", lambda path: path.symlink_to(path), none, True)
    number = 0
    while True:
        number += 1
        cut = rng.randrange(1, len(text) - 3)
        yield _bytes(f"cut at {cut}", text.encode()[:cut], _before(data, base, cut), True)
        name = list(FIELDS)[number % len(FIELDS)]
        bad = rng.choice(JUNK)
        rest = every - {name}
        yield _bytes(f"{name}: {bad!r:.40}", json.dumps({**base, name: bad}, indent=2).encode(), rest, None)
        twice = f'{{\n  "{name}": {json.dumps(bad)},\n' + text[2:]
        yield _bytes(f"{name} twice", twice.encode(), every, None)
        at = rng.randrange(len(data))
        flipped = data[:at] + bytes([data[at] ^ 1 << rng.randrange(8)]) + data[at + 1 :]
        yield _bytes(f"a bit at {at}", flipped, none, None)
        line = rng.randrange(1, text.count("\n") - 1)
        lines = text.split("\n")
        gone = "\n".join([*lines[:line], *lines[line + 1 :]])
        yield _bytes(f"line {line} gone", gone.encode(), none, None)


def _ascii(base: dict[str, object]) -> frozenset[str]:
    return frozenset(name for name, value in base.items() if _text(value).isascii())


def _before(data: bytes, base: dict[str, object], cut: int) -> frozenset[str]:
    """The settings that stand wholly before a cut, the comma behind them included."""
    names = list(base)
    ends = [data.index(f'\n  "{name}"'.encode()) for name in names[1:]]
    return frozenset(name for name, end in zip(names, ends, strict=False) if end <= cut)


@dataclass(slots=True)
class Totals:
    """What came of the cases: how many of each outcome, and the sentences of those that failed."""

    cases: int = 0
    outcomes: Counter[str] = field(default_factory=Counter[str])
    failed: list[str] = field(default_factory=list[str])


Window = Callable[[Path, SettingsService], contextlib.AbstractAsyncContextManager[list[str]]]
"""Opens the window on a home with its settings; gives the names of the notices it shows."""


async def survive(case: Case, home: Path, window: Window, found: Totals) -> None:
    """Open the window on one case and look at everything that must hold."""
    path = home / "settings.json"
    case.place(path)
    base = whole_file()
    found.cases += 1

    def fail(what: str) -> None:
        found.failed.append(f"{case.name}: {what}")

    service = SettingsService(SettingsFile(path))
    now = service.current
    wanted = {name: FIELDS[name](base[name]) for name in case.good}
    lost = [name for name, value in wanted.items() if getattr(now, name) != value]
    if lost:
        fail(f"lost {', '.join(lost)}")
    async with window(home, service) as notices:
        said = any(name.startswith("known:settings_file.") for name in notices)
        if case.said is not None and said != case.said:
            fail("nothing was said" if case.said else f"said {notices}")
        bent = [n for n in FIELDS if getattr(now, n) == getattr(Settings(), n) != FIELDS[n](base[n])]
        if bent and not said and case.said is not None:
            fail(f"silently reset {', '.join(bent)}")
        found.outcomes["said" if said else "sound"] += 1
        kept = [p.read_bytes() for p in _aside(home) if p.is_file()]
        if said and case.data is not None and case.data not in kept:
            fail("the file as it was is not kept")
        service.change(font_size=14 if now.font_size != 14 else 16)
        left = service.current
    again = SettingsFile(path)
    if again.load() != left or again.problem is not None or again.notes:
        fail("the next save made no sound file of it")
    if case.name == "folder" and not any(p.is_dir() for p in _aside(home)):
        fail("the folder is not kept")


def _aside(home: Path) -> list[Path]:
    return list(home.glob("settings.json.broken-*"))


async def run(count: int, seed: int, window: Window, report: Callable[[str], object]) -> Totals:
    """Try the first `count` cases, each in a home of its own."""
    return await tried(islice(cases(seed), count), window, report)


async def tried(chosen: Iterable[Case], window: Window, report: Callable[[str], object]) -> Totals:
    """Try these cases, each in a home of its own."""
    found = Totals()
    for case in chosen:
        with tempfile.TemporaryDirectory(prefix="jieli-settings-") as folder:
            await survive(case, Path(folder), window, found)
        if found.cases % 100 == 0:
            report(f"{found.cases} cases, {dict(found.outcomes)}, {len(found.failed)} failed")
    return found


@contextlib.asynccontextmanager
async def no_window(_home: Path, settings: SettingsService) -> AsyncIterator[list[str]]:
    """As a window, without one: what it would say."""
    file = settings.file
    yield [f"known:{error.key}" for error in (file.problem, *file.notes) if error is not None]
    await settings.close()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--no-window", action="store_true", help="the file alone: a hundred times faster")
    options = parser.parse_args()
    i18n.load(ROOT / "resources" / "i18n")
    print(f"seed {options.seed}", flush=True)  # noqa: T201

    def report(text: str) -> None:
        print(text, flush=True)  # noqa: T201

    if options.no_window:
        found = asyncio.run(run(options.cases, options.seed, no_window, report))
    else:
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
        from tests.settings_window import run_in_qt, with_window

        found = run_in_qt(run(options.cases, options.seed, with_window, report))
    for line in found.failed[:40]:
        report(f"FAILED {line}")
    report(f"{found.cases} cases, {dict(found.outcomes)}, {len(found.failed)} failed")
    return 1 if found.failed else 0


if __name__ == "__main__":
    sys.exit(main())
