"""Our own format: every record survives, anything else is refused with its line."""

from __future__ import annotations

import io
import json
from dataclasses import fields
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.exchange import format as own
from app.exchange.format import FormatError, Item
from app.store.entries import Attachment, AttemptRecord
from app.store.records import Assistant, Conversation, Message, Parameters

TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=20)
TIME = st.floats(0, 4e9, allow_nan=False)


def _maybe(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | strategy


CONVERSATIONS = st.builds(
    Conversation,
    id=TEXT,
    title=TEXT,
    created_at=TIME,
    updated_at=TIME,
    pinned=st.booleans(),
    head=_maybe(TEXT),
    system=TEXT,
    chain=_maybe(st.lists(TEXT).map(tuple)),
    tags=st.lists(TEXT).map(tuple),
    deleted_at=st.none(),
    interrupted=st.just(False),
    parameters=_maybe(st.builds(Parameters, _maybe(TIME), _maybe(st.integers(0, 9)), _maybe(st.booleans()))),
)
MESSAGES = st.builds(
    Message,
    id=TEXT,
    conversation=TEXT,
    parent=_maybe(TEXT),
    role=st.sampled_from(["user", "assistant"]),
    text=TEXT,
    status=st.sampled_from(["waiting", "done", "stopped", "failed", "interrupted"]),
    created_at=TIME,
    updated_at=TIME,
    reasoning=TEXT,
    reasoning_ms=_maybe(st.integers(0, 1 << 40)),
    note=_maybe(TEXT),
    column_group=_maybe(TEXT),
    siblings=st.just(()),
    enclosed=st.just(()),
)
ATTACHMENTS = st.builds(
    Attachment,
    id=TEXT,
    message=TEXT,
    position=st.integers(0, 9),
    kind=st.sampled_from(["image", "file", "text"]),
    name=TEXT,
    mime=TEXT,
    sha256=TEXT,
    data=st.binary(max_size=40),
)
ATTEMPTS = st.builds(
    AttemptRecord,
    id=TEXT,
    message=_maybe(TEXT),
    n=st.integers(0, 9),
    provider=TEXT,
    model=TEXT,
    started_at=TIME,
    outcome=st.sampled_from(["answered", "failed", "stopped", "skipped"]),
    until=_maybe(TIME),
    usage_estimated=st.booleans(),
    status=_maybe(st.integers(100, 599)),
)
ASSISTANTS = st.builds(
    Assistant,
    id=TEXT,
    name=TEXT,
    system=TEXT,
    created_at=TIME,
    updated_at=TIME,
    deleted_at=st.none(),
    parameters=st.none(),
    chain=_maybe(st.lists(TEXT).map(tuple)),
)
ITEMS = st.builds(Item, CONVERSATIONS | MESSAGES, _maybe(TEXT)) | st.builds(
    Item, ATTACHMENTS | ATTEMPTS | ASSISTANTS
)


def _written(items: list[Item]) -> bytes:
    out = io.BytesIO()
    add = own.write(out)
    for item in items:
        add(item)
    own.finish(out)
    return out.getvalue()


@given(st.lists(ITEMS, max_size=5))
@settings(max_examples=60, deadline=None)
def test_what_is_written_is_read(items: list[Item]) -> None:
    data = _written(items)
    assert list(own.read(io.BytesIO(data))) == items
    assert json.loads(data)[own.MARK] == own.VERSION
    assert own.is_ours(data[:200])
    # Every line holds one record: nothing in a text can end a line.
    assert data.count(b"\n") == len(items) + 2


def test_every_field_that_is_not_worked_out_is_kept() -> None:
    for kind in own.KINDS.values():
        derived = {f.name for f in fields(kind)} & own._DERIVED
        assert derived <= {"interrupted", "siblings", "enclosed", "deleted_at"}


def test_an_answer_that_is_being_written_leaves_as_interrupted() -> None:
    message = Message("m", "c", None, "assistant", "so far", "streaming", 1.0, 1.0)
    running = AttemptRecord("a", "m", 1, "zhipu", "glm", "running", 1.0)
    found = [item.record for item in own.read(io.BytesIO(_written([Item(message), Item(running)])))]
    assert isinstance(found[0], Message) and found[0].status == "interrupted"
    assert isinstance(found[1], AttemptRecord) and (found[1].outcome, found[1].code) == (
        "stopped",
        "interrupted",
    )


@given(st.binary(max_size=60), st.integers(0, 400))
@settings(max_examples=100, deadline=None)
def test_damage_is_told_and_nothing_else_is_raised(junk: bytes, at: int) -> None:
    data = _written(
        [Item(Conversation("c", "t", 1.0, 1.0)), Item(Message("m", "c", None, "user", "x", "done", 1.0, 1.0))]
    )
    broken = data[:at] + junk + data[at + len(junk) :]
    try:
        list(own.read(io.BytesIO(broken)))
    except FormatError as error:
        assert error.line >= 1


@pytest.mark.parametrize(
    "record",
    [
        {},
        [],
        {"key": {"id": "k"}},
        {"message": None},
        {"message": {"id": "m"}},
        {"conversation": {"id": 1, "title": "", "created_at": 1.0, "updated_at": 1.0}},
        {"conversation": {"id": "c", "title": "", "created_at": True, "updated_at": 1.0}},
        {"conversation": {"id": "c", "title": "", "created_at": 1.0, "updated_at": 1.0, "chain": "zhipu"}},
        {
            "message": {
                "id": "m",
                "conversation": "c",
                "parent": None,
                "role": "system",
                "text": "",
                "status": "done",
                "created_at": 1.0,
                "updated_at": 1.0,
            }
        },
        {
            "attachment": {
                "id": "p",
                "message": "m",
                "position": 0,
                "kind": "file",
                "name": "",
                "mime": "",
                "sha256": "",
                "data": "not base64!",
            }
        },
    ],
)
def test_what_is_no_record_is_refused(record: object) -> None:
    with pytest.raises(FormatError):
        own.decode(record, 7)


def test_fields_of_a_later_version_are_passed_over() -> None:
    known = {"id": "c", "title": "t", "created_at": 1, "updated_at": 2.0, "later": {"a": 1}}
    assert own.decode({"conversation": known}).record == Conversation("c", "t", 1.0, 2.0)


def test_a_line_longer_than_any_of_ours_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(own, "LONGEST_RECORD", 100)
    with pytest.raises(FormatError, match="too long"):
        list(own.read(io.BytesIO(own.HEAD + b"\n" + b" " * 500)))
