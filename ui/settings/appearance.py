"""The appearance section: language, colours, fonts, density, motion, and the key that sends."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QFont,
    QFontDatabase,
    QFontMetricsF,
    QPainter,
    QPaintEvent,
    QPen,
    QWheelEvent,
)
from PySide6.QtWidgets import QAbstractButton, QButtonGroup, QComboBox, QHBoxLayout, QSizePolicy, QWidget

from app.i18n import tr
from ui import theme as themes
from ui.lettering import draw_line
from ui.marks import paint_mark
from ui.settings.form import form_row
from ui.settings.number import Number
from ui.settings.sections import Section, put
from ui.theme import ACCENTS, Theme

if TYPE_CHECKING:
    from app.settings import Settings


class AppearanceSection(Section):
    """Every choice takes effect at once, and a sample shows it."""

    TITLE = "settings.section.appearance"

    def build(self) -> Iterator[None]:
        self._language = self.segment(
            "language", (("system", tr("settings.system")), ("zh", "中文"), ("en", "English"))
        )
        self._theme = self.segment(
            "theme",
            (
                ("system", tr("settings.system")),
                ("light", tr("settings.theme.light")),
                ("dark", tr("settings.theme.dark")),
            ),
        )
        yield
        self.accents = Accents(self.theme)
        self.accents.chosen.connect(lambda accent: self.send("accent", accent))
        self._density = self.segment(
            "density",
            (
                ("comfortable", tr("settings.density.comfortable")),
                ("compact", tr("settings.density.compact")),
            ),
        )
        yield
        self._size = Number(13, 20, " px")
        self._size.valueChanged.connect(lambda n: self.send("font_size", n))
        self.text_font = FontChoice()
        self.text_font.chosen.connect(lambda family: self.send("text_font", family))
        self.code_font = FontChoice(fixed=True)
        self.code_font.chosen.connect(lambda family: self.send("code_font", family))
        yield
        self._motion = self.switch("reduced_motion")
        self._send_key = self.segment(
            "send_key", (("enter", "Enter"), ("ctrl_enter", tr("settings.send_key.ctrl_enter")))
        )
        self.sample = Sample(self.theme)
        self.group("", self.sample)
        yield
        rows = (
            ("language", self._language),
            ("theme", self._theme),
            ("accent", self.accents),
            ("density", self._density),
            ("motion", self._motion),
        )
        yield from self.grouped("", map(_row, rows))
        fonts = (("font_size", self._size), ("text_font", self.text_font), ("code_font", self.code_font))
        yield from self.grouped(tr("settings.fonts"), map(_row, fonts))
        send = form_row(tr("settings.send_key"), tr("settings.send_key.note"), self._send_key)
        self.group(tr("settings.writing"), send)
        yield
        self.box.addStretch(1)

    def show_settings(self, settings: Settings) -> None:
        self._language.choose(settings.language)
        self._theme.choose(settings.theme)
        self.accents.choose(settings.accent)
        self._density.choose(settings.density)
        put(self._size, settings.font_size)
        self.text_font.choose(settings.text_font)
        self.code_font.choose(settings.code_font)
        self._motion.setChecked(settings.reduced_motion)
        self._send_key.choose(settings.send_key)


def _row(one: tuple[str, QWidget]) -> QWidget:
    name, control = one
    note = "" if name in ("theme", "code_font") else tr(f"settings.{name}.note")
    return form_row(tr(f"settings.{name}"), note, control)


class _Colour(QAbstractButton):
    """One accent: a disc of its colour, with a ring while it is chosen."""

    def __init__(self, theme: Theme, accent: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._shown = themes.accent_colour(theme.name, accent)
        name = tr(f"settings.accent.{accent}")
        self.setText(name)
        self.setAccessibleName(name)
        self.setToolTip(name)
        self.setCheckable(True)
        self.setFixedSize(28, 28)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        middle = QRectF(self.rect()).center()
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._shown)
        painter.drawEllipse(middle, 7.5 if self.isChecked() else 9, 7.5 if self.isChecked() else 9)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if self.isChecked() or self.underMouse():
            # The disc of the chosen one is smaller: the choice does not hang on the colour alone.
            painter.setPen(QPen(self._theme.color("ink" if self.isChecked() else "line-control"), 1.5))
            painter.drawEllipse(middle, 10.5, 10.5)
        if self.hasFocus() and self.window().testAttribute(Qt.WidgetAttribute.WA_KeyboardFocusChange):
            painter.setPen(QPen(self._theme.color("accent"), 2))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 6, 6)
        painter.end()


class Accents(QWidget):
    """The accents in a row, to be gone through by the arrow keys. `chosen(accent)` follows the user only."""

    chosen = Signal(str)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._group = QButtonGroup(self)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        for number, accent in enumerate(ACCENTS):
            made = _Colour(theme, accent, self)
            self._group.addButton(made, number)
            row.addWidget(made)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._group.idClicked.connect(lambda number: self.chosen.emit(ACCENTS[number]))

    def choose(self, accent: str) -> None:
        """Show an accent as chosen; emits nothing."""
        if accent not in ACCENTS:
            return
        chosen = self._group.button(ACCENTS.index(accent))
        chosen.setChecked(True)
        for one in self._group.buttons():
            one.setFocusPolicy(Qt.FocusPolicy.StrongFocus if one is chosen else Qt.FocusPolicy.ClickFocus)


class FontChoice(QComboBox):
    """The system's own font, or one of those installed. `chosen(family)` follows the user only, "" = system.

    The families are listed when the user comes here; a family that is gone is shown and said to be missing.
    """

    chosen = Signal(str)

    def __init__(self, *, fixed: bool = False) -> None:
        super().__init__()
        self._fixed = fixed
        self._listed = False
        self.addItem(tr("settings.font.system"), "")
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(16)
        self.setMaxVisibleItems(16)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.activated.connect(lambda row: self.chosen.emit(self.itemData(row)))

    def choose(self, family: str) -> None:
        """Show a family as chosen; emits nothing."""
        row = self.findData(family)
        if row < 0:
            there = QFontDatabase.hasFamily(family)
            self.addItem(family if there else tr("settings.font.missing", font=family), family)
            row = self.count() - 1
        self.setCurrentIndex(row)
        self.setToolTip(self.currentText())

    def list_families(self) -> None:
        """List what is installed: families with Latin or Chinese characters, for code those of one width."""
        if self._listed:
            return
        self._listed = True
        current = self.currentData()
        wanted = set(QFontDatabase.families(QFontDatabase.WritingSystem.Latin))
        wanted.update(QFontDatabase.families(QFontDatabase.WritingSystem.SimplifiedChinese))
        known = {self.itemData(row) for row in range(self.count())}
        for family in sorted(wanted - known, key=str.casefold):
            if QFontDatabase.isPrivateFamily(family):
                continue
            if not self._fixed or QFontDatabase.isFixedPitch(family):
                self.addItem(family, family)
        self.setCurrentIndex(self.findData(current))

    def showPopup(self) -> None:  # noqa: N802 - Qt's spelling
        self.list_families()
        super().showPopup()

    def focusInEvent(self, event: QFocusEvent) -> None:
        self.list_families()
        super().focusInEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()


class Sample(QWidget):
    """A question, an answer with a line of code, and a running leg, as they look with what is chosen."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.setAccessibleName(tr("settings.sample"))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        theme = self._theme
        line, code = theme.line_height("body"), theme.line_height("code")
        return QSize(360, 44 + theme.closer(16, 8) + line * 2 + 16 + theme.closer(12, 8) * 2 + code + 16)

    def minimumSizeHint(self) -> QSize:
        return QSize(200, self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        theme, width = self._theme, float(self.width())
        line = float(theme.line_height("body"))
        y = self._question(painter, width, line) + theme.closer(16, 8)
        painter.setFont(theme.font("body"))
        painter.setPen(theme.color("ink"))
        self._line(painter, QRectF(0, y, width, line), tr("settings.sample.answer"), theme.font("body"))
        y += line + theme.closer(12, 8)
        height = theme.line_height("code") + 16.0
        painter.setPen(QPen(theme.color("line"), 1))
        painter.setBrush(theme.color("bg-sunken"))
        painter.drawRoundedRect(QRectF(0.5, y + 0.5, width - 1, height - 1), 8, 8)
        self._code(painter, QPointF(12, y + 8))
        self._leg(painter, QRectF(0, y + height + theme.closer(12, 8), width, 44))
        painter.end()

    def _question(self, painter: QPainter, width: float, line: float) -> float:
        theme, font = self._theme, self._theme.font("body")
        text = tr("settings.sample.question")
        wide = min(width, QFontMetricsF(font).horizontalAdvance(text) + 28)
        box = QRectF(width - wide, 0, wide, line + 16)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color("bg-user"))
        painter.drawRoundedRect(box, 8, 8)
        painter.setPen(theme.color("ink"))
        self._line(painter, box.adjusted(14, 0, -14, 0), text, font)
        return box.bottom()

    def _line(self, painter: QPainter, box: QRectF, text: str, font: QFont) -> None:
        painter.setFont(font)
        shown = QFontMetricsF(font).elidedText(text, Qt.TextElideMode.ElideRight, box.width() + 1)
        draw_line(painter, box, shown)

    def _code(self, painter: QPainter, at: QPointF) -> None:
        theme = self._theme
        font = theme.font("code")
        metrics = QFontMetricsF(font)
        painter.setFont(font)
        x, baseline = at.x(), at.y() + (theme.line_height("code") + metrics.ascent() - metrics.descent()) / 2
        for text, token in (
            ("return ", "code-keyword"), ("left", "code-function"), ("(", "ink"),
            (tr("settings.sample.string"), "code-string"), (") > ", "ink"), ("1_024", "code-number"),
        ):  # fmt: skip
            painter.setPen(theme.color(token))
            painter.drawText(QPointF(x, baseline), text)
            x += metrics.horizontalAdvance(text)

    def _leg(self, painter: QPainter, box: QRectF) -> None:
        theme = self._theme
        wide = min(box.width(), 190.0)
        leg = QRectF(box.x(), box.y(), wide, box.height())
        painter.fillRect(leg, theme.color("accent-tint"))
        painter.fillRect(QRectF(leg.x(), leg.bottom() - 2, wide, 2), theme.color("accent"))
        paint_mark(painter, QRectF(leg.x() + 14, leg.y() + 16, 12, 12), "running", theme)
        words = leg.adjusted(34, 4, -8, 0)
        painter.setPen(theme.color("ink"))
        self._line(painter, QRectF(words.x(), words.y(), words.width(), 18), tr("settings.sample.leg"),
                   theme.font("caption-bold"))  # fmt: skip
        painter.setPen(theme.color("accent"))
        self._line(painter, QRectF(words.x(), words.y() + 18, words.width(), 17),
                   tr("settings.sample.running"), theme.font("caption"))  # fmt: skip
