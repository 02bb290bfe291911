"""Files made to harm, and real ones with bytes changed or missing: a sentence or a report, never a crash.

Bounds of memory and time are those of the reader (`spans`, `boxes`); what was stored before stays.
"""

from __future__ import annotations

import asyncio
import io
import json
import random
import struct
import zipfile
from pathlib import Path
from typing import Any, BinaryIO, cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.clock import SystemClock
from app.exchange.imports import boxes, spans
from app.exchange.imports.importer import Importer, Report
from app.exchange.imports.telling import sentences
from app.store.store import Store
from tests.app.exchange import exports_of_others as others
from tests.app.exchange.test_import import bring, look, said, written, zipped


def one_sentence(report: Report) -> str:
    """The only thing the report says."""
    assert report.nothing and len(report.problems) == 1, report
    assert "\n" not in report.problems[0]
    return report.problems[0]


class Endless:
    """A stream of `head` and then `times` the same piece, as long as a file can be."""

    def __init__(self, head: bytes, piece: bytes, times: int) -> None:
        self._head, self._piece, self.times = head, piece, times

    def read(self, _size: int = -1) -> bytes:
        if self._head:
            head, self._head = self._head, b""
            return head
        self.times -= 1
        return self._piece if self.times >= 0 else b""


@pytest.mark.parametrize(
    ("head", "piece"),
    [
        (b'["', b"x"),
        (b'["', b"\\n"),
        (b'[{"a":"', b"\\\\"),
        (b"[", b"1"),
        (b"[[", b"1,"),
        (b'{"', b"x"),
        (b"", b" "),
        (b"[[", b'"a",'),
    ],
)
def test_a_gigantic_member_is_passed_over_in_bounded_memory(head: bytes, piece: bytes) -> None:
    import tracemalloc

    # What is held may be the largest member allowed, never what lies in the file.
    monkey, spans.MOST_BYTES = spans.MOST_BYTES, 1_000_000
    stream = Endless(head, piece * (spans.CHUNK // len(piece)), 24)
    tracemalloc.start()
    try:
        with pytest.raises(spans.CutError):
            list(spans.members(cast("BinaryIO", stream)))
        assert tracemalloc.get_traced_memory()[1] < 5_000_000
    finally:
        tracemalloc.stop()
        spans.MOST_BYTES = monkey


@pytest.mark.parametrize("piece", [b"[],", b"[", b'{"a":'])
def test_too_many_brackets_end_the_reading_early(piece: bytes) -> None:
    stream = Endless(b"[[", piece * 80_000, 1000)
    with pytest.raises(spans.CutError):
        list(spans.members(cast("BinaryIO", stream)))
    assert stream.times > 900


def test_a_conversation_that_is_too_large_is_told_and_the_others_come(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chats = others.chatgpt()
    chats.insert(1, others.tree(others.node("x", None, "user", "巨" * 400_000), title="巨大", id="huge"))
    chats.insert(2, {"mapping": [[[]]] * 10, "deep": _nested(5000)})
    monkeypatch.setattr(spans, "MOST_BYTES", 300_000)
    path = tmp_path / "c.json"
    path.write_text(
        "[" + ",".join(json.dumps(c) if "deep" not in c else _deep_text() for c in chats) + "]", "utf-8"
    )
    report = bring(tmp_path, path)
    assert report.new == 3
    assert report.left_counts == {"large": 1, "damaged": 1, "empty": 1}


def _nested(_depth: int) -> str:
    return ""


def _deep_text() -> str:
    return '{"mapping": ' + "[" * 5000 + "]" * 5000 + "}"


def test_a_zip_bomb_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    bomb = tmp_path / "bomb.zip"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as box, box.open("conversations.json", "w") as file:
        for _ in range(70):
            file.write(b" " * 1024 * 1024)
    assert "bomb.zip" in one_sentence(bring(tmp_path, bomb))


def test_a_table_of_contents_too_large_for_memory_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "many.zip"
    path.write_bytes(b"PK\x03\x04" + struct.pack("<4sHHHHIIH", b"PK\x05\x06", 0, 0, 9, 9, 1 << 30, 4, 0))
    assert "many.zip" in one_sentence(bring(tmp_path, path))


def test_names_that_climb_out_of_a_zip_write_nothing(tmp_path: Path) -> None:
    home = tmp_path / "deep" / "home"
    home.mkdir(parents=True)
    chats = others.chatgpt()
    chats[1]["mapping"]["u"]["message"]["metadata"]["attachments"][0]["name"] = "../../evil.png"
    files = {
        "../../conversations.json": chats,
        "../file_00ab-../../x.png": others.PNG,
        "/etc/file-CAT.png": b"x",
    }
    report = bring(home, zipped(tmp_path / "t.zip", files))
    assert report.new == 3
    assert not list(tmp_path.rglob("*.json")) and not list(tmp_path.rglob("*.png"))
    assert {p.name for p in (tmp_path / "deep").iterdir()} == {"home"}


def test_a_link_out_of_a_folder_is_not_followed(tmp_path: Path) -> None:
    secret = written(tmp_path / "secret.json", others.chatgpt())
    (tmp_path / "export").mkdir()
    (tmp_path / "export" / "conversations.json").symlink_to(secret)
    one_sentence(bring(tmp_path, tmp_path / "export"))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"PK",
        b"PK\x03\x04" + bytes(100),
        b"\x1f\x8b" + bytes(50),
        b"no json at all",
        b"\xff\xfe[\x00]\x00",
        b"{",
        b"[]",
        b"{}",
        b"null",
        b'{"messages": 5}',
        bytes(range(256)) * 10,
        b'{"jieli":99,"records":[]}',
    ],
)
def test_what_is_no_export_is_one_sentence(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "strange.json"
    path.write_bytes(content)
    report = bring(tmp_path, path)
    assert report.nothing
    assert len(report.problems) + sum(report.left_counts.values()) == 1


def test_missing_locked_and_encrypted_files_are_one_sentence(tmp_path: Path) -> None:
    assert "none.zip" in one_sentence(bring(tmp_path, tmp_path / "none.zip"))
    path = zipped(tmp_path / "locked.zip", {"conversations.json": others.chatgpt()})
    data = bytearray(path.read_bytes())
    data[data.rfind(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(data)
    assert "locked.zip" in one_sentence(bring(tmp_path, path))


def test_broken_letters_and_half_characters_are_stored_as_marks(tmp_path: Path) -> None:
    chats = [others.tree(others.node("a", None, "user", "HERE\0"), title="\ud83d", id="e")]
    path = tmp_path / "c.json"
    path.write_bytes(json.dumps(chats).encode().replace(b"HERE", b"\xff\xfe\xc3("))
    assert bring(tmp_path, path).new == 1
    (found,) = look(tmp_path).items()
    assert found[0] == "\ufffd" and said(found[1][1])[0][1].endswith("(\ufffd")


def test_a_truncated_export_gives_what_is_whole_and_says_so(tmp_path: Path) -> None:
    path = tmp_path / "c.json"
    text = json.dumps(others.chatgpt()).encode()
    path.write_bytes(text[: len(text) * 2 // 3])
    report = bring(tmp_path, path)
    assert report.new >= 1 and report.left_counts == {"cut": 1}


_EXPORTS = {
    "chatgpt": others.chatgpt,
    "claude": others.claude,
    "cherry": others.cherry,
    "chatbox": others.chatbox,
    "nextchat": others.nextchat,
    "lobe-config": others.lobe_config,
    "lobe-data": others.lobe_data,
}


def _mutated(data: bytes, chance: random.Random) -> bytes:
    raw = bytearray(data)
    for _ in range(chance.randrange(1, 6)):
        place = chance.randrange(len(raw))
        match chance.randrange(5):
            case 0:
                raw[place] = chance.randrange(256)
            case 1:
                del raw[place : place + chance.randrange(1, 40)]
            case 2:
                raw[place:place] = chance.choice(
                    [b'"', b"{", b"]", b"null", b"\\", b"\xff", b"1e999", b"[[[["]
                )
            case 3:
                raw[place:place] = raw[: chance.randrange(200)]
            case _:
                del raw[place + 1 :]
        if not raw:
            return b"?"
    return bytes(raw)


def _packed(data: bytes, chance: random.Random) -> bytes:
    if chance.random() < 0.6:
        return data
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as box:
        box.writestr("data.json" if b"indexedDB" in data else "conversations.json", data)
    return _mutated(packed.getvalue(), chance) if chance.random() < 0.6 else packed.getvalue()


def fuzz(folder: Path, runs: int, seed: int) -> tuple[int, int]:
    """Import mutated exports one after another into one store; returns how many gave something, how many not.

    Whatever happens, what was stored first stays and every outcome is a report.
    """
    chance = random.Random(seed)

    async def go() -> tuple[int, int]:
        store = await Store.open(folder / "jieli.db", SystemClock(), folder / "running")
        kept = await store.create_conversation("留下")
        importer = Importer(store, SystemClock())
        some = none = 0
        try:
            for number in range(runs):
                make = _EXPORTS[chance.choice(sorted(_EXPORTS))]
                text = json.dumps(make(), ensure_ascii=chance.random() < 0.5).encode("utf-8", "surrogatepass")
                path = folder / f"{number}.json"
                path.write_bytes(_packed(_mutated(text, chance), chance))
                report = await importer.run([path], lambda _: None)
                if report.nothing:
                    none += 1
                    assert sentences(report), text
                else:
                    some += 1
                assert all("\n" not in problem for problem in report.problems)
                path.unlink()
            assert await store.conversation(kept.id) is not None
            assert await store.check()
        finally:
            await store.close()
        return some, none

    return asyncio.run(go())


def test_mutated_and_truncated_exports_never_crash(tmp_path: Path) -> None:
    import time

    seed = int(time.time())
    some, none = fuzz(tmp_path, 30, seed)
    assert some + none == 30, f"seed {seed}"


_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
@given(value=_values, data=st.data())
def test_any_values_in_the_places_of_others_are_survived(value: Any, data: st.DataObject) -> None:
    """Readers see values of every type where they expect others: they yield or leave out, and never raise."""
    from app.exchange.imports.recognise import chats, recognise

    name = data.draw(st.sampled_from(sorted(_EXPORTS)))
    export = _EXPORTS[name]()
    _replace(export, value, data)
    text = json.dumps(export).encode()

    class Memory(boxes.FileBox):
        def open(self, name: str) -> BinaryIO:
            return io.BytesIO(text)

        def size(self, name: str) -> int:
            return len(text)

    from app.errors import KnownError

    box = Memory(Path("x.json"))
    try:
        for found in recognise(box, Path("x.json")):
            if found.kind != "jieli":
                list(chats(box, found, Path(), lambda file: file))
    except KnownError as error:
        assert error.key == "import.unknown"


def _replace(export: Any, value: Any, data: st.DataObject) -> None:
    """Put the value into one place of the export, anywhere."""
    places: list[tuple[Any, Any]] = []
    waiting = [export]
    while waiting:
        one = waiting.pop()
        for key in one if isinstance(one, dict) else range(len(one)):
            places.append((one, key))
            if isinstance(one[key], dict | list):
                waiting.append(one[key])
    holder, key = data.draw(st.sampled_from(range(len(places))).map(lambda n: places[n]))
    holder[key] = value
