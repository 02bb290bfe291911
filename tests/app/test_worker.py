"""The worker: order, results, errors, callers that go away, threads that are stuck."""

from __future__ import annotations

import asyncio
import threading

import pytest

from app.worker import Worker


def _fail() -> None:
    raise ValueError("no")


def test_jobs_run_in_order_on_one_other_thread(arun) -> None:
    seen: list[int] = []
    threads: set[int] = set()

    def note(n: int) -> int:
        seen.append(n)
        threads.add(threading.get_ident())
        return n * 2

    async def main() -> int:
        worker = Worker("t", lambda error: pytest.fail(str(error)))
        for n in range(50):
            worker.post(note, n)
        result = await worker.call(note, 50)
        await worker.close()
        return result

    assert arun(main()) == 100
    assert seen == list(range(51))
    assert len(threads) == 1
    assert threading.get_ident() not in threads


def test_an_error_reaches_the_caller_and_the_thread_goes_on(arun) -> None:
    errors: list[BaseException] = []

    async def main() -> int:
        worker = Worker("t", errors.append)
        with pytest.raises(ValueError, match="no"):
            await worker.call(_fail)
        result = await worker.call(lambda: 7)
        await worker.close()
        return result

    assert arun(main()) == 7
    assert errors == []


def test_an_error_of_a_posted_job_is_reported(arun) -> None:
    errors: list[BaseException] = []

    async def main() -> None:
        worker = Worker("t", errors.append)
        worker.post(_fail)
        await worker.close()

    arun(main())
    assert [type(e) for e in errors] == [ValueError]


def test_news_and_errors_are_delivered_when_the_caller_was_cancelled(arun) -> None:
    errors: list[BaseException] = []
    news: list[str] = []

    async def main() -> None:
        worker = Worker("t", errors.append)
        gate = threading.Event()
        worker.post(gate.wait)

        async def caller(fn) -> None:
            await worker.call_then(news.append, fn)

        tasks = [asyncio.create_task(caller(lambda: "done")), asyncio.create_task(caller(_fail))]
        await asyncio.sleep(0)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        gate.set()
        await worker.close()

    arun(main())
    assert news == ["done"]
    assert [type(e) for e in errors] == [ValueError]


def test_a_closed_worker_refuses(arun) -> None:
    async def main() -> None:
        worker = Worker("t", lambda error: None)
        await worker.close()
        await worker.close()
        with pytest.raises(RuntimeError, match="closed"):
            worker.post(_fail)

    arun(main())


def test_an_abandoned_worker_does_not_hold_anybody_up(arun) -> None:
    gate = threading.Event()

    async def main() -> None:
        worker = Worker("t", lambda error: None)
        call = worker.call(gate.wait)
        worker.abandon()
        await asyncio.sleep(0)
        assert not call.done()
        gate.set()
        await call

    arun(main())


def test_it_works_in_the_loop_of_the_window(run) -> None:
    async def main() -> int:
        worker = Worker("t", lambda error: None)
        result = await worker.call(lambda: 3)
        await worker.close()
        return result

    assert run(main()) == 3


def test_an_error_while_telling_others_does_not_leave_the_caller_waiting(arun) -> None:
    heard: list[str] = []

    async def main() -> int:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _loop, context: heard.append(str(context["exception"])))
        worker = Worker("t", lambda error: pytest.fail(str(error)))

        def tell(_result: int) -> None:
            raise ValueError("told")

        result = await worker.call_then(tell, lambda: 7)
        await worker.close()
        return result

    assert arun(main()) == 7
    assert heard == ["told"]
