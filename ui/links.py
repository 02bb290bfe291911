"""Opening addresses: ours at once, those from a model's text only after the host was shown."""

from __future__ import annotations

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QMessageBox, QWidget

from app.i18n import tr

_OPENABLE = ("http", "https", "mailto")


def open_own(url: str) -> None:
    """Open an address that stands in our own catalogue or code."""
    QDesktopServices.openUrl(QUrl(url))


def ask_to_open(parent: QWidget, url: str) -> None:
    """Show where a link from a message leads and open it when the user agrees; never by itself."""
    target = QUrl(url)
    box = QMessageBox(parent)
    box.setWindowModality(box.windowModality().WindowModal)
    if target.scheme().lower() not in _OPENABLE:
        box.setText(tr("links.refused", scheme=target.scheme() or "?"))
        box.setInformativeText(url[:300])
    else:
        box.setText(tr("links.ask", host=target.host() or target.path()))
        box.setInformativeText(url[:300])
        go = box.addButton(tr("links.open"), QMessageBox.ButtonRole.AcceptRole)
        go.clicked.connect(lambda: QDesktopServices.openUrl(target))
    box.addButton(tr("links.cancel"), QMessageBox.ButtonRole.RejectRole)
    box.finished.connect(box.deleteLater)
    box.open()
