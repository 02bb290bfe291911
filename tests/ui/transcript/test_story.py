"""What is told of a turn, from its attempts."""

from __future__ import annotations

import time

import pytest

from app import i18n
from app.asking import Price
from app.i18n import tr
from app.relay.events import Attempt, Delta, Exhausted, Failed, Reasoning, Skip, Switch
from providers import Failure, FailureKind
from tests.ui.transcript.makers import NOW, StillClock, attempt, message, names
from ui.transcript.card_model import alone, card_for, payment_card
from ui.transcript.endings import broke_off, ending_inks
from ui.transcript.folds import thinking_words
from ui.transcript.inks import Baton, Mark, Tile, spoken
from ui.transcript.live import LiveTurn
from ui.transcript.story import attributed, details, footnote, headline, seams

PASSED = [
    attempt(1, "alibaba:qwen", "failed", kind="quota_exhausted", status=403, code="Free", duration_ms=310),
    attempt(
        2,
        "zhipu:glm",
        "failed",
        kind="rate_limited",
        code="1302",
        text_start=0,
        text_end=842,
        duration_ms=9200,
    ),
    attempt(
        3,
        "tencent:hy3",
        "answered",
        first_content_ms=600,
        text_start=842,
        text_end=1000,
        prompt_tokens=1024,
        completion_tokens=386,
        billing="free",
    ),
]


def test_the_line_names_who_began_and_why_others_did_not() -> None:
    line = headline(PASSED, names)
    assert "alibaba qwen" in spoken(line) and "zhipu glm" in spoken(line)
    assert "tencent" not in spoken(line), "the seam names who went on"
    assert [type(i) for i in line if isinstance(i, Mark | Baton | Tile)] == [Mark, Baton, Tile]


def test_one_leg_needs_no_arrow() -> None:
    line = headline([attempt(1, "zhipu:glm", "answered", first_content_ms=400)], names)
    assert spoken(line) == "zhipu glm 首字 0.4 s"


def test_an_imported_answer_names_its_model() -> None:
    assert spoken(attributed(message("a", "assistant", "答", model="gpt-4o"), names)) == "gpt-4o"
    known = attributed(message("a", "assistant", "答", provider="zhipu", model="glm"), names)
    assert spoken(known) == "zhipu glm"
    assert attributed(message("a", "assistant", "答"), names) == []
    assert attributed(message("a", "user", "问", model="gpt-4o"), names) == []


def test_the_seam_stands_where_the_text_was_cut() -> None:
    (seam,) = seams(PASSED, names, 1000)
    assert seam.at == 842
    assert "zhipu glm 限速" in spoken(seam.inks) and "tencent hy3 从这里接着写 · 0.6 s" in spoken(seam.inks)
    assert seams(PASSED[:1], names, 0) == []


def test_details_say_everything_once() -> None:
    rows = details(PASSED, names)
    assert [r.mark.state for r in rows] == ["parked", "cooling", "running"]
    assert rows[0].facts == "0.3 s · 403 Free"
    assert rows[1].did == "写到 842 字时限速"
    assert rows[2].did == "接着写完" and rows[2].answered
    assert "1,024 + 386 token" in rows[2].facts


def test_the_footnote_counts_tokens() -> None:
    assert footnote(message("m", "assistant", "x"), PASSED) == "1,024 + 386 token · 免费"
    assert "写满长度" in footnote(message("m", "assistant", "x", finish="length"), [])


@pytest.mark.parametrize(
    ("kind", "action"),
    [
        ("region_blocked", None),
        ("quota_exhausted", "recheck"),
        ("rate_limited", "try_now"),
        ("transient", "try_now"),
        ("context_too_long", None),
        ("bad_request", None),
    ],
)
def test_a_leg_alone_says_in_a_sentence_why_and_offers_what_helps(kind: str, action: str | None) -> None:
    failed = message("m", "assistant", "", status="failed")
    one = attempt(1, "near:glm", "failed", kind=kind, status=429, text="vendor said", until=NOW + 42)
    card = card_for(failed, [one], names, NOW)
    assert card is not None and card.lines == () and card.heading == "near glm 没有回答"
    assert card.sentence.startswith(tr(f"hint.kind_{kind}")) and "恢复" in card.sentence
    offered = [choice.action for choice in card.choices]
    assert offered[0] == "add_provider" and (action is None or action in offered)
    assert ("retry" in offered) != ("try_now" in offered)
    assert len([choice for choice in card.choices if choice.kind == "primary"]) == 1
    assert "vendor said" in card.words
    shown = [choice.action for choice in alone(card).choices]
    assert shown and "add_provider" not in shown


