"""What a user writes by hand: provider files, settings, keys in the environment."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.program import Program, secret
from tests.fakes.server import FakeServer, Reply

MINE = """id = "{id}"
name = {{ zh = "我的", en = "Mine" }}
checked = {checked}
[[regions]]
id = "main"
name = {{ zh = "主", en = "Main" }}
base_url = "{url}"
[[models]]
id = "m1"
context = 8000
billing = "free"
"""


@pytest.fixture
def program(tmp_path: Path, server: FakeServer) -> Program:
    made = Program(tmp_path / "data", server, keys=("zhipu",))
    (made.home / "providers").mkdir(parents=True)
    server.on("zhipu", Reply.stream(["好"]))
    return made


def mine(program: Program, url: str, *, name: str = "mine", checked: str = "2026-11-01") -> Path:
    file = program.home / "providers" / f"{name}.toml"
    file.write_text(MINE.format(id=name, checked=checked, url=url), encoding="utf-8")
    return file


def test_a_users_own_endpoint_answers(program: Program, server: FakeServer) -> None:
    mine(program, server.url("mine"))
    program.environ["JIELI_KEY_MINE"] = secret("mine")
    server.on("mine", Reply.stream(["在"], usage=(1, 1)))
    answer = program.run("ask", "--json", "--chain", "mine", "hi")
    assert answer.status == 0, answer.err
    assert (answer.events[-1]["provider"], answer.events[-1]["model"]) == ("mine", "m1")
    assert server.requests_for("mine")[0].headers["authorization"] == f"Bearer {secret('mine')}"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("8000", '"8000"'),
        ("8000", "9" * 400),
        ("8000", "9" * 5000),
        ("8000", "0"),
        ("context", "contexts"),
        ('"m1"', '"m\\u001b[31m1"'),
        ('"free"', '"gratis"'),
        ("{url}", "http://example.com/v1"),
        ("{url}", "https://user:word@example.com/v1"),
        ("[[models]]", "[[model]]"),
        ("[[models]]", "#" * 1_100_000 + "\n[[models]]"),
        ("checked =", "x = " + "[" * 5000 + "\nchecked ="),
        ("checked =", "\x00checked ="),
    ],
    ids=lambda value: value[:24],
)
def test_a_wrong_file_is_named_and_hurts_nobody_else(program: Program, old: str, new: str) -> None:
    text = MINE.replace(old, new).format(id="mine", checked="2026-11-01", url="https://example.com/v1")
    (program.home / "providers" / "mine.toml").write_text(text, encoding="utf-8")
    doctor = program.run("doctor", "--json")
    assert doctor.status == 1, doctor.out
    bad = [f for f in map(json.loads, doctor.out.splitlines()) if f["state"] == "bad"]
    assert len(bad) == 1
    assert "mine.toml" in bad[0]["text"]
    assert "\x1b" not in doctor.out
    assert program.ask("zhipu").status == 0


@pytest.mark.parametrize(("checked", "taken"), [("2020-01-01", False), ("2099-01-01", True)])
def test_a_file_of_a_known_provider_counts_when_it_is_newer(
    program: Program, server: FakeServer, checked: str, taken: bool
) -> None:
    mine(program, server.url("zhipu"), name="zhipu", checked=checked)
    answer = program.run("ask", "--json", "--chain", "zhipu:m1", "hi")
    assert answer.status == (0 if taken else 2)
    assert program.run("doctor").status == (0 if taken else 1)


def test_two_files_of_one_id(program: Program, server: FakeServer) -> None:
    first = mine(program, server.url("mine"))
    (first.parent / "zz.toml").write_text(first.read_text("utf-8"), encoding="utf-8")
    doctor = program.run("doctor")
    assert doctor.status == 1
    assert "zz.toml" in doctor.out


@pytest.mark.skipif(sys.platform == "win32", reason="needs named pipes")
def test_what_is_no_file_is_not_waited_for(program: Program) -> None:
    folder = program.home / "providers"
    os.mkfifo(folder / "pipe.toml")
    (folder / "gone.toml").symlink_to("/nope")
    (folder / "folder.toml").mkdir()
    doctor = program.run("doctor")
    assert doctor.status == 1
    for name in ("pipe.toml", "gone.toml", "folder.toml"):
        assert name in doctor.out
    assert program.ask("zhipu").status == 0


@pytest.mark.skipif(sys.platform == "win32", reason="the environment holds text there")
@pytest.mark.parametrize("key", [b"\xff\xfe\xfd\xfc\xfb\xfa", "中文密钥".encode(), b"a b c", b"x" * 2000])
def test_a_key_that_cannot_be_one_is_said_to_be_that(
    program: Program, server: FakeServer, key: bytes
) -> None:
    environ = {os.fsencode(k): os.fsencode(v) for k, v in program.environ.items()}
    environ[b"JIELI_KEY_ALIBABA"] = key
    line = program.command("ask", "--chain", "alibaba", "hi", endpoints=["alibaba"])
    done = subprocess.run(line, env=environ, capture_output=True, timeout=60, check=False)
    said = done.stderr.decode()
    assert done.returncode == 3
    assert "密钥" in said.splitlines()[-1]
    assert "jieli keys set" not in said
    assert not server.requests_for("alibaba")


def test_a_quoted_key_in_the_environment_is_taken_for_what_it_is(
    program: Program, server: FakeServer
) -> None:
    program.environ["JIELI_KEY_ZHIPU"] = f'  "{secret("zhipu")}"\n'
    assert program.ask("zhipu").status == 0
    assert server.requests_for("zhipu")[0].headers["authorization"] == f"Bearer {secret('zhipu')}"
    assert f"…{secret('zhipu')[-4:]} " in program.run("keys", "list").out
    removed = program.run("keys", "remove", "zhipu")
    assert removed.status == 1
    assert "JIELI_KEY_ZHIPU" in removed.err


@pytest.mark.parametrize("action", ["set", "test", "remove"])
def test_the_practice_relay_needs_no_keys(program: Program, action: str) -> None:
    answer = program.run("keys", action, "practice_a", stdin=secret("x"))
    assert answer.status == 1
    assert "不需要密钥" in answer.err


def test_an_unset_variable_for_the_home_is_no_home(program: Program) -> None:
    for form in (["--home", ""], ["--home="]):
        answer = program.run(*form, "doctor")
        assert (answer.status, answer.out) == (2, "")
    assert not (program.home.parent / "jieli.db").exists()
