"""The first run of the real program on a real screen with a real keyring, by the keyboard alone.

From an empty profile to an answer: a screen (Xvfb), a Secret Service (gnome-keyring on a bus of its own), the
loopback vendor, and nothing but key presses.
"""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from tests.bench.x11 import Screen, Window
from tests.e2e.program import ROOT, Program
from tests.fakes.server import FakeServer, Reply

NEEDED = ("dbus-run-session", "gnome-keyring-daemon")

KEY = "fedcba9876543210" * 2 + ".KeyboardOnly123"

UNLOCKED = 'printf "\\n" | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1; exec "$@"'

CLIPBOARD = """
import os, sys
from PySide6.QtGui import QGuiApplication
app = QGuiApplication([])
QGuiApplication.clipboard().setText(os.environ["TO_PASTE"])
print("held", flush=True)
app.exec()
"""

pytestmark = [
    pytest.mark.display,
    pytest.mark.skipif(
        not sys.platform.startswith("linux") or not all(map(shutil.which, NEEDED)),
        reason=f"needs {', '.join(NEEDED)}",
    ),
]


class Keyboard:
    """Presses keys in the one window of a screen, and counts them."""

    def __init__(self) -> None:
        self._screen = Screen()
        self.presses = 0

    def window(self) -> Window | None:
        """The window once it is on the screen."""
        return next(iter(self._screen.windows()), None)

    def press(self, *chords: str) -> None:
        """Press keys (`Control_L+v`); without a window manager a window must be given the keyboard first."""
        window = self.window()
        if window is None:
            return
        self._screen.focus(window)
        for chord in chords:
            self._screen.chord(*chord.split("+"))
            self.presses += 1

    def close(self) -> None:
        """Let go of the screen."""
        self._screen.close()


def until(condition: Callable[[], object], seconds: float = 90.0) -> bool:
    """Whether something became so in time."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


@contextmanager
def holding(text: str, environ: dict[str, str]) -> Iterator[None]:
    """A text on the clipboard, as after copying it from the vendor's page."""
    line = [sys.executable, "-c", CLIPBOARD]
    holder = subprocess.Popen(line, env={**environ, "TO_PASTE": text}, stdout=subprocess.PIPE, text=True)
    assert holder.stdout is not None
    assert holder.stdout.readline().strip() == "held"
    try:
        yield
    finally:
        holder.terminate()
        holder.communicate(timeout=30)


def answers(home: Path) -> list[str]:
    """The finished answers in the profile's database."""
    file = home / "jieli.db"
    if not file.exists():
        return []
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as db:
        try:
            rows = db.execute("SELECT text FROM message WHERE role = 'assistant' AND status = 'done'")
            return [text for (text,) in rows]
        except sqlite3.OperationalError:
            return []  # not made yet


def test_from_nothing_to_an_answer_by_keyboard_alone(
    tmp_path: Path,
    x11_env: dict[str, str],
    server: FakeServer,
    record_testsuite_property: Callable[[str, object], None],
) -> None:
    server.on("zhipu", Reply.stream(["从零", "到答案"], usage=(3, 4)))
    home = tmp_path / "jieli"
    program = Program(home, server)
    environ = {**x11_env, "PYTHONPATH": str(ROOT)}
    environ.pop("DBUS_SESSION_BUS_ADDRESS", None)
    runtime = tmp_path / "run"
    runtime.mkdir(mode=0o700)
    environ |= {"XDG_RUNTIME_DIR": str(runtime), "XDG_DATA_HOME": str(tmp_path / "share")}
    line = ["dbus-run-session", "--", "sh", "-c", UNLOCKED, "sh", *program.command(endpoints=["zhipu"])]
    keyboard = Keyboard()
    started = time.monotonic()
    running = subprocess.Popen(
        line, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    try:
        with holding(KEY, environ):
            assert until(keyboard.window), "no window"
            # The keyboard is where the key goes: paste, then agree to whom it is sent.
            assert _until_done(
                keyboard, [["Control_L+v"], ["Return"]], lambda: len(server.requests_for("zhipu")) >= 1
            ), "the key was not checked"
        (check,) = server.requests_for("zhipu")
        assert check.headers["authorization"] == f"Bearer {KEY}"
        # It works, and the keyboard is on "start"; then it is in the editor.
        asked = len(server.requests_for("zhipu"))
        assert _until_done(
            keyboard,
            [["Return"], list("hello"), ["Return"]],
            lambda: "hello" in _questions(server, asked),
        ), "the question was not asked"
        assert until(lambda: "从零到答案" in answers(home)), "the answer was not kept"
        seconds = time.monotonic() - started
        assert list((tmp_path / "share" / "keyrings").iterdir())
    finally:
        subprocess.run(["kill", str(_program_pid(running.pid))], check=False)
        _, err = running.communicate(timeout=60)
        keyboard.close()
    assert "Traceback" not in err
    assert program.traces(KEY) == [], "the key lies under the home folder"
    # For a report: the file of `--junitxml` has them.
    record_testsuite_property("key presses", keyboard.presses)
    record_testsuite_property("seconds", round(seconds, 1))


def _questions(server: FakeServer, before: int) -> list[str]:
    """The last messages of the chat requests after the first so many requests."""
    later = list(server.requests_for("zhipu"))[before:]
    return [r.json["messages"][-1]["content"] for r in later if r.json and "messages" in r.json]


def _until_done(keyboard: Keyboard, steps: list[list[str]], done: Callable[[], object]) -> bool:
    """Press the keys of each step, with a pause for the window to follow; once more if nothing came of it."""
    for _ in range(6):
        for keys in steps:
            if done():
                return True
            keyboard.press(*keys)
            until(done, 1.5)
        if until(done, 6):
            return True
    return False


def _program_pid(session: int) -> int:
    """The program's process under `dbus-run-session`: its youngest child by that command line."""
    found: list[int] = []

    def look() -> bool:
        found.clear()
        children = Path(f"/proc/{session}/task/{session}/children").read_text(encoding="ascii").split()
        for child in children:
            line = Path(f"/proc/{child}/cmdline").read_bytes().split(b"\0")
            if b"app" in line and b"-m" in line:
                found.append(int(child))
        return bool(found)

    assert until(look), "the program did not start"
    return found[0]
