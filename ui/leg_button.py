"""One leg of the relay strip: its mark, name and state. The strip paints the ground it stands on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QEnterEvent, QFontMetrics, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QWidget

from app.i18n import tr
from ui.icons import paint_icon
from ui.lettering import draw_line
from ui.marks import paint_mark, text_token
from ui.theme import Theme

if TYPE_CHECKING:
    from app.relay.status import LegStatus

CHEVRON = 7
_NARROW_TEXT = 27
"""Where the name begins behind the mark of a narrow leg."""
_NARROW_LEAST = 72
_QUIET = ("parked", "no_key", "paused", "too_small", "blind")


class LegButton(QAbstractButton):
    """Shows one `LegStatus`; `running` overrides its state."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._ground = parent
        self._theme = theme
        self._place = 0
        self._running = False
        self._pinned = False
        self._remainder = ""
        self._low = False
        self._words = ""
        self.status: LegStatus | None = None
        self.share = 0.0
        self.narrow = False
        self.vendor = ""
        self.model = ""

    @property
    def leg_id(self) -> str:
        """`provider:model`, empty before the first status."""
        return self.status.leg.id if self.status is not None else ""

    @property
    def state(self) -> str:
        """The state as a mark's name."""
        if self._running:
            return "running"
        return self.status.state if self.status is not None else "skipped"

    @property
    def name(self) -> str:
        """Vendor and model; the vendor once where the model is named after it."""
        return self.model if self.model.startswith(self.vendor) else f"{self.vendor} {self.model}"

    @property
    def counting(self) -> bool:
        """Whether a countdown runs on this leg."""
        status = self.status
        return status is not None and status.state == "cooling" and status.until is not None

    @property
    def words(self) -> str:
        """The second line."""
        if self._running:
            parts = (tr("strip.running"), self._remainder)
            return " · ".join(p for p in parts if p)
        if self.state == "ready" and self._remainder:
            return tr("strip.low", left=self._remainder) if self._low else self._remainder
        if self.state == "would_bill" and self._remainder:
            return f"{self._words} · {self._remainder}"
        return self._words

    def set_status(self, place: int, status: LegStatus, now: float) -> None:
        """Show a leg's state; `place` counts from 0."""
        # Imported with the first leg: the words pull in the whole domain, the first paint needs none.
        from app import wording

        self._place = place
        self.status = status
        self.vendor = wording.provider_name(status.leg.provider)
        self.model = wording.model_name(status.leg)
        self.update_time(now)

    def set_extra(self, *, running: bool, pinned: bool, remainder: str, low: bool = False) -> None:
        """What the strip knows beyond the status; `low` = little is left."""
        self._low = low
        self._running, self._pinned, self._remainder = running, pinned, remainder
        self._describe()

    def update_time(self, now: float) -> bool:
        """Bring countdown and pie up to date; True when the wait is over."""
        status = self.status
        if status is None:
            return False
        from app import wording

        self._words = wording.state_text(status, now)
        self.share = wait_share(status, now)
        self._describe()
        return status.until is not None and now >= status.until

    def _describe(self) -> None:
        spoken = [tr("strip.leg", n=self._place + 1), self.name, self.words]
        if self._pinned:
            spoken.append(tr("strip.pinned"))
        text = tr("sidebar.comma").join(p for p in spoken if p)
        if text != self.accessibleName():
            self.setAccessibleName(text)
            self.setToolTip(f"{self.name}\n{self.words}")
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(132, 44)

    # painting

    def paintEvent(self, event: QPaintEvent) -> None:
        if self.status is None:
            return
        painter = QPainter(self)
        if self.narrow:
            self._paint_narrow(painter)
        else:
            self._paint_full(painter)
        if self.hasFocus() and self.window().testAttribute(Qt.WidgetAttribute.WA_KeyboardFocusChange):
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(self._theme.color("accent"), 2))
            inset = CHEVRON + 2 if self.x() > 1 and not self.narrow else 3
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(inset, 3, -3, -4), 5, 5)

    def _name_style(self) -> tuple[str, str]:
        quiet = self.state in _QUIET
        return ("caption", "ink-3") if quiet else ("caption-bold", "ink")

    def _paint_full(self, painter: QPainter) -> None:
        theme = self._theme
        left = 14 if self.x() <= 1 else 14 + CHEVRON
        paint_mark(painter, QRectF(left, 16, 12, 12), self.state, theme, self.share)
        x = left + 12 + 8
        room = self.width() - x - 5
        if self._pinned:
            room -= 16
            paint_icon(painter, QRectF(x + room + 2, 4, 14, 18), "pin", theme, "ink-2", 12)
        use, ink = self._name_style()
        painter.setFont(theme.font(use))
        painter.setPen(theme.color(ink))
        name = elided_name(self.vendor, self.model, painter.fontMetrics(), room)
        draw_line(painter, QRect(x, 5, room, 17), name)
        painter.setFont(theme.font("caption"))
        low = self._low and self.state == "ready"
        painter.setPen(theme.color("cool" if low else text_token(self.state)))
        words = painter.fontMetrics().elidedText(self.words, Qt.TextElideMode.ElideRight, room)
        draw_line(painter, QRect(x, 22, room, 16), words)

    def narrow_width(self) -> int:
        """How wide the leg wants to be where it shows its vendor alone, lit or not."""
        metrics = QFontMetrics(self._theme.font("caption-bold"))
        return max(_NARROW_LEAST, _NARROW_TEXT + metrics.horizontalAdvance(self.vendor) + 10)

    def _paint_narrow(self, painter: QPainter) -> None:
        theme = self._theme
        paint_mark(painter, QRectF(10, 8, 11, 11), self.state, theme, self.share)
        _, ink = self._name_style()
        painter.setFont(theme.font("caption-bold" if self._running else "caption"))
        painter.setPen(theme.color(ink))
        room = self.width() - _NARROW_TEXT - 4
        text = painter.fontMetrics().elidedText(self.vendor, Qt.TextElideMode.ElideRight, room)
        draw_line(painter, QRect(_NARROW_TEXT, 0, room, 27), text)

    # hover and keys

    def enterEvent(self, event: QEnterEvent) -> None:
        super().enterEvent(event)
        self._ground.update()

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._ground.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        match event.key():
            case Qt.Key.Key_Return | Qt.Key.Key_Enter:
                self.click()
            case Qt.Key.Key_Left | Qt.Key.Key_Right:
                event.ignore()
            case _:
                super().keyPressEvent(event)


def wait_share(status: LegStatus, now: float) -> float:
    """The share of a cooling leg's wait that is still ahead; 1.0 where it is not known, 0.0 otherwise."""
    if status.state != "cooling":
        return 0.0
    if status.until is None or status.since is None or status.until <= status.since:
        return 1.0
    return min(1.0, max(0.0, (status.until - now) / (status.until - status.since)))


def elided_name(vendor: str, model: str, metrics: QFontMetrics, room: int) -> str:
    """Vendor and model in `room` pixels; the vendor is shortened first, then left out, then the model."""
    if model.startswith(vendor):
        return metrics.elidedText(model, Qt.TextElideMode.ElideRight, room)
    full = f"{vendor} {model}"
    if metrics.horizontalAdvance(full) <= room:
        return full
    rest = room - metrics.horizontalAdvance(f" {model}")
    # Of a Chinese name one character says something, of a Latin one two letters don't.
    least = vendor[:1] if vendor[:1] > "\u2e80" else vendor[:4]
    if rest >= metrics.horizontalAdvance(f"{least}…"):
        return f"{metrics.elidedText(vendor, Qt.TextElideMode.ElideRight, rest)} {model}"
    return metrics.elidedText(model, Qt.TextElideMode.ElideRight, room)
