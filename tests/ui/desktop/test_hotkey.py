"""Keys for every program: what may be taken, which system offers it how, and the real thing under X11."""

from __future__ import annotations

import asyncio
import ctypes
import queue
import sys
from collections.abc import Callable
from typing import Any

import pytest

from app.errors import KnownError
from tests.bench.x11 import Screen
from tests.fakes import xserver
from ui.desktop import hotkey_finding
from ui.desktop.hotkey import Keys, parse
from ui.desktop.hotkey_windows import WindowsHotkey, code
from ui.desktop.hotkeys import Hotkeys

linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Linux alone has this")


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(60):
        while not condition():  # noqa: ASYNC110 - what is waited for happens in another thread or process
            await asyncio.sleep(0.01)


@pytest.mark.parametrize(
    ("text", "held", "key"),
    [
        ("Ctrl+Alt+J", {"ctrl", "alt"}, "j"),
        ("Meta+Space", {"super"}, "space"),
        ("F9", set(), "F9"),
        ("Ctrl+Shift+1", {"ctrl", "shift"}, "1"),
        ("Alt+PgUp", {"alt"}, "Page_Up"),
    ],
)
def test_keys_are_read(text: str, held: set[str], key: str) -> None:
    assert parse(text) == Keys(frozenset(held), key)


@pytest.mark.parametrize("text", ["", "J", "Shift+J", "Esc", "Ctrl+K, Ctrl+J", "Ctrl+Return", "Ctrl+Ω"])
def test_what_cannot_be_taken_is_refused(text: str) -> None:
    with pytest.raises(KnownError):
        parse(text)


def test_where_it_is_impossible_the_command_is_named() -> None:
    for system, platform in (("darwin", "cocoa"), ("linux", "offscreen"), ("linux", "linuxfb")):
        with pytest.raises(KnownError, match="jieli --quick-ask"):
            hotkey_finding.find(lambda: None, lambda: None, {}, system, platform)  # type: ignore[arg-type]


@linux
def test_keys_that_change_to_a_console_are_refused() -> None:
    with pytest.raises(KnownError):
        parse("Ctrl+Alt+F3")


@linux
def test_x11_programs_under_wayland_ask_the_portal() -> None:
    from ui.desktop.hotkey_portal import PortalHotkey
    from ui.desktop.hotkey_x11 import X11Hotkey

    bus: Any = object()
    wayland = {"XDG_SESSION_TYPE": "wayland"}
    for platform, environ, kind in (
        ("wayland", {}, PortalHotkey),
        ("xcb", wayland, PortalHotkey),
        ("xcb", {}, X11Hotkey),
    ):
        assert isinstance(hotkey_finding.find(lambda: None, lambda: bus, environ, "linux", platform), kind)


class FakeUser32:
    """What Windows does with hotkeys and one thread's messages; `taken` are another program's."""

    def __init__(self) -> None:
        self.registered: dict[int, tuple[int, int]] = {}
        self.taken: set[tuple[int, int]] = set()
        self.messages: queue.SimpleQueue[tuple[int, int]] = queue.SimpleQueue()

    def RegisterHotKey(self, _window: None, number: int, held: int, key: int) -> int:  # noqa: N802
        if (held, key) in self.taken:
            return 0
        self.registered[number] = (held, key)
        return 1

    def UnregisterHotKey(self, _window: None, number: int) -> int:  # noqa: N802
        del self.registered[number]
        return 1

    def GetMessageW(self, into: Any, *_rest: object) -> int:  # noqa: N802
        message, wparam = self.messages.get()
        into._obj.message, into._obj.wparam = message, wparam
        return 0 if message == 0x0012 else 1

    def PostThreadMessageW(self, thread: int, message: int, wparam: int, _lparam: int) -> int:  # noqa: N802
        assert thread == 77
        self.messages.put((message, wparam))
        return 1


class FakeKernel32:
    def GetCurrentThreadId(self) -> int:  # noqa: N802
        return 77


