"""The commands on odd terminals: closed streams, broken pipes, other encodings, Ctrl+C."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.program import Program
from tests.fakes.server import FakeServer, Reply

posix = pytest.mark.skipif(sys.platform == "win32", reason="needs a POSIX shell and signals")


@pytest.fixture(autouse=True)
def interruptible() -> Iterator[None]:
    """Runs begun in the background have SIGINT ignored, and their children would inherit that."""
    before = signal.getsignal(signal.SIGINT)
    if before is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture
def program(tmp_path: Path, server: FakeServer) -> Program:
    server.on("zhipu", Reply.stream(["你", "好"], usage=(3, 2)))
    return Program(tmp_path / "data", server, keys=("zhipu",))


def run(program: Program, *arguments: str, given: bytes | None = None) -> subprocess.CompletedProcess[bytes]:
    line = program.command(*arguments, endpoints=["zhipu"])
    return subprocess.run(
        line, env=program.environ, capture_output=True, timeout=60, input=given, check=False
    )


@posix
@pytest.mark.parametrize("prompt", ["a\udcffb", "-"])
def test_bytes_that_are_no_text_are_asked_all_the_same(
    program: Program, server: FakeServer, prompt: str
) -> None:
    done = run(program, "ask", "--json", "--chain", "zhipu", prompt, given=b"a\xffb")
    assert done.returncode == 0, done.stderr
    sent = server.requests_for("zhipu")[0].json["messages"][-1]["content"]
    assert sent[0] == "a" and sent[-1] == "b"
    assert program.rows("SELECT text FROM message WHERE role = 'user'") == [(sent,)]


@posix
@pytest.mark.parametrize(
    ("redirect", "status"), [("<&-", 2), (">&-", 0), ("2>&-", 0), ("<&- >&- 2>&-", 2), (">/dev/full", 1)]
)
def test_closed_streams_are_no_bug(program: Program, redirect: str, status: int) -> None:
    prompt = "-" if "<&-" in redirect else "hi"
    line = program.command("ask", "--chain", "zhipu", prompt, endpoints=["zhipu"])
    shell = ["sh", "-c", f'exec "$@" {redirect}', "sh", *line]
    done = subprocess.run(shell, env=program.environ, capture_output=True, timeout=60, check=False)
    assert done.returncode == status, done.stderr
    assert b"Traceback" not in done.stderr
    assert "意外" not in done.stderr.decode()


@pytest.mark.parametrize("arguments", [["--help"], ["ask", "--nope"], ["ask", "--chain", "nobody", "x"]])
def test_a_terminal_without_chinese_characters_reads_english(program: Program, arguments: list[str]) -> None:
    program.environ |= {"PYTHONIOENCODING": "ascii", "LANG": "zh_CN.UTF-8", "LC_ALL": ""}
    done = run(program, *arguments)
    said = (done.stdout + done.stderr).decode("ascii")
    assert "Traceback" not in said
    assert "???" not in said and "\\u" not in said
    assert any(word in said for word in ("Paste your free keys", "can't be read", "There is no provider"))


@posix
@pytest.mark.parametrize("form", [[], ["--json"]])
def test_ctrl_c_while_it_streams_keeps_what_was_read(
    program: Program, server: FakeServer, form: list[str]
) -> None:
    server.on("zhipu", Reply.stream(["一行\n", "又一行\n", "不会到\n"]).stalled(after=2))
    line = program.command("ask", *form, "--chain", "zhipu", "讲", endpoints=["zhipu"])
    with subprocess.Popen(
        line, env=program.environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None and process.stderr is not None
        for _ in range(3 if form else 2):
            assert process.stdout.readline()
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 130
        assert process.stderr.read() == b""
    rows = program.rows("SELECT text, status FROM message WHERE role = 'assistant'")
    assert rows == [("一行\n又一行\n", "stopped")]
    assert program.rows("SELECT outcome FROM attempt") == [("stopped",)]
    assert program.rows("SELECT * FROM health") == []


@posix
def test_ctrl_c_while_it_waits_for_a_question_is_heard_at_once(program: Program) -> None:
    line = program.command("ask", "-", endpoints=["zhipu"])
    reading, writing = os.pipe()
    with subprocess.Popen(line, env=program.environ, stdin=reading, stderr=subprocess.PIPE) as process:
        os.close(reading)
        assert process.stderr is not None
        # The program is in its read once the pipe has been emptied.
        os.write(writing, b"half a question")
        _wait_until_read(writing)
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 130
        assert process.stderr.read() == b""
    os.close(writing)
    assert program.rows("SELECT * FROM message") == []


def _wait_until_read(writing: int) -> None:
    import array
    import fcntl
    import termios
    import time

    left = array.array("i", [1])
    while left[0]:
        time.sleep(0.02)
        fcntl.ioctl(writing, termios.FIONREAD, left)
    time.sleep(0.1)


@posix
@pytest.mark.parametrize("form", [[], ["--json"]])
def test_a_reader_that_leaves_ends_the_turn_quietly(
    program: Program, server: FakeServer, form: list[str]
) -> None:
    server.on("zhipu", Reply.stream([f"第 {n} 行\n" for n in range(400)], gap=0.005))
    line = program.command("ask", *form, "--chain", "zhipu", "讲", endpoints=["zhipu"])
    shell = ["sh", "-c", '"$@" | head -1', "sh", *line]
    done = subprocess.run(shell, env=program.environ, capture_output=True, timeout=60, check=False)
    assert done.stderr == b""
    assert len(done.stdout.splitlines()) == 1
    ((status,),) = program.rows("SELECT status FROM message WHERE role = 'assistant'")
    assert status == "stopped"


def test_json_lines_are_ascii_objects_in_any_encoding(program: Program, server: FakeServer) -> None:
    server.on("zhipu", Reply.stream(["你\u2028好\n😀"]))
    program.environ["PYTHONIOENCODING"] = "ascii"
    done = run(program, "ask", "--json", "--chain", "zhipu", "hi")
    assert done.returncode == 0
    events = [json.loads(line) for line in done.stdout.decode("ascii").splitlines()]
    assert events[-1]["text"] == "你\u2028好\n😀"
    for command in (["doctor", "--json"], ["keys", "list", "--json"]):
        lines = run(program, *command).stdout.decode("ascii").splitlines()
        assert lines or command[0] == "keys"
        assert all(isinstance(json.loads(line), dict) for line in lines)
