"""`jieli import` through the real program, and a little of what `tests.import_big` measures."""

from __future__ import annotations

import json
from pathlib import Path

from tests import import_big
from tests.app.exchange.exports_of_others import chatgpt
from tests.e2e.program import Program


def test_import_reports_in_sentences_and_leaves_what_it_cannot_read(tmp_path: Path) -> None:
    program = Program(tmp_path / "data")
    export, other = tmp_path / "c.json", tmp_path / "other.txt"
    export.write_text(json.dumps(chatgpt()), encoding="utf-8")
    other.write_text("hello")
    done = program.run("import", str(other), str(export))
    assert done.status == 1
    assert "other.txt" in done.err and len(done.err.strip().splitlines()) == 1
    assert "3" in done.out and "只有系统" in done.out
    assert "第二个答案" in program.run("search", "第二个").out
    again = program.run("import", "--json", str(export))
    assert (again.status, again.events[0]["new"], again.events[0]["same"]) == (0, 0, 3)
    assert program.run("import").status == 2


def test_a_large_export_stays_within_its_memory_and_comes_once(tmp_path: Path) -> None:
    count, first, again = import_big.measure(1, tmp_path)
    assert first.event["new"] == count == again.event["same"]
    assert again.event["messages"] == 0
    assert max(first.peak_mb, again.peak_mb) <= import_big.BOUND_MB
