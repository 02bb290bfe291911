"""How many tokens a text has, without a tokenizer: a guess by script that learns from vendors' counts.

A tokenizer would have to be downloaded per model, the usual one from a host that is blocked in China.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from providers.base import ChatMessage

CJK_TOKENS = 0.68
DIGIT_TOKENS = 0.55
"""Some vendors count each digit, some three at a time."""

WORD_CHARS = 4.2
CODE_CHARS = 3.1
MESSAGE_TOKENS = 5
IMAGE_TOKENS = 1000
USUAL_ANSWER = 600

_LEARN = 0.25
_BOUNDS = (0.3, 3.0)
_DIGITS = "0123456789"
_CODE_MARKS = "(){}[]=;_<>/\\|\"'"


@lru_cache(maxsize=512)
def raw_tokens(text: str) -> float:
    """The guess before calibration. Counts bytes instead of walking characters: a CJK character has three."""
    if not text:
        return 0.0
    chars = len(text)
    wide = 0.0 if text.isascii() else (len(text.encode("utf-8", "surrogatepass")) - chars) / 2
    narrow = max(0.0, chars - wide)
    if not narrow:
        return wide * CJK_TOKENS
    marks = sum(map(text.count, _CODE_MARKS)) + text.count("  ")
    code = min(1.0, marks / narrow / 0.12)
    digits = sum(map(text.count, _DIGITS))
    letters = max(0.0, narrow - digits) / (WORD_CHARS + (CODE_CHARS - WORD_CHARS) * code)
    return wide * CJK_TOKENS + digits * DIGIT_TOKENS + letters


@dataclass(slots=True)
class Calibration:
    """What past answers of one model taught: factors to the raw guess, and the usual answer in tokens."""

    prompt: float = 1.0
    completion: float = 1.0
    answer: float = USUAL_ANSWER
    seen: int = 0


class Estimator:
    """Estimates tokens per model (`provider:model`) and learns from every answer that came with a count."""

    def __init__(self, numbers: Mapping[str, Mapping[str, float]] | None = None) -> None:
        self._models: dict[str, Calibration] = {}
        self._last: tuple[tuple[ChatMessage, ...], float] = ((), 0.0)
        if numbers:
            self.load(numbers)

    def prompt(self, model: str, messages: tuple[ChatMessage, ...]) -> int:
        """Tokens of a request with these messages."""
        return self.scaled(model, self._raw_prompt(messages))

    def scaled(self, model: str, raw: float) -> int:
        """Tokens of a request whose messages were guessed at `raw` before calibration."""
        known = self._models.get(model)
        return int(raw * known.prompt if known else raw) + 1

    def text(self, model: str, text: str) -> int:
        """Tokens of an answer's text; 0 for none."""
        if not text:
            return 0
        known = self._models.get(model)
        return max(1, round(raw_tokens(text) * (known.completion if known else 1.0)))

    def answer(self, model: str, max_tokens: int | None = None) -> int:
        """Tokens the next answer of this model will probably have."""
        known = self._models.get(model)
        usual = int(known.answer) if known else USUAL_ANSWER
        return usual if max_tokens is None else min(usual, max_tokens)

    def learn(
        self,
        model: str,
        messages: tuple[ChatMessage, ...],
        text: str,
        *,
        prompt: int,
        completion: int,
        reasoning: int = 0,
    ) -> None:
        """Take in the vendor's count. `text` is the visible answer, `reasoning` its thinking tokens."""
        known = self._models.setdefault(model, Calibration())
        known.seen += 1
        # The first answers count for more, so that a new model is known after a few.
        rate = max(_LEARN, 1 / (known.seen + 1))
        if prompt > 0:
            known.prompt = _towards(known.prompt, prompt / max(self._raw_prompt(messages), 1.0), rate)
        raw = raw_tokens(text)
        visible = completion - reasoning
        if raw >= 8 and visible > 0:
            known.completion = _towards(known.completion, visible / raw, rate)
        if completion > 0:
            known.answer += (completion - known.answer) * rate

    def export(self) -> dict[str, dict[str, float]]:
        """The learnt numbers, fit for JSON."""
        return {
            model: {"prompt": c.prompt, "completion": c.completion, "answer": c.answer, "seen": c.seen}
            for model, c in self._models.items()
        }

    def load(self, numbers: Mapping[str, Mapping[str, float]]) -> None:
        """Take over exported numbers; nonsense in them falls back to the defaults."""
        for model, values in numbers.items():
            self._models[model] = Calibration(
                prompt=_bounded(values.get("prompt", 1.0)),
                completion=_bounded(values.get("completion", 1.0)),
                answer=max(1.0, values.get("answer", USUAL_ANSWER)),
                seen=max(0, int(values.get("seen", 0))),
            )

    def _raw_prompt(self, messages: tuple[ChatMessage, ...]) -> float:
        # A turn asks for the same history once per leg.
        if messages is self._last[0]:
            return self._last[1]
        total = 0.0
        for message in messages:
            total += raw_tokens(message.text) + MESSAGE_TOKENS + IMAGE_TOKENS * len(message.images)
        self._last = (messages, total)
        return total


def _towards(old: float, seen: float, rate: float) -> float:
    return _bounded(old + (_bounded(seen) - old) * rate)


def _bounded(factor: float) -> float:
    return min(max(factor, _BOUNDS[0]), _BOUNDS[1])
