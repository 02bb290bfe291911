"""The popup that asks which legs are to be compared."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QCheckBox, QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from app.comparing import FEWEST, MOST
from app.domain import Leg
from app.i18n import tr
from app.wording import leg_name
from ui.controls import button, label
from ui.theme import Theme

_WIDTH = 340
_ROWS = 9
"""So many legs are shown before the list scrolls."""

Choices = Sequence[tuple[str, Callable[[tuple[str, ...]], object]]]
"""Words of a button and what it does with the chosen legs; the first is the primary one."""


class Picker(QFrame):
    """Legs with check boxes, and what to do with the chosen ones. Closes by itself."""

    def __init__(
        self, theme: Theme, parent: QWidget, legs: Sequence[Leg], chosen: Sequence[str], choices: Choices
    ) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._theme = theme
        self.setAccessibleName(tr("compare.title"))
        self.boxes: dict[str, QCheckBox] = {}
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 12, 14, 12)
        column.setSpacing(6)
        enough = len(legs) >= FEWEST
        title = label(tr("compare.choose" if enough else "compare.too_few"), "control-bold")
        title.setWordWrap(True)
        column.addWidget(title)
        if enough:
            more = label(tr("compare.choose_more"), "caption", "ink-3")
            more.setWordWrap(True)
            column.addWidget(more)
            column.addWidget(self._list(theme, legs, chosen))
        self.buttons = []
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addStretch(1)
        for n, (words, act) in reversed(list(enumerate(choices))) if enough else ():
            made = button(words, "secondary" if n else "primary", size="small")
            made.clicked.connect(lambda _=False, act=act: self._do(act))
            self.buttons.insert(0, made)
            row.addWidget(made)
        row.setContentsMargins(0, 6, 0, 0)
        column.addLayout(row)
        self.setFixedWidth(_WIDTH)
        self._count()

    def _list(self, theme: Theme, legs: Sequence[Leg], chosen: Sequence[str]) -> QWidget:
        inside = QWidget()
        rows = QVBoxLayout(inside)
        rows.setContentsMargins(0, 4, 0, 4)
        rows.setSpacing(2)
        for leg in legs:
            box = QCheckBox(leg_name(leg).replace("&", "&&"))
            box.setFont(theme.font("control"))
            box.setMinimumHeight(26)
            box.setChecked(leg.id in chosen)
            box.toggled.connect(self._count)
            self.boxes[leg.id] = box
            rows.addWidget(box)
        scroll = QScrollArea()
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setWidget(inside)
        scroll.setFixedHeight(10 + 28 * min(_ROWS, len(legs)))
        return scroll

    def chosen(self) -> tuple[str, ...]:
        """The legs with a check mark, in the order shown."""
        return tuple(leg for leg, box in self.boxes.items() if box.isChecked())

    def _count(self) -> None:
        chosen = self.chosen()
        for leg, box in self.boxes.items():
            box.setEnabled(leg in chosen or len(chosen) < MOST)
        for made in self.buttons:
            made.setEnabled(FEWEST <= len(chosen) <= MOST)

    def _do(self, act: Callable[[tuple[str, ...]], object]) -> None:
        chosen = self.chosen()
        self.close()
        act(chosen)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setPen(self._theme.color("line-strong"))
        painter.setBrush(self._theme.color("bg-page"))
        painter.drawRect(self.rect().adjusted(0, 0, -1, -1))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.buttons:
            if self.buttons[0].isEnabled():
                self.buttons[0].click()
        else:
            super().keyPressEvent(event)

    def pop_up(self, near: QWidget) -> None:
        """Open below `near`, within the screen."""
        self.adjustSize()
        if (column := self.layout()) is not None:
            # Its words wrap in this width, not in the narrower one that the size hint is for.
            self.resize(_WIDTH, column.totalHeightForWidth(_WIDTH))
        # Its right edge below the right edge of the button, so that it stays in the window where it can.
        where = near.mapToGlobal(QPoint(near.width() - self.width(), near.height() + 4))
        screen = near.screen() or QGuiApplication.primaryScreen()
        room = screen.availableGeometry()
        x = max(room.left() + 4, min(where.x(), room.right() - self.width() - 4))
        y = max(room.top() + 4, min(where.y(), room.bottom() - self.height() - 4))
        self.move(x, y)
        self.show()
        first = next(iter(self.boxes.values()), None)
        if first is not None:
            first.setFocus(Qt.FocusReason.PopupFocusReason)
