"""Rows for messages: made anew, or of one that was let go, which takes a fifth of the time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.store.records import Message
from ui.transcript.answer import AnswerRow
from ui.transcript.row import QuestionRow, Row
from ui.transcript.source import Item

if TYPE_CHECKING:
    from ui.transcript.view import TranscriptView


def make_row(view: TranscriptView, index: int, item: Item) -> Row:
    """The row of an item; a running turn is shown as it is now."""
    message = item[0]
    live = view.streaming.live.get(message.id)
    kind = QuestionRow if message.role == "user" else AnswerRow
    row = view.window_.spare(kind) if live is None else None
    if row is not None:
        row.take(item)
    elif kind is QuestionRow:
        row = QuestionRow(view.context, view.column, item)
    else:
        row = AnswerRow(view.context, view.column, item, live)
        if row.behind:
            # The next words may be long in coming.
            view.streaming.catch_up(message.id)
    row.set_last(index == len(view.window_.ids) - 1)
    return row


def missing(message_id: str) -> Item:
    """What stands for a message that could not be loaded."""
    return Message(message_id, "", None, "assistant", "", "done", 0.0, 0.0), ()
