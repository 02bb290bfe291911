"""The quota section: the user's grants by provider; correct, edit, add and remove them, and their history."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, QSize, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QScrollArea, QWidget

from app.i18n import tr
from ui.controls import Button, button, label
from ui.marks import paint_tile
from ui.pieces import at_once
from ui.quota.gauge import Gauge
from ui.settings.form import Adaptive, Card, column, wrapping
from ui.settings.grant_form import CorrectForm, GrantForm
from ui.settings.grant_values import GrantEntry, GrantLine, ProviderChoice
from ui.settings.parts import Question
from ui.settings.sections import Section
from ui.theme import Theme

if TYPE_CHECKING:
    from app.settings import Settings


_BARE = 6
"""Pixels between a flat button's edge, which is not seen, and its words, which end where a card's rows do."""

FormState = GrantEntry | tuple[str, str, bool]
"""What is being typed into a form: a grant's terms, or a correction (see `CorrectForm.state`)."""


@dataclass(frozen=True, slots=True)
class OpenedGrants:
    """The forms that are open: that for a new grant, and those of grants by their ids."""

    new: GrantEntry | None = None
    forms: Mapping[str, FormState] = field(default_factory=dict[str, FormState])


class _Tile(QWidget):
    """A provider's tile."""

    def __init__(self, theme: Theme, glyph: str, colour: str) -> None:
        super().__init__()
        self._theme, self._glyph, self._colour = theme, glyph, colour
        self.setFixedSize(QSize(20, 20))

    def paintEvent(self, event: QPaintEvent) -> None:
        colour = self._colour or self._theme.color("parked-mark")
        paint_tile(QPainter(self), QRectF(self.rect()), self._glyph, colour, self._theme)


