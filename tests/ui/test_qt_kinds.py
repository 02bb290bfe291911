"""Classes of Qt are made on the window's thread alone: two threads that make the same one end the process."""

from __future__ import annotations

import subprocess
import sys

from tests.conftest import ROOT

_CHILD = """
import importlib, threading
from PySide6 import QtCore, QtGui, QtWidgets

for name in ("ui.window_app", "ui.window_run", "ui.wiring", "ui.collecting", "ui.single_instance"):
    importlib.import_module(name)
from ui import qt_kinds
from ui.presenters.settings_parts import MODULES

def made():
    modules = QtCore, QtGui, QtWidgets
    return {f"{m.__name__}.{name}" for m in modules for name in vars(m) if name.startswith("Q")}

pages = (
    ("ui.presenters.bin",), ("ui.welcome.page",), ("ui.assistants.conversation_dialog",), (),
    ("ui.presenters.quota", "ui.quota.page"), ("ui.settings.kinds", "ui.settings.provider_page"), MODULES,
)
importlib.import_module("ui.leg_popover")
at_start = made()
threads = 0
loading = qt_kinds.loading

def after_what_is_ready(names):
    global before
    before = made()
    return loading(names)

qt_kinds.loading = after_what_is_ready
for names in pages:
    steps = list(qt_kinds.loaded(*names))
    assert isinstance(steps[-1], threading.Thread)
    steps[-1].join()
    assert made() == before, (names, made() - before)
assert "PySide6.QtWidgets.QStyleOptionTab" in before - at_start
assert "PySide6.QtWidgets.QTableView" in before - at_start
print("all made before")
"""


def test_threads_that_load_pages_make_no_class_of_qt() -> None:
    child = [sys.executable, "-P", "-c", f"import sys; sys.path.insert(0, {str(ROOT)!r})\n{_CHILD}"]
    done = subprocess.run(child, capture_output=True, text=True, timeout=300, check=False)
    assert done.stdout.strip() == "all made before", done.stderr
