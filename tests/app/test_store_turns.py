"""Answers that grow, are resumed, are cut by a crash; attempts, health, grants and keys."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from app.store.entries import AttemptRecord, Correction, GrantRow, HealthRow, KeyRecord, Spent
from app.store.journal import StoreJournal
from tests.app.parts import StillClock, answer, attempt, message, opened


def test_a_growing_answer_is_kept_and_an_ended_one_is_left_alone(arun, tmp_path: Path) -> None:
    async def main() -> None:
        async with opened(tmp_path) as store:
            made = await store.create_conversation()
            await store.add_turn(made.id, message("q", made.id), answer("a", made.id, "q"))
            store.post_text("a", "第一", "想")
            (found,) = await store.messages(["a"])
            assert (found.text, found.reasoning, found.status) == ("第一", "想", "streaming")
            assert await store.save_answer(
                "a",
                text="第一句",
                status="done",
                provider="zhipu",
                model="glm",
                finish="stop",
                reasoning_ms=5,
            )
            store.post_text("a", "late", "late")
            (found,) = await store.messages(["a"])
            assert (found.text, found.reasoning, found.finish) == ("第一句", "想", "stop")
            assert (found.provider, found.model, found.reasoning_ms) == ("zhipu", "glm", 5)
            assert not await store.save_answer("nobody", text="x")

    arun(main())


def test_saving_some_fields_leaves_the_others(arun, tmp_path: Path) -> None:
    async def main() -> None:
        async with opened(tmp_path) as store:
            made = await store.create_conversation()
            await store.add_message(answer("a", made.id, None, "text"), head=True)
            await store.save_answer("a", finish=None, model="m")
            (found,) = await store.messages(["a"])
            assert (found.text, found.model, found.finish, found.status) == ("text", "m", None, "streaming")

    arun(main())


def test_resuming_an_answer_makes_it_stream_again(arun, tmp_path: Path) -> None:
    async def main() -> None:
        async with opened(tmp_path) as store:
            made = await store.create_conversation()
            await store.add_message(
                message("a", made.id, None, "half", "assistant", "interrupted"), head=True
            )
            assert (await store.conversations())[0].interrupted
            await store.save_answer("a", status="streaming")
            assert not (await store.conversations())[0].interrupted
            store.post_text("a", "half and more", "")
            assert await store.recover() == []
            (found,) = await store.messages(["a"])
            assert (found.text, found.status) == ("half and more", "streaming")

    arun(main())


def test_an_interrupted_answer_marks_only_the_branch_it_ends(arun, tmp_path: Path) -> None:
    async def main() -> None:
        async with opened(tmp_path) as store:
            made = await store.create_conversation()
            await store.add_message(message("q", made.id), head=True)
            cut = message("a", made.id, "q", "half", "assistant", "interrupted")
            await store.add_message(cut, head=True)
            await store.add_message(message("b", made.id, "q", "whole", "assistant"), head=True)
            assert not (await store.conversations())[0].interrupted
            await store.show_sibling(made.id, "a")
            assert (await store.conversations())[0].interrupted

    arun(main())


def test_the_last_note_on_an_attempt_wins(arun, tmp_path: Path) -> None:
    full = AttemptRecord(
        id="x", message="a", n=2, provider="alibaba", model="qwen-plus", outcome="failed", started_at=5.0,
        key="k", conversation=None, kind="quota_exhausted", code="FreeTierOnly", status=403, text="用完了",
        hint="alibaba_free", retry_after=1.5, until=9.0, billing="grant", first_content_ms=3, duration_ms=4,
        text_start=0, text_end=7, prompt_tokens=11, completion_tokens=20, reasoning_tokens=1, cached_tokens=2,
        usage_estimated=True, estimated_prompt=12, estimated_completion=21,
    )  # fmt: skip

    async def main() -> None:
        async with opened(tmp_path) as store:
            journal = StoreJournal(store)
            made = await store.create_conversation()
            await store.add_message(answer("a", made.id, None))
            journal.attempt(replace(full, outcome="running"))
            journal.attempt(full)
            journal.attempt(attempt("skip", "a", n=1, outcome="skipped", kind="no_key", started_at=1.0))
            found = await store.attempts(["a", "nobody"])
            assert list(found) == ["a"]
            assert [r.id for r in found["a"]] == ["skip", "x"]
            assert found["a"][1] == full

    arun(main())


def test_attempts_outlive_their_messages(arun, tmp_path: Path) -> None:
    async def main() -> None:
        async with opened(tmp_path) as store:
            made = await store.create_conversation()
            await store.add_message(answer("a", made.id, None), head=True)
            store.post_attempt(attempt("x", "a", conversation=made.id, prompt_tokens=10, completion_tokens=5))
            await store.delete_conversation(made.id)
            await store.purge_deleted(older_than=-1)
            store.post_attempt(attempt("late", "a", conversation=made.id, prompt_tokens=1))
            found = await store.attempts_between(0.0)
            assert [(r.id, r.message, r.conversation) for r in found] == [
                ("x", None, None),
                ("late", None, None),
            ]

    arun(main())


def test_what_was_spent_is_summed_by_model(arun, tmp_path: Path) -> None:
    async def main() -> None:
        async with opened(tmp_path) as store:
            store.post_attempt(attempt("1", None, prompt_tokens=10, completion_tokens=5, started_at=100.0))
            store.post_attempt(
                attempt(
                    "2", None, outcome="stopped", estimated_prompt=7, estimated_completion=3, started_at=200.0
                )
            )
            store.post_attempt(attempt("3", None, outcome="skipped", kind="no_key", started_at=200.0))
            store.post_attempt(attempt("4", None, outcome="failed", kind="auth", started_at=200.0))
            store.post_attempt(attempt("5", None, model="glm-5", prompt_tokens=1, started_at=300.0))
            store.post_attempt(attempt("6", None, provider="alibaba", prompt_tokens=1, started_at=300.0))
            whole = await store.spent("zhipu")
            assert whole == [
                Spent("zhipu", "glm-4.7-flash", 2, 17, 8, True),
                Spent("zhipu", "glm-5", 1, 1, 0, False),
            ]
            assert await store.spent("zhipu", "glm-4.7-flash", since=150.0, until=300.0) == [
                Spent("zhipu", "glm-4.7-flash", 1, 7, 3, True)
            ]
            found = await store.attempts_between(150.0, 300.0, "zhipu")
            assert [r.id for r in found] == ["2", "3", "4"]

    arun(main())


def test_health_rows_replace_each_other_and_are_forgotten(arun, tmp_path: Path) -> None:
    row = HealthRow("zhipu", "", "k", "off", None, 1, "auth", "1002", "bad key", None, 5.0)

    async def main() -> None:
        async with opened(tmp_path) as store:
            journal = StoreJournal(store)
            journal.health(row)
            journal.health(replace(row, model="glm", state="cooling", until=9.0))
            journal.health(replace(row, level=2))
            assert sorted(await store.health(), key=lambda r: r.model) == [
                replace(row, level=2),
                replace(row, model="glm", state="cooling", until=9.0),
            ]
            journal.forget("zhipu", "glm", "k")
            assert await store.health() == [replace(row, level=2)]
            await store.delete_key("k")
            assert await store.health() == []

    arun(main())


def test_keys_keep_their_order(arun, tmp_path: Path) -> None:
    first = KeyRecord("k1", "zhipu", "工作", "7d1c", 1, 1.0)
    second = KeyRecord("k2", "zhipu", "家", "0000", 0, 2.0, 3.0, "ok", None, 400)
    other = KeyRecord("k3", "alibaba", "", "", 0, 2.0, 3.0, "auth", "auth", None)

    async def main() -> None:
        async with opened(tmp_path) as store:
            await store.put_key(first, second, other)
            assert await store.keys() == [other, second, first]
            await store.put_key(replace(first, label="新"))
            await store.delete_key("k2")
            assert await store.keys() == [other, replace(first, label="新")]

    arun(main())


def test_grants_and_corrections(arun, tmp_path: Path) -> None:
    lasting = GrantRow(
        "g1", "zhipu", "tokens", None, 1.0, window="day", hard_stop=True, timezone="Asia/Shanghai"
    )
    ending = GrantRow(
        "g2",
        "alibaba",
        "tokens",
        1_000_000,
        2.0,
        models=("qwen-plus", "qwen-max"),
        expires_at=9.0,
        note="新用户",
    )
    seen = Correction("c1", "alibaba", "qwen-plus", "g2", "tokens", 312_000, None, 5.0, "user")

    async def main() -> None:
        async with opened(tmp_path) as store:
            await store.put_grant(lasting)
            await store.put_grant(ending)
            assert await store.grants() == [ending, lasting]
            later = replace(seen, id="c2", at=6.0, source="vendor", remaining=300_000)
            await store.put_correction(later)
            await store.put_correction(seen)
            await store.put_correction(replace(seen, id="c3", provider="zhipu", grant_id=None))
            assert await store.corrections("alibaba") == [seen, later]
            await store.delete_correction("c2")
            await store.delete_grant("g2")
            assert [c.id for c in await store.corrections()] == ["c3"]
            assert await store.grants() == [lasting]

    arun(main())


def test_small_values(arun, tmp_path: Path) -> None:
    async def main() -> None:
        async with opened(tmp_path, StillClock()) as store:
            assert await store.meta("x") is None
            await store.set_meta("x", "1")
            await store.set_meta("x", "2")
            assert await store.meta("x") == "2"
            await store.set_meta("x", None)
            assert await store.meta("x") is None

    arun(main())
