"""The grants in a leg's details."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from app.ledger.views import GrantView
from app.store.entries import GrantRow
from ui.leg_facts import grant_facts
from ui.leg_grants import LegGrants
from ui.quota.gauge import Gauge
from ui.theme import Theme

NOW = 1_795_000_000.0
DAY = 86400.0


def view(**changes: object) -> GrantView:
    grant = GrantRow(
        "g", "alibaba", "tokens", 1_000_000, NOW - 9 * DAY, model="qwen-plus", expires_at=NOW + 10 * DAY
    )
    made = GrantView(
        grant=grant,
        state="ready",
        amount=1_000_000,
        used=200_000,
        remaining=800_000,
        fraction=0.8,
        refills=None,
        expires=NOW + 10 * DAY,
        forecast_days=20.0,
        estimated=False,
        corrected_at=None,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def test_what_lapses_is_said_and_what_nobody_knows_is_not_guessed() -> None:
    lapsing, unknown, used_up = grant_facts(
        [
            view(),
            view(amount=None, remaining=None, fraction=None, forecast_days=None, state="unknown"),
            view(remaining=0, fraction=0.0, forecast_days=None, state="used_up"),
        ],
        NOW,
    )
    assert (lapsing.left, lapsing.whole) == ("80 万", "/ 100 万 token")
    assert lapsing.lapsing == 0.4 and lapsing.warns and "40 万" in lapsing.pace
    assert unknown.fraction is None and unknown.lapsing == 0 and unknown.whole == ""
    assert used_up.used_up and used_up.fraction == 0


def test_each_grant_has_a_gauge_and_its_words(qtbot: QtBot, theme: Theme) -> None:
    shown = LegGrants(theme)
    qtbot.addWidget(shown)
    shown.resize(292, 200)
    shown.show_facts(grant_facts([view(), view(forecast_days=None, expires=None)], NOW))
    shown.show()
    gauges = [gauge for gauge in shown.findChildren(Gauge) if gauge.isVisible()]
    assert [gauge.width() for gauge in gauges] == [shown.width()] * 2
    said = [label.text() for label in shown.findChildren(QLabel) if label.isVisible()]
    assert said.count("80 万") == 2 and "按回报的用量" in said
    shown.show_facts(())
    assert shown.isHidden()
