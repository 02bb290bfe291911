"""A few runs of the script that kills profiles while they sync; `python -m tests.sync_kill` does many."""

from __future__ import annotations

import time

from tests import sync_kill


def test_killed_profiles_end_alike_and_lose_nothing() -> None:
    # Another moment at every run of the suite.
    found = sync_kill.run(2, int(time.time()), ["folder"], lambda _: None)
    assert found.lost == []
    assert found.runs["folder"] == 2 and found.compared == 1 and found.stored
