"""The sidebar: new chat, search, the conversation list, and the foot with the spend guard."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QModelIndex, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from app.clock import Clock
from app.i18n import tr
from app.policy import Spend
from app.store.records import Conversation
from ui.controls import Field, button, icon_button
from ui.conversation_list import ConversationList
from ui.icons import paint_icon
from ui.models.conversations import ID_ROLE, ConversationModel
from ui.theme import Theme

if TYPE_CHECKING:
    from ui.search.results import ResultList as Results

_DAY = 24 * 60 * 60


class _Spend(QWidget):
    """Shield, the guard's word in bold and this month's money, painted in one line."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._word = ""
        self._money = ""
        self._token = "accent"
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(28)

    def set_values(self, spend: Spend, money: str) -> None:
        self._word = spend_word(spend)
        self._money = money
        self._token = "cool" if spend == "allow" else "accent"
        text = tr("sidebar.spend.tip", word=self._word)
        self.setToolTip(text)
        self.setAccessibleName(f"{text} · {money}" if money else text)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self._word:
            return
        theme = self._theme
        painter = QPainter(self)
        height, width = self.height(), self.width()
        paint_icon(painter, QRectF(0, 0, 16, height), "shield-check", theme, self._token)
        middle = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
        painter.setFont(theme.font("caption-bold"))
        painter.setPen(theme.color("cool" if self._token == "cool" else "ink"))
        metrics = painter.fontMetrics()
        word = metrics.elidedText(self._word, Qt.TextElideMode.ElideRight, width - 24)
        painter.drawText(QRectF(24, 0, width - 24, height), middle, word)
        if self._money:
            x = 24 + metrics.horizontalAdvance(word)
            painter.setFont(theme.font("caption"))
            painter.setPen(theme.color("ink-3"))
            rest = painter.fontMetrics().elidedText(
                f" · {self._money}", Qt.TextElideMode.ElideRight, round(width - x)
            )
            painter.drawText(QRectF(x, 0, width - x, height), middle, rest)


def spend_word(spend: Spend) -> str:
    """The spend guard's setting in words."""
    match spend:
        case "never":
            return tr("strip.spend.never")
        case "ask":
            return tr("strip.spend.ask")
        case "allow":
            return tr("strip.spend.allow")


