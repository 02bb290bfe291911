"""One provider on the first-run page: a row that opens to three steps."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QWidget

from app.i18n import tr
from ui.controls import Tag, button, label, tint
from ui.hairlines import rule
from ui.pieces import at_once
from ui.settings.check_line import VendorWords
from ui.settings.check_news import CheckNews
from ui.settings.form import SecretField, column, wrapping
from ui.settings.key_question import KeyQuestion
from ui.settings.values import CheckState
from ui.theme import Theme
from ui.welcome.card_head import CardHead
from ui.welcome.cards import WelcomeCard
from ui.welcome.steps import StepMark, StoredKey


class CardWidget(QWidget):
    """A card. `opened(bool)`, `pasted(secret)`, `page_requested()` (its key page), `step_requested(action,
    argument)` (the next step a check named), `answered(provider)` (whose the pasted key is)."""

    opened = Signal(bool)
    pasted = Signal(str)
    page_requested = Signal()
    step_requested = Signal(str, str)
    answered = Signal(str)

    def __init__(self, theme: Theme, card: WelcomeCard, note: str, *, whole: bool = True) -> None:
        """Not `whole`: whoever made it goes through `build` before anything else."""
        super().__init__()
        self._theme = theme
        self.card = card
        self._first = self._last = True
        self._gaps = (0, 0)
        self.head = CardHead(theme, card)
        self.head.clicked.connect(self.opened)
        self.head.hovered.connect(self.update)
        self.get = button(tr("welcome.get_key"), size="small", trailing="external")
        self.get.setAccessibleName(tr("welcome.get_key.of", name=card.name))
        self.get.clicked.connect(self._get)
        top = QHBoxLayout()
        top.setContentsMargins(0, 0, 14, 0)
        top.addWidget(self.head, 1)
        top.addWidget(self.get)
        self._box = column(self, margins=(1, 1, 1, 1))
        self._box.addLayout(top)
        self._steps = QWidget()
        self._steps.hide()
        self._box.addWidget(self._steps)
        if whole:
            at_once(self.build(note))

    def build(self, note: str) -> Iterator[None]:
        """Make the steps, a few milliseconds' work from each `yield` to the next."""
        card = self.card
        yield from self._build_steps(note)
        if card.last4:
            self._end = card.last4
            self._show_stored(True)
        else:
            self._end = ""
        self.set_check("ok" if card.works else "unchecked", "")

    @property
    def is_open(self) -> bool:
        """Whether the steps are shown."""
        return self.head.isChecked()

    @property
    def works(self) -> bool:
        """Whether a check found the key good."""
        return self.head.state == "ok"

    def set_open(self, on: bool) -> None:
        """Show or hide the steps; emits nothing."""
        self.head.setChecked(on)
        self._steps.setVisible(on)
        self._show_get()
        self.update()

    def place(self, *, first: bool, last: bool, top: int, bottom: int) -> None:
        """Whether the card begins or ends a run of joined cards, and the gaps in px above and below it."""
        self._first, self._last = first, last
        self._gaps = (top, bottom)
        self._box.setContentsMargins(1, 1 + top, 1, 1 + bottom)
        self.update()

    def set_check(self, state: CheckState, text: str) -> None:
        """Show how the check of the pasted key stands."""
        self.show_news(CheckNews(state, text))

    def show_news(self, news: CheckNews) -> None:
        """Show a check with its one next step and the vendor's words."""
        state, text = news.state, news.text
        self._action = (news.action, news.argument)
        self._next.setText(news.step)
        self._next.setVisible(bool(news.step))
        self._next.updateGeometry()
        self._vendor.show_words(news.words, news.words_of)
        self.head.state = state
        # The key is right and something else is to be done, or nothing could be found out.
        self.head.almost = news.action not in ("", "check_again", "network_settings", "edit_address")
        self.head.setAccessibleDescription(f"{text} {self.card.headline} {self.card.tail}".strip())
        self._result.setText(text or tr("welcome.step.check"))
        tint(self._result, {"bad": "bad", "unsure": "cool", "unchecked": "ink-2"}.get(state, "ink"))
        self._result.setFont(self._theme.font("control-bold" if state == "ok" else "control"))
        self._marks[0].set_done(state == "ok" or bool(self._end))
        self._marks[1].set_done(state == "ok")
        self._marks[2].set_done(state == "ok")
        self._show_get()
        self.head.update()

    def ask(self, text: str, choices: Sequence[tuple[str, str]]) -> None:
        """Ask whose the pasted key is, before it is sent anywhere."""
        self._end = self.card.last4
        self._show_stored(bool(self._end))
        self._question.ask(text, choices)

    def set_note(self, text: str) -> None:
        """The line below the field that says where the key is kept."""
        self._note.setText(text)

    def focus_field(self) -> None:
        """Put the keyboard where the key goes."""
        (self.secret if not self.secret.isHidden() else self._stored.replace).setFocus(
            Qt.FocusReason.OtherFocusReason
        )

    def keyboard_at(self) -> str:
        """Which of its parts has the keyboard; empty when none has."""
        return next((name for name, part in self._parts().items() if part.hasFocus()), "")

    def put_keyboard(self, part: str) -> None:
        """Put the keyboard on that part, or where the key goes when the part is not shown."""
        wanted = self._parts().get(part)
        if wanted is not None and wanted.isVisibleTo(self):
            wanted.setFocus(Qt.FocusReason.TabFocusReason)
        elif self.is_open:
            self.focus_field()

    def _parts(self) -> dict[str, QWidget]:
        return {
            "head": self.head,
            "get": self.get,
            "field": self.secret,
            "stored": self._stored.replace,
            "step": self._next,
            "vendor": self._vendor.head,
        }

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rect = QRectF(self.rect())
        if self.is_open:
            painter.setPen(QPen(self._theme.color("accent"), 2))
            painter.drawRoundedRect(rect.adjusted(1, 1 + self._gaps[0], -1, -1 - self._gaps[1]), 8, 8)
        else:
            painter.setPen(QPen(self._theme.color("line"), 1))
            painter.setClipRect(self.rect())
            # The rounded corners of a joined side lie outside the clip; the lower card draws the line.
            top = 0.5 if self._first else -12
            bottom = -0.5 if self._last else 12
            if self.head.underMouse():
                painter.setBrush(self._theme.color("bg-hover"))
            painter.drawRoundedRect(rect.adjusted(0.5, top, -0.5, bottom), 8, 8)
            if not self._first:
                painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
                # Not a drawn line: half of one at the edge would lie outside on a finer screen.
                rule(painter, 0, 0, self.width(), 1, self._theme.color("line"))
        painter.end()

    def _build_steps(self, note: str) -> Iterator[None]:
        box = column(self._steps, spacing=14, margins=(60, 8, 24, 14))
        self._marks = [StepMark(self._theme, n) for n in (1, 2, 3)]
        open_page = button(tr("welcome.open_page"), size="small", trailing="external")
        open_page.setAccessibleName(tr("welcome.open_page.of", name=self.card.name))
        open_page.clicked.connect(self.page_requested)
        first = QHBoxLayout()
        first.setSpacing(10)
        make = label(tr("welcome.step.make"), "control", "ink")
        make.setContentsMargins(0, 3, 0, 0)
        signup = wrapping(self.card.signup, "caption", "ink-3")
        signup.setContentsMargins(0, 4, 0, 0)
        first.addWidget(make, 0, Qt.AlignmentFlag.AlignTop)
        first.addWidget(open_page, 0, Qt.AlignmentFlag.AlignTop)
        first.addWidget(signup, 1, Qt.AlignmentFlag.AlignTop)
        box.addLayout(self._step(0, first))
        yield
        self.secret = SecretField(tr("welcome.step.paste"))
        self.secret.setAccessibleName(tr("welcome.step.paste.of", name=self.card.name))
        self.secret.entered.connect(self._paste)
        self._stored = StoredKey(self._theme)
        self._stored.replace.clicked.connect(self._replace)
        self._stored.hide()
        self._note = wrapping(note, "caption", "ink-3")
        self._question = KeyQuestion()
        self._question.answered.connect(self.answered)
        self._question.dismissed.connect(self.focus_field)
        second = QWidget()
        under = column(second, spacing=6)
        fields = QWidget()
        inner = column(fields)
        inner.addWidget(self.secret)
        inner.addWidget(self._stored)
        fields.setMaximumWidth(560)
        under.addWidget(fields)
        under.addWidget(self._note)
        under.addWidget(self._question)
        box.addLayout(self._step(1, second))
        yield
        self._result = wrapping("", "control", "ink-2")
        third = QWidget()
        lines = column(third, spacing=6)
        lines.addWidget(self._result)
        self._action = ("", "")
        self._next = button("", size="small")
        self._next.clicked.connect(self._take_step)
        self._next.hide()
        lines.addWidget(self._next, 0, Qt.AlignmentFlag.AlignLeft)
        self._vendor = VendorWords()
        lines.addWidget(self._vendor)
        tags = self._build_tags()
        lines.addWidget(tags)
        box.addLayout(self._step(2, third))

    def _step(self, number: int, content: QWidget | QHBoxLayout) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(10)
        mark = QWidget()
        place = column(mark, margins=(0, 5 if number == 1 else 3 if number == 0 else 0, 0, 0))
        place.addWidget(self._marks[number])
        row.addWidget(mark, 0, Qt.AlignmentFlag.AlignTop)
        if isinstance(content, QWidget):
            row.addWidget(content, 1)
        else:
            row.addLayout(content, 1)
        return row

    def _build_tags(self) -> QWidget:
        made = QWidget()
        box = column(made, spacing=4)
        lines = (
            ("free", tr("welcome.and").join(self.card.free)),
            ("grant", tr("welcome.and").join(self.card.granted)),
            ("paid", tr("welcome.paid", n=self.card.paid) if self.card.paid else ""),
        )
        for kind, text in lines:
            if not text:
                continue
            row = QHBoxLayout()
            row.setSpacing(6)
            row.addWidget(Tag(kind), 0, Qt.AlignmentFlag.AlignTop)  # pyright: ignore[reportArgumentType]
            row.addWidget(wrapping(text, "caption", "ink-2"), 1)
            box.addLayout(row)
        return made

    def _get(self) -> None:
        self.page_requested.emit()
        self.opened.emit(True)

    def _paste(self, secret: str) -> None:
        # Short texts are no keys; four characters of them would give too much away.
        self._question.clear()
        self._end = secret[-4:] if len(secret) >= 12 else ""
        self._show_stored(True)
        self._stored.replace.setFocus(Qt.FocusReason.OtherFocusReason)
        self.pasted.emit(secret)

    def _take_step(self) -> None:
        action, argument = self._action
        if action == "replace_key":
            self._replace()
        else:
            self.step_requested.emit(action, argument)

    def _replace(self) -> None:
        self._show_stored(False)
        self.focus_field()

    def _show_stored(self, on: bool) -> None:
        self._stored.show_end(self._end)
        self._stored.setVisible(on)
        self.secret.setVisible(not on)

    def _show_get(self) -> None:
        self.get.setVisible(not self.is_open and self.head.state == "unchecked" and bool(self.card.key_page))
