"""The measured process: a window with the real transcript over a real store; arguments say what to do.

Prints one JSON object. `frames` are milliseconds the window's thread was busy within each 16 ms in which it
had anything to do: what a reader would have waited for a frame. `worked` is the processor's part of that,
which other programs on the machine do not lengthen.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QAbstractEventDispatcher, QEvent, QObject
from PySide6.QtWidgets import QApplication, QMainWindow

from app.clock import SystemClock
from app.i18n import load as load_texts
from app.paths import locate
from app.relay.events import Attempt, Delta, Done, Usage
from app.store.records import Message
from app.store.store import Store
from app.tasks import TaskScope
from app.wording import LegLabel
from ui.collecting import Collector
from ui.theme import apply, load_theme
from ui.transcript.source import Item
from ui.transcript.view import TranscriptView
from ui.window_run import new_loop

FRAME = 0.016


class Watched(QApplication):
    """Counts how long the thread is busy, from coming back to going to sleep. Only Qt's own dispatcher tells
    (`QT_NO_GLIB`): before it sleeps, and before it hands out what is posted. Timers and sockets come between,
    so that the first event after a sleep is looked for; filtering all of them would cost more than what
    is measured."""

    def __init__(self) -> None:
        super().__init__(sys.argv[:1])
        self._woke, self._worked = time.perf_counter(), time.thread_time()
        self._asleep = False
        self.spent: dict[int, tuple[float, float]] = {}
        self.worked: list[float] = []
        dispatcher = QAbstractEventDispatcher.instance()
        dispatcher.awake.connect(self._wake)
        dispatcher.aboutToBlock.connect(self._sleep)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        self._wake()
        return False

    def _wake(self) -> None:
        if self._asleep:
            self._asleep = False
            self.removeEventFilter(self)
            self._woke, self._worked = time.perf_counter(), time.thread_time()

    def _sleep(self) -> None:
        if self._asleep:
            return
        frame = int(self._woke / FRAME)
        spent, cpu = self.spent.get(frame, (0.0, 0.0))
        spent += time.perf_counter() - self._woke
        self.spent[frame] = spent, cpu + time.thread_time() - self._worked
        self._asleep = True
        self.installEventFilter(self)

    def frames(self) -> list[float]:
        found = [s * 1000 for s, _ in self.spent.values() if s > 0.0002]
        self.worked += [cpu * 1000 for s, cpu in self.spent.values() if s > 0.0002]
        self.spent.clear()
        return found


class Bench:
    """One window, one store."""

    def __init__(self, app: Watched, store: Store, scope: TaskScope) -> None:
        self.app, self.store, self.scope = app, store, scope
        theme = load_theme("light")
        apply(app, theme)
        self.window = QMainWindow()
        self.window.resize(1200, 800)
        self.view = TranscriptView(theme, lambda p, m: LegLabel(f"{p} {m}", p[:1], "#616E69"))
        self.window.setCentralWidget(self.view)
        self.window.show()

    async def load(self, ids: Sequence[str]) -> list[Item]:
        attempts = await self.store.attempts(ids)
        return [(m, attempts.get(m.id, ())) for m in await self.store.messages(ids)]

    async def open(self, conversation: str) -> tuple[float, float]:
        """Milliseconds from asking for a conversation to its last message being painted, and to the whole
        view being filled."""
        begun = time.perf_counter()
        ids, more = await self.store.tail(conversation)
        whole = partial(self.store.branch, conversation) if more else None
        self.view.set_conversation(ids, self.load, self.scope.start, whole=whole)
        first, painted = 0.0, asyncio.Event()

        def look() -> None:
            nonlocal first
            rows = self.view.window_.rows
            if not first and rows and not rows[-1].busy and rows[-1].id == ids[-1]:
                self.window.repaint()
                first = (time.perf_counter() - begun) * 1000
            if self._shown():
                painted.set()

        looking = self.view.pump.turned.connect(look)
        await painted.wait()
        self.view.pump.disconnect(looking)
        self.window.repaint()
        return first, (time.perf_counter() - begun) * 1000

    def _shown(self) -> bool:
        view, rows = self.view, self.view.window_
        low, _ = view.span()
        if not rows.rows or rows.top(rows.first) > max(0, low):
            return False
        return rows.last == len(rows.ids) - 1 and not any(r.busy for _, r in rows.between(*view.span()))

    async def rest(self) -> None:
        quiet = 0
        while quiet < 20:
            await asyncio.sleep(0.005)
            quiet = quiet + 1 if self.view.pump.idle else 0

    async def scroll(self, screens: int) -> tuple[list[float], list[float]]:
        """Turn the wheel up, a third of a screen a frame; then jump through the whole conversation, without
        and with a pause. Returns the frames, and how long what can be seen was not there after a pause."""
        bar = self.view.verticalScrollBar()
        await self.rest()
        self.app.frames()
        self.app.worked.clear()
        for _ in range(screens * 3):
            bar.setValue(bar.value() - self.view.viewport().height() // 3)
            await asyncio.sleep(FRAME)
        for part in range(200, -1, -1):
            bar.setValue(bar.maximum() * part // 200)
            await asyncio.sleep(FRAME)
        blank: list[float] = []
        for part in range(21):
            begun = time.perf_counter()
            bar.setValue(bar.maximum() * (part * 8 % 21) // 21)
            await self._filled()
            blank.append((time.perf_counter() - begun) * 1000)
            await self.rest()
        return self.app.frames(), blank

    async def _filled(self) -> None:
        """Wait until everything that can be seen is there."""
        pump, filled = self.view.pump, asyncio.Event()
        looking = pump.turned.connect(lambda: filled.set() if pump.filled else None)
        await filled.wait()
        pump.disconnect(looking)

    async def stream(self, text: str, rate: int) -> tuple[list[float], list[float]]:
        """Frames and the busy time per chunk in each tenth, in microseconds."""
        chunks = pieces(text)
        # Cutting the text is this program's work, not the view's.
        await self.rest()
        message = Message("live", "c", None, "assistant", "", "streaming", time.time(), time.time())
        self.view.begin((message, []))
        self.view.feed("live", Attempt(1, "zhipu", "glm-4.7-flash"))
        self.app.frames()
        self.app.worked.clear()
        frames: list[float] = []
        tenths: list[float] = []
        begun, count = time.perf_counter(), len(chunks)
        for tenth in range(10):
            part = chunks[count * tenth // 10 : count * (tenth + 1) // 10]
            for i, chunk in enumerate(part):
                self.view.feed("live", Delta(chunk))
                due = begun + (count * tenth // 10 + i + 1) / rate
                if due > time.perf_counter():
                    await asyncio.sleep(due - time.perf_counter())
            now = self.app.frames()
            tenths.append(sum(now) / len(part) * 1000)
            frames += now
        self.view.feed("live", Done("zhipu", "glm-4.7-flash", text, "stop", Usage(9, 9, False)))
        self.view.finish((replace(message, text=text, status="done"), []))
        await self.rest()
        return frames + self.app.frames(), tenths


def pieces(text: str) -> list[str]:
    """A text as a vendor streams it: a few characters a chunk."""
    chance = random.Random(1)
    out: list[str] = []
    at = 0
    while at < len(text):
        size = chance.randrange(2, 14)
        out.append(text[at : at + size])
        at += size
    return out


def answer(kind: str, size: int) -> str:
    """A long answer: prose, code, tables, formulas and lists in turn, or one block of a single kind."""
    chance = random.Random(20261122)
    words = [
        "接力",
        "额度",
        "**密钥**",
        "`token`",
        "服务商",
        "relay",
        "的",
        "stream",
        "[链接](https://x.example/a)",
    ]

    def line(count: int) -> str:
        return " ".join(chance.choices(words, k=count))

    def section() -> str:
        code = "\n".join(f"    value_{i} = compute({i}, 'text')  # note" for i in range(14))
        rows = "\n".join(f"| {line(2)} | {i} | {line(4)} |" for i in range(12))
        items = "\n".join(f"{i + 1}. {line(9)}\n   - {line(6)}" for i in range(8))
        return (
            f"## {line(3)}\n\n{line(50)}。\n\n```python\ndef f():\n{code}\n```\n\n"
            f"| a | b | c |\n|---|--:|---|\n{rows}\n\n"
            f"设 $x_{{{chance.randrange(40)}}}^2 + \\frac{{a}}{{b}}$ 时\n\n"
            f"$$\n\\sum_{{i=1}}^{{{chance.randrange(40)}}} \\sqrt{{x_i}}\n$$\n\n{items}\n\n> {line(30)}\n\n"
        )

    make = {
        "mixed": section,
        "list": lambda: f"- {line(14)}\n",
        "paragraph": lambda: f"{line(20)}，",
        "table": lambda: f"| {line(3)} | {line(3)} |\n",
        "code": lambda: f"value = compute('{line(3)}')  # {line(2)}\n",
    }[kind]
    out = {"table": ["| a | b |\n|---|---|\n"], "code": ["```python\n"]}.get(kind, [])
    total = 0
    while total < size:
        out.append(make())
        total += len(out[-1].encode())
    return "".join(out)


def _report(error: BaseException) -> None:
    raise error


async def measure(app: Watched, home: Path, what: dict[str, Any]) -> dict[str, Any]:
    paths = locate(home, {})
    store = await Store.open(paths.database_file, SystemClock(), paths.locks)
    scope = TaskScope(_report)
    bench = Bench(app, store, scope)
    try:
        await bench.open("c0")
        await bench.rest()
        # As in the real window, once all is loaded: its pauses are part of the frames.
        Collector(bench.window)
        found: dict[str, Any] = {"opened": [], "filled": [], "frames": [], "tenths": []}
        for _ in range(what.get("open", 0)):
            first, filled = await bench.open(what["conversation"])
            found["opened"].append(first)
            found["filled"].append(filled)
            await bench.open("c0")
            await bench.rest()
        if what.get("scroll"):
            await bench.open(what["conversation"])
            found["frames"], found["blank"] = await bench.scroll(what["scroll"])
        if what.get("stream"):
            text = answer(what["stream"], what["size"])
            found["frames"], found["tenths"] = await bench.stream(text, what["rate"])
            begun = time.perf_counter()
            shown = "".join(t.plain() for t in bench.view.window_.rows[-1].texts())
            found["characters"] = len(shown)
            found["read"] = (time.perf_counter() - begun) * 1000
        found["worked"] = app.worked
        return found
    finally:
        bench.view.shut_down()
        await scope.close()
        await store.close()


def main() -> int:
    home, what = Path(sys.argv[1]), json.loads(sys.argv[2])
    load_texts(Path(__file__).resolve().parents[2] / "resources" / "i18n")
    app = Watched()
    app.setQuitOnLastWindowClosed(False)
    loop = new_loop(app)
    with loop:
        print(json.dumps(loop.run_until_complete(measure(app, home, what))), flush=True)
    os._exit(0)


if __name__ == "__main__":
    sys.exit(main())
