"""The quota known before sending, through the real program: nothing is asked that would bill or overdraw."""

from __future__ import annotations

import os
import select
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.e2e.program import Program
from tests.fakes.server import FakeServer, Reply

LONG = "请把这段话翻译成英文：" + "接力赛的规则并不复杂。" * 20


@pytest.fixture
def program(tmp_path: Path, server: FakeServer) -> Program:
    server.on("alibaba", Reply.stream(["贵"], usage=(100, 20)))
    server.on("zhipu", Reply.stream(["好"], usage=(100, 20)))
    server.on("deepseek", Reply.stream(["付"], usage=(100, 20)))
    return Program(tmp_path / "data", server, keys=("alibaba", "zhipu", "deepseek"))


def left(program: Program, model: str = "qwen-plus") -> dict[str, object]:
    shown = program.run("quota", "--json")
    assert shown.status == 0, shown.err
    return next(row for row in shown.events if row["model"] == model)


@pytest.mark.parametrize("target", ["alibaba:qwen-plus", "alibaba"])
def test_a_leg_with_too_little_left_is_not_asked(program: Program, server: FakeServer, target: str) -> None:
    done = program.run("quota", "set", target, "50")
    assert done.status == 0 and "50 token" in done.err
    answer = program.ask("alibaba:qwen-plus", "zhipu", prompt=LONG)
    assert answer.status == 0, answer.err
    skip = answer.events[0]
    assert (skip["event"], skip["provider"], skip["reason"]) == ("skip", "alibaba", "quota_low")
    assert answer.events[-1]["provider"] == "zhipu"
    assert server.requests_for("alibaba") == []
    assert left(program)["remaining"] == 50


def test_a_paid_leg_alone_is_not_asked(program: Program, server: FakeServer) -> None:
    leg = "deepseek:deepseek-v4-pro"
    answer = program.ask(leg, options=["--spend", "never"])
    assert answer.status == 3
    assert [e.get("reason") for e in answer.events] == ["paid", None]
    assert server.requests_for("deepseek") == []
    assert program.ask(leg, options=["--spend", "ask"]).status == 3, "nobody can be asked in --json"
    assert server.requests_for("deepseek") == []
    assert program.ask(leg, options=["--spend", "allow"]).status == 0


def test_what_is_spent_is_taken_off_and_answers_from_elsewhere_count(program: Program) -> None:
    assert left(program)["remaining"] == 1_000_000
    assert program.ask("alibaba:qwen-plus").status == 0
    shown = left(program)
    assert (shown["remaining"], shown["used"], shown["estimated"]) == (999_880, 120, False)
    assert program.run("quota", "set", "alibaba:qwen-plus", "31.2万", "--expires", "2099-01-31").status == 0
    shown = left(program)
    assert shown["remaining"] == 312_000 and shown["expires"] == 4_073_558_400.0
    table = program.run("quota").out
    assert "31.2 万 token" in table and "通义千问 qwen-plus" in table


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (["alibaba"], 2),
        (["alibaba", "5", "--expires", "31.12."], 2),
        (["nobody", "5"], 2),
    ],
)
def test_bad_input_is_one_sentence(program: Program, arguments: list[str], status: int) -> None:
    done = program.run("quota", "set", *arguments)
    assert done.status == status and done.out == ""
    assert len(done.err.splitlines()) == 1 and "意外" not in done.err, done.err


@pytest.mark.skipif(sys.platform == "win32", reason="kills by signal")
def test_a_kill_between_request_and_answer_is_counted(program: Program, server: FakeServer) -> None:
    server.on("alibaba", Reply.stream(["慢"], usage=(100, 20)).gated("later"))
    line = program.command("ask", "--json", "--chain", "alibaba:qwen-plus", LONG, endpoints=["alibaba"])
    with subprocess.Popen(line, env=program.environ, stdout=subprocess.DEVNULL) as running:
        give_up = time.monotonic() + 30
        while not server.requests_for("alibaba"):
            assert time.monotonic() < give_up and running.poll() is None
            time.sleep(0.005)
        running.kill()
    # The vendor goes on and counts what nobody reads.
    server.open_gate("later")
    shown = left(program)
    assert shown["estimated"] is True
    assert int(str(shown["remaining"])) <= 1_000_000 - 120
    assert program.rows("SELECT prompt_tokens FROM attempt") == [(None,)]


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
@pytest.mark.parametrize(("said", "status"), [("y\n", 0), ("\n", 3)])
def test_the_terminal_is_asked_before_a_leg_that_bills(
    program: Program, server: FakeServer, said: str, status: int
) -> None:
    import pty

    line = program.command(
        "ask", "--spend", "ask", "--chain", "deepseek:deepseek-v4-pro", "你好", endpoints=["deepseek"]
    )
    ours, theirs = pty.openpty()
    with subprocess.Popen(line, env=program.environ, stdin=theirs, stdout=theirs, stderr=theirs) as running:
        os.close(theirs)
        seen = b""
        while b"[y/N]" not in seen:
            assert select.select([ours], [], [], 30)[0], seen
            seen += os.read(ours, 4096)
        assert server.requests_for("deepseek") == []
        os.write(ours, said.encode())
        assert running.wait(30) == status
    os.close(ours)
    assert len(server.requests_for("deepseek")) == (1 if status == 0 else 0)
