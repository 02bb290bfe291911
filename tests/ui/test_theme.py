from __future__ import annotations

import tomllib
from itertools import pairwise
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent
from PySide6.QtGui import QColor, QFontDatabase, QPalette
from PySide6.QtWidgets import QApplication, QCheckBox, QComboBox, QRadioButton, QWidget
from pytestqt.qtbot import QtBot

from ui import theme as themes
from ui.theme import Theme

SCHEMES: tuple[themes.Scheme, ...] = ("light", "dark")
FOLDER = Path(themes.__file__).parent.parent / "resources" / "themes"


@pytest.mark.parametrize("file", ["light.toml", "dark.toml", "accents.toml"])
def test_tokens_read_as_toml_reads_them(file: str) -> None:
    found: dict[str, dict[str, str]] = {}
    for name, table in tomllib.loads((FOLDER / file).read_text(encoding="utf-8")).items():
        nested = any(isinstance(value, dict) for value in table.values())
        found |= {f"{name}.{scheme}": part for scheme, part in table.items()} if nested else {name: table}
    assert themes._tables(file) == found


def test_both_themes_hold_the_same_tokens() -> None:
    light, dark = (themes.load_theme(name)._values for name in SCHEMES)
    assert light.keys() == dark.keys()
    assert light != dark
    assert len(light) == 41


def test_every_accent_changes_the_same_tokens_in_both_themes() -> None:
    tables = themes._tables("accents.toml")
    names = {f"{accent}.{scheme}" for accent in themes.ACCENTS[1:] for scheme in SCHEMES}
    assert set(tables) == names
    assert len({frozenset(table) for table in tables.values()}) == 1
    assert all(table.keys() < themes.load_theme("light")._values.keys() for table in tables.values())


def _luminance(colour: QColor) -> float:
    parts = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colour.getRgbF()[:3]]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def _contrast(theme: Theme, text: str, ground: str) -> float:
    high, low = sorted((_luminance(theme.color(text)), _luminance(theme.color(ground))), reverse=True)
    return (high + 0.05) / (low + 0.05)


TEXT = {
    "bg-page": "ink ink-2 ink-3 accent accent-hover accent-press cool bad info",
    "bg-side": "ink ink-2 ink-3 accent accent-hover cool bad info",
    "bg-sunken": "ink ink-2 ink-3 accent cool bad info code-keyword code-string code-number code-function "
    "code-class code-comment",
    "bg-user": "ink ink-2 ink-3 accent",
    "bg-hover": "ink ink-2 ink-3 accent cool bad info",
    "bg-select": "ink ink-2 ink-3 accent cool bad info",
    "bg-press": "ink ink-2 bad",
    "accent": "on-accent",
    "accent-hover": "on-accent",
    "accent-press": "on-accent",
    "accent-tint": "ink ink-2 ink-3 accent cool bad info",
    "cool-tint": "ink ink-2 cool accent",
    "bad-tint": "ink ink-2 bad accent",
    "info-tint": "ink ink-2 info accent",
    "mark-hit": "ink",
    "bad-mark": "bg-page",
    "bad": "bg-page",
}
"""Every colour of text that stands on a ground somewhere in the window; at least 4.5 : 1."""

MARKS = {
    "bg-page": "line-control accent cool-mark bad-mark info-mark parked-mark",
    "bg-side": "line-control accent cool-mark bad-mark info-mark parked-mark",
    "bg-hover": "line-control accent cool-mark bad-mark info-mark parked-mark",
    "bg-select": "accent cool-mark bad-mark info-mark",
    "bg-sunken": "accent cool-mark bad-mark info-mark parked-mark line-control",
    "accent-tint": "accent",
    "line-control": "bg-page",
    "accent": "on-accent",
}
"""Marks, the borders of controls and what is drawn on filled ones; at least 3 : 1."""


@pytest.mark.parametrize("accent", themes.ACCENTS)
@pytest.mark.parametrize("name", SCHEMES)
def test_text_and_marks_can_be_seen(qapp: QApplication, name: themes.Scheme, accent: str) -> None:
    theme = themes.load_theme(name, themes.Look(accent=accent))
    found = {
        f"{text} on {ground}": round(_contrast(theme, text, ground), 2) - least
        for pairs, least in ((TEXT, 4.5), (MARKS, 3.0))
        for ground, texts in pairs.items()
        for text in texts.split()
    }
    assert {pair: by for pair, by in found.items() if by < 0} == {}


@pytest.mark.parametrize("name", SCHEMES)
def test_accents_can_be_told_apart(qapp: QApplication, name: themes.Scheme) -> None:
    """From each other, and each disc from the page it stands on."""
    shown = [themes.accent_colour(name, accent) for accent in themes.ACCENTS]
    assert len({colour.name() for colour in shown}) == len(themes.ACCENTS)
    ordered = sorted(colour.hslHue() for colour in shown if colour.hslSaturation() > 40)
    assert all(b - a >= 30 for a, b in pairwise(ordered))


def test_fonts_have_the_sizes_of_the_style_guide(theme: Theme) -> None:
    assert theme.font("body").pixelSize() == 15
    assert theme.font("caption").pixelSize() == 12
    assert theme.font("h1").weight() == theme.font("control-bold").weight() == 600
    assert theme.line_height("body") == 25
    larger = themes.load_theme("light", 18)
    assert (larger.font("body").pixelSize(), larger.line_height("body")) == (18, 30)
    assert larger.font("control").pixelSize() == 13


def test_a_look_changes_fonts_and_lines(qapp: QApplication) -> None:
    family = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont).family()
    family = family if QFontDatabase.hasFamily(family) else QFontDatabase.families()[0]
    look = themes.Look(15, "violet", family, "No Such Font 9", dense=True)
    theme = themes.load_theme("light", look)
    assert theme.font("body").families()[0] == theme.font("control").families()[0] == family
    assert theme.font("body").families()[1:] == themes.ui_families()
    assert theme.font("code").families() == themes.code_families()
    assert (theme.line_height("body"), theme.closer(32, 26)) == (22, 26)
    plain = themes.load_theme("light", themes.Look(accent="of a later version"))
    assert plain.hex("accent") == themes.load_theme("light").hex("accent") != theme.hex("accent")


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


def test_details_come_without_a_turn_through_every_widget(qtbot: QtBot, theme: Theme) -> None:
    class Told(QWidget):
        changes = 0

        def changeEvent(self, event: QEvent) -> None:
            self.changes += event.type() == QEvent.Type.StyleChange

    told = Told()
    qtbot.addWidget(told)
    told.show()
    told.changes = 0
    themes.apply_details(themes.load_theme("dark"))
    assert themes.has_details() and told.changes == 0
    themes.apply_details(theme)


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
