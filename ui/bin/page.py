"""The page of the bin: what was deleted, to be restored or removed for good."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import (
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QHelpEvent, QKeyEvent, QPainter, QPaintEvent, QPalette, QPen
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHBoxLayout,
    QListView,
    QMenu,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from app.i18n import tr
from ui.bin.model import ID_ROLE, NOTE_ROLE, BinModel
from ui.controls import button
from ui.icons import icon
from ui.lettering import draw_line
from ui.settings.form import column, wrapping
from ui.settings.parts import Line, Question
from ui.theme import Theme
from ui.tips import fits, tell

ROW = 44
_Index = QModelIndex | QPersistentModelIndex


class _Rows(QStyledItemDelegate):
    def __init__(self, theme: Theme, view: QListView) -> None:
        super().__init__(view)
        self._theme = theme
        self._view = view

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        return QSize(100, ROW)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        theme, view = self._theme, self._view
        rect = option.rect  # pyright: ignore[reportAttributeAccessIssue] - missing from the stubs
        selected = view.selectionModel().isSelected(index)
        keyboard = view.window().testAttribute(Qt.WidgetAttribute.WA_KeyboardFocusChange)
        ring = view.hasFocus() and keyboard and index == view.currentIndex()
        box = QRectF(rect).adjusted(12, 1, -12, -1)
        state = option.state  # pyright: ignore[reportAttributeAccessIssue] - as above
        hover = not selected and bool(state & QStyle.StateFlag.State_MouseOver)
        if selected or ring or hover:
            painter.save()
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(theme.color("accent"), 2) if ring else Qt.PenStyle.NoPen)
            ground = "bg-select" if selected else "bg-hover" if hover else "bg-page"
            painter.setBrush(theme.color(ground))
            painter.drawRoundedRect(box.adjusted(1, 1, -1, -1) if ring else box, 6, 6)
            painter.restore()
        inner = rect.adjusted(24, 3, -24, -3)
        half = inner.height() // 2
        lines = ((0, "control-bold" if selected else "control", "ink", Qt.ItemDataRole.DisplayRole),
                 (half, "caption", "ink-3", NOTE_ROLE))  # fmt: skip
        for top, use, token, role in lines:
            painter.setFont(theme.font(use))
            painter.setPen(theme.color(token))
            text = painter.fontMetrics().elidedText(
                index.data(role), Qt.TextElideMode.ElideRight, inner.width()
            )
            draw_line(painter, inner.adjusted(0, top, 0, top - half), text)

    def helpEvent(
        self, event: QHelpEvent, view: QAbstractItemView, option: QStyleOptionViewItem, index: _Index
    ) -> bool:
        text = index.data(Qt.ItemDataRole.ToolTipRole) or ""
        room = view.visualRect(index).width() - 48
        bold = self._view.selectionModel().isSelected(index)
        if fits(text, self._theme.font("control-bold" if bold else "control"), room):
            text = ""
        return tell(event, view, index, text)


class _List(QListView):
    """Enter restores, Delete asks whether to remove, Menu opens the row's menu."""

    restore_wanted = Signal()
    purge_wanted = Signal()

    def selectAll(self) -> None:  # noqa: N802 - Qt's spelling
        model = self.model()
        if isinstance(model, BinModel):
            model.fetch_all()
        super().selectAll()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        match event.key():
            case Qt.Key.Key_Return | Qt.Key.Key_Enter:
                self.restore_wanted.emit()
            case Qt.Key.Key_Delete:
                self.purge_wanted.emit()
            case Qt.Key.Key_Menu:
                where = self.visualRect(self.currentIndex()).center()
                self.customContextMenuRequested.emit(where)
            case _:
                self.window().setAttribute(Qt.WidgetAttribute.WA_KeyboardFocusChange)
                super().keyPressEvent(event)


