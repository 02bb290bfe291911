"""`jieli ask` as a process: the relay over real sockets, with a real database."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

import pytest

from tests.e2e.program import FREE_TIER_ONLY, ROOT, Program, secret
from tests.fakes.server import FakeServer, Reply, closed_port


@pytest.fixture
def program(tmp_path: Path, server: FakeServer) -> Program:
    return Program(tmp_path / "data", server, keys=("alibaba", "zhipu"))


def test_a_used_up_leg_hands_the_baton_on_and_is_skipped_next_time(
    program: Program, server: FakeServer
) -> None:
    server.on("alibaba", FREE_TIER_ONLY)
    server.on("zhipu", Reply.stream(["你", "好", "！"], usage=(9, 3)))

    first = program.ask("alibaba:qwen-plus", "zhipu")
    assert first.status == 0, first.err
    assert first.names == ["attempt", "failure", "switch", "attempt", "delta", "done"]
    failure = first.events[1]
    assert failure["kind"] == "quota_exhausted"
    assert failure["status"] == 403
    assert failure["code"] == "AllocationQuota.FreeTierOnly"
    assert first.events[2] == {
        "event": "switch",
        "from": "alibaba:qwen-plus",
        "to": "zhipu:glm-4.7-flash",
        "mode": "restart",
    }
    done = first.events[-1]
    assert (done["provider"], done["text"], done["finish"]) == ("zhipu", "你好！", "stop")
    assert done["usage"] == {"prompt": 9, "completion": 3, "estimated": False}
    assert len(server.requests_for("alibaba")) == 1

    again = program.ask("alibaba:qwen-plus", "zhipu")
    assert again.status == 0
    assert again.names == ["skip", "switch", "attempt", "delta", "done"]
    assert again.events[0]["provider"] == "alibaba"
    assert again.events[0]["reason"] == "cooldown"
    assert len(server.requests_for("alibaba")) == 1, "the parked leg was asked again"


def test_a_provider_alone_tries_one_sibling_then_the_next_leg(program: Program, server: FakeServer) -> None:
    server.on("alibaba", FREE_TIER_ONLY)
    server.on("zhipu", Reply.stream(["好"]))
    first = program.ask("alibaba", "zhipu")
    assert first.status == 0
    asked = [(e["provider"], e["model"]) for e in first.events if e["event"] == "attempt"]
    assert [provider for provider, _ in asked] == ["alibaba", "alibaba", "zhipu"]
    assert asked[0][1] != asked[1][1]
    again = program.ask("alibaba", "zhipu")
    assert again.status == 0
    assert {e["reason"] for e in again.events if e["event"] == "skip"} == {"cooldown"}
    assert len(server.requests_for("alibaba")) == 2, "asked again at once after two models said no"


def test_the_conversation_goes_on_with_its_history(program: Program, server: FakeServer) -> None:
    server.on("zhipu", [Reply.stream(["第一答"]), Reply.stream(["第二答"])])
    first = program.ask("zhipu", prompt="第一问")
    conversation = first.events[-1]["conversation"]
    second = program.ask("zhipu", prompt="第二问", options=["--conversation", conversation])
    assert second.status == 0
    sent = [(m["role"], m["content"]) for m in server.requests_for("zhipu")[1].json["messages"]]
    assert sent == [("user", "第一问"), ("assistant", "第一答"), ("user", "第二问")]


def test_offline_is_told_apart_and_penalises_nobody(tmp_path: Path) -> None:
    program = Program(tmp_path / "data", keys=("alibaba", "zhipu"))
    port = closed_port()
    line: list[str] = []
    for provider in ("alibaba", "zhipu"):
        line += ["--endpoint", f"{provider}=http://127.0.0.1:{port}/v1"]
    answer = program.run(*line, "ask", "--json", "--chain", "alibaba,zhipu", "你好")
    assert answer.status == 3
    last = answer.events[-1]
    assert last["event"] == "exhausted"
    assert last["offline"] is True
    assert {f["kind"] for f in last["failures"]} == {"network"}
    assert program.rows("SELECT * FROM health") == []
    assert program.rows("SELECT role, text, status FROM message ORDER BY seq") == [
        ("user", "你好", "done"),
        ("assistant", "", "waiting"),
    ]


def test_a_reset_after_ten_tokens_is_continued_by_the_next_leg(program: Program, server: FakeServer) -> None:
    tokens = [f"第{n}个，" for n in range(10)]
    server.on("alibaba", Reply.stream([*tokens, "不会到"], gap=0.01).reset(after=10))
    server.on("zhipu", Reply.stream(["接着写完。"], usage=(40, 4)))
    answer = program.ask("alibaba:qwen-plus", "zhipu")
    assert answer.status == 0, answer.err
    assert answer.names == ["attempt", "delta", "failure", "switch", "attempt", "delta", "done"]
    switch = next(e for e in answer.events if e["event"] == "switch")
    assert switch["mode"] == "continue"
    whole = "".join(tokens) + "接着写完。"
    assert "".join(e["text"] for e in answer.events if e["event"] == "delta") == whole
    assert answer.events[-1]["text"] == whole
    stored = program.rows("SELECT text, status FROM message WHERE role = 'assistant'")
    assert stored == [(whole, "done")]
    attempts = program.rows("SELECT provider, outcome, text_start, text_end FROM attempt ORDER BY n")
    cut = len("".join(tokens))
    assert attempts == [("alibaba", "failed", 0, cut), ("zhipu", "answered", cut, len(whole))]


def test_kill_while_streaming_keeps_the_text_for_the_next_start(program: Program, server: FakeServer) -> None:
    pieces = [f"词{n} " for n in range(600)]
    server.on("zhipu", Reply.stream(pieces, gap=0.02))
    line = program.command("ask", "--json", "--chain", "zhipu", "讲个长故事", endpoints=["zhipu"])
    process = subprocess.Popen(line, env=program.environ, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    seen, times = "", list[tuple[float, int]]()
    import json

    for text in process.stdout:
        event = json.loads(text)
        if event["event"] == "delta":
            seen += event["text"]
            times.append((time.monotonic(), len(seen)))
            if times[-1][0] - times[0][0] > 2.6:
                break
    process.kill()
    process.wait()
    process.stdout.close()
    killed = times[-1][0]

    after = program.run("doctor")
    assert after.status in (0, 1)
    ((stored, status),) = program.rows("SELECT text, status FROM message WHERE role = 'assistant'")
    assert status == "interrupted"
    assert "".join(pieces).startswith(stored)
    # What had been read more than a second before the end is there; the slack is for a busy machine.
    read_before = max((length for at, length in times if at <= killed - 1.5), default=0)
    assert len(stored) >= read_before > 0
    assert program.rows("SELECT outcome FROM attempt") != []


@pytest.mark.parametrize(
    ("arguments", "status", "says"),
    [
        (["ask", "--chain", "nobody", "x"], 2, "nobody"),
        (["ask", "--chain", "@nobody", "x"], 2, "nobody"),
        (["quota", "set", "nobody", "5"], 2, "nobody"),
        (["ask", "--chain", "zhipu:glm-9000", "x"], 2, "glm-9000"),
        (["--endpoint", "zhipu=not a url", "ask", "x"], 2, "not a url"),
        (["--endpoint", "zhipu=http://example.com/v1", "ask", "x"], 2, "http://example.com/v1"),
        (["--endpoint", "nobody=https://example.com", "ask", "x"], 2, "nobody"),
        (["ask", "--conversation", "none", "x"], 2, "none"),
        (["ask", " "], 2, "问"),
        (["backup", ""], 2, "backup"),
        (["ask", "--spend", "lots", "x"], 2, "lots"),
        (["keys", "test", "zhipu"], 1, "zhipu"),
        (["keys", "list", "nobody"], 2, "nobody"),
    ],
)
def test_bad_input_is_one_sentence(tmp_path: Path, arguments: list[str], status: int, says: str) -> None:
    answer = Program(tmp_path / "data").run(*arguments)
    assert answer.status == status
    assert answer.out == ""
    assert says in answer.err
    assert "Traceback" not in answer.err
    assert len(answer.err.strip().splitlines()) == 1


def test_no_key_names_the_way_to_add_one(tmp_path: Path) -> None:
    answer = Program(tmp_path / "data").run("ask", "你好")
    assert answer.status == 3
    assert "jieli keys set" in answer.err


def test_an_unwritable_home_is_one_sentence(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("no folder", encoding="utf-8")
    answer = Program(blocked).run("ask", "你好")
    assert answer.status == 1
    assert str(blocked) in answer.err
    assert "Traceback" not in answer.err


def test_a_newer_database_is_refused_and_kept(program: Program) -> None:
    assert program.run("doctor").status in (0, 1)
    file = program.home / "jieli.db"
    import sqlite3

    db = sqlite3.connect(file)
    db.execute("PRAGMA user_version = 999")
    db.close()
    before = file.read_bytes()
    answer = program.run("ask", "你好")
    assert answer.status == 1
    assert "Traceback" not in answer.err
    assert file.read_bytes() == before


def test_a_broken_provider_file_hurts_nothing_else(program: Program, server: FakeServer) -> None:
    folder = program.home / "providers"
    folder.mkdir(parents=True)
    (folder / "mine.toml").write_text("id = 'mine'\nmodels = [", encoding="utf-8")
    server.on("zhipu", Reply.stream(["好"]))
    assert program.ask("zhipu").status == 0
    doctor = program.run("doctor")
    assert doctor.status == 1
    assert "mine.toml" in doctor.out


def test_a_damaged_settings_file_is_set_aside(program: Program, server: FakeServer) -> None:
    program.home.mkdir(parents=True)
    (program.home / "settings.json").write_text('{"chain": [', encoding="utf-8")
    server.on("zhipu", Reply.stream(["好"]))
    answer = program.ask("zhipu")
    assert answer.status == 0
    assert "settings.json" in answer.err
    assert list(program.home.glob("settings.json.broken*"))


def test_no_key_is_left_anywhere(program: Program, server: FakeServer) -> None:
    program.environ["JIELI_DEBUG"] = "1"
    server.on(
        "alibaba",
        Reply.error(401, {"error": {"message": f"bad key {secret('alibaba')}", "code": "invalid_api_key"}}),
    )
    server.on("zhipu", Reply.stream(["好"]))
    answer = program.ask("alibaba:qwen-plus", "zhipu")
    assert answer.status == 0
    assert server.requests_for("alibaba")[0].headers["authorization"] == f"Bearer {secret('alibaba')}"
    for provider in ("alibaba", "zhipu"):
        assert secret(provider) not in answer.out + answer.err
        assert program.traces(secret(provider)) == []
