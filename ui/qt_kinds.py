"""Classes of Qt, made ready on the window's thread before another thread imports what needs them.

PySide makes a class when it is first asked for, its enumerations in Python, during which another thread may
run. Two threads that make the same class at once end the process; and the window's thread may ask for many at
any time, for whatever a `QObject` without a name might be. So only the window's thread makes any, a few in
each turn of the loop: all at once take longer than a frame.
"""

from __future__ import annotations

from collections.abc import Iterator

from PySide6 import QtCore, QtGui, QtWidgets

from ui.pieces import loading

_WANTED = {
    QtCore: ("QAbstractTableModel", "QKeyCombination", "QSizeF"),
    QtGui: ("QContextMenuEvent", "QDoubleValidator", "QIntValidator", "QValidator"),
    QtWidgets: (
        # Asked for all together when a style written in Python is first asked for anything.
        *(name for name in dir(QtWidgets) if name.startswith("QStyle")),
        "QHeaderView", "QListWidget", "QListWidgetItem", "QSpinBox", "QSystemTrayIcon", "QTableView",
        "QTableWidget", "QTableWidgetItem",
    ),
}  # fmt: skip
"""What pages and dialogs need of each module besides what the window has needed before them."""


def made_ready() -> Iterator[None]:
    """Make them, one from each `yield` to the next."""
    for module, names in _WANTED.items():
        for name in names:
            if name not in vars(module):
                getattr(module, name)
                yield


def loaded(*names: str) -> Iterator[object]:
    """Import modules of ours in a thread, with all of Qt that they need made ready before; with our style."""
    yield from made_ready()
    yield loading(("ui.style", *names))
