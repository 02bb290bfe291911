"""Where keys are kept, in the real window: no keyring at all, a locked one, and how each is mended."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from app.errors import KnownError
from app.secrets import MemorySecrets
from tests.e2e.opened import Opened, opened
from tests.fakes.server import FakeServer, Reply

KEY = "0123456789abcdef" * 2 + ".AbCdEfGh12345678"


class Found(MemorySecrets):
    """A keyring that has been started meanwhile."""

    @property
    def name(self) -> str:
        return "Secret Service"


def section_of(window: Opened) -> Any:
    pages = window.shell._wiring.pages  # type: ignore[union-attr]
    return pages.show_settings("storage").section("storage")


async def paste_key(window: Opened) -> None:
    """As a person pastes a key on the provider's page."""
    page = window.shell._wiring.pages.show_settings()  # type: ignore[union-attr]
    page.show_provider("zhipu")
    QGuiApplication.clipboard().setText(KEY)
    page.provider_page.keys.secret.paste()
    await window.until(lambda: [r.check_kind for r in window.core.keys.records("zhipu")] == ["ok"])


def lock() -> None:
    import secretstorage

    with closing(secretstorage.dbus_init()) as connection:
        secretstorage.get_default_collection(connection).lock()


def unlock() -> None:
    """As the login does, with the password that the test's keyring was made with: a line break."""
    import secretstorage
    from jeepney import DBusAddress, new_method_call
    from secretstorage.util import format_secret, open_session

    with closing(secretstorage.dbus_init()) as connection:
        call = new_method_call(
            DBusAddress(
                "/org/freedesktop/secrets",
                bus_name="org.freedesktop.secrets",
                interface="org.gnome.keyring.InternalUnsupportedGuiltRiddenInterface",
            ),
            "UnlockWithMasterPassword",
            "o(oayays)",
            (
                secretstorage.get_default_collection(connection).collection_path,
                format_secret(open_session(connection), b"\n", "text/plain"),
            ),
        )
        connection.send_and_get_reply(call)
        assert not secretstorage.get_default_collection(connection).is_locked()


@asynccontextmanager
async def locked(window: Opened) -> AsyncIterator[None]:
    """The keyring is locked, and what was read out of it before is forgotten."""
    window.core.keys._secrets.clear()
    await asyncio.to_thread(lock)
    try:
        yield
    finally:
        await asyncio.to_thread(unlock)


def test_without_a_keyring_keys_last_for_the_run_and_go_into_one_that_comes(
    run: Any, qapp: QApplication, tmp_path: Path, server: FakeServer
) -> None:
    server.on("zhipu", Reply.stream(["好"], usage=(1, 1)))

    async def scenario() -> None:
        async with opened(qapp, tmp_path / "home", server) as window:
            section = section_of(window)
            await window.until(lambda: section._heading.text() == "没有密钥环")
            assert "只保留到退出为止" in section._text.text()
            assert section._grid.count() == 6, "three numbered steps"
            assert not section.settle.isVisibleTo(section)
            await paste_key(window)
            page = window.shell._wiring.pages._settings_page.provider_page  # type: ignore[union-attr]
            assert not page._memory.isHidden()
            section = section_of(window)
            await window.until(lambda: "1 把只保留到退出" in section._counts.text())
            # Somebody installs one and presses the button.
            keyring = Found()
            window.core.keys._vault._choose = lambda: (keyring, None)
            section.again.click()
            await window.until(lambda: section._heading.text() == "密钥环正常")
            assert "试存成功" in section._news.text()
            assert section.settle.isVisibleTo(section)
            section.settle.click()
            await window.until(lambda: "1 把在密钥环里" in section._counts.text())
            assert "只保留到退出" not in section._counts.text()
            assert list(keyring._secrets.values()) == [KEY]
            await window.until(page._memory.isHidden)
            # The key stays known: a second look at the same data finds its label.
            assert [r.provider for r in await window.core.store.keys()] == ["zhipu"]

    run(scenario(), timeout=60)


