from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication, QCheckBox, QComboBox, QRadioButton
from pytestqt.qtbot import QtBot

from ui import theme as themes
from ui.theme import Theme

FOLDER = Path(themes.__file__).parent.parent / "resources" / "themes"


@pytest.mark.parametrize("name", ["light", "dark"])
def test_tokens_read_as_toml_reads_them(name: themes.Scheme) -> None:
    tables = tomllib.loads((FOLDER / f"{name}.toml").read_text(encoding="utf-8"))
    expected = dict(tables["colour"]) | {f"code-{k}": v for k, v in tables["code"].items()}
    theme = themes.load_theme(name)
    assert {token: theme.hex(token) for token in expected} == expected
    assert len(expected) == 40


def test_both_themes_hold_the_same_tokens() -> None:
    light, dark = (themes._tokens(n) for n in ("light", "dark"))
    assert light.keys() == dark.keys()
    assert light != dark


def _luminance(colour: QColor) -> float:
    parts = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colour.getRgbF()[:3]]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def _contrast(theme: Theme, text: str, ground: str) -> float:
    high, low = sorted((_luminance(theme.color(text)), _luminance(theme.color(ground))), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize(
    ("text", "ground", "least"),
    [
        ("ink", "bg-select", 4.5),
        ("ink-2", "bg-side", 4.5),
        ("ink-3", "bg-hover", 4.5),
        ("accent", "accent-tint", 4.5),
        ("on-accent", "accent", 4.5),
        ("on-accent", "accent-hover", 4.5),
        ("cool", "cool-tint", 4.5),
        ("bad", "bad-tint", 4.5),
        ("info", "info-tint", 4.5),
        ("line-control", "bg-page", 3.0),
        ("parked-mark", "bg-page", 3.0),
    ],
)
def test_text_can_be_read(both_themes: Theme, text: str, ground: str, least: float) -> None:
    assert _contrast(both_themes, text, ground) >= least


def test_fonts_have_the_sizes_of_the_style_guide(theme: Theme) -> None:
    assert theme.font("body").pixelSize() == 15
    assert theme.font("caption").pixelSize() == 12
    assert theme.font("h1").weight() == theme.font("control-bold").weight() == 600
    assert theme.line_height("body") == 25
    larger = themes.load_theme("light", 18)
    assert (larger.font("body").pixelSize(), larger.line_height("body")) == (18, 30)
    assert larger.font("control").pixelSize() == 13


def test_unknown_tokens_and_uses_are_bugs(theme: Theme) -> None:
    with pytest.raises(KeyError):
        theme.color("bg-nowhere")
    with pytest.raises(KeyError):
        theme.font("poster")


def test_palette_keeps_the_systems_selection(qapp: QApplication, both_themes: Theme) -> None:
    before = qapp.palette().color(QPalette.ColorRole.Highlight)
    assert both_themes.palette().color(QPalette.ColorRole.Highlight) == before
    assert both_themes.palette().color(QPalette.ColorRole.Window) == both_themes.color("bg-page")


def test_applying_again_changes_the_whole_application(qapp: QApplication) -> None:
    for name in ("light", "dark", "light"):
        theme = themes.load_theme(name)
        themes.apply(qapp, theme, details=True)
        assert qapp.palette().color(QPalette.ColorRole.Window) == theme.color("bg-page")
        assert theme.hex("line-strong") in qapp.styleSheet()
        assert themes.current() is theme


def test_checks_and_choices_wear_the_accent(qtbot: QtBot, both_themes: Theme) -> None:
    for made in (QCheckBox("x"), QRadioButton("x")):
        qtbot.addWidget(made)
        made.setChecked(True)
        image = made.grab().toImage()
        colours = {image.pixelColor(x, y).name() for x in range(18) for y in range(image.height())}
        assert both_themes.color("accent").name() in colours


def test_a_combo_box_leaves_room_for_its_arrow(qtbot: QtBot, theme: Theme) -> None:
    box = QComboBox()
    qtbot.addWidget(box)
    box.addItem("跟随系统")
    assert box.sizeHint().height() == 30
    assert box.sizeHint().width() >= box.fontMetrics().horizontalAdvance("跟随系统") + 36
    assert not box.grab().isNull()


def test_system_scheme_is_one_of_two(qapp: QApplication) -> None:
    assert themes.system_scheme() in ("light", "dark")
