"""The cards of an empty page, the field for long text, how answers are made."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from app.assistants import Listed
from app.store.records import Assistant, Parameters
from ui.assistants.offers import Offers
from ui.assistants.parts import ParametersForm, TextBox
from ui.theme import Theme
from ui.transcript.empty import EmptyState


def listed(count: int) -> list[Listed]:
    return [Listed(Assistant(f"a{n}", f"助手{n}", "", 0.0, 0.0), f"说明{n}") for n in range(count)]


@pytest.mark.parametrize(
    ("size", "shown"), [((820, 600), 6), ((420, 600), 4), ((230, 600), 2), ((820, 200), 3), ((820, 120), 0)]
)
def test_as_many_cards_as_have_room(theme: Theme, qtbot, size: tuple[int, int], shown: int) -> None:
    ground = EmptyState(theme)
    qtbot.addWidget(ground)
    offers = Offers(theme, ground)
    ground.resize(*size)
    ground.show()
    offers.show_assistants(listed(12), None)
    assert len(offers.shown()) == shown
    assert ground.rect().contains(offers.geometry())
    offers.show_assistants([], None)
    assert not offers.isVisible(), "practice offers nothing"


def test_a_card_is_chosen_and_taken_back_by_keyboard(theme: Theme, qtbot) -> None:
    ground = EmptyState(theme)
    qtbot.addWidget(ground)
    offers = Offers(theme, ground)
    ground.resize(820, 500)
    offers.show_assistants(listed(3), None)
    assert offers.shown() == [], "nothing is built behind a conversation"
    ground.show()
    told: list[str] = []
    offers.chosen.connect(told.append)
    card = offers.shown()[1]
    assert (card.accessibleName(), card.accessibleDescription()) == ("助手1", "说明1")
    card.setFocus()
    QTest.keyClick(card, Qt.Key.Key_Space)
    offers.show_assistants(listed(3), "a1")
    assert [one.isChecked() for one in offers.shown()] == [False, True, False]
    QTest.keyClick(card, Qt.Key.Key_Space)
    assert told == ["a1", ""]


def test_numbers_that_cannot_be_keep_the_old_value(theme: Theme, qtbot) -> None:
    form = ParametersForm(theme)
    qtbot.addWidget(form)
    told: list[Parameters] = []
    form.edited.connect(told.append)
    form.show_parameters(Parameters(0.5, 100, True))
    assert form.parameters() == Parameters(0.5, 100, True) and told == []
    for text, kept in (("1,5", 1.5), ("9", 0.5), ("x", 0.5), ("", None), ("0", 0.0)):
        form.show_parameters(Parameters(0.5, 100, True))
        form.temperature.setText(text)
        assert form.parameters().temperature == kept, text
    for text, most in (("", None), ("0", 100), ("64", 64), ("½", 100)):
        form.show_parameters(Parameters(0.5, 100, True))
        form.most.setText(text)
        assert form.parameters().max_tokens == most, text
    form.show_parameters(None)
    form.thinking.chosen.emit("off")
    assert told == [Parameters(thinking=False)]


def test_text_is_told_once_and_only_the_users(theme: Theme, qtbot) -> None:
    box = TextBox(theme, "提示词")
    qtbot.addWidget(box)
    told: list[str] = []
    box.edited.connect(told.append)
    box.set_text("旧")
    box.flush()
    assert told == []
    box.editor.insertPlainText("新")
    box.editor.insertPlainText("字")
    box.flush()
    box.flush()
    assert told == ["新字旧"]
