"""The line of actions under a message: there on hover, with the keyboard, and on the last answer."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QRectF
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from app.i18n import tr
from app.store.records import Message
from ui.controls import Button, icon_button
from ui.lettering import draw_line
from ui.transcript.context import Context

HEIGHT = 28


def deleting(role: str, *, alone: bool) -> str:
    """What deleting a message is called; `alone` = a question nothing answers."""
    if role != "user":
        return tr("transcript.delete")
    return tr("transcript.delete_question" if alone else "transcript.delete_pair")


class Foot(QWidget):
    """Icon buttons, siblings and a note. Nothing is built before it is first shown."""

    def __init__(self, context: Context, parent: QWidget, message: Message, *, right: bool = False) -> None:
        super().__init__(parent)
        self._context = context
        self._message = message
        self._right = right
        self._note = ""
        self._buttons: list[Button] | None = None
        self._shown = False
        self._count_at = 0
        self._waiting: list[tuple[Button, str, bool]] = []
        context.wishes.busy_changed.connect(self._allow)
        self.setAccessibleName(tr("transcript.actions"))

    def set_message(self, message: Message, note: str) -> None:
        """What the actions act on, and the note behind them."""
        before = self._message
        changed = _offers(message) != _offers(before)
        self._message, self._note = message, note
        if changed and self._buttons is not None:
            for one in self._buttons:
                one.deleteLater()
            self._buttons = None
        if self._shown:
            self.reveal(True)
        self.update()

    def reveal(self, shown: bool) -> None:
        """Show or hide the line; its room stays."""
        self._shown = shown
        if shown and self._buttons is None:
            self._build()
        self._allow()
        for one in self._buttons or ():
            one.setVisible(shown)
        self._place()
        self.update()

    def _build(self) -> None:
        wishes, message = self._context.wishes, self._message
        # Icon, words, what it does, and whether it would change the branch under an answer being written.
        entries: list[tuple[str, str, Callable[[], None], bool]] = []
        if message.text:
            entries.append(("copy", tr("transcript.copy_message"), self._copy, False))
        if message.role == "user":
            entries.append(("edit", tr("transcript.edit"), lambda: wishes.edit.emit(message.id), False))
            entries.append(("compare", tr("transcript.compare"), self._compare, True))
        else:
            if message.text or message.status not in ("failed", "waiting"):
                # The card in the place of an answer that failed offers that in words.
                entries.append(("retry", tr("transcript.retry_choose"), self._choices, True))
            if message.text:
                entries.append(("branch", tr("transcript.branch"), self._branch, False))
        if message.status != "streaming":
            words = deleting(message.role, alone=wishes.without_answer(message.id))
            entries.append(("trash", words, lambda: wishes.delete.emit(message.id), True))
        if len(message.siblings) > 1:
            before, after = tr("transcript.previous_version"), tr("transcript.next_version")
            entries.append(("chevron-left", f"{before} (Alt+←)", lambda: self.go(-1), True))
            entries.append(("chevron-right", f"{after} (Alt+→)", lambda: self.go(1), True))
        self._buttons = []
        self._waiting = []
        at, last = self._position(), len(message.siblings) - 1
        for name, words, act, waits in entries:
            made = icon_button(name, words)
            made.setParent(self)
            made.clicked.connect(act)
            self._buttons.append(made)
            possible = {"chevron-left": at > 0, "chevron-right": at < last}.get(name, True)
            made.setEnabled(possible)
            if waits:
                self._waiting.append((made, words, possible))

    def _allow(self) -> None:
        """What must wait for the answer being written says so instead of doing nothing."""
        busy = self._context.wishes.busy
        for made, words, possible in self._waiting if self._buttons else ():
            made.setEnabled(possible and not busy)
            made.setToolTip(f"{words} · {tr('transcript.wait_for_answer')}" if busy else words)
            made.setAccessibleDescription(tr("transcript.wait_for_answer") if busy else "")

    def _choices(self) -> None:
        self._context.wishes.choices.emit(self._message.id, self.sender())

    def _compare(self) -> None:
        self._context.wishes.compare.emit(self._message.id)

    def _copy(self) -> None:
        self._context.wishes.copy.emit(self._message.text)

    def _branch(self) -> None:
        self._context.wishes.action.emit(self._message.id, "branch", "")

    def _position(self) -> int:
        ids = self._message.siblings
        return ids.index(self._message.id) if self._message.id in ids else len(ids) - 1

    def go(self, step: int) -> None:
        """Show the version so many further on, where there is one and nothing is being written."""
        at = self._position() + step
        if 0 <= at < len(self._message.siblings) and not self._context.wishes.busy:
            self._context.wishes.sibling.emit(self._message.siblings[at])

    def _count(self) -> str:
        ids = self._message.siblings
        return f"{self._position() + 1}/{len(ids)}" if len(ids) > 1 else ""

    def _place(self) -> None:
        if not self._buttons:
            return
        metrics = QFontMetrics(self._context.theme.font("caption"))
        gap = metrics.horizontalAdvance(self._count()) + 8 if self._count() else 0
        width = 28 * len(self._buttons) + gap
        x = self.width() - width if self._right else -6
        for i, one in enumerate(self._buttons):
            if gap and i == len(self._buttons) - 1:
                self._count_at = x
                x += gap
            one.move(x, 0)
            x += 28

    def fit(self, width: int) -> int:
        """A fixed height."""
        self.resize(width, HEIGHT)
        self._place()
        return HEIGHT

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self._shown:
            return
        theme, painter = self._context.theme, QPainter(self)
        painter.setFont(theme.font("caption"))
        painter.setPen(theme.color("ink-3"))
        if self._count():
            where = QRectF(self._count_at, 0, 60, HEIGHT)
            draw_line(painter, where.translated(4, 0), self._count())
        if self._note:
            last = self._buttons[-1].geometry().right() if self._buttons else 0
            draw_line(painter, QRectF(last + 8, 0, self.width() - last - 8, HEIGHT), self._note)


def _offers(message: Message) -> tuple[object, ...]:
    """What decides which buttons there are."""
    return message.id, message.siblings, bool(message.text), message.status
