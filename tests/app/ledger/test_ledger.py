"""The ledger over a real store: what is charged to which grant, held, corrected, told."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from app.domain import GrantSpec
from app.errors import KnownError
from app.ledger.consent import Consents
from app.ledger.cost import cost
from app.ledger.ledger import Ledger
from app.ledger.periods import day_end
from app.store.entries import AttemptRecord, Correction, GrantRow
from app.store.store import Store
from providers.spec import BillingClass
from tests.app.ledger.simulated import DAY, JumpingClock
from tests.app.relay.support import NOON, leg, model, provider

Play = Callable[[Callable[[Any], Coroutine[Any, Any, None]]], None]


class Desk:
    """A store, a ledger over it and a clock that stands still."""

    def __init__(self, store: Store, clock: JumpingClock) -> None:
        self.store, self.clock = store, clock
        self.ledger: Ledger

    async def open(self, *grants: GrantRow) -> Ledger:
        for grant in grants:
            await self.store.put_grant(grant)
        self.ledger = await Ledger.open(self.store, self.clock)
        return self.ledger

    def spend(self, name: str, tokens: int, **fields: Any) -> AttemptRecord:
        """An attempt that was answered; noted and posted."""
        provider_id, _, model_id = name.partition(":")
        fields = {"started_at": self.clock.now(), "prompt_tokens": tokens, "completion_tokens": 0} | fields
        record = AttemptRecord(
            f"x{random.random()}", None, 1, provider_id, model_id, fields.pop("outcome", "answered"), **fields
        )
        self.ledger.note(record)
        self.store.post_attempt(record)
        self.ledger.posted(record)
        return record

    def left(self, name: str) -> int | None:
        provider_id, _, model_id = name.partition(":")
        found = self.ledger.remaining(leg(provider_id, model_id), self.clock.now())
        return None if found is None else found.tokens


@pytest.fixture
def desk(tmp_path: Path) -> Play:
    @asynccontextmanager
    async def opened() -> AsyncIterator[Desk]:
        clock = JumpingClock()
        store = await Store.open(tmp_path / "jieli.db", clock, tmp_path / "locks")
        try:
            yield Desk(store, clock)
        finally:
            await store.close()

    def play(scene: Callable[[Desk], Coroutine[Any, Any, None]]) -> None:
        async def go() -> None:
            async with opened() as made:
                await scene(made)

        asyncio.run(go())

    return play


def pack(name: str, amount: int | None, **fields: Any) -> GrantRow:
    return GrantRow(name, name[0], fields.pop("unit", "tokens"), amount, NOON, started_at=NOON, **fields)


def test_packs_of_a_model_are_used_before_one_that_models_share(desk: Play) -> None:
    async def scene(d: Desk) -> None:
        own, shared = pack("a-own", 1000, model="m"), pack("a-all", 5000)
        await d.open(own, shared)
        assert (d.left("a:m"), d.left("a:n"), d.left("b:m")) == (6000, 5000, None)
        d.spend("a:m", 1300)
        assert (d.left("a:m"), d.left("a:n")) == (4700, 4700)
        views = {view.grant.id: view for view in d.ledger.views()}
        assert (views["a-own"].remaining, views["a-all"].remaining) == (0, 4700)
        assert views["a-own"].state == "used_up"
        d.clock.pass_by(1)
        # The console is asked about the model: what its overdraft took of the other stays taken.
        await d.ledger.correct([own], 200)
        assert (d.left("a:m"), d.left("a:n")) == (4900, 4700)

    desk(scene)


def test_of_two_packs_the_one_that_lapses_first_is_used_first(desk: Play) -> None:
    async def scene(d: Desk) -> None:
        soon = pack("a-soon", 100, model="m", expires_at=NOON + DAY)
        late = pack("a-late", 1000, model="m", expires_at=NOON + 30 * DAY)
        await d.open(soon, late)
        d.spend("a:m", 60)
        found = d.ledger.remaining(leg("a"), d.clock.now())
        assert found is not None and (found.tokens, found.expires) == (1040, NOON + DAY)
        d.clock.pass_by(2 * DAY)
        assert d.left("a:m") == 1000
        d.clock.pass_by(40 * DAY)
        gone = d.ledger.remaining(leg("a"), d.clock.now())
        assert gone is not None and gone.gone and not gone.hard_stop
        # The console says otherwise, so it cannot have lapsed.
        await d.ledger.correct([late], 70)
        assert d.left("a:m") == 70

    desk(scene)


def test_a_days_allowance_comes_back_at_the_vendors_midnight(desk: Play) -> None:
    async def scene(d: Desk) -> None:
        await d.open(pack("a-day", 1000, window="day", timezone="Asia/Shanghai"))
        d.spend("a:m", 400)
        found = d.ledger.remaining(leg("a"), d.clock.now())
        midnight = datetime(2026, 11, 23, tzinfo=timezone(timedelta(hours=8))).timestamp()
        assert found is not None and (found.tokens, found.until) == (600, midnight)
        d.clock.time = midnight - 1
        assert d.left("a:m") == 600
        d.clock.time = midnight
        assert d.left("a:m") == 1000
        d.clock.time = midnight - 60
        assert d.left("a:m") == 600, "a clock put back brings nothing back"

    desk(scene)


def test_rolling_hours_give_back_what_was_used_so_long_ago(desk: Play) -> None:
    async def scene(d: Desk) -> None:
        await d.open(pack("a-h", 3, unit="calls", window="hours", hours=5))
        for _ in range(3):
            d.spend("a:m", 10)
            d.clock.pass_by(3600)
        found = d.ledger.remaining(leg("a"), d.clock.now())
        assert found is not None and (found.calls, found.until) == (0, NOON + 5 * 3600)
        d.clock.pass_by(2 * 3600 + 1)
        found = d.ledger.remaining(leg("a"), d.clock.now())
        assert found is not None and found.calls == 1

    desk(scene)


def test_turns_that_overlap_do_not_share_what_they_hold(desk: Play) -> None:
    async def scene(d: Desk) -> None:
        await d.open(pack("a-m", 1000, model="m"))
        d.ledger.hold("t1", leg("a"), 300, d.clock.now())
        d.ledger.hold("t2", leg("a"), 200, d.clock.now())
        assert d.left("a:m") == 500
        d.ledger.hold("t2", leg("a"), 100, d.clock.now())
        await d.ledger.sync()
        assert d.left("a:m") == 600
        running = AttemptRecord(
            "x", "t1", 1, "a", "m", "running", d.clock.now(), estimated_prompt=200, estimated_completion=150
        )
        d.ledger.note(running)
        assert d.left("a:m") == 550, "the record takes the hold's place"
        d.ledger.note(replace(running, outcome="answered", prompt_tokens=40, completion_tokens=5))
        d.ledger.release("t2")
        assert d.left("a:m") == 955

    desk(scene)


def test_a_correction_counts_a_running_attempt_in_full(desk: Play) -> None:
    async def scene(d: Desk) -> None:
        grant = pack("a-m", 1000, model="m")
        await d.open(grant)
        running = d.spend("a:m", 0, outcome="running", prompt_tokens=None, estimated_prompt=100)
        d.clock.pass_by(5)
        await d.ledger.correct([grant], 500)
        assert d.left("a:m") == 400
        d.ledger.note(replace(running, outcome="answered", prompt_tokens=130))
        d.store.post_attempt(replace(running, outcome="answered", prompt_tokens=130))
        d.ledger.posted(running)
        assert d.left("a:m") == 370
        assert [c.remaining for c in await d.ledger.history("a-m")] == [500]

    desk(scene)


def test_what_another_process_wrote_is_brought_in(desk: Play, tmp_path: Path) -> None:
    async def scene(d: Desk) -> None:
        grant = pack("a-m", 1000, model="m")
        await d.open(grant)
        news: list[int] = []
        d.ledger.subscribe(lambda: news.append(1))
        other = await Store.open(tmp_path / "jieli.db", d.clock, tmp_path / "locks")
        other.post_attempt(AttemptRecord("y", None, 1, "a", "m", "answered", NOON, prompt_tokens=90))
        await other.put_correction(Correction("c", "a", "m", None, "tokens", 500, None, NOON, "vendor"))
        await other.close()
        assert d.left("a:m") == 1000
        await d.ledger.sync()
        assert d.left("a:m") == 410 and news

    desk(scene)


def test_offers_are_taken_once_and_kept_as_the_user_left_them(desk: Play) -> None:
    models = (model("m", billing=BillingClass.GRANT), model("n", billing=BillingClass.GRANT), model("free"))
    offer = GrantSpec("start", "tokens", 1000, valid_days=10, scope="model")
    wide = GrantSpec("wide", "tokens", 50, window="day")
    spec = provider("a", *models, grants=(offer, wide))

    async def scene(d: Desk) -> None:
        ledger = await d.open()
        assert await ledger.take(spec) == 3
        rows = {grant.id: grant for grant in ledger.grants("a")}
        assert rows["offer:a:start:m"].expires_at == NOON + 10 * DAY
        assert rows["offer:a:wide"].models == ("m", "n"), "a free model takes nothing of it"
        await ledger.remove("offer:a:start:m")
        await ledger.edit(replace(rows["offer:a:start:n"], amount=7))
        d.clock.pass_by(DAY)
        newer = replace(spec, models=(*models, model("o", billing=BillingClass.GRANT)))
        again = await Ledger.open(d.store, d.clock, lambda: [newer])
        found = {grant.id: grant for grant in again.grants("a")}
        assert "offer:a:start:m" not in found and found["offer:a:start:n"].amount == 7
        assert found["offer:a:start:o"].started_at == NOON, "a model that came later began with the others"
        await again.remove("offer:a:wide")
        left = again.remaining(leg("a", "m", spec=newer, billing=BillingClass.GRANT), d.clock.now())
        assert left is not None and left.gone, "without its grants it bills"
        assert again.remaining(leg("a", "f", spec=newer), d.clock.now()) is None
        assert again.remaining(leg("b", billing=BillingClass.GRANT), d.clock.now()) is None

    desk(scene)


def test_notices_are_given_once(desk: Play) -> None:
    async def scene(d: Desk) -> None:
        grant = pack("a-m", 1000, model="m", expires_at=NOON + 20 * DAY)
        ledger = await d.open(grant)
        assert await ledger.notices() == []
        d.spend("a:m", 810)
        assert [notice.kind for notice in await ledger.notices()] == ["low_20"]
        assert await ledger.notices() == []
        d.spend("a:m", 150)
        assert [notice.kind for notice in await ledger.notices()] == ["low_5"]
        d.clock.pass_by(14 * DAY)
        again = await Ledger.open(d.store, d.clock)
        (lapses,) = await again.notices()
        assert lapses.kind == "lapses" and lapses.view.remaining == 40
        assert await again.notices() == []

    desk(scene)


def test_the_forecast_goes_by_the_last_week(desk: Play) -> None:
    async def scene(d: Desk) -> None:
        await d.open(pack("a-m", 100_000, model="m"))
        d.clock.pass_by(20 * DAY)
        d.spend("a:m", 7000)
        d.clock.pass_by(3 * DAY)
        (view,) = (await Ledger.open(d.store, d.clock)).views()
        assert view.forecast_days == pytest.approx(93.0)
        d.clock.pass_by(5 * DAY)
        (view,) = (await Ledger.open(d.store, d.clock)).views()
        assert view.forecast_days is None, "nothing was used in the last week"

    desk(scene)


def test_what_cannot_be_is_refused(desk: Play) -> None:
    async def scene(d: Desk) -> None:
        grant = pack("a-m", 1000, model="m")
        ledger = await d.open(grant)
        for refused in (
            ledger.correct([grant], -1),
            ledger.correct([grant], 5, expires=NOON - DAY),
            ledger.add(replace(grant, amount=-5)),
            ledger.add(replace(grant, expires_at=NOON - DAY)),
            ledger.edit(replace(grant, id="gone")),
        ):
            with pytest.raises(KnownError):
                await refused
        # Entered by hand it has no beginning that could be changed: what is wrong is its last day.
        with pytest.raises(KnownError) as caught:
            await ledger.add(replace(grant, started_at=NOON, expires_at=NOON - DAY))
        assert caught.value.key == "ledger.in_the_past"

    desk(scene)


def test_consent_lasts_for_its_conversation(desk: Play) -> None:
    async def scene(d: Desk) -> None:
        consents = Consents(await d.open())
        assert await consents.agreed("one", frozenset({"a:m"})) == {"a:m"}
        assert await consents.agreed("one", frozenset()) == {"a:m"}
        assert await consents.agreed("two", frozenset()) == frozenset()
        consents.withdraw("one")
        assert await consents.agreed("one", frozenset()) == frozenset()

    desk(scene)


def test_memory_is_what_the_query_gives_after_random_histories(desk: Play) -> None:
    chance = random.Random(11)

    def record(n: int, at: float, *outcomes: Any) -> AttemptRecord:
        maybe = chance.choice
        return AttemptRecord(
            f"x{n}",
            None,
            1,
            maybe("ab"),
            maybe("mno"),
            maybe(["answered", "failed", "stopped", *outcomes]),
            at,
            kind=maybe([None, "network", "transient", "auth", "rate_limited", "content_blocked"]),
            code=maybe([None, "dns", "reset", "timeout", "refused"]),
            status=maybe([None, 200, 429, 503]),
            prompt_tokens=maybe([None, None, 40]),
            completion_tokens=maybe([None, 7, 90]),
            usage_estimated=maybe([True, False]),
            estimated_prompt=maybe([None, 30]),
            estimated_completion=maybe([None, 60]),
        )

    async def scene(d: Desk) -> None:
        ledger = await d.open(
            pack("a-m", 3000, model="m", expires_at=NOON + 9 * DAY),
            pack("a-m2", 500, model="m", expires_at=NOON + 4 * DAY),
            pack("a-some", 3000, models=("m", "n")),
            pack("a-all", 9000),
            pack("b-day", 900, window="day", timezone="UTC"),
            pack("b-month", 50, unit="calls", window="month", timezone="Asia/Shanghai"),
            pack("b-h", 40, unit="calls", window="hours", hours=7, model="n"),
        )
        for n in range(300):
            made = record(n, d.clock.now(), "running", "skipped")
            for state in (made, record(n, made.started_at)) if made.outcome == "running" else (made,):
                ended = replace(state, provider=made.provider, model=made.model)
                ledger.note(ended)
                d.store.post_attempt(ended)
                ledger.posted(ended)
            d.clock.pass_by(chance.choice([1.0, 60.0, 5000.0]))
            if n % 60 == 59:
                fresh = await Ledger.open(d.store, d.clock)
                assert ledger.views() == fresh.views()
                await ledger.correct([chance.choice(ledger.grants("a"))], chance.randrange(2000))
        assert any(view.used for view in ledger.views())

    desk(scene)


def test_what_an_attempt_costs() -> None:
    def of(outcome: Any, **fields: Any) -> tuple[int, int, bool]:
        fields = {"estimated_prompt": 100, "estimated_completion": 600} | fields
        found = cost(AttemptRecord("x", None, 1, "a", "m", outcome, 0.0, **fields))
        return found.tokens, found.calls, found.guessed

    assert of("answered", prompt_tokens=9, completion_tokens=3) == (12, 1, False)
    assert of("answered", prompt_tokens=9, completion_tokens=3, usage_estimated=True) == (12, 1, True)
    assert of("running") == (700, 1, True)
    assert of("stopped") == (700, 1, True)
    assert of("stopped", prompt_tokens=100, completion_tokens=5, usage_estimated=True) == (700, 1, True)
    assert of("failed", kind="network", code="timeout") == (700, 1, True)
    assert of("failed", kind="network", code="refused")[:2] == (0, 0)
    assert of("failed", kind="transient", status=503)[:2] == (0, 1)
    assert of("failed", kind="quota_exhausted", status=403)[:2] == (0, 0)
    assert of("failed", kind="content_blocked", status=400)[:2] == (0, 1)
    assert of("skipped", kind="paid") == (0, 0, False)


def test_the_last_day_ends_at_the_vendors_midnight() -> None:
    beijing = timezone(timedelta(hours=8))
    assert day_end("2026-12-31", "Asia/Shanghai") == datetime(2027, 1, 1, tzinfo=beijing).timestamp()
    with pytest.raises(ValueError, match="day is out of range"):
        day_end("2026-02-30", "Asia/Shanghai")
