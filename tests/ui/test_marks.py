from __future__ import annotations

import pytest
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QImage, QPainter

from ui import icons
from ui.marks import mark_icon, mark_token, paint_baton, paint_mark, paint_tile, text_token
from ui.theme import Theme

STATES = [
    "running",
    "ready",
    "cooling",
    "parked",
    "off",
    "probing",
    "no_key",
    "would_bill",
    "skipped",
    "offline",
    "paused",
    "blocked",
    "too_small",
    "interrupted",
]


def _drawn(state: str, theme: Theme, share: float = 0.5, size: int = 24) -> QImage:
    image = QImage(size, size, QImage.Format.Format_ARGB32)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    paint_mark(painter, QRectF(0, 0, size, size), state, theme, share)
    painter.end()
    return image


def _shape(image: QImage) -> frozenset[tuple[int, int]]:
    """The pixels that are more than half covered: what greyscale eyes see."""
    size = image.size()
    return frozenset(
        (x, y)
        for x in range(size.width())
        for y in range(size.height())
        if image.pixelColor(x, y).alpha() > 127
    )


@pytest.mark.parametrize("state", STATES)
def test_every_state_has_a_mark_in_its_colour(both_themes: Theme, state: str) -> None:
    image = _drawn(state, both_themes)
    shape = _shape(image)
    assert shape
    colours = {image.pixelColor(x, y).name() for x, y in shape if image.pixelColor(x, y).alpha() == 255}
    assert both_themes.color(mark_token(state)).name() in colours


def test_states_differ_in_shape_not_only_in_colour(theme: Theme) -> None:
    shapes = {state: _shape(_drawn(state, theme)) for state in STATES if state not in ("too_small",)}
    for one, first in shapes.items():
        for other, second in shapes.items():
            if one != other:
                assert len(first ^ second) > 20, (one, other)


def test_the_pie_shrinks_with_the_wait(theme: Theme) -> None:
    sizes = [len(_shape(_drawn("cooling", theme, share))) for share in (1.0, 0.6, 0.2, 0.0)]
    assert sizes == sorted(sizes, reverse=True)
    assert len(set(sizes)) == 4


def test_an_unknown_state_looks_skipped(theme: Theme) -> None:
    assert _drawn("nonsense", theme) == _drawn("skipped", theme)
    assert text_token("nonsense") == "ink-3"
    assert text_token("cooling") == "cool"
    assert text_token("ready") == "ink-3"


def test_tile_and_baton(theme: Theme) -> None:
    image = QImage(64, 32, QImage.Format.Format_ARGB32)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    paint_tile(painter, QRectF(0, 0, 32, 32), "智谱", "#2B6CBE", theme)
    paint_baton(painter, QRectF(36, 8, 26, 12), theme)
    painter.end()
    assert image.pixelColor(4, 16).name() == "#2b6cbe"
    assert image.pixelColor(0, 0).alpha() < 128
    arrow = {(x, y) for x, y in _shape(image) if x > 35}
    assert {y for x, y in arrow if 40 <= x < 54} <= {13, 14}
    assert {x for x, _ in arrow} >= set(range(39, 59))
    assert any(y < 12 for _, y in arrow)


def test_mark_icons_are_sharp(theme: Theme) -> None:
    made = mark_icon("running", theme)
    assert made.pixmap(QSize(16, 16), 2.0).size() == QSize(32, 32)


def _names() -> list[str]:
    return sorted(path.stem for path in icons._FOLDER.glob("*.svg") if path.stem != "jieli")


@pytest.mark.parametrize("name", _names())
def test_icons_take_the_colour_and_the_ratio(theme: Theme, name: str) -> None:
    for ratio in (1.0, 1.5, 2.0):
        pixmap = icons.pixmap(name, theme, "accent", 16, ratio)
        assert pixmap.size() == QSize(round(16 * ratio), round(16 * ratio))
        assert pixmap.deviceIndependentSize().toSize() == QSize(16, 16)
    image = icons.pixmap(name, theme, "accent", 16, 4.0).toImage()
    solid = {
        image.pixelColor(x, y).name()
        for x in range(64)
        for y in range(64)
        if image.pixelColor(x, y).alpha() == 255
    }
    assert solid == {theme.color("accent").name()}
    edge = [image.pixelColor(x, y).alpha() for x in range(64) for y in (0, 63)]
    assert max(edge) < 200, "the icon leaves its grid"


def test_icon_is_kept_and_has_a_disabled_look(theme: Theme) -> None:
    assert icons.pixmap("search", theme).cacheKey() == icons.pixmap("search", theme).cacheKey()
    made = icons.icon("search", theme)
    normal = made.pixmap(16).toImage()
    off = made.pixmap(QSize(16, 16), 1.0, icons.QIcon.Mode.Disabled).toImage()
    assert normal != off
    assert not icons.app_icon().isNull()
