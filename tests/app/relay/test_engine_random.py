"""Random scripts, chains and policies: what must hold whatever vendors do."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain import ChainItem
from app.policy import Policy
from app.relay.events import Attempt, Exhausted, Failed
from providers import Failure, FailureKind
from providers.base import AliveChunk, FinishChunk, ReasoningChunk, TextChunk
from providers.spec import BillingClass
from tests.app.relay.support import ScriptedWire, Wait, World, ask, leg, play

_failures = st.builds(
    Failure,
    kind=st.sampled_from(FailureKind),
    retry_after=st.sampled_from([None, None, 0.0, 3.0, 61.0, 7200.0]),
    model_scoped=st.booleans(),
    reset=st.sampled_from(["none", "day", "month"]),
)
_steps = st.one_of(
    st.text(max_size=6).map(TextChunk),
    st.just(AliveChunk()),
    st.just(ReasoningChunk("想")),
    st.sampled_from([Wait(0.5), Wait(3.0), Wait(25.0)]),
)
_scripts = st.tuples(
    st.lists(_steps, max_size=4), st.one_of(_failures, st.just(FinishChunk("stop")), st.none())
).map(lambda made: [*made[0], *([made[1]] if made[1] else [])])
_legs = st.builds(
    lambda pid, mid, billing, enabled, context: leg(
        pid, mid, enabled=enabled, billing=billing, context=context
    ),
    st.sampled_from("abc"),
    st.sampled_from("mn"),
    st.sampled_from([BillingClass.FREE, BillingClass.GRANT, BillingClass.PAID]),
    st.sampled_from([True, True, True, False]),
    st.sampled_from([None, 4000, 64000]),
)
_chains = st.lists(_legs, min_size=1, max_size=5, unique_by=lambda one: one.id).map(
    lambda legs: tuple(ChainItem(one.id, (one,)) for one in legs)
)
_policies = st.builds(
    Policy,
    spend=st.sampled_from(["never", "allow"]),
    midstream=st.sampled_from(["continue", "ask", "restart"]),
    pass_blocked=st.booleans(),
    max_attempts=st.integers(1, 5),
)


@settings(max_examples=250, deadline=None)
@given(
    items=_chains,
    policy=_policies,
    scripts=st.dictionaries(
        st.sampled_from([f"{p}:{m}" for p in "abc" for m in "mn"]),
        st.lists(_scripts, min_size=1, max_size=3),
        max_size=6,
    ),
    turns=st.integers(1, 3),
)
def test_whatever_vendors_do(items, policy, scripts, turns):
    wire = ScriptedWire()
    for name, made in scripts.items():
        wire.on(name, *made)
    world = World(wire)
    legs = {one.id: one for item in items for one in item.legs}

    def allowed(call):
        asked = legs[call.leg]
        assert asked.enabled
        assert asked.billing is not BillingClass.PAID or policy.spend == "allow"
        for row in world.health.rows():
            covers = row.provider == asked.provider.id and row.model in ("", asked.model.id)
            if covers and row.key in ("", f"{row.provider}-1"):
                assert row.until is not None and row.until <= world.clock.now(), row

    wire.check_call = allowed

    async def go():
        for _ in range(turns):
            before = len(wire.calls)
            events = await world.run(ask(items, policy=policy))
            attempts = [e for e in events if isinstance(e, Attempt)]
            assert len(attempts) == len(wire.calls) - before <= policy.max_attempts
            assert [a.n for a in attempts] == list(range(1, len(attempts) + 1))
            if isinstance(events[-1], Exhausted):
                assert events[-1].failures == tuple(e for e in events if isinstance(e, Failed))

    play(go())
    assert all(call.closed for call in wire.calls)
    assert all(record.outcome != "running" for record in world.journal.attempts)
    asked = [r for r in world.journal.attempts if r.outcome != "skipped"]
    assert len(asked) == len(wire.calls)
