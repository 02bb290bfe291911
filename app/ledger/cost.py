"""What one attempt costs, as far as can be known: the vendor's count, else our estimate, never less."""

from __future__ import annotations

from dataclasses import dataclass

from app.store.entries import AttemptRecord
from app.store.spending import MOST_TOKENS, UNCLEAR, UNCOUNTED, UNREACHED


@dataclass(frozen=True, slots=True)
class Cost:
    """`guessed` = the tokens are our estimate."""

    tokens: int = 0
    calls: int = 0
    guessed: bool = False


FREE_OF_CHARGE = Cost()


def cost(record: AttemptRecord) -> Cost:
    """The cost of an attempt at its present state; `app/store/spending.py` computes the same in SQL."""
    if record.outcome == "skipped":
        return FREE_OF_CHARGE
    return Cost(_tokens(record), _calls(record), record.usage_estimated or record.prompt_tokens is None)


def _tokens(record: AttemptRecord) -> int:
    if record.prompt_tokens is not None:
        completion = _count(record.completion_tokens)
        if record.usage_estimated and record.outcome != "answered":
            # The stream broke off; the vendor may have gone on writing for a while.
            completion = max(completion, _count(record.estimated_completion))
        return _count(record.prompt_tokens) + completion
    if record.outcome == "failed" and not _reached(record):
        return 0
    return _count(record.estimated_prompt) + _count(record.estimated_completion)


def _count(tokens: int | None) -> int:
    return min(max(tokens or 0, 0), MOST_TOKENS)


def _calls(record: AttemptRecord) -> int:
    if record.outcome != "failed" or record.prompt_tokens is not None:
        return 1
    if record.kind in UNCOUNTED or (record.kind == "network" and record.code in UNREACHED):
        return 0
    return 1


def _reached(record: AttemptRecord) -> bool:
    """Whether a failed attempt may have been worked on by the vendor."""
    if record.kind is None:
        return True
    status = 200 if record.status is None else record.status
    return record.kind in UNCLEAR and status < 400 and record.code not in UNREACHED
