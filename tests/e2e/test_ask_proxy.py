"""Proxy and certificate settings that cannot work: the sentence names the setting, loopback is untouched."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.program import Program
from tests.fakes.server import FakeServer, Reply, closed_port

NAMES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR")

BAD = [
    ("ALL_PROXY", "foo://127.0.0.1:1"),
    ("HTTPS_PROXY", "http://bad host"),
    ("https_proxy", "http://user:hunter22@bad host"),
    ("SSL_CERT_FILE", "/nope"),
    ("SSL_CERT_DIR", "/nope"),
]


@pytest.fixture
def program(tmp_path: Path, server: FakeServer) -> Program:
    program = Program(tmp_path / "data", server, keys=("alibaba", "zhipu"))
    for name in NAMES:
        program.environ.pop(name, None)
        program.environ.pop(name.lower(), None)
    return program


@pytest.mark.parametrize(("variable", "value"), BAD)
def test_a_setting_that_cannot_work_is_named(program: Program, variable: str, value: str) -> None:
    program.environ[variable] = value
    answer = program.run("ask", "--chain", "alibaba:qwen-plus,zhipu", "你好")
    assert answer.status == 3
    assert answer.out == ""
    assert f"{variable}=" in answer.err.splitlines()[-1]
    assert "没有连上网" not in answer.err
    assert "hunter22" not in answer.err
    # Nothing was sent, nobody is to blame, and asking the same leg twice would have been in vain.
    assert program.rows("SELECT provider, kind, code FROM attempt ORDER BY n") == [
        ("alibaba", "network", "tls" if "CERT" in variable else "proxy"),
        ("zhipu", "network", "tls" if "CERT" in variable else "proxy"),
    ]
    assert program.rows("SELECT * FROM health") == []
    assert program.traces("hunter22") == []

    doctor = program.run("doctor")
    assert doctor.status == 1
    assert any(line.startswith(f"✗ {variable}: ") for line in doctor.out.splitlines())
    assert "hunter22" not in doctor.out


@pytest.mark.parametrize(("variable", "value"), BAD)
def test_loopback_needs_neither_proxy_nor_certificates(
    program: Program, server: FakeServer, variable: str, value: str
) -> None:
    program.environ[variable] = value
    server.on("zhipu", Reply.stream(["好"]))
    assert program.ask("zhipu").status == 0


@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "all_proxy"])
@pytest.mark.parametrize("scheme", ["http", "socks5"])
def test_a_proxy_that_is_not_running_is_told_from_a_provider_that_is_not(
    program: Program, variable: str, scheme: str
) -> None:
    port = closed_port()
    program.environ[variable] = f"{scheme}://someone:hunter22@127.0.0.1:{port}"
    answer = program.run("ask", "--json", "--chain", "zhipu", "你好")
    assert answer.status == 3
    failure = answer.events[1]
    assert (failure["kind"], failure["code"]) == ("network", "proxy")
    assert failure["message"].startswith(f"{variable}={scheme}://•••@127.0.0.1:{port}")
    assert answer.events[-1]["offline"] is True
    assert program.traces("hunter22") == []
