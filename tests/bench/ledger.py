"""The decision before sending, over many legs and a long history; and how far estimates lie off."""

from __future__ import annotations

import asyncio
import random
import sqlite3
import statistics
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from tests.bench.measure import Result

if TYPE_CHECKING:
    from app.domain import Leg

LEGS = 30
ATTEMPTS = 100_000
ROUNDS = 300
_SPAN = 80 * 86400


def decision() -> list[Result]:
    """Thirty metered legs of which only the last has anything left, a hundred thousand attempts on disk."""
    with tempfile.TemporaryDirectory() as folder:
        return [asyncio.run(_decision(Path(folder)))]


async def _decision(folder: Path, attempts: int = ATTEMPTS) -> Result:
    from app.clock import SystemClock
    from app.domain import ChainItem, KeyRef, Turn
    from app.ledger.ledger import Ledger
    from app.relay.estimate import Estimator
    from app.relay.health import Health
    from app.relay.preflight import Preflight, course
    from app.store.store import Store
    from providers.base import ChatMessage

    clock = SystemClock()
    store = await Store.open(folder / "jieli.db", clock, folder / "locks")
    legs = [_leg(n) for n in range(LEGS)]
    await _fill(store, folder / "jieli.db", legs, attempts, clock.now())
    began = time.perf_counter()
    ledger = await Ledger.open(store, clock)
    loading = time.perf_counter() - began

    class Keys:
        def refs(self, provider: str) -> list[KeyRef]:
            return [KeyRef(f"k-{provider}", provider)]

        async def secret(self, key: KeyRef) -> str:
            return ""

    class NoJournal:
        def attempt(self, record: object) -> None: ...
        def health(self, row: object) -> None: ...
        def forget(self, provider: str, model: str, key: str) -> None: ...

    preflight = Preflight(Keys(), Health(NoJournal(), clock), Estimator(), ledger, ledger)
    chain = tuple(ChainItem(leg.id, (leg,)) for leg in legs)
    times: list[float] = []
    for n in range(ROUNDS):
        # A new text each time, or its estimate would be remembered.
        messages = tuple(
            ChatMessage("user", f"第 {n} 问，第 {m} 条：{'接力赛的规则' * 20}") for m in range(20)
        )
        turn = Turn(f"t{n}", messages, chain)
        began = time.perf_counter()
        choice = preflight.choose(course(turn, chain), turn, clock.now())
        times.append((time.perf_counter() - began) * 1000)
        ledger.release(turn.id)
        assert choice.slot is not None and choice.slot.leg is legs[-1], choice
        assert len(choice.skips) == LEGS - 1
    await store.close()
    note = (
        f"{LEGS} legs, {attempts} attempts; the very first took {times[0]:.2f} ms, "
        f"reading the attempts at start {loading * 1000:.0f} ms off the loop"
    )
    return Result("decision", "ms", 0.0, statistics.median(times), most=2.0, note=note)


def _leg(n: int) -> Leg:
    from app.domain import Leg
    from providers.spec import BillingClass, ModelSpec, ProviderSpec, Region, Words

    model = ModelSpec(f"m{n % 2}", billing=BillingClass.GRANT)
    name = f"p{n // 2}"
    region = Region("cn", Words("", ""), "http://127.0.0.1/v1")
    spec = ProviderSpec(name, Words(name, name), name[0], "", (region,), (model,))
    return Leg(spec, model, "http://127.0.0.1/v1", BillingClass.GRANT)


async def _fill(store: object, path: Path, legs: list[Leg], attempts: int, now: float) -> None:
    from app.store.entries import GrantRow
    from app.store.store import Store

    assert isinstance(store, Store)
    chance = random.Random(4)
    for n, leg in enumerate(legs):
        provider, model, amount = leg.provider.id, leg.model.id, 10**9 if n == len(legs) - 1 else 10_000
        start = now - _SPAN
        windows = ("once", "day", "month", "once")
        row = GrantRow(f"g{n}", provider, "tokens", amount, start, model=model, started_at=start)
        await store.put_grant(row)
        unit, window = ("calls", "hours") if n % 3 == 0 else ("tokens", windows[n % 4])
        limit = 10**9 if window != "once" else 1
        await store.put_grant(
            GrantRow(f"l{n}", provider, unit, limit, start, model=model, window=window, hours=5)  # type: ignore[arg-type]
        )
    with sqlite3.connect(path) as db:
        db.executemany(
            "INSERT INTO attempt (id, n, provider, model, outcome, started_at, prompt_tokens,"
            " completion_tokens, estimated_prompt, estimated_completion)"
            " VALUES (?, 1, ?, ?, 'answered', ?, 900, 300, 800, 400)",
            (
                (f"a{n}", leg.provider.id, leg.model.id, now - chance.random() * _SPAN)
                for n, leg in ((n, legs[n % len(legs)]) for n in range(attempts))
            ),
        )
    db.close()


def estimate() -> list[Result]:
    """How far estimates lie off for four invented tokenizers and mixed texts, after fifty answers each."""
    from app.relay.estimate import Estimator
    from providers.base import ChatMessage

    chance = random.Random(20261122)
    estimator = Estimator()
    first: list[float] = []
    later: list[float] = []
    for name, (wide, word, digit, mark) in _TOKENIZERS.items():
        for n in range(150):
            question, answer = _text(chance), _text(chance)
            messages = (ChatMessage("user", question),)
            prompt = _count(question, wide, word, digit, mark) + 8
            completion = _count(answer, wide, word, digit, mark)
            off = [
                abs(estimator.prompt(name, messages) - prompt) / prompt,
                abs(estimator.text(name, answer) - completion) / completion,
            ]
            (first if n == 0 else later if n >= 50 else []).extend(off)
            estimator.learn(name, messages, answer, prompt=prompt, completion=completion)
    note = f"invented tokenizers; {statistics.median(first):.0%} off at a model's first answer"
    return [Result("estimate", "%", 0.0, statistics.median(later) * 100, most=15.0, note=note)]


_TOKENIZERS = {
    "coarse": (0.55, 1.15, 0.34, 0.7),
    "usual": (0.68, 1.3, 0.5, 0.8),
    "digits": (0.75, 1.35, 1.0, 1.0),
    "old": (1.3, 1.5, 1.0, 1.0),
}
"""Tokens per CJK character, word, digit and mark."""

_ZH = "接力赛的规则并不复杂：每一棒跑完自己的路程，把接力棒交给下一个人。额度用完了，就由后面的模型接着写。"
_EN = "The relay hands the baton to the next provider when one of them fails or runs out of free tokens. "
_CODE = "def spent(rows: list[int]) -> int:\n    return sum(row.tokens for row in rows if row.ok)\n"
_NUMBERS = "2026-11-22, 312000, 4.5, 1024, 65535; "


def _text(chance: random.Random) -> str:
    kind = chance.choice([_ZH, _EN, _CODE, _ZH + _EN, _ZH + _CODE, _EN + _NUMBERS, _ZH + _NUMBERS])
    return kind * chance.randrange(1, 12)


def _count(text: str, wide: float, word: float, digit: float, mark: float) -> int:
    total, run = 0.0, 0
    for char in text + " ":
        if char.isascii() and char.isalpha():
            run += 1
            continue
        if run:
            # Long words fall into several tokens.
            total += max(1.0, run / 7) * word / 1.3
            run = 0
        if not char.isascii():
            total += wide
        elif char.isdigit():
            total += digit
        elif not char.isspace():
            total += mark
    return max(1, round(total))
