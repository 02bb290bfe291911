"""The window's layout: sidebar, header, pages. It knows where things stand and nothing of what they do."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPoint, QSize, Qt, Signal
from PySide6.QtGui import QCloseEvent, QKeyEvent, QKeySequence, QMouseEvent, QMoveEvent
from PySide6.QtWidgets import (
    QMainWindow,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from app.i18n import tr
from ui import theme as themes
from ui.composer import Composer
from ui.desktop import place
from ui.header import Header
from ui.keys import in_force
from ui.notices import NoticeArea
from ui.sidebar import Sidebar
from ui.theme import Theme
from ui.toast import Toast

COLUMN = 760
"""The widest the transcript's column and the composer get, about 50 Chinese characters."""

_SIDEBAR, _SIDEBAR_LEAST, _SIDEBAR_MOST = 264, 200, 400
_OVERLAY_BELOW = 860
_LEAST = 640, 480
_MARGIN = 24
_FOOT = 12


class _Handle(QWidget):
    """The invisible edge by which the sidebar is widened."""

    dragged = Signal(int)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setCursor(Qt.CursorShape.SplitHCursor)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        parent = self.parentWidget()
        if parent is not None:
            self.dragged.emit(parent.mapFromGlobal(event.globalPosition().toPoint()).x())


class _Scrim(QWidget):
    """Lies over the page while the sidebar does; a click on it closes the sidebar."""

    clicked = Signal()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.clicked.emit()