class GrantPart(QWidget):
    """One grant with its buttons; at most one form or list is open below it.

    `corrected(id, amount, last day)`, `edited(GrantEntry)`, `history_wanted(id)`, `removed(id)`.
    """

    corrected = Signal(str, str, str)
    edited = Signal(object)
    history_wanted = Signal(str)
    removed = Signal(str)

    def __init__(self, theme: Theme, line: GrantLine) -> None:
        super().__init__()
        self._theme = theme
        self.line = line
        self.form: CorrectForm | GrantForm | None = None
        self._below: QWidget | None = None
        self._box = column(self, margins=(_BARE, 0, 0, 0), spacing=6)
        self._scope = label("", "control-bold", "ink")
        self._gauge = Gauge(theme)
        self._words = wrapping("", "caption", "ink-2")
        self.buttons: dict[str, Button] = {}
        actions = QWidget()
        side = QHBoxLayout(actions)
        side.setContentsMargins(0, 0, 0, 0)
        side.setSpacing(4)
        for name, act in (
            ("correct", self.open_correct),
            ("edit", self.open_edit),
            ("history", lambda: self.history_wanted.emit(self.line.id)),
            ("remove", self._ask_removal),
        ):
            # One outlined button a row: there are dozens of rows.
            made = button(tr(f"grants.{name}"), "secondary" if name == "correct" else "flat", size="small")
            made.ink_token = "bad" if name == "remove" else None
            made.clicked.connect(act)
            self.buttons[name] = made
            side.addWidget(made)
        self.question = Question(tr("grants.remove"))
        self.question.confirmed.connect(lambda: self.removed.emit(self.line.id))
        told = QWidget()
        lines = column(told, spacing=5)
        for widget in (self._scope, self._gauge, self._words):
            lines.addWidget(widget)
        self._box.addWidget(Adaptive(told, actions))
        self.question.setContentsMargins(0, 0, _BARE, 0)
        self._box.addWidget(self.question)
        self.show_line(line)

    def show_line(self, line: GrantLine) -> None:
        """Show new numbers; an open form keeps what was typed."""
        self.line = line
        self._scope.setText(line.scope)
        self._gauge.set_level(line.level)
        self._gauge.setAccessibleName(f"{line.name}: {line.words}")
        self._words.setText(line.words)
        for name, made in self.buttons.items():
            words = tr(f"grants.{name}")
            made.setAccessibleName(tr("grants.action_of", action=words, name=line.name))

    def open_correct(self) -> None:
        """Ask what the console says."""
        form = CorrectForm(self.line)
        form.entered.connect(lambda amount, day: self.corrected.emit(self.line.id, amount, day))
        self._open_form(form)

    def reveal(self) -> None:
        """Scroll it into view."""
        above = self.parentWidget()
        while above is not None and not isinstance(above, QScrollArea):
            above = above.parentWidget()
        if isinstance(above, QScrollArea):
            above.ensureWidgetVisible(self)

    def open_edit(self) -> None:
        """Show its terms."""
        form = GrantForm(self._theme, self.line)
        form.entered.connect(self.edited)
        self._open_form(form)

    def open_again(self, state: FormState) -> None:
        """Open the form this was typed into, with it."""
        if isinstance(state, GrantEntry):
            self.open_edit()
        else:
            self.open_correct()
        match self.form, state:
            case GrantForm() as form, GrantEntry():
                form.take(state)
            case CorrectForm() as form, (_, _, _):
                form.take(state)
            case _:
                pass

    def show_history(self, rows: Sequence[str]) -> None:
        """List its corrections, the newest first."""
        listed = QWidget()
        box = column(listed, spacing=2)
        for row in rows or (tr("grants.no_history"),):
            box.addWidget(wrapping(row, "caption", "ink-2"))
        self._replace(listed)

    def close_below(self) -> None:
        """Take an open form or list away."""
        focused = self.form is not None and self.form.isAncestorOf(self.focusWidget() or self)
        self._replace(None)
        if focused:
            self.buttons["correct"].setFocus()

    def _open_form(self, form: CorrectForm | GrantForm) -> None:
        form.cancelled.connect(self.close_below)
        self._replace(form)
        self.form = form
        form.begin()

    def _ask_removal(self) -> None:
        self._replace(None)
        self.question.ask(tr("grants.remove_sure", name=self.line.name))

    def _replace(self, widget: QWidget | None) -> None:
        if self._below is not None:
            self._below.hide()
            self._below.deleteLater()
        self.form, self._below = None, widget
        if widget is not None:
            self.question.hide()
            widget.setContentsMargins(0, 0, _BARE, 0)
            self._box.addWidget(widget)
            widget.show()


