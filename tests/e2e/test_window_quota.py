"""Quota and money in the real window: the question before paying, the notice, a correction, the page."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel

from app.store.entries import GrantRow
from tests.e2e.opened import Opened, opened
from tests.fakes.server import FakeServer, Reply
from ui.leg_popover import LegPopover

PAID = "alibaba:qwen-plus"


def card(window: Opened) -> Any:
    answers = window.answers()
    return answers[-1]._card if answers else None


def actions(window: Opened) -> list[str]:
    shown = card(window)
    return [] if shown is None else [choice.action for choice in shown.card.choices]


def press(window: Opened, action: str) -> None:
    row = window.answers()[-1]
    choice = next(c for c in card(window).card.choices if c.action == action)
    window.transcript().action_requested.emit(row.id, action, choice.argument)


def state(window: Opened, leg: str) -> str:
    return next(b.words for b in window.composer.strip.legs if b.leg_id == leg)


async def correct(window: Opened, leg: str, remaining: str) -> None:
    """Say through the settings what the console shows."""
    pages = window.shell._wiring.pages
    pages.correct_quota(leg)
    await window.until(lambda: pages._settings_page is not None)
    section = pages._settings_page.section("grants")
    await window.until(lambda: any(part.form is not None for part in section.parts.values()))
    part = next(part for part in section.parts.values() if part.form is not None)
    part.form.amount.setText(remaining)
    part.form.submit()
    await window.until(lambda: part.form is None and window.settled())


async def ask(window: Opened, text: str) -> None:
    window.shell.window.show_page("chat")
    count = len(window.answers())
    window.type(text)
    await window.until(lambda: window.busy() or len(window.answers()) > count)
    await window.idle()


def test_paying_is_asked_once_in_a_turn_and_remembered_for_this_conversation(
    run: Any, qapp: QApplication, tmp_path: Path, server: FakeServer
) -> None:
    server.on("alibaba", Reply.stream(["好的"], usage=(3, 1)))

    async def scenario() -> None:
        async with opened(qapp, tmp_path / "home", server, keys=("alibaba",)) as window:
            settings = window.core.settings
            settings.change(chain=(PAID,), billing={PAID: "paid"}, spend="ask")
            await ask(window, "第一问")
            await window.until(lambda: actions(window) == ["pay_once", "pay_here", "dismiss"])
            assert server.requests_for("alibaba") == [], "nothing is sent before the answer"
            assert "token" in card(window).card.sentence and "¥" in card(window).card.sentence

            press(window, "dismiss")
            await window.until(lambda: "pay_here" not in actions(window))
            assert "add_provider" in actions(window), "declined: the usual card, and no second question"

            await ask(window, "第二问")
            await window.until(lambda: "pay_once" in actions(window))
            press(window, "pay_once")
            await window.until(lambda: len(server.requests_for("alibaba")) == 1)
            await window.idle()
            assert (await window.stored())[-1][1] == "好的"

            await ask(window, "第三问")
            await window.until(lambda: "pay_here" in actions(window))
            assert len(server.requests_for("alibaba")) == 1, "once was once"
            press(window, "pay_here")
            await window.until(lambda: len(server.requests_for("alibaba")) == 2)
            await window.idle()
            await ask(window, "第四问")
            await window.until(lambda: len(server.requests_for("alibaba")) == 3)

            window.shell._wiring.chat.new()
            await ask(window, "另一个对话")
            await window.until(lambda: "pay_once" in actions(window))
            assert len(server.requests_for("alibaba")) == 3, "another conversation is asked anew"

    run(scenario(), timeout=60)


def test_a_leg_that_was_agreed_to_and_fails_brings_no_second_question(
    run: Any, qapp: QApplication, tmp_path: Path, server: FakeServer
) -> None:
    server.on("alibaba", Reply.error(401, {"error": {"message": "Incorrect API key provided."}}))
    other = "zhipu:glm-4.7-flash"

    async def scenario() -> None:
        async with opened(qapp, tmp_path / "home", server, keys=("alibaba", "zhipu")) as window:
            both = {PAID: "paid", other: "paid"}
            window.core.settings.change(chain=(PAID, other), billing=both, spend="ask")
            await ask(window, "问")
            await window.until(lambda: "pay_once" in actions(window))
            press(window, "pay_once")
            await window.until(lambda: len(server.requests_for("alibaba")) == 1)
            await window.idle()
            await window.until(lambda: card(window) is not None and "dismiss" not in actions(window))
            assert server.requests_for("zhipu") == []

    run(scenario(), timeout=60)


def test_the_guard_of_one_conversation_is_its_own(
    run: Any, qapp: QApplication, tmp_path: Path, server: FakeServer
) -> None:
    server.on("alibaba", Reply.stream(["好"], usage=(3, 1)))

    async def scenario() -> None:
        async with opened(qapp, tmp_path / "home", server, keys=("alibaba",)) as window:
            core, strip = window.core, window.composer.strip
            core.settings.change(chain=(PAID,), billing={PAID: "paid"})
            await window.until(lambda: state(window, PAID) == "会计费 · 守卫挡下")
            menu = window.shell._wiring.spend.menu(strip)
            here = [a for a in menu.actions() if a.text() == "允许付费"]
            here[0].trigger()
            menu.deleteLater()
            assert strip.spend_button.text() == "允许付费" and "这个对话" in strip.spend_button.toolTip()
            await ask(window, "问")
            await window.until(lambda: len(server.requests_for("alibaba")) == 1)
            chat = window.shell._wiring.chat
            stored = await core.store.conversation(chat.conversation.id)
            assert stored.spend == "allow" and core.settings.current.spend == "never"
            chat.new()
            assert strip.spend_button.text() == "绝不付费"
            foot = window.shell.window.sidebar._spend
            await window.until(lambda: "本月约" in foot.accessibleName())
            await ask(window, "另一问")
            assert len(server.requests_for("alibaba")) == 1

    run(scenario(), timeout=60)


def test_a_correction_changes_the_strip_and_a_low_grant_is_told_once(
    run: Any, qapp: QApplication, tmp_path: Path, server: FakeServer
) -> None:
    server.on("alibaba", Reply.stream(["好"], usage=(30, 10)))

    async def scenario() -> None:
        async with opened(qapp, tmp_path / "home", server, keys=("alibaba",)) as window:
            window.core.settings.change(chain=(PAID,))
            notices = window.shell.window.notices
            await window.until(lambda: state(window, PAID) == "剩 100 万 token")
            await correct(window, PAID, "15万")
            await window.until(lambda: state(window, PAID) == "剩 15 万 token，不多了")
            await window.until(lambda: "quota" in notices.names())
            window.shell._wiring.quota.show()
            notices.clear("quota")
            await ask(window, "问")
            await window.until(lambda: "14." in state(window, PAID) or "15 万" in state(window, PAID))
            assert await window.core.ledger.notices() == [], "20 % is told once"
            assert "quota" not in notices.names()
            await correct(window, PAID, "0")
            await window.until(lambda: state(window, PAID) == "免费额度已用完")
            section = window.shell._wiring.pages._settings_page.section("grants")
            part = next(p for p in section.parts.values() if p.line.scope == "qwen-plus")
            part.buttons["history"].click()
            await window.until(lambda: part._below is not None)
            texts = [w.text() for w in part._below.children() if hasattr(w, "text")]
            assert len(texts) == 2 and "0 token" in texts[0] and "15 万" in texts[1], texts

    run(scenario(), timeout=60)


def test_what_cannot_be_meant_is_said_in_the_form(
    run: Any, qapp: QApplication, tmp_path: Path, server: FakeServer
) -> None:
    async def scenario() -> None:
        async with opened(qapp, tmp_path / "home", server, keys=("zhipu",)) as window:
            pages = window.shell._wiring.pages
            section = pages.show_settings("grants").section("grants")
            section.add.click()
            section.form.amount.setText("很多")
            section.form.submit()
            assert "很多" in section.form._problem.text()
            section.form.amount.setText("5万")
            section.form.expires.setText("2099-01-01")
            section.form.submit()
            await window.until(lambda: section.form is None)
            made = [g for g in window.core.ledger.grants("zhipu") if g.source == "user"]
            assert [(g.amount, g.window, g.unit) for g in made] == [(50_000, "once", "tokens")]
            await window.until(lambda: made[0].id in section.parts)
            part = section.parts[made[0].id]
            part.open_edit()
            part.form.expires.setText("2000-01-01")
            part.form.submit()
            await window.until(lambda: part.form is not None and part.form._problem.text())
            part.buttons["remove"].click()
            part.question._yes.click()
            await window.until(lambda: made[0].id not in section.parts)
            # What is done to grants goes back as settings do, in their order.
            ledger, undo = window.core.ledger, window.shell._undo
            section = window.shell._wiring.pages._settings_page.section("grants")

            def left() -> dict[str, int | None]:
                return {view.grant.id: view.remaining for view in ledger.views()}

            before = left()
            grant = next(name for name, amount in before.items() if amount)
            await window.until(lambda: undo._steps and undo._steps[-1].words)
            count = len(undo._steps)
            window.core.settings.change(max_attempts=7)
            section.corrected.emit(grant, "1234", "")
            await window.until(lambda: left()[grant] == 1234 and len(undo._steps) == count + 2)
            section.removed.emit(grant)
            await window.until(lambda: grant not in left() and len(undo._steps) == count + 3)
            undo.undo()
            await window.until(lambda: left().get(grant) == 1234)
            undo.undo()
            await window.until(lambda: left() == before)
            undo.undo()
            assert window.core.settings.current.max_attempts == 5
            undo.redo()
            undo.redo()
            await window.until(lambda: left()[grant] == 1234)

    run(scenario(), timeout=60)


def test_a_leg_is_paused_for_a_day_and_used_again(
    run: Any, qapp: QApplication, tmp_path: Path, server: FakeServer
) -> None:
    server.on("zhipu", Reply.stream(["好"], usage=(3, 1)))

    async def scenario() -> None:
        async with opened(qapp, tmp_path / "home", server, keys=("alibaba", "zhipu")) as window:
            window.core.settings.change(chain=(PAID, "zhipu:glm-4.7-flash"))
            strip = window.composer.strip
            await window.until(lambda: len(strip.legs) == 2)
            strip.legs[0].click()
            popover = strip.findChild(LegPopover)
            said = [words.text() for words in popover.findChildren(QLabel)]
            assert "100 万" in said and "按回报的用量" in said
            offered = dict(popover._offered)
            assert list(offered) == ["correct", "pause"]
            popover._asked("pause")
            await window.until(lambda: state(window, PAID).startswith("已暂停"))
            await ask(window, "问")
            assert server.requests_for("alibaba") == [] and len(server.requests_for("zhipu")) == 1
            strip.action_requested.emit("resume", PAID)
            await window.until(lambda: "剩" in state(window, PAID))
            assert window.core.health.rows() == ()
            # What ends by itself is seen to, though nothing else happens.
            window.core.health.pause(window.core.directory.leg(PAID), 0.4)
            await window.until(lambda: state(window, PAID).startswith("已暂停"))
            await window.until(lambda: "剩" in state(window, PAID))
            # An entry that names a provider is paused with all its models, and used again with them.
            window.core.settings.change(chain=("alibaba", "zhipu:glm-4.7-flash"))
            await window.until(
                lambda: len(window.core.directory.item("alibaba").legs) > 1 and window.settled()
            )
            strip.action_requested.emit("pause", strip.legs[0].leg_id)
            await window.until(lambda: strip.legs[0].words.startswith("已暂停"))
            strip.action_requested.emit("resume", strip.legs[0].leg_id)
            await window.until(lambda: strip.legs[0].state == "ready")
            assert window.core.health.rows() == ()

    run(scenario(), timeout=60)


def test_the_quota_page_shows_what_was_used_and_exports_it(
    run: Any, qapp: QApplication, tmp_path: Path, server: FakeServer
) -> None:
    server.on("alibaba", Reply.error(429, {"error": {"message": "Too many requests"}}))
    server.on("zhipu", Reply.stream(["好"], usage=(300, 100)))

    async def scenario() -> None:
        async with opened(qapp, tmp_path / "home", server, keys=("alibaba", "zhipu")) as window:
            window.core.settings.change(chain=(PAID, "zhipu:glm-4.7-flash", "zhipu:glm-4.5-flash"))
            now = time.time()
            grant = GrantRow("", "zhipu", "calls", 10, now, model="glm-4.7-flash", started_at=now - 9)
            await window.core.ledger.add(grant)
            await ask(window, "问")
            door = window.shell._wiring.quota
            assert door.presenter is None, "built when it is first opened"
            QTest.keyClick(
                window.shell.window, Qt.Key.Key_E,
                Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier,
            )  # fmt: skip
            await window.until(lambda: door.presenter is not None and door.presenter.report is not None)
            page = door.presenter._page
            # The panels are filled one after the other; this is the last.
            await window.until(lambda: page.lanes._table.rows)
            assert window.shell.window.page() == "quota"
            first = page.grants.rows[0].line
            assert (first.scope, first.left, first.whole) == ("GLM-4.7-Flash", "9", "/ 10 次")
            free = page.grants.rows[1].line
            assert (free.scope, free.left, free.source) == ("GLM-4.5-Flash", "免费", "不计量")
            assert "本月 ¥0.00" in page.guard.words.text()
            assert "本月 ¥0.00" in window.shell.window.sidebar._spend.accessibleName()
            (zhipu,) = door.presenter.report.tokens
            assert zhipu.id == "zhipu" and zhipu.values[-1] == 400
            (passed,) = door.presenter.report.switches
            assert (passed.id, passed.values[-1]) == ("rate_limited", 1)
            bars = page.used.plot
            QTest.keyClick(bars, Qt.Key.Key_Right)
            assert "400" in bars.accessibleDescription() and "智谱" in bars.accessibleDescription()
            page.failures.switch.click()
            cells = [page.failures.data.item(0, n).text() for n in range(4)]
            assert cells == ["通义千问", "1", "1", "100%"]
            out = tmp_path / "用量.csv"
            door.presenter.export_to(str(out))
            await window.until(out.exists)
            await window.until(lambda: out.read_bytes().endswith(b"\r\n"))
            lines = out.read_text("utf-8-sig").splitlines()
            assert lines[0].startswith("日期,") and any(line.endswith("400,1,0,0") for line in lines)
            lanes = page.lanes.plot
            QTest.keyClick(lanes, Qt.Key.Key_End)
            QTest.keyClick(lanes, Qt.Key.Key_Return)
            await window.until(lambda: window.shell.window.page() == "chat")

            # Opened again, what is left is listed once: nothing has changed when the rest has been read.
            listed, show, report = [], page.show_grants, door.presenter.report
            page.show_grants = lambda lines: (listed.append(lines), show(lines))
            door.show()
            await window.until(lambda: door.presenter.report is not report)
            assert len(listed) == 1 and listed[0][0] == page.grants.rows[0].line
            (corrected,) = [one for one in window.core.ledger.grants("zhipu") if one.id == listed[0][0].id]
            await window.core.ledger.correct([corrected], 4)
            door.show()
            shown = {row.line.id: row.line.left for row in page.grants.rows}
            assert shown[corrected.id] == "4", (shown, window.shell.window.page())

    run(scenario(), timeout=60)
