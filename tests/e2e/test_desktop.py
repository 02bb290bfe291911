"""The real program among a desktop's services: tray, keys for every program, quick ask, notifications."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

pytest.importorskip("jeepney")

from tests.bench.x11 import Screen, Window
from tests.e2e.program import Program
from tests.fakes import xserver
from tests.fakes.desk import NOTIFICATIONS, PORTAL, Desk, missing
from tests.fakes.server import FakeServer, Reply
from tests.fakes.xserver import x_server

PATIENCE = 90.0
WIDTH = 640


@pytest.mark.skipif(missing() or xserver.missing(), reason="needs dbus-daemon and Xvfb")
def test_a_day_behind_the_tray(tmp_path: Path, server: FakeServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """One run: the key opens the small window, its question is answered, closing the window leaves
    the icon, a second start asks again, the icon's menu ends it all."""
    server.on("zhipu", [Reply.stream(["快答"]), Reply.error(401, {"error": {"message": "no"}})])
    home = tmp_path / "home"
    home.mkdir(exist_ok=True)
    chosen = {"tray": True, "quick_keys": "Ctrl+Alt+J", "chain": ["zhipu:glm-4.7-flash"], "language": "en"}
    (home / "settings.json").write_text(json.dumps(chosen | {"auto_title": False}), encoding="utf-8")
    program = Program(home, server, keys=("zhipu",))
    with Desk(services=(NOTIFICATIONS, PORTAL)) as desk, x_server() as display:
        monkeypatch.setenv("DISPLAY", display)
        environ = {**program.environ, "DBUS_SESSION_BUS_ADDRESS": desk.address, "DISPLAY": display}
        environ |= {"QT_QPA_PLATFORM": "xcb", "XDG_CURRENT_DESKTOP": "GNOME"}
        desk.prefer(2)
        line = program.command(endpoints=("zhipu",))
        log = tmp_path / "errors"
        with log.open("w") as errors:
            running = subprocess.Popen(line, env=environ, cwd=tmp_path, stderr=errors)
        screen = Screen()
        try:
            until(lambda: len(screen.windows()) == 1, running)
            # The panel starts later than the program, as at log-in.
            desk.start_panel()
            until(lambda: desk.items, running)
            # The desktop turns dark, and the window with it.
            light = ground(screen)
            desk.prefer(1)
            until(lambda: dark(ground(screen)), running)
            assert not dark(light)
            # The key is taken after the tray is there; pressed again until it is.
            while small_window(screen) is None:
                screen.chord("Control_L", "Alt_L", "j")
                if wait_for(lambda: small_window(screen) is not None, 2):
                    break
                assert running.poll() is None
            for letter in "abc":
                screen.key(letter)
            screen.key("Return")
            until(lambda: server.requests, running)
            until(
                lambda: program.rows("SELECT status FROM message WHERE role='assistant'") == [("done",)],
                running,
            )
            assert program.rows("SELECT text FROM message ORDER BY created_at") == [("abc",), ("快答",)]
            screen.key("Escape")
            until(lambda: small_window(screen) is None, running)
            # Closed, the window goes; the program and its icon stay, and that is said once.
            main = max(screen.windows(), key=lambda one: one.width)
            screen.ask_to_close(main)
            until(lambda: not screen.windows(), running)
            until(
                lambda: [title for _, title, _ in desk.notes] == ["Jieli is still running in the tray"],
                running,
            )
            assert desk.tooltip().startswith("Jieli")
            # A second start with the option hands over and ends.
            second = [*program.command(), "--quick-ask"]
            done = subprocess.run(second, env=environ, cwd=tmp_path, timeout=PATIENCE, check=False)
            assert done.returncode == 0
            until(lambda: small_window(screen) is not None, running)
            screen.key("d")
            screen.key("Return")
            until(lambda: len(server.requests) >= 2, running)
            # It failed while nobody looked elsewhere: the small window has the keyboard, so nothing is told.
            failed = "SELECT count(*) FROM message WHERE role='assistant' AND status='failed'"
            until(lambda: program.rows(failed) == [(1,)], running)
            assert len(desk.notes) == 1
            screen.key("Escape")
            until(lambda: small_window(screen) is None, running)
            # The program ends from the icon's menu, though no window is shown.
            assert {"New question", "Quick ask", "Open the window", "Quit Jieli"} <= set(desk.menu())
            desk.choose("Open the window")
            until(lambda: len(screen.windows()) == 1, running)
            desk.choose("Quit Jieli")
            assert running.wait(PATIENCE) == 0
        finally:
            screen.close()
            running.kill()
            running.wait(PATIENCE)
        assert "Traceback" not in log.read_text()
        state = json.loads((home / "window.json").read_text(encoding="utf-8"))
        assert state["tray_told"] is True


def small_window(screen: Screen) -> Window | None:
    """The window of the quick question, if it is shown."""
    return next((one for one in screen.windows((600, 60)) if one.width == WIDTH), None)


def ground(screen: Screen) -> bytes:
    """The colour at the foot of the main window's list: blue, green, red."""
    main = max(screen.windows(), key=lambda one: one.width)
    rows = screen.rows(main, 40, main.height - 120, 1, 1)
    return rows[0][:3] if rows else b""


def dark(colour: bytes) -> bool:
    """Whether light text would stand on it."""
    return bool(colour) and max(colour) < 100


def until(condition: Callable[[], object], running: subprocess.Popen[bytes]) -> None:
    """Wait until something is so, as long as the program lives."""
    end = time.monotonic() + PATIENCE
    while not condition():
        assert running.poll() is None, "the program ended"
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.03)


def wait_for(condition: Callable[[], object], seconds: float) -> bool:
    """Whether something comes to be so within that time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.03)
    return False
