"""`jieli keys` with a real Secret Service: the key lies there and nowhere else."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.e2e.program import FREE_TIER_ONLY, Program, secret
from tests.fakes.server import FakeServer, Reply

pytestmark = pytest.mark.secretservice


@pytest.fixture
def program(tmp_path: Path, server: FakeServer) -> Program:
    made = Program(tmp_path / "data", server)
    made.environ["JIELI_DEBUG"] = "1"
    return made


def store_key(program: Program, provider: str, label: str = "") -> None:
    answer = program.run("keys", "set", provider, "--label", label, stdin=secret(provider) + "\n")
    assert answer.status == 0, answer.err
    assert secret(provider) not in answer.out + answer.err


def in_keyring(program: Program, provider: str) -> list[str]:
    """What the Secret Service holds for the keys of a provider."""
    found: list[str] = []
    for (key,) in program.rows(f"SELECT id FROM key WHERE provider = '{provider}'"):
        command = ["python", "-c", f"import keyring; print(keyring.get_password('jieli/{key}', 'api-key'))"]
        command[0] = program.command()[0]
        done = subprocess.run(command, env=program.environ, capture_output=True, text=True, check=True)
        found.append(done.stdout.strip())
    return found


def test_a_key_lies_in_the_keyring_and_nowhere_else(program: Program, server: FakeServer) -> None:
    store_key(program, "alibaba")
    store_key(program, "zhipu", "自己的")
    assert in_keyring(program, "zhipu") == [secret("zhipu")]
    server.on("alibaba", FREE_TIER_ONLY)
    server.on("zhipu", Reply.stream(["好"]))
    answer = program.ask("alibaba:qwen-plus", "zhipu")
    assert answer.status == 0, answer.err
    assert [e["event"] for e in answer.events if e["event"] == "failure"] == ["failure"]
    assert server.requests_for("zhipu")[0].headers["authorization"] == f"Bearer {secret('zhipu')}"
    for provider in ("alibaba", "zhipu"):
        assert program.traces(secret(provider)) == [], "a key lies under the home folder"
        assert secret(provider) not in answer.out + answer.err

    listed = program.run("keys", "list")
    assert listed.status == 0
    assert "自己的" in listed.out
    assert secret("zhipu")[-4:] in listed.out
    assert secret("zhipu") not in listed.out

    tested = program.run("keys", "test", "zhipu", endpoints=["zhipu"])
    assert tested.status == 0, tested.err + tested.out
    removed = program.run("keys", "remove", "zhipu")
    assert removed.status == 0
    assert program.rows("SELECT * FROM key WHERE provider = 'zhipu'") == []


def test_a_refused_key_is_told_and_can_be_tested_again(program: Program, server: FakeServer) -> None:
    store_key(program, "zhipu")
    server.on("zhipu", Reply.error(401, {"error": {"code": "1001", "message": "no"}}))
    tested = program.run("keys", "test", "zhipu", endpoints=["zhipu"])
    assert tested.status == 1
    assert secret("zhipu") not in tested.out + tested.err
    first = program.ask("zhipu")
    assert first.status == 3
    assert first.events[-1]["failures"][0]["kind"] == "auth"
    count = len(server.requests_for("zhipu"))
    again = program.ask("zhipu")
    assert again.names == ["skip", "exhausted"]
    assert again.events[0]["reason"] == "disabled"
    assert len(server.requests_for("zhipu")) == count
    server.on("zhipu", Reply.stream(["好"]))
    assert program.run("keys", "test", "zhipu", endpoints=["zhipu"]).status == 0
    assert program.ask("zhipu").status == 0