def test_windows_takes_keeps_and_gives_back(run: Any) -> None:
    user32 = FakeUser32()
    pressed: list[int] = []

    async def scenario() -> None:
        key = WindowsHotkey(lambda: pressed.append(1), user32, FakeKernel32())
        assert await key.grab("Ctrl+Alt+J") == ""
        assert user32.registered == {1: (0x4000 | 2 | 1, ord("J"))}
        user32.messages.put((0x0312, 1))
        await until(lambda: pressed == [1])
        assert await key.grab("Meta+F9") == ""
        assert user32.registered == {1: (0x4000 | 8, 0x78)}
        user32.taken.add((0x4000 | 2, ord("Q")))
        with pytest.raises(KnownError):
            await key.grab("Ctrl+Q")
        assert user32.registered == {}
        await key.release()

    run(scenario())
    assert (code("a"), code("7"), code("space"), code("F12")) == (0x41, 0x37, 0x20, 0x7B)
    assert ctypes.sizeof(ctypes.c_void_p) in (4, 8)


class Slow:
    """A system's way that takes its time, for changes one after the other."""

    def __init__(self) -> None:
        self.grabbed: list[str] = []
        self.go = asyncio.Event()
        self.refuses = ""

    async def grab(self, keys: str) -> str:
        await self.go.wait()
        self.grabbed.append(keys)
        if keys == self.refuses:
            raise KnownError("desktop.keys_taken", keys=keys)
        return ""

    async def release(self) -> None:
        self.grabbed.append("")


def test_only_the_last_of_several_changes_is_taken(run: Any) -> None:
    async def scenario() -> None:
        way = Slow()
        tasks: list[asyncio.Task[None]] = []
        keys = Hotkeys(
            lambda: None,
            lambda: None,  # type: ignore[arg-type]
            lambda coro, name: tasks.append(asyncio.create_task(coro, name=name)),
            lambda *_: way,
        )
        for wanted in ("Ctrl+Alt+A", "Ctrl+Alt+B", "Ctrl+Alt+C"):
            keys.choose(wanted)
        way.go.set()
        await asyncio.gather(*tasks)
        assert way.grabbed[-1] == "Ctrl+Alt+C" and "Ctrl+Alt+B" not in way.grabbed
        assert "Ctrl+Alt+C" in keys.words and keys.good
        way.refuses = "Ctrl+Alt+X"
        keys.choose("Ctrl+Alt+X")
        await asyncio.gather(*tasks)
        assert "Ctrl+Alt+X" in keys.words and not keys.good
        keys.choose("")
        await asyncio.gather(*tasks)
        assert way.grabbed[-1] == "" and keys.words == ""
        await keys.close()

    run(scenario())


@linux
@pytest.mark.skipif(xserver.missing(), reason="needs Xvfb")
def test_under_x11_the_key_works_whoever_has_the_keyboard(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from ui.desktop.hotkey_x11 import X11Hotkey

    pressed: list[str] = []

    async def scenario() -> None:
        screen = Screen()
        one, other = X11Hotkey(lambda: pressed.append("one")), X11Hotkey(lambda: pressed.append("other"))
        assert await one.grab("Ctrl+Alt+U") == ""
        screen.chord("Control_L", "Alt_L", "u")
        await until(lambda: pressed == ["one"])
        screen.chord("Control_L", "u")
        # Caps Lock does not matter.
        screen.key("Caps_Lock")
        screen.chord("Control_L", "Alt_L", "u")
        screen.key("Caps_Lock")
        await until(lambda: pressed == ["one", "one"])
        with pytest.raises(KnownError, match="U"):
            await other.grab("Ctrl+Alt+U")
        assert await one.grab("Ctrl+Alt+K") == ""
        assert await other.grab("Ctrl+Alt+U") == ""
        screen.chord("Control_L", "Alt_L", "k")
        screen.chord("Control_L", "Alt_L", "u")
        await until(lambda: pressed[2:] == ["one", "other"] or pressed[2:] == ["other", "one"])
        await one.release()
        screen.chord("Control_L", "Alt_L", "k")
        screen.chord("Control_L", "Alt_L", "u")
        await until(lambda: pressed[4:] == ["other"])
        await other.release()
        screen.close()

    with xserver.x_server() as display:
        monkeypatch.setenv("DISPLAY", display)
        run(scenario())
