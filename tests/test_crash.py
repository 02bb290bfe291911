"""A few runs of the two scripts that break things; `python -m tests.crash` and `tests.damage` do many."""

from __future__ import annotations

import asyncio
import random
import time

import pytest

from tests import crash, damage


@pytest.mark.parametrize("job", sorted(crash.JOBS))
def test_a_killed_process_loses_nothing_that_was_stored(job: str) -> None:
    # Another moment at every run of the suite.
    found = crash.run(1, int(time.time()), [job], lambda _: None)
    assert found.lost == []
    assert found.runs[job] == 1


@pytest.mark.parametrize("snapshots", [False, True])
def test_a_damaged_file_crashes_nothing_and_loses_nothing_silently(snapshots: bool) -> None:
    seed = int(time.time())
    found = asyncio.run(
        damage.run(len(damage.DAMAGES), seed, snapshots=snapshots, report=lambda _: None, conversations=5)
    )
    assert (found.silent, found.crashes) == ([], []), f"seed {seed}"
    assert found.copies == len(damage.DAMAGES)
    assert found.intact + found.altered + found.missing == found.written
    if snapshots:
        assert found.missing == 0


def test_the_script_notices_a_loss(tmp_path) -> None:
    """The count itself can fail: a file that lost a message behind everybody's back."""
    texts = asyncio.run(damage.write_real_file(tmp_path, random.Random(1), conversations=2))
    found = damage.Totals()
    asyncio.run(damage.survive(tmp_path, {**texts, "never written": "gone"}, found, "test"))
    assert len(found.silent) == 1
