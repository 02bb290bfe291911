"""The real program, with one more timer in it that writes down what its window shows.

`python -m tests.e2e.watched FILE ARGUMENT…` runs the program with those arguments. FILE gets a JSON object
`{"page", "focus", "said"}` whenever it changes: the page, the name of what has the keyboard, and every text
that can be seen. It looks and touches nothing: whoever plays the user has keys of a real keyboard.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from PySide6.QtCore import QTimer
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel

import ui.window_app
from app.__main__ import run
from ui.shell import Shell

EACH_MS = 50


class _Watcher(QTimer):
    """Writes to `file` what a shell's window shows."""

    def __init__(self, shell: Shell, file: Path) -> None:
        super().__init__()
        self._shell = shell
        self._file = file
        self._before = ""
        self.timeout.connect(self._look)
        self.start(EACH_MS)

    def _look(self) -> None:
        seen = [
            widget.text()
            for widget in QApplication.allWidgets()
            if isinstance(widget, QLabel | QAbstractButton) and widget.isVisible() and widget.text()
        ]
        said = {"page": self._shell.window.page(), "focus": _focus(), "said": sorted(seen)}
        text = json.dumps(said, ensure_ascii=False)
        if text != self._before:
            self._before = text
            fresh = self._file.with_suffix(".new")
            fresh.write_text(text, encoding="utf-8")
            fresh.replace(self._file)


def _focus() -> str:
    widget = QApplication.focusWidget()
    interface = QAccessible.queryAccessibleInterface(widget) if widget is not None else None
    return interface.text(QAccessible.Text.Name) if interface is not None else ""


def main() -> int:
    """Run the program and watch it."""
    file = Path(sys.argv[1])

    class Watched(Shell):
        def attach(self, *args: Any, **options: Any) -> None:
            super().attach(*args, **options)
            self._watcher = _Watcher(self, file)

    ui.window_app.Shell = Watched  # type: ignore[misc]
    return run(sys.argv[2:])


if __name__ == "__main__":
    sys.exit(main())
