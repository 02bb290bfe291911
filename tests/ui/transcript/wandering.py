"""A reader who wanders: whatever was scrolled, folded, edited or streamed before, what is seen is what a view
that was opened just now shows there, dot by dot. `python -m tests.ui.transcript.wandering [seed] [steps]`."""

from __future__ import annotations

import asyncio
import random
import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from PySide6.QtCore import QEvent, QPoint, QPointF, QRect
from PySide6.QtGui import QEnterEvent, QImage
from PySide6.QtWidgets import QApplication

from app.relay.events import Attempt, Delta, Done, Failed, Reasoning, Switch, Usage
from app.store.records import Message
from providers import Failure, FailureKind
from tests.ui.transcript.makers import NOW, StillClock, attempt, message, names
from tests.ui.transcript.wandered_texts import TEXTS
from ui.theme import Theme
from ui.transcript.answer import AnswerRow
from ui.transcript.row import Row
from ui.transcript.source import Item
from ui.transcript.view import TranscriptView

TERMS = ("answer", "文字", "question", "a")


class Wanderer:
    """One conversation, the view that has seen everything, and what it is compared with."""

    def __init__(self, theme: Theme, seed: int, count: int = 80) -> None:
        self.random, self.seed = random.Random(seed), seed
        self.theme = theme
        self.items: dict[str, Item] = {}
        self.made = 0
        self.tasks: set[asyncio.Task[Any]] = set()
        for n in range(count):
            self.add("user" if n % 2 == 0 else "assistant")
        self.view = self.opened()
        self.done: list[str] = []
        self.gone: list[Item] = []
        self.live: str | None = None

    # the source

    async def load(self, ids: Any) -> list[Item]:
        await asyncio.sleep(0)
        return [self.items[i] for i in ids if i in self.items]

    async def count(self, term: str) -> dict[str, int]:
        await asyncio.sleep(0)
        low = term.lower()
        return {i: n for i, (m, _) in self.items.items() if (n := m.text.lower().count(low))}

    def start(self, coro: Any, name: str) -> object:
        task = asyncio.get_running_loop().create_task(coro, name=name)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)
        return task

    def opened(self) -> TranscriptView:
        view = TranscriptView(self.theme, names, StillClock())
        view.finding.counter = self.count
        view.resize(900, 600)
        view.show()
        return view

    def text(self) -> str:
        made = self.random.choices(TEXTS, k=self.random.choice((1, 1, 1, 2, 4)))
        return "\n\n".join(made) + f"\n\nno. {self.made}"

    def add(self, role: Any) -> Item:
        self.made += 1
        item = self.item(f"m{self.made}", role)
        self.items[item[0].id] = item
        return item

    def item(self, id_: str, role: Any) -> Item:
        chance = self.random.random()
        fields: dict[str, Any] = {"created_at": NOW - 60 * int(id_[1:])}
        if self.random.random() < 0.15:
            fields["siblings"] = tuple(sorted({id_, "s1", "s2"}))
        if role == "user":
            text = self.random.choice(("question", "问题 " * 60, "two\nlines", "  spaces <b> & $x$"))
            return message(id_, role, f"{text} {id_}", **fields), []
        text, attempts = self.text(), [attempt(1, self.leg(), "answered", first_content_ms=400)]
        if chance < 0.15:
            fields |= {"reasoning": "thinking\n" * self.random.randint(1, 90), "reasoning_ms": 3000}
        elif chance < 0.3:
            attempts.insert(0, attempt(1, self.leg(), "failed", kind="network", text="words of the vendor"))
        elif chance < 0.35:
            fields["status"] = "stopped"
        elif chance < 0.4:
            fields["status"], text = "failed", ""
            attempts = [attempt(1, self.leg(), "failed", kind="quota_exhausted", text="no more")]
        elif chance < 0.45:
            middle = len(text) // 2
            first = attempt(1, self.leg(), "failed", kind="network", text_start=0, text_end=middle)
            attempts = [first, attempt(2, self.leg(), "answered", text_start=middle, text_end=len(text))]
        return message(id_, role, text, **fields), attempts

    def leg(self) -> str:
        return self.random.choice(("zhipu:glm", "tencent:hy3", "alibaba:qwen-plus"))

    # what readers do

    async def step(self) -> None:
        acts = [self.scroll] * 6 + [self.leap] * 2 + [self.fold] * 2 + [self.edit, self.resize, self.select]
        acts += [self.find, self.remove, self.append, self.stream]
        acts += [self.hover, self.focus, self.busy, self.anew]
        act = self.random.choice(acts)
        self.done.append(act.__name__)
        act()
        for _ in range(self.random.choice((0, 0, 1, 3))):
            await asyncio.sleep(0.004)
        if self.random.random() < 0.3:
            await settle(self.view, self.tasks)

    def seen(self, view: TranscriptView | None = None) -> list[Row]:
        view = view or self.view
        return [row for _, row in view.window_.between(*view.span())]

    def scroll(self) -> None:
        self.view.scroll_by(self.random.choice((-900, -300, -40, -7, 7, 40, 300, 900)))

    def leap(self) -> None:
        bar = self.view.verticalScrollBar()
        self.random.choice(
            (lambda: bar.setValue(self.random.randint(0, bar.maximum())), self.view.scroll_to_end)
        )()

    def fold(self) -> None:
        rows = [r for r in self.seen() if isinstance(r, AnswerRow) and (r._thinking or r._details_head)]
        for row in rows[:1]:
            head = row._thinking.head if row._thinking else row._details_head
            assert head is not None
            head.toggle()

    def edit(self) -> None:
        ids = [i for i in self.view.window_.ids if i != self.live]
        if ids:
            old = self.items[self.random.choice(ids)][0]
            made, attempts = self.item(old.id, old.role)
            self.items[old.id] = replace(made, created_at=old.created_at), attempts
            self.view.replace(self.items[old.id])

    def resize(self) -> None:
        self.view.resize(self.random.choice((420, 700, 900, 1200)), self.random.choice((300, 600, 900)))

    def select(self) -> None:
        rows = self.seen()
        if self.random.random() < 0.4:
            self.view.selection.clear()
        elif len(rows) > 1:
            from ui.transcript.selection import Spot

            selection = self.view.selection
            selection.clear()
            first, last = (self.view.index_of(row) for row in (rows[0], rows[-1]))
            selection._anchor, selection._across = Spot(first, 0, 2), True
            selection._set_head(Spot(last, 0, 5))

    def find(self) -> None:
        if self.random.random() < 0.5:
            self.view.finding.close()
            return
        self.view.finding.open()
        bar = self.view.finding.bar
        if bar is not None:
            bar.field.setText(self.random.choice(TERMS))
            self.view.finding.go(1)

    def remove(self) -> None:
        if len(self.items) > 30 and self.live is None:
            at = len(self.items) - self.random.choice((1, 2, 3))
            for id_ in list(self.items)[at:]:
                self.gone.append(self.items.pop(id_))
            self.view.remove_from(self.view.window_.ids[at])

    def append(self) -> None:
        if self.live is None:
            self.view.append([self.add("user")])
            if self.random.random() < 0.6:
                self.view.append([self.add("assistant")])

    def stream(self) -> None:
        view = self.view
        if self.live is None:
            if list(self.items.values())[-1][0].role != "user":
                view.append([self.add("user")])
            self.made += 1
            started = message(f"m{self.made}", "assistant", "", status="streaming", created_at=NOW)
            self.live, self.items[started.id] = started.id, (started, [])
            view.begin(self.items[started.id])
            view.feed(started.id, Attempt(1, "zhipu", "glm"))
            if self.random.random() < 0.5:
                view.feed(started.id, Reasoning("thoughts of the first"))
                view.streaming.flush()
            if self.random.random() < 0.4:
                failure = Failure(FailureKind.NETWORK, message="gone")
                view.feed(started.id, Failed(1, "zhipu", "glm", failure))
                view.feed(started.id, Switch("zhipu:glm", "tencent:hy3", "restart"))
                view.feed(started.id, Attempt(2, "tencent", "hy3"))
        turn = view.streaming.live[self.live]
        for piece in self.text().splitlines(keepends=True):
            view.feed(self.live, Delta(piece))
        if self.random.random() < 0.6:
            view.feed(self.live, Done("tencent", "hy3", turn.text, "stop", Usage(1, 1, False)))
            old = self.items[self.live][0]
            stored: Message = replace(
                old,
                text=turn.text,
                status="done",
                reasoning="".join(turn.thoughts),
                reasoning_ms=turn.thinking_ms(),
            )
            records = [replace(r, outcome="answered") if r.outcome == "running" else r for r in turn.records]
            self.items[self.live] = stored, records
            view.finish(self.items[self.live])
            self.live = None

    def hover(self) -> None:
        for row in self.seen()[:1]:
            where = QPointF(3, 3)
            QApplication.sendEvent(row, QEnterEvent(where, where, where))
            row.leaveEvent(QEvent(QEvent.Type.Leave))

    def focus(self) -> None:
        for row in self.seen()[-1:]:
            row.setFocus()

    def busy(self) -> None:
        self.view.wishes.set_busy(not self.view.wishes.busy)

    def anew(self) -> None:
        """Another conversation, and back."""
        if self.live is None:
            kept = self.view.place_kept()
            self.view.set_conversation([], self.load, self.start)
            self.show(self.view, kept)

    def show(self, view: TranscriptView, kept: tuple[str, int] | None) -> None:
        at, offset = kept or (None, -12)
        view.set_conversation(list(self.items), self.load, self.start, at, offset)

    # the comparison

    async def compare(self) -> str:
        """What differs from a view that is opened now; empty when nothing does."""
        view = self.view
        while self.live is not None:
            self.stream()
        view.setFocus()
        view._news.seen()
        view.place()
        view.pump.wake()
        await settle(view, self.tasks)
        fresh = self.opened()
        try:
            fresh.wishes.set_busy(view.wishes.busy)
            fresh.resize(view.size())
            if view.finding.held():
                fresh.finding._shown_bar()
            self.show(fresh, view.place_kept())
            if view.finding.held():
                fresh.finding._shown_bar()
            await settle(fresh, self.tasks)
            self._as_it_is(fresh)
            await settle(fresh, self.tasks)
            fresh.anchor, fresh.stuck = view.anchor, view.stuck
            fresh.place()
            fresh.pump.wake()
            await settle(fresh, self.tasks)
            return self._differs(fresh)
        finally:
            fresh.shut_down()
            fresh.deleteLater()

    def _as_it_is(self, fresh: TranscriptView) -> None:
        """Fold, select and find in the new view what is folded, selected and found in the old one."""
        view = self.view
        # What is unfolded here moves what is seen there: others may stand there before.
        there = {row.id: row for row in fresh.window_.rows}
        for old in self.seen():
            new = there.get(old.id)
            if not (isinstance(old, AnswerRow) and isinstance(new, AnswerRow)):
                continue
            if old._thinking and new._thinking:
                new._thinking.head.setChecked(old._thinking.head.isChecked())
            if old._details_head and new._details_head:
                new._details_head.setChecked(old._details_head.isChecked())
        now, was = fresh.selection, view.selection
        now._anchor, now._across = was._anchor, was._across
        now._set_head(was._head)
        if view.finding.held():
            found, shown = view.finding, fresh.finding
            shown.term = found.term
            shown._indices, shown._before, shown._current = found._indices, found._before, found._current
            shown.refresh()

    def _differs(self, fresh: TranscriptView) -> str:
        view = self.view
        for old, new in zip(self.seen(), self.seen(fresh), strict=False):
            if told(old) != told(new):
                pairs = zip(told(old), told(new), strict=False)
                found = "\n".join(f"{a!s:.300}\n  {b!s:.300}" for a, b in pairs if a != b)
                span = view.selection.span
                return f"{old.id} {new.id} at {view.index_of(old)}, selected {span}:\n{found}"
        if [r.id for r in self.seen()] != [r.id for r in self.seen(fresh)]:
            return f"other rows: {[r.id for r in self.seen()]} {[r.id for r in self.seen(fresh)]}"
        a, b = picture(view), picture(fresh)
        if a != b:
            folder = tempfile.gettempdir()
            a.save(f"{folder}/wandered-{self.seed}.png")
            b.save(f"{folder}/fresh-{self.seed}.png")
            return f"other dots, see wandered-{self.seed}.png and fresh-{self.seed}.png in {folder}"
        return ""


