"""`jieli doctor` when something is wrong: that is when it is asked."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.program import Answer, Program
from tests.fakes.server import FakeServer, Reply


@pytest.fixture
def program(tmp_path: Path) -> Program:
    made = Program(tmp_path / "data")
    made.home.mkdir()
    return made


def bad(program: Program) -> list[str]:
    """What it finds bad, said alike in both forms."""
    text, lines = program.run("doctor"), program.run("doctor", "--json")
    assert "Traceback" not in text.err + lines.err
    found = [json.loads(line) for line in lines.out.splitlines()]
    assert len(found) > 3, lines.err
    assert text.status == lines.status == (1 if any(f["state"] == "bad" for f in found) else 0)
    assert [line[0] for line in text.out.splitlines()] == [
        {"ok": "✓", "note": "·", "bad": "✗"}[f["state"]] for f in found
    ]
    return [f"{f['name']}: {f['text']}" for f in found if f["state"] == "bad"]


def test_all_is_well(program: Program) -> None:
    assert bad(program) == []


def test_a_newer_database(program: Program) -> None:
    with sqlite3.connect(program.home / "jieli.db") as db:
        db.execute("PRAGMA user_version = 999")
    db.close()
    (found,) = bad(program)
    assert "jieli.db" in found or "新" in found


def test_a_home_that_is_a_file(program: Program) -> None:
    program.home.rmdir()
    program.home.write_text("no folder", encoding="utf-8")
    assert any(str(program.home) in found for found in bad(program))


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() == 0, reason="permissions do not bind this user"
)
def test_a_home_that_cannot_be_written(program: Program) -> None:
    program.home.chmod(0o500)
    try:
        (found,) = bad(program)
    finally:
        program.home.chmod(0o700)
    assert str(program.home) in found


def test_an_endpoint_that_is_refused(program: Program) -> None:
    settings = {"endpoints": {"zhipu": "http://example.com/v1"}, "chain": ["nobody"]}
    (program.home / "settings.json").write_text(json.dumps(settings), encoding="utf-8")
    found = bad(program)
    assert len(found) == 2
    assert any("http://example.com/v1" in one for one in found)
    assert any("nobody" in one for one in found)


def test_what_nobody_can_send_is_no_setting(program: Program) -> None:
    (program.home / "settings.json").write_text('{"chain": ["\\ud800"]}', encoding="utf-8")
    answer: Answer = program.run("ask", "x")
    assert answer.status == 3
    assert "Traceback" not in answer.err and "意外" not in answer.err
    assert any("chain" in one for one in bad(program))


@pytest.mark.skipif(sys.platform == "win32", reason="needs file size limits")
def test_a_full_disk_is_one_sentence_and_loses_nothing(program: Program) -> None:
    with FakeServer() as server:
        server.on("zhipu", Reply.stream(["好"]))
        asking = Program(program.home, server, keys=("zhipu",))
        assert asking.ask("zhipu").status == 0
        before = asking.rows("SELECT text, status FROM message ORDER BY seq")
        # No page more than the file has: what SQLite says then is what it says on a full disk.
        with sqlite3.connect(program.home / "jieli.db") as db:
            (pages,) = db.execute("PRAGMA page_count").fetchone()
        db.close()
        assert pages > 1
        script = (
            "import resource, signal, sys, runpy;"
            f"resource.setrlimit(resource.RLIMIT_FSIZE, ({pages * 4096 // 2},) * 2);"
            "signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
            "sys.argv = ['app', *sys.argv[1:]]; runpy.run_module('app', run_name='__main__')"
        )
        line = asking.command("ask", "--chain", "zhipu", "-", endpoints=["zhipu"])
        line[line.index("-m") : line.index("-m") + 2] = ["-c", script]
        done = subprocess.run(
            line,
            env=asking.environ,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            input="长" * 40_000,
        )
    assert done.returncode == 1
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr
    assert "意外" not in done.stderr
    after = asking.rows("SELECT text, status FROM message ORDER BY seq")
    assert after[: len(before)] == before


@pytest.mark.skipif(sys.platform == "win32", reason="needs file size limits")
def test_an_answer_is_printed_to_its_end_though_the_disk_fills_under_it(program: Program) -> None:
    with FakeServer() as server:
        server.on("zhipu", Reply.stream(["好"]))
        asking = Program(program.home, server, keys=("zhipu",))
        assert asking.ask("zhipu").status == 0
        server.on("zhipu", Reply.stream(["长" * 2000] * 200))
        size = (program.home / "jieli.db").stat().st_size
        script = (
            "import resource, signal, sys, runpy;"
            f"resource.setrlimit(resource.RLIMIT_FSIZE, ({size + 100_000},) * 2);"
            "signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
            "sys.argv = ['app', *sys.argv[1:]]; runpy.run_module('app', run_name='__main__')"
        )
        line = asking.command("ask", "--json", "--chain", "zhipu", "问", endpoints=["zhipu"])
        line[line.index("-m") : line.index("-m") + 2] = ["-c", script]
        done = subprocess.run(
            line, env=asking.environ, capture_output=True, text=True, timeout=60, check=False
        )
    answer = Answer(done.returncode, done.stdout, done.stderr)
    assert answer.status == 0, done.stderr
    assert answer.events[-1]["event"] == "done"
    assert answer.events[-1]["text"] == "长" * 400_000
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr
    assert "意外" not in done.stderr
    assert asking.rows("SELECT text FROM message ORDER BY seq")[:2] == [("你好",), ("好",)]