@pytest.mark.parametrize(
    ("error", "heading", "memory"),
    [
        (KnownError("keys.failing", keyring="KWallet", reason="DBusErrorResponse"), "密钥环不让用", True),
        (KnownError("keys.locked", keyring="Secret Service"), "密钥环锁着", True),
    ],
    ids=["refused", "dismissed"],
)
def test_a_keyring_that_refuses_is_explained_and_memory_is_offered(
    run: Any, qapp: QApplication, tmp_path: Path, server: FakeServer, error, heading, memory
) -> None:
    class Refusing(Found):
        def set(self, key: str, secret: str) -> None:
            raise error

    async def scenario() -> None:
        async with opened(qapp, tmp_path / "home", server) as window:
            window.core.keys._vault._choose = lambda: (Refusing(), None)
            section = section_of(window)
            await window.until(section.again.isEnabled)
            section.again.click()
            await window.until(lambda: section._heading.text() == heading)
            assert section._text.text() == str(error)
            assert section.memory.isVisibleTo(section)
            section.memory.click()
            await window.until(lambda: section._heading.text() == "这次只用内存")
            assert (await window.core.keys.storage_state()).memory

    run(scenario(), timeout=60)


@pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")
@pytest.mark.secretservice
def test_a_locked_collection_is_seen_without_asking_and_works_once_it_is_unlocked(
    run: Any, qapp: QApplication, tmp_path: Path, server: FakeServer
) -> None:
    server.on("zhipu", Reply.stream(["好"], usage=(1, 1)))

    async def scenario() -> None:
        async with opened(qapp, tmp_path / "home", server) as window:
            await paste_key(window)
            async with locked(window):
                section = section_of(window)
                await window.until(lambda: section._heading.text() == "密钥环锁着")
                assert section.again.text() == "解锁密钥环"
                page = window.shell._wiring.pages._settings_page.provider_page  # type: ignore[union-attr]
                await window.until(lambda: not page._locked.isHidden())
            section.again.click()
            await window.until(lambda: section._heading.text() == "密钥环正常", 30)
            assert "1 把在密钥环里" in section._counts.text()
            await window.until(page._locked.isHidden)

    run(scenario(), timeout=90)


def card_of(window: Opened) -> Any:
    """The card of the only answer, while it has one."""
    return next((row._card.card for row in window.answers() if row._card is not None), None)


@pytest.mark.secretservice
# The keyring library leaves its connection to the collector where the collection stays locked.
@pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")
def test_a_turn_waits_behind_a_locked_keyring_and_goes_on_once_it_is_unlocked(
    run: Any, qapp: QApplication, tmp_path: Path, server: FakeServer
) -> None:
    server.on("zhipu", Reply.stream(["好"], usage=(1, 1)))

    async def scenario() -> None:
        async with opened(qapp, tmp_path / "home", server) as window:
            await paste_key(window)
            window.shell._wiring.chat.new()  # type: ignore[union-attr]
            async with locked(window):
                window.type("在吗")
                await window.until(lambda: card_of(window) is not None)
                await window.idle()
                card = card_of(window)
                assert card.heading == "系统密钥环锁着，取不到密钥"
                assert [choice.action for choice in card.choices] == ["unlock"]
                # Nobody gives the password: that is said, and the card stays.
                answer = window.answers()[0].message.id
                window.transcript().action_requested.emit(answer, "unlock", "")
                notices = window.shell.window.notices
                await window.until(lambda: "没有解锁" in notices._bars["keyring"]._text)
                assert card_of(window) is not None and not window.busy()
            window.transcript().action_requested.emit(answer, "unlock", "")
            await window.until(lambda: [row.message.text for row in window.answers()] == ["好"])
            await window.idle()
            assert "keyring" not in notices.names() and card_of(window) is None
            assert [(r, t) for r, t, _ in await window.stored()] == [("user", "在吗"), ("assistant", "好")]

    run(scenario(), timeout=120)
