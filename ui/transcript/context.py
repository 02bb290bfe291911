"""What every row needs from the view: colours, the renderer, names, and where to report."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QObject, Signal

from app.clock import Clock
from app.wording import Names
from ui.pictures import Pictures
from ui.render.style import RenderStyle, style_of
from ui.theme import Theme
from ui.transcript.formulas import Formulas
from ui.transcript.head_line import MOST
from ui.transcript.thumbnails import Thumbnails

if TYPE_CHECKING:
    from PySide6.QtGui import QMouseEvent
    from PySide6.QtWidgets import QTextBrowser

    from ui.render.markdown import Markdown


class Wishes(QObject):
    """What readers ask for, from any row.

    Signals: `copy(text)`, `retry(message)`, `resume(message)` (go on writing), `next_leg(message)`,
    `edit(message)`, `sibling(message)` (show that version), `action(message, action, argument)`, `link(url)`,
    `hovered(url)` (empty = none), `resized(row)` (its height changed by itself), `choices(message, button)`
    (ways to answer again), `delete(message)` (it alone, a question with its answers), `delete_from(message)`
    (with what follows), `compare(message)`, `quote(text)`, `menu(row)` (by keyboard), `picture(messages)`.

    While `busy`, what would change the branch shown waits; `busy_changed` tells.
    `without_answer(message)` says whether nothing answers a question.
    """

    copy = Signal(str)
    retry = Signal(str)
    resume = Signal(str)
    next_leg = Signal(str)
    edit = Signal(str)
    sibling = Signal(str)
    action = Signal(str, str, str)
    link = Signal(str)
    hovered = Signal(str)
    resized = Signal(object)
    choices = Signal(str, object)
    delete = Signal(str)
    delete_from = Signal(str)
    compare = Signal(str)
    quote = Signal(str)
    menu = Signal(object)
    picture = Signal(list)
    busy_changed = Signal()
    busy = False
    without_answer: Callable[[str], bool] = staticmethod(lambda _message: False)

    def set_busy(self, busy: bool) -> None:
        """Whether an answer of this conversation is being written."""
        if busy != self.busy:
            self.busy = busy
            self.busy_changed.emit()


class Pointer(Protocol):
    """Hears of the mouse in any piece first; True = the piece must not act on it."""

    def pressed(self, piece: QTextBrowser, event: QMouseEvent) -> bool: ...

    def moved(self, piece: QTextBrowser, event: QMouseEvent) -> bool: ...

    def released(self, piece: QTextBrowser, event: QMouseEvent) -> bool: ...


class SentMark:
    """Where the line stands over which nothing is sent: over the message `first` (None = all is sent), with
    a link of that text."""

    def __init__(self) -> None:
        self.first: str | None = None
        self.link = ""


@dataclass(frozen=True)
class Context:
    """Shared by all rows of a view. `need_lexer(language, then)` calls back when a language is loaded.
    `unfolded` = (message, what) the reader has unfolded: rows come and go. In a `column` of a comparison,
    which says who answers and has actions of its own, rows have neither."""

    theme: Theme
    names: Names
    clock: Clock
    wishes: Wishes
    need_lexer: Callable[[str, Callable[[], None]], None]
    pointer: Pointer
    formulas: Formulas
    column: bool = False
    sent: SentMark = field(default_factory=SentMark)
    unfolded: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])
    pictures: Thumbnails = field(default_factory=Thumbnails)

    @cached_property
    def style(self) -> RenderStyle:
        """The renderer's colours."""
        return style_of(self.theme)

    @cached_property
    def heads(self) -> Pictures:
        """Painted lines that say who answered."""
        return Pictures(MOST, self.theme.color("bg-page"))

    @cached_property
    def markdown(self) -> Markdown:
        """The renderer; its libraries are loaded here if nobody did before."""
        from ui.render.markdown import Markdown

        return Markdown(self.style)
