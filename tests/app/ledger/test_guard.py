"""When a leg's grants forbid asking it, and the order in which grants are spent."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from app.domain import Leg
from app.ledger.ledger import Ledger
from app.ledger.teaching import deviation, taught
from app.policy import Policy
from app.relay.events import Done, Exhausted, Skip
from app.relay.order import Pace, ordered
from app.relay.ports import Remaining
from app.store.entries import AttemptRecord, GrantRow
from app.store.records import Message
from app.store.store import Store
from providers.base import ChatMessage
from providers.spec import BillingClass
from tests.app.ledger.simulated import DAY, JumpingClock
from tests.app.relay.support import NOON, ScriptedWire, World, answer, ask, chain, leg, play

GRANT, FREE, PAID = BillingClass.GRANT, BillingClass.FREE, BillingClass.PAID
PLENTY = 10**6


class Fixed:
    """A ledger that always says the same."""

    def __init__(self, left: Remaining | None) -> None:
        self.left = left

    def remaining(self, leg: Leg, now: float) -> Remaining | None:
        return self.left


def outcome(left: Remaining | None, billing: BillingClass = GRANT, **values: Any) -> str:
    """`asked`, or why not; a `$` says that consent would have it asked. The turn needs some 610 tokens."""
    consented = values.pop("consented", frozenset())
    world = World(ScriptedWire(a=[answer()]), ledger=Fixed(left))
    events = play(
        world.run(ask(chain(leg("a", billing=billing)), policy=Policy(**values), consented=consented))
    )
    if isinstance(events[-1], Done):
        return "asked"
    assert isinstance(events[-1], Exhausted) and isinstance(events[0], Skip) and not world.wire.calls
    return events[0].reason + ("$" if events[0].bills else "")


@pytest.mark.parametrize(
    ("left", "expected"),
    [
        (None, "asked"),
        (Remaining(), "asked"),
        (Remaining(tokens=1300), "asked"),
        (Remaining(tokens=1200), "quota_low$"),
        (Remaining(tokens=1300, margin_tokens=20_000), "quota_low$"),
        (Remaining(tokens=21_000, margin_tokens=20_000), "asked"),
        (Remaining(tokens=700, hard_stop=True), "asked"),
        (Remaining(tokens=500, hard_stop=True), "quota_low"),
        (Remaining(calls=1), "quota_low$"),
        (Remaining(calls=2), "asked"),
        (Remaining(calls=1, hard_stop=True), "asked"),
        (Remaining(calls=0, hard_stop=True), "quota_low"),
        (Remaining(tokens=PLENTY, calls=30, margin_calls=40), "quota_low$"),
        (Remaining(gone=True), "paid$"),
        (Remaining(gone=True, hard_stop=True), "quota_low"),
    ],
)
def test_a_granted_leg_is_asked_as_long_as_it_surely_costs_nothing(left: Remaining, expected: str) -> None:
    assert outcome(left) == expected
    agreed = "asked" if expected.endswith("$") else expected
    assert outcome(left, spend="allow") == agreed
    assert outcome(left, consented=frozenset({"a:m"})) == agreed
    assert outcome(left, spend="ask") == expected


def test_a_free_leg_needs_no_margin_and_a_paid_one_needs_consent_whatever_is_left() -> None:
    assert outcome(Remaining(tokens=700), FREE) == "asked"
    assert outcome(Remaining(tokens=500), FREE) == "quota_low"
    assert outcome(Remaining(gone=True), FREE) == "asked"
    assert outcome(Remaining(tokens=PLENTY), PAID) == "paid$"
    assert outcome(Remaining(tokens=0), PAID, spend="allow") == "asked"


def test_each_limit_says_when_it_is_back() -> None:
    def until(left: Remaining) -> float | None:
        world = World(ScriptedWire(a=[answer()]), ledger=Fixed(left))
        events = play(world.run(ask(chain(leg("a", billing=GRANT)))))
        assert isinstance(events[0], Skip) and events[0].reason == "quota_low"
        return events[0].until

    assert until(Remaining(tokens=5, until=NOON + 9)) == NOON + 9
    assert until(Remaining(calls=0, until=NOON + 9)) == NOON + 9
    assert until(Remaining(tokens=PLENTY, calls=0, until=NOON + 9, calls_until=NOON + 3)) == NOON + 3


def test_what_lapses_tomorrow_is_spent_before_a_larger_amount_of_next_month(tmp_path: Path) -> None:
    async def go() -> None:
        clock = JumpingClock()
        store = await Store.open(tmp_path / "jieli.db", clock, tmp_path / "locks")
        for name, amount, ends in (("b", 9 * PLENTY, NOON + 30 * DAY), ("c", PLENTY, NOON + DAY)):
            await store.put_grant(
                GrantRow(name, name, "tokens", amount, NOON, started_at=NOON, expires_at=ends)
            )
        ledger = await Ledger.open(store, clock)
        listed = chain("a", leg("b", billing=GRANT), leg("c", billing=GRANT))

        def first(order: Any) -> str:
            return ordered(listed, order, ledger, Pace(), clock.now())[0].spec

        assert (first("listed"), first("expiring")) == ("a:m", "c:m")
        clock.pass_by(2 * DAY)
        assert first("expiring") == "b:m", "what has lapsed is not spent first"
        await store.close()

    asyncio.run(go())


def test_stored_answers_teach_the_estimator_anew(tmp_path: Path) -> None:
    question, text = "接力赛的规则是什么？" * 4, "每一棒跑完，把接力棒交给下一个人。" * 8

    async def go() -> None:
        clock = JumpingClock()
        store = await Store.open(tmp_path / "jieli.db", clock, tmp_path / "locks")
        for n in range(12):
            talk = await store.create_conversation("t")
            asked = Message(f"q{n}", talk.id, None, "user", question, "done", NOON, NOON)
            told = Message(f"a{n}", talk.id, f"q{n}", "assistant", text, "done", NOON, NOON)
            await store.add_turn(talk.id, asked, told)
            store.post_attempt(
                AttemptRecord(
                    f"x{n}",
                    f"a{n}",
                    1,
                    "a",
                    "m",
                    "answered",
                    NOON + n,
                    conversation=talk.id,
                    prompt_tokens=60,
                    completion_tokens=180,
                    reasoning_tokens=30,
                    text_start=0,
                    text_end=len(text),
                    estimated_prompt=50 + n,
                    estimated_completion=150,
                )
            )
        estimator = taught(await store.estimate_samples())
        assert estimator.prompt("a:m", (ChatMessage("user", question),)) == pytest.approx(60, rel=0.05)
        assert estimator.text("a:m", text) == pytest.approx(150, rel=0.05)
        assert estimator.answer("a:m") == pytest.approx(180, rel=0.1)
        errors = await store.estimate_errors()
        assert len(errors) == 12 and deviation((e, c) for _, _, e, c, *_ in errors) == pytest.approx(0.075)
        assert deviation([]) is None
        await store.close()

    asyncio.run(go())