class GrantsSection(Section):
    """All grants. Signals as of `GrantPart`, and `added(GrantEntry)`."""

    TITLE = "grants.section"
    CAPTION = "grants.caption"

    corrected = Signal(str, str, str)
    edited = Signal(object)
    added = Signal(object)
    history_wanted = Signal(str)
    removed = Signal(str)

    def build(self) -> Iterator[None]:
        self.parts: dict[str, GrantPart] = {}
        self._choices: tuple[ProviderChoice, ...] = ()
        self.add = button(tr("grants.add"), size="small", icon="plus")
        self.add.clicked.connect(self.open_form)
        top = QWidget()
        row = QHBoxLayout(top)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.add)
        row.addStretch(1)
        self.box.addWidget(top)
        yield
        self.form: GrantForm | None = None
        self._form_place = QWidget()
        column(self._form_place)
        self.box.addWidget(self._form_place)
        yield
        self._form_place.hide()
        self._none = wrapping(tr("grants.none"), "caption", "ink-3")
        self.box.addWidget(self._none)
        yield
        self._groups: dict[str, tuple[list[str], QWidget]] = {}
        self._before_groups = self.box.count()
        self._latest: Sequence[GrantLine] = ()
        self.box.addStretch(1)

    def show_settings(self, settings: Settings) -> None:
        """Nothing of the settings is shown here."""

    def show_grants(self, lines: Sequence[GrantLine], choices: Sequence[ProviderChoice]) -> None:
        """Show these grants, by provider in the order given."""
        at_once(self.filling(lines, choices))

    def filling(self, lines: Sequence[GrantLine], choices: Sequence[ProviderChoice]) -> Iterator[None]:
        """The same in pieces, a grant each. What is shown later counts: the rest of this is then left."""
        self._latest = lines
        self._choices = tuple(choices)
        self.add.setEnabled(bool(choices))
        self._none.setVisible(not lines)
        if [line.id for line in lines] == list(self.parts):
            for line in lines:
                self.parts[line.id].show_line(line)
            return
        groups: dict[str, list[GrantLine]] = {}
        for line in lines:
            groups.setdefault(line.provider, []).append(line)
        for provider, (ids, group) in list(self._groups.items()):
            # Or one that somebody was still building.
            there = all(grant in self.parts for grant in ids)
            if not there or [line.id for line in groups.get(provider, ())] != ids:
                self._drop(provider, ids, group)
        for place, (provider, mine) in enumerate(groups.items()):
            if provider not in self._groups:
                yield from self._group(mine, lines)
                if self._latest is not lines:
                    return
            else:
                for line in mine:
                    self.parts[line.id].show_line(line)
            group = self._groups[provider][1]
            if self.box.indexOf(group) != self._before_groups + place:
                self.box.removeWidget(group)
                self.box.insertWidget(self._before_groups + place, group)
        self.parts = {line.id: self.parts[line.id] for line in lines}

    def _drop(self, provider: str, ids: Sequence[str], group: QWidget) -> None:
        del self._groups[provider]
        for grant in ids:
            self.parts.pop(grant, None)
        self.box.removeWidget(group)
        group.hide()
        group.deleteLater()

    def _group(self, lines: Sequence[GrantLine], wanted: Sequence[GrantLine]) -> Iterator[None]:
        part = QWidget()
        self._groups[lines[0].provider] = [line.id for line in lines], part
        self.box.insertWidget(self.box.count() - 1, part)
        box = column(part, spacing=8)
        head = QWidget()
        row = QHBoxLayout(head)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(_Tile(self.theme, lines[0].glyph, lines[0].colour))
        row.addWidget(label(lines[0].provider_name, "control-bold", "ink"), 1)
        box.addWidget(head)
        card = Card(self.theme)
        box.addWidget(card)
        for line in lines:
            made = GrantPart(self.theme, line)
            made.corrected.connect(self.corrected)
            made.edited.connect(self.edited)
            made.history_wanted.connect(self.history_wanted)
            made.removed.connect(self.removed)
            self.parts[line.id] = made
            card.add(made, (12 - _BARE, 10))
            yield
            if self._latest is not wanted:
                return

    def open_form(self) -> None:
        """Ask for a new grant."""
        self.close_form()
        self.form = GrantForm(self.theme, None, self._choices)
        self.form.entered.connect(self.added)
        self.form.cancelled.connect(self.close_form)
        place = self._form_place.layout()
        if place is not None:
            place.addWidget(self.form)
        self._form_place.show()
        self.form.begin()

    def opened(self) -> OpenedGrants:
        """What is being filled in."""
        forms = {name: part.form.state() for name, part in self.parts.items() if part.form is not None}
        return OpenedGrants(self.form.state() if self.form is not None else None, forms)

    def open_again(self, opened: OpenedGrants) -> None:
        """Go on where another section of this kind was left."""
        if opened.new is not None:
            self.open_form()
            assert self.form is not None
            self.form.take(opened.new)
        for name, state in opened.forms.items():
            part = self.parts.get(name)
            if part is not None:
                part.open_again(state)

    def close_form(self) -> None:
        """Take the form for a new grant away."""
        if self.form is not None:
            self.form.hide()
            self.form.deleteLater()
            self.form = None
            self._form_place.hide()

    def show_problem(self, grant: str, text: str) -> None:
        """Why what was entered was not taken; `grant` empty = the new one. An empty text closes the form."""
        part = self.parts.get(grant)
        form = part.form if part is not None else self.form
        if text and form is not None:
            form.show_problem(text)
        elif not text:
            if part is not None:
                part.close_below()
            else:
                self.close_form()