def picture(view: TranscriptView) -> QImage:
    """What stands on the screen, moved and painted in pieces as it was; not painted for this."""
    port = view.viewport()
    box = QRect(port.mapTo(view, QPoint(0, 0)), port.size())
    return view.screen().grabWindow(view.winId(), box.x(), box.y(), box.width(), box.height()).toImage()


def told(row: Row) -> list[object]:
    """What a row says in every way it can."""
    foot = row.foot
    buttons = [(b.toolTip(), b.isEnabled(), b.x()) for b in foot._buttons or () if b.isVisible()]
    note = foot._note if foot._shown else ""
    said: list[object] = [row.id, row.accessibleName(), note, foot._count(), buttons]
    said.append((row.high, row.fitted, row.last, foot._shown))
    for piece in row.texts():
        marks = [(m.cursor.selectionStart(), m.cursor.selectionEnd()) for m in piece.extraSelections()]
        said.append((piece.plain(), piece.selected(), marks, piece.accessibleName(), piece.focusPolicy()))
    if isinstance(row, AnswerRow):
        head = row._head
        said.append((list(head.inks), head.accessibleName(), head.toolTip(), row._thinking is None))
    return said


async def settle(view: TranscriptView, tasks: set[asyncio.Task[Any]]) -> None:
    """Wait until the view has nothing left to do."""
    quiet = 0
    for _ in range(20_000):
        await asyncio.sleep(0.002)
        finding = view.finding
        calm = view.pump.idle and not tasks and view.streaming.idle
        quiet = quiet + 1 if calm and not finding._timer.isActive() else 0
        if quiet > 4:
            return
    raise AssertionError("the view never came to rest")


