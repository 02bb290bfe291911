"""The keys of one provider: check state in words, check, replace, rename, order, remove, and one more."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property, partial

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QFontMetrics, QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMenu, QVBoxLayout, QWidget

from app.i18n import tr
from app.store.entries import KeyRecord
from ui.controls import Button, Field, button, icon_button, label
from ui.pieces import Pieces
from ui.settings.check_line import CheckLine
from ui.settings.check_news import CheckNews
from ui.settings.form import Adaptive, Card, SecretField, column, wrapping
from ui.settings.key_question import KeyQuestion
from ui.settings.values import CheckState
from ui.theme import Theme

NAME_WIDTH = 190
"""So that the checks of all rows begin in one line."""

_RIGHT = Qt.TextElideMode.ElideRight

_AT_ONCE = 4
"""So many rows are made in one go; each takes some milliseconds."""


def masked(last4: str) -> str:
    """What is shown of a key, ever: dots and its last four characters."""
    return "sk-" + "•" * 8 + last4


class KeyRow(QWidget):
    """One key. Rename, replace and remove happen in the row itself.

    `step_requested(action, argument)`: the next step that a check named, other than those of the row.
    """

    step_requested = Signal(str, str)
    check_requested = Signal()
    renamed = Signal(str)
    replaced = Signal(str)
    remove_confirmed = Signal()
    move_requested = Signal(int)

    def __init__(self, theme: Theme, record: KeyRecord) -> None:
        super().__init__()
        self._theme = theme
        self._name = label("", "control-bold", "ink")
        self._name.setTextFormat(Qt.TextFormat.PlainText)
        self._code = label("", "caption", "ink-3")
        self.line = CheckLine(theme)
        self.check = button(tr("settings.key.check"), size="small")
        self.check.clicked.connect(self.check_requested)
        self.change = button(tr("settings.key.replace"), size="small")
        self.change.clicked.connect(self._take_step)
        self._step = ("", "")
        self.change.hide()
        self.more = icon_button("more", "")
        self.more.clicked.connect(self._menu)
        self._box = column(self)
        self._rest = self._build_rest(self._code)
        self._box.addWidget(self._rest)
        self._pages = [self._rest]
        self.show_record(record)

    def show_record(self, record: KeyRecord) -> None:
        """Show what a key is called now; what is being typed in the row stays."""
        self.record = record
        name = record.label or tr("settings.key.unnamed")
        shown = QFontMetrics(self._theme.font("control-bold")).elidedText(name, _RIGHT, NAME_WIDTH)
        self._name.setText(shown)
        self._name.setToolTip(name if shown != name else "")
        self._name.setAccessibleName(name)
        self._code.setText(masked(record.last4))
        self._code.setAccessibleName(tr("settings.key.ends", last4=record.last4))
        self.check.setAccessibleName(tr("settings.key.check.of", name=name))
        self.change.setAccessibleName(tr("settings.key.replace.of", name=name))
        self.more.setAccessibleName(tr("settings.key.more", name=name))
        self.more.setToolTip(tr("settings.key.more", name=name))

    # Made when they are wanted: a provider may have dozens of keys.

    @cached_property
    def _field(self) -> Field:
        made = Field(tr("settings.key.label"))
        made.returnPressed.connect(self._rename)
        return made

    @cached_property
    def _secret(self) -> SecretField:
        made = SecretField(tr("settings.key.paste_new"))
        made.entered.connect(self._replace)
        return made

    @cached_property
    def _sure(self) -> Button:
        made = Button(tr("settings.key.remove"), "danger", size="small", filled=True)
        made.clicked.connect(self.remove_confirmed)
        return made

    @cached_property
    def _renaming(self) -> QWidget:
        return self._strip(self._field, self._button(tr("settings.key.rename"), self._rename))

    @cached_property
    def _replacing(self) -> QWidget:
        return self._strip(self._secret)

    @cached_property
    def _question(self) -> QLabel:
        return wrapping("", "control", "ink")

    @cached_property
    def _removing(self) -> QWidget:
        return self._strip(self._question, self._sure)

    def show_state(self, state: CheckState, text: str) -> None:
        """Show what is known of a key."""
        self.show_news(CheckNews(state, text))

    def show_news(self, news: CheckNews) -> None:
        """Show what the check found, and its next step as a button."""
        self.line.show_state(news.state, news.text, news.words, news.words_of)
        self.check.setEnabled(news.state != "checking")
        self._step = (news.action, news.argument)
        replacing = news.action in ("", "replace_key")
        name = self.record.label or tr("settings.key.unnamed")
        self.change.setText(tr("settings.key.replace") if replacing else news.step)
        self.change.setAccessibleName(
            tr("settings.key.replace.of", name=name) if replacing else f"{news.step}: {name}"
        )
        # To check again there is a button already.
        self.change.setVisible(
            news.state == "bad" if news.action == "" else news.action not in ("check_again",)
        )
        self.change.updateGeometry()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self._rest.isHidden():
            self._open(self._rest)
            self.more.setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            super().keyPressEvent(event)

    def _build_rest(self, code: QWidget) -> QWidget:
        words = QWidget()
        box = QHBoxLayout(words)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(16)
        names = QWidget()
        lines = column(names, spacing=1)
        lines.addWidget(self._name)
        lines.addWidget(code)
        names.setFixedWidth(NAME_WIDTH)
        box.addWidget(names, 0, Qt.AlignmentFlag.AlignVCenter)
        box.addWidget(self.line, 1, Qt.AlignmentFlag.AlignVCenter)
        buttons = QWidget()
        row = QHBoxLayout(buttons)
        row.setContentsMargins(4, 4, 4, 4)
        row.setSpacing(8)
        for one in (self.change, self.check, self.more):
            row.addWidget(one)
        return Adaptive(words, buttons)

    def _button(self, text: str, slot: object) -> Button:
        made = button(text, size="small")
        made.clicked.connect(slot)
        return made

    def _strip(self, *widgets: QWidget) -> QWidget:
        strip = QWidget()
        box = QHBoxLayout(strip)
        box.setContentsMargins(0, 4, 4, 4)
        box.setSpacing(8)
        box.addWidget(widgets[0], 1)
        for widget in widgets[1:]:
            box.addWidget(widget)
        box.addWidget(self._button(tr("settings.cancel"), self._back))
        strip.hide()
        self._box.addWidget(strip)
        self._pages.append(strip)
        return strip

    def _open(self, page: QWidget) -> None:
        for one in self._pages:
            one.setVisible(one is page)

    def _back(self) -> None:
        self._open(self._rest)

    @property
    def new_name(self) -> str | None:
        """The name that is being typed; None while none is."""
        typing = "_renaming" in self.__dict__ and not self._renaming.isHidden()
        return self._field.text() if typing else None

    def ask_name(self, so_far: str | None = None) -> None:
        """Have the name typed."""
        self._open(self._renaming)
        self._field.setText(self.record.label if so_far is None else so_far)
        self._field.selectAll()
        self._field.setFocus(Qt.FocusReason.OtherFocusReason)

    def _ask_secret(self) -> None:
        self._open(self._replacing)
        self._secret.setFocus(Qt.FocusReason.OtherFocusReason)

    def _ask_removal(self) -> None:
        self._open(self._removing)
        record = self.record
        name = record.label or tr("settings.key.unnamed")
        self._question.setText(tr("settings.key.remove.sure", name=name, last4=record.last4))
        self._sure.setFocus(Qt.FocusReason.OtherFocusReason)

    def _take_step(self) -> None:
        action, argument = self._step
        if action in ("", "replace_key"):
            self._ask_secret()
        else:
            self.step_requested.emit(action, argument)

    def _rename(self) -> None:
        self._open(self._rest)
        self.renamed.emit(self._field.text().strip())

    def _replace(self, secret: str) -> None:
        self._open(self._rest)
        self.replaced.emit(secret)

    def menu(self) -> QMenu:
        """The row's menu; the caller pops it up."""
        made = QMenu(self)
        made.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        made.addAction(tr("settings.key.rename_it"), partial(self.ask_name, None))
        made.addAction(tr("settings.key.replace_it"), self._ask_secret)
        made.addAction(tr("settings.key.up"), partial(self.move_requested.emit, -1))
        made.addAction(tr("settings.key.down"), partial(self.move_requested.emit, 1))
        made.addSeparator()
        made.addAction(tr("settings.key.remove_it"), self._ask_removal)
        return made

    def _menu(self) -> None:
        self.menu().popup(self.more.mapToGlobal(QPoint(0, self.more.height())))