class Sidebar(QWidget):
    """The left column. Renaming, deleting and pinning are asked for; the owner passes back the new state.

    Signals: `new_requested`, `opened(id)`, `renamed(id, title)`, `delete_requested(id)`,
    `pin_toggled(id, pinned)`, `search_changed(text)`, `settings_requested`, `quota_requested`,
    `collapse_requested`.
    """

    new_requested = Signal()
    opened = Signal(str)
    renamed = Signal(str, str)
    delete_requested = Signal(str)
    pin_toggled = Signal(str, bool)
    search_changed = Signal(str)
    settings_requested = Signal()
    quota_requested = Signal()
    collapse_requested = Signal()

    def __init__(self, theme: Theme, clock: Clock) -> None:
        super().__init__()
        self._theme = theme
        self._clock = clock
        self._open: str | None = None
        self._results: Results | None = None
        self.model = ConversationModel(clock, self)
        self.list = ConversationList(self.model, theme)
        self._build()
        self.model.title_edited.connect(self.renamed)
        self.model.rowsInserted.connect(self._reselect)
        self._midnight = QTimer(self)
        self._midnight.setSingleShot(True)
        self._midnight.setTimerType(Qt.TimerType.VeryCoarseTimer)
        self._midnight.timeout.connect(self._new_day)
        self._await_midnight()

    def _build(self) -> None:
        self.new_button = button(tr("sidebar.new"), icon="new", hint=_keys("Ctrl+N"), align_left=True)
        self.new_button.clicked.connect(self.new_requested)
        self.hide_button = icon_button("sidebar", tr("sidebar.hide"), "Ctrl+B")
        self.hide_button.clicked.connect(self.collapse_requested)
        self.search = Field(tr("sidebar.search"), icon="search", hint=_keys("Ctrl+Shift+F"))
        self.search.setClearButtonEnabled(False)
        self.search.textChanged.connect(self._filter)
        self.search.installEventFilter(self)
        self.list.opened.connect(self.opened)
        self.list.delete_requested.connect(self.delete_requested)
        self.list.pin_toggled.connect(self.pin_toggled)
        self._spend = _Spend(self._theme)
        self.quota_button = icon_button("quota", tr("sidebar.quota"))
        self.quota_button.clicked.connect(self.quota_requested)
        self.settings_button = icon_button("settings", tr("sidebar.settings"), "Ctrl+,")
        self.settings_button.clicked.connect(self.settings_requested)

        top = QHBoxLayout()
        top.setSpacing(9)
        top.addWidget(self.new_button, 1)
        top.addWidget(self.hide_button)
        head = QVBoxLayout()
        head.setContentsMargins(12, 12, 12, 8)
        head.setSpacing(8)
        head.addLayout(top)
        head.addWidget(self.search)
        foot = QHBoxLayout()
        foot.setContentsMargins(12, 0, 12, 0)
        foot.setSpacing(8)
        foot.addWidget(self._spend, 1)
        foot.addWidget(self.quota_button)
        foot.addWidget(self.settings_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 1, 0)
        column.setSpacing(0)
        column.addLayout(head)
        column.addWidget(self.list, 1)
        self._column = column
        column.addSpacing(1)
        holder = QWidget()
        holder.setFixedHeight(43)
        holder.setLayout(foot)
        column.addWidget(holder)

    # what the owner calls

    def set_conversations(self, conversations: Iterable[Conversation]) -> None:
        """Show exactly these."""
        self.model.replace(conversations)
        self._reselect()

    def upsert(self, conversation: Conversation) -> None:
        """Add a conversation or show its new state."""
        self.model.upsert(conversation)
        self._reselect()

    def remove(self, conversation_id: str) -> None:
        """Take one away."""
        self.model.remove(conversation_id)

    def set_open(self, conversation_id: str | None) -> None:
        """Mark the conversation that is open; None for a new, empty one."""
        self._open = conversation_id
        self.list.select(conversation_id)

    def set_running(self, ids: Iterable[str]) -> None:
        """Mark the conversations whose answer is being written."""
        self.model.set_running(ids)

    def set_spend(self, spend: Spend, money: str = "") -> None:
        """The guard and this month's money as text, e.g. `¥0.00`; empty = not known."""
        self._spend.set_values(spend, tr("sidebar.month_money", money=money) if money else "")

    def focus_search(self) -> None:
        """Put the cursor into the search field."""
        self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search.selectAll()

    def set_results(self, results: Results) -> None:
        """`results` take the list's place while something is looked for. Before, titles are filtered."""
        self._results = results
        self._column.insertWidget(self._column.indexOf(self.list) + 1, results, 1)
        self.model.set_filter("")
        self._show_results()

    def _show_results(self) -> None:
        if self._results is not None:
            searching = bool(self.search.text().strip())
            self._results.setVisible(searching)
            self.list.setVisible(not searching)

    def rename_current(self) -> None:
        """Edit the title of the open conversation in its row."""
        index = self.model.index_of(self._open) if self._open else QModelIndex()
        if index.isValid():
            self.list.scrollTo(index)
            self.list.setCurrentIndex(index)
            self.list.edit(index)

    # inside

    def _filter(self, text: str) -> None:
        if self._results is None:
            self.model.set_filter(text)
            self._reselect()
        self._show_results()
        self.search_changed.emit(text)

    def _reselect(self) -> None:
        selected = self.list.selectionModel().selectedIndexes()
        if self._open and (not selected or selected[0].data(ID_ROLE) != self._open):
            self.list.select(self._open)

    def _await_midnight(self) -> None:
        seconds = self.model.seconds_to_midnight()
        self._midnight.start(round(min(_DAY, seconds + 1) * 1000))

    def _new_day(self) -> None:
        self.model.refresh()
        self._await_midnight()

    def eventFilter(self, watched: object, event: QEvent) -> bool:
        if watched is self.search and isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            if event.key() == Qt.Key.Key_Escape and self.search.text():
                self.search.clear()
                return True
            if self._results is not None and self._results.isVisible():
                return self._results.take_key(event.key())
            if event.key() == Qt.Key.Key_Down:
                self.window().setAttribute(Qt.WidgetAttribute.WA_KeyboardFocusChange)
                self.list.setFocus(Qt.FocusReason.TabFocusReason)
                return True
        return False

    def sizeHint(self) -> QSize:
        return QSize(264, 600)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        theme = self._theme
        painter.fillRect(self.rect(), theme.color("bg-side"))
        painter.fillRect(self.width() - 1, 0, 1, self.height(), theme.color("line"))
        painter.fillRect(0, self.height() - 44, self.width(), 1, theme.color("line"))


def _keys(sequence: str) -> str:
    """A shortcut as shown in a button: `Ctrl N`, on macOS its symbols."""
    return QKeySequence(sequence).toString(QKeySequence.SequenceFormat.NativeText).replace("+", " ")
