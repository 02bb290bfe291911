"""What came late or went: colours of a language loaded meanwhile, lines beside what has become shorter."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QPoint, QRect
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication, QWidget

from tests.ui.transcript.makers import Source, conversation, make_view, message, settle
from ui.render import code
from ui.transcript.answer import AnswerRow
from ui.transcript.code_piece import CodePiece
from ui.transcript.lexers import Lexers
from ui.transcript.view import TranscriptView

Run = Callable[..., Any]


async def _shown(view: TranscriptView, text: str) -> AnswerRow:
    source = Source({"a": (message("a", "assistant", text), [])})
    view.set_conversation(list(source.items), source.load, source.start)
    await settle(view)
    row = view.window_.rows[0]
    assert isinstance(row, AnswerRow)
    return row


def _on_screen(view: TranscriptView, widget: QWidget) -> QImage:
    """What stands there on the screen, painted bit by bit as it was, and not for this."""
    box = QRect(widget.mapTo(view, QPoint(0, 0)), widget.size())
    return view.screen().grabWindow(view.winId(), box.x(), box.y(), box.width(), box.height()).toImage()


def test_code_whose_language_is_loaded_late_is_coloured(
    qapp: QApplication, run: Run, monkeypatch: Any
) -> None:
    async def body() -> None:
        waiting: list[Callable[[], None]] = []
        monkeypatch.setattr(Lexers, "need", lambda _self, _language, then: waiting.append(then))
        view = make_view(qapp)
        monkeypatch.setattr("ui.transcript.code_piece.is_loaded", lambda language: False)
        monkeypatch.setattr("ui.transcript.code_piece.loaded", lambda language: None)
        row = await _shown(view, "```python\ndef f(x):\n    return x\n```")
        piece = row._parts[0].pieces[0]
        assert isinstance(piece, CodePiece) and not row.busy
        first = piece.text.document().begin().layout()
        assert not first.formats() and len(waiting) == 1
        code.load("python")
        monkeypatch.undo()
        waiting[0]()
        await settle(view)
        assert first.formats() and not row.busy

    run(body())


def test_no_line_is_left_beside_a_quotation_that_has_become_shorter(qapp: QApplication, run: Run) -> None:
    async def body() -> None:
        view = make_view(qapp, width=420)
        wide = "x = " + "long " * 16
        row = await _shown(view, f"before\n\n> ```\n> {wide}\n> ```\n\nafter\n\n" + "end\n\n" * 3)
        part = row._parts[0]
        before = part.height()
        bar = view.context.theme.color("line-strong").rgb()

        def beside() -> list[int]:
            image = _on_screen(view, part)
            return [y for y in range(image.height()) if image.pixel(0, y) == bar]

        assert beside()
        view.resize(900, 600)
        await settle(view)
        assert part.height() < before, "the code has no scroll bar any more"
        quote = part.pieces[1].geometry()
        assert beside() == list(range(quote.top(), quote.bottom() + 1))

    run(body())


def test_the_line_break_of_selected_code_is_painted_at_once(qapp: QApplication, run: Run) -> None:
    async def body() -> None:
        view = make_view(qapp)
        row = await _shown(view, "```\nthe longest line of all\nshort\n```")
        text = row.texts()[0]
        view.repaint()
        cursor = text.textCursor()
        cursor.select(cursor.SelectionType.Document)
        text.setTextCursor(cursor)  # as the mouse does, and Qt's own keys
        await settle(view)
        partly = _on_screen(view, text)
        text.viewport().update()
        await settle(view)
        assert partly == _on_screen(view, text)
        text.deselect()
        await settle(view)
        none = _on_screen(view, text)
        text.viewport().update()
        await settle(view)
        assert none == _on_screen(view, text) != partly

    run(body())


def test_what_is_read_stays_when_a_message_above_it_becomes_shorter(qapp: QApplication, run: Run) -> None:
    async def body() -> None:
        view = make_view(qapp)
        source = Source(conversation(40))
        thinking = message("m19", "assistant", "answer", reasoning="thought\n" * 90), []
        source.items["m19"] = thinking
        view.set_conversation(list(source.items), source.load, source.start, "m19")
        await settle(view)
        row = view.window_.row(19)
        assert isinstance(row, AnswerRow) and row._thinking is not None
        row._thinking.head.toggle()
        await settle(view)
        view.scroll_by(row.high - 40)
        await settle(view)
        assert view.anchor[0] == 19 and view.anchor[1] > 1000
        row._thinking.head.toggle()
        await settle(view)
        # The place is now in what stands there: what changes above does not move it.
        assert view.anchor[0] > 19
        read = next(r for i, r in view.window_.between(*view.span()) if i > 20)
        y = read.mapTo(view, QPoint(0, 0)).y()
        row._thinking.head.toggle()
        await settle(view)
        assert read.mapTo(view, QPoint(0, 0)).y() == y

    run(body())