class _ChatPage(QWidget):
    """Transcript over the whole width; the composer at the foot stands under the transcript's column."""

    def __init__(self, composer: Composer, header: Header, notices: NoticeArea) -> None:
        super().__init__()
        self._transcript = QWidget()
        self._over: QWidget | None = None
        self._ground = self._transcript
        self._ground.installEventFilter(self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(header)
        column.addWidget(notices)
        column.addWidget(self._transcript, 1)
        self._column = column
        self._foot = QWidget()
        self._foot_column = QVBoxLayout(self._foot)
        self._foot_column.setContentsMargins(_MARGIN, 8, _MARGIN, _FOOT)
        self._foot_column.addWidget(composer)
        column.addWidget(self._foot)

    def set_transcript(self, transcript: QWidget) -> None:
        self._ground.removeEventFilter(self)
        self._column.replaceWidget(self._transcript, transcript)
        self._transcript.hide()
        self._transcript.deleteLater()
        self._transcript = transcript
        self._ground = transcript
        self._ground.installEventFilter(self)
        self._align()

    def show_over(self, over: QWidget | None) -> None:
        """Show `over` in the transcript's place, the composer as wide as it; None shows the transcript."""
        if self._over is not None and self._over is not over:
            self._over.hide()
            self._over.removeEventFilter(self)
        if over is not None and self._column.indexOf(over) < 0:
            self._column.insertWidget(self._column.indexOf(self._transcript) + 1, over, 1)
        self._over = over
        self._transcript.setVisible(over is None)
        if over is not None:
            over.installEventFilter(self)
            over.show()
        self._align()

    def _align(self) -> None:
        ground = self._ground.width()
        column = column_width(ground)
        if self._over is not None:
            self._foot_column.setContentsMargins(20, _FOOT, 20, _FOOT)
            return
        left = max(0, self._ground.mapTo(self, QPoint(0, 0)).x() + (ground - column) // 2)
        right = max(0, self.width() - left - column)
        margins = self._foot_column.contentsMargins()
        if (margins.left(), margins.right()) != (left, right):
            self._foot_column.setContentsMargins(left, 8, right, _FOOT)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize:
            self._align()
        return False


def column_width(width: int) -> int:
    """The column's width in a page of `width`, the same as the transcript's."""
    margin = _MARGIN if width > 520 else 12
    return max(200, min(COLUMN, width - 2 * margin))


class MainWindow(QMainWindow):
    """The one window. Closing it hides it and tells `closing`; the owner then ends the program in order.

    Signals besides: `new_requested` (Ctrl+N), `settings_requested` (Ctrl+,), `palette_requested` (Ctrl+K),
    `undo_requested`, `redo_requested` (Ctrl+Z, Ctrl+Shift+Z where no text can be taken back),
    `quit_requested` (end the program, whatever closing does), `arranged` (place or sidebar changed),
    `escape_pressed` (on a page other than the chat), `page_changed(name)`. Header, sidebar and composer have
    signals of their own.
    """

    closing = Signal()
    quit_requested = Signal()
    arranged = Signal()
    new_requested = Signal()
    settings_requested = Signal()
    palette_requested = Signal()
    undo_requested = Signal()
    redo_requested = Signal()
    page_changed = Signal(str)
    escape_pressed = Signal()

    def __init__(self, theme: Theme, sidebar: Sidebar, composer: Composer) -> None:
        super().__init__()
        self.theme = theme
        self.sidebar = sidebar
        self.composer = composer
        self.header = Header(theme)
        self.notices = NoticeArea(theme)
        self._sidebar_width = _SIDEBAR
        self._sidebar_wanted = True
        self._overlay_open = False
        self._names: list[str] = []
        self.setWindowTitle(tr("window.name"))
        self.setMinimumSize(*_LEAST)
        self._room = QWidget()
        self._pages = QStackedWidget(self._room)
        sidebar.setParent(self._room)
        self._scrim = _Scrim(self._room)
        self._scrim.clicked.connect(self._close_overlay)
        self._handle = _Handle(self._room)
        self._handle.dragged.connect(self._drag)
        self._toast: Toast | None = None
        self.setCentralWidget(self._room)
        self._room.installEventFilter(self)
        self._chat = _ChatPage(composer, self.header, self.notices)
        self.add_page("chat", self._chat)
        sidebar.collapse_requested.connect(self.toggle_sidebar)
        sidebar.opened.connect(self._close_overlay)
        sidebar.new_requested.connect(self._close_overlay)
        self.header.sidebar_requested.connect(self.toggle_sidebar)
        self.header.editing_ended.connect(self._to_editor)
        self._shortcuts()
        self.resize(1120, 760)

    # pages

    def use_details(self) -> None:
        """Have check boxes and their like drawn our way, before the first page that has any is built."""
        if not themes.has_details():
            themes.apply_details(self.theme)

    def set_transcript(self, transcript: QWidget) -> None:
        """Put the transcript in its place; until then the place is empty, so that the window opens sooner."""
        self._chat.set_transcript(transcript)

    def show_over(self, over: QWidget | None) -> None:
        """Show a view in the transcript's place; None shows the transcript again."""
        self._chat.show_over(over)

    @property
    def stack(self) -> QStackedWidget:
        """What the pages stand in."""
        return self._pages

    def add_page(self, name: str, page: QWidget) -> None:
        """Add a page; `chat` is there from the start."""
        self._names.append(name)
        self._pages.addWidget(page)

    def has_page(self, name: str) -> bool:
        """Whether a page was added (pages other than the chat are built when first shown)."""
        return name in self._names

    def show_page(self, name: str) -> None:
        """Show a page; the sidebar belongs to the chat and hides beside the others."""
        self._pages.setCurrentIndex(self._names.index(name))
        self._overlay_open = False
        self._place()
        self.page_changed.emit(name)
        if name == "chat":
            self.composer.setFocus(Qt.FocusReason.OtherFocusReason)

    def page(self) -> str:
        """The name of the page that is shown."""
        return self._names[self._pages.currentIndex()]

    # the sidebar

    def toggle_sidebar(self) -> None:
        """Show or hide the sidebar; in a narrow window it lies over the page."""
        if self._narrow():
            self._overlay_open = not self._overlay_open
        else:
            self._sidebar_wanted = not self._sidebar_wanted
        self._place()
        self.arranged.emit()

    def sidebar_shown(self) -> bool:
        """Whether the sidebar can be seen."""
        return self.page() == "chat" and (self._overlay_open if self._narrow() else self._sidebar_wanted)

    def focus_search(self) -> None:
        """Bring the search field to the user, wherever it is."""
        if self.page() != "chat":
            self.show_page("chat")
        if not self.sidebar_shown():
            self.toggle_sidebar()
        self.sidebar.focus_search()

    def _narrow(self) -> bool:
        return self.width() < _OVERLAY_BELOW

    def _close_overlay(self) -> None:
        if self._overlay_open:
            self._overlay_open = False
            self._place()

    def _drag(self, x: int) -> None:
        self._sidebar_width = min(_SIDEBAR_MOST, max(_SIDEBAR_LEAST, x))
        self._place()
        self.arranged.emit()

    def _place(self) -> None:
        width, height = self._room.width(), self._room.height()
        shown = self.sidebar_shown()
        side = min(self._sidebar_width, width - 80)
        left = side if shown and not self._narrow() else 0
        self._pages.setGeometry(left, 0, width - left, height)
        self.sidebar.setGeometry(0, 0, side, height)
        self._handle.setGeometry(side - 3, 0, 6, height)
        self.sidebar.setVisible(shown)
        self._handle.setVisible(shown and not self._narrow())
        self.header.set_sidebar_shown(shown)
        self._scrim.setGeometry(0, 0, width, height)
        self._scrim.setVisible(shown and self._narrow())
        if shown:
            self._scrim.raise_()
            self.sidebar.raise_()
            self._handle.raise_()

    @property
    def room(self) -> QWidget:
        """The ground of everything in the window, for what lies over it."""
        return self._room

    # titles and bars

    @property
    def toast(self) -> Toast:
        """The bar for what was just done; made when first used."""
        if self._toast is None:
            self._toast = Toast(self.theme, self._pages, self._toast_lift)
            self._toast.stay_above(self.composer)
        return self._toast

    def _toast_lift(self) -> int:
        return self.composer.height() + _FOOT + 12 if self.page() == "chat" else 24

    def set_title(self, title: str, *, editable: bool = True) -> None:
        """Show the open conversation's title in the header and the window's frame."""
        self.header.set_title(title, editable=editable)
        name = tr("window.name")
        self.setWindowTitle(f"{title} · {name}" if title else name)

    def set_practice(self, practice: bool) -> None:
        """Show or hide the bar that says that this is practice."""
        if practice:
            self.notices.put("practice", tr("window.practice"))
        else:
            self.notices.clear("practice")
        self.composer.strip.set_practice(practice)

    # geometry

    def save_geometry(self) -> str:
        """Size, place and sidebar as text for the state file."""
        return f"{self._sidebar_width} {int(self._sidebar_wanted)} {place.place_of(self).written()}"

    def restore_geometry(self, saved: str) -> bool:
        """Take up what `save_geometry` gave; when it is not that, False, and only a window too large for its
        screen changes."""
        try:
            width, wanted, text = saved.split(" ")
            side = int(width)
        except ValueError:
            text, side, wanted = "", 0, ""
        found = place.read(text) or place.read_old(self, text)
        if found is None:
            place.put_first(self, QSize(*_LEAST))
            return False
        place.put(self, found, QSize(*_LEAST))
        self._sidebar_width = min(_SIDEBAR_MOST, max(_SIDEBAR_LEAST, side))
        self._sidebar_wanted = wanted == "1"
        self._place()
        return True

    # events

    def _shortcuts(self) -> None:
        for action, act in (
            ("new", self.new_requested.emit),
            ("palette", self.palette_requested.emit),
            ("search", self.focus_search),
            ("settings", self.settings_requested.emit),
            ("rename", self._rename),
            ("sidebar", self.toggle_sidebar),
            ("editor", self._to_editor),
        ):
            in_force.shortcut(action, self, act)

    def _rename(self) -> None:
        """F2 in the list edits the row under the keyboard, elsewhere the title of the open conversation."""
        if self.sidebar.list.hasFocus():
            self.sidebar.list.edit_current()
        elif self.page() == "chat":
            self.header.edit_title()

    def _to_editor(self) -> None:
        if self.page() != "chat":
            self.show_page("chat")
        self.composer.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and watched is self._room:
            self._overlay_open = self._overlay_open and self._narrow()
            self._place()
            self.arranged.emit()
        return False

    def moveEvent(self, event: QMoveEvent) -> None:
        super().moveEvent(event)
        self.arranged.emit()

    def focusNextPrevChild(self, forward: bool) -> bool:
        from ui import tabbing  # needed only once Tab is pressed

        return tabbing.move(self, forward=forward) or super().focusNextPrevChild(forward)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Undo):
            # Not a shortcut: the key comes here only when nothing that has the keyboard wanted it.
            self.undo_requested.emit()
        elif event.matches(QKeySequence.StandardKey.Redo):
            self.redo_requested.emit()
        elif event.key() != Qt.Key.Key_Escape:
            super().keyPressEvent(event)
        elif self._overlay_open:
            self._close_overlay()
        elif self.page() != "chat":
            self.escape_pressed.emit()

    def closeEvent(self, event: QCloseEvent) -> None:
        event.ignore()
        self.hide()
        self.closing.emit()
