"""The relay strip: the chain's legs side by side, the running one lit; a baton pass slides the light."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPainterPath, QPaintEvent, QPen, QPolygonF, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.clock import Clock
from app.i18n import tr
from app.policy import Spend
from ui.controls import button
from ui.hairlines import rule
from ui.leg_button import CHEVRON, LegButton
from ui.lettering import draw_line
from ui.sidebar import spend_word
from ui.strip_drag import LegDrag
from ui.strip_light import Light
from ui.strip_more import show_more
from ui.strip_room import MORE, even_places, narrow_places
from ui.theme import Theme

if TYPE_CHECKING:
    from app.relay.status import LegStatus
    from ui.leg_facts import LegFacts
    from ui.leg_popover import LegPopover

FULL, NARROW = 44, 28
_LEAST_FULL = 132


class RelayStrip(QWidget):
    """The instrument above the editor. Arrow keys move between legs, Enter or a click opens a leg's details.

    Signals: `recheck_requested(leg_id)`, `pin_requested(leg_id)` (asked again for the pinned leg: unpin),
    `action_requested(action, leg_id)` for what `facts` offered,
    `spend_requested`, `move_requested(leg_id, places)` (Alt and arrow, or dragged), `keys_requested` (the
    chain is empty), `expired` (a countdown reached zero, the states are worth reading again).
    """

    recheck_requested = Signal(str)
    pin_requested = Signal(str)
    action_requested = Signal(str, str)
    spend_requested = Signal()
    move_requested = Signal(str, int)
    keys_requested = Signal()
    expired = Signal()

    def __init__(self, theme: Theme, clock: Clock, *, reduced_motion: bool = False) -> None:
        super().__init__()
        self._theme = theme
        self._clock = clock
        self._legs: list[LegButton] = []
        self._running: str | None = None
        self._pinned: str | None = None
        self._spend_word = ""
        self._remainders: Mapping[str, str] = {}
        self._low: Collection[str] = ()
        self.facts: Callable[[LegStatus], LegFacts] | None = None
        self._practice = False
        self._narrow = False
        self._drag = LegDrag(lambda: self._legs, lambda: not self._practice, self)
        self._drag.moved.connect(self.move_requested)
        self._drag.changed.connect(self.update)
        self._light = Light(self)
        self._light.moved.connect(self.update)
        self._reduced_motion = reduced_motion
        self._popover: LegPopover | None = None
        self._tick = QTimer(self)
        self._tick.setSingleShot(True)
        self._tick.setInterval(1000)
        self._tick.timeout.connect(self._second)
        self.spend_button = button("", "flat", "shield-check", trailing="chevron-down")
        self.spend_button.setFont(theme.font("caption"))
        self.spend_button.icon_token = "accent"
        self.spend_button.clicked.connect(self.spend_requested)
        self._more = button("", "flat")
        self._more.setFont(theme.font("caption"))
        self._more.clicked.connect(self._show_more)
        self._add = button(tr("strip.add_key"), "link", "key")
        self._add.setFont(theme.font("caption"))
        self._add.clicked.connect(self.keys_requested)
        for child in (self.spend_button, self._more, self._add):
            child.setParent(self)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(FULL)
        self.setAccessibleName(tr("strip.name"))
        self.set_spend("never")

    # what the owner calls

    def set_legs(self, legs: Sequence[LegStatus]) -> None:
        """Show these legs in this order; cheap enough to be called for every change of a state."""
        same = [b.leg_id for b in self._legs] == [s.leg.id for s in legs]
        focused = next((leg.leg_id for leg in self._legs if leg.hasFocus()), "")
        while len(self._legs) > len(legs):
            self._legs.pop().deleteLater()
        while len(self._legs) < len(legs):
            made = LegButton(self._theme, self)
            made.clicked.connect(self._clicked)
            self._drag.watch(made)
            made.show()
            self._legs.append(made)
        now = self._clock.now()
        for n, (leg, status) in enumerate(zip(self._legs, legs, strict=True)):
            leg.set_status(n, status, now)
        self._tell_legs()
        if not same:
            self._arrange()
            self._keep_focus(focused)
        if self._popover is not None and self._popover.isVisible():
            status = next((b.status for b in self._legs if b.leg_id == self._popover.leg_id), None)
            if status is not None:
                self._fill_popover(self._popover, status)
        self.update()

    def set_running(self, leg_id: str | None) -> None:
        """Light the leg that holds the baton; None = nobody is answering."""
        if leg_id == self._running:
            return
        had_light = self._running is not None and self._light.rect.isValid()
        self._running = leg_id
        self._tell_legs()
        if self._narrow:
            self._arrange()
        self._move_light(slide=had_light and leg_id is not None)
        self.update()

    def set_remainders(self, words: Mapping[str, str], low: Collection[str] = ()) -> None:
        """What is left of each leg's quota in words, e.g. `剩 86.3 万`, or what the spend guard does with it.
        Legs not named show their state; in `low` are the legs that have little left."""
        self._remainders, self._low = dict(words), low
        self._tell_legs()

    def set_pinned(self, leg_id: str | None) -> None:
        """Mark the one leg this conversation is bound to."""
        self._pinned = leg_id
        self._tell_legs()

    def set_spend(self, spend: Spend, *, here: bool = False) -> None:
        """Show the spend guard's setting at the right end; `here` = in this conversation only."""
        word = spend_word(spend)
        self.spend_button.icon_token = "cool" if spend == "allow" else "accent"
        self.spend_button.ink_token = "cool" if spend == "allow" else None
        self._spend_word = word
        tip = tr("spend.tip_here" if here else "sidebar.spend.tip", word=word)
        self.spend_button.setToolTip(tip)
        self.spend_button.setAccessibleName(tip)
        self._arrange()

    def set_practice(self, practice: bool) -> None:
        """Say in place of the spend guard that this is the practice relay."""
        self._practice = practice
        self._arrange()

    def set_reduced_motion(self, reduced: bool) -> None:
        """With True the light jumps instead of sliding."""
        self._reduced_motion = reduced

    # layout

    def _tell_legs(self) -> None:
        for leg in self._legs:
            leg.set_extra(
                running=leg.leg_id == self._running,
                pinned=leg.leg_id == self._pinned,
                remainder=self._remainders.get(leg.leg_id, ""),
                low=leg.leg_id in self._low,
            )

    def _right_width(self) -> int:
        """Width of the right end, which it takes before the legs get theirs."""
        if self._practice:
            return self.spend_button.fontMetrics().horizontalAdvance(tr("strip.practice")) + 28
        full = self.spend_button.sizeHint().width() + 8
        return full if self.width() >= 420 else 36

    def _arrange(self) -> None:
        width = self.width()
        text = self._spend_word if width >= 420 else ""
        self.spend_button.setText(text)
        self.spend_button.trailing = "chevron-down" if text else None
        right = self._right_width()
        self.spend_button.setVisible(not self._practice)
        self._add.setVisible(not self._legs)
        room = max(0, width - right)
        count = len(self._legs)
        self._narrow = count > 0 and room / count < _LEAST_FULL
        height = NARROW if self._narrow else FULL
        if self.height() != height:
            self.setFixedHeight(height)
        places = self._places(room)
        for n, leg in enumerate(self._legs):
            leg.setVisible(n in places)
            leg.narrow = self._narrow
            if n in places:
                left, end = places[n]
                leg.setGeometry(left, 0, end - left, height)
        hidden = count - len(places)
        self._more.setVisible(hidden > 0)
        self._more.setText(f"+{hidden}")
        self._more.setAccessibleName(tr("strip.more", n=hidden))
        self._more.setGeometry(room - MORE + 1, 1, MORE - 1, height - 2)
        inset = min(4, (height - 28) // 2)
        self.spend_button.setGeometry(width - right + 4, inset, right - 8, height - 1 - 2 * inset)
        self._add.setGeometry(14, 6, self._add.sizeHint().width(), height - 12)
        self._rove()
        self._move_light(slide=False)
        self.update()

    def _places(self, room: int) -> dict[int, tuple[int, int]]:
        """Where the legs stand that there is room for, always with the running one: left and right end."""
        if not self._narrow:
            return dict(enumerate(even_places(len(self._legs), room)))
        kept = next((n for n, leg in enumerate(self._legs) if leg.leg_id == self._running), 0)
        placed = narrow_places([leg.narrow_width() for leg in self._legs], room, kept)
        return {n: (left, end) for n, left, end in placed}

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def sizeHint(self) -> QSize:
        return QSize(400, self.height())

    # the light

    def _move_light(self, *, slide: bool) -> None:
        target = next((leg for leg in self._legs if leg.leg_id == self._running and not leg.isHidden()), None)
        to = QRectF(target.geometry()) if target is not None else QRectF()
        self._light.go(to, slide=slide and not self._reduced_motion, visible=self.isVisible())

    # painting

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        width, height = self.width(), self.height()
        frame = QPainterPath()
        frame.addRoundedRect(QRectF(0, 0, width, height + 20), 9, 9)
        painter.setClipPath(frame)
        painter.fillRect(self.rect(), theme.color("bg-side"))
        hovered = next((leg for leg in self._legs if leg.underMouse() and not leg.isHidden()), None)
        if hovered is not None:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.color("bg-hover"))
            painter.drawPolygon(self._shape(QRectF(hovered.geometry())))
        if self._light.rect.isValid():
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.color("accent-tint"))
            painter.drawPolygon(self._shape(self._light.rect))
        self._paint_lines(painter)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        rule(painter, 0, height - 1, width, 1, theme.color("line"))
        if self._light.rect.isValid():
            painter.fillRect(self._light.rect.adjusted(1, height - 2, 0, 0), theme.color("accent"))
        if self._practice:
            painter.setFont(theme.font("caption"))
            painter.setPen(theme.color("info"))
            where = self.rect().adjusted(width - self._right_width(), 0, 0, -1)
            draw_line(painter, where, tr("strip.practice"), "centre")
        self._drag.paint(painter, theme, height)
        self._keep_ticking()

    def _shape(self, rect: QRectF) -> QPolygonF:
        """A leg's outline: notched at the left, pointed at the right; ends of the strip are straight."""
        left, right, height = rect.left(), rect.right(), float(self.height())
        depth = 0.0 if self._narrow else float(CHEVRON)
        notch = depth if left > 1 else 0.0
        point = depth if right < self._legs_end() - 1 else 0.0
        middle = height / 2
        return QPolygonF(
            [
                QPointF(left, 0),
                QPointF(right, 0),
                QPointF(right + point, middle),
                QPointF(right, height),
                QPointF(left, height),
                QPointF(left + notch, middle),
            ]
        )

    def _legs_end(self) -> int:
        return max((leg.geometry().right() + 1 for leg in self._legs if not leg.isHidden()), default=0)

    def _paint_lines(self, painter: QPainter) -> None:
        painter.setPen(QPen(self._theme.color("line-strong"), 1))
        height = float(self.height())
        end = self._legs_end()
        for leg in self._legs:
            x = leg.geometry().right() + 1
            if leg.isHidden() or x >= end:
                continue
            if self._narrow:
                painter.drawLine(QPointF(x + 0.5, 0), QPointF(x + 0.5, height))
            else:
                points = [QPointF(x, 0), QPointF(x + CHEVRON, height / 2), QPointF(x, height)]
                painter.drawPolyline(QPolygonF(points))
        painter.setPen(QPen(self._theme.color("line"), 1))
        for x in {end, self.width() - self._right_width()} - {0}:
            painter.drawLine(QPointF(x + 0.5, 0), QPointF(x + 0.5, height))

    # time

    def _keep_ticking(self) -> None:
        """Run the clock only from paint to paint: a hidden or minimised window is not painted."""
        opened = self._popover.leg_id if self._popover is not None else ""
        shown = (leg for leg in self._legs if not leg.isHidden() or leg.leg_id == opened)
        if any(leg.counting for leg in shown) and not self._tick.isActive():
            self._tick.start()

    def _second(self) -> None:
        now = self._clock.now()
        over = [leg for leg in self._legs if leg.counting and leg.update_time(now)]
        if self._popover is not None:
            self._popover.update_time(now)
        if over:
            self.expired.emit()
        self.update()

    # keyboard and mouse

    def _rove(self) -> None:
        """One leg is in the Tab order; arrow keys reach the others."""
        shown = [leg for leg in self._legs if not leg.isHidden()]
        holder = next((leg for leg in shown if leg.hasFocus()), shown[0] if shown else None)
        for leg in self._legs:
            tab = Qt.FocusPolicy.StrongFocus if leg is holder else Qt.FocusPolicy.ClickFocus
            leg.setFocusPolicy(tab)

    def _keep_focus(self, leg_id: str) -> None:
        """The keyboard goes with a leg that stands elsewhere now."""
        moved = next((leg for leg in self._legs if leg.leg_id == leg_id and not leg.isHidden()), None)
        if leg_id and moved is not None and not moved.hasFocus():
            moved.setFocus(Qt.FocusReason.OtherFocusReason)
            self._rove()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()))
        focused = next((leg for leg in self._legs if leg.hasFocus()), None)
        if step is None or focused is None:
            super().keyPressEvent(event)
            return
        if event.modifiers() & Qt.KeyboardModifier.AltModifier:
            self.move_requested.emit(focused.leg_id, step)
            return
        shown = [leg for leg in self._legs if not leg.isHidden()]
        at = shown.index(focused) + step
        if 0 <= at < len(shown):
            self.window().setAttribute(Qt.WidgetAttribute.WA_KeyboardFocusChange)
            shown[at].setFocus(Qt.FocusReason.TabFocusReason)
            self._rove()

    def _clicked(self) -> None:
        sender = self.sender()
        if isinstance(sender, LegButton) and sender.status is not None:
            self._open(sender.status, sender)

    def _open(self, status: LegStatus, near: QWidget) -> None:
        from ui.leg_popover import LegPopover

        popover = LegPopover(self._theme, self)
        popover.recheck_requested.connect(self.recheck_requested)
        popover.pin_requested.connect(self.pin_requested)
        popover.action_requested.connect(self.action_requested)
        self._fill_popover(popover, status)
        self._popover = popover
        popover.destroyed.connect(self._popover_gone)
        popover.show_above(near)
        self._keep_ticking()

    def _fill_popover(self, popover: LegPopover, status: LegStatus) -> None:
        leg = status.leg.id
        left = self._remainders.get(leg, "")
        popover.set_status(status, self._clock.now(), pinned=self._pinned == leg, remainder=left)
        if self.facts is not None:
            popover.set_facts(self.facts(status))

    def _popover_gone(self) -> None:
        self._popover = None

    def _show_more(self) -> None:
        show_more(
            self._legs, self._clock.now(), self._theme, self._more, lambda leg: self._open(leg, self._more)
        )

    @property
    def legs(self) -> Sequence[LegButton]:
        """The legs' buttons in order, for tests and screen readers."""
        return tuple(self._legs)
