"""The quota page: what is left, what was used, how the relay ran. A pure view."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from app.i18n import tr
from app.policy import Spend
from ui.controls import Button, button, label
from ui.icons import paint_icon
from ui.pieces import at_once
from ui.quota.bars import Bars
from ui.quota.grants import GaugeLine, GrantRows
from ui.quota.lanes import Lanes
from ui.quota.panel import Panel
from ui.quota.ranges import FailureRates, Speeds
from ui.settings.form import Segment, column, scrolled, wrapping
from ui.settings.parts import Line
from ui.sidebar import spend_word
from ui.theme import Theme

RANGES = (7, 30, 90)
_SIDE_BY_SIDE = 860
_WIDEST = 1320


class _Guard(QWidget):
    """The spend guard's setting and what it held back; the button changes it."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._token = "accent"
        self.words = wrapping("", "control", "ink")
        self.button = button("", size="small", trailing="chevron-down")
        row = QHBoxLayout(self)
        row.setContentsMargins(42, 9, 10, 9)
        row.setSpacing(12)
        row.addWidget(self.words, 1)
        row.addWidget(self.button)

    def show_guard(self, spend: Spend, held: str) -> None:
        word = spend_word(spend)
        self._token = "cool" if spend == "allow" else "accent"
        self.words.setText(" · ".join(p for p in (tr("sidebar.spend.tip", word=word), held) if p))
        self.button.setText(word)
        self.button.setAccessibleName(tr("sidebar.spend.tip", word=word))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        theme, painter = self._theme, QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(theme.color("line"), 1))
        painter.setBrush(theme.color("bg-side"))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 8, 8)
        paint_icon(painter, QRectF(15, 0, 16, self.height()), "shield-check", theme, self._token)


class _Blank(QWidget):
    """What stands where there is nothing to show yet: why, and what brings it."""

    def __init__(self) -> None:
        super().__init__()
        self._title = label("", "control-bold", "ink")
        self._how = wrapping("", "caption", "ink-3")
        self._how.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self.button = button(tr("strip.add_key"), size="small", icon="key")
        middle = Qt.AlignmentFlag.AlignHCenter
        box = column(self, spacing=6, margins=(0, 40, 0, 24))
        box.addWidget(self._title, 0, middle)
        box.addWidget(self._how)
        box.addSpacing(6)
        box.addWidget(self.button, 0, middle)

    def show_words(self, title: str, how: str, *, to_add: bool) -> None:
        """`to_add` = a key would help."""
        self._title.setText(title)
        self._how.setText(how)
        self.button.setVisible(to_add)


class _Pair(QWidget):
    """Two panels side by side, or one above the other where that is too narrow."""

    def __init__(self, first: QWidget, second: QWidget) -> None:
        super().__init__()
        self._box = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._box.setContentsMargins(0, 0, 0, 0)
        self._box.setSpacing(36)
        self._box.addWidget(first, 3)
        self._box.addWidget(second, 2)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        way = QBoxLayout.Direction
        wide = event.size().width() >= _SIDE_BY_SIDE
        self._box.setDirection(way.LeftToRight if wide else way.TopToBottom)


