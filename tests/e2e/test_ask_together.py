"""Several processes on one home, several keys of one provider, and secrets on the way."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from app.keys import KeyService
from tests.app.keychains import Keychain
from tests.conftest import Runner
from tests.e2e.program import Program, secret
from tests.e2e.test_faults import core_at, leg
from tests.fakes.server import FakeServer, Reply

BAD_KEY = Reply.error(401, {"error": {"code": "invalid_api_key", "message": "Incorrect API key provided"}})


def test_two_at_once_on_a_fresh_home(tmp_path: Path, server: FakeServer) -> None:
    program = Program(tmp_path / "data", server, keys=("zhipu",))
    server.on("zhipu", Reply.stream(["一", "二"], gap=0.05, usage=(1, 2)))
    with ThreadPoolExecutor(3) as pool:
        answers = list(pool.map(lambda n: program.ask("zhipu", prompt=f"第 {n} 问"), range(3)))
    assert [answer.status for answer in answers] == [0, 0, 0], [a.err for a in answers]
    assert [answer.err for answer in answers] == ["", "", ""]
    rows = program.rows("SELECT role, status, count(*) FROM message GROUP BY role, status ORDER BY role")
    assert rows == [("assistant", "done", 3), ("user", "done", 3)]


def test_one_does_not_take_the_others_running_answer_for_a_dead_one(
    tmp_path: Path, server: FakeServer
) -> None:
    import subprocess

    program = Program(tmp_path / "data", server, keys=("zhipu",))
    server.on("zhipu", [Reply.stream(["一\n", "二\n"]).gated("go", after=1), Reply.stream(["快"])])
    line = program.command("ask", "--chain", "zhipu", "慢", endpoints=["zhipu"])
    with subprocess.Popen(line, env=program.environ, stdout=subprocess.PIPE, text=True) as slow:
        assert slow.stdout is not None
        assert slow.stdout.readline() == "一\n"
        assert program.ask("zhipu", prompt="快").status == 0
        assert program.run("doctor").status == 0
        server.open_gate("go")
        assert slow.stdout.read() == "二\n"
        assert slow.wait(30) == 0
    assert sorted(program.rows("SELECT text, status FROM message WHERE role = 'assistant'")) == [
        ("一\n二\n", "done"),
        ("快", "done"),
    ]


@pytest.mark.parametrize("vendor", ["alibaba", "zhipu", "baidu", "tencent", "sensetime"])
def test_the_second_key_answers_when_the_first_is_refused(
    tmp_path: Path, server: FakeServer, arun: Runner, monkeypatch: pytest.MonkeyPatch, vendor: str
) -> None:
    """The environment's key is tried first, then the stored one; the provider is not left."""
    chain = Keychain()
    monkeypatch.setattr(
        KeyService.__init__, "__kwdefaults__", _with(KeyService, choose=lambda: (chain, None))
    )
    stored = f"sk-test-second-{vendor}-0123456789"
    server.on(vendor, BAD_KEY, key=secret(vendor))
    server.on(vendor, Reply.stream(["好"], usage=(1, 1)), key=stored)

    async def turn() -> list[Any]:
        from app.asking import Ask

        async with core_at(tmp_path / vendor, server) as core:
            await core.keys.add(vendor, stored, "第二把")
            return [event async for event in core.chat.ask(Ask(text="你好", chain=(leg(vendor),)))]

    for run in range(2):
        names = [
            type(event).__name__ for event in arun(turn() if run == 0 else again(tmp_path, server, vendor))
        ]
        assert names[-2:] == ["Done", "Finished"]
        assert "Switch" not in names
        assert names.count("Attempt") == (2 if run == 0 else 1), "a refused key was tried again"
    asked = [r.headers["authorization"] for r in server.requests_for(vendor)]
    assert asked == [f"Bearer {secret(vendor)}", f"Bearer {stored}", f"Bearer {stored}"]


async def again(folder: Path, server: FakeServer, vendor: str) -> list[Any]:
    from app.asking import Ask

    async with core_at(folder / vendor, server) as core:
        return [event async for event in core.chat.ask(Ask(text="再来", chain=(leg(vendor),)))]


def _with(kind: type, **changes: Any) -> dict[str, Any]:
    return {**kind.__init__.__kwdefaults__, **changes}  # type: ignore[misc]
