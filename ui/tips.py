"""Tooltips of rows: what a row shows whole already is not said again."""

from __future__ import annotations

from html import escape

from PySide6.QtCore import QModelIndex, QPersistentModelIndex
from PySide6.QtGui import QFont, QFontMetrics, QHelpEvent
from PySide6.QtWidgets import QAbstractItemView, QToolTip


def fits(text: str, font: QFont, room: int) -> bool:
    """Whether a line of text is shown whole in so many pixels."""
    return QFontMetrics(font).horizontalAdvance(text) <= room


def tell(
    event: QHelpEvent, view: QAbstractItemView, index: QModelIndex | QPersistentModelIndex, text: str
) -> bool:
    """Show this over a row, or nothing when it is empty. It is text: what looks like HTML stays as it is."""
    said = f"<p style='margin:0;white-space:pre-wrap'>{escape(text)}</p>" if text else ""
    QToolTip.showText(event.globalPos(), said, view, view.visualRect(index))
    return True
