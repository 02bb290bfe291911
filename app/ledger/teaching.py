"""What the estimator knows at start, learnt anew from the stored answers that came with a vendor's count."""

from __future__ import annotations

from collections.abc import Iterable
from statistics import median

from app.relay.estimate import Estimator
from providers.base import ChatMessage

Sample = tuple[str, str, str, str, int, int, int]


def taught(samples: Iterable[Sample]) -> Estimator:
    """An estimator that has seen these answers, oldest first: (provider, model, question, answer, prompt,
    completion, reasoning tokens). An empty question teaches nothing about prompts."""
    estimator = Estimator()
    for provider, model, question, answer, prompt, completion, reasoning in samples:
        messages = (ChatMessage("user", question),) if question else ()
        estimator.learn(
            f"{provider}:{model}",
            messages,
            answer,
            prompt=prompt if question else 0,
            completion=completion,
            reasoning=reasoning,
        )
    return estimator


def deviation(pairs: Iterable[tuple[int, int]]) -> float | None:
    """The median of how far estimates lie off the counts, as a share of the count; None without any pair."""
    shares = [abs(estimate - count) / count for estimate, count in pairs if count > 0]
    return median(shares) if shares else None
