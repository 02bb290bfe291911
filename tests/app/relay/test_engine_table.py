"""Every row of the failure table and the ways a turn ends."""

from __future__ import annotations

import asyncio
from contextlib import aclosing

import pytest

from app.policy import Policy
from app.relay.events import (
    Attempt,
    Delta,
    Done,
    Exhausted,
    Skip,
    Stopped,
    Switch,
    Trimmed,
    Usage,
    Waiting,
)
from providers import FailureKind as K
from providers.base import ChatMessage
from providers.spec import BillingClass
from tests.app.relay.support import (
    NOON,
    MemoryKeys,
    ScriptedWire,
    Wait,
    World,
    answer,
    ask,
    chain,
    fail,
    item,
    kinds,
    leg,
    play,
)

PAID = BillingClass.PAID
GRANT = BillingClass.GRANT


def world(**scripts):
    return World(ScriptedWire(**scripts))


def test_a_healthy_leg_answers():
    w = world(a=[answer("你", "好")])
    events = play(w.run(ask(chain("a", "b"))))
    assert events == [
        Attempt(1, "a", "m"),
        Delta("你"),
        Delta("好"),
        Done("a", "m", "你好", "stop", Usage(11, 20, False)),
    ]
    (record,) = w.journal.attempts
    assert [r.outcome for r in w.journal.log] == ["running", "answered"]
    assert (record.text_start, record.text_end, record.prompt_tokens, record.usage_estimated) == (
        0,
        2,
        11,
        False,
    )
    assert record.message == "answer" and record.conversation == "talk" and record.key == "a-1"
    assert w.wire.calls[0].secret == "sk-a-1" and w.wire.calls[0].closed


def test_auth_tries_the_other_keys_then_is_off_until_the_key_is_edited():
    w = world(a=[fail(K.AUTH), fail(K.AUTH), answer()], b=[answer()])
    w.keys = MemoryKeys({"a": {"k1": "one", "k2": "two"}})
    w.__post_init__()
    items = chain("a", "b")

    async def go():
        first = await w.run(ask(items))
        second = await w.run(ask(items))
        w.health.key_edited("a", "k2")
        third = await w.run(ask(items))
        return first, second, third

    first, second, third = play(go())
    assert kinds(first) == ["Attempt", "Failed", "Attempt", "Failed", "Switch", "Attempt", "Delta", "Done"]
    assert [c.secret for c in w.wire.calls[:2]] == ["one", "two"]
    assert Switch("a:m", "b:m", "restart") in first
    assert second[0] == Skip("a", "m", "disabled") and Switch("a:m", "b:m", "restart") in second
    assert w.wire.asked == ["a", "a", "b", "b", "a"] and w.wire.calls[-1].secret == "two"
    assert isinstance(third[-1], Done)


def test_region_blocked_is_off_for_a_day_with_all_its_models():
    w = world(a=[fail(K.REGION_BLOCKED)], b=[answer()])
    items = (*chain("a"), *chain(leg("a", "other")), *chain("b"))
    events = play(w.run(ask(items)))
    assert w.wire.asked == ["a", "b"]
    assert Skip("a", "other", "disabled", NOON + 86400) in events


def test_model_scoped_quota_goes_to_the_sibling_at_once_and_next_time():
    w = world(a__big=[fail(K.QUOTA_EXHAUSTED, model_scoped=True)], a__small=[answer()], b=[answer()])
    items = (item(leg("a", "big"), leg("a", "small")), *chain("b"))

    async def go():
        return await w.run(ask(items)), await w.run(ask(items))

    first, second = play(go())
    assert Switch("a:big", "a:small", "restart") in first
    assert w.wire.asked == ["a:big", "a:small", "a:small"]
    assert second[0] == Skip("a", "big", "cooldown", state="parked")


def test_account_quota_leaves_the_siblings_out():
    w = world(a__big=[fail(K.QUOTA_EXHAUSTED)], b=[answer()])
    items = (item(leg("a", "big"), leg("a", "small")), *chain("b"))
    events = play(w.run(ask(items)))
    assert w.wire.asked == ["a:big", "b"] and isinstance(events[-1], Done)


@pytest.mark.parametrize(
    ("values", "until"),
    [
        ({"reset": "day"}, NOON + 11 * 3600),
        ({"reset": "month"}, NOON + 11 * 3600 + 8 * 86400),
        ({"reset_at": NOON + 77.0}, NOON + 77.0),
        ({}, None),
    ],
)
def test_quota_is_parked_until_the_vendors_reset(values, until):
    w = world(a=[fail(K.QUOTA_EXHAUSTED, **values)], b=[answer()])
    play(w.run(ask(chain("a", "b"))))
    (row,) = w.journal.rows.values()
    assert (row.state, row.until, row.key) == ("parked", until, "a-1")
    assert w.journal.attempts[0].until == until