class BinPage(QWidget):
    """A pure view. `back_requested`, `restore_requested(ids)`, `purge_requested(ids)` once confirmed."""

    back_requested = Signal()
    restore_requested = Signal(list)
    purge_requested = Signal(list)

    def __init__(self, theme: Theme, days: int) -> None:
        super().__init__()
        self._theme = theme
        self._asked: list[str] = []
        self._busy = False
        self.model = BinModel(self)
        self.list = _List()
        self.list.setModel(self.model)
        self.list.setItemDelegate(_Rows(theme, self.list))
        self.list.setUniformItemSizes(True)
        self.list.setMouseTracking(True)
        self.list.setFrameShape(QFrame.Shape.NoFrame)
        self.list.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.list.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.list.setTabKeyNavigation(False)
        self.list.setAccessibleName(tr("bin.title"))
        palette = QPalette(self.list.palette())
        palette.setColor(QPalette.ColorRole.Base, theme.color("bg-page"))
        self.list.setPalette(palette)
        self.back = button(tr("bin.title"), "flat", icon="chevron-left")
        self.back.setAccessibleName(tr("bin.back"))
        self.back.setFont(theme.font("header"))
        self.restore = button(tr("bin.restore"), size="small", icon="undo")
        self.purge = button(tr("bin.purge"), "danger", size="small")
        self.empty = button(tr("bin.empty"), "danger", size="small")
        self.question = Question(tr("bin.purge"))
        self._note = wrapping(tr("bin.caption", n=days), "caption", "ink-3")
        self._nothing = wrapping(tr("bin.nothing"), "control-bold", "ink")
        self._nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._build()
        self._connect()
        self._follow()

    def _build(self) -> None:
        head = QWidget()
        row = QHBoxLayout(head)
        row.setContentsMargins(8, 7, 24, 7)
        row.setSpacing(8)
        row.addWidget(self.back)
        row.addStretch(1)
        for made in (self.restore, self.purge, self.empty):
            row.addWidget(made)
        words = QWidget()
        lines = column(words, spacing=8, margins=(24, 12, 24, 12))
        lines.addWidget(self._note)
        lines.addWidget(self.question)
        box = column(self)
        box.addWidget(head)
        box.addWidget(Line(self._theme, vertical=False))
        box.addWidget(words)
        box.addWidget(self._nothing, 1)
        box.addWidget(self.list, 1)

    def _connect(self) -> None:
        self.back.clicked.connect(self.back_requested)
        self.restore.clicked.connect(self._restore)
        self.purge.clicked.connect(self._ask_chosen)
        self.empty.clicked.connect(lambda _=False: self._ask(self.model.ids()))
        self.question.confirmed.connect(lambda: self.purge_requested.emit(self._asked))
        self.list.restore_wanted.connect(self._restore)
        self.list.purge_wanted.connect(self._ask_chosen)
        self.list.customContextMenuRequested.connect(self._show_menu)
        self.list.selectionModel().selectionChanged.connect(self._follow)
        self.model.modelReset.connect(self._follow)

    def chosen(self) -> list[str]:
        """The conversations that are selected."""
        return [index.data(ID_ROLE) for index in self.list.selectionModel().selectedIndexes()]

    def set_busy(self, busy: bool) -> None:
        """While something is carried out, nothing else can be asked for."""
        self._busy = busy
        self._follow()

    def _follow(self) -> None:
        some, chosen = bool(self.model.ids()), self.list.selectionModel().hasSelection()
        self.list.setVisible(some)
        self._nothing.setVisible(not some)
        self.restore.setEnabled(chosen and not self._busy)
        self.purge.setEnabled(chosen and not self._busy)
        self.empty.setEnabled(some and not self._busy)
        if not some:
            self.question.hide()

    def _restore(self) -> None:
        ids = self.chosen()
        if ids and not self._busy:
            self.restore_requested.emit(ids)

    def _ask_chosen(self) -> None:
        self._ask(self.chosen())

    def _ask(self, ids: list[str]) -> None:
        if not ids or self._busy:
            return
        self._asked = ids
        everything = len(ids) == len(self.model.ids()) > 1
        self.question.ask(tr("bin.ask_all" if everything else "bin.ask", n=len(ids)))

    def _show_menu(self, where: QPoint) -> None:
        index = self.list.indexAt(where)
        if not index.isValid():
            return
        if not self.list.selectionModel().isSelected(index):
            how = QItemSelectionModel.SelectionFlag.ClearAndSelect
            self.list.selectionModel().setCurrentIndex(index, how)
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        entries: tuple[tuple[str, str, str, Callable[[], None]], ...] = (
            ("bin.restore", "undo", "ink-2", self._restore),
            ("bin.purge", "trash", "bad", self._ask_chosen),
        )
        for key, name, token, act in entries:
            menu.addAction(icon(name, self._theme, token), tr(key)).triggered.connect(act)
        menu.popup(self.list.viewport().mapToGlobal(where))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            if self.question.isVisible():
                self.question.hide()
                self.list.setFocus()
            else:
                self.back_requested.emit()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        QPainter(self).fillRect(self.rect(), self._theme.color("bg-page"))
