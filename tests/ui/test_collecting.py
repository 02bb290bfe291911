"""Qt objects that are garbage are freed by the UI thread, however much other threads allocate."""

from __future__ import annotations

import gc
import threading
import weakref
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QEvent, QObject, Qt, QThreadPool, QTimer, QTimerEvent
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from app import memory
from app.memory import Garbage
from ui import collecting
from ui.collecting import Away, Collector


@pytest.fixture
def freed() -> Iterator[list[int]]:
    """The threads in which an object in a ring was freed; the ring is dropped right away."""
    gc.enable()
    threads: list[int] = []
    yield threads
    gc.disable()


def _ring(threads: list[int]) -> QObject:
    one = QObject()
    QTimer(one).start(60_000)
    one.itself = one  # type: ignore[attr-defined]
    weakref.finalize(one, lambda: threads.append(threading.get_ident()))
    return one


def _allocate() -> None:
    for _ in range(5_000):
        ring: list[object] = []
        ring.append(ring)


def test_what_other_threads_allocate_frees_nothing(qapp: QApplication, freed: list[int]) -> None:
    owner = QObject()
    Collector(owner)
    assert not gc.isenabled()
    _ring(freed)
    other = threading.Thread(target=_allocate)
    other.start()
    other.join()
    assert freed == []
    garbage = Garbage()
    for _ in range(200):
        garbage.collect_due()
        _allocate()
    assert set(freed) == {threading.get_ident()}
    owner.deleteLater()


def test_often_while_much_is_made_and_all_of_it_at_rest(
    qapp: QApplication, freed: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[int] = []
    monkeypatch.setattr(collecting, "give_back", lambda: given.append(1))
    owner = QObject()
    made = Collector(owner)
    (timer,) = made.findChildren(QTimer)
    assert timer.isActive() and timer.interval() == collecting.IDLE_MS
    _ring(freed)
    _allocate()
    timer.timeout.emit()
    assert freed == [threading.get_ident()] and timer.interval() == collecting.BUSY_MS
    # What has grown old by now goes as soon as nothing is made any more.
    freed.clear()
    kept = [_ring(freed)]
    gc.collect()
    kept.clear()
    timer.timeout.emit()
    QThreadPool.globalInstance().waitForDone()
    assert freed == [threading.get_ident()]
    assert timer.interval() == collecting.IDLE_MS and given == [1]
    owner.deleteLater()


def test_nothing_is_done_before_it_is_due(freed: list[int]) -> None:
    gc.disable()
    gc.collect()
    _ring(freed)
    assert not Garbage().collect_due()
    assert freed == []
    gc.collect()
    assert freed == [threading.get_ident()]


def test_what_survived_for_long_is_looked_at_only_while_nobody_is_there(
    qapp: QApplication, freed: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(collecting, "give_back", lambda: None)
    monkeypatch.setattr(memory, "LONG", -1.0)
    monkeypatch.setattr(memory, "_LATER", 0)
    owner = QObject()
    made = Collector(owner)
    (timer,) = made.findChildren(QTimer)
    kept = [_ring(freed)]
    _allocate()
    timer.timeout.emit()
    timer.timeout.emit()
    # It was put aside, and no look finds it any more.
    kept.clear()
    _allocate()
    timer.timeout.emit()
    timer.timeout.emit()
    assert freed == []
    (away,) = made.findChildren(Away)
    monkeypatch.setattr(QGuiApplication, "applicationState", lambda: Qt.ApplicationState.ApplicationActive)
    _touch(owner)
    QApplication.sendEvent(away, QTimerEvent(0))
    assert freed == [], "somebody is there"
    QApplication.sendEvent(away, QTimerEvent(0))
    assert freed == [threading.get_ident()]
    QThreadPool.globalInstance().waitForDone()
    owner.deleteLater()


def _touch(receiver: QObject) -> None:
    QApplication.sendEvent(receiver, QEvent(QEvent.Type.Wheel))


def test_much_at_once_is_put_aside_unseen(freed: list[int]) -> None:
    gc.disable()
    gc.collect()
    garbage = Garbage()
    before = gc.get_freeze_count()
    loaded = [[n] for n in range(20_000)]
    assert garbage.collect_due()
    assert gc.get_freeze_count() >= before + len(loaded)
    _ring(freed)
    garbage.look()
    assert freed == [threading.get_ident()]
    del loaded
    gc.unfreeze()
