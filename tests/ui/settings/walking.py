"""Walks a page with the Tab key and reads every control's accessible name."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLineEdit, QWidget


def reachable(page: QWidget) -> set[QWidget]:
    """Every visible, enabled control that takes the keyboard; of radios the one Qt lets Tab reach."""
    return {
        widget
        for widget in page.findChildren(QWidget)
        if widget.isVisibleTo(page)
        and widget.isEnabled()
        and widget.focusPolicy() & Qt.FocusPolicy.TabFocus
        and widget.focusProxy() is None
        and not _by_arrow(widget)
    }


def _by_arrow(widget: QWidget) -> bool:
    """Of exclusive buttons Tab reaches the chosen one, the arrow keys the others."""
    group = widget.group() if isinstance(widget, QAbstractButton) else None
    return group is not None and group.exclusive() and group.checkedButton() not in (None, widget)


def walk(page: QWidget) -> set[QWidget]:
    """The controls that Tab reaches until it comes round."""
    seen: list[QWidget] = []
    page.setFocus()
    for _ in range(200):
        QTest.keyClick(QApplication.focusWidget() or page, Qt.Key.Key_Tab)
        now = QApplication.focusWidget()
        if now is None or (seen and now is seen[0]):
            break
        if now not in seen:
            seen.append(now)
    return set(seen)


def name(widget: QWidget) -> str:
    """What a screen reader says for a widget."""
    found = QAccessible.queryAccessibleInterface(widget)
    return found.text(QAccessible.Text.Name).strip() if found is not None else ""


def check(page: QWidget) -> int:
    """Assert that Tab reaches every control and each has a name; returns how many there are."""
    wanted = reachable(page)
    missed = [describe(widget) for widget in wanted - walk(page)]
    assert not missed, f"Tab does not reach: {missed}"
    nameless = [describe(widget) for widget in wanted if not name(widget)]
    assert not nameless, f"no accessible name: {nameless}"
    every = [w for w in page.findChildren(QWidget) if isinstance(w, QAbstractButton | QLineEdit)]
    silent = [describe(w) for w in every if w.isVisibleTo(page) and not _inner(w) and not name(w)]
    assert not silent, f"no accessible name: {silent}"
    return len(wanted)


def describe(widget: QWidget) -> str:
    """Enough to find the widget."""
    text = widget.text() if isinstance(widget, QAbstractButton | QLineEdit) else ""
    parent = widget.parentWidget()
    return f"{type(widget).__name__}({text!r}) in {type(parent).__name__}"


def _inner(widget: QWidget) -> bool:
    """Parts of Qt's own composite controls, which speak for them."""
    return widget.objectName().startswith("qt_") or widget.focusPolicy() == Qt.FocusPolicy.NoFocus
