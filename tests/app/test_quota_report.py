"""What the quota page adds up, against sums made by hand from the same attempts."""

from __future__ import annotations

import asyncio
import csv
import io
import math
import random
import time
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable
from pathlib import Path

from app import i18n, quota_report
from app.amounts import amount_in, day_in
from app.ledger.cost import cost
from app.quota_report import Report
from app.store.entries import AttemptRecord
from app.store.store import Store
from app.wording import LegLabel
from tests.ui.samples import SetClock

DAY = 86400.0


def label(name: str) -> LegLabel:
    return LegLabel(name.upper(), name[0], "")


def attempts(now: float) -> list[AttemptRecord]:
    """Three weeks of turns at four providers, one of them practice."""
    chance, made = random.Random(3), []
    for turn in range(300):
        at = now - chance.random() * 21 * DAY
        for n in range(1, 4):
            provider = chance.choice(("a", "b", "c", "play"))
            outcome = chance.choice(("answered", "answered", "failed", "skipped", "stopped"))
            kind = {"failed": chance.choice(("rate_limited", "network")), "skipped": "paid"}.get(outcome)
            counted = outcome == "answered" and chance.random() < 0.7
            made.append(
                AttemptRecord(
                    id=f"{turn}-{n}",
                    message=None,
                    n=n,
                    provider=provider,
                    model=chance.choice(("m1", "m2")),
                    outcome=outcome,  # type: ignore[arg-type]
                    billing=chance.choice(("free", "paid")),
                    started_at=at + n,
                    kind=kind,
                    first_content_ms=chance.randrange(80, 4000) if outcome != "failed" else None,
                    duration_ms=chance.randrange(100, 9000),
                    prompt_tokens=chance.randrange(900) if counted else None,
                    completion_tokens=chance.randrange(900) if counted else None,
                    estimated_prompt=70,
                    estimated_completion=30,
                )
            )
            if outcome == "answered":
                break
    return made


def with_report(
    tmp_path: Path,
    records: list[AttemptRecord],
    check: Callable[[Store, Report], Awaitable[None]],
    now: float,
) -> None:
    async def scenario() -> None:
        store = await Store.open(tmp_path / "jieli.db", SetClock(now), tmp_path / "locks")
        try:
            for record in records:
                store.post_attempt(record)
            report = await quota_report.load(store, 14, now, ["play"], label, str.title)
            await check(store, report)
        finally:
            await store.close()

    asyncio.run(scenario())


def test_every_number_is_that_of_the_attempts(tmp_path: Path) -> None:
    now = SetClock().now()
    records = attempts(now)

    async def check(store: Store, report: Report) -> None:
        first = time.localtime(report.since)
        assert (first.tm_hour, first.tm_min) == (0, 0) and len(report.days) == 14
        assert report.days[-1] == time.strftime("%Y-%m-%d", time.localtime(now))
        seen = [r for r in records if r.started_at >= report.since and r.provider != "play"]
        tokens: dict[str, Counter[str]] = defaultdict(Counter)
        calls: dict[str, Counter[str]] = defaultdict(Counter)
        for record in seen:
            day = time.strftime("%Y-%m-%d", time.localtime(record.started_at))
            tokens[record.provider][day] += cost(record).tokens
            calls[record.provider][day] += cost(record).calls
        for series, counted in ((report.tokens, tokens), (report.calls, calls)):
            for one in series:
                assert list(one.values) == [counted[one.id][day] for day in report.days]
                assert one.name == one.id.upper()
            assert [sum(s.values) for s in series] == sorted((sum(s.values) for s in series), reverse=True)
        for speed in report.speeds:
            times = [r.first_content_ms for r in seen if r.provider == speed.provider and r.first_content_ms]
            times.sort()
            place = [math.ceil(len(times) * share) - 1 for share in (0.1, 0.5, 0.9)]
            assert [speed.low, speed.median, speed.high] == [times[p] for p in place]
        for rate in report.failures:
            mine = [r for r in seen if r.provider == rate.provider and r.outcome != "skipped"]
            assert (rate.total, rate.failed) == (len(mine), sum(r.outcome == "failed" for r in mine))
        held = Counter((r.provider, r.model) for r in seen if r.outcome == "skipped")
        assert {(p, m): n for p, m, n in report.held_back} == held
        assert all(lap.at >= report.today for lap in report.laps)
        paid = [r for r in records if r.billing == "paid" and r.started_at >= report.since]
        billed = await store.billed(report.since)
        assert sum(row.calls for row in billed) == sum(cost(r).calls for r in paid) > 0
        assert sum(row.prompt + row.completion for row in billed) == sum(cost(r).tokens for r in paid) > 0
        assert all(min(row.prompt, row.completion) >= 0 for row in billed)

    with_report(tmp_path, records, check, now)


