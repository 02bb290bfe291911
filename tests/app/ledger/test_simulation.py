"""Thousands of random turns, failures, clock jumps, corrections, restarts and kills over the real engine.

`JIELI_SIMULATION=120 pytest tests/app/ledger/test_simulation.py -s -o faulthandler_timeout=0` runs so many
lives of up to 40 steps and prints the counts.
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from app.policy import Policy
from providers import FailureKind
from tests.app.ledger.simulated import DAY, LARGEST_ANSWER, LEGS, Play, Simulation

LIVES = int(os.environ.get("JIELI_SIMULATION", "0"))
TOTALS = {"lives": 0, "turns": 0, "requests": 0, "restarts": 0, "kills": 0}

_kinds = [
    FailureKind.RATE_LIMITED,
    FailureKind.QUOTA_EXHAUSTED,
    FailureKind.NETWORK,
    FailureKind.TRANSIENT,
    FailureKind.AUTH,
    FailureKind.CONTENT_BLOCKED,
    FailureKind.BAD_REQUEST,
]
_answers = st.builds(
    Play,
    prompt=st.integers(5, 100),
    completion=st.integers(1, LARGEST_ANSWER - 100),
    counted=st.sampled_from([True, True, True, False]),
)
_failures = st.builds(
    Play,
    kind=st.sampled_from(_kinds),
    after=st.sampled_from([0, 0, 3]),
    retry_after=st.sampled_from([None, None, 5.0]),
    model_scoped=st.booleans(),
)
_plays = st.lists(st.one_of(_answers, _answers, _failures), max_size=3)
_chains = st.lists(st.sampled_from(sorted(LEGS)), min_size=1, max_size=5, unique=True)
_policies = st.builds(
    Policy,
    spend=st.sampled_from(["never", "never", "ask", "allow"]),
    order=st.sampled_from(["listed", "expiring", "fastest"]),
    max_attempts=st.integers(1, 5),
)


class Machine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.folder = tempfile.TemporaryDirectory()
        self.sim = self.do(self._begin())

    async def _begin(self) -> Simulation:
        sim = Simulation(Path(self.folder.name))
        await sim.begin()
        return sim

    def do(self, coro: Any) -> Any:
        return self.loop.run_until_complete(asyncio.wait_for(coro, 60))

    @rule(
        names=_chains,
        plays=st.dictionaries(st.sampled_from(sorted(LEGS)), _plays, max_size=4),
        policy=_policies,
        consented=st.sampled_from([frozenset(), frozenset(), frozenset({"d:m"})]),
        times=st.integers(1, 4),
    )
    def turns(
        self,
        names: list[str],
        plays: dict[str, list[Play]],
        policy: Policy,
        consented: frozenset[str],
        times: int,
    ) -> None:
        self.sim.policy, self.sim.consented = policy, consented
        self.sim.vendors.plan = {name: list(found) for name, found in plays.items()}
        for _ in range(times):
            self.do(self.sim.turn(names))

    @rule(names=_chains)
    def two_at_once(self, names: list[str]) -> None:
        self.sim.policy, self.sim.consented = Policy(), frozenset()
        self.sim.vendors.plan = {}

        async def both() -> None:
            await asyncio.gather(self.sim.turn(names), self.sim.turn(names))

        self.do(both())

    @rule(seconds=st.sampled_from([60.0, 3600.0, 6 * 3600.0, DAY, 9 * DAY]))
    def time_goes_by(self, seconds: float) -> None:
        self.sim.clock.pass_by(seconds)

    @rule(seconds=st.sampled_from([-DAY, -3600.0, 3600.0, DAY]))
    def the_clock_is_set(self, seconds: float) -> None:
        self.sim.set_clock(seconds)

    @rule(
        name=st.sampled_from(["a-m", "a-all", "b-day", "c-hours", "e-month", "e-pack"]),
        remaining=st.integers(0, 6000),
    )
    def the_console_says(self, name: str, remaining: int) -> None:
        self.do(self.sim.correct(name, remaining))

    @rule()
    def restart(self) -> None:
        self.do(self.sim.restart())

    @rule(name=st.sampled_from(sorted(LEGS)))
    def kill(self, name: str) -> None:
        self.sim.policy, self.sim.consented = Policy(), frozenset()
        self.do(self.sim.kill(name))

    @invariant()
    def the_ledger_is_right(self) -> None:
        self.do(self.sim.check())

    def teardown(self) -> None:
        self.do(self.sim.run.store.close())
        self.loop.close()
        self.folder.cleanup()
        TOTALS["lives"] += 1
        TOTALS["turns"] += self.sim.turns
        TOTALS["requests"] += self.sim.vendors.requests
        TOTALS["restarts"] += self.sim.restarts
        TOTALS["kills"] += self.sim.kills


class TestSimulation(Machine.TestCase):
    settings = settings(
        max_examples=LIVES or 6,
        stateful_step_count=40 if LIVES else 20,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )

    def tearDown(self) -> None:
        sys.stderr.write(", ".join(f"{value} {name}" for name, value in TOTALS.items()) + "\n")
        super().tearDown()
