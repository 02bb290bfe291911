"""A filled settings page, and what the tests do with it."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QLabel, QLineEdit, QWidget

from app.settings import Settings
from tests.ui.settings import samples
from ui.settings.page import SettingsPage
from ui.settings.sections import RelaySection
from ui.settings.values import Folder, Licence
from ui.theme import Theme


def build(theme: Theme, qtbot, size: tuple[int, int] = (1280, 820)) -> SettingsPage:
    page = SettingsPage(theme)
    qtbot.addWidget(page)
    page.set_settings(Settings())
    page.set_providers(samples.views())
    page.fill("relay", _chain)
    page.set_storage_state("keyring", "GNOME Keyring")
    page.set_folders(
        [Folder("对话与设置", "/home/li/.local/share/jieli"), Folder("日志", "C:\\Users\\li\\logs")]
    )
    page.set_about("0.1.0", lambda: [Licence("PySide6", "6.11", "LGPL-3.0")])
    page.resize(*size)
    with qtbot.waitActive(page):
        page.show()
        page.activateWindow()
    return page


def _chain(relay: RelaySection) -> None:
    relay.picker.show_chains((), "")
    relay.resting.show_resting(())
    relay.chain.show_chain(samples.entries(), samples.choices(), automatic=False)


def heard(signal) -> list[tuple[object, ...]]:
    told: list[tuple[object, ...]] = []
    signal.connect(lambda *args: told.append(args))
    return told


def texts(widget: QWidget) -> list[str]:
    """Everything written in a widget, hidden parts too."""
    return [
        w.text() for w in widget.findChildren(QWidget) if isinstance(w, QLabel | QAbstractButton | QLineEdit)
    ]


def press(widget: QWidget, text: str, kind: type[QAbstractButton] = QAbstractButton) -> None:
    """Click the visible button of that text."""
    found = [b for b in widget.findChildren(kind) if b.text() == text and b.isVisibleTo(widget)]
    assert len(found) == 1, [b.text() for b in widget.findChildren(kind)]
    QTest.mouseClick(found[0], Qt.MouseButton.LeftButton, pos=QPoint(8, found[0].height() // 2))