def test_only_what_another_leg_went_on_with_is_a_pass(tmp_path: Path) -> None:
    now = SetClock().now()

    async def scenario() -> None:
        store = await Store.open(tmp_path / "jieli.db", SetClock(now), tmp_path / "locks")
        try:
            from app.context import new_message

            talk = await store.create_conversation(title="x")
            question = new_message(talk.id, None, "user", "?", "done", now)
            answers = [new_message(talk.id, question.id, "assistant", "", "done", now) for _ in range(3)]
            await store.add_turn(talk.id, question, answers[0])
            for answer in answers[1:]:
                await store.add_message(answer)
            rows = (
                (0, 1, "a", "failed"), (0, 2, "b", "answered"),  # passed on
                (1, 1, "a", "failed"), (1, 2, "a", "answered"),  # tried once more by the same leg
                (2, 1, "a", "failed"), (2, 2, "b", "skipped"),  # nobody took it
            )  # fmt: skip
            for i, n, provider, outcome in rows:
                kind = "rate_limited" if outcome == "failed" else None
                made = AttemptRecord(
                    id=f"{i}-{n}",
                    message=answers[i].id,
                    n=n,
                    provider=provider,
                    model="m",
                    outcome=outcome,  # type: ignore[arg-type]
                    started_at=now - 60 + n,
                    conversation=talk.id,
                    kind=kind,
                )
                store.post_attempt(made)
            report = await quota_report.load(store, 7, now, [], label, str.title)
            (passed,) = report.switches
            assert (passed.id, passed.name, passed.values[-1]) == ("rate_limited", "Rate_Limited", 1)
            assert [lap.provider for lap in report.laps] == ["a", "a", "a", "b", "a"]
        finally:
            await store.close()

    asyncio.run(scenario())


def test_the_exported_table_holds_no_formula(tmp_path: Path) -> None:
    now = SetClock().now()
    record = AttemptRecord("1", None, 1, "=cmd", "@m", "answered", now - 9, prompt_tokens=3)

    async def check(_store: Store, report: Report) -> None:
        i18n.set_language("en")
        text = quota_report.csv_text(report)
        assert text.startswith("\ufeffday,provider,model,")
        (row,) = list(csv.reader(io.StringIO(text[1:])))[1:]
        assert row[1:] == ["'=cmd", "'@m", "3", "1", "0", "0"]

    with_report(tmp_path, [record], check, now)


def test_nothing_used_is_an_empty_report(tmp_path: Path) -> None:
    async def check(_store: Store, report: Report) -> None:
        assert report.empty and not report.tokens and not report.speeds and len(report.days) == 14

    with_report(tmp_path, [], check, SetClock().now())


def test_amounts_are_read_as_people_write_them() -> None:
    for text, meant in (
        ("312000", 312_000), ("312,000", 312_000), ("31.2万", 312_000), ("３１．２ 万", 312_000),
        ("312k", 312_000), ("1.5M", 1_500_000), ("0", 0), ("2 亿", 200_000_000),
        ("30万 tokens", 300_000), ("5,000次", 5000), ("3千", 3000), ("1 token", 1), ("token", None),
        ("", None), ("-5", None), ("1.5", None), ("很多", None), ("1e9", None), ("99999999亿", None),
    ):  # fmt: skip
        assert amount_in(text) == meant, text
    assert day_in("2026-12-31", "Asia/Shanghai") == 1798732800.0
    for same in ("2026/12/31", "２０２６．１２．３１", "2026年12月31日", "2026-12-31 23:59:59"):
        assert day_in(same, "Asia/Shanghai") == 1798732800.0, same
    assert day_in("2026-12-31 08:00", "UTC") is None, "it ends within that day, not with it"
    assert day_in("2026-02-30", "Asia/Shanghai") is None and day_in("soon", "UTC") is None
