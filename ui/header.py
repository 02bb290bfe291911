"""The bar over the transcript: the title (editable), the chain's name, and buttons."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPoint, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QMenu, QSizePolicy, QWidget

from app.i18n import tr
from ui.controls import Button, button, icon_button
from ui.hairlines import rule
from ui.keys import in_force
from ui.lettering import draw_line
from ui.theme import Theme

HEIGHT = 44
_LEAST = 96
"""A button that names something keeps so much, in px."""
_TITLE = 120
"""Px of the title that buttons which name something give way for."""


class _Title(QWidget):
    """The title, elided; a double click asks for editing."""

    edit_requested = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.text = ""
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(28)
        self._whole = 0

    def set_text(self, text: str) -> None:
        self.text = text
        self.setAccessibleName(text)
        font = self._theme.font("header")
        self.setFont(font)
        self._whole = self.fontMetrics().horizontalAdvance(text) + 2
        self.setMinimumWidth(min(40, self._whole))
        self.setMaximumWidth(self._whole)
        self.setToolTip(text if self.width() < self._whole else "")
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        # It grows beyond this before anything else does: what stands beside it is said whole first.
        return QSize(min(_TITLE, self._whole), 28)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.setToolTip(self.text if self.width() < self._whole else "")

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.edit_requested.emit()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setFont(self._theme.font("header"))
        painter.setPen(self._theme.color("ink"))
        text = painter.fontMetrics().elidedText(self.text, Qt.TextElideMode.ElideRight, self.width())
        draw_line(painter, self.rect(), text)


class Header(QWidget):
    """44 px over the transcript. The more-button shows `menu`, and only while that has actions.

    Signals: `title_edited(text)`, `editing_ended` (the keyboard needs a new place),
    `chain_requested`, `compare_requested`, `assistant_requested`, `sidebar_requested`, `new_requested`.
    """

    title_edited = Signal(str)
    editing_ended = Signal()
    chain_requested = Signal()
    assistant_requested = Signal()
    compare_requested = Signal()
    sidebar_requested = Signal()
    new_requested = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._editable = False
        self._menu: QMenu | None = None
        self._edit: QLineEdit | None = None
        self.sidebar_button = icon_button("sidebar", tr("window.show_sidebar"))
        in_force.tip(self.sidebar_button, tr("window.show_sidebar"), "sidebar")
        self.sidebar_button.clicked.connect(self.sidebar_requested)
        self.new_button = icon_button("new", tr("sidebar.new"))
        in_force.tip(self.new_button, tr("sidebar.new"), "new")
        self.new_button.clicked.connect(self.new_requested)
        self._title = _Title(theme)
        self._title.edit_requested.connect(self.edit_title)
        self.rename_button = icon_button("edit", tr("window.rename"))
        self.rename_button.clicked.connect(self.edit_title)
        self.chain_button = button("", "flat", "relay", trailing="chevron-down")
        self.chain_button.setFont(theme.font("caption"))
        self.chain_button.clicked.connect(self.chain_requested)
        self.chain_button.hide()
        self.compare_button = button("", "flat", "compare", size="small")
        self.compare_button.setCheckable(True)
        self.compare_button.clicked.connect(self._asked_compare)
        in_force.tip(self.compare_button, tr("compare.title"), "compare")
        self.set_compared(0)
        self.assistant_button = button("", "flat", "chat", trailing="chevron-down")
        self.assistant_button.setFont(theme.font("caption"))
        self.assistant_button.clicked.connect(self.assistant_requested)
        self.assistant_button.hide()
        self.more_button = icon_button("more", tr("window.more"))
        self.more_button.clicked.connect(self._show_menu)
        self._row = row = QHBoxLayout(self)
        row.setContentsMargins(14, 0, 14, 1)
        row.setSpacing(6)
        row.addWidget(self.sidebar_button)
        row.addWidget(self.new_button)
        row.addSpacing(6)
        row.addWidget(self._title, 1)
        row.addWidget(self.rename_button)
        row.addStretch(0)
        row.addWidget(self.assistant_button)
        row.addWidget(self.chain_button)
        row.addWidget(self.compare_button)
        row.addWidget(self.more_button)
        self.setFixedHeight(HEIGHT)
        self.set_title("", editable=False)
        self.more_button.hide()

    def set_title(self, title: str, *, editable: bool = True) -> None:
        """Show the conversation's title; a new conversation has none to edit yet."""
        self._editable = editable
        self._title.set_text(title)
        self.rename_button.setVisible(editable and self._edit is None)

    def set_chain(self, name: str) -> None:
        """The chain's name, e.g. `快到期的先用`; empty hides the button."""
        _name(self.chain_button, tr("window.chain", name=name) if name else "", tr("window.chain.tip"))

    def set_compared(self, n: int) -> None:
        """How many legs the next question (or the page) is compared over; 0 = none, an icon alone."""
        made = self.compare_button
        made.setText(tr("compare.of", n=n) if n else "")
        made.trailing = "chevron-down" if n else None
        made.setChecked(n > 0)
        made.setAccessibleName(tr("compare.of", n=n) if n else tr("compare.title"))
        made.setFixedSize(28 if not n else made.sizeHint().width(), 28)

    def _asked_compare(self) -> None:
        # Whether it is pressed says what is shown, not that it was clicked.
        self.compare_button.setChecked(not self.compare_button.isChecked())
        self.compare_requested.emit()

    def set_assistant(self, name: str) -> None:
        """The assistant's name; empty hides the button."""
        words = tr("assistants.header", name=name) if name else ""
        _name(self.assistant_button, words, tr("assistants.header.tip"))

    def set_sidebar_shown(self, shown: bool) -> None:
        """Without the sidebar its button and the one for a new chat stand here."""
        self.sidebar_button.setVisible(not shown)
        self.new_button.setVisible(not shown)

    @property
    def menu(self) -> QMenu:
        """The menu of the more-button; made when first asked for."""
        if self._menu is None:
            self._menu = QMenu(self)
        return self._menu

    def menu_changed(self) -> None:
        """Call after filling or emptying `menu`."""
        self.more_button.setVisible(not self.menu.isEmpty())

    def edit_title(self) -> None:
        """Let the user write a new title in place."""
        if not self._editable or self._edit is not None:
            return
        edit = self._edit = QLineEdit(self._title.text)
        edit.setFont(self._theme.font("header"))
        edit.setMaxLength(200)
        edit.setAccessibleName(tr("window.title"))
        edit.editingFinished.connect(self._finish)
        edit.installEventFilter(self)
        self._row.insertWidget(self._row.indexOf(self._title), edit, 1)
        self._title.hide()
        self.rename_button.hide()
        edit.show()
        edit.setFocus(Qt.FocusReason.ShortcutFocusReason)
        edit.selectAll()

    def _finish(self) -> None:
        if self._edit is None:
            return
        from app.key_leaks import without_keys

        # A key that was pasted into the wrong field is kept nowhere.
        title = " ".join(without_keys(self._edit.text()).split())
        self._end_editing()
        if title and title != self._title.text:
            self.title_edited.emit(title)

    def _end_editing(self) -> None:
        """Close the editor; the keyboard, if it was there, must not fall to whatever comes next."""
        focused = self._edit is not None and self._edit.hasFocus()
        self._close_editor()
        if focused:
            self.editing_ended.emit()

    def _close_editor(self) -> None:
        edit, self._edit = self._edit, None
        if edit is not None:
            edit.hide()
            edit.deleteLater()
        self._title.show()
        self.rename_button.setVisible(self._editable)

    def _show_menu(self) -> None:
        # Its right edge below the button's: the button stands at the window's edge.
        self.menu.ensurePolished()
        where = self.more_button.mapToGlobal(self.more_button.rect().bottomRight())
        self.menu.popup(where - QPoint(self.menu.sizeHint().width() - 1, 0))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.KeyPress and watched is self._edit:
            assert isinstance(event, QKeyEvent)
            if event.key() == Qt.Key.Key_Escape:
                self._end_editing()
                return True
        return False

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        rule(painter, 0, self.height() - 1, self.width(), 1, self._theme.color("line"))


def _name(made: Button, words: str, tip: str) -> None:
    """Have a button say them, elided where the window is narrow; the tooltip has them whole."""
    made.setText(words)
    made.setToolTip(f"{words}\n{tip}")
    made.setMinimumWidth(min(_LEAST, made.sizeHint().width()))
    made.setVisible(bool(words))
