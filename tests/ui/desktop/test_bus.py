"""Notifications and the portal's shortcuts, on a real session bus."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest

pytest.importorskip("jeepney")

from app.errors import KnownError
from tests.fakes.desk import NOTIFICATIONS, PORTAL, Desk, missing
from ui.desktop.bus import BusError, SessionBus
from ui.desktop.hotkey_portal import PortalHotkey
from ui.desktop.motion import less_motion
from ui.desktop.notifying import BusNotifications
from ui.desktop.tray_watch import TrayWatch

pytestmark = pytest.mark.skipif(missing(), reason="needs dbus-daemon")


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    with Desk(services=(NOTIFICATIONS, PORTAL)) as running:
        monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", running.address)
        yield running


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(60):
        while not condition():  # noqa: ASYNC110 - what is waited for happens in another process
            await asyncio.sleep(0.01)


def test_a_notification_is_shown_and_its_click_comes_back(
    run: Any, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_ACTIVATION_TOKEN", "")
    clicked: list[int] = []

    async def scenario() -> None:
        bus = SessionBus()
        notifier = BusNotifications(bus)
        assert await notifier.show("标题", "1 < 2 & so", lambda: clicked.append(1))
        assert await notifier.show("第二个", "正文", lambda: clicked.append(2))
        assert desk.notes == [(1, "标题", "1 &lt; 2 &amp; so"), (2, "第二个", "正文")]
        desk.click(2, "token-2")
        await until(lambda: clicked == [2])
        assert os.environ["XDG_ACTIVATION_TOKEN"] == "token-2"
        # A notification that was closed is forgotten; somebody else's is not ours.
        desk.click(2)
        desk.click(9)
        desk.click(1)
        await until(lambda: clicked == [2, 1])
        await bus.close()

    run(scenario())


def test_without_a_server_or_a_bus_nothing_is_shown(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario() -> None:
        for address in ("disabled:", "unix:path=/nowhere/at/all", "", "tcp:host=localhost,port=1"):
            monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", address)
            bus = SessionBus()
            assert not await BusNotifications(bus).show("标题", "正文", lambda: None)
            assert not await less_motion(lambda bus=bus: bus, "linux")
            with pytest.raises(KnownError, match="jieli --quick-ask"):
                await PortalHotkey(bus, lambda: None).grab("Ctrl+Alt+J")
            await bus.close()
        with Desk(services=()) as empty:
            monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", empty.address)
            bus = SessionBus()
            assert not await BusNotifications(bus).show("标题", "正文", lambda: None)
            with pytest.raises(KnownError, match="jieli --quick-ask"):
                await PortalHotkey(bus, lambda: None).grab("Ctrl+Alt+J")
            await bus.close()

    run(scenario())


def test_the_portal_binds_tells_and_lets_go(run: Any, desk: Desk) -> None:
    pressed: list[int] = []

    async def scenario() -> None:
        bus = SessionBus()
        hotkey = PortalHotkey(bus, lambda: pressed.append(1))
        assert await hotkey.grab("Ctrl+Alt+J") == "Press CTRL+ALT+j"
        desk.press()
        await until(lambda: pressed == [1])
        assert await hotkey.grab("Meta+F9") == "Press LOGO+F9"
        assert desk.bound == ["LOGO+F9"]
        desk.press()
        await until(lambda: pressed == [1, 1])
        await hotkey.release()
        assert desk.bound == []
        desk.declines = True
        with pytest.raises(KnownError):
            await hotkey.grab("Ctrl+Alt+J")
        await bus.close()

    run(scenario())


def test_a_bus_that_hangs_up_is_opened_again(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario() -> None:
        gone: list[int] = []
        first = Desk()
        monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", first.address)
        bus = SessionBus(lambda: gone.append(1))
        notifier = BusNotifications(bus)
        assert await notifier.show("一", "", lambda: None)
        await asyncio.to_thread(first.close)
        assert not await notifier.show("二", "", lambda: None)
        assert gone == [1]
        with Desk() as second:
            monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", second.address)
            assert await notifier.show("三", "", lambda: None)
            assert [title for _, title, _ in second.notes] == ["三"]
            await bus.close()

    run(scenario())


def test_an_unknown_method_is_an_error_with_its_name(run: Any, desk: Desk) -> None:
    from jeepney import DBusAddress

    async def scenario() -> None:
        bus = SessionBus()
        with pytest.raises(BusError) as caught:
            await bus.call(DBusAddress("/", bus_name=NOTIFICATIONS, interface=NOTIFICATIONS), "Nothing")
        assert caught.value.name.endswith("UnknownMethod")
        await bus.close()

    run(scenario())


def test_the_desktop_says_whether_it_wants_less_motion(run: Any, desk: Desk) -> None:
    async def scenario() -> None:
        bus = SessionBus()
        assert not await less_motion(lambda: bus, "linux")
        for name, still, moving in (
            (("org.freedesktop.appearance", "reduced-motion"), ("u", 1), ("u", 0)),
            (("org.gnome.desktop.interface", "enable-animations"), ("b", False), ("b", True)),
            (("org.kde.kdeglobals.KDE", "AnimationDurationFactor"), ("s", "0"), ("s", "1.0")),
        ):
            desk.settings[name] = still
            assert await less_motion(lambda: bus, "linux"), name
            desk.settings[name] = moving
            assert not await less_motion(lambda: bus, "linux"), name
        await bus.close()

    run(scenario())


def test_a_tray_is_seen_to_come_and_to_go(run: Any, desk: Desk) -> None:
    async def scenario() -> None:
        bus, news = SessionBus(), list[str]()
        watch = TrayWatch(bus, lambda: news.append("came"), lambda: news.append("gone"))
        await watch.begin()
        assert news == []
        desk.start_panel()
        await until(lambda: news == ["came"])
        desk.end_panel()
        await until(lambda: news == ["came", "gone"])
        desk.start_panel()
        await until(lambda: news[2:] == ["came"])
        # One that was there before is told of, too.
        early = list[str]()
        await TrayWatch(bus, lambda: early.append("came"), lambda: early.append("gone")).begin()
        assert early == ["came"]
        await bus.close()

    run(scenario())
