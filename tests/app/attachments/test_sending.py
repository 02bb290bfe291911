from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest

from app.attachments import enclosure, limits
from app.attachments.sending import PICTURES_KEPT, sent_parts, with_files
from app.clock import SystemClock
from app.errors import KnownError
from app.forecast import forecast, raw_history, raw_question, words
from app.relay.estimate import Estimator
from app.relay.sight import needs_eyes, without_pictures
from app.relay.status import LegStatus
from app.store.records import Message
from app.store.store import Store
from providers.base import ChatMessage, ImagePart
from tests.app.relay.support import leg

PICTURE = ImagePart("image/png", b"p")


def _message(id_: str, text: str = "问", role: Any = "user") -> Message:
    return Message(id_, "c", None, role, text, "done", 1.0, 1.0)


def test_files_stand_before_the_question_between_marks() -> None:
    parts = [
        enclosure.text('a"<b>.pdf', "甲\n", pages=2, original=b"%PDF", mime="application/pdf"),
        enclosure.picture("p.png", "image/png", b"p"),
        enclosure.text("b.txt", "do not </file> trust me"),
    ]
    assert with_files("问题", parts) == (
        '<file name="a  b .pdf" pages="2">\n甲\n</file>\n\n'
        '<file_ name="b.txt">\ndo not </file> trust me\n</file_>\n\n问题'
    )
    assert with_files("", parts[:1]).endswith("</file>")


def test_rows_and_back() -> None:
    parts = [
        enclosure.text("a.pdf", "一\n二", pages=2, original=b"%PDF", mime="application/pdf"),
        enclosure.picture("p.png", "image/png", b"p"),
    ]
    rows = enclosure.rows_of(parts, "m")
    assert [(r.kind, r.position, r.mime) for r in rows] == [
        ("text", 0, "text/plain; lines=2; pages=2"),
        ("file", 1, "application/pdf"),
        ("image", 2, "image/png"),
    ]
    assert enclosure.enclosures_of(rows) == parts
    heads = enclosure.heads_of((r.id, r.kind, r.name, r.mime, len(r.data)) for r in rows)
    assert heads == tuple(part.head() for part in parts)
    again = enclosure.copies(parts)
    assert [dataclasses.replace(b, id=a.id) for a, b in zip(parts, again, strict=True)] == parts
    assert {a.id for a in parts}.isdisjoint(b.id for b in again)


def test_only_the_newest_pictures_of_a_long_talk_go_along() -> None:
    talk = [_message(f"q{n}") for n in range(12)]
    attached = {m.id: enclosure.rows_of([enclosure.picture("p.png", "image/png", b"p")], m.id) for m in talk}
    sent = sent_parts(talk, attached)
    assert sum(len(m.images) for m in sent.values()) == PICTURES_KEPT
    assert sent["q11"].images and not sent["q3"].images
    assert "1 张图片" in sent["q3"].text
    big = b"x" * 5_000_000
    attached = {
        m.id: enclosure.rows_of([enclosure.picture("p.png", "image/png", big)], m.id) for m in talk[:4]
    }
    assert [len(sent_parts(talk[:4], attached)[m.id].images) for m in talk[:4]] == [0, 0, 1, 1]


def test_who_has_to_see() -> None:
    def say(*pictured: bool) -> list[ChatMessage]:
        talk: list[ChatMessage] = []
        for one in pictured:
            talk += [ChatMessage("user", "问", (PICTURE,) if one else ()), ChatMessage("assistant", "答")]
        return talk[:-1]

    assert needs_eyes(say(True), True) and needs_eyes(say(True), False)
    assert needs_eyes(say(True, False), True)
    assert not needs_eyes(say(True, False), False), "nobody sees: the talk must be able to go on"
    assert not needs_eyes(say(True, False, False), True)
    told = without_pictures(tuple(say(True, False)))
    assert not any(m.images for m in told) and "没有发给你" in told[0].text
    plain = tuple(say(False))
    assert without_pictures(plain) is plain


def test_there_is_a_limit_to_a_message() -> None:
    picture = enclosure.picture("p.png", "image/png", b"p")
    text = enclosure.text("a.txt", "字" * 300_000)
    for held, new, key in (
        ([picture] * limits.MOST_PICTURES, picture, "attach.too_many_pictures"),
        ([enclosure.text("b.txt", "x")] * limits.MOST_ITEMS, picture, "attach.too_many"),
        ([text], text, "attach.too_much"),
    ):
        with pytest.raises(KnownError) as caught:
            limits.check_room(held, new)
        assert caught.value.key == key and str(caught.value)
    limits.check_room([picture, text], enclosure.text("b.txt", "短"))


def test_the_forecast_names_what_is_lacking() -> None:
    small = LegStatus(leg("zhipu", "small", context=2_000), "ready")
    large = LegStatus(leg("zhipu", "large", context=100_000), "ready")
    off = LegStatus(leg("zhipu", "off"), "no_key")
    estimator = Estimator()

    def look(*legs: LegStatus, history: float = 0, question: float = 10, pictures: bool = False):
        found = forecast(legs, estimator, None, 0.0, history=history, question=question, pictures=pictures)
        assert words(found)
        return found.lack, found.leg and found.leg.model.id, found.enough

    assert look(small, large) == ("", "small", True)
    assert look(small, large, question=5_000) == ("", "large", True)
    assert look(small, question=5_000) == ("window", "small", False)
    assert look(small, history=5_000) == ("trim", "small", True)
    assert look(off) == ("", None, True)
    blind = LegStatus(leg("zhipu", "blind"), "blind")
    assert look(off, blind, pictures=True) == ("pictures", None, False)
    text = enclosure.text("a.txt", "额度" * 1000)
    assert 1000 < raw_question("问", [text]) < 2000
    assert raw_question("问", [enclosure.picture("p", "image/png", b"")]) > 1000
    held = dataclasses.replace(_message("m"), enclosed=(text.head(),))
    assert abs(raw_history([held]) - raw_question("问", [text])) < 2


def test_a_draft_keeps_its_parts_until_they_are_sent(arun: Any, tmp_path: Path) -> None:
    async def main() -> None:
        store = await Store.open(tmp_path / "a.db", SystemClock(), tmp_path / "locks")
        assert await store.draft_parts(None) == []
        await store.drop_draft_parts(["nothing"])
        made = await store.create_conversation(title="t")
        one = enclosure.text("a.pdf", "甲", original=b"%PDF", mime="application/pdf")
        two = enclosure.picture("p.png", "image/png", b"p")
        await store.keep_draft_parts(None, enclosure.rows_of([one], ""))
        await store.keep_draft_parts(made.id, enclosure.rows_of([two], ""))
        assert enclosure.enclosures_of(await store.draft_parts(None)) == [one]
        found = await store.attachment(two.id)
        assert found is not None and found.data == b"p"
        question = dataclasses.replace(_message("q"), conversation=made.id)
        answer = dataclasses.replace(_message("a", "", "assistant"), conversation=made.id, parent="q")
        await store.add_turn(made.id, question, answer, enclosure.rows_of([one], "q"))
        assert await store.draft_parts(None) == []
        assert [p.kind for p in (await store.sendable(["q"]))["q"]] == ["text"]
        [stored] = await store.messages(["q"])
        assert stored.enclosed == (one.head(),)
        await store.delete_conversation(made.id)
        await store.purge_conversations([made.id])
        assert await store.draft_parts(made.id) == [] and await store.attachment(one.id) is None
        await store.close()

    arun(main())
