"""`jieli keys` with a real Secret Service: the key lies there and nowhere else."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication

from app.domain import KeyRef
from tests.e2e.opened import opened
from tests.e2e.program import FREE_TIER_ONLY, ROOT, Program, secret
from tests.fakes.server import FakeServer, Reply, closed_port

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


# The made-up key has the form of several other providers.
FINDINGS = [
    (
        Reply.error(401, {"error": {"code": "1001", "message": "no"}}),
        "other_provider",
        "replace_key",
        "智谱不认这把密钥",
    ),
    (
        Reply.error(429, {"error": {"code": "1113", "message": "余额不足"}}),
        "arrears",
        "open_console",
        "密钥是对的",
    ),
    (Reply.error(403, {"error": {"message": "请先实名认证"}}), "real_name", "open_console", "实名"),
]


def test_a_check_tells_what_is_wrong_and_what_to_do(program: Program, server: FakeServer) -> None:
    store_key(program, "zhipu")
    for reply, finding, step, words in FINDINGS:
        server.on("zhipu", reply)
        tested = program.run("keys", "test", "zhipu", "--json", endpoints=["zhipu"])
        (told,) = tested.events
        assert (told["finding"], told["step"]) == (finding, step)
        assert words in told["text"]
        assert secret("zhipu") not in tested.out + tested.err
    # Without a network the key is not blamed.
    offline = f"zhipu=http://127.0.0.1:{closed_port()}/v1"
    (told,) = program.run("--endpoint", offline, "keys", "test", "zhipu", "--json").events
    assert (told["kind"], told["finding"], told["step"]) == ("network", "unreachable", "check_again")


def test_a_key_of_another_region_says_where_it_works(program: Program, server: FakeServer) -> None:
    folder = program.home / "providers"
    folder.mkdir(parents=True)
    text = (ROOT / "resources" / "providers" / "zhipu.toml").read_text(encoding="utf-8")
    for host, region in (("open.bigmodel.cn", "china"), ("api.z.ai", "overseas")):
        text = text.replace(f"https://{host}/api/paas/v4", server.url(f"zhipu-{region}"))
    (folder / "zhipu.toml").write_text(
        text.replace("checked = 2026-11-22", "checked = 2099-01-01", 1), "utf-8"
    )
    store_key(program, "zhipu")
    server.on("zhipu-china", Reply.error(401, {"error": {"code": "1001", "message": "no"}}))
    server.on("zhipu-overseas", Reply.stream(["好"], usage=(1, 1)))
    (told,) = program.run("keys", "test", "zhipu", "--json").events
    assert (told["finding"], told["step"], told["goes_to"]) == ("other_region", "switch_region", "overseas")
    assert "海外" in told["text"]


def test_the_first_run_keeps_a_key_in_the_keyring(
    run: Any, qapp: QApplication, program: Program, server: FakeServer
) -> None:
    key = "0123456789abcdef" * 2 + ".RealKeyring12345"
    server.on("zhipu", [Reply.error(401, {"error": {"code": "1001"}}), Reply.stream(["好"], usage=(1, 1))])

    async def scenario() -> None:
        async with opened(qapp, program.home, server) as window:
            page = window.shell._wiring.pages._welcome_page  # type: ignore[union-attr]
            page.paste.secret.setText(key)
            page.paste.secret._hand_on()
            page.paste.question.choices["zhipu"].click()
            await window.until(lambda: page.cards["zhipu"].head.state == "bad")
            assert "智谱不认这把密钥" in page.cards["zhipu"]._result.text()
            (record,) = window.core.keys.records("zhipu")
            await window.core.checks.check(KeyRef(record.id, "zhipu"))
            await window.until(lambda: page.cards["zhipu"].works)

    run(scenario(), timeout=60)
    assert in_keyring(program, "zhipu") == [key]
    assert program.traces(key) == []
