"""Qt objects that are garbage are freed by the UI thread, however much other threads allocate."""

from __future__ import annotations

import gc
import threading
import weakref
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QApplication

from app.memory import collect_due
from ui import collecting
from ui.collecting import Collector


@pytest.fixture
def freed() -> Iterator[list[int]]:
    """The threads in which an object in a ring was freed; the ring is dropped right away."""
    gc.enable()
    threads: list[int] = []
    yield threads
    gc.disable()


def _ring(threads: list[int]) -> None:
    one = QObject()
    QTimer(one).start(60_000)
    one.itself = one  # type: ignore[attr-defined]
    weakref.finalize(one, lambda: threads.append(threading.get_ident()))


def _allocate() -> None:
    for _ in range(5_000):
        ring: list[object] = []
        ring.append(ring)


def test_what_other_threads_allocate_frees_nothing(
    qapp: QApplication, freed: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(collecting, "EVERY_MS", 10)
    owner = QObject()
    Collector(owner)
    assert not gc.isenabled()
    _ring(freed)
    other = threading.Thread(target=_allocate)
    other.start()
    other.join()
    assert freed == []
    while not freed:
        qapp.sendPostedEvents()
        collect_due()
        _allocate()
    assert set(freed) == {threading.get_ident()}
    owner.deleteLater()


def test_the_timer_collects(qapp: QApplication, qtbot: object, freed: list[int]) -> None:
    owner = QObject()
    made = Collector(owner)
    (timer,) = made.findChildren(QTimer)
    assert timer.isActive() and timer.interval() == collecting.EVERY_MS
    _ring(freed)
    _allocate()
    timer.timeout.emit()
    assert freed == [threading.get_ident()]
    owner.deleteLater()


def test_nothing_is_done_before_it_is_due(freed: list[int]) -> None:
    gc.disable()
    gc.collect()
    _ring(freed)
    collect_due()
    assert freed == []
    gc.collect()
    assert freed == [threading.get_ident()]
