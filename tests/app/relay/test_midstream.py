"""An answer that breaks off while the user wants to be asked, and thinking that never becomes text."""

from __future__ import annotations

from app.policy import Policy
from app.relay.events import Exhausted, Switch
from providers.base import ReasoningChunk
from providers.spec import Quirks
from tests.app.relay.support import K, ScriptedWire, World, answer, ask, chain, cut, fail, leg, play, provider

ASK = Policy(midstream="ask")


def world(**scripts):
    return World(ScriptedWire(**scripts))


def test_who_would_go_on_is_named_and_not_asked():
    w = world(a=[cut("半句")], b=[answer()])
    end = play(w.run(ask(chain("a", "b"), policy=ASK)))[-1]
    assert isinstance(end, Exhausted) and end.asks == "b:m" and end.text == "半句"
    assert w.wire.asked == ["a"]


def test_nobody_is_named_when_nobody_is_left():
    w = world(a=[cut("半句")])
    assert play(w.run(ask(chain("a"), policy=ASK)))[-1].asks is None


def test_a_failure_before_any_text_is_not_asked_about():
    w = world(a=[fail(K.QUOTA_EXHAUSTED)], b=[answer("好")])
    assert play(w.run(ask(chain("a", "b"), policy=ASK)))[-1].text == "好"


def test_legs_that_would_bill_or_rest_are_not_named():
    w = world(a=[cut("半句")], b=[answer()], c=[answer()])
    from providers.spec import BillingClass

    paid = leg("b", billing=BillingClass.PAID)
    assert play(w.run(ask((*chain("a"), *chain(paid), *chain("c")), policy=ASK)))[-1].asks == "c:m"


def test_the_users_word_continues_from_the_text():
    w = world(a=[cut("半句")], b=[answer("话。")])

    async def go():
        await w.run(ask(chain("a", "b"), policy=ASK))
        return await w.run(ask(chain("a", "b"), policy=ASK, partial="半句", extra_skip=frozenset({"a:m"})))

    assert play(go())[-1].text == "半句话。"


def test_thinking_is_never_a_prefix():
    native = provider("b", quirks=Quirks(prefix=True))
    w = world(a=[[ReasoningChunk("想了很久"), *cut("半句")]], b=[answer("话。")])
    play(w.run(ask((*chain("a"), *chain(leg("b", spec=native))))))
    request = w.wire.calls[1].request
    assert request.prefix == "半句"
    assert not any("想了很久" in message.text for message in request.messages)


def test_a_stream_that_only_thought_starts_anew_elsewhere():
    w = world(a=[[ReasoningChunk("想"), *fail(K.NETWORK, code="cut")]], b=[answer("好")])
    events = play(w.run(ask(chain("a", "b"))))
    assert Switch("a:m", "b:m", "restart") in events and events[-1].text == "好"
    assert len(w.wire.calls[1].request.messages) == 1 or w.wire.asked == ["a", "a", "b"]


def test_a_model_that_always_thinks_is_asked_in_words():
    spec = provider("b", quirks=Quirks(prefix=True))
    w = world(a=[cut("半句")], b=[answer("话。")])
    play(w.run(ask((*chain("a"), *chain(leg("b", spec=spec, thinking="always"))))))
    request = w.wire.calls[1].request
    assert request.prefix == "" and [m.role for m in request.messages] == ["user", "assistant", "user"]
