"""Reading and doing: selection, keys, the wheel, links, cards, names for screen readers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from tests.ui.transcript.makers import attempt, make_view, message, mouse, opened, settle
from ui.transcript.cards import CardView
from ui.transcript.pieces import TextPiece

Run = Callable[..., Any]
_Kind = QEvent.Type


def test_selecting_across_messages_and_copying(qapp: QApplication, run: Run) -> None:
    async def body() -> None:
        view = make_view(qapp)
        await opened(view, 3)
        copied: list[str] = []
        view.copy_requested.connect(copied.append)
        first, last = view.window_.rows[0].texts()[0], view.window_.rows[2].texts()[0]
        QTest.mousePress(first.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(0, 8))
        target = last.viewport().mapToGlobal(QPoint(last.width() - 1, 12))
        view.selection.moved(first, _move(first, target))
        view.selection.released(first, _move(first, target))
        QTest.keyClick(view, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
        assert len(copied) == 1
        assert copied[0].startswith("question 0")
        assert copied[0].endswith("question 2")
        assert "def f(x: int) -> int:\n    return x + 1" in copied[0]

    run(body())


def _move(piece: TextPiece, where: QPoint) -> Any:
    from PySide6.QtCore import QEvent, QPointF
    from PySide6.QtGui import QMouseEvent

    local = QPointF(piece.mapFromGlobal(where))
    left = Qt.MouseButton.LeftButton
    modifiers = Qt.KeyboardModifier.NoModifier
    return QMouseEvent(QEvent.Type.MouseMove, local, QPointF(where), left, left, modifiers)


def test_selected_text_is_selected_anew_and_never_dragged_away(qapp: QApplication, run: Run) -> None:
    """A drag of Qt's own would run a loop in which the row it came from may go."""

    async def body() -> None:
        view = make_view(qapp)
        await opened(view, 2)
        piece = view.window_.rows[0].texts()[0]
        piece.select(0, 8)
        press, move, release = _Kind.MouseButtonPress, _Kind.MouseMove, _Kind.MouseButtonRelease
        y = piece.height() / 2
        mouse(piece, press, QPointF(10, y))
        assert piece.selected() == ""
        for x in (30, 50, 60):
            mouse(piece, move, QPointF(x, y))
        mouse(piece, release, QPointF(60, y))
        selected = piece.selected()
        assert selected and not selected.startswith("q") and selected in piece.plain()
        assert not view.selection._dragging and view.selection.span is not None
        mouse(piece, press, QPointF(20, y))
        mouse(piece, release, QPointF(20, y))
        assert piece.selected() == "" and view.selection.span is None

    run(body())


def test_select_all_reaches_messages_without_a_row(qapp: QApplication, run: Run) -> None:
    async def body() -> None:
        view = make_view(qapp)
        await opened(view, 200)
        copied: list[str] = []
        view.copy_requested.connect(copied.append)
        QTest.keyClick(view, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
        QTest.keyClick(view, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
        await settle(view)
        assert copied[0].index("question 0") < copied[0].index("answer 99") < copied[0].index("question 198")

    run(body())


def test_a_failed_turn_shows_a_card_whose_actions_reach_the_signals(qapp: QApplication, run: Run) -> None:
    async def body() -> None:
        view = make_view(qapp)
        await opened(view, 2)
        failed = message("f", "assistant", "", status="failed")
        attempts = [
            attempt(1, "zhipu:glm", "failed", kind="rate_limited", until=NOW_PLUS),
            attempt(2, "alibaba:max", "skipped", kind="paid"),
        ]
        view.append([(failed, attempts)])
        await settle(view)
        card = view.window_.rows[-1].findChild(CardView)
        assert card is not None and "2" in card.card.heading
        wanted: list[tuple[str, ...]] = []
        view.action_requested.connect(lambda *args: wanted.append(args))
        view.retry_requested.connect(lambda m: wanted.append((m,)))
        from ui.controls import Button

        for made in card.findChildren(Button):
            QTest.mouseClick(made, Qt.MouseButton.LeftButton)
        assert ("f",) in wanted
        assert ("f", "try_now", "zhipu:glm") in wanted
        assert ("f", "pay_once", "alibaba:max") in wanted
        assert ("f", "add_provider", "") in wanted

    run(body())


NOW_PLUS = 1_790_000_042.0


def test_links_never_open_and_nothing_is_fetched(qapp: QApplication, run: Run) -> None:
    async def body() -> None:
        view = make_view(qapp)
        await opened(view, 0)
        text = "[x](https://example.com/p) ![i](https://evil.example/a.png)"
        view.append([(message("l", "assistant", text), [])])
        await settle(view)
        piece = view.window_.rows[-1].texts()[0]
        links: list[str] = []
        view.link_activated.connect(links.append)
        from PySide6.QtCore import QUrl

        piece.anchorClicked.emit(QUrl("https://example.com/p"))
        assert links == ["https://example.com/p"]
        assert piece.toPlainText().startswith("x")
        assert piece.loadResource(2, QUrl("file:///etc/hostname")) is None

    run(body())


def test_rows_have_spoken_names(qapp: QApplication, run: Run) -> None:
    async def body() -> None:
        view = make_view(qapp)
        await opened(view, 2)
        assert view.window_.rows[0].accessibleName().startswith("你, ")
        assert view.window_.rows[1].accessibleName().startswith("回答, ")
        assert view.accessibleName()

    run(body())


def test_wheel_and_keys_over_text_scroll_the_transcript(qapp: QApplication, run: Run) -> None:
    async def body() -> None:
        from PySide6.QtCore import QPointF

        view = make_view(qapp)
        await opened(view, 40)
        bar = view.verticalScrollBar()
        piece = view.window_.rows[-1].texts()[0]
        start = bar.value()
        handle = view.window().windowHandle()
        inside = QPointF(piece.viewport().mapTo(view.window(), QPoint(5, 5)))
        QTest.wheelEvent(handle, inside, QPoint(0, 120))
        QApplication.processEvents()
        after_wheel = bar.value()
        assert after_wheel < start and not view.stuck
        QTest.keyClick(piece, Qt.Key.Key_PageUp)
        assert bar.value() < after_wheel
        QTest.keyClick(piece, Qt.Key.Key_End)
        assert view.stuck

    run(body())


def test_secondary_text_in_cards_has_its_own_colour(qapp: QApplication, run: Run) -> None:
    async def body() -> None:
        view = make_view(qapp)
        await opened(view, 2)
        view.append([(message("f", "assistant", "", status="waiting"), [])])
        await settle(view)
        card = view.window_.rows[-1].findChild(CardView)
        assert card is not None
        from PySide6.QtWidgets import QLabel

        note = card.findChildren(QLabel)[-1]
        picture = note.grab().toImage()
        seen = {picture.pixelColor(x, y).name() for x in range(note.width()) for y in range(note.height())}
        assert view.context.theme.hex("ink-3").lower() in seen
        assert view.context.theme.hex("ink").lower() not in seen

    run(body())
