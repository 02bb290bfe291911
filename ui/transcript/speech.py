"""What is said besides the text: finished answers to screen readers, a link's host to everyone."""

from __future__ import annotations

from html import escape
from urllib.parse import urlsplit

from PySide6.QtGui import QCursor
from PySide6.QtWidgets import QToolTip, QWidget

from app.i18n import tr
from app.store.records import Message
from ui.spoken import say

_LONGEST = 300


def announce(widget: QWidget, message: Message) -> None:
    """Tell a screen reader, when one listens, that an answer is complete."""
    text = message.text if len(message.text) <= _LONGEST else message.text[:_LONGEST] + "…"
    key = "transcript.answered" if message.status == "done" else "transcript.not_answered"
    say(widget, tr(key, text=text), at_once=message.status != "done")


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
