"""The list of conversations as a view: open, rename, pin and delete by mouse and by keyboard."""

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
from PySide6.QtGui import QKeyEvent, QKeySequence, QMouseEvent, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QAbstractItemView, QFrame, QListView, QMenu

from app.i18n import tr
from ui.conversation_delegate import ConversationDelegate
from ui.icons import icon
from ui.models.conversations import HEADING_ROLE, ID_ROLE, PINNED_ROLE, ConversationModel
from ui.theme import Theme

_Index = QModelIndex | QPersistentModelIndex


class ConversationList(QListView):
    """The list itself. Arrow keys move, Enter or a click opens, F2 renames, Delete deletes.

    The selected row is the open conversation; the keyboard's row wears the focus ring.
    """

    opened = Signal(str)
    delete_requested = Signal(str)
    pin_toggled = Signal(str, bool)

    def __init__(self, model: ConversationModel, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._pressed_open: str | None = None
        self.setModel(model)
        self._rows = ConversationDelegate(theme, self)
        self.setItemDelegate(self._rows)
        self.setUniformItemSizes(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setMouseTracking(True)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.EditKeyPressed)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.customContextMenuRequested.connect(self._show_menu)
        self.clicked.connect(self._open)
        self.doubleClicked.connect(self._rename)
        self.setAccessibleName(tr("sidebar.name"))
        self.setTabKeyNavigation(False)
        palette = QPalette(self.palette())
        palette.setColor(QPalette.ColorRole.Base, theme.color("bg-side"))
        self.setPalette(palette)

    def select(self, conversation_id: str | None) -> None:
        """Show a conversation as the open one, without opening it."""
        index = self._model().index_of(conversation_id) if conversation_id else QModelIndex()
        selection = self.selectionModel()
        if index.isValid():
            selection.setCurrentIndex(index, QItemSelectionModel.SelectionFlag.ClearAndSelect)
        else:
            selection.clear()

    def selectionCommand(  # noqa: N802 - Qt's spelling
        self, index: _Index, event: QEvent | None = None
    ) -> QItemSelectionModel.SelectionFlag:
        if event is not None and event.type() == QEvent.Type.KeyPress:
            return QItemSelectionModel.SelectionFlag.NoUpdate
        if isinstance(event, QMouseEvent) and event.button() != Qt.MouseButton.LeftButton:
            return QItemSelectionModel.SelectionFlag.NoUpdate  # a move, or a press that asks for the menu
        if not index.isValid() or index.data(HEADING_ROLE):
            return QItemSelectionModel.SelectionFlag.NoUpdate
        return QItemSelectionModel.SelectionFlag.ClearAndSelect

    def mousePressEvent(self, event: QMouseEvent) -> None:
        # A double click renames only what was open before its first half opened it.
        index = self.indexAt(event.position().toPoint())
        open_before = index.isValid() and self.selectionModel().isSelected(index)
        self._pressed_open = index.data(ID_ROLE) if open_before else None
        super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        super().mouseMoveEvent(event)
        self._hover(self.indexAt(event.position().toPoint()).row())

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._hover(-1)

    def _hover(self, row: int) -> None:
        old, self._rows.hovered = self._rows.hovered, row
        for one in {old, row} - {-1}:
            if old != row:
                self.update(self.model().index(one, 0))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        index = self.currentIndex()
        match event.key():
            case Qt.Key.Key_Return | Qt.Key.Key_Enter if index.isValid():
                self.selectionModel().select(index, QItemSelectionModel.SelectionFlag.ClearAndSelect)
                self._open(index)
            case Qt.Key.Key_Delete if index.isValid():
                self._delete(index)
            case Qt.Key.Key_Menu if index.isValid():
                self._show_menu(self.visualRect(index).center())
            case _:
                self.window().setAttribute(Qt.WidgetAttribute.WA_KeyboardFocusChange)
                super().keyPressEvent(event)

    def _model(self) -> ConversationModel:
        model = self.model()
        assert isinstance(model, ConversationModel)
        return model

    def _open(self, index: _Index) -> None:
        conversation_id = index.data(ID_ROLE)
        if conversation_id:
            self.opened.emit(conversation_id)

    def _rename(self, index: QModelIndex) -> None:
        if index.data(ID_ROLE) and index.data(ID_ROLE) == self._pressed_open:
            self.edit(index)

    def edit_current(self) -> None:
        """Edit the title of the row under the keyboard."""
        conversation_id = self.currentIndex().data(ID_ROLE)
        if conversation_id:
            self._edit(conversation_id)

    def _edit(self, conversation_id: str) -> None:
        index = self._model().index_of(conversation_id)
        if index.isValid():
            self.setCurrentIndex(index)
            self.edit(index)

    def _delete(self, index: _Index) -> None:
        conversation_id = index.data(ID_ROLE)
        if conversation_id:
            self.delete_requested.emit(conversation_id)

    def _show_menu(self, where: QPoint) -> None:
        index = self.indexAt(where)
        conversation_id = index.data(ID_ROLE) if index.isValid() else None
        if not conversation_id:
            return
        pinned = bool(index.data(PINNED_ROLE))
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        rename = menu.addAction(icon("edit", self._theme), tr("sidebar.rename"))
        rename.setShortcut(QKeySequence(Qt.Key.Key_F2))
        rename.triggered.connect(lambda: self._edit(conversation_id))
        pin = menu.addAction(icon("pin", self._theme), tr("sidebar.unpin") if pinned else tr("sidebar.pin"))
        pin.triggered.connect(lambda: self.pin_toggled.emit(conversation_id, not pinned))
        menu.addSeparator()
        delete = menu.addAction(icon("trash", self._theme, "bad"), tr("sidebar.delete"))
        delete.setShortcut(QKeySequence(Qt.Key.Key_Delete))
        delete.triggered.connect(lambda: self.delete_requested.emit(conversation_id))
        menu.popup(self.viewport().mapToGlobal(where))

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self._model().rowCount() == 0:
            self._paint_empty()

    def _paint_empty(self) -> None:
        theme, model = self._theme, self._model()
        if model.total() == 0:
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
