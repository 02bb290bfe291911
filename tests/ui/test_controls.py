from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QInputMethodEvent, QPixmap
from PySide6.QtWidgets import QApplication, QHBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from app import i18n
from ui.controls import (
    Button,
    Field,
    FocusRing,
    Switch,
    Tag,
    button,
    checked_group,
    icon_button,
    label,
)
from ui.theme import Theme


def _row(qtbot: QtBot, *widgets: QWidget) -> QWidget:
    """The widgets in a window; keep what is returned, or the window is gone."""
    holder = QWidget()
    qtbot.addWidget(holder)
    row = QHBoxLayout(holder)
    for widget in widgets:
        row.addWidget(widget)
    holder.show()
    with qtbot.waitActive(holder):
        holder.activateWindow()
    return holder


def _colours(pixmap: QPixmap) -> set[str]:
    image = pixmap.toImage()
    return {image.pixelColor(x, y).name() for x in range(image.width()) for y in range(image.height())}


def test_heights_follow_the_style_guide(theme: Theme) -> None:
    assert button("保存").sizeHint().height() == 30
    assert button("保存", size="small").sizeHint().height() == 26
    assert button("发送", "primary", size="send").sizeHint().height() == 32
    assert icon_button("search", "搜索").size().toTuple() == (28, 28)
    assert Tag("free").sizeHint().height() == 18
    assert Field().sizeHint().height() == 30
    assert button("更换", "link").sizeHint().height() >= 24


def test_kinds_wear_their_colours(both_themes: Theme, qtbot: QtBot) -> None:
    primary, danger, link = (button("x", kind) for kind in ("primary", "danger", "link"))
    for made in (primary, danger, link):
        qtbot.addWidget(made)
    assert both_themes.color("accent").name() in _colours(primary.grab())
    assert both_themes.color("line-strong").name() in _colours(danger.grab())
    assert both_themes.color("line-strong").name() not in _colours(link.grab())
    primary.setEnabled(False)
    assert both_themes.color("accent").name() not in _colours(primary.grab())


def test_a_wide_text_is_elided_not_cut(theme: Theme, qtbot: QtBot) -> None:
    made = button("一个很长很长的名字放不下", icon="key", trailing="external", hint="Ctrl N")
    qtbot.addWidget(made)
    made.setFixedWidth(80)
    assert not made.grab().isNull()
    assert made.sizeHint().width() > 200


def test_the_ring_shows_after_keyboard_use_only(theme: Theme, qtbot: QtBot) -> None:
    one, two = button("一"), button("二")
    holder = _row(qtbot, one, two)
    qtbot.mouseClick(one, Qt.MouseButton.LeftButton)
    assert one.hasFocus()
    assert not holder.findChildren(FocusRing)
    qtbot.keyClick(one, Qt.Key.Key_Tab)
    assert two.hasFocus()
    (ring,) = holder.findChildren(FocusRing)
    assert ring.geometry() == two.geometry().adjusted(-4, -4, 4, 4)
    two.setText("二二二二")
    holder.adjustSize()
    assert ring.geometry() == two.geometry().adjusted(-4, -4, 4, 4)
    assert theme.color("accent").name() in _colours(holder.grab())
    two.hide()
    assert not ring.isVisible()


def test_the_ring_is_whole_at_the_edge_of_a_parent_and_moves_with_it(theme: Theme, qtbot: QtBot) -> None:
    holder, tight = QWidget(), QWidget()
    qtbot.addWidget(holder)
    tight.setParent(holder)
    made = button("走")
    made.setParent(tight)
    tight.setGeometry(40, 40, *made.sizeHint().toTuple())
    made.setGeometry(tight.rect())
    holder.resize(300, 200)
    with qtbot.waitActive(holder):
        holder.show()
        holder.activateWindow()
    made.clearFocus()
    made.setFocus(Qt.FocusReason.TabFocusReason)
    (ring,) = holder.findChildren(FocusRing)
    assert ring.parentWidget() is holder
    assert ring.geometry() == tight.geometry().adjusted(-4, -4, 4, 4)
    tight.move(80, 90)
    assert ring.geometry() == tight.geometry().adjusted(-4, -4, 4, 4)


