"""Cooldowns, breakers and paces over restarts: the real store between one run and the next."""

from __future__ import annotations

from contextlib import aclosing
from dataclasses import replace

import pytest

from app.health_views import health_views, reset
from app.policy import Policy
from app.relay import resets
from app.relay.engine import Relay
from app.relay.events import Done, Skip
from app.relay.health import BREAKER_LADDER, RATE_LADDER, Health
from app.relay.order import Pace
from app.store.entries import KeyRecord
from app.store.journal import StoreJournal
from app.wording import LegLabel
from providers import Failure
from providers.spec import BillingClass, GrantSpec
from tests.app.parts import StillClock, opened
from tests.app.relay.support import (
    NOON,
    K,
    MemoryKeys,
    ScriptedWire,
    answer,
    ask,
    chain,
    fail,
    leg,
    model,
    provider,
)


class Runs:
    """One run of the program after the other on the same folder."""

    def __init__(self, folder):
        self.folder = folder
        self.clock = StillClock(NOON)
        self.wire = ScriptedWire()
        self.events = []
        self.rows = []

    async def run(self, *turns):
        """Start, run these turns, end; leaves the last turn's events and the stored rows behind."""
        async with opened(self.folder, self.clock) as store:
            health = Health(StoreJournal(store), self.clock, await store.health())
            self.pace = Pace(await store.paces())
            relay = Relay(
                keys=MemoryKeys(),
                wire=self.wire,
                health=health,
                journal=StoreJournal(store),
                clock=self.clock,
                pace=self.pace,
            )
            for turn in turns:
                self.events = []
                async with aclosing(relay.run(turn)) as events:
                    async for event in events:
                        self.events.append(event)
                self.clock.time += 0.01
            self.health = health
        async with opened(self.folder, self.clock) as store:
            self.rows = await store.health()

    def wait(self):
        """Let the time of the one row pass."""
        self.clock.time = self.rows[0].until + 0.5


@pytest.fixture
def runs(tmp_path):
    return Runs(tmp_path)


def test_the_ladder_goes_on_over_restarts_and_a_success_resets_it(runs, arun):
    async def go():
        runs.wire.on("a", fail(K.RATE_LIMITED))
        runs.wire.on("b", answer())
        for rung in (*RATE_LADDER, RATE_LADDER[-1]):
            await runs.run(ask(chain("a", "b")))
            (row,) = runs.rows
            assert row.until - runs.clock.now() == pytest.approx(rung, abs=0.1)
            asked = len(runs.wire.calls)
            await runs.run(ask(chain("a", "b")))
            assert [c.leg for c in runs.wire.calls[asked:]] == ["b:m"], "it rests in the next run, too"
            runs.wait()
        runs.wire.on("a", answer("好了"))
        await runs.run(ask(chain("a", "b")))
        assert runs.events[-1].text == "好了" and runs.rows == []
        runs.wire.on("a", fail(K.RATE_LIMITED))
        runs.clock.time += 60
        await runs.run(ask(chain("a", "b")))
        assert runs.rows[0].until - runs.clock.now() == pytest.approx(RATE_LADDER[0], abs=0.1)

    arun(go())


def test_a_usual_wait_is_no_way_round_the_ladder(runs, arun):
    async def go():
        runs.wire.on("a", fail(K.RATE_LIMITED, retry_after=5.0, wait_usual=True))
        runs.wire.on("b", answer())
        for wait in RATE_LADDER:
            await runs.run(ask(chain("a", "b")))
            assert runs.rows[0].until - runs.clock.now() == pytest.approx(wait, abs=0.1)
            runs.wait()
        runs.wire.on("a", fail(K.RATE_LIMITED, retry_after=7.0))
        await runs.run(ask(chain("a", "b")))
        assert runs.rows[0].until - runs.clock.now() == pytest.approx(7.0, abs=0.1), "the vendor said so"

    arun(go())


def test_a_rung_is_forgotten_after_a_day_of_quiet(runs, arun):
    async def go():
        runs.wire.on("a", fail(K.RATE_LIMITED))
        runs.wire.on("b", answer())
        for _ in range(3):
            await runs.run(ask(chain("a", "b")))
            runs.wait()
        runs.clock.time += 25 * 3600
        await runs.run(ask(chain("a", "b")))
        assert runs.rows[0].level == 1

    arun(go())


def test_an_open_breaker_lets_one_real_request_through_after_a_restart(runs, arun):
    async def go():
        runs.wire.on("a", fail(K.TRANSIENT))
        runs.wire.on("b", answer())
        for wait in BREAKER_LADDER[:3]:
            await runs.run(ask(chain("a", "b")))
            (row,) = runs.rows
            assert row.state == "open" and row.until - runs.clock.now() == pytest.approx(wait, abs=1)
            asked = len(runs.wire.calls)
            runs.wait()
        await runs.run(ask(chain("a", "b")))
        assert [c.leg for c in runs.wire.calls[asked:]] == ["a:m", "b:m"], "one request, no quick retry"

    arun(go())


def test_the_preferred_leg_comes_back_after_its_dwell(runs, arun):
    async def go():
        runs.wire.on("a", fail(K.RATE_LIMITED, retry_after=5.0), answer("甲"))
        runs.wire.on("b", answer("乙"))
        turn = ask(chain("a", "b"))
        async with opened(runs.folder, runs.clock) as store:
            health = Health(StoreJournal(store), runs.clock)
            relay = Relay(
                keys=MemoryKeys(),
                wire=runs.wire,
                health=health,
                journal=StoreJournal(store),
                clock=runs.clock,
            )

            async def one():
                async with aclosing(relay.run(turn)) as events:
                    return [event async for event in events]

            said = [(await one())[-1].text]
            runs.clock.time += 10
            held = await one()
            said.append(held[-1].text)
            runs.clock.time += Policy().dwell
            said.append((await one())[-1].text)
        assert said == ["乙", "乙", "甲"]
        assert isinstance(held[0], Skip) and held[0].reason == "cooldown"

    arun(go())