async def wander(
    theme: Theme, seed: int, steps: int, every: int, tell: Callable[[str], object] = lambda _: None
) -> str:
    """Walk about and compare every so many steps; says what differed first, and what had been done."""
    wanderer = Wanderer(theme, seed)
    wanderer.show(wanderer.view, None)
    await settle(wanderer.view, wanderer.tasks)
    for n in range(1, steps + 1):
        await wanderer.step()
        if n % every == 0:
            found = await wanderer.compare()
            if found:
                return f"seed {seed} step {n}: {found}\nafter {wanderer.done[-30:]}"
            tell(f"seed {seed}: {n} steps, all as if new")
    wanderer.view.shut_down()
    wanderer.view.deleteLater()
    return ""


def main() -> None:
    import qasync

    from ui.theme import apply, load_theme

    seed, steps = (int(a) for a in (sys.argv[1:3] if len(sys.argv) > 2 else ("1", "500")))
    qapp = QApplication([])
    theme = load_theme("light" if seed % 2 else "dark")
    apply(qapp, theme)
    loop = qasync.QEventLoop(qapp)
    asyncio.set_event_loop(loop)
    with loop:
        found = loop.run_until_complete(
            wander(theme, seed, steps, 5, lambda said: sys.stdout.write(said + "\n"))
        )
    sys.stdout.write((found or "nothing differed") + "\n")
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
