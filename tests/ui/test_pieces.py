"""Building in pieces: nothing is left out, nothing is done twice, and the loop turns in between."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QDialog, QLabel, QStackedWidget, QVBoxLayout, QWidget
from shiboken6 import delete

from ui import pieces
from ui.pieces import Backstage, Making, Pieces, at_once, in_turns, loading, polished


def _steps(taken: list[int], count: int, seconds: float = 0.0) -> Iterator[None]:
    for number in range(count):
        time.sleep(seconds)
        taken.append(number)
        yield


def test_other_things_happen_between_the_pieces(qtbot) -> None:
    taken: list[int] = []
    seen: list[int] = []
    over: list[int] = []
    timer = QTimer()
    timer.timeout.connect(lambda: seen.append(len(taken)))
    timer.start(0)
    work = Pieces(_steps(taken, 40, pieces.BUDGET / 2), lambda: over.append(len(taken)))
    assert taken == []
    qtbot.waitUntil(lambda: bool(over), timeout=60_000)
    timer.stop()
    assert taken == list(range(40)) and over == [40] and work.over
    # A turn takes a few pieces and not all of them.
    assert len({count for count in seen if 0 < count < 40}) > 5


def test_who_cannot_wait_has_the_rest_done_now(qtbot) -> None:
    taken: list[int] = []
    over: list[int] = []
    work = Pieces(_steps(taken, 5), lambda: over.append(len(taken)))
    work.finish()
    work.finish()
    assert taken == [0, 1, 2, 3, 4] and over == [5]


def test_a_step_may_want_what_it_is_itself_a_part_of(qtbot) -> None:
    taken: list[str] = []

    def steps() -> Iterator[None]:
        taken.append("first")
        work.finish()
        yield
        taken.append("second")

    work = Pieces(steps(), lambda: taken.append("over"))
    work.finish()
    assert taken == ["first", "second", "over"]


def test_what_is_stopped_stays_undone(qtbot) -> None:
    taken: list[int] = []
    work = Pieces(_steps(taken, 5), lambda: taken.append(99))
    work.stop()
    work.finish()
    qtbot.wait(10)
    assert taken == []


def test_a_piece_that_fails_ends_it(qtbot) -> None:
    def steps() -> Iterator[None]:
        yield
        raise ValueError("no")

    over: list[int] = []
    work = Pieces(steps(), lambda: over.append(1))
    with pytest.raises(ValueError, match="no"):
        work.finish()
    assert work.over and not over


@pytest.mark.parametrize("at_last", [False, True])
def test_a_thread_is_waited_for(qtbot, at_last: bool) -> None:
    go, order = threading.Event(), list[str]()

    def slow() -> None:
        go.wait(60)
        order.append("thread")

    def steps() -> Iterator[object]:
        thread = threading.Thread(target=slow)
        thread.start()
        yield thread
        order.append("after")

    work = Pieces(steps(), lambda: order.append("over"))
    turned: list[int] = []
    QTimer.singleShot(20, lambda: turned.append(1))
    qtbot.waitUntil(lambda: bool(turned), timeout=60_000)
    assert order == []
    go.set()
    if at_last:
        work.finish()
    qtbot.waitUntil(lambda: work.over, timeout=60_000)
    assert order == ["thread", "after", "over"]


def test_modules_are_imported_in_a_thread(qtbot) -> None:
    at_once(iter([loading(("ui.settings.values",))]))
    assert not [thread for thread in threading.enumerate() if thread.name == "imports"]


def test_a_page_is_laid_out_before_it_is_seen(qtbot) -> None:
    stack = QStackedWidget()
    qtbot.addWidget(stack)
    stack.addWidget(QWidget())
    stack.resize(300, 200)
    stack.show()
    page, painted = QWidget(), list[int]()
    box = QVBoxLayout(page)
    page.paintEvent = lambda _event: painted.append(1)  # type: ignore[method-assign]
    backstage = Backstage(page, stack)
    qtbot.waitUntil(page.isVisible, timeout=60_000)
    words = QLabel("一行")
    box.addWidget(words)
    qtbot.waitUntil(words.isVisible, timeout=60_000)
    assert page.size() == stack.size() and not page.geometry().intersects(stack.rect())
    stack.resize(400, 250)
    assert page.size() == stack.size()
    assert not painted
    backstage.enter()
    assert not page.isVisible()
    stack.setCurrentWidget(page)
    assert page.geometry() == stack.rect() and words.isVisible() and words.width() > 300


def test_what_is_built_at_once_is_there_at_once(qtbot) -> None:
    stack = QStackedWidget()
    qtbot.addWidget(stack)
    stack.addWidget(QWidget())
    stack.show()
    page = QWidget()
    box = QVBoxLayout(page)
    backstage = Backstage(page, stack)
    qtbot.waitUntil(page.isVisible, timeout=60_000)
    backstage.withdraw()
    words = QLabel("一行")
    box.addWidget(words)
    backstage.enter()
    stack.setCurrentWidget(page)
    assert words.isVisible()


def test_what_is_wanted_twice_is_made_once_and_whole_for_who_cannot_wait(qtbot) -> None:
    stack = QStackedWidget()
    qtbot.addWidget(stack)
    stack.addWidget(QWidget())
    stack.show()
    page, words, over = QWidget(), QLabel("一行"), list[str]()

    def steps() -> Iterator[object]:
        yield (backstage := Backstage(page, stack))
        box = QVBoxLayout(page)
        while not hurried:
            yield
        yield
        box.addWidget(words)
        backstage.enter()

    hurried: list[int] = []
    making = Making(steps, lambda: over.append("done"), stack)
    making.begin()
    making.begin()
    qtbot.waitUntil(page.isVisible, timeout=60_000)
    hurried.append(1)
    making.finish()
    assert over == ["done"] and stack.indexOf(page) == 1
    stack.setCurrentWidget(page)
    assert words.isVisible(), "it was withdrawn before the rest was added"
    making.finish()
    making.begin()
    qtbot.wait(5)
    making.stop()
    assert over == ["done"]


def test_the_first_step_may_be_taken_at_once(qtbot) -> None:
    taken: list[int] = []
    over: list[int] = []
    work = Pieces(_steps(taken, 3), lambda: over.append(len(taken)))
    work.first()
    assert taken == [0] and not work.over
    qtbot.waitUntil(lambda: work.over, timeout=60_000)
    assert taken == [0, 1, 2] and over == [3]
    small = Pieces(iter(()), lambda: over.append(-1))
    small.first()
    assert small.over and over == [3, -1]


def test_what_could_not_be_made_is_made_when_it_is_wanted_again(qtbot) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    over: list[str] = []
    fails = iter((True, False))

    def steps() -> Iterator[None]:
        yield
        if next(fails):
            raise OSError("a file cannot be read")

    making = Making(steps, lambda: over.append("done"), parent)
    with pytest.raises(OSError, match="read"):
        making.finish()
    assert over == []
    making.finish()
    making.finish()
    assert over == ["done"]


def test_a_task_leaves_the_loop_turns_between_the_pieces(qapp, run) -> None:
    taken: list[int] = []
    seen: list[int] = []
    timer = QTimer()
    timer.timeout.connect(lambda: seen.append(len(taken)))

    async def work() -> None:
        timer.start(0)
        await in_turns((*_steps(taken, 5), loading(("calendar",)), *_steps(taken, 5)))
        await in_turns(_steps(taken, 20, pieces.BUDGET / 2))
        timer.stop()

    run(work())
    assert len(taken) == 30
    assert len({count for count in seen if 10 < count < 30}) > 3


def test_a_hidden_dialog_gets_its_looks_in_pieces(qtbot) -> None:
    dialog = QDialog()
    qtbot.addWidget(dialog)
    words = QLabel("一行")
    QVBoxLayout(dialog).addWidget(words)
    assert not words.testAttribute(Qt.WidgetAttribute.WA_WState_Polished)
    steps = polished(dialog)
    assert len(list(steps)) == 3
    assert words.testAttribute(Qt.WidgetAttribute.WA_WState_Polished) and not dialog.isVisible()
    steps = polished(dialog)
    next(steps)
    delete(words)
    assert list(steps) == [], "what is gone needs no looks"
