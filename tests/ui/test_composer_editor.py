"""Input methods, earlier questions, and what is pasted or dropped."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QMimeData, QPoint, QRectF, Qt, QUrl
from PySide6.QtGui import QColor, QDropEvent, QImage, QInputMethodEvent, QInputMethodQueryEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.attachments.limits import LONG_PASTE
from app.i18n import tr
from app.store.records import Enclosed
from ui.composer import Composer
from ui.composer.editor import ATTACHED_AT_ONCE

KEY = Qt.Key


def _preedit(composer: Composer, text: str, commit: str = "") -> None:
    event = QInputMethodEvent(text, [])
    event.setCommitString(commit)
    QApplication.sendEvent(composer.editor, event)


def test_candidates_stand_below_the_text(composer: Composer) -> None:
    editor = composer.editor
    asked = QInputMethodQueryEvent(Qt.InputMethodQuery.ImCursorRectangle)
    QApplication.sendEvent(editor, asked)
    told = asked.value(Qt.InputMethodQuery.ImCursorRectangle)
    seen = editor.cursorRect()
    where = editor.viewport().mapTo(editor, seen.topLeft())
    assert QRectF(told).toRect().topLeft() == where
    assert editor.viewport().pos() != QPoint(0, 0), "else there would be nothing to see here"


def test_what_is_composed_is_shown_and_enter_only_confirms_it(composer: Composer, qtbot: QtBot) -> None:
    editor = composer.editor
    with qtbot.assertNotEmitted(composer.send_requested):
        _preedit(composer, "ni hao")
        assert editor.document().firstBlock().layout().preeditAreaText() == "ni hao"
        editor.offer("接着问")
        assert editor.placeholderText() == "", "it would stand under the preedit"
        qtbot.keyClick(editor, KEY.Key_Return)
        qtbot.keyClick(editor, KEY.Key_Up)
        assert composer.text() == "", "neither sent nor a line break"
        _preedit(composer, "", "你好")
    assert composer.text() == "你好"
    composer.clear()
    assert "接着问" in editor.placeholderText()
    editor.offer("")
    assert editor.placeholderText().strip() == tr("composer.placeholder") != tr("transcript.empty")
    composer.set_text("你好")
    with qtbot.waitSignal(composer.send_requested):
        qtbot.keyClick(editor, KEY.Key_Return)


def test_a_composition_that_is_given_up_leaves_nothing(composer: Composer, qtbot: QtBot) -> None:
    _preedit(composer, "ni")
    _preedit(composer, "")
    assert composer.text() == ""
    assert composer.editor.placeholderText()
    composer.set_text("问")
    with qtbot.waitSignal(composer.send_requested):
        qtbot.keyClick(composer.editor, KEY.Key_Return)


def test_the_arrow_keys_bring_back_earlier_questions(composer: Composer, qtbot: QtBot) -> None:
    editor = composer.editor
    editor.set_earlier(["最新", "两行的\n问题", "最早"])

    def press(key: Qt.Key) -> str:
        qtbot.keyClick(editor, key)
        return composer.text()

    assert press(KEY.Key_Down) == ""
    assert press(KEY.Key_Up) == "最新"
    assert press(KEY.Key_Up) == "两行的\n问题"
    assert press(KEY.Key_Up) == "两行的\n问题", "first the caret goes to the first line"
    assert press(KEY.Key_Up) == "最早"
    assert press(KEY.Key_Up) == "最早", "there is nothing before it"
    assert press(KEY.Key_Down) == "两行的\n问题"
    assert press(KEY.Key_Down) == "最新"
    assert press(KEY.Key_Down) == ""
    assert press(KEY.Key_Up) == "最新"
    editor.insertPlainText("改了")
    assert press(KEY.Key_Up) == "最新改了", "what was changed is not thrown away"
    composer.set_text("自己写的")
    assert press(KEY.Key_Up) == "自己写的"


def test_a_long_paste_can_become_an_attachment(composer: Composer, qtbot: QtBot) -> None:
    text = "一行😀文字\n" * (LONG_PASTE // 6 + 10)
    data = QMimeData()
    data.setText(text)
    composer.set_text("前")
    composer.editor.insertFromMimeData(data)
    assert composer.text() == "前" + text
    assert composer.offer_button.isVisible()
    with qtbot.waitSignal(composer.text_given) as given:
        qtbot.mouseClick(composer.offer_button, Qt.MouseButton.LeftButton)
    assert given.args == [text]
    assert composer.text() == "前"
    assert not composer.offer_button.isVisible()
    composer.editor.insertFromMimeData(data)
    qtbot.keyClicks(composer.editor, "x")
    assert not composer.offer_button.isVisible(), "the offer is for the paste as it was"


def test_a_huge_paste_is_attached_at_once(composer: Composer, qtbot: QtBot) -> None:
    data = QMimeData()
    data.setText("字" * (ATTACHED_AT_ONCE + 1))
    with qtbot.waitSignal(composer.text_given):
        composer.editor.insertFromMimeData(data)
    assert composer.text() == ""


def test_pictures_and_files_are_told_not_pasted(composer: Composer, qtbot: QtBot, tmp_path: Path) -> None:
    image = QImage(4, 4, QImage.Format.Format_RGB32)
    image.fill(QColor(Qt.GlobalColor.blue))
    picture = QMimeData()
    picture.setImageData(image)
    with qtbot.waitSignal(composer.picture_given) as given:
        composer.editor.insertFromMimeData(picture)
    assert given.args[0].size() == image.size()
    both = QMimeData()
    both.setImageData(image)
    both.setText("表格里的字")
    composer.editor.insertFromMimeData(both)
    assert composer.text() == "表格里的字", "Office offers a picture of its text as well"
    composer.clear()
    files = QMimeData()
    files.setUrls([QUrl.fromLocalFile(str(tmp_path / "甲.txt")), QUrl("https://example.com/a")])
    keys, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    event = QDropEvent(QPoint(3, 3).toPointF(), Qt.DropAction.CopyAction, files, keys, none)
    with qtbot.waitSignal(composer.files_given) as dropped:
        composer.dropEvent(event)
    assert dropped.args == [[tmp_path / "甲.txt"]]
    assert composer.text() == ""


def _part(id_: str, name: str = "报告.pdf") -> Enclosed:
    return Enclosed(id_, "text", name, "text/plain", 900, 12, 3, True)


def test_chips_are_reached_and_removed_by_the_keyboard(composer: Composer, qtbot: QtBot) -> None:
    tray = composer.tray
    assert not tray.isVisible()
    low = composer.sizeHint().height()
    for id_ in "abc":
        tray.put(id_, _part(id_))
    assert tray.isVisible() and composer.sizeHint().height() > low
    assert tray.chips()[0].accessibleName() == "报告.pdf，3 页 · 12 行"
    gone: list[str] = []
    tray.removed.connect(gone.append)
    tray.chips()[1].setFocus(Qt.FocusReason.TabFocusReason)
    qtbot.keyClick(tray.chips()[1], KEY.Key_Delete)
    assert gone == ["b"]
    tray.drop("b")
    assert tray.chips()[1].hasFocus(), "the next one"
    with qtbot.waitSignal(tray.opened) as opened:
        qtbot.keyClick(tray.chips()[1], KEY.Key_Space)
    assert opened.args == ["c"]
    tray.clear()
    assert not tray.isVisible() and composer.sizeHint().height() == low


def test_something_attached_can_be_sent_without_a_word(composer: Composer, qtbot: QtBot) -> None:
    composer.set_parts(True, True)
    with qtbot.assertNotEmitted(composer.send_requested):
        qtbot.keyClick(composer.editor, KEY.Key_Return)
    assert not composer.send_button.isEnabled(), "it is still being read"
    composer.set_parts(True, False)
    with qtbot.waitSignal(composer.send_requested):
        qtbot.keyClick(composer.editor, KEY.Key_Return)


def test_chips_stand_in_rows_within_the_width(composer: Composer) -> None:
    for number in range(7):
        composer.tray.put(str(number), _part(str(number), f"一个名字相当长的文件 {number}.pdf"))
    chips = composer.tray.chips()
    assert all(chip.geometry().right() < composer.tray.width() for chip in chips)
    assert len({chip.y() for chip in chips}) > 1
    boxes = [chip.geometry() for chip in chips]
    assert not any(a.intersects(b) for i, a in enumerate(boxes) for b in boxes[:i])