class KeysCard(QWidget):
    """All keys of a provider and the row for one more.

    Signals carry key ids; only `pasted(secret, label)` and `replaced(key_id, secret)` carry a secret.
    `step_requested(key_id, action, argument)` is the next step a check named. `question` asks whose a key is.
    """

    step_requested = Signal(str, str, str)

    pasted = Signal(str, str)
    check_requested = Signal(str)
    replaced = Signal(str, str)
    removed = Signal(str)
    renamed = Signal(str, str)
    moved = Signal(str, int)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.rows: dict[str, KeyRow] = {}
        self.news: Callable[[KeyRecord], CheckNews | None] = lambda _record: None
        """What a check found of a key, where that is known."""
        self._ids: list[str] | None = None
        self._records: dict[str, KeyRecord] = {}
        self._building: Pieces | None = None
        self._card = Card(theme)
        self._box: QVBoxLayout = column(self, spacing=8)
        self._box.addWidget(self._card)
        self.secret = SecretField(tr("settings.key.paste"))
        self.name = Field(tr("settings.key.label.optional"))
        self.secret.entered.connect(self._paste)
        self._new = Adaptive(self.secret, self.name, gap=8)
        self.name.setFixedWidth(180)
        self._new.setFocusProxy(self.secret)
        self._box.addWidget(self._new)
        self._problem = wrapping("", "caption", "bad")
        self._problem.hide()
        self._box.addWidget(self._problem)
        self.question = KeyQuestion()
        self._box.addWidget(self.question)

    def show_problem(self, text: str) -> None:
        """Say in one sentence why a key was not taken; empty takes the sentence away."""
        self._problem.setText(text)
        self._problem.setVisible(bool(text))
        self.secret.setAccessibleDescription(text)

    def begin(self) -> None:
        """Another provider is shown: what was typed for the one before goes to nobody."""
        self.secret.forget()
        self.name.clear()
        self.show_problem("")
        self.question.clear()

    def open_new(self) -> None:
        """Show the row for one more key, with the keyboard in it."""
        self._new.show()
        self.secret.setFocus(Qt.FocusReason.OtherFocusReason)

    def show_keys(self, keys: Sequence[KeyRecord]) -> None:
        """Show these keys, in the order they are used, those beyond the first few in the next turns of the
        loop. A row keeps the keyboard if it had it, and what is typed in it while the keys stay the same."""
        focused = next((i for i, row in self.rows.items() if row.isAncestorOf(self._focus())), None)
        ids = [record.id for record in keys]
        self._records = {record.id: record for record in keys}
        if ids == self._ids:
            for row in self.rows.values():
                row.show_record(self._records[row.record.id])
                self._tell(row)
            return
        self._ids = ids
        if self._building is not None:
            self._building.stop()
            self._building = None
        self._card.clear()
        self.rows = {}
        for key_id in ids[:_AT_ONCE]:
            self._add(key_id, focused)
        if rest := ids[_AT_ONCE:]:
            steps = (self._add(key_id, focused) for key_id in rest)
            self._building = Pieces(steps, self._built, self)
        self._card.setVisible(bool(keys))
        self._new.setVisible(not keys)

    def renaming(self) -> tuple[str, str] | None:
        """The id of the key that is being renamed, and the name so far."""
        found = ((key_id, row.new_name) for key_id, row in self.rows.items())
        return next(((key_id, name) for key_id, name in found if name is not None), None)

    def rename_again(self, key_id: str, name: str) -> None:
        """Go on renaming it."""
        if self._building is not None:
            self._building.finish()
        if key_id in self.rows:
            self.rows[key_id].ask_name(name)

    def _built(self) -> None:
        self._building = None

    def _tell(self, row: KeyRow) -> None:
        if (news := self.news(row.record)) is not None:
            row.show_news(news)

    def _add(self, key_id: str, focused: str | None) -> None:
        row = self.rows[key_id] = KeyRow(self._theme, self._records[key_id])
        row.check_requested.connect(partial(self.check_requested.emit, key_id))
        row.step_requested.connect(partial(self.step_requested.emit, key_id))
        row.renamed.connect(partial(self.renamed.emit, key_id))
        row.replaced.connect(partial(self.replaced.emit, key_id))
        row.remove_confirmed.connect(partial(self.removed.emit, key_id))
        row.move_requested.connect(partial(self._move, key_id))
        self._card.add(row)
        self._tell(row)
        if key_id == focused:
            row.more.setFocus(Qt.FocusReason.OtherFocusReason)

    def _focus(self) -> QWidget:
        return self.focusWidget() or self

    def _paste(self, secret: str) -> None:
        name = self.name.text().strip()
        self.name.clear()
        self.show_problem("")
        self.question.clear()
        self.pasted.emit(secret, name)

    def _move(self, key_id: str, step: int) -> None:
        ids = self._ids or []
        to = ids.index(key_id) + step
        if 0 <= to < len(ids):
            self.moved.emit(key_id, to)
