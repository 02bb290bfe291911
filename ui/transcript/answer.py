"""An answer: who gave it, the thinking before it, its text with seams, how it ended."""

from __future__ import annotations

import time
from collections.abc import Sequence
from itertools import pairwise

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from app.i18n import tr
from ui.transcript import story
from ui.transcript.body import Part
from ui.transcript.card_model import Card, alone, card_for, payment_choices
from ui.transcript.cards import CardView, Ending, WaitingCard
from ui.transcript.context import Context
from ui.transcript.details import DetailsCard
from ui.transcript.endings import ending_choices, ending_inks
from ui.transcript.folds import FoldHead, Thinking, thinking_words
from ui.transcript.foot import HEIGHT as FOOT
from ui.transcript.head_line import HeadLine
from ui.transcript.inks import Ink, InkLine, Words
from ui.transcript.live import LiveTurn
from ui.transcript.pieces import TextPiece
from ui.transcript.row import Row
from ui.transcript.seam_line import SeamLine
from ui.transcript.source import Item

_AFTER, _AFTER_DENSE = 14, 4
"""Room between an answer's foot and the next question."""


class AnswerRow(Row):
    """One answer, stored or still streaming."""

    def __init__(self, context: Context, parent: QWidget, item: Item, live: LiveTurn | None = None) -> None:
        super().__init__(context, parent, item)
        # What has grown paints only what is new: an answer that streams in would paint all that is seen.
        self.setAttribute(Qt.WidgetAttribute.WA_StaticContents)
        self._head = HeadLine(context.theme, context.heads, self, 20)
        self._spare: Part | None = None
        self._details_head: FoldHead | None = None
        self._details: DetailsCard | None = None
        self._thinking: Thinking | None = None
        self._parts: list[Part] = []
        self._seams: list[SeamLine] = []
        self._ats: list[int] = []
        self._todo: list[str] = []
        self._note: InkLine | None = None
        self._card: CardView | None = None
        self._waiting: WaitingCard | None = None
        self._ending_line: InkLine | None = None
        self._ending: Ending | None = None
        self._seen = self._pushed = self._restarts = 0
        self._live = live is not None
        self._head.setVisible(not context.column)
        if live is not None:
            self.sync(live)
        else:
            self.show_item(item)

    # stored

    def show_item(self, item: Item, card: Card | None = None) -> None:
        """Show what is stored, from nothing. `card` replaces the one the attempts would make."""
        self.message, self.attempts = item
        self._live = False
        self._clear_text()
        self._drop_waiting()
        text = self.message.text
        seams = story.seams(self.attempts, self.context.names, len(text))
        cuts = [0, *(s.at for s in seams), len(text)]
        self._todo = [text[a:b] for a, b in pairwise(cuts) if b > a or not seams]
        self._ats = [s.at for s in seams]
        for seam in seams:
            self._add_seam(seam.inks)
        if not text:
            self._todo.clear()
        self._describe(self.message.reasoning, self.message.reasoning_ms, thinking=False)
        self._end(card)

    def finish(self, item: Item) -> None:
        """The turn is over: keep what is shown when it is what was stored."""
        message, attempts = item
        seams = story.seams(attempts, self.context.names, len(message.text))
        shown = "".join(p.text for p in self._parts)
        if shown != message.text or [s.at for s in seams] != self._ats or self._todo:
            self.show_item(item)
            return
        self.message, self.attempts = message, attempts
        self._live = False
        self._drop_waiting()
        for line, seam in zip(self._seams, seams, strict=True):
            line.set_inks(seam.inks)
            line.offer(True)
        for part in self._parts:
            part.set_caret(False)
            part.end()
        if not message.text:
            self._clear_text()
        self._describe(message.reasoning, message.reasoning_ms, thinking=False)
        self._end(None)

    def show_card(self, card: Card) -> None:
        """Put a card in the answer's place, or under what there is of it."""
        self._set_card(card)
        self.context.wishes.resized.emit(self)

    # used again

    @property
    def reusable(self) -> bool:
        own = (self._details_head, self._thinking, self._note, self._card, self._waiting, self._ending_line)
        if self._live or self._seams or self._todo or any(widget is not None for widget in own):
            return False
        return len(self._parts) == 1 and self._parts[0].reusable

    def rest(self) -> None:
        super().rest()
        self._spare = self._parts.pop()
        self._spare.hide()
        self._spare.restart()

    # live

    def sync(self, live: LiveTurn) -> bool:
        """Show what the running turn has gathered since the last time; whether only its text has grown, and
        nothing else needs a place."""
        others = self._others()
        self.message, self.attempts = live.message, live.records
        if live.restarts != self._restarts:
            self._clear_text()
            self._restarts = live.restarts
        if not self._parts:
            self._add_part("")
        fresh = "".join(live.parts[self._seen :])
        self._seen = len(live.parts)
        for seam in story.seams(live.records, self.context.names, live.length)[len(self._ats) :]:
            left = max(0, seam.at - self._pushed)
            self._push(fresh[:left])
            fresh = fresh[left:]
            self._parts[-1].set_caret(False)
            self._parts[-1].end()
            self._parts[-1].step(0.05)
            self._ats.append(seam.at)
            self._add_seam(seam.inks)
            self._add_part(self._parts[-1].open_fence)
        self._push(fresh)
        shown = story.seams(live.records, self.context.names, live.length)
        for line, seam in zip(self._seams, shown, strict=False):
            line.set_inks(seam.inks)
        self._parts[-1].flush()
        self._parts[-1].set_caret(not live.ended and live.waiting is None and not live.thinking)
        self._wait(live)
        self._set_note(live.trimmed)
        self._describe("".join(live.thoughts), live.thinking_ms(), thinking=live.thinking)
        self.foot.set_message(self.message, "")
        return not live.thinking and self._others() == others

    def prepare(self) -> None:
        """Make ready what more text will want."""
        if self._live and self._parts:
            self._parts[-1].stock.prepare()

    def growth(self) -> int:
        """By how much the row is going to grow, when only its last text has."""
        return self._parts[-1].growth() if self._parts else 0

    def _others(self) -> tuple[object, ...]:
        """What stands in the row besides text."""
        return len(self._parts), self._details_head, self._thinking, self._note, self._waiting

    def _push(self, text: str) -> None:
        if text:
            self._parts[-1].push(text)
            self._pushed += len(text)

    def _wait(self, live: LiveTurn) -> None:
        if live.waiting is None:
            self._drop_waiting()
            return
        if self._waiting is None:
            self._waiting = WaitingCard(self.context, self, self.id)
            self._waiting.show()
        name = self.context.names(live.waiting.provider, live.waiting.model).name
        self._waiting.wait(name, live.waiting_since, live.waiting.until)

    def _drop_waiting(self) -> None:
        if self._waiting is not None:
            self._waiting.hide()
            self._waiting.deleteLater()
            self._waiting = None

    def _set_note(self, trimmed: int) -> None:
        if trimmed and self._note is None:
            self._note = InkLine(self.context.theme, self, 20)
            self._note.set_inks([Words(tr("transcript.trimmed", n=trimmed))])
            self._note.show()

    # parts of the row

    def _clear_text(self) -> None:
        for widget in (*self._parts, *self._seams):
            widget.hide()
            widget.deleteLater()
        self._parts.clear()
        self._seams.clear()
        self._ats.clear()
        self._todo.clear()
        self._seen = self._pushed = 0

    def _add_part(self, opener: str) -> Part:
        part, self._spare = (None if opener else self._spare), None
        if part is None:
            part = Part(self.context, self, opener)
        self._parts.append(part)
        part.show()
        return part

    def _add_seam(self, inks: Sequence[Ink]) -> None:
        line = SeamLine(self.context, self, self.id)
        line.set_inks(inks)
        line.offer(not self._live)
        self._seams.append(line)
        # A seam of a stored answer waits for the text before it.
        line.setVisible(len(self._parts) >= len(self._seams))

    def _describe(self, reasoning: str, ms: int | None, *, thinking: bool) -> None:
        names = self.context.names
        self._head.set_inks(story.headline(self.attempts, names) or story.attributed(self.message, names))
        worth = len(self.attempts) > 1 or any(a.outcome == "failed" for a in self.attempts)
        if worth and self._details_head is None:
            self._details_head = FoldHead(self.context.theme, self, trailing=True)
            self._details_head.set_words(tr("transcript.details"))
            self._details_head.toggled.connect(self._unfold)
            self._as_left(self._details_head, "details")
            self._details_head.show()
        if self._details is not None:
            self._details.set_attempts(self.attempts, self.context.names)
        if reasoning:
            if self._thinking is None:
                self._thinking = Thinking(self.context, self)
                self._thinking.set_text(reasoning, "")
                self._thinking.show()
                self._as_left(self._thinking.head, "thinking")
            self._thinking.set_text(reasoning, thinking_words(ms, thinking=thinking))
        elif self._thinking is not None:
            # Who thought said nothing, and whoever answers has not thought.
            self._thinking.hide()
            self._thinking.deleteLater()
            self._thinking = None

    def _as_left(self, head: FoldHead, what: str) -> None:
        """Unfold what the reader had unfolded in the row that showed this message before, and remember it."""
        unfolded, key = self.context.unfolded, (self.id, what)
        head.setChecked(key in unfolded)
        head.toggled.connect(lambda opened: (unfolded.add if opened else unfolded.discard)(key))

    def _unfold(self, opened: bool) -> None:
        if self._details is None:
            self._details = DetailsCard(self.context.theme, self)
            self._details.unfolded.connect(lambda: self.context.wishes.resized.emit(self))
            self._details.set_attempts(self.attempts, self.context.names)
        self._details.setVisible(opened)
        self.context.wishes.resized.emit(self)

    def _set_card(self, card: Card | None) -> None:
        if self._card is not None:
            self._card.hide()
            self._card.deleteLater()
            self._card = None
        if card is not None:
            self._card = CardView(self.context, self, self.id, card)
            self._card.show()

    def _end(self, card: Card | None) -> None:
        message, names = self.message, self.context.names
        card = card or card_for(message, self.attempts, names, self.context.clock.now())
        self._set_card(alone(card) if card is not None and self.context.column else card)
        has_head = (self._card is None or bool(message.text)) and not self.context.column
        self._head.setVisible(has_head)
        if self._details_head is not None:
            self._details_head.setVisible(has_head)
        for old in (self._ending_line, self._ending):
            if old is not None:
                old.hide()
                old.deleteLater()
        self._ending_line = self._ending = None
        inks = ending_inks(message.status, len(message.text), self.attempts)
        if inks and self._card is None:
            self._ending_line = InkLine(self.context.theme, self, 24)
            self._ending_line.set_inks(inks)
            self._ending_line.show()
        self.foot.set_message(message, story.footnote(message, self.attempts))
        self._offer()
        self._reveal()

    def _offer(self) -> None:
        """Choices under an answer that stopped half-way: only on the last one, where they make sense."""
        wanted = self.last and self._ending_line is not None
        if wanted and self._ending is None:
            asks = str(self.message.facts.get("asks") or "")
            provider, _, model = asks.partition(":")
            next_leg = self.context.names(provider, model).name if model else ""
            status = "stopped" if self.context.column else self.message.status
            choices = ending_choices(status, has_text=bool(self.message.text), next_leg=next_leg)
            choices = (*payment_choices(self.message, self.context.names), *choices)
            self._ending = Ending(self.context, self, self.id, choices)
        if self._ending is not None:
            self._ending.setVisible(wanted)

    def set_last(self, last: bool) -> None:
        changed = last != self.last
        super().set_last(last)
        if changed and self._ending_line is not None:
            self._offer()
            self.context.wishes.resized.emit(self)

    # work

    @property
    def busy(self) -> bool:
        # What streams in is shown by `sync`; only the code in it waits for a free moment.
        working = any(p.colouring if self._live else p.busy for p in self._parts)
        return bool(self._todo) or working or (self._thinking is not None and self._thinking.busy)

    @property
    def behind(self) -> bool:
        """Whether a running turn has brought more than `sync` has shown."""
        return any(part.behind for part in self._parts[-1:])

    def step(self, seconds: float) -> None:
        deadline = time.perf_counter() + seconds
        while self.busy and time.perf_counter() < deadline:
            part = next((p for p in self._parts if (p.colouring if self._live else p.busy)), None)
            if part is not None:
                work = part.colour if self._live else part.step
                work(deadline - time.perf_counter())
            elif self._todo:
                if self._parts and len(self._seams) >= len(self._parts):
                    self._seams[len(self._parts) - 1].show()
                fresh = self._add_part(self._parts[-1].open_fence if self._parts else "")
                fresh.push(self._todo.pop(0))
                fresh.end()
            elif self._thinking is not None:
                self._thinking.step()

    def texts(self) -> list[TextPiece]:
        thinking = self._thinking.texts() if self._thinking is not None else []
        return [*thinking, *(t for part in self._parts for t in part.texts())]

    def fit(self, width: int) -> int:
        y = 0
        if not self._head.isHidden():
            right = 0
            if self._details_head is not None:
                hint = self._details_head.sizeHint()
                self._details_head.setGeometry(width - hint.width(), y - 2, hint.width(), 24)
                right = hint.width() + 8
            self._head.fit(width - right)
            self._head.setGeometry(0, y, width - right, 20)
            y += 20
        y = self._stack(self._details, width, y, 6) if self._unfolded() else y
        y = self._stack(self._note, width, y, 2)
        y = self._stack(self._thinking, width, y, 2)
        for i, part in enumerate(self._parts):
            if i:
                y = self._stack(self._seams[i - 1], width, y, 8)
            y = self._stack(part, width, y, 8 if i == 0 else 6)
        y = self._stack(self._ending_line, width, y, 6)
        y = self._stack(self._ending if self._ending is not None and self.last else None, width, y, 6)
        y = self._stack(self._waiting, width, y, 8)
        y = self._stack(self._card, width, y, 8)
        after = self.context.theme.closer(_AFTER, _AFTER_DENSE)
        if self.context.column:
            return y + after
        self.foot.setGeometry(0, y + 2, width, FOOT)
        self.foot.fit(width)
        return y + 2 + FOOT + after

    def _unfolded(self) -> bool:
        return self._details_head is not None and self._details_head.isChecked() and not self._head.isHidden()

    def _stack(
        self,
        widget: DetailsCard | InkLine | Thinking | Part | Ending | WaitingCard | CardView | None,
        width: int,
        y: int,
        gap: int,
    ) -> int:
        if widget is None:
            return y
        height = widget.fit(width)
        if not height:
            return y
        y += gap if y else 0
        widget.setGeometry(0, y, width, height)
        return y + height
