"""`jieli restore` and a damaged file, through the real program."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.e2e.program import Program
from tests.fakes.server import FakeServer, Reply


@pytest.fixture
def program(tmp_path: Path) -> Program:
    return Program(tmp_path / "data")


def _asked(program: Program, server: FakeServer, text: str) -> Program:
    server.on("zhipu", Reply.stream([text]))
    asking = Program(program.home, server, keys=("zhipu",))
    assert asking.ask("zhipu", prompt=f"问{text}").status == 0
    return asking


def test_a_lost_history_comes_back_from_the_snapshot_and_nothing_newer_goes(program: Program) -> None:
    with FakeServer() as server:
        _asked(program, server, "旧答")
        (snapshot,) = (program.home / "snapshots").glob("jieli-*.db")
        saved = program.home.parent / "saved.db"
        shutil.copy(snapshot, saved)
        (program.home / "jieli.db").unlink()
        asking = _asked(program, server, "新答")
        first = asking.run("restore", "--json", str(saved))
        assert (first.status, first.err) == (0, "")
        assert first.events[0] | {"attempts": 1} == first.events[0]
        assert (first.events[0]["conversations"], first.events[0]["messages"]) == (1, 2)
        texts = {row[0] for row in asking.rows("SELECT text FROM message")}
        assert texts == {"问旧答", "旧答", "问新答", "新答"}
        again = asking.run("restore", str(saved))
        assert again.status == 0
        assert "没有改动" in again.out
        assert {row[0] for row in asking.rows("SELECT text FROM message")} == texts


def test_a_damaged_file_is_rebuilt_said_and_gone_on_with(program: Program) -> None:
    with FakeServer() as server:
        asking = _asked(program, server, "答")
        data = bytearray((program.home / "jieli.db").read_bytes())
        data[100:2000] = b"\xa5" * 1900
        (program.home / "jieli.db").write_bytes(data)
        again = asking.ask("zhipu", prompt="再问")
        assert again.status == 0
        assert "重建" in again.err and "Traceback" not in again.err
        assert len(asking.rows("SELECT id FROM message")) == 4
        told = asking.run("doctor", "--json")
        findings = [json.loads(line) for line in told.out.splitlines()]
        assert any(f["name"] == "重建" and f["state"] == "note" for f in findings)
        assert any(f["name"] == "对话" and f["state"] == "ok" for f in findings)


def test_a_wrong_file_is_one_sentence(program: Program) -> None:
    other = program.home.parent / "no.db"
    other.write_text("no database")
    done = program.run("restore", str(other))
    assert done.status == 1
    assert len(done.err.strip().splitlines()) == 1
    assert program.run("restore").status == 2
