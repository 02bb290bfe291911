"""The ledger's measurements measure what they say."""

from __future__ import annotations

import asyncio
from pathlib import Path

from tests.bench.ledger import LEGS, _decision, estimate


def test_the_decision_is_made_over_every_leg(tmp_path: Path) -> None:
    result = asyncio.run(_decision(tmp_path, attempts=300))
    assert result.name == "decision" and f"{LEGS} legs, 300 attempts" in result.note


def test_estimates_come_near_after_fifty_answers() -> None:
    (result,) = estimate()
    assert result.held, result
