"""What is said besides the text: finished answers to screen readers, a link's host to everyone."""

from __future__ import annotations

from html import escape
from urllib.parse import urlsplit

from PySide6.QtGui import QAccessible, QCursor
from PySide6.QtWidgets import QToolTip, QWidget

from app.i18n import tr
from app.store.records import Message

try:  # Qt 6.8 and later
    from PySide6.QtGui import QAccessibleAnnouncementEvent
except ImportError:
    QAccessibleAnnouncementEvent = None

_LONGEST = 300


def announce(widget: QWidget, message: Message) -> None:
    """Tell a screen reader, when one listens, that an answer is complete."""
    if QAccessibleAnnouncementEvent is None or not QAccessible.isActive():
        return
    text = message.text if len(message.text) <= _LONGEST else message.text[:_LONGEST] + "…"
    key = "transcript.answered" if message.status == "done" else "transcript.not_answered"
    QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(widget, tr(key, text=text)))


def show_target(widget: QWidget, url: str) -> None:
    """Show where a link leads, host first, or hide that again."""
    if not url:
        QToolTip.hideText()
        return
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        host = ""
    shown = url if len(url) <= 120 else url[:119] + "…"
    text = f"<b>{escape(host)}</b><br>{escape(shown)}" if host else escape(shown)
    QToolTip.showText(QCursor.pos(), f"<p>{text}</p>", widget)