def test_rate_limits_climb_the_ladder_and_success_resets():
    w = world(a=[fail(K.RATE_LIMITED)] * 5 + [answer()] + [fail(K.RATE_LIMITED)], b=[answer()])
    waits = []

    async def go():
        for _ in range(5):
            await w.run(ask(chain("a", "b")))
            (row,) = w.journal.rows.values()
            waits.append(row.until - w.clock.now())
            await asyncio.sleep(row.until - w.clock.now() + 61)
        await w.run(ask(chain("a", "b")))
        assert not w.journal.rows
        await w.run(ask(chain("a", "b")))
        (row,) = w.journal.rows.values()
        waits.append(row.until - w.clock.now())

    play(go())
    assert waits == pytest.approx([90, 120, 600, 3600, 3600, 90])


@pytest.mark.parametrize(
    ("asked", "wait"), [(7.0, 7.0), (60.0, 60.0), (61.0, 90.0), (300.0, 600.0), (9e9, 3600.0)]
)
def test_retry_after_counts_up_to_a_minute(asked, wait):
    w = world(a=[fail(K.RATE_LIMITED, retry_after=asked)], b=[answer()])
    play(w.run(ask(chain("a", "b"))))
    (row,) = w.journal.rows.values()
    assert row.until == pytest.approx(NOON + wait)


def test_the_only_leg_is_waited_for_with_a_countdown():
    w = world(a=[fail(K.RATE_LIMITED, retry_after=42.0), answer()])
    events = play(w.run(ask(chain("a"))))
    assert kinds(events) == ["Attempt", "Failed", "Waiting", "Attempt", "Delta", "Done"]
    assert events[2] == Waiting("a", "m", NOON + 42)
    assert w.wire.calls[1].at == pytest.approx(42)


def test_a_long_cooldown_ends_the_turn_instead_of_waiting():
    w = world(a=[fail(K.RATE_LIMITED)])
    events = play(w.run(ask(chain("a"))))
    assert kinds(events) == ["Attempt", "Failed", "Exhausted"] and events[-1].offline is False


@pytest.mark.parametrize("kind", [K.TRANSIENT, K.NETWORK])
def test_a_fast_failure_gets_one_quick_retry(kind):
    w = world(a=[fail(kind), answer()])
    events = play(w.run(ask(chain("a", "b"))))
    assert kinds(events) == ["Attempt", "Failed", "Attempt", "Delta", "Done"]
    assert not w.journal.rows


def test_a_slow_failure_gets_none():
    w = world(a=[[Wait(3), *fail(K.TRANSIENT)]], b=[answer()])
    play(w.run(ask(chain("a", "b"))))
    assert w.wire.asked == ["a", "b"]
    assert w.journal.rows["a", "m", ""].state == "open"


def test_the_breaker_opens_half_opens_and_closes():
    w = world(a=[fail(K.TRANSIENT)] * 3 + [answer()], b=[answer()])
    items = chain("a", "b")

    async def go():
        await w.run(ask(items))
        assert w.journal.rows["a", "m", ""].until == pytest.approx(w.clock.now() + 30)
        skipped = await w.run(ask(items))
        assert skipped[0].reason == "cooldown"
        await asyncio.sleep(70)
        await w.run(ask(items))  # the one real request fails: no quick retry, open for longer
        assert w.journal.rows["a", "m", ""].until == pytest.approx(w.clock.now() + 60)
        await asyncio.sleep(61)
        return await w.run(ask(items))

    events = play(go())
    assert w.wire.asked == ["a", "a", "b", "b", "a", "b", "a"]
    assert events[-1].provider == "a" and not w.journal.rows


def test_half_open_lets_one_request_through():
    w = world(
        a=[fail(K.TRANSIENT), fail(K.TRANSIENT), [Wait(5), *answer("甲")], answer("甲")], b=[answer("乙")]
    )
    items = chain("a", "b")

    async def go():
        await w.run(ask(items))
        await asyncio.sleep(61)
        return await asyncio.gather(w.run(ask(items)), w.run(ask(items)))

    one, two = play(go())
    assert one[-1].text == "甲" and two[-1].text == "乙"
    assert two[0] == Skip("a", "m", "cooldown")


