"""Conversations to show: messages, attempts, labels, and a loader that counts."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence
from typing import Any

from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication

from app.relay.events import Attempt, Delta, Done, Usage
from app.store.entries import AttemptRecord
from app.store.records import Message, MessageRole
from app.wording import LegLabel
from ui.theme import apply, load_theme
from ui.transcript.answer import AnswerRow
from ui.transcript.pieces import TextPiece
from ui.transcript.source import Item
from ui.transcript.view import TranscriptView

NOW = 1_790_000_000.0

ANSWER = """## 标题

一段**文字**，带 `code`。

```python
def f(x: int) -> int:
    return x + 1
```

| a | b |
|---|---|
| 1 | 2 |

- one
- two
"""


class StillClock:
    """A clock that moves when told."""

    def __init__(self) -> None:
        self.time = NOW

    def now(self) -> float:
        return self.time

    def monotonic(self) -> float:
        return self.time

    async def sleep(self, seconds: float) -> None:
        self.time += seconds


def names(provider: str, model: str) -> LegLabel:
    return LegLabel(f"{provider} {model}", provider[:1], "#616E69")


def message(id_: str, role: MessageRole, text: str, **fields: Any) -> Message:
    values: dict[str, Any] = {"status": "done", "created_at": NOW, "updated_at": NOW, **fields}
    return Message(id=id_, conversation="c", parent=None, role=role, text=text, **values)


def attempt(n: int, leg: str, outcome: Any, **fields: Any) -> AttemptRecord:
    provider, _, model = leg.partition(":")
    values = {"started_at": NOW, **fields}
    return AttemptRecord(f"a{n}", "m", n, provider, model, outcome, **values)


def conversation(count: int, answer: str = ANSWER) -> dict[str, Item]:
    """Questions and answers in turn, by message id."""
    items: dict[str, Item] = {}
    for i in range(count):
        if i % 2 == 0:
            items[f"m{i}"] = (message(f"m{i}", "user", f"question {i}"), [])
        else:
            text = f"{answer}\n\nanswer {i}"
            done = attempt(1, "zhipu:glm", "answered", first_content_ms=400, text_start=0, text_end=len(text))
            items[f"m{i}"] = (message(f"m{i}", "assistant", text), [done])
    return items


class Source:
    """Loads from a dictionary, holds the tasks it starts, remembers what was asked for."""

    def __init__(self, items: dict[str, Item]) -> None:
        self.items = items
        self.asked: list[list[str]] = []
        self.tasks: set[asyncio.Task[Any]] = set()

    async def load(self, ids: Sequence[str]) -> list[Item]:
        self.asked.append(list(ids))
        await asyncio.sleep(0)
        return [self.items[i] for i in ids if i in self.items]

    def start(self, coro: Coroutine[Any, Any, Any], name: str) -> object:
        task = asyncio.get_running_loop().create_task(coro, name=name)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)
        return task


def make_view(app: QApplication, width: int = 900, height: int = 600) -> TranscriptView:
    theme = load_theme("light")
    apply(app, theme)
    view = TranscriptView(theme, names, StillClock())
    view.resize(width, height)
    view.show()
    return view


async def settle(view: TranscriptView) -> None:
    """Wait until the view has nothing left to do."""
    quiet = 0
    for _ in range(2000):
        await asyncio.sleep(0.002)
        quiet = quiet + 1 if view.pump.idle else 0
        if quiet > 5:
            return
    raise AssertionError("the view never came to rest")


async def shown(view: TranscriptView) -> None:
    """Wait until all that a running turn has brought is shown, too."""
    for _ in range(2000):
        await settle(view)
        if view.streaming.idle:
            return
    raise AssertionError("what streamed in is not shown")


async def opened(view: TranscriptView, count: int, at: str | None = None) -> Source:
    source = Source(conversation(count))
    view.set_conversation(list(source.items), source.load, source.start, at)
    await settle(view)
    return source


async def stream_in(view: TranscriptView, text: str, by: int = 24) -> tuple[AnswerRow, list[list[object]]]:
    """An answer streams in and is stored. Its row, and its pieces after each so many characters."""
    view.begin((message("live", "assistant", "", status="streaming"), []))
    view.feed("live", Attempt(1, "zhipu", "glm"))
    await settle(view)
    row = view.window_.rows[-1]
    assert isinstance(row, AnswerRow) and row.id == "live"
    seen: list[list[object]] = []
    for i in range(0, len(text), by):
        view.feed("live", Delta(text[i : i + by]))
        await shown(view)
        seen.append(list(row._parts[0].pieces) if row._parts else [])
    view.feed("live", Done("zhipu", "glm", text, "stop", Usage(9, 9, False)))
    done = attempt(1, "zhipu:glm", "answered", text_start=0, text_end=len(text))
    view.finish((message("live", "assistant", text), [done]))
    await settle(view)
    return row, seen


def mouse(piece: TextPiece, kind: QEvent.Type, where: QPointF) -> None:
    """The left button, with the button held in all but its release."""
    left, none, port = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton, piece.viewport()
    held = none if kind == QEvent.Type.MouseButtonRelease else left
    button = none if kind == QEvent.Type.MouseMove else left
    at = QPointF(port.mapToGlobal(where.toPoint()))
    event = QMouseEvent(kind, where, at, button, held, Qt.KeyboardModifier.NoModifier)
    QApplication.sendEvent(port, event)
