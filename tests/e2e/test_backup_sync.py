"""`jieli backup`, `restore` and `sync` through the real program."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.e2e.program import Program
from tests.fakes.server import FakeServer, Reply


@pytest.fixture
def first(tmp_path: Path) -> Program:
    return Program(tmp_path / "first")


def _ask(program: Program, server: FakeServer, text: str) -> None:
    server.on("zhipu", Reply.stream([text]))
    assert Program(program.home, server, keys=("zhipu",)).ask("zhipu", prompt=f"问{text}").status == 0


def _texts(program: Program) -> set[str]:
    return {row[0] for row in program.rows("SELECT text FROM message")}


def _settings(program: Program, **values: object) -> None:
    file = program.home / "settings.json"
    found = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    program.home.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps({**found, **values}), encoding="utf-8")


def test_an_encrypted_backup_goes_to_another_computer(first: Program, tmp_path: Path) -> None:
    target = tmp_path / "all.jieli"
    with FakeServer() as server:
        _ask(first, server, "答")
    first.environ["JIELI_PASSPHRASE"] = "一个 口令"
    made = first.run("backup", "--encrypt", "--json", str(target))
    assert (made.status, made.err) == (0, "")
    assert made.events[0]["messages"] == 2 and made.events[0]["encrypted"] is True
    assert "答".encode() not in target.read_bytes()
    other = Program(tmp_path / "other")
    other.environ["JIELI_PASSPHRASE"] = "anders"
    wrong = other.run("restore", str(target))
    assert wrong.status == 1 and "口令不对" in wrong.err and len(wrong.err.strip().splitlines()) == 1
    del other.environ["JIELI_PASSPHRASE"]
    assert "没有口令" in other.run("restore", str(target)).err
    other.environ["JIELI_PASSPHRASE"] = "一个 口令"
    done = other.run("restore", "--json", str(target))
    assert done.events[0]["messages"] == 2
    assert _texts(other) == {"问答", "答"}
    assert "没有改动" in other.run("restore", str(target)).out


def test_two_homes_sync_through_a_folder(first: Program, tmp_path: Path) -> None:
    second = Program(tmp_path / "second")
    assert first.run("sync").status == 1 and "还没有打开同步" in first.run("sync").err
    cloud = tmp_path / "cloud"
    with FakeServer() as server:
        _ask(first, server, "甲")
        _ask(second, server, "乙")
    first.environ["JIELI_SYNC_PASSPHRASE"] = second.environ["JIELI_SYNC_PASSPHRASE"] = os.urandom(6).hex()
    for program in (first, second):
        _settings(program, sync="folder", sync_folder=str(cloud), sync_encrypted=True)
    missing = first.run("sync")
    assert missing.status == 1 and "找不到同步文件夹" in missing.err
    cloud.mkdir()
    for program in (first, second, first):
        done = program.run("sync", "--json")
        assert (done.status, done.err) == (0, "")
    assert _texts(first) == _texts(second) == {"问甲", "甲", "问乙", "乙"}
    assert all("甲".encode() not in file.read_bytes() for file in (cloud / "jieli-sync").iterdir())
    assert "没有要同步的" in second.run("sync").out
