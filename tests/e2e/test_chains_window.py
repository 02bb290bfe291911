"""Named chains in the real window: chosen in the header, edited in the settings, reordered in the strip."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu, QWidget

from tests.e2e.opened import Opened, opened
from tests.e2e.program import Program
from tests.fakes.server import FakeServer, Reply
from ui.presenters.provider_views import ProviderViews

LIMITED = Reply.error(429, {"error": {"message": "Too many requests"}})


def choose(window: Opened, text: str) -> None:
    """Pick a chain in the header's menu."""
    header = window.shell.window.header
    menu = window.shell._wiring.chains.menu(header)
    (action,) = [a for a in menu.actions() if a.text() == text]
    action.trigger()
    menu.deleteLater()


def legs(window: Opened) -> list[str]:
    return [leg.leg_id for leg in window.composer.strip.legs]


def button_says(window: Opened) -> str:
    return window.shell.window.header.chain_button.text()


def test_a_chain_is_chosen_before_the_first_question_and_stays(
    run: Any, qapp: QApplication, tmp_path: Path, server: FakeServer
) -> None:
    server.on("zhipu", Reply.stream(["你好"], usage=(3, 1)))

    async def scenario() -> None:
        async with opened(qapp, tmp_path / "home", server, keys=("alibaba", "zhipu")) as window:
            choose(window, "只用免费模型")
            assert legs(window) and all(leg.startswith("zhipu:") for leg in legs(window))
            assert "只用免费模型" in button_says(window)
            window.type("问题")
            await window.until(window.busy)
            await window.idle()
            chat = window.shell._wiring.chat
            stored = await window.core.store.conversation(chat.conversation.id)
            assert stored.chain == ("@free",) and not server.requests_for("alibaba")
            window.shell._wiring.chat.new()
            assert len(legs(window)) == 2, "a new page has the default chain"
            await chat.show(stored.id)
            await window.until(lambda: "只用免费模型" in button_says(window))
            choose(window, "默认的接力链（自动）")
            await window.until(lambda: len(legs(window)) == 2)
            assert (await window.core.store.conversation(stored.id)).chain is None

    run(scenario(), timeout=60)


def test_chains_are_made_renamed_and_deleted_in_the_settings(
    run: Any, qapp: QApplication, tmp_path: Path, server: FakeServer
) -> None:
    async def scenario() -> None:
        async with opened(qapp, tmp_path / "home", server, keys=("alibaba", "zhipu")) as window:
            pages = window.shell._wiring.pages
            page = pages.show_settings("relay")
            relay = page.section("relay")
            picker, editor = relay.picker, relay.chain
            assert picker.choice.text() == "我的顺序"
            picker.add.click()
            picker.name.setText("夜里用")
            QTest.keyClick(picker.name, Qt.Key.Key_Return)
            settings = window.core.settings
            assert list(settings.current.chains) == ["夜里用"] and picker.choice.text() == "夜里用"
            editor.model.move(0, 1)
            first = settings.current.chains["夜里用"][0]
            kept = await window.core.store.create_conversation(title="x", chain=("@夜里用",))
            await window.shell._wiring.chat.show(kept.id)
            assert legs(window)[0].startswith(first.partition(":")[0]), "an edit reaches who uses it"
            picker.rename.click()
            picker.name.setText("白天用")
            QTest.keyClick(picker.name, Qt.Key.Key_Return)
            await window.until(lambda: "白天用" in button_says(window))
            assert (await window.core.store.conversation(kept.id)).chain == ("@白天用",)
            picker.default.click()
            assert settings.current.chain == ("@白天用",) and not picker.in_use.isHidden()
            picker.remove.click()
            assert settings.current.chains == {} and settings.current.chain == ()
            assert picker.choice.text() == "我的顺序"
            await window.until(lambda: "chain" in window.shell.window.notices.names())

    run(scenario(), timeout=60)


def test_the_strip_reorders_the_chain_in_use(
    run: Any, qapp: QApplication, tmp_path: Path, server: FakeServer
) -> None:
    async def scenario() -> None:
        async with opened(qapp, tmp_path / "home", server, keys=("alibaba", "zhipu")) as window:
            core, strip = window.core, window.composer.strip
            kept = await core.store.create_conversation(title="x", chain=("zhipu", "alibaba"))
            await window.shell._wiring.chat.show(kept.id)
            before = legs(window)
            strip.move_requested.emit(before[1], -1)
            await window.until(lambda: legs(window) == before[::-1])
            assert (await core.store.conversation(kept.id)).chain == ("alibaba", "zhipu")
            assert core.settings.current.chain == (), "the default chain is another matter"

    run(scenario(), timeout=60)


