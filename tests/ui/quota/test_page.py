"""The quota page as a view: every plot answers keys and pointer, has its table, and draws at any size."""

from __future__ import annotations

import time

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app import i18n
from app.quota_report import Failures, Series
from app.store.usage import Lap, Speed
from app.wording import LegLabel
from tests.ui.settings import walking
from ui.quota.gauge import Level
from ui.quota.grants import FEW, GaugeLine
from ui.quota.page import QuotaPage
from ui.quota.panel import Key, Table
from ui.quota.plot import log_ticks, ticks
from ui.theme import Theme

DAYS = tuple(f"2026-11-{n:02d}" for n in range(9, 23))
NAMES = {"alibaba": "通义千问", "zhipu": "智谱", "baidu": "百度千帆"}


def label(provider: str, model: str = "") -> LegLabel:
    return LegLabel(f"{NAMES.get(provider, provider)} {model}".strip(), provider[0], "#2B6CBE")


def line(name: str, fraction: float | None = 0.5) -> GaugeLine:
    return GaugeLine(
        name, "智", "#2B6CBE", name, "智谱", Level(fraction, 0.2), "61.4 万", "/ 100 万 token",
        "按回报的用量", "12-09（17 天后）", "到期会作废约 38 万", warns=True,
    )  # fmt: skip


def fill(page: QuotaPage) -> None:
    now = time.time()
    page.range.choose("30")
    page.unit.choose("tokens")
    page.guard.show_guard("ask", "挡下 3 次会计费的请求：qwen-plus 3 次")
    series = [
        Series(one, NAMES[one], "#705BC5", tuple((i * 37) % 90 * 100 for i in range(len(DAYS))))
        for one in ("alibaba", "zhipu")
    ]
    page.show_grants([line(f"模型 {n}", None if n == 2 else n / 4) for n in range(4)])
    page.used.plot.show_data(DAYS, series)
    rows = [(day, "1", "2") for day in DAYS]
    page.used.show_table(Table(("日期", "通义千问", "智谱"), rows), [Key("智谱", colour="#2B6CBE")])
    page.speed.plot.show_data([Speed("zhipu", 9, 200, 420, 1500), Speed("baidu", 1, 900, 900, 900)], label)
    page.speed.show_table(Table(("a", "b"), [("x", "1"), ("y", "2")]), caption="近 7 天")
    page.switches.plot.show_data(DAYS, [Series("network", "连不上", "", (0,) * 13 + (3,))])
    page.switches.show_table(Table(("日期", "连不上"), [(DAYS[-1], "3")]))
    failures = [
        Failures("alibaba", 10, (("rate_limited", 4), ("auth", 1))),
        Failures("zhipu", 5, ()),
    ]
    page.failures.plot.show_data(failures, label, str.upper)
    page.failures.show_table(Table(("a", "b"), [("x", "1")]))
    laps = [
        Lap("m1", "c1", "alibaba", "qwen-plus", now - 7200, 300, "failed", "rate_limited"),
        Lap("m1", "c1", "zhipu", "glm", now - 7190, 4000, "answered", None),
        Lap(None, None, "zhipu", "glm", now - 60, 4000, "answered", None),
    ]
    page.lanes.plot.show_data(laps, label, str.upper, now)
    page.lanes.show_table(Table(("a", "b"), [("x", "1")]))


@pytest.fixture
def page(theme: Theme, qtbot: QtBot) -> QuotaPage:
    made = QuotaPage(theme)
    qtbot.addWidget(made)
    made.resize(1120, 1500)
    fill(made)
    with qtbot.waitActive(made):
        made.show()
        made.activateWindow()
    return made