def test_buttons_work_with_the_keyboard(theme: Theme, qtbot: QtBot) -> None:
    made = button("走")
    holder = _row(qtbot, made)
    made.setFocus()
    with qtbot.waitSignal(made.clicked):
        qtbot.keyClick(made, Qt.Key.Key_Space)
    assert holder.isVisible()


def test_icon_buttons_have_a_name_and_say_their_shortcut(theme: Theme) -> None:
    made = icon_button("search", "搜索", "Ctrl+K")
    assert made.accessibleName() == "搜索"
    assert made.toolTip().startswith("搜索 (")
    assert "K" in made.toolTip()
    assert icon_button("more", "更多").toolTip() == "更多"


def test_switch_answers_to_mouse_and_space(theme: Theme, qtbot: QtBot) -> None:
    made = Switch("减少动画")
    holder = _row(qtbot, made)
    before = made.grab().toImage()
    qtbot.mouseClick(made, Qt.MouseButton.LeftButton, pos=QPoint(made.width() - 3, 4))
    assert made.isChecked()
    assert made.grab().toImage() != before
    qtbot.keyClick(made, Qt.Key.Key_Space)
    assert not made.isChecked()
    assert holder.isVisible()


def test_a_refused_field_shows_a_cross(both_themes: Theme, qtbot: QtBot) -> None:
    field = Field("粘贴密钥", icon="key", hint="Ctrl K")
    qtbot.addWidget(field)
    assert field.accessibleName() == "粘贴密钥"
    assert both_themes.color("bad-mark").name() not in _colours(field.grab())
    field.setText("x")
    field.set_bad(True)
    assert field.bad
    assert both_themes.color("bad-mark").name() in _colours(field.grab())
    field.set_bad(False)
    assert both_themes.color("bad-mark").name() not in _colours(field.grab())


@pytest.mark.parametrize(("kind", "zh", "en"), [("free", "免费", "Free"), ("paid", "¥ 计费", "¥ Paid")])
def test_tags_speak_both_languages(theme: Theme, kind: str, zh: str, en: str) -> None:
    assert Tag(kind).text == zh  # type: ignore[arg-type]
    i18n.set_language("en")
    assert Tag(kind).text == en  # type: ignore[arg-type]
    assert Tag(kind).accessibleName() == en  # type: ignore[arg-type]


def test_labels_never_read_markup(theme: Theme, qtbot: QtBot) -> None:
    made = label("<b>x</b>", "caption", "ink-3")
    qtbot.addWidget(made)
    assert made.textFormat() == Qt.TextFormat.PlainText
    assert made.palette().windowText().color() == theme.color("ink-3")


def test_a_group_has_one_choice(theme: Theme, qtbot: QtBot) -> None:
    one, two = Button("一"), Button("二")
    holder = _row(qtbot, one, two)
    checked_group(one, two)
    one.click()
    two.click()
    assert (one.isChecked(), two.isChecked()) == (False, True)
    assert holder.isVisible()


def test_a_chinese_placeholder_stands_where_the_text_will(theme: Theme, qtbot: QtBot) -> None:
    told, written = Field("额度"), Field(text="额度")
    told_right, written_right = Field("额度"), Field(text="额度")
    for field in (told_right, written_right):
        field.setAlignment(Qt.AlignmentFlag.AlignRight)
    for field in (told, written, told_right, written_right):
        qtbot.addWidget(field)
        field.resize(200, 30)

    def places(field: Field) -> tuple[int, int]:
        image = field.grab().toImage()
        ground = image.pixelColor(100, 15).value()
        inked = [
            (x, y)
            for x in range(8, 192)
            for y in range(4, 26)
            if abs(image.pixelColor(x, y).value() - ground) > 60
        ]
        return min(x for x, _ in inked), min(y for _, y in inked)

    assert places(told) == places(written)
    assert places(told_right) == places(written_right)


def test_a_placeholder_makes_way_for_what_is_being_composed(theme: Theme, qtbot: QtBot) -> None:
    field = Field("额度")
    qtbot.addWidget(field)
    field.resize(200, 30)
    before = field.grab().toImage()
    QApplication.sendEvent(field, QInputMethodEvent("e", []))
    assert not field.text() and field.grab().toImage() != before
    QApplication.sendEvent(field, QInputMethodEvent("", []))
    assert field.grab().toImage() == before
