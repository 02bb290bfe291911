"""Paints the rows of the conversation list, 32 px high (26 where dense), and edits titles in place."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPen
from PySide6.QtWidgets import QLineEdit, QListView, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from app.i18n import tr
from ui.icons import paint_icon
from ui.marks import paint_mark
from ui.models.conversations import (
    COUNT_ROLE,
    FOLDED_ROLE,
    FOLDER_ROLE,
    HEADING_ROLE,
    MARK_ROLE,
    TAGS_ROLE,
    TIME_ROLE,
    WITHIN_ROLE,
)
from ui.theme import Theme

ROW, DENSE_ROW = 32, 26
_Index = QModelIndex | QPersistentModelIndex
_LEFT = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
_RIGHT = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight


class ConversationDelegate(QStyledItemDelegate):
    """Rows are painted, not built of widgets: ten thousand cost as much as twenty.

    Asks the view what is selected and hovered rather than the option: its state would bring `QStyle` with
    all its enumerations into the first paint (13 ms).
    """

    def __init__(self, theme: Theme, view: QListView) -> None:
        super().__init__(view)
        self._theme = theme
        self._view = view
        self.hovered = -1

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        return QSize(100, self._theme.closer(ROW, DENSE_ROW))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        theme = self._theme
        rect: QRect = option.rect  # pyright: ignore[reportAttributeAccessIssue] - missing from the stubs
        title: str = index.data(Qt.ItemDataRole.DisplayRole)
        if index.data(HEADING_ROLE):
            painter.setFont(theme.font("caption-bold"))
            painter.setPen(theme.color("ink-3"))
            painter.drawText(rect.adjusted(16, 7, -16, 0), _LEFT, title)
            return
        view = self._view
        selected = view.selectionModel().isSelected(index)
        hover = index.row() == self.hovered
        ring = view.hasFocus() and index == view.currentIndex() and _keyboard(view)
        box = QRectF(rect).adjusted(8, 0, -8, 0)
        if selected or hover or ring:
            painter.save()
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(theme.color("accent"), 2) if ring else Qt.PenStyle.NoPen)
            painter.setBrush(theme.color("bg-select" if selected else "bg-hover"))
            painter.drawRoundedRect(box.adjusted(1, 1, -1, -1) if ring else box, 6, 6)
            painter.restore()
        left, right = rect.left() + 16, rect.right() - 15
        if index.data(FOLDER_ROLE):
            self._folder(painter, rect, title, index)
            return
        if index.data(WITHIN_ROLE):
            left += 20
        mark: str = index.data(MARK_ROLE)
        if mark:
            paint_mark(painter, QRectF(left, rect.center().y() - 5, 12, 12), mark, theme)
            left += 20
        when: str = index.data(TIME_ROLE)
        if when:
            painter.setFont(theme.font("caption"))
            painter.setPen(theme.color("ink-3"))
            painter.drawText(QRect(left, rect.top(), right - left, rect.height()), _RIGHT, when)
            right -= painter.fontMetrics().horizontalAdvance(when) + 10
        if index.data(TAGS_ROLE):
            right -= 14
            paint_icon(painter, QRectF(right, rect.top(), 14, rect.height()), "tag", theme, "ink-3", 12)
            right -= 6
        painter.setFont(theme.font("control-bold" if selected else "control"))
        painter.setPen(theme.color("ink"))
        text = painter.fontMetrics().elidedText(title, Qt.TextElideMode.ElideRight, right - left)
        painter.drawText(QRect(left, rect.top(), right - left, rect.height()), _LEFT, text)

    def _folder(self, painter: QPainter, rect: QRect, name: str, index: _Index) -> None:
        """A folder's heading: chevron, name, and how many are in it."""
        theme, left, right = self._theme, rect.left() + 12, rect.right() - 15
        chevron = "chevron-right" if index.data(FOLDED_ROLE) else "chevron-down"
        paint_icon(painter, QRectF(left, rect.top(), 16, rect.height()), chevron, theme, "ink-3", 12)
        paint_icon(painter, QRectF(left + 17, rect.top(), 16, rect.height()), "folder", theme, "ink-2", 14)
        painter.setFont(theme.font("caption"))
        painter.setPen(theme.color("ink-3"))
        count = str(index.data(COUNT_ROLE))
        painter.drawText(QRect(left, rect.top(), right - left, rect.height()), _RIGHT, count)
        right -= painter.fontMetrics().horizontalAdvance(count) + 10
        left += 38
        painter.setFont(theme.font("control"))
        painter.setPen(theme.color("ink"))
        text = painter.fontMetrics().elidedText(name, Qt.TextElideMode.ElideRight, right - left)
        painter.drawText(QRect(left, rect.top(), right - left, rect.height()), _LEFT, text)

    # editing

    def createEditor(self, parent: QWidget, option: QStyleOptionViewItem, index: _Index) -> QWidget:
        editor = QLineEdit(parent)
        editor.setFont(self._theme.font("control"))
        editor.setMaxLength(200)
        editor.setAccessibleName(tr("sidebar.folder.rename" if index.data(FOLDER_ROLE) else "sidebar.rename"))
        return editor

    def updateEditorGeometry(self, editor: QWidget, option: QStyleOptionViewItem, index: _Index) -> None:
        rect: QRect = option.rect  # pyright: ignore[reportAttributeAccessIssue] - missing from the stubs
        editor.setGeometry(rect.adjusted(8, 1, -8, -1))

    def setEditorData(self, editor: QWidget, index: _Index) -> None:
        assert isinstance(editor, QLineEdit)
        editor.setText(index.data(Qt.ItemDataRole.EditRole))
        editor.selectAll()


def _keyboard(view: QWidget) -> bool:
    """Whether the window's focus was moved by the keyboard, so that a ring should show."""
    return view.window().testAttribute(Qt.WidgetAttribute.WA_KeyboardFocusChange)