def _heard(real: Callable[..., Any], into: list[str]) -> Callable[..., Any]:
    """The method, which also writes its name down."""

    def heard(*given: Any) -> Any:
        into.append(real.__name__)
        return real(*given)

    return heard


def test_what_rests_is_listed_and_used_again(
    run: Any, qapp: QApplication, tmp_path: Path, server: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.on("zhipu", LIMITED)
    server.on("alibaba", Reply.stream(["好"], usage=(1, 1)))

    async def scenario() -> None:
        async with opened(qapp, tmp_path / "home", server, keys=("alibaba", "zhipu")) as window:
            window.core.settings.change(chain=("zhipu", "alibaba"))
            relay = window.shell._wiring.pages.show_settings("relay").section("relay")
            assert "没有" in _texts(relay.resting)
            window.type("问题")
            await window.until(window.busy)
            await window.idle()
            await window.until(lambda: "冷却" in _texts(relay.resting))
            assert "智谱" in _texts(relay.resting)
            (again,) = [b for b in relay.resting.findChildren(QWidget) if getattr(b, "clicked", None)]
            again.click()
            assert not window.core.health.rows()
            await window.until(lambda: "没有" in _texts(relay.resting))
            # While nobody looks nothing is listed anew; whoever comes back sees how it is.
            pages = window.shell._wiring.pages
            pages.show_settings("spend")
            window.core.settings.change(chain=("alibaba",))
            assert relay.chain.model.rowCount() == 2
            pages.show_settings("relay")
            await window.until(lambda: relay.chain.model.rowCount() == 1)

            # What no leg depends on makes nobody look at all of them.
            await window.until(lambda: window.settled() and not pages._providers._soon.isActive())
            looked: list[str] = []
            for name in ("views", "entries", "choices", "cards"):
                monkeypatch.setattr(ProviderViews, name, _heard(getattr(ProviderViews, name), looked))
            window.shell._wiring.strip.refreshed.connect(lambda: looked.append("strip"))
            other = {"order": "fastest", "midstream": "ask", "max_attempts": 3, "stall": 31.0}
            for name, value in {**other, "auto_title": False, "notify": False}.items():
                window.core.settings.change(**{name: value})
            assert window.settled() and not pages._providers._soon.isActive() and not looked
            window.core.settings.change(chain=("zhipu", "alibaba"))
            await window.until(lambda: {"views", "entries", "choices", "strip"} <= {*looked})
            assert sorted(looked) == ["choices", "entries", "strip", "views"], "and all of it once"

    run(scenario(), timeout=60)


def _texts(widget: QWidget) -> str:
    texts = [w.text() for w in widget.findChildren(QWidget) if hasattr(w, "text") and not w.isHidden()]
    return "\n".join(t for t in texts if isinstance(t, str))


def test_ask_takes_a_named_chain_and_a_cooldown_outlasts_processes(
    tmp_path: Path, server: FakeServer
) -> None:
    home = tmp_path / "data"
    home.mkdir(parents=True)
    chains = {"夜里用": ["zhipu:glm-4.7-flash"]}
    (home / "settings.json").write_text(json.dumps({"chains": chains}), encoding="utf-8")
    program = Program(home, server, keys=("zhipu",))
    server.on("zhipu", LIMITED)
    line = ["ask", "--json", "--chain", "@夜里用", "问题"]
    first = program.run(*line, endpoints=["zhipu"])
    assert first.status == 3
    asked = len(server.requests_for("zhipu"))
    assert asked == 1, first.events
    second = program.run(*line, endpoints=["zhipu"])
    assert second.status == 3 and len(server.requests_for("zhipu")) == asked
    assert [e["reason"] for e in second.events if e["event"] == "skip"] == ["cooldown"]
    unknown = program.run("ask", "--chain", "@nobody", "x", endpoints=["zhipu"])
    assert unknown.status != 0 and "@夜里用" in unknown.err
    with closing(sqlite3.connect(home / "jieli.db")) as db, db:
        ((level, left),) = db.execute("SELECT level, until - updated_at FROM health").fetchall()
        assert (level, round(left)) == (1, 90)
        db.execute("UPDATE health SET until = until - 100, updated_at = updated_at - 100")
    program.run(*line, endpoints=["zhipu"])
    assert len(server.requests_for("zhipu")) == asked + 1
    assert program.rows("SELECT level, round(until - updated_at) FROM health") == [(2, 120.0)]


def test_menus_do_not_pile_up(run: Any, qapp: QApplication, tmp_path: Path, server: FakeServer) -> None:
    async def scenario() -> None:
        async with opened(qapp, tmp_path / "home", server, keys=("zhipu",)) as window:
            button = window.shell.window.header.chain_button
            button.click()
            (menu,) = button.findChildren(QMenu)
            menu.close()
            await window.until(lambda: not button.findChildren(QMenu))

    run(scenario(), timeout=60)
