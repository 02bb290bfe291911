"""The part of `jieli --self-test` that needs Qt: the platform, pictures, fonts, and a loop that ends."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TextIO

from PySide6 import __version__ as binding
from PySide6.QtCore import (
    QByteArray,
    QCollator,
    QDate,
    QDateTime,
    QLocale,
    Qt,
    QTime,
    QTimeZone,
    qVersion,
)
from PySide6.QtGui import QFontDatabase, QGuiApplication, QImageReader, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QApplication

from app import selftest, selftest_parts
from app.selftest import Row, table, told
from ui import icons
from ui import selftest_parts as window_parts
from ui import theme as themes

FORMATS = ("gif", "jpeg", "png", "svg", "webp")


def run_self_test(resources: Path, version: str, out: TextIO) -> int:
    """Look at everything, print the table; 0 when all is well, else 1."""
    app = QApplication(sys.argv[:1])
    app.setQuitOnLastWindowClosed(False)
    rows = [
        Row("jieli", True, version),
        *qt_checks(),
        *selftest_parts.part_checks(),
        *window_parts.part_checks(),
    ]

    class Main:
        async def main(self) -> int:
            rows.extend(await selftest.run_plain(resources, version))
            return 0

    from ui.window_run import run_loop

    rows.append(told("event loop", lambda: f"ended with {run_loop(app, Main)}"))
    out.write(table(rows) + "\n")
    bad = [row.name for row in rows if not row.good]
    out.write(f"\n{len(rows) - len(bad)} of {len(rows)} as they should be\n")
    return 1 if bad else 0


def qt_checks() -> Iterable[Row]:
    """What Qt brings, looked at with the application running."""
    yield told("qt", lambda: f"Qt {qVersion()}, PySide6 {binding}, platform {QGuiApplication.platformName()}")
    yield told("picture formats", _formats)
    yield told("icons", _icons)
    yield told("fonts", _fonts)
    yield told("order and time", _order_and_time)
    yield told("formula", _formula)


def _formats() -> str:
    found = {bytes(name.data()).decode() for name in QImageReader.supportedImageFormats()}
    missing = [name for name in FORMATS if name not in found]
    if missing:
        raise RuntimeError(f"cannot read {', '.join(missing)}")
    return ", ".join(FORMATS)


def _icons() -> str:
    pixmap = icons.pixmap("relay", themes.load_theme("light"), "ink", 32)
    if not _drawn(pixmap):
        raise RuntimeError("an SVG icon came out empty")
    return "drawn from SVG"


def _fonts() -> str:
    """A system without Chinese glyphs is told, and is no fault of the package."""
    chinese = QFontDatabase.families(QFontDatabase.WritingSystem.SimplifiedChinese)
    if not QFontDatabase.families():
        raise RuntimeError("no fonts at all")
    return f"{themes.ui_families()[0]}; Chinese: {chinese[0] if chinese else 'none, install fonts-noto-cjk'}"


def _order_and_time() -> str:
    """Chinese order and time zones: both come from data that packages make smaller."""
    collator = QCollator(QLocale("zh_CN"))
    names = sorted(["智谱", "百度", "阿里"], key=collator.sortKey)
    if names != ["阿里", "百度", "智谱"]:
        raise RuntimeError(f"sorted as {' '.join(names)}")
    zone = QTimeZone(QByteArray(b"Asia/Shanghai"))
    offset = zone.offsetFromUtc(QDateTime(QDate(2026, 1, 1), QTime(0, 0), QTimeZone.utc()))
    if offset != 8 * 3600:
        raise RuntimeError(f"Beijing is {offset} s from UTC")
    return "by pinyin; Beijing is UTC+8"


def _formula() -> str:
    from ui.transcript.formulas import svg_of

    found = svg_of(r"\frac{a^2}{\sqrt{b}}", 16, themes.load_theme("light").hex("ink"), display=True)
    if found is None:
        raise RuntimeError("it was not understood")
    svg, width, above, below = found
    renderer = QSvgRenderer(QByteArray(svg.encode()))
    picture = QPixmap(round(width), round(above + below))
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    renderer.render(painter)
    painter.end()
    if not _drawn(picture):
        raise RuntimeError("nothing was drawn")
    return f"{picture.width()} × {picture.height()} pixels"


def _drawn(pixmap: QPixmap) -> bool:
    image = pixmap.toImage()
    return any(
        image.pixelColor(x, y).alpha() > 0
        for x in range(0, image.width(), 2)
        for y in range(0, image.height(), 2)
    )
