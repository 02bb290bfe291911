"""Opening addresses: ours at once, those from a model's text only after the host was shown."""

from __future__ import annotations

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QWidget

from app.i18n import tr

_OPENABLE = ("http", "https", "mailto")


def open_own(url: str) -> None:
    """Open an address that stands in our own catalogue or code."""
    QDesktopServices.openUrl(QUrl(url))


def ask_to_open(parent: QWidget, url: str) -> None:
    """Show where a link from a message leads and open it when the user agrees; never by itself."""
    from ui.ask_dialog import AskDialog

    target = QUrl(url)
    if target.scheme().lower() not in _OPENABLE:
        AskDialog(parent, tr("links.refused", scheme=target.scheme() or "?"), url[:300]).open()
        return
    box = AskDialog(parent, tr("links.ask", host=target.host() or target.path()), url[:300], tr("links.open"))
    box.accepted.connect(lambda: QDesktopServices.openUrl(target))
    box.open()
