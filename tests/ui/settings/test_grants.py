"""The quota section as a view: rows that keep what is typed, forms, and the way there by keyboard."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app import i18n
from app.amounts import day_in
from app.store.entries import GrantRow
from tests.ui.settings import walking
from ui.presenters.grants import last_day
from ui.quota.gauge import Level
from ui.settings.grant_values import GrantEntry, GrantLine, ProviderChoice
from ui.settings.grants import GrantsSection
from ui.theme import Theme

CHOICES = (
    ProviderChoice("zhipu", "智谱", (("glm-4.7-flash", "GLM-4.7-Flash"),)),
    ProviderChoice("alibaba", "通义千问", (("qwen-plus", "qwen-plus"), ("qwen-max", "qwen-max"))),
)


def line(name: str, provider: str = "zhipu") -> GrantLine:
    return GrantLine(
        id=name,
        provider=provider,
        provider_name=provider,
        glyph="智",
        colour="",
        name=f"{provider} {name}",
        scope=name,
        words="61.4 万 token / 100 万 · 12-09（17 天后）到期作废",
        level=Level(0.614, 0.3),
        unit="tokens",
        amount="1,000,000",
        remaining="614,000",
        expires="2026-12-09",
        window="once",
        hours=24,
        hard_stop=False,
    )


def test_a_last_day_is_shown_as_it_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    try:
        for zone in ("Asia/Shanghai", "America/Los_Angeles", None):
            ends = day_in("2026-12-31", zone or "Asia/Shanghai")
            assert (
                last_day(GrantRow("g", "zhipu", "tokens", 5, 0.0, expires_at=ends, timezone=zone))
                == "2026-12-31"
            )
    finally:
        monkeypatch.undo()
        time.tzset()


@pytest.fixture
def section(theme: Theme, qtbot: QtBot) -> GrantsSection:
    made = GrantsSection(theme)
    qtbot.addWidget(made)
    made.resize(720, 900)
    made.show_grants([line("a"), line("b"), line("c", "alibaba")], CHOICES)
    with qtbot.waitActive(made):
        made.show()
        made.activateWindow()
    return made


def test_a_correction_is_typed_and_sent_with_enter(section: GrantsSection) -> None:
    caught: list[tuple[str, ...]] = []
    section.corrected.connect(lambda *what: caught.append(what))
    part = section.parts["b"]
    part.buttons["correct"].click()
    assert part.form is not None and part.form.amount.hasFocus()
    assert part.form.amount.selectedText() == "614,000"
    QTest.keyClicks(part.form.amount, "31.2")
    QTest.keyClick(part.form.amount, Qt.Key.Key_Return)
    assert caught == [("b", "31.2", "")], "a day that was not touched is not sent"
    section.show_problem("b", "不行")
    assert part.form._problem.isVisible()
    # New numbers come in: what is typed stays.
    section.show_grants([replace(line("a"), words="新"), line("b"), line("c", "alibaba")], CHOICES)
    assert section.parts["b"] is part and part.form.amount.text() == "31.2"
    assert section.parts["a"]._words.text() == "新"
    QTest.keyClick(part.form.amount, Qt.Key.Key_Escape)
    assert part.form is None


def test_editing_sends_the_terms(section: GrantsSection) -> None:
    caught: list[GrantEntry] = []
    section.edited.connect(caught.append)
    part = section.parts["c"]
    part.buttons["edit"].click()
    part.form.window_box.setCurrentIndex(2)
    assert part.form._hours_row.isVisible()
    part.form.hours.setValue(5)
    part.form.amount.setText("1500")
    part.form.stops.setChecked(True)
    part.form.save.click()
    (entry,) = caught
    assert (entry.grant, entry.provider, entry.window, entry.hours) == ("c", "alibaba", "hours", 5)
    assert (entry.amount, entry.expires, entry.hard_stop) == ("1500", "2026-12-09", True)


def test_a_new_grant_is_of_a_provider_and_maybe_a_model(section: GrantsSection) -> None:
    caught: list[GrantEntry] = []
    section.added.connect(caught.append)
    section.add.click()
    form = section.form
    assert form is not None and form.provider.hasFocus()
    form.provider.setCurrentIndex(1)
    assert [form.model.itemData(n) for n in range(form.model.count())] == ["", "qwen-plus", "qwen-max"]
    form.model.setCurrentIndex(2)
    form.amount.setText("10万")
    form.submit()
    assert (caught[0].grant, caught[0].provider, caught[0].model) == ("", "alibaba", "qwen-max")


def test_removing_asks_first(section: GrantsSection) -> None:
    caught: list[str] = []
    section.removed.connect(caught.append)
    part = section.parts["a"]
    part.buttons["remove"].click()
    assert part.question.isVisible() and caught == []
    part.question._yes.click()
    assert caught == ["a"]
    section.show_grants([line("b")], CHOICES)
    assert list(section.parts) == ["b"]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_control_is_reached_and_named(theme: Theme, qtbot: QtBot, language: str) -> None:
    i18n.set_language(language)  # type: ignore[arg-type]
    section = GrantsSection(theme)
    qtbot.addWidget(section)
    section.resize(720, 1400)
    section.show_grants([line("a"), line("b")], CHOICES)
    section.open_form()
    section.parts["a"].open_edit()
    section.parts["b"].open_correct()
    with qtbot.waitActive(section):
        section.show()
        section.activateWindow()
    assert walking.check(section) > 20
    assert section.minimumSizeHint().width() <= 460, "it fits beside the list of sections at 640"
