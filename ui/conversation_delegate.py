"""Paints the rows of the conversation list, 32 px high (26 where dense), and edits titles in place."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QHelpEvent, QPainter, QPen
from PySide6.QtWidgets import (
    QAbstractItemView,
    QLineEdit,
    QListView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from app.i18n import tr
from ui.icons import paint_icon
from ui.lettering import draw_line
from ui.marks import paint_mark
from ui.models.conversations import FOLDER_ROLE
from ui.models.face import FACE_ROLE, Face
from ui.pictures import Pictures
from ui.theme import Theme

ROW, DENSE_ROW = 32, 26
PICTURES = 64
"""Rows whose pictures are kept: those of a tall window. The list comes back whenever a search ends."""
_Index = QModelIndex | QPersistentModelIndex


class ConversationDelegate(QStyledItemDelegate):
    """Rows are painted, not built of widgets: ten thousand cost as much as twenty.

    Asks the view what is selected and hovered rather than the option: its state would bring `QStyle` with
    all its enumerations into the first paint (13 ms).
    """

    def __init__(self, theme: Theme, view: QListView) -> None:
        super().__init__(view)
        self._theme = theme
        self._view = view
        self._pictures = Pictures(PICTURES, theme.color("bg-side"))
        self.hovered = -1

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        return QSize(100, self._theme.closer(ROW, DENSE_ROW))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        rect: QRect = option.rect  # pyright: ignore[reportAttributeAccessIssue] - missing from the stubs
        face: Face = index.data(FACE_ROLE)
        view = self._view
        selected = view.selectionModel().isSelected(index)
        hover = index.row() == self.hovered
        ring = view.hasFocus() and index == view.currentIndex() and _keyboard(view)
        self._pictures.draw_or_make(
            painter,
            rect,
            (face, selected, hover, ring),
            lambda on, box: self._paint(on, box, face, selected, hover, ring),
        )

    def _paint(
        self, painter: QPainter, rect: QRect, face: Face, selected: bool, hover: bool, ring: bool
    ) -> None:
        theme = self._theme
        if face.kind == "heading":
            painter.setFont(theme.font("caption-bold"))
            painter.setPen(theme.color("ink-3"))
            draw_line(painter, rect.adjusted(16, 7, -16, 0), face.title)
            return
        box = QRectF(rect).adjusted(8, 0, -8, 0)
        if selected or hover or ring:
            painter.save()
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(theme.color("accent"), 2) if ring else Qt.PenStyle.NoPen)
            painter.setBrush(theme.color("bg-select" if selected else "bg-hover"))
            painter.drawRoundedRect(box.adjusted(1, 1, -1, -1) if ring else box, 6, 6)
            painter.restore()
        if face.kind == "folder":
            self._folder(painter, rect, face)
            return
        left, right = self._edges(rect, face)
        if face.mark:
            paint_mark(painter, QRectF(left - 20, rect.center().y() - 5, 12, 12), face.mark, theme)
        if face.when:
            painter.setFont(theme.font("caption"))
            painter.setPen(theme.color("ink-3"))
            draw_line(painter, rect.adjusted(0, 0, -16, 0), face.when, "right")
        if face.tagged:
            where = QRectF(right + 6, rect.top(), 14, rect.height())
            paint_icon(painter, where, "tag", theme, "ink-3", 12)
        painter.setFont(theme.font("control-bold" if selected else "control"))
        painter.setPen(theme.color("ink"))
        text = painter.fontMetrics().elidedText(face.title, Qt.TextElideMode.ElideRight, right - left)
        draw_line(painter, QRect(left, rect.top(), right - left, rect.height()), text)

    def _edges(self, rect: QRect, face: Face) -> tuple[int, int]:
        """Where a title begins and where it must end."""
        left = rect.left() + 16 + 20 * bool(face.within) + 20 * bool(face.mark)
        right = rect.right() - 15 - 20 * bool(face.tagged)
        if face.when:
            right -= QFontMetrics(self._theme.font("caption")).horizontalAdvance(face.when) + 10
        return left, right

    def helpEvent(
        self, event: QHelpEvent, view: QAbstractItemView, option: QStyleOptionViewItem, index: _Index
    ) -> bool:
        face: Face | None = index.data(FACE_ROLE)
        text = index.data(Qt.ItemDataRole.ToolTipRole)
        if face is None or not text:
            return super().helpEvent(event, view, option, index)
        from ui.tips import fits, tell

        left, right = self._edges(view.visualRect(index), face)
        bold = view.selectionModel().isSelected(index)
        if fits(face.title, self._theme.font("control-bold" if bold else "control"), right - left):
            text = text.removeprefix(face.title).lstrip("\n")
        return tell(event, view, index, text)

    def _folder(self, painter: QPainter, rect: QRect, face: Face) -> None:
        """A folder's heading: chevron, name, and how many are in it."""
        theme, left, right = self._theme, rect.left() + 12, rect.right() - 15
        chevron = "chevron-right" if face.folded else "chevron-down"
        paint_icon(painter, QRectF(left, rect.top(), 16, rect.height()), chevron, theme, "ink-3", 12)
        paint_icon(painter, QRectF(left + 17, rect.top(), 16, rect.height()), "folder", theme, "ink-2", 14)
        painter.setFont(theme.font("caption"))
        painter.setPen(theme.color("ink-3"))
        count = str(face.count)
        draw_line(painter, QRect(left, rect.top(), right - left, rect.height()), count, "right")
        right -= painter.fontMetrics().horizontalAdvance(count) + 10
        left += 38
        painter.setFont(theme.font("control"))
        painter.setPen(theme.color("ink"))
        text = painter.fontMetrics().elidedText(face.title, Qt.TextElideMode.ElideRight, right - left)
        draw_line(painter, QRect(left, rect.top(), right - left, rect.height()), text)

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
