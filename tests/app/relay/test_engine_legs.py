"""Which legs are asked: skips, consent, pinning, offline, order, and the limit of attempts."""

from __future__ import annotations

import pytest

from app.errors import KnownError
from app.policy import Policy
from app.relay.events import (
    Done,
    Exhausted,
    Failed,
    Skip,
)
from app.relay.ports import Remaining
from providers import FailureKind as K
from providers.base import ChatMessage, ImagePart
from providers.spec import BillingClass
from tests.app.relay.support import (
    NOON,
    MemoryKeys,
    ScriptedWire,
    World,
    answer,
    ask,
    chain,
    fail,
    leg,
    play,
    provider,
)

PAID = BillingClass.PAID
GRANT = BillingClass.GRANT


def world(**scripts):
    return World(ScriptedWire(**scripts))


def test_every_reason_to_skip():
    images = (ChatMessage("user", "看", (ImagePart("image/png", b"x"),)),)
    w = world(g=[answer()])
    w.keys = MemoryKeys({"a": {}})
    w.__post_init__()
    items = chain(
        "a", leg("b", enabled=False), leg("c", billing=PAID), leg("d", context=900), leg("g", vision=True)
    )
    events = play(w.run(ask(items, messages=images)))
    reasons = [(e.provider, e.reason) for e in events if isinstance(e, Skip)]
    assert reasons == [("a", "no_key"), ("b", "disabled"), ("c", "paid"), ("d", "capability")]
    assert [r.outcome for r in w.journal.attempts] == ["skipped"] * 4 + ["answered"]
    assert w.journal.attempts[0].kind == "no_key"


def test_too_little_quota_left_is_skipped():
    class Ledger:
        def remaining(self, leg, now):
            return Remaining(tokens=300, until=NOON + 9) if leg.provider.id == "a" else None

    w = World(ScriptedWire(b=[answer()]), ledger=Ledger())
    events = play(w.run(ask(chain("a", "b"))))
    assert events[0] == Skip("a", "m", "quota_low", NOON + 9)


def test_paid_legs_need_consent():
    paid = leg("a", billing=PAID)
    w = world(a=[answer()])
    assert isinstance(play(w.run(ask(chain(paid), policy=Policy(spend="ask"))))[-1], Exhausted)
    assert isinstance(play(w.run(ask(chain(paid), consented=frozenset({"a:m"}))))[-1], Done)
    assert isinstance(play(w.run(ask(chain(paid), policy=Policy(spend="allow"))))[-1], Done)


def test_a_pinned_leg_has_no_fallback():
    w = world(b=[fail(K.QUOTA_EXHAUSTED)], c=[answer()])
    items = chain("a", "b", "c")
    events = play(w.run(ask(items, pinned="b:m")))
    assert w.wire.asked == ["b"] and isinstance(events[-1], Exhausted)
    with pytest.raises(KnownError):
        play(w.run(ask(items, pinned="gone:m")))


def test_a_locked_keyring_is_a_skip_with_its_sentence():
    w = world(b=[answer()])
    w.keys = MemoryKeys({"a": {"k": KnownError("relay.key_gone")}})
    w.__post_init__()
    events = play(w.run(ask(chain("a", "b"))))
    assert events[0].reason == "no_key" and events[0].note and isinstance(events[-1], Done)


def test_offline_penalises_nothing():
    w = world(a=[fail(K.NETWORK, code="dns")], b=[fail(K.NETWORK, code="refused")])
    events = play(w.run(ask(chain("a", "b"))))
    assert events[-1].offline and not w.journal.rows and len(events[-1].failures) == 4
    again = play(w.run(ask(chain("a", "b"))))
    assert not [e for e in again if isinstance(e, Skip)]


def test_one_dead_host_is_penalised_once_another_answers():
    w = world(a=[fail(K.NETWORK, code="dns")], b=[answer()])
    play(w.run(ask(chain("a", "b"))))
    assert w.journal.rows["a", "", ""].state == "open"


def test_a_local_answer_proves_no_network():
    local = leg("o", spec=provider("o", local=True, auth="none"))
    w = world(a=[fail(K.NETWORK, code="dns")], o=[answer()])
    events = play(w.run(ask((*chain("a"), *chain(local)))))
    assert isinstance(events[-1], Done) and not w.journal.rows and w.wire.calls[-1].secret is None


def test_at_most_five_attempts():
    w = world(**{c: [fail(K.TRANSIENT)] for c in "abcdefg"})
    events = play(w.run(ask(chain(*"abcdefg"))))
    assert w.wire.asked == ["a", "a", "b", "c", "d"] and isinstance(events[-1], Exhausted)


def test_an_empty_chain_ends_at_once():
    assert play(world().run(ask(()))) == [Exhausted(False, (), ())]


def test_legs_left_out_by_wish_are_not_asked():
    w = world(b=[answer()])
    play(w.run(ask(chain("a", "b"), extra_skip=frozenset({"a:m"}))))
    assert w.wire.asked == ["b"]


def test_practice_is_never_persisted():
    spec = provider("p", dialect="practice", auth="none")
    w = world(p=[fail(K.QUOTA_EXHAUSTED)], b=[answer()])
    play(w.run(ask((*chain(leg("p", spec=spec)), *chain("b")))))
    assert not w.journal.rows and w.health.rows()


def test_failures_keep_the_vendors_words():
    w = world(a=[fail(K.QUOTA_EXHAUSTED, status=403, code="X.Y", message="原话", hint="h")], b=[answer()])
    events = play(w.run(ask(chain("a", "b"))))
    failed = next(e for e in events if isinstance(e, Failed))
    assert (failed.n, failed.failure.code, failed.partial) == (1, "X.Y", 0)
    record = w.journal.attempts[0]
    assert (record.outcome, record.status, record.code, record.text) == ("failed", 403, "X.Y", "原话")
    assert (record.hint, record.prompt_tokens) == ("h", None)


def test_the_order_of_the_chain():
    class Ledger:
        def remaining(self, leg, now):
            return Remaining(expires=NOON + {"a": 900, "b": 300}.get(leg.provider.id, 10**9))

    w = World(ScriptedWire(), ledger=Ledger())
    play(w.run(ask(chain("c", "a", "b"), policy=Policy(order="expiring"))))
    assert w.wire.asked == ["b"]
    w.relay.pace.learn("c:m", 900, 0.0)
    w.relay.pace.learn("a:m", 10, 0.0)
    w.relay.pace.learn("b:m", 300, 0.0)
    play(w.run(ask(chain("c", "a", "b"), policy=Policy(order="fastest"))))
    assert w.wire.asked == ["b", "a"]
