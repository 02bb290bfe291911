"""The menu of the legs the relay strip has no room for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QMenu, QWidget

from ui.leg_button import LegButton
from ui.marks import mark_icon
from ui.theme import Theme

if TYPE_CHECKING:
    from app.relay.status import LegStatus


def show_more(
    legs: Sequence[LegButton], now: float, theme: Theme, near: QWidget, chosen: Callable[[LegStatus], None]
) -> None:
    """Offer the hidden ones of these legs above `near`, as they stand at `now` (epoch seconds)."""
    menu = QMenu(near)
    menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    for leg in legs:
        status = leg.status
        if status is None or not leg.isHidden():
            continue
        # The strip's clock stands still when none of those it shows has a countdown.
        leg.update_time(now)
        action = menu.addAction(mark_icon(leg.state, theme, leg.share), f"{leg.name}\t{leg.words}")
        action.triggered.connect(lambda _=False, s=status: chosen(s))
    # Upwards: the strip stands at the window's foot.
    size, corner = menu.sizeHint(), near.mapToGlobal(near.rect().topRight())
    menu.popup(QPoint(max(0, corner.x() - size.width()), max(0, corner.y() - size.height() - 4)))
