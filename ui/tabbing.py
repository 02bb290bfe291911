"""Tab goes through a window as it is read: from top to bottom, left to right, whatever was built first.

Qt's own order is that of construction, which for rows, legs and pages that come and go later is no order at
all, and can even be a ring that leaves half of the window out.
"""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QLineEdit,
    QScrollArea,
    QWidget,
)

_TAB = Qt.FocusPolicy.TabFocus
_WHOLE = (QAbstractItemView, QAbstractSpinBox, QComboBox, QLineEdit)
"""What these have inside is reached by their own keys."""


def move(window: QWidget, *, forward: bool) -> bool:
    """Give the focus to the next stop, or the one before; False when nothing of the window has it."""
    here = QApplication.focusWidget()
    if here is None:
        return False
    order = list(_in_order(window))
    if here not in order:
        return False
    at = order.index(here)
    around = order[at + 1 :] + order[:at] if forward else order[:at][::-1] + order[at + 1 :][::-1]
    reason = Qt.FocusReason.TabFocusReason if forward else Qt.FocusReason.BacktabFocusReason
    for widget in around:
        if _takes_tab(widget) and not _represented(widget):
            widget.setFocus(reason)
            _bring_into_view(widget, here)
            return True
    return False


def _bring_into_view(widget: QWidget, before: QWidget) -> None:
    """Scroll what the keyboard has come into; Qt scrolls only where it has been already."""
    parent = widget.parentWidget()
    while parent is not None:
        if isinstance(parent, QScrollArea) and not parent.isAncestorOf(before):
            parent.ensureWidgetVisible(widget)
        parent = parent.parentWidget()


def _in_order(parent: QWidget) -> Iterator[QWidget]:
    # Not `children`: for those that are no widgets Python's side makes ready whatever they might be.
    found = parent.findChildren(QWidget, options=Qt.FindChildOption.FindDirectChildrenOnly)
    children = [child for child in found if not child.isWindow() and child.isVisible()]
    children.sort(key=lambda child: (child.y(), child.x()))
    for child in children:
        yield child
        if not isinstance(child, _WHOLE):
            yield from _in_order(child)


def stand_in(widget: QWidget) -> QWidget:
    """The button that stands for its exclusive group where the keyboard is concerned: the chosen one."""
    group = widget.group() if isinstance(widget, QAbstractButton) else None
    chosen = group.checkedButton() if group is not None and group.exclusive() else None
    return chosen or widget


def _takes_tab(widget: QWidget) -> bool:
    if widget.focusProxy() is not None or not widget.isEnabled():
        return False
    # Of a group Qt leaves the stop with whichever button had the keyboard last, chosen or not.
    chosen = isinstance(widget, QAbstractButton) and widget.isChecked() and widget.group() is not None
    policy = widget.focusPolicy()
    return policy & _TAB == _TAB or (chosen and policy != Qt.FocusPolicy.NoFocus)


def _represented(widget: QWidget) -> bool:
    """Whether another button of an exclusive group stands for it; the arrow keys lead to the others."""
    if not isinstance(widget, QAbstractButton) or not widget.isCheckable() or widget.isChecked():
        return False
    group = widget.group()
    if group is not None:
        return group.exclusive() and group.checkedButton() is not None
    parent = widget.parentWidget()
    if not widget.autoExclusive() or parent is None:
        return False
    others = parent.findChildren(QAbstractButton, options=Qt.FindChildOption.FindDirectChildrenOnly)
    return any(other.autoExclusive() and other.isChecked() for other in others)