class QuotaPage(QWidget):
    """`range_chosen(days)`, `unit_chosen(tokens | calls)`, `correct_requested(grant id or empty)`,
    `balance_requested`, `export_requested`, `guard_requested`, `turn_chosen((conversation, message))`,
    `back_requested`, `keys_requested`."""

    range_chosen = Signal(int)
    unit_chosen = Signal(str)
    correct_requested = Signal(str)
    balance_requested = Signal()
    export_requested = Signal()
    guard_requested = Signal()
    turn_chosen = Signal(object)
    back_requested = Signal()
    keys_requested = Signal()

    def __init__(self, theme: Theme, *, whole: bool = True) -> None:
        """Not `whole`: whoever made it goes through `build` before anything else."""
        super().__init__()
        self._theme = theme
        self._used = True
        self._tools: tuple[Button, ...] = ()
        self._plots: list[QWidget] = []
        if whole:
            at_once(self.build())

    def build(self) -> Iterator[None]:
        """Make what is shown, a few milliseconds' work from each `yield` to the next."""
        theme = self._theme
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        # From the outside in: what is put into something else late takes its looks over once more.
        outer, holder, body = column(self), QWidget(), QWidget()
        box = self._hold(holder, body)
        self.back = button(tr("quota.title"), "flat", icon="chevron-left", align_left=True)
        self.back.setAccessibleName(tr("quota.back"))
        self.back.setFont(theme.font("header"))
        self.back.clicked.connect(self.back_requested)
        self.range = Segment(theme, [(str(days), tr("quota.days", n=days)) for days in RANGES], small=True)
        self.range.chosen.connect(lambda days: self.range_chosen.emit(int(days)))
        self.range.setAccessibleName(tr("quota.range"))
        self.unit = Segment(theme, [(u, tr(f"grants.unit_{u}")) for u in ("tokens", "calls")], small=True)
        self.unit.chosen.connect(self.unit_chosen)
        outer.addWidget(self._build_head())
        outer.addWidget(Line(theme, vertical=False))
        outer.addWidget(scrolled(holder), 1)
        self._name_tools()
        yield
        self.guard = _Guard(theme)
        self.guard.button.clicked.connect(self.guard_requested)
        self.grants = GrantRows(theme)
        self.grants.chosen.connect(self.correct_requested)
        self.blank = _Blank()
        self.blank.button.clicked.connect(self.keys_requested)
        for part in (self.guard, self.grants, self.blank):
            box.addWidget(part)
        yield
        self.used = Panel(theme, tr("quota.used"), Bars(theme, tr("quota.used")), self.unit)
        yield
        self.speed = Panel(theme, tr("quota.speed"), Speeds(theme, tr("quota.speed")))
        self._plots = [self._line(box), _Pair(self.used, self.speed)]
        box.addWidget(self._plots[-1])
        yield
        self.switches = Panel(theme, tr("quota.switches"), Bars(theme, tr("quota.switches"), height=150))
        yield
        self.failures = Panel(theme, tr("quota.failures"), FailureRates(theme, tr("quota.failures")))
        self._plots += [self._line(box), _Pair(self.switches, self.failures)]
        box.addWidget(self._plots[-1])
        yield
        self.lanes = Panel(theme, tr("quota.lanes"), Lanes(theme, tr("quota.lanes")))
        self.lanes.plot.chosen.connect(self.turn_chosen)
        self._plots += [self._line(box), self.lanes]
        box.addWidget(self.lanes)
        box.addStretch(1)

    def panels(self) -> Sequence[Panel]:
        """The plots, from the top."""
        return (self.used, self.speed, self.switches, self.failures, self.lanes)

    def show_grants(self, lines: Sequence[GaugeLine]) -> None:
        """Show these grants."""
        self.grants.show_lines(lines)
        self._arrange()

    def show_used(self, used: bool) -> None:
        """Whether there is anything to plot."""
        self._used = used
        self._arrange()

    def _arrange(self) -> None:
        none = not self.grants.rows
        self.grants.setVisible(not none)
        for part in self._plots:
            part.setVisible(self._used)
        self.blank.setVisible(not self._used or none)
        self.blank.show_words(
            tr("quota.no_grants") if none else tr("quota.blank"),
            tr("quota.no_grants_how") if none else tr("quota.blank_how"),
            to_add=none,
        )

    def _build_head(self) -> QWidget:
        head = QWidget()
        head.setFixedHeight(44)
        row = QHBoxLayout(head)
        row.setContentsMargins(8, 0, 14, 0)
        row.setSpacing(8)
        row.addWidget(self.back)
        row.addStretch(1)
        row.addWidget(self.range)
        self.correct = self._tool("quota.correct", "edit")
        self.correct.clicked.connect(lambda: self.correct_requested.emit(""))
        self.balance = self._tool("quota.balance", "retry")
        self.balance.clicked.connect(self.balance_requested)
        self.export = self._tool("quota.export", "export")
        self.export.clicked.connect(self.export_requested)
        self._tools = (self.correct, self.balance, self.export)
        for made in self._tools:
            row.addWidget(made)
        return head

    def _tool(self, key: str, icon: str) -> Button:
        made = button(tr(key), size="small", icon=icon)
        made.setAccessibleName(tr(key))
        made.setToolTip(tr(key))
        return made

    def _line(self, box: QVBoxLayout) -> QWidget:
        made = Line(self._theme, vertical=False)
        box.addWidget(made)
        return made

    def _hold(self, holder: QWidget, body: QWidget) -> QVBoxLayout:
        """Put the body, which has a greatest width, into what scrolls; returns where its parts go."""
        body.setMaximumWidth(_WIDEST)
        body.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        row = QHBoxLayout(holder)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(body, 1000)
        row.addStretch(1)
        return column(body, spacing=18, margins=(24, 14, 24, 24))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._name_tools()

    def _name_tools(self) -> None:
        words = self.width() >= 820
        for made, key in zip(self._tools, ("correct", "balance", "export"), strict=False):
            made.setText(tr(f"quota.{key}") if words else "")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.back_requested.emit()
        else:
            super().keyPressEvent(event)
