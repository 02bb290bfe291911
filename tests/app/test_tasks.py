"""Task scopes: holding, reporting, cancelling."""

from __future__ import annotations

import asyncio
import gc

import pytest

from app.tasks import TaskScope


def test_a_task_is_held_until_it_ends(arun) -> None:
    async def main() -> list[str]:
        done: list[str] = []
        scope = TaskScope(lambda error: pytest.fail(str(error)))
        gate = asyncio.Event()

        async def work() -> None:
            await gate.wait()
            done.append("done")

        scope.start(work(), "work")
        await asyncio.sleep(0)
        gc.collect()
        assert len(scope) == 1
        gate.set()
        await asyncio.sleep(0.01)
        assert len(scope) == 0
        await scope.close()
        return done

    assert arun(main()) == ["done"]


def test_an_error_is_reported_once_and_does_not_end_the_scope(arun) -> None:
    errors: list[BaseException] = []

    async def main() -> int:
        scope = TaskScope(errors.append)

        async def fail() -> None:
            raise ValueError("no")

        async def work() -> int:
            return 3

        with pytest.raises(ValueError):
            await scope.start(fail(), "fail")
        result = await scope.start(work(), "work")
        await scope.close()
        return result

    assert arun(main()) == 3
    assert [str(e) for e in errors] == ["no"]


def test_close_cancels_and_waits_for_clean_up(arun) -> None:
    errors: list[BaseException] = []
    cleaned: list[str] = []

    async def main() -> None:
        scope = TaskScope(errors.append)

        async def work(name: str) -> None:
            try:
                await asyncio.Event().wait()
            finally:
                await asyncio.sleep(0)
                cleaned.append(name)

        scope.start(work("a"), "a")
        scope.start(work("b"), "b")
        await asyncio.sleep(0)
        await scope.close()
        assert sorted(cleaned) == ["a", "b"]
        with pytest.raises(RuntimeError, match="closed"):
            scope.start(work("c"), "c")

    arun(main())
    assert errors == []


def test_a_task_may_close_its_own_scope(arun) -> None:
    async def main() -> bool:
        scope = TaskScope(lambda error: pytest.fail(str(error)))

        async def last() -> bool:
            await scope.close()
            return True

        return await scope.start(last(), "last")

    assert arun(main())


def test_a_branch_ends_with_its_scope_and_keeps_back_what_was_expected(arun) -> None:
    errors: list[BaseException] = []

    async def main() -> None:
        scope = TaskScope(errors.append)
        branch = scope.branch(lambda error: str(error) == "expected")

        async def fail(text: str) -> None:
            raise ValueError(text)

        for text in ("expected", "not"):
            with pytest.raises(ValueError, match=text):
                await branch.start(fail(text), text)
        waiting = branch.start(asyncio.Event().wait(), "waits")
        await scope.close()
        assert waiting.cancelled()
        with pytest.raises(RuntimeError, match="closed"):
            branch.start(fail("late"), "late")

    arun(main())
    assert [str(error) for error in errors] == ["not"]
