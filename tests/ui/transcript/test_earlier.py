"""A long conversation opens by its end; what stands before it follows without moving what is read."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from pytestqt.qtbot import QtBot

from app.store.records import Message
from ui.theme import load_theme
from ui.transcript.earlier import before
from ui.transcript.view import TranscriptView

COUNT = 1000


def message(number: int) -> Message:
    role: Any = "assistant" if number % 2 else "user"
    return Message(f"m{number}", "c", None, role, f"text {number}\n\nmore of it", "done", 0.0, 0.0)


async def load(ids: Sequence[str]) -> list[Any]:
    await asyncio.sleep(0)
    return [(message(int(i[1:])), []) for i in ids]


def opened(qtbot: QtBot) -> TranscriptView:
    view = TranscriptView(load_theme("light"), lambda p, m: Any)  # pyright: ignore[reportArgumentType]
    qtbot.addWidget(view)
    view.resize(800, 600)
    view.show()
    return view


async def settled(view: TranscriptView) -> None:
    quiet = 0
    while quiet < 10:
        await asyncio.sleep(0.005)
        quiet = quiet + 1 if view.pump.idle and view.window_.rows else 0


async def come(view: TranscriptView) -> None:
    for _ in range(2000):
        if not view.earlier.pending:
            return
        await asyncio.sleep(0.005)
    raise AssertionError("what stands before did not come")


def test_what_stands_before_is_known_without_the_rest() -> None:
    found = before([f"m{i}" for i in range(10)], "m7")
    assert found.ids == [f"m{i}" for i in range(7)]
    assert found.index == {f"m{i}": i for i in range(7)}
    assert len(found.heights) == 7
    assert before(["a", "b"], "gone").ids == []


def test_the_rest_comes_before_and_the_reader_stays(run: Any, qtbot: QtBot) -> None:
    async def scenario() -> None:
        view, tasks, gate = opened(qtbot), set[asyncio.Task[None]](), asyncio.Event()

        def start(coro: Any, _name: str) -> None:
            tasks.add(asyncio.get_running_loop().create_task(coro))

        async def whole() -> list[str]:
            await gate.wait()
            return [f"m{i}" for i in range(COUNT)]

        newest = [f"m{i}" for i in range(COUNT - 100, COUNT)]
        view.set_conversation(newest, load, start, whole=whole)
        await settled(view)
        assert view.window_.rows[-1].id == f"m{COUNT - 1}"
        view.scroll_by(-900)
        await settled(view)
        place, seen = view.place_kept(), [row.id for row in view.window_.rows]
        assert view.jump_to("m5"), "it is still to come"
        view.append([(message(COUNT), [])])
        gate.set()
        await come(view)
        assert view.window_.ids == [f"m{i}" for i in range(COUNT + 1)]
        for number in (0, 5, COUNT - 100, COUNT):
            assert view.window_.index(f"m{number}") == number
        assert place is not None and place[0] in seen
        await settled(view)
        assert view.place_kept() == ("m5", -12)
        assert "m5" in {row.id for row in view.window_.rows}
        await asyncio.gather(*tasks)
        view.shut_down()

    run(scenario(), timeout=30)


def test_without_a_jump_nothing_moves(run: Any, qtbot: QtBot) -> None:
    async def scenario() -> None:
        view, tasks, gate = opened(qtbot), set[asyncio.Task[None]](), asyncio.Event()

        def start(coro: Any, _name: str) -> None:
            tasks.add(asyncio.get_running_loop().create_task(coro))

        async def whole() -> list[str]:
            await gate.wait()
            return [f"m{i}" for i in range(COUNT)]

        view.set_conversation([f"m{i}" for i in range(900, COUNT)], load, start, whole=whole)
        await settled(view)
        view.scroll_by(-400)
        await settled(view)
        place = view.place_kept()
        where = {row.id: row.mapTo(view, row.rect().topLeft()).y() for row in view.window_.rows}
        gate.set()
        await come(view)
        await settled(view)
        assert view.place_kept() == place
        now = {row.id: row.mapTo(view, row.rect().topLeft()).y() for row in view.window_.rows}
        assert {id_: y for id_, y in now.items() if id_ in where} == {
            id_: y for id_, y in where.items() if id_ in now
        }
        await asyncio.gather(*tasks)
        view.shut_down()

    run(scenario(), timeout=30)
