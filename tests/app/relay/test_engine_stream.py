"""What happens inside a stream: the commit point, cuts in the middle, budgets, dwell, turns that overlap."""

from __future__ import annotations

import asyncio

import pytest

from app.policy import Policy
from app.relay.events import Delta, Done, Exhausted, Reasoning, Skip, Switch
from providers import FailureKind as K
from providers.base import AliveChunk, FinishChunk, ReasoningChunk, TextChunk
from providers.spec import Quirks
from tests.app.relay.support import (
    ScriptedWire,
    Wait,
    World,
    answer,
    ask,
    chain,
    cut,
    fail,
    kinds,
    leg,
    play,
    provider,
)

FINISH = FinishChunk("stop")


def world(**scripts):
    return World(ScriptedWire(**scripts))


# -- before the commit point


@pytest.mark.parametrize(
    "script",
    [
        [AliveChunk(), *fail(K.TRANSIENT, code="in_200")],
        [AliveChunk(), FINISH],
        [TextChunk(" \n\n"), FINISH],
        [TextChunk("\n"), *fail(K.TRANSIENT)],
        [ReasoningChunk("想"), *fail(K.NETWORK, code="cut")],
        [ReasoningChunk("想"), FINISH],
    ],
)
def test_what_breaks_before_visible_content_is_a_failure(script):
    w = world(a=[[Wait(2.5), *script]], b=[answer()])
    events = play(w.run(ask(chain("a", "b"))))
    assert w.wire.asked == ["a", "b"] and events[-1].text == "你好，世界"
    assert Switch("a:m", "b:m", "restart") in events
    assert [e.text for e in events if isinstance(e, Delta)] == ["你好", "，世界"]


def test_leading_blank_text_is_kept_once_something_visible_follows():
    w = world(a=[answer("\n", " ", "好")])
    assert play(w.run(ask(chain("a"))))[-1].text == "\n 好"


def test_thinking_is_told_but_is_no_answer():
    w = world(a=[[ReasoningChunk("想一想"), TextChunk("答"), FINISH]])
    events = play(w.run(ask(chain("a"))))
    assert Reasoning("想一想") in events and events[-1].text == "答"
    assert events[-1].usage.estimated and events[-1].usage.completion >= 2


def test_halves_of_a_surrogate_pair_meet():
    w = world(a=[answer("笑\ud83d", "\ude00好", "\ud83d")])
    assert play(w.run(ask(chain("a"))))[-1].text == "笑😀好\ufffd"


# -- a cut in the middle


def test_continue_hands_the_partial_text_on_and_marks_the_seam():
    w = world(a=[cut("第一句话说完了。第二句", "说到")], b=[answer("第二句说到这里", "，完。")])
    events = play(w.run(ask(chain("a", "b"))))
    assert Switch("a:m", "b:m", "continue") in events
    assert events[-1].text == "第一句话说完了。第二句说到这里，完。"
    sent = w.wire.calls[1].request.messages
    assert [m.role for m in sent] == ["user", "assistant", "user"] and sent[1].text.endswith("说到")
    first, second = w.journal.attempts
    assert (first.text_start, first.text_end, second.text_start) == (0, 13, 13)
    assert second.text_end == len(events[-1].text) and first.usage_estimated


def test_native_continuation_where_the_vendor_has_it():
    spec = provider("b", quirks=Quirks(prefix=True))
    w = world(a=[[ReasoningChunk("想法"), *cut("半句")]], b=[answer("话。")])
    events = play(w.run(ask((*chain("a"), *chain(leg("b", spec=spec))))))
    request = w.wire.calls[1].request
    assert request.prefix == "半句" and len(request.messages) == 1 and "想法" not in request.prefix
    assert events[-1].text == "半句话。"


def test_two_cuts_and_a_third_leg():
    w = world(a=[cut("一二三四")], b=[cut("五六七八")], c=[answer("九十。")])
    events = play(w.run(ask(chain("a", "b", "c"))))
    assert events[-1].text == "一二三四五六七八九十。"
    assert [r.text_start for r in w.journal.attempts] == [0, 4, 8]


def test_ask_keeps_the_text_and_ends():
    w = world(a=[cut("半句")], b=[answer()])
    events = play(w.run(ask(chain("a", "b"), policy=Policy(midstream="ask"))))
    assert isinstance(events[-1], Exhausted) and events[-1].text == "半句" and w.wire.asked == ["a"]


def test_restart_begins_anew_and_says_so():
    w = world(a=[cut("半句")], b=[answer("整句。")])
    events = play(w.run(ask(chain("a", "b"), policy=Policy(midstream="restart"))))
    assert Switch("a:m", "b:m", "restart") in events and events[-1].text == "整句。"
    assert w.journal.attempts[1].text_start == 0


