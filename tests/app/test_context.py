"""What of a conversation is sent, and from where on."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.context import Sent, room_in, sent_history
from app.directory import Directory
from app.settings import Settings
from app.store.records import Message
from providers.base import ChatMessage, ImagePart
from providers.catalogue import load_catalogue
from tests.app.parts import message
from tests.e2e.program import ROOT


def talk(*texts: str, first_parent: str | None = None) -> list[Message]:
    """Question and answer by turns."""
    rows: list[Message] = []
    for n, text in enumerate(texts):
        parent = rows[-1].id if rows else first_parent
        rows.append(message(f"m{n}", "c", parent, text, "assistant" if n % 2 else "user"))
    return rows


def sent(messages: list[Message], most: int | None, system: str = "", **more: object) -> Sent:
    def room(one: ChatMessage) -> int:
        return len(one.text) + 100 * len(one.images)

    return sent_history(system, messages, room=room, most=most, **more)  # type: ignore[arg-type]


def texts(one: Sent) -> list[str]:
    return [m.text for m in one.messages]


def test_everything_is_sent_where_it_fits() -> None:
    whole = sent(talk("问", "答", "再问"), 100, "系统")
    assert texts(whole) == ["系统", "问", "答", "再问"] and whole.first is None
    assert whole.ids == ("m0", "m1", "m2")
    assert sent(talk("问" * 10_000, "答", "再"), None).first is None, "nobody knows a bound"


def test_the_oldest_go_first_and_a_question_begins() -> None:
    rows = talk("a" * 10, "b" * 10, "c" * 10, "d" * 10, "e" * 10)
    cut = sent(rows, 45, "S")
    assert texts(cut) == ["S", "c" * 10, "d" * 10, "e" * 10]
    assert (cut.first, cut.ids) == ("m2", ("m2", "m3", "m4"))
    # 41 hold system and four messages, of which the first would be an answer.
    assert sent(rows, 41, "S").first == "m2"


@pytest.mark.parametrize("most", [0, 1, -5])
def test_prompt_and_question_stay_however_small_the_window_is(most: int) -> None:
    small = sent(talk("a" * 10, "b" * 10, "c" * 10), most, "S")
    assert texts(small) == ["S", "c" * 10] and small.first == "m2"
    alone = sent(talk("c" * 10), most)
    assert texts(alone) == ["c" * 10] and alone.first is None


def test_what_was_not_even_read_counts_as_left_out() -> None:
    assert sent(talk("c", "d", first_parent="older"), 100).first == "m0"


def test_pictures_take_room() -> None:
    rows = talk("a", "b", "c")
    picture = ChatMessage("user", "a", (ImagePart("image/png", b"x"),))
    assert sent(rows, 50, parts={"m0": picture}).first == "m2"
    whole = sent(rows, 150, parts={"m0": picture})
    assert whole.first is None and whole.messages[0].images


def test_a_summary_stands_in_the_prompt_for_what_is_left_out() -> None:
    rows = talk("a" * 50, "b" * 50, "c" * 10)
    cut = sent(rows, 40, "S", summary="说过甲")
    assert cut.messages[0].role == "system" and cut.messages[0].text.startswith("S\n\n")
    assert "说过甲" in cut.messages[0].text and len(cut.messages) == 2
    assert "说过甲" not in texts(sent(rows, 400, "S", summary="说过甲"))[0]
    assert "说过甲" in texts(sent(rows, 40, summary="说过甲"))[0], "without a prompt of its own, too"
    # The relay had to cut last time, on a leg with a smaller window.
    rows[1] = replace(rows[1], note='{"from": "m0"}')
    assert "说过甲" in texts(sent(rows, 400, "S", summary="说过甲"))[0]


def test_empty_messages_are_not_sent() -> None:
    assert sent(talk("问", "", "再问"), 100).ids == ("m0", "m2")


def test_a_long_conversation_is_measured_from_its_end() -> None:
    measured: list[str] = []

    def room(one: ChatMessage) -> int:
        measured.append(one.text)
        return 10

    cut = sent_history("", talk(*map(str, range(5001))), room=room, most=100)
    assert len(cut.ids) <= 10 and len(measured) <= 12


def test_the_largest_window_of_the_chain_counts() -> None:
    directory = Directory(load_catalogue(ROOT / "resources" / "providers"), Settings())
    chain = directory.chain(["baidu:ernie-lite-8k", "baidu:ernie-4.5-turbo-32k"])
    leg, most = room_in(chain, None)
    assert leg is not None and leg.model.id == "ernie-4.5-turbo-32k" and most == 32_000 - 1024
    assert room_in(chain, 4000)[1] == 28_000
    assert room_in((), None) == (None, None)