def test_context_too_long_goes_to_a_larger_window_without_penalty():
    w = world(a=[fail(K.CONTEXT_TOO_LONG)], c=[answer()])
    items = chain(leg("a", context=8000), leg("b", context=4000), leg("c", context=128000))
    events = play(w.run(ask(items)))
    assert w.wire.asked == ["a", "c"] and not w.journal.rows
    assert Skip("b", "m", "context") in events


def test_context_too_long_everywhere_trims_and_says_so():
    talk = [ChatMessage("system", "规矩")]
    for n in range(6):
        talk += [ChatMessage("user", f"问{n}" * 50), ChatMessage("assistant", f"答{n}" * 50)]
    talk.append(ChatMessage("user", "最后一问"))
    w = world(a=[fail(K.CONTEXT_TOO_LONG), answer()])
    events = play(w.run(ask(chain(leg("a", context=8000)), messages=tuple(talk))))
    assert kinds(events) == ["Attempt", "Failed", "Trimmed", "Attempt", "Delta", "Done"]
    sent = w.wire.calls[1].request.messages
    (trimmed,) = [e for e in events if isinstance(e, Trimmed)]
    assert len(sent) == len(talk) - trimmed.dropped < len(talk)
    assert sent[0].text == "规矩" and sent[1].role == "user" and sent[-1].text == "最后一问"


def test_a_history_too_long_for_every_window_is_trimmed_before_sending():
    talk = tuple(ChatMessage("user" if n % 2 == 0 else "assistant", "长" * 900) for n in range(21))
    w = world(b=[answer()])
    events = play(w.run(ask(chain(leg("a", context=2000), leg("b", context=4000)), messages=talk)))
    assert events[0] == Skip("a", "m", "context") and isinstance(events[1], Trimmed)
    assert w.wire.asked == ["b"]


def test_one_question_that_fits_nowhere_is_said_so():
    w = world()
    events = play(w.run(ask(chain(leg("a", context=2000)), text="长" * 9000)))
    assert events[0] == Skip("a", "m", "context") and isinstance(events[-1], Exhausted) and not w.wire.calls


def test_content_blocked_stops_unless_the_user_allows_to_pass():
    w = world(a=[fail(K.CONTENT_BLOCKED)], b=[answer()])
    events = play(w.run(ask(chain("a", "b"))))
    assert kinds(events) == ["Attempt", "Failed", "Exhausted"] and not w.journal.rows
    events = play(w.run(ask(chain("a", "b"), policy=Policy(pass_blocked=True))))
    assert isinstance(events[-1], Done) and w.wire.asked == ["a", "a", "b"]


def test_bad_request_is_retried_plain_once_then_one_next_leg():
    w = world(a=[fail(K.BAD_REQUEST)], b=[fail(K.BAD_REQUEST)], c=[answer()])
    events = play(w.run(ask(chain("a", "b", "c"), temperature=0.5)))
    assert w.wire.asked == ["a", "a", "b"] and isinstance(events[-1], Exhausted)
    assert [c.request.plain for c in w.wire.calls] == [False, True, False]
    assert not w.journal.rows


def test_bad_request_plain_helps():
    w = world(a=[fail(K.BAD_REQUEST), answer()], b=[answer()])
    events = play(w.run(ask(chain("a", "b"))))
    assert events[-1].provider == "a" and w.wire.calls[1].request.plain


def test_a_model_that_does_not_exist_costs_no_plain_retry():
    w = world(a=[fail(K.BAD_REQUEST, model_scoped=True)], b=[answer()])
    play(w.run(ask(chain("a", "b"))))
    assert w.wire.asked == ["a", "b"]


def test_a_cancelled_attempt_stops_the_turn():
    w = world(a=[["半", *fail(K.CANCELLED)]], b=[answer()])
    events = play(w.run(ask(chain("a", "b"))))
    assert events[-1] == Stopped("半") and w.journal.attempts[0].outcome == "stopped" and not w.journal.rows


def test_cancelling_the_task_records_and_passes_on():
    w = world(a=[["半", Wait(10), "截"]])

    async def go():
        task = asyncio.create_task(w.run(ask(chain("a"))))
        await asyncio.sleep(1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    play(go())
    (record,) = w.journal.attempts
    assert (record.outcome, record.text_end, record.usage_estimated) == ("stopped", 1, True)
    assert w.wire.calls[0].closed and not w.journal.rows


def test_closing_the_generator_early_records_too():
    w = world(a=[answer("一", "二", "三")])

    async def go():
        async with aclosing(w.relay.run(ask(chain("a")))) as events:
            async for event in events:
                if isinstance(event, Delta):
                    break

    play(go())
    assert [r.outcome for r in w.journal.attempts] == ["stopped"] and w.wire.calls[0].closed
