"""The check for a newer version in the real window: off by default, told once, shown as plain text."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtWidgets import QApplication

from tests.e2e.opened import opened
from tests.fakes.server import FakeServer, Reply

LIST = {"version": "99.1", "url": "https://mirror.example/99.1", "notes": "# New\n- <img src=x> one thing"}


def test_nothing_is_asked_until_the_user_wants_it(
    run: Any, qapp: QApplication, tmp_path: Path, server: FakeServer
) -> None:
    server.on("releases", [Reply.error(404), Reply.json(LIST)], path="/list")

    async def scenario() -> None:
        async with opened(qapp, tmp_path / "home", server, keys=("zhipu",)) as window:
            settings = window.core.settings
            assert not settings.current.release_check
            settings.change(release_url=server.url("releases") + "/list")
            pages = window.shell._wiring.pages  # type: ignore[union-attr]
            card = pages.show_settings("about").section("about").releases
            opened_pages: list[str] = []
            pages._releases._open_url = opened_pages.append
            card.page_requested.disconnect()
            card.page_requested.connect(pages._releases._open_url)
            await window.until(lambda: card._state.text() == "还没有看过")
            assert server.requests_for("releases") == []
            card.look.click()
            await window.until(lambda: "HTTP 404" in card._state.text())
            card.look.click()
            await window.until(lambda: card._headline.text() == "接力 99.1 出来了")
            assert card._notes.text() == "New\n• one thing"
            assert card.look.isEnabled()
            card.page.click()
            assert opened_pages == ["https://mirror.example/99.1"]
            # Turned on, it looks by itself, at most once a day: it has just looked.
            card.daily.click()
            assert settings.current.release_check
            await window.until(lambda: pages._releases._watch is not None)
            assert len(server.requests_for("releases")) == 2
            await window.core.store.set_meta("release_asked_at", None)
            card.daily.click()
            card.daily.click()
            notices = window.shell.window.notices
            await window.until(lambda: "release" in notices.names())
            assert len(server.requests_for("releases")) == 3
            sent = server.requests_for("releases")[-1]
            assert not {"authorization", "cookie", "referer"} & set(sent.headers)

    run(scenario(), timeout=60)