def test_restart_with_nobody_left_keeps_what_was_read():
    w = world(a=[cut("半句")])
    events = play(w.run(ask(chain("a"), policy=Policy(midstream="restart"))))
    assert isinstance(events[-1], Exhausted) and events[-1].text == "半句"


def test_no_quick_retry_after_content_and_nobody_left_keeps_the_text():
    w = world(a=[cut("半句")])
    events = play(w.run(ask(chain("a"))))
    assert kinds(events) == ["Attempt", "Delta", "Failed", "Exhausted"]
    assert events[-1].text == "半句" and not events[-1].offline and events[2].partial == 2


def test_resuming_goes_on_from_the_stored_text():
    w = world(a=[answer("的一半。")])
    events = play(w.run(ask(chain("a"), partial="前面")))
    assert isinstance(events[-1], Done) and events[-1].text == "前面的一半。"
    assert w.journal.attempts[0].text_start == 2


def test_a_continuation_that_has_nothing_to_add_ends_the_answer():
    w = world(a=[cut("已经全部说完了。")], b=[answer("已经全部说完了。")])
    assert play(w.run(ask(chain("a", "b"))))[-1].text == "已经全部说完了。"


def test_a_continuation_that_breaks_while_it_repeats_adds_nothing():
    w = world(a=[cut("第一句话说完了，第二句")], b=[cut("第一句话")], c=[answer("也完了。")])
    assert play(w.run(ask(chain("a", "b", "c"))))[-1].text == "第一句话说完了，第二句也完了。"


# -- budgets


def test_first_byte_and_stall():
    w = world(a=[[Wait(999)]], b=[[TextChunk("半"), Wait(999)]], c=[answer("完")])
    events = play(w.run(ask(chain("a", "b", "c"))))
    codes = [(f.code, f.kind) for f in w.journal.attempts[:2]]
    assert codes == [("timeout", "network"), ("stall", "transient")]
    assert w.wire.calls[1].at == pytest.approx(20) and w.wire.calls[2].at == pytest.approx(40)
    assert events[-1].text == "半完" and all(c.closed for c in w.wire.calls)


def test_a_providers_own_budgets_win():
    spec = provider("a", first_byte=60.0, stall=90.0)
    w = world(a=[[Wait(40), TextChunk("慢"), Wait(80), TextChunk("慢"), FINISH]])
    assert play(w.run(ask(chain(leg("a", spec=spec)))))[-1].text == "慢慢"


def test_the_turns_budget_to_first_content_shortens_the_last_wait():
    w = world(**{c: [[Wait(999)]] for c in "abcd"})
    events = play(w.run(ask(chain(*"abcd"))))
    assert [c.at for c in w.wire.calls] == pytest.approx([0, 20, 40])
    assert isinstance(events[-1], Exhausted) and events[-1].offline and events[-1].limit == "seconds"


def test_a_limit_that_left_legs_unasked_is_told():
    failing = {c: [fail(K.TRANSIENT)] * 4 for c in "ab"}

    def limit(legs: str, most: int) -> str:
        end = play(world(**failing).run(ask(chain(*legs), policy=Policy(max_attempts=most))))[-1]
        assert isinstance(end, Exhausted)
        return end.limit

    assert limit("ab", 1) == "attempts"
    assert limit("ab", 4) == limit("a", 1) == ""


def test_thinking_and_keep_alives_are_life_up_to_a_cap():
    trickle = [step for _ in range(8) for step in (Wait(15), ReasoningChunk("想"))]
    w = world(a=[[*trickle, TextChunk("答"), FINISH]])
    assert play(w.run(ask(chain("a"))))[-1].text == "答"
    forever = [step for _ in range(200) for step in (Wait(15), AliveChunk())]
    w = world(a=[forever], b=[answer()])
    play(w.run(ask(chain("a", "b"), policy=Policy(first_content=999.0))))
    assert w.journal.attempts[0].code == "silent" and w.wire.calls[1].at == pytest.approx(300)


def test_a_slow_reader_is_not_a_stalled_vendor():
    w = world(a=[answer("一", "二")])

    async def go():
        texts = []
        async for event in w.relay.run(ask(chain("a"))):
            await asyncio.sleep(100)
            texts.append(event)
        return texts

    assert play(go())[-1].text == "一二"


def test_a_vendor_that_never_hangs_up_after_the_end_is_done():
    w = world(a=[[TextChunk("完"), FINISH, Wait(999)]])

    async def go():
        events = await w.run(ask(chain("a")))
        return events, asyncio.get_running_loop().time()

    events, took = play(go())
    assert isinstance(events[-1], Done) and took < 10


def test_waiting_does_not_eat_the_budget():
    w = world(a=[fail(K.RATE_LIMITED, retry_after=50.0), [Wait(15), *answer("好")]])
    assert play(w.run(ask(chain("a"))))[-1].text == "好"


# -- return and dwell


