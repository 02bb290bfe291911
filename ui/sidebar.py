"""The sidebar: new chat, search, the conversation list, and the foot with the spend guard."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QModelIndex, QPoint, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from app.clock import Clock
from app.i18n import tr
from app.policy import Spend
from app.store.records import Conversation
from ui.controls import Field, button, icon_button, label
from ui.conversation_list import ConversationList
from ui.hairlines import rule
from ui.icons import paint_icon
from ui.keys import in_force
from ui.lettering import draw_line
from ui.models.arranging import View
from ui.models.conversations import ConversationModel
from ui.theme import Theme
from ui.wishes import Wishes

if TYPE_CHECKING:
    from ui.bulk_bar import BulkBar
    from ui.models.arranging import Arrangement
    from ui.search.results import ResultList as Results

_DAY = 24 * 60 * 60


class _Spend(QWidget):
    """Shield, the guard's word in bold and this month's money, painted in one line."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._word = ""
        self._month = ""
        self._token = "accent"
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(28)

    def set_spend(self, spend: Spend) -> None:
        self._word = spend_word(spend)
        self._token = "cool" if spend == "allow" else "accent"
        self._tell()

    def set_month(self, words: str) -> None:
        self._month = words
        self._tell()

    def _tell(self) -> None:
        text = " · ".join(p for p in (tr("sidebar.spend.tip", word=self._word), self._month) if p)
        self.setToolTip(text)
        self.setAccessibleName(text)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self._word:
            return
        theme = self._theme
        painter = QPainter(self)
        height, width = self.height(), self.width()
        paint_icon(painter, QRectF(0, 0, 16, height), "shield-check", theme, self._token)
        painter.setFont(theme.font("caption-bold"))
        painter.setPen(theme.color("cool" if self._token == "cool" else "ink"))
        metrics = painter.fontMetrics()
        word = metrics.elidedText(self._word, Qt.TextElideMode.ElideRight, width - 24)
        draw_line(painter, QRectF(24, 0, width - 24, height), word)
        if self._month:
            x = 24 + metrics.horizontalAdvance(word)
            painter.setFont(theme.font("caption"))
            painter.setPen(theme.color("ink-3"))
            rest = painter.fontMetrics().elidedText(
                f" · {self._month}", Qt.TextElideMode.ElideRight, round(width - x)
            )
            draw_line(painter, QRectF(x, 0, width - x, height), rest)


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
    """The left column. What is to happen to conversations goes through `wishes`; the owner passes back the
    new state.

    Signals: `new_requested`, `opened(id)`, `search_changed(text)`, `settings_requested`, `quota_requested`,
    `collapse_requested`.
    """

    new_requested = Signal()
    opened = Signal(str)
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
        self.wishes = Wishes(self)
        self.list = ConversationList(self.model, theme, self.wishes)
        self._bulk: BulkBar | None = None
        self._view_bar: QWidget | None = None
        self._build()
        self.model.title_edited.connect(self.wishes.renamed)
        self.model.folder_edited.connect(self.wishes.folder_renamed)
        self.list.choice.changed.connect(self._choice_changed)
        self._midnight = QTimer(self)
        self._midnight.setSingleShot(True)
        self._midnight.setTimerType(Qt.TimerType.VeryCoarseTimer)
        self._midnight.timeout.connect(self._new_day)
        self._await_midnight()

    def _build(self) -> None:
        self.new_button = button(tr("sidebar.new"), icon="new", align_left=True)
        in_force.follow(self.new_button, lambda: self.new_button.set_hint(in_force.spaced("new")))
        self.new_button.clicked.connect(self.new_requested)
        self.hide_button = icon_button("sidebar", tr("sidebar.hide"))
        in_force.tip(self.hide_button, tr("sidebar.hide"), "sidebar")
        self.hide_button.clicked.connect(self.collapse_requested)
        self.search = Field(tr("sidebar.search"), icon="search")
        in_force.follow(self.search, lambda: self.search.set_hint(in_force.spaced("search")))
        self.search.setClearButtonEnabled(False)
        self.search.textChanged.connect(self._filter)
        self.search.installEventFilter(self)
        self.list.opened.connect(self.opened)
        self.more_button = icon_button("more", tr("sidebar.more"))
        self.more_button.clicked.connect(self._show_more)
        self._spend = _Spend(self._theme)
        self.quota_button = icon_button("quota", tr("sidebar.quota"))
        in_force.tip(self.quota_button, tr("sidebar.quota"), "quota")
        self.quota_button.clicked.connect(self.quota_requested)
        self.settings_button = icon_button("settings", tr("sidebar.settings"))
        in_force.tip(self.settings_button, tr("sidebar.settings"), "settings")
        self.settings_button.clicked.connect(self.settings_requested)

        top = QHBoxLayout()
        top.setSpacing(9)
        top.addWidget(self.new_button, 1)
        top.addWidget(self.hide_button)
        head = QVBoxLayout()
        head.setContentsMargins(12, 12, 12, 8)
        head.setSpacing(8)
        head.addLayout(top)
        find = QHBoxLayout()
        find.setSpacing(9)
        find.addWidget(self.search, 1)
        find.addWidget(self.more_button)
        head.addLayout(find)
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

    def upsert(self, conversation: Conversation) -> None:
        """Add a conversation or show its new state."""
        self.model.upsert(conversation)

    def remove(self, conversation_id: str) -> None:
        """Take one away."""
        self.model.remove(conversation_id)

    def arrange(self, arrangement: Arrangement) -> None:
        """Take up how the user had arranged the list; the object is kept and changed."""
        self.model.arrange(arrangement)

    def set_open(self, conversation_id: str | None) -> None:
        """Mark the conversation that is open; None for a new, empty one."""
        self._open = conversation_id
        self.list.select(conversation_id)

    def set_running(self, ids: Iterable[str]) -> None:
        """Mark the conversations whose answer is being written."""
        self.model.set_running(ids)

    def set_spend(self, spend: Spend) -> None:
        """The spend guard's setting."""
        self._spend.set_spend(spend)

    def set_month(self, words: str) -> None:
        """What this month cost, in words; empty = not known."""
        self._spend.set_month(words)

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
        self._show_results()
        self.search_changed.emit(text)

    def _choice_changed(self) -> None:
        """Several are chosen for the first time: only then the bar is read in and built, each in its turn."""
        if self._bulk is None and self.list.choice.several:
            QTimer.singleShot(0, self, self._load_bulk)

    def _load_bulk(self) -> None:
        from ui.bulk_bar import BulkBar

        QTimer.singleShot(0, self, lambda: self._build_bulk(BulkBar))

    def _build_bulk(self, bar: type[BulkBar]) -> None:
        if self._bulk is None:
            self._bulk = bar(self._theme, self.model, self.list.choice, self.wishes)
            self._column.insertWidget(self._column.count() - 2, self._bulk)
            self._bulk.follow()

    def _show_more(self) -> None:
        from ui.list_menu import ListMenus

        below = self.more_button.mapToGlobal(QPoint(0, self.more_button.height()))
        menus = ListMenus(self, self.model, self.wishes, self._theme)
        menus.more(self.look_at, self._choose_all, below).popup(below)

    def _choose_all(self) -> None:
        self.list.setFocus(Qt.FocusReason.OtherFocusReason)
        self.list.choice.everything()

    def look_at(self, view: View) -> None:
        """Show all, what is put away, or what has a tag; the bar over the list says which."""
        self.list.choice.back()
        self.model.look_at(view)
        self.list.scrollToTop()
        if self._view_bar is None and view.everything:
            return
        if self._view_bar is None:
            self._view_bar = self._build_view_bar()
            self._column.insertWidget(1, self._view_bar)
        name = tr("sidebar.archived") if view.archived else f"#{view.tag}"
        self._view_name.setText(name)
        self._view_bar.setVisible(not view.everything)

    def _build_view_bar(self) -> QWidget:
        bar = QWidget()
        row = QHBoxLayout(bar)
        row.setContentsMargins(16, 0, 12, 2)
        self._view_name = label("", "control-bold")
        self._view_name.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.view_close = icon_button("close", tr("sidebar.view.leave"))
        self.view_close.clicked.connect(lambda _=False: self.look_at(View()))
        row.addWidget(self._view_name, 1)
        row.addWidget(self.view_close)
        return bar

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
        rule(painter, self.width() - 1, 0, 1, self.height(), theme.color("line"))
        rule(painter, 0, self.height() - 44, self.width(), 1, theme.color("line"))