def test_arrow_keys_say_every_value(page: QuotaPage) -> None:
    told = []
    for panel in page.panels():
        plot = panel.plot
        assert plot.spots and plot.accessibleName()
        QTest.keyClick(plot, Qt.Key.Key_Home)
        for n in range(len(plot.spots)):
            assert plot.current == n
            assert plot.accessibleDescription() == plot.spots[n].text
            told.append(plot.spots[n].text)
            QTest.keyClick(plot, Qt.Key.Key_Right)
        assert plot.current == len(plot.spots) - 1, "the end is the end"
        assert all(plot.rect().toRectF().intersects(spot.rect) for spot in plot.spots)
    assert any("RATE_LIMITED" in text and "4" in text for text in told)
    assert any("2026-11-22" in text and "连不上" in text and "3" in text for text in told)
    assert any("0.4 s" in text and "1.5 s" in text for text in told)
    assert any("5 次请求都没有失败" in text for text in told)


def test_the_pointer_finds_values_and_a_click_goes_to_the_turn(page: QuotaPage, qtbot: QtBot) -> None:
    lanes = page.lanes.plot
    spot = lanes.spots[0]
    QTest.mouseMove(lanes, spot.rect.center().toPoint())
    qtbot.waitUntil(lambda: lanes.current == 0)
    with qtbot.waitSignal(page.turn_chosen) as caught:
        QTest.mouseClick(lanes, Qt.MouseButton.LeftButton, pos=spot.rect.center().toPoint())
    assert caught.args == [("c1", "m1")]
    last = lanes.spots[-1]
    assert last.target is None, "a turn that has gone leads nowhere"


def test_each_plot_has_its_table(page: QuotaPage) -> None:
    for panel in page.panels():
        panel.switch.click()
        assert panel.data is not None and panel.data.isVisible() and not panel.plot.isVisible()
        assert panel.data.rowCount() and panel.data.accessibleName()
        panel.switch.click()
        assert panel.plot.isVisible() and not panel.data.isVisible()
    page.used.show_table(Table((), ()))
    assert not page.used.plot.isVisible() and not page.used.switch.isVisible()
    assert page.used._none.isVisible()


@pytest.mark.parametrize("language", ["zh", "en"])
def test_everything_is_reached_and_named(theme: Theme, qtbot: QtBot, language: str) -> None:
    i18n.set_language(language)  # type: ignore[arg-type]
    page = QuotaPage(theme)
    qtbot.addWidget(page)
    page.resize(1120, 900)
    fill(page)
    with qtbot.waitActive(page):
        page.show()
        page.activateWindow()
    assert walking.check(page) > 15


def test_no_size_breaks_it_and_nothing_is_cut(page: QuotaPage, both_themes: Theme) -> None:
    for width in (640, 820, 900, 1600):
        page.resize(width, 480)
        assert not page.grab().isNull()
        assert page.minimumSizeHint().width() <= 640
        for row in page.grants.rows:
            assert row.width() <= width


def test_many_grants_are_folded(page: QuotaPage) -> None:
    page.show_grants([line(f"m{n}") for n in range(FEW + 5)])
    assert len(page.grants.rows) == FEW and page.grants.more.isVisible()
    page.grants.more.click()
    assert len(page.grants.rows) == FEW + 5 and not page.grants.more.isVisible()
    caught: list[str] = []
    page.correct_requested.connect(caught.append)
    page.grants.rows[-1].click()
    assert caught == [f"m{FEW + 4}"]
    assert "61.4 万" in page.grants.rows[0].accessibleName()
    page.show_grants([])
    assert page.blank.isVisible() and page.blank.button.isVisible() and not page.grants.rows


def test_axes_end_at_round_numbers() -> None:
    assert ticks(0) == [0.0, 1.0]
    assert ticks(3) == [0.0, 1.0, 2.0, 3.0]
    for top in (1, 7, 99, 1234, 5_000_000):
        made = ticks(top)
        assert made[0] == 0 and made[-1] >= top and len(made) <= 6
    for top in range(1, 60):
        assert all(tick % 1 == 0 for tick in ticks(top)), "half a time is none"
    assert log_ticks(230, 1600) == [200.0, 500.0, 1000.0, 2000.0]
    assert log_ticks(1, 2)[0] == 1.0