def test_the_preferred_leg_returns_at_a_turn_boundary_after_the_dwell():
    w = world(a=[fail(K.RATE_LIMITED, retry_after=10.0), answer()], b=[answer()])
    items = chain("a", "b")

    async def go():
        await w.run(ask(items))
        await asyncio.sleep(20)
        held = await w.run(ask(items))
        await asyncio.sleep(45)
        return held, await w.run(ask(items))

    held, back = play(go())
    assert w.wire.asked == ["a", "b", "b", "a"]
    assert isinstance(held[0], Skip) and held[0].reason == "cooldown" and held[0].until is not None
    assert kinds(back) == ["Attempt", "Delta", "Done"]


def test_a_fallback_that_fails_during_its_dwell_gives_the_baton_back():
    w = world(a=[fail(K.RATE_LIMITED, retry_after=10.0), answer()], b=[answer(), fail(K.QUOTA_EXHAUSTED)])
    items = chain("a", "b")

    async def go():
        await w.run(ask(items))
        await asyncio.sleep(20)
        return await w.run(ask(items))

    events = play(go())
    assert w.wire.asked == ["a", "b", "b", "a"] and events[-1].provider == "a"


def test_trying_a_leg_now_ends_cooldown_and_dwell():
    w = world(a=[fail(K.RATE_LIMITED), answer()], b=[answer()])
    items = chain("a", "b")

    async def go():
        await w.run(ask(items))
        w.health.try_now(items[0].legs[0])
        await w.run(ask(items))

    play(go())
    assert w.wire.asked == ["a", "b", "a"] and not w.journal.rows


def test_content_or_context_troubles_start_no_dwell():
    w = world(a=[fail(K.CONTENT_BLOCKED), answer()], b=[answer()])

    async def go():
        for _ in range(2):
            await w.run(ask(chain("a", "b"), policy=Policy(pass_blocked=True)))

    play(go())
    assert w.wire.asked == ["a", "b", "a"]


# -- turns that overlap


def test_overlapping_rate_limits_climb_one_rung():
    w = world(a=[[Wait(1), *fail(K.RATE_LIMITED)]], b=[answer()])

    async def go():
        await asyncio.gather(*(w.run(ask(chain("a", "b"))) for _ in range(5)))

    play(go())
    (row,) = w.journal.rows.values()
    assert row.level == 1


def test_overlapping_faults_open_the_breaker_by_one_step():
    w = world(a=[[Wait(3), *fail(K.TRANSIENT)]], b=[answer()])

    async def go():
        await asyncio.gather(*(w.run(ask(chain("a", "b"))) for _ in range(5)))

    play(go())
    row = w.journal.rows["a", "m", ""]
    assert row.level == 1 and row.until == pytest.approx(w.clock.start + 33)


def test_a_probe_that_reaches_nothing_is_not_repeated_at_once():
    w = world(a=[fail(K.TRANSIENT), fail(K.TRANSIENT), fail(K.NETWORK, code="dns")], b=[answer()])
    items = chain("a", "b")

    async def go():
        await w.run(ask(items))
        await asyncio.sleep(61)
        await w.run(ask(items))

    play(go())
    assert w.wire.asked == ["a", "a", "b", "a", "b"]


def test_an_old_success_does_not_clear_a_newer_failure():
    w = world(a=[[Wait(10), *answer()], fail(K.RATE_LIMITED)], b=[answer()])

    async def go():
        old = asyncio.create_task(w.run(ask(chain("a", "b"))))
        await asyncio.sleep(1)
        await w.run(ask(chain("a", "b")))
        assert isinstance((await old)[-1], Done)

    play(go())
    assert w.journal.rows["a", "", "a-1"].state == "cooling"


def test_a_graver_penalty_is_not_hidden_by_a_lighter_one():
    w = world(a=[fail(K.AUTH), [Wait(1), *fail(K.RATE_LIMITED)]], b=[answer()])

    async def go():
        w.wire.scripts["a:m"].reverse()
        slow = asyncio.create_task(w.run(ask(chain("a", "b"))))
        await asyncio.sleep(0.5)
        await w.run(ask(chain("a", "b")))
        await slow

    play(go())
    assert w.journal.rows["a", "", "a-1"].state == "off"


def test_a_restarted_program_goes_on_along_the_ladder():
    first = world(a=[fail(K.RATE_LIMITED)], b=[answer()])
    play(first.run(ask(chain("a", "b"))))
    rows = tuple(first.journal.rows.values())
    second = World(ScriptedWire(a=[fail(K.RATE_LIMITED)], b=[answer()]), rows=rows)
    second.journal.rows.update(first.journal.rows)
    second.clock.start += 91

    async def go():
        events = await second.run(ask(chain("a", "b")))
        (row,) = second.journal.rows.values()
        return events, row.until - second.clock.now()

    events, wait = play(go())
    assert kinds(events)[:2] == ["Attempt", "Failed"] and wait == pytest.approx(120)
