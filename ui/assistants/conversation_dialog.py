"""What one conversation has of its own: its prompt, how answers are made, the summary of what it left out."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from app.i18n import tr
from app.key_leaks import surely_keys
from app.store.records import Conversation, Parameters
from app.summaries import LONGEST
from ui.assistants.parts import ParametersForm, TextBox
from ui.controls import button, label
from ui.framed_dialog import FramedDialog
from ui.pieces import at_once
from ui.settings.form import Card, column, scrolled, wrapping
from ui.spoken import say
from ui.theme import Theme


class ConversationDialog(FramedDialog):
    """Open it with `open()`. `saved(changes)` gives the fields of the conversation that were changed."""

    saved = Signal(object)

    def __init__(
        self,
        theme: Theme,
        parent: QWidget,
        conversation: Conversation,
        assistant: str,
        *,
        to_summary: bool = False,
        whole: bool = True,
    ) -> None:
        """Not `whole`: whoever made it goes through `build` before anything else."""
        super().__init__(parent)
        self._before = conversation
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("context.settings"))
        # Without something left out there is nothing a summary could stand for.
        self._summed = bool(conversation.summary or conversation.summary_until)
        self._theme = theme
        self._assistant = assistant
        self._to_summary = to_summary and self._summed
        self.resize(560, min(640, max(420, parent.height() - 80)))
        if whole:
            at_once(self.build())

    def build(self) -> Iterator[None]:
        """Make what is shown, a few milliseconds' work from each `yield` to the next; from the outside in:
        what is put into something else late takes its looks over once more."""
        theme, conversation = self._theme, self._before
        box, content = column(self), QWidget()
        box.addWidget(scrolled(content), 1)
        box.addWidget(self._build_foot())
        lines = column(content, spacing=8, margins=(20, 16, 20, 16))
        lines.addWidget(label(tr("context.settings"), "header", "ink"))
        if self._assistant:
            lines.addWidget(wrapping(tr("context.from", name=self._assistant), "caption", "ink-3"))
        lines.addWidget(label(tr("assistants.prompt"), "control-bold", "ink"))
        yield
        lines_shown = 5 if self._summed else 9
        self.prompt = TextBox(theme, tr("assistants.prompt"), tr("context.prompt.hint"), lines=lines_shown)
        self.prompt.set_text(conversation.system)
        lines.addWidget(self.prompt)
        self.problem = wrapping(tr("assistants.key_inside"), "caption", "bad")
        self.problem.hide()
        lines.addWidget(self.problem)
        yield
        self.parameters = ParametersForm(theme)
        self.parameters.show_parameters(conversation.parameters)
        yield
        how = Card(theme)
        lines.addWidget(how)
        how.add(self.parameters)
        yield
        self.summary = TextBox(theme, tr("context.summary"), tr("context.summary.hint"), lines=7)
        self.summary.set_text(conversation.summary)
        if self._summed:
            lines.addWidget(label(tr("context.summary"), "control-bold", "ink"))
            lines.addWidget(wrapping(tr("context.summary.note"), "caption", "ink-3"))
            lines.addWidget(self.summary)
        else:
            self.summary.setParent(self)
            self.summary.hide()
        lines.addStretch(1)
        (self.summary if self._to_summary else self.prompt).setFocus()

    def _build_foot(self) -> QWidget:
        self.save = button(tr("context.save"), "primary")
        self.save.clicked.connect(self._save)
        self.cancel = button(tr("settings.cancel"))
        self.cancel.clicked.connect(self.reject)
        foot = QWidget()
        row = QHBoxLayout(foot)
        row.setContentsMargins(20, 10, 20, 14)
        row.addStretch(1)
        row.addWidget(self.cancel)
        row.addWidget(self.save)
        return foot

    def _save(self) -> None:
        if surely_keys(self.prompt.text()):
            self.problem.show()
            say(self.problem, self.problem.text(), at_once=True)
            self.prompt.setFocus(Qt.FocusReason.OtherFocusReason)
            return
        before, how = self._before, self.parameters.parameters()
        now: dict[str, object] = {
            "system": self.prompt.text().strip(),
            "parameters": None if how == Parameters() else how,
            "summary": self.summary.text().strip()[:LONGEST] if self._summed else before.summary,
        }
        changes = {name: value for name, value in now.items() if value != getattr(before, name)}
        if changes:
            self.saved.emit(changes)
        self.accept()