def test_cards_say_what_happened() -> None:
    failed = message("m", "assistant", "", status="failed")
    blocked = card_for(failed, [attempt(1, "zhipu:glm", "failed", kind="content_blocked")], names, NOW)
    assert blocked is not None and "内容审核" in blocked.heading
    assert [c.action for c in blocked.choices] == ["edit", "next_leg"]
    key = card_for(failed, [attempt(1, "baidu:e", "failed", kind="auth", text="bad", status=401)], names, NOW)
    assert key is not None and key.choices[0].action == "replace_key" and "HTTP 401" in key.words
    offline = card_for(message("m", "assistant", "", status="waiting"), [], names, NOW)
    assert offline is not None and offline.icon == "offline"
    # What is in the way here is said, and what the system said is one click away; no vendor said it.
    proxy = attempt(
        1, "zhipu:glm", "failed", kind="network", code="proxy", hint="network_proxy", text="Errno 111"
    )
    behind = card_for(message("m", "assistant", "", status="waiting"), [proxy], names, NOW)
    assert behind is not None and "代理" in behind.sentence and "Errno 111" in behind.words
    assert (behind.words_of, key.words_of) == ("系统原话", "服务商原话")
    # A turn that a limit ended says so, in whole sentences.
    most = message("m", "assistant", "", status="failed", note='{"limit": "attempts"}')
    cut = card_for(most, [attempt(1, "zhipu:glm", "failed", kind="network", code="stall")], names, NOW)
    assert cut is not None and "在这里中断。这一轮问的次数到了上限" in cut.sentence
    # A server on this computer that is not running is no lost network.
    local = [attempt(1, "ollama:q", "failed", kind="network", code="refused", hint="network_refused")]
    stopped = card_for(failed, local, names, NOW)
    assert stopped is not None and stopped.icon != "offline" and "启动" in stopped.sentence
    legs = [
        attempt(1, "zhipu:glm", "failed", kind="rate_limited", until=NOW + 42),
        attempt(2, "tencent:hy3", "skipped", kind="no_key"),
        attempt(3, "alibaba:qwen", "skipped", kind="cooldown", code="parked"),
    ]
    card = card_for(failed, legs, names, NOW)
    clock = time.strftime("%H:%M", time.localtime(NOW + 42))
    assert card is not None and clock in card.sentence and "zhipu glm" in card.sentence
    assert [line.choice.action for line in card.lines if line.choice] == ["try_now", "replace_key", "recheck"]
    assert len([c for c in card.choices if c.kind == "primary"]) == 1
    assert card_for(message("m", "assistant", "text", status="failed"), legs, names, NOW) is None
    assert card_for(message("m", "assistant", "", status="done"), legs, names, NOW) is None
    card = payment_card(Price("p:x", 1460), names)
    assert [c.action for c in card.choices] == ["pay_once", "pay_here", "dismiss"]
    assert card.choices[0].argument == "p:x" and "1,460" in card.sentence


def test_keys_behind_a_keyring_are_not_missing() -> None:
    failed = message("m", "assistant", "", status="failed")
    locked = attempt(1, "zhipu:glm", "skipped", kind="no_key", code="locked", text="锁着，先解锁")
    parked = attempt(2, "alibaba:qwen", "skipped", kind="cooldown", code="parked")
    card = card_for(failed, [locked, parked], names, NOW)
    assert card is not None and [c.action for c in card.choices] == ["unlock"]
    assert card.heading == "系统密钥环锁着，取不到密钥"
    assert [line.leg for line in card.lines] == ["alibaba qwen"], "why the others could not"
    unread = attempt(1, "zhipu:glm", "skipped", kind="no_key", code="unread", text="KWallet 出错了")
    card = card_for(failed, [unread], names, NOW)
    assert card is not None and (card.sentence, card.choices[0].text) == ("KWallet 出错了", "再试一次")
    # Beside a leg that was asked, the list tells of both.
    asked = attempt(2, "baidu:e", "failed", kind="rate_limited", until=NOW + 42)
    card = card_for(failed, [locked, asked], names, NOW)
    assert card is not None
    assert [line.choice.action for line in card.lines if line.choice] == ["unlock", "try_now"]
    assert card.lines[0].reason == "密钥环锁着" and card.lines[0].choice is not None
    assert card.lines[0].choice.text == "解锁密钥环"


def test_endings() -> None:
    assert ending_inks("done", 5, []) == []
    assert "已保存 612 字" in spoken(ending_inks("interrupted", 612, []))
    assert "停" in spoken(ending_inks("stopped", 0, []))
    assert broke_off(attempt(1, "a:b", "failed", kind="transient", code="stall")).count("在这里中断") == 1
    assert broke_off(attempt(1, "a:b", "failed", kind="transient")) == "临时出错，在这里中断"
    assert thinking_words(6200, thinking=False) == "思考了 6 秒"
    i18n.set_language("en")
    assert thinking_words(900, thinking=False) == "Thought for 1 second"


def test_a_running_turn_gathers_the_same_records() -> None:
    clock = StillClock()
    live = LiveTurn(message("m", "assistant", "", status="streaming"), [], clock)
    live.apply(Skip("x", "y", "no_key"))
    live.apply(Attempt(1, "zhipu", "glm"))
    live.apply(Reasoning("hm"))
    assert live.thinking
    clock.time += 2
    live.apply(Delta("abc"))
    assert not live.thinking and live.thinking_ms() == 2000
    live.apply(Failed(1, "zhipu", "glm", Failure(FailureKind.RATE_LIMITED, code="1302"), partial=3))
    live.apply(Switch("zhipu:glm", "tencent:hy3", "continue"))
    live.apply(Attempt(2, "tencent", "hy3"))
    live.apply(Delta("def"))
    assert [(r.outcome, r.text_start, r.text_end) for r in live.records] == [
        ("skipped", None, None),
        ("failed", 0, 3),
        ("running", 3, 6),
    ]
    assert live.records[1].first_content_ms == 2000
    assert [s.at for s in seams(live.records, names, live.length)] == [3]
    live.apply(Switch("a", "b", "restart"))
    assert live.text == "" and live.restarts == 1
    live.apply(Exhausted(False, (), ()))
    assert live.ended
