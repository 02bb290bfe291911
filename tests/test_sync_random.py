"""Random lives of computers that sync: a few of many, see `sync_random.py`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.sync_random import lives


def test_whatever_was_removed_put_back_and_written_they_end_alike(arun: Any, tmp_path: Path) -> None:
    async def go() -> None:
        assert await lives((25,), 30, tmp_path) == {}

    arun(go())
