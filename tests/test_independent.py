"""A server that is not ours answers unchanged; runs where `tests/independent.py` has installed one."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests import independent

WHERE = os.environ.get("JIELI_INDEPENDENT", "")


@pytest.mark.skipif(
    not WHERE, reason="JIELI_INDEPENDENT names no folder: python -m tests.independent --venv FOLDER"
)
def test_a_server_that_is_not_ours_answers(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert independent.run(Path(WHERE), tmp_path), capsys.readouterr().out
