"""What the strip tells about one leg when it is clicked: state, last failure, and what can be done."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QGuiApplication, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from app import wording
from app.i18n import tr
from app.relay.status import LegStatus
from ui.controls import button, label, tint
from ui.flow import FlowLayout
from ui.leg_button import wait_share
from ui.leg_facts import LegFacts
from ui.leg_grants import LegGrants
from ui.marks import paint_mark, paint_tile, text_token
from ui.popup import Popup
from ui.theme import Theme

_WIDTH, _WIDEST = 320, 420
_CAN_RECHECK = ("cooling", "parked", "off", "blocked")


class _Picture(QWidget):
    """A provider's tile or a state's mark, as a widget of fixed size."""

    def __init__(self, theme: Theme, size: int) -> None:
        super().__init__()
        self._theme = theme
        self.status: LegStatus | None = None
        self.share = 0.0
        self.tile = size > 12
        self.setFixedSize(QSize(size, size))

    def paintEvent(self, event: QPaintEvent) -> None:
        if self.status is None:
            return
        painter = QPainter(self)
        spec = self.status.leg.provider
        if self.tile:
            paint_tile(painter, QRectF(self.rect()), spec.glyph, spec.colour, self._theme)
        else:
            paint_mark(painter, QRectF(self.rect()), self.status.state, self._theme, self.share)


class LegPopover(Popup):
    """A small window beside the leg; Esc or a click elsewhere closes it.

    Signals: `recheck_requested(leg_id)`, `pin_requested(leg_id)`, `action_requested(action, leg_id)`.
    """

    action_requested = Signal(str, str)
    recheck_requested = Signal(str)
    pin_requested = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(theme, parent)
        self.leg_id = ""
        self._remainder = ""
        self._tile = _Picture(theme, 20)
        self._mark = _Picture(theme, 12)
        self._name = self._text("control-bold", "ink")
        self._state = self._text("caption", "ink-3")
        self._reason = self._text("caption", "ink-2")
        self._grants = LegGrants(theme)
        self._offered: tuple[tuple[str, str], ...] = ()
        self._made: list[QWidget] = []
        self._vendor = self._text("caption", "ink-3")
        self._vendor.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._pin = button(tr("strip.pin"), size="small")
        self._pin.clicked.connect(self._asked_pin)
        self._recheck = button(tr("strip.recheck"), size="small")
        self._recheck.clicked.connect(self._asked_recheck)
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(self._tile)
        head.addWidget(self._name, 1)
        state = QHBoxLayout()
        state.setSpacing(8)
        state.addWidget(self._mark)
        state.addWidget(self._state, 1)
        self._actions = QWidget()
        flow = FlowLayout(self._actions)
        flow.addWidget(self._pin)
        flow.addWidget(self._recheck)
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 12, 14, 12)
        column.setSpacing(6)
        column.addLayout(head)
        column.addLayout(state)
        column.addWidget(self._grants)
        column.addWidget(self._reason)
        column.addWidget(self._vendor)
        column.addSpacing(4)
        column.addWidget(self._actions)

    def _text(self, use: str, token: str) -> QLabel:
        made = label("", use, token)
        made.setWordWrap(True)
        made.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        return made

    def set_status(self, status: LegStatus, now: float, *, pinned: bool, remainder: str = "") -> None:
        """Show a leg; `remainder` is what is left in words, may be empty."""
        self.leg_id = status.leg.id
        self._tile.status = self._mark.status = status
        # Where the provider says that nothing is left, it counts otherwise than we do.
        self._remainder = "" if status.state == "parked" and status.kind else remainder
        self._name.setText(wording.leg_name(status.leg))
        self.update_time(now)
        tint(self._state, text_token(status.state))
        reason = _reason(status)
        self._reason.setText(reason)
        self._reason.setVisible(bool(reason))
        vendor = " · ".join(p for p in (status.message, status.code or "") if p)
        said = "strip.network_words" if status.kind == "network" else "strip.vendor_words"
        self._vendor.setText(tr(said, words=vendor))
        self._vendor.setVisible(bool(vendor))
        self._pin.setText(tr("strip.unpin") if pinned else tr("strip.pin"))
        self._recheck.setVisible(status.state in _CAN_RECHECK)
        self.setAccessibleName(self._name.text())

    def update_time(self, now: float) -> None:
        """Bring countdown and pie up to date (epoch seconds)."""
        status = self._mark.status
        if status is None:
            return
        self._mark.share = wait_share(status, now)
        self._mark.update()
        words = wording.state_text(status, now)
        self._state.setText(" · ".join(p for p in (words, self._remainder) if p))

    def set_facts(self, facts: LegFacts) -> None:
        """What the ledger knows of the leg, and what else can be done about it."""
        self._grants.show_facts(facts.grants)
        if facts.reason and not self._reason.text():
            self._reason.setText(facts.reason)
            self._reason.show()
        if facts.actions != self._offered:
            self._offered = facts.actions
            for old in self._made:
                old.hide()
                old.deleteLater()
            self._made = [self._offer(action, words) for action, words in facts.actions]
        if self.isVisible():
            self._fit()

    def _offer(self, action: str, words: str) -> QWidget:
        made = button(words, size="small")
        made.clicked.connect(lambda: self._asked(action))
        flow = self._actions.layout()
        if flow is not None:
            flow.addWidget(made)
        return made

    def _asked(self, action: str) -> None:
        self.action_requested.emit(action, self.leg_id)
        self.close()

    def _fit(self) -> None:
        """Wide where that brings its buttons onto fewer lines; as tall as its lines: a wrapping label's own
        hint is far too tall."""
        column, flow = self.layout(), self._actions.layout()
        if column is not None and isinstance(flow, FlowLayout):
            column.invalidate()
            sides = column.contentsMargins()
            around = sides.left() + sides.right()
            width = max(_WIDTH, flow.line_width() + around)
            if width > _WIDEST:
                lines = [flow.heightForWidth(wide - around) for wide in (_WIDTH, _WIDEST)]
                width = _WIDEST if lines[1] < lines[0] else _WIDTH
            self.setFixedSize(width, column.totalHeightForWidth(width))

    def show_above(self, near: QWidget) -> None:
        """Open over a widget, kept on its screen."""
        self._fit()
        corner = near.mapToGlobal(QPoint(0, 0))
        screen = near.screen() or QGuiApplication.primaryScreen()
        area = screen.availableGeometry()
        x = min(max(area.left(), corner.x()), area.right() - self.width())
        y = corner.y() - self.height() - 6
        if y < area.top():
            y = corner.y() + near.height() + 6
        self.move(x, y)
        self.show()
        self._pin.setFocus(Qt.FocusReason.PopupFocusReason)

    def _asked_pin(self) -> None:
        self.pin_requested.emit(self.leg_id)
        self.close()

    def _asked_recheck(self) -> None:
        self.recheck_requested.emit(self.leg_id)
        self.close()


def _reason(status: LegStatus) -> str:
    """Why the leg is kept back, in one sentence; empty when it is not."""
    if not status.kind:
        return ""
    return wording.failure_text(status.kind, status.hint, status.code, provider=status.leg.provider.id)
