"""`jieli export` through the real program: every form, out and in again, one sentence on every trouble."""

from __future__ import annotations

from pathlib import Path

from tests.e2e.program import Program, secret
from tests.fakes.server import FakeServer, Reply


def _asked(home: Path) -> Program:
    """A home with a conversation whose first leg was refused for its key, which the refusal repeats."""
    body = {"error": {"message": f"bad key {secret('alibaba')}", "code": "invalid_api_key"}}
    with FakeServer() as server:
        server.on("zhipu", Reply.stream(["你好，", "**世界** $x^2$"]))
        server.on("alibaba", Reply.error(401, body))
        program = Program(home, server, keys=("zhipu", "alibaba"))
        assert program.ask("alibaba", "zhipu", prompt="问一句").status == 0
    return program


def test_every_form_without_a_key_and_the_same_when_imported(tmp_path: Path) -> None:
    asked, out = _asked(tmp_path / "data"), tmp_path / "out"
    out.mkdir()
    for name in ("a.json", "a.html", "a.pdf", "md"):
        done = asked.run("export", "--json", "--output", str(out / name))
        assert (done.status, done.err) == (0, "")
        (event,) = done.events
        assert (event["event"], event["conversations"], event["messages"]) == ("exported", 1, 2)
        assert Path(event["path"]).exists() and event["format"] == name.removeprefix("a.")
    files = [path for path in out.rglob("*") if path.is_file()]
    assert len(files) == 4
    for path in files:
        data = path.read_bytes()
        assert all(secret(p).encode() not in data for p in ("zhipu", "alibaba")), path
    html = (out / "a.html").read_text("utf-8")
    assert "世界" in html and "<svg" in html

    other, second = Program(tmp_path / "other"), out / "b.json"
    assert other.run("import", str(out / "a.json")).status == 0
    assert other.run("export", "--output", str(second)).status == 0
    assert second.read_bytes() == (out / "a.json").read_bytes()
    again = other.run("export", "--output", str(second))
    assert (again.status, again.out, again.err.count("\n")) == (1, "", 1)
    assert "--force" in again.err
    assert other.run("export", "--output", str(second), "--force").status == 0


def test_trouble_is_one_sentence(tmp_path: Path) -> None:
    program = Program(tmp_path / "data")
    empty = program.run("export", "--output", str(tmp_path / "a.json"))
    assert (empty.status, empty.err.strip()) == (1, "还没有可以导出的对话。")
    assert program.run("export").status == 2
    assert not (tmp_path / "a.json").exists()
