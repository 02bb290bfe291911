"""Numbers that cannot be, and ledger, books or estimates in trouble: the turn goes on and costs no money."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.ledger.cost import cost
from app.policy import Policy
from app.relay.estimate import Estimator
from app.relay.ports import Remaining
from providers import Failure
from providers.base import FinishChunk, TextChunk, UsageChunk
from tests.app.relay.support import K, ScriptedWire, World, answer, ask, chain, cut, fail, leg, play


def world(**scripts):
    return World(ScriptedWire(**scripts))


def test_a_ledger_in_trouble_neither_breaks_the_turn_nor_costs_money(caplog):
    from providers.spec import BillingClass

    class Broken:
        def remaining(self, leg, now):
            raise KeyError(leg.id)

    w = World(ScriptedWire(b=[answer("好")]), ledger=Broken())
    items = (*chain(leg("a", billing=BillingClass.GRANT)), *chain("b"))
    events = play(w.run(ask(items, policy=Policy(order="expiring"))))
    assert events[-1].text == "好" and w.wire.asked == ["b"]
    assert "could not tell" in caplog.text


class BrokenBooks:
    """Books whose every method fails."""

    def __getattr__(self, name):
        raise ZeroDivisionError(name)


def test_books_in_trouble_neither_break_the_turn_nor_cost_money_twice(caplog):
    from providers.spec import BillingClass

    class Plenty:
        def remaining(self, leg, now):
            return Remaining(tokens=10**6)

    w = World(ScriptedWire(a=[answer("甲")], b=[answer("乙")]), ledger=Plenty(), books=BrokenBooks())
    items = chain(leg("a", billing=BillingClass.GRANT), leg("b", billing=BillingClass.FREE))
    first = play(w.run(ask(items)))
    assert first[-1].text in ("甲", "乙") and len(w.journal.attempts) >= 1
    second = play(w.run(ask(items)))
    assert second[-1].text == "乙" and w.wire.asked.count("a") <= 1, "asked on books that miss an attempt"
    assert "could not take in an attempt" in caplog.text


def test_an_estimator_in_trouble_breaks_no_turn(caplog):
    class Broken(Estimator):
        def prompt(self, model, messages):
            raise OverflowError

        def text(self, model, text):
            raise ValueError

        def answer(self, model, max_tokens=None):
            raise ZeroDivisionError

        def learn(self, model, messages, text, **counts):
            raise TypeError

    w = World(ScriptedWire(a=[cut("半")], b=[answer("句")]), estimator=Broken())
    events = play(w.run(ask(chain("a", "b"))))
    assert events[-1].text == "半句"
    failed = next(r for r in w.journal.attempts if r.outcome == "failed")
    assert failed.prompt_tokens and failed.completion_tokens and failed.usage_estimated
    assert "could not count" in caplog.text


@pytest.mark.parametrize(
    ("counts", "estimated"),
    [
        ([UsageChunk(0, 0)], True),
        ([UsageChunk(9, 0)], True),
        ([UsageChunk(0, 9)], True),
        ([UsageChunk(9, 30)], False),
        ([UsageChunk(9, 30), UsageChunk(0, 0)], False),
    ],
)
def test_a_count_of_nothing_for_an_answer_that_was_read_is_no_count(counts, estimated):
    script = [TextChunk("一句并不很短的话，" * 5), FinishChunk("stop"), *counts]
    w = world(a=[script])
    events = play(w.run(ask(chain("a"), "问" * 40)))
    (record,) = w.journal.attempts
    assert record.usage_estimated is estimated is events[-1].usage.estimated
    assert (record.prompt_tokens or 0) >= 9 and (record.completion_tokens or 0) >= 9


def test_what_was_counted_on_the_way_is_not_the_count_of_a_broken_answer():
    script = [TextChunk("前半句"), UsageChunk(9, 1), Failure(K.NETWORK, code="cut")]
    w = world(a=[script], b=[answer("后半句")])
    play(w.run(ask(chain("a", "b"))))
    failed = next(r for r in w.journal.attempts if r.provider == "a")
    assert failed.usage_estimated and failed.prompt_tokens == 9
    assert cost(failed).tokens >= 9 + 600, "the vendor may have gone on writing"


def test_a_stored_state_nobody_knows_keeps_no_leg_back():
    w = World(ScriptedWire(a=[fail(K.AUTH)], b=[answer("好")]))
    play(w.run(ask(chain("a", "b"))))
    (row,) = w.journal.rows.values()
    again = World(ScriptedWire(a=[answer("好了")]), rows=(replace(row, state="odd"),))
    assert play(again.run(ask(chain("a", "b"))))[-1].text == "好了"
