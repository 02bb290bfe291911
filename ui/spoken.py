"""Says to screen readers what appears where the keyboard is not: notices, what was done, what failed."""

from __future__ import annotations

from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QWidget

try:  # Qt 6.8 and later
    from PySide6.QtGui import QAccessibleAnnouncementEvent
except ImportError:
    QAccessibleAnnouncementEvent = None


def say(widget: QWidget, text: str, *, at_once: bool = False) -> None:
    """Have a screen reader, when one listens, say a text; `at_once` = before it ends what it is saying."""
    if QAccessibleAnnouncementEvent is None or not text or not QAccessible.isActive():
        return
    event = QAccessibleAnnouncementEvent(widget, text)
    if at_once:
        event.setPoliteness(QAccessible.AnnouncementPoliteness.Assertive)
    QAccessible.updateAccessibility(event)