def test_a_parked_leg_returns_at_beijings_midnight(runs, arun):
    async def go():
        spec = provider("a", timezone="Asia/Shanghai")
        items = (*chain(leg("a", spec=spec)), *chain("b"))
        runs.wire.on("a", fail(K.QUOTA_EXHAUSTED, reset="day"))
        runs.wire.on("b", answer())
        await runs.run(ask(items))
        (row,) = runs.rows
        assert row.until == NOON + 11 * 3600, "13:00 in Beijing is eleven hours before its midnight"
        runs.clock.time = row.until - 1
        asked = len(runs.wire.calls)
        await runs.run(ask(items))
        assert [c.leg for c in runs.wire.calls[asked:]] == ["b:m"]
        runs.clock.time = row.until + 1
        runs.wire.on("a", answer("回来了"))
        await runs.run(ask(items))
        assert runs.events[-1].text == "回来了"

    arun(go())


@pytest.mark.parametrize(
    ("grants", "hours"),
    [
        ((GrantSpec("w", "calls", 500, window="hours", hours=5),), 5),
        ((GrantSpec("d", "calls", 500, window="day"),), 11),
        ((GrantSpec("m", "tokens", 500, window="month"),), 11 + 8 * 24),
        ((GrantSpec("o", "tokens", 500), GrantSpec("w", "calls", 5, window="hours", hours=2)), 2),
        ((GrantSpec("o", "tokens", 500),), None),
        ((GrantSpec("x", "calls", 5, window="day", models=("other",)),), None),
    ],
)
def test_an_unnamed_reset_follows_the_vendors_offer(grants, hours):
    spec = provider("a", timezone="Asia/Shanghai", grants=grants)
    for billing in (BillingClass.GRANT, BillingClass.PAID):
        of = replace(leg("a", spec=spec), billing=billing)
        back = resets.quota_returns(Failure(K.QUOTA_EXHAUSTED), of, NOON)
        wanted = None if hours is None or billing is BillingClass.PAID else NOON + hours * 3600
        assert back == wanted


def test_what_the_vendor_says_wins_over_its_offer():
    spec = provider("a", model(), grants=(GrantSpec("d", "calls", 5, window="day"),))
    failure = Failure(K.QUOTA_EXHAUSTED, reset_at=NOON + 60)
    assert resets.quota_returns(failure, leg("a", spec=spec), NOON) == NOON + 60


def test_fastest_survives_a_restart(runs, arun):
    async def go():
        runs.wire.on("a", answer())
        runs.wire.on("b", answer())
        async with opened(runs.folder, runs.clock) as store:
            from tests.app.parts import attempt

            for n, (name, ms) in enumerate([("a", 900), ("b", 80), ("a", 1100), ("b", 90)]):
                store.post_attempt(
                    attempt(
                        f"t{n}", None, provider=name, model="m", first_content_ms=ms, started_at=NOON - 9 + n
                    )
                )
        await runs.run(ask(chain("a", "b"), policy=Policy(order="fastest")))
        assert runs.wire.asked == ["b"] and isinstance(runs.events[-1], Done)

    arun(go())


def test_paces_fade():
    pace = Pace([("a:m", 1000.0, NOON - 30 * 86400), ("a:m", 100.0, NOON)])
    assert pace.of("a:m") == pytest.approx(100, abs=1), "a month later the old number says nothing"
    pace = Pace([("a:m", 1000.0, NOON - 60), ("a:m", 100.0, NOON)])
    assert 400 < pace.of("a:m") < 500
    assert pace.of("b:m") is None


# -- what the window shows and takes back


def names(provider_id, model_id):
    return LegLabel(f"{provider_id} {model_id}", provider_id[0], "")


def test_what_rests_is_told_and_can_be_taken_back(runs, arun):
    key = KeyRecord("a-1", "a", "工作", "9f2c", 0, 0.0)

    async def go():
        runs.wire.on("a", fail(K.RATE_LIMITED, code="1302", message="慢一点"))
        runs.wire.on("b", fail(K.AUTH))
        runs.wire.on("c", fail(K.QUOTA_EXHAUSTED, model_scoped=True))
        await runs.run(ask(chain("a", "b", "c")))
        async with opened(runs.folder, runs.clock) as store:
            health = Health(StoreJournal(store), runs.clock, await store.health())
            views = health_views(health, runs.clock.now(), names, str.upper, {"a-1": key})
            assert {(v.provider, v.state) for v in views} == {("a", "cooling"), ("b", "off"), ("c", "parked")}
            cooling = next(v for v in views if v.provider == "a")
            assert (cooling.label, cooling.key_label, cooling.level) == ("A", "工作", 1)
            assert cooling.vendor == "慢一点" and cooling.code == "1302" and cooling.reason
            assert cooling.since == pytest.approx(NOON, abs=1) and cooling.until == pytest.approx(
                NOON + 90, abs=1
            )
            assert next(v for v in views if v.provider == "c").label == "c m"
            told = []
            health.listen(lambda: told.append(1))
            reset(health, next(v for v in views if v.provider == "b"))
            assert told
            left = health_views(health, runs.clock.now(), names, str.upper, {})
            assert {v.provider for v in left} == {"a", "c"}
            after = health_views(health, NOON + 200, names, str.upper, {})
            assert {v.provider for v in after} == {"c"}, "what only remembers its rung is no news"
        async with opened(runs.folder, runs.clock) as store:
            assert {row.provider for row in await store.health()} == {"a", "c"}

    arun(go())
