"""What shows only under the pointer or after a click: hints, menus, lists that drop down, questions."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QCursor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QMenu, QToolTip, QWidget

from tests.screens import troubled
from tests.screens.stage import Stage
from ui.transcript.vendor_words import VendorWords


def _point(widget: QWidget, at: QPoint | None = None) -> None:
    """Move the pointer there."""
    QCursor.setPos(widget.mapToGlobal(at if at is not None else widget.rect().center()))


async def _in_menu(stage: Stage) -> QMenu:
    await stage.until(lambda: isinstance(QApplication.activePopupWidget(), QMenu))
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    return menu


def _down(menu: QMenu, times: int) -> None:
    """Choose a row; keys go to an open menu whatever has the focus."""
    for _ in range(times):
        QTest.keyClick(menu, Qt.Key.Key_Down)


async def hint(stage: Stage) -> None:
    """The tooltip of a button that has an icon alone."""
    button = stage.window.sidebar.hide_button
    _point(button, QPoint(3, 3))
    await stage.still()
    _point(button)
    await stage.until(QToolTip.isVisible)


async def leg_hint(stage: Stage) -> None:
    """The tooltip of a leg, several lines long."""
    await stage.until(lambda: stage.wiring.transcript.window_.rows)
    leg = stage.window.composer.strip.legs[0]
    _point(leg, QPoint(9, 9))
    await stage.still()
    _point(leg)
    await stage.until(QToolTip.isVisible)


async def hovered_row(stage: Stage) -> None:
    """A row of the list under the pointer, and a button held down."""
    rows = stage.window.sidebar.list
    await stage.until(stage.window.sidebar.model.conversations)
    index = rows.model().index(5, 0)
    _point(rows.viewport(), rows.visualRect(index).center() - QPoint(4, 0))
    await stage.still()
    _point(rows.viewport(), rows.visualRect(index).center())
    QTest.mousePress(stage.window.sidebar.new_button, Qt.MouseButton.LeftButton)


async def row_menu(stage: Stage) -> None:
    """The menu of a conversation, with a row chosen."""
    rows = stage.window.sidebar.list
    await stage.until(stage.window.sidebar.model.conversations)
    rows.customContextMenuRequested.emit(rows.visualRect(rows.model().index(4, 0)).center())
    _down(await _in_menu(stage), 2)


async def more_menu(stage: Stage) -> None:
    """What is behind the dots of the header."""
    await stage.until(lambda: stage.wiring.transcript.window_.rows)
    stage.press(stage.window.header.more_button)
    _down(await _in_menu(stage), 1)


async def spend_menu(stage: Stage) -> None:
    """The guard's three settings, over the strip."""
    stage.press(stage.window.composer.strip.spend_button)
    _down(await _in_menu(stage), 1)


async def tray(stage: Stage) -> None:
    """The menu of the icon in the tray, as we build it; a desktop may draw it its own way."""
    from ui.desktop.tray import Tray

    stage.window.tray = Tray()  # type: ignore[attr-defined]
    menu: QMenu = stage.window.tray._menu  # type: ignore[attr-defined]
    menu.popup(stage.window.mapToGlobal(QPoint(640, 300)))
    _down(menu, 1)


async def dropped(stage: Stage) -> None:
    """A list dropped down, a row of it chosen."""
    page = await stage.settings("appearance")
    combo = next(one for one in page.findChildren(QComboBox) if one.isVisible())
    combo.showPopup()
    await stage.still()
    stage.keys("Down", "Down")


async def link(stage: Stage) -> None:
    """Where a link from a message leads, asked before it is opened."""
    from ui.links import ask_to_open

    await stage.until(lambda: stage.wiring.transcript.window_.rows)
    ask_to_open(stage.window, "https://xn--fiqs8s.example.org/jieli/very/long/path?with=a&few=words")


async def failures(stage: Stage) -> None:
    """Six failed turns at once, the last one's own words unfolded."""
    await stage.until(lambda: stage.wiring.transcript.window_.rows)
    stage.window.resize(*troubled.TALL)
    await stage.still()
    words = [one for one in stage.wiring.transcript.findChildren(VendorWords) if one.isVisible()]
    stage.press(words[0].head)
    await stage.still()
    stage.wiring.transcript.setFocus()
    stage.keys("Home")


async def narrow(stage: Stage) -> None:
    """A comparison in a window of 900 pixels."""
    stage.window.resize(900, 700)
    await stage.still()


async def passphrase(stage: Stage) -> None:
    """A backup that is to be encrypted, the two passphrases not the same, another one to be opened."""
    from ui.settings.data_backup import BackupCard

    page = await stage.settings("data")
    card = page.findChild(BackupCard)
    assert card is not None
    card.encrypt.click()
    card.first.setText("x" * 9)
    card.second.setText("y" * 9)
    stage.press(card.make)
    card.ask_passphrase(True)
    for _ in range(2):
        await stage.show(card)


async def nothing_found(stage: Stage) -> None:
    """A search that finds nothing, in the list and in the palette's place."""
    stage.keys("Ctrl+Shift+F")
    stage.write("zzqx")


async def no_setting(stage: Stage) -> None:
    """No setting of that name."""
    page = await stage.settings("providers")
    stage.keys("Ctrl+F")
    assert page.search is not None
    page.search.finder.field.insert("zzqx")
    await stage.until(lambda: stage.wiring.pages.index.complete)


async def empty_bin(stage: Stage) -> None:
    """Nothing was deleted."""
    stage.wiring.pages.bin.show()
    await stage.still()


async def locked(stage: Stage) -> None:
    """The keyring is there but locked."""
    from app.errors import KnownError
    from app.storage_words import storage_report
    from ui.settings.key_storage import KeyCounts

    page = await stage.settings("storage")
    section: Any = page.section("storage")
    section.show_report(
        storage_report(KnownError("keys.locked", keyring="GNOME Keyring")), KeyCounts(3, 0, 0)
    )


async def full_disk(stage: Stage) -> None:
    """What is said while the disk has no room."""
    from app.errors import KnownError

    await stage.until(lambda: stage.wiring.transcript.window_.rows)
    stage.shell.tell(KnownError("store.disk_full", path="/home/lin/.local/share/jieli/jieli.db"))


ACTS = {
    "failures": failures,
    "failures-more": failures,
    "compare-two": narrow,
    "compare-three": narrow,
    "compare-four": narrow,
    "hint": hint,
    "hint-leg": leg_hint,
    "hover": hovered_row,
    "menu-row": row_menu,
    "menu-more": more_menu,
    "menu-spend": spend_menu,
    "menu-tray": tray,
    "menu-list": dropped,
    "link": link,
    "backup-passphrase": passphrase,
    "search-none": nothing_found,
    "settings-find-none": no_setting,
    "bin-empty": empty_bin,
    "settings-storage-locked": locked,
    "disk-full": full_disk,
}
