"""The list of conversations as a view: open, choose, rename, move and delete by mouse and by keyboard."""

from __future__ import annotations

from PySide6.QtCore import (
    QEvent,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRectF,
    Qt,
    Signal,
)
from PySide6.QtGui import QFocusEvent, QKeyEvent, QKeySequence, QMouseEvent, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QAbstractItemView, QFrame, QListView

from app.i18n import tr
from ui.choosing import Choice
from ui.conversation_delegate import ConversationDelegate
from ui.list_drag import RowDrag
from ui.models.conversations import (
    FOLDED_ROLE,
    FOLDER_ROLE,
    HEADING_ROLE,
    ID_ROLE,
    WITHIN_ROLE,
    ConversationModel,
)
from ui.theme import Theme
from ui.wishes import Wishes

_Index = QModelIndex | QPersistentModelIndex
_CTRL = Qt.KeyboardModifier.ControlModifier
_SHIFT = Qt.KeyboardModifier.ShiftModifier
_STEPS = (
    Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown, Qt.Key.Key_Home, Qt.Key.Key_End,
)  # fmt: skip


class ConversationList(QListView):
    """The list itself. Arrow keys move, Enter or a click opens, F2 renames, Delete deletes.

    Ctrl and Shift with a click, Ctrl+Space, Shift with the arrows and Ctrl+A choose several (`choice`);
    Escape ends that. Left and Right fold and unfold folders. The selected row is the open conversation; the
    keyboard's row wears the focus ring. What else is wished goes through `wishes`.
    """

    opened = Signal(str)

    def __init__(self, model: ConversationModel, theme: Theme, wishes: Wishes) -> None:
        super().__init__()
        self._theme = theme
        self._wishes = wishes
        self._pressed_open: str | None = None
        self.setModel(model)
        self.choice = Choice(self, model)
        self._rows = ConversationDelegate(theme, self)
        self.setItemDelegate(self._rows)
        self.setUniformItemSizes(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setMouseTracking(True)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.EditKeyPressed)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.customContextMenuRequested.connect(self._show_menu)
        self.doubleClicked.connect(self._rename)
        self.setAccessibleName(tr("sidebar.name"))
        self.setTabKeyNavigation(False)
        palette = QPalette(self.palette())
        palette.setColor(QPalette.ColorRole.Base, theme.color("bg-side"))
        self.setPalette(palette)
        self._drag = RowDrag(self, theme, self._concerned, self._dropped)

    def select(self, conversation_id: str | None) -> None:
        """Show a conversation as the open one, without opening it."""
        index = self._model().index_of(conversation_id) if conversation_id else QModelIndex()
        self.choice.open(conversation_id)
        if index.isValid():
            self.selectionModel().setCurrentIndex(index, QItemSelectionModel.SelectionFlag.NoUpdate)

    def selectionCommand(  # noqa: N802 - Qt's spelling
        self, index: _Index, event: QEvent | None = None
    ) -> QItemSelectionModel.SelectionFlag:
        """Choosing is `choice`'s; Qt moves the keyboard's row alone."""
        return QItemSelectionModel.SelectionFlag.NoUpdate

    # mouse

    def mousePressEvent(self, event: QMouseEvent) -> None:
        index = self.indexAt(event.position().toPoint())
        conversation: str | None = index.data(ID_ROLE) if index.isValid() else None
        if event.button() == Qt.MouseButton.LeftButton and conversation:
            held = event.modifiers()
            # A double click renames only what was open before its first half opened it.
            self._pressed_open = conversation if self.choice.holds(conversation) else None
            if held & _SHIFT:
                self.choice.reach(conversation)
            elif held & _CTRL:
                self.choice.toggle(conversation)
            else:
                self._drag.press(conversation, event.position().toPoint())
                if not self.choice.holds(conversation):
                    self.choice.only(conversation)
        super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        at = event.position().toPoint()
        if event.buttons() & Qt.MouseButton.LeftButton and self._drag.move(at):
            return
        super().mouseMoveEvent(event)
        self._hover(self.indexAt(at).row())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._drag.release():
            if not self.choice.several:
                self.choice.back()
            return
        super().mouseReleaseEvent(event)
        index = self.indexAt(event.position().toPoint())
        plain = event.button() == Qt.MouseButton.LeftButton and not event.modifiers() & (_CTRL | _SHIFT)
        if plain and index.isValid() and index == self.currentIndex():
            self._act(index)

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._hover(-1)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._drag.end()

    def _hover(self, row: int) -> None:
        old, self._rows.hovered = self._rows.hovered, row
        for one in {old, row} - {-1}:
            if old != row:
                self.update(self.model().index(one, 0))

    def _concerned(self, conversation: str) -> list[str]:
        """What an action on a row is about: all that are chosen, if it is one of them."""
        return self.choice.ids() if self.choice.holds(conversation) else [conversation]

    def _dropped(self, ids: list[str], folder: str | None) -> None:
        if any(one.folder != folder for one in self._model().known(ids)):
            self._wishes.moved.emit(ids, folder)

    # keyboard

    def keyPressEvent(self, event: QKeyEvent) -> None:
        index = self.currentIndex()
        conversation: str | None = index.data(ID_ROLE) if index.isValid() else None
        folder: str | None = index.data(FOLDER_ROLE) if index.isValid() else None
        ctrl = bool(event.modifiers() & _CTRL)
        match event.key():
            case Qt.Key.Key_Escape if self._drag.active:
                self._drag.end()
            case Qt.Key.Key_Escape if self.choice.several:
                self.choice.back()
            case Qt.Key.Key_Return | Qt.Key.Key_Enter if index.isValid():
                self._act(index)
            case Qt.Key.Key_Space if conversation and (ctrl or self.choice.several):
                self.choice.toggle(conversation)
            case Qt.Key.Key_Delete if conversation:
                self._wishes.deleted.emit(self._concerned(conversation))
            case Qt.Key.Key_Delete if folder:
                self._wishes.folder_renamed.emit(folder, None)
            case Qt.Key.Key_Left | Qt.Key.Key_Right if folder:
                self._model().fold(folder, event.key() == Qt.Key.Key_Left)
            case Qt.Key.Key_Left if within := (index.data(WITHIN_ROLE) if index.isValid() else None):
                self.setCurrentIndex(self._model().index_of_folder(within))
            case Qt.Key.Key_Menu if index.isValid():
                self._show_menu(self.visualRect(index).center())
            case Qt.Key.Key_F10 if index.isValid() and event.modifiers() & _SHIFT:
                self._show_menu(self.visualRect(index).center())
            case _ if event.matches(QKeySequence.StandardKey.SelectAll):
                self.choice.everything()
            case _:
                self.window().setAttribute(Qt.WidgetAttribute.WA_KeyboardFocusChange)
                reaching = event.key() in _STEPS and bool(event.modifiers() & _SHIFT)
                if reaching and conversation and not self.choice.holds(conversation):
                    self.choice.only(conversation)
                super().keyPressEvent(event)
                if reaching:
                    reached = self.currentIndex().data(ID_ROLE)
                    if reached:
                        self.choice.reach(reached)

    # what rows do

    def _model(self) -> ConversationModel:
        model = self.model()
        assert isinstance(model, ConversationModel)
        return model

    def _act(self, index: _Index) -> None:
        """Open a conversation, or fold or unfold a folder."""
        conversation, folder = index.data(ID_ROLE), index.data(FOLDER_ROLE)
        if conversation:
            self.choice.only(conversation)
            self.opened.emit(conversation)
        elif folder:
            self._model().fold(folder, not index.data(FOLDED_ROLE))

    def _rename(self, index: QModelIndex) -> None:
        if index.data(ID_ROLE) and index.data(ID_ROLE) == self._pressed_open:
            self.edit(index)

    def edit_current(self) -> None:
        """Edit the name of the row under the keyboard."""
        index = self.currentIndex()
        if index.data(ID_ROLE) or index.data(FOLDER_ROLE):
            self._edit(index)

    def _edit(self, index: _Index) -> None:
        if index.isValid():
            now = self._model().index(index.row())
            self.setCurrentIndex(now)
            self.edit(now)

    def _show_menu(self, where: QPoint) -> None:
        from ui.list_menu import ListMenus

        index = QPersistentModelIndex(self.indexAt(where))
        if not index.isValid() or index.data(HEADING_ROLE):
            return
        menus = ListMenus(self, self._model(), self._wishes, self._theme)
        at = self.viewport().mapToGlobal(where)
        conversation, folder = index.data(ID_ROLE), index.data(FOLDER_ROLE)
        if conversation:
            menu = menus.rows(self._concerned(conversation), lambda: self._edit(index), at)
        else:
            menu = menus.folder(folder, index.data(FOLDED_ROLE), lambda: self._edit(index))
        menu.popup(at)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self._model().rowCount() == 0:
            self._paint_empty()
        elif self._drag.active:
            self._drag.paint(QPainter(self.viewport()))

    def _paint_empty(self) -> None:
        theme, model = self._theme, self._model()
        if model.view.archived:
            title, text = tr("sidebar.no_archived.title"), tr("sidebar.no_archived.text")
        elif model.total() == model.archived_count():
            title, text = tr("sidebar.empty.title"), tr("sidebar.empty.text")
        else:
            title, text = tr("sidebar.nothing.title", text=model.filter_text), tr("sidebar.nothing.text")
        painter = QPainter(self.viewport())
        width = self.viewport().width()
        centre = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignVCenter
        painter.setFont(theme.font("control-bold"))
        painter.setPen(theme.color("ink"))
        metrics = painter.fontMetrics()
        painter.drawText(
            QRectF(8, 40, width - 16, 20),
            centre,
            metrics.elidedText(title, Qt.TextElideMode.ElideMiddle, width - 16),
        )
        painter.setFont(theme.font("caption"))
        painter.setPen(theme.color("ink-3"))
        painter.drawText(QRectF(8, 62, width - 16, 36), centre | Qt.TextFlag.TextWordWrap, text)
