"""Somebody at a real screen with a real keyring who has nothing but a keyboard and eyes.

A screen (Xvfb), a Secret Service (gnome-keyring on a bus of its own), the real program in a process; what its
window shows comes from `tests.e2e.watched`. Keys are pressed once what they are meant for is there.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.bench.x11 import Screen, Window
from tests.e2e.program import ROOT, Program

NEEDED = ("dbus-run-session", "gnome-keyring-daemon")

_UNLOCKED = 'printf "\\n" | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1; exec "$@"'

_CLIPBOARD = """
import os, sys
from PySide6.QtGui import QGuiApplication
app = QGuiApplication([])
QGuiApplication.clipboard().setText(os.environ["TO_PASTE"])
print("held", flush=True)
app.exec()
"""

_LANGUAGES = {"zh": "zh_CN.UTF-8", "en": "en_US.UTF-8"}


def until(condition: Callable[[], object], what: str, seconds: float = 90.0) -> None:
    """Wait until something is so; the time ends what hangs, and judges no busy machine."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, what
        time.sleep(0.02)


class Newcomer:
    """Works one window by its keys, and counts them. `folder` is all there is of the user's computer."""

    def __init__(self, folder: Path, environ: dict[str, str], language: str) -> None:
        self.presses = 0
        self.home = folder / "jieli"
        self.keyrings = folder / "share" / "keyrings"
        self._seen = folder / "seen.json"
        self._screen = Screen()
        runtime = folder / "run"
        runtime.mkdir(mode=0o700)
        self.environ = {
            **environ,
            "PYTHONPATH": str(ROOT),
            "LANG": _LANGUAGES[language],
            "XDG_RUNTIME_DIR": str(runtime),
            "XDG_DATA_HOME": str(folder / "share"),
        }
        self.environ.pop("DBUS_SESSION_BUS_ADDRESS", None)

    # the program

    @contextmanager
    def running(self, program: Program, endpoints: Sequence[str] = ()) -> Iterator[None]:
        """The program with a keyring of its own; afterwards it was ended and has left no traceback."""
        arguments = program.command(endpoints=endpoints)
        at = arguments.index("app")
        line = [*arguments[:at], "tests.e2e.watched", str(self._seen), *arguments[at + 1 :]]
        session = subprocess.Popen(
            ["dbus-run-session", "--", "sh", "-c", _UNLOCKED, "sh", *line],
            env=self.environ, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        try:
            yield
        finally:
            subprocess.run(["kill", str(_program_pid(session.pid))], check=False)
            _, err = session.communicate(timeout=60)
            self._screen.close()
        assert "Traceback" not in err, err

    @contextmanager
    def holding(self, text: str) -> Iterator[None]:
        """A text on the clipboard, as after copying it from the vendor's page."""
        line = [sys.executable, "-c", _CLIPBOARD]
        environ = {**self.environ, "TO_PASTE": text}
        holder = subprocess.Popen(line, env=environ, stdout=subprocess.PIPE, text=True)
        assert holder.stdout is not None
        assert holder.stdout.readline().strip() == "held"
        try:
            yield
        finally:
            holder.terminate()
            holder.communicate(timeout=30)

    # the eyes

    def _sight(self) -> dict[str, object]:
        try:
            return json.loads(self._seen.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}

    def page(self) -> object:
        """The page the window shows."""
        return self._sight().get("page")

    def focus(self) -> str:
        """The name of what has the keyboard."""
        return str(self._sight().get("focus", ""))

    def said(self) -> list[str]:
        """Every text to be seen."""
        said = self._sight().get("said", [])
        assert isinstance(said, list)
        return said

    def at(self, name: str) -> None:
        """Wait until the keyboard is on something of that name."""
        until(self._window, "no window")
        # Without a window manager a window must be given the keyboard first.
        until(lambda: self._focus_window() and self.focus() == name, f"the keyboard is not on {name!r}")

    def sees(self, words: str) -> None:
        """Wait until a text begins with these words."""
        until(lambda: any(text.startswith(words) for text in self.said()), f"it is not said: {words!r}")

    # the hand

    def press(self, *chords: str) -> None:
        """Press keys one after the other (`Control_L+v`)."""
        self._focus_window()
        for chord in chords:
            self._screen.chord(*chord.split("+"))
            self.presses += 1

    def go_to(self, name: str, chord: str = "Tab", most: int = 60) -> None:
        """Press Tab until the keyboard is on something of that name; each press is waited for."""
        for _ in range(most):
            before = self.focus()
            if before == name:
                return
            self.press(chord)
            until(lambda before=before: self.focus() != before, f"{chord} leads nowhere from {before!r}")
        raise AssertionError(f"{chord} does not lead to {name!r}")

    def _window(self) -> Window | None:
        return next(iter(self._screen.windows()), None)

    def _focus_window(self) -> bool:
        window = self._window()
        if window is not None:
            self._screen.focus(window)
        return window is not None

    # what is left behind

    def traces(self, text: str) -> list[Path]:
        """The files of this computer that hold `text`, but for the keyring's own."""
        wanted = text.encode()
        found = []
        for folder, _, names in os.walk(self.home.parent):
            for path in (Path(folder, name) for name in names):
                if not path.is_relative_to(self.keyrings) and path.is_file() and wanted in path.read_bytes():
                    found.append(path)
        return found


def _program_pid(session: int) -> int:
    """The program's process under `dbus-run-session`: its youngest child by that command line."""
    found: list[int] = []

    def look() -> bool:
        found.clear()
        children = Path(f"/proc/{session}/task/{session}/children").read_text(encoding="ascii").split()
        for child in children:
            line = Path(f"/proc/{child}/cmdline").read_bytes().split(b"\0")
            if b"tests.e2e.watched" in line and b"-m" in line:
                found.append(int(child))
        return bool(found)

    until(look, "the program did not start")
    return found[0]
