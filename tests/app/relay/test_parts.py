"""Resets in the vendor's zone, estimates that learn, statuses, and the watch over reads."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest

from app.policy import Policy
from app.relay import resets
from app.relay.estimate import Estimator, raw_tokens
from app.relay.health import Health
from app.relay.statuses import statuses
from app.relay.watch import Watch
from providers import Failure
from providers import FailureKind as K
from providers.base import ChatMessage
from providers.spec import BillingClass
from tests.app.relay.support import NOON, LoopClock, MemoryJournal, MemoryKeys, chain, item, leg, play


def at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    ("now", "zone", "day", "month"),
    [
        ("2026-11-22T05:00", "Asia/Shanghai", "2026-11-22T16:00", "2026-11-30T16:00"),
        ("2026-11-22T16:00", "Asia/Shanghai", "2026-11-23T16:00", "2026-11-30T16:00"),
        ("2026-12-31T20:00", "Asia/Shanghai", "2027-01-01T16:00", "2027-01-31T16:00"),
        ("2026-11-22T05:00", "UTC", "2026-11-23T00:00", "2026-12-01T00:00"),
        ("2026-10-31T12:00", "America/Los_Angeles", "2026-11-01T07:00", "2026-11-01T07:00"),
        ("2026-11-01T12:00", "America/Los_Angeles", "2026-11-02T08:00", "2026-12-01T08:00"),
        ("2026-11-22T05:00", "No/Such_Zone", "2026-11-22T16:00", "2026-11-30T16:00"),
    ],
)
def test_the_vendors_midnight_and_month(now, zone, day, month):
    assert resets.next_day(at(now), zone) == at(day)
    assert resets.next_month(at(now), zone) == at(month)


def test_zones_without_a_database(monkeypatch):
    import zoneinfo

    monkeypatch.setattr(zoneinfo, "TZPATH", ())
    zoneinfo.reset_tzpath(to=())
    try:
        assert resets.next_day(at("2026-11-22T05:00"), "Asia/Shanghai") == at("2026-11-22T16:00")
    finally:
        zoneinfo.reset_tzpath()


def test_estimates_are_near_what_tokenizers_count():
    prose = "The bucket refills at a steady rate, so short bursts are allowed. " * 10
    chinese = "令牌桶允许突发，同时限住均值，桶里最多放这么多令牌。" * 10
    code = "        self.tokens += (now - self.at) * self.rate\n" * 10
    assert 110 <= raw_tokens(prose) <= 190
    assert 140 <= raw_tokens(chinese) <= 230
    assert 120 <= raw_tokens(code) <= 210
    assert raw_tokens("") == 0 and Estimator().text("m", "好") == 1


def test_estimates_learn_per_model_and_survive_a_restart():
    estimator = Estimator()
    messages = (ChatMessage("user", "令牌桶怎么写" * 40),)
    text = "先取令牌再发请求。" * 40
    before = estimator.prompt("a:m", messages)
    for _ in range(12):
        estimator.learn("a:m", messages, text, prompt=2 * before, completion=500, reasoning=100)
    assert estimator.prompt("a:m", messages) == pytest.approx(2 * before, rel=0.05)
    assert estimator.text("a:m", text) == pytest.approx(400, rel=0.1)
    assert estimator.answer("a:m") == pytest.approx(500, rel=0.1) and estimator.answer("a:m", 64) == 64
    assert estimator.prompt("b:m", messages) == before
    again = Estimator(estimator.export())
    assert again.prompt("a:m", messages) == estimator.prompt("a:m", messages)
    assert Estimator({"a:m": {"prompt": -5.0}}).prompt("a:m", messages) > 0


def test_statuses_of_a_chain():
    keys = MemoryKeys({"nokey": {}, "two": {"k1": "x", "k2": "y"}})
    paid = leg("paid", billing=BillingClass.PAID)
    big, small = leg("sib", "big"), leg("sib", "small")
    items = (*chain("ok", "cool", leg("off", enabled=False), "nokey", paid, "two", "dead"), item(big, small))

    async def go():
        journal, clock = MemoryJournal(), LoopClock()
        health = Health(journal, clock)
        told = []
        stop = health.listen(lambda: told.append(1))

        def hit(one, key, failure):
            health.on_failure(one, key, failure, started=clock.now())

        hit(leg("cool"), "cool-1", Failure(K.RATE_LIMITED, retry_after=42.0, code="1302", hint="slow"))
        hit(leg("two"), "k1", Failure(K.AUTH))
        hit(leg("dead"), "dead-1", Failure(K.QUOTA_EXHAUSTED))
        hit(big, "sib-1", Failure(K.QUOTA_EXHAUSTED, model_scoped=True))
        found = statuses(items, keys, health, Policy(), clock.now())
        assert [s.state for s in found] == [
            "ready",
            "cooling",
            "paused",
            "no_key",
            "would_bill",
            "ready",
            "parked",
            "ready",
        ]
        cool = found[1]
        assert (cool.until, cool.since, cool.kind, cool.code, cool.hint) == (
            NOON + 42,
            NOON,
            "rate_limited",
            "1302",
            "slow",
        )
        assert found[-1].leg is small
        health.try_now(items[6].legs[0])
        assert statuses(items, keys, health, Policy(), clock.now())[6].state == "probing"
        health.reset("dead")
        assert statuses(items, keys, health, Policy(), clock.now())[6].state == "ready"
        assert len(told) == 6
        stop()
        health.reset("cool")
        assert len(told) == 6
        assert {row.provider for row in journal.rows.values()} == {"two", "sib"}

    play(go())


def test_the_watch_turns_only_its_own_cancellation_round():
    async def overdue():
        watch = Watch()
        with pytest.raises(TimeoutError), watch.reading(5):
            await asyncio.sleep(60)
        with watch.reading(5):
            await asyncio.sleep(4)
        watch.close()
        task = asyncio.current_task()
        assert task is not None and task.cancelling() == 0
        return asyncio.get_running_loop().time()

    assert play(overdue()) == pytest.approx(9)

    async def cancelled():
        async def reader():
            watch = Watch()
            try:
                with watch.reading(5):
                    await asyncio.sleep(60)
            finally:
                watch.close()

        task = asyncio.create_task(reader())
        asyncio.get_running_loop().call_later(5, task.cancel)
        with pytest.raises(asyncio.CancelledError):
            await task

    play(cancelled())
