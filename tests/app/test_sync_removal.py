"""Messages removed on one computer are removed on the others, and come back where they are put back."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from tests.app.syncing import Profile, same, settle, told


@pytest.fixture
def story(arun: Any, tmp_path: Path) -> Callable[[Callable[..., Awaitable[None]]], None]:
    """Run a coroutine function with as many profiles as it has parameters, all on one folder."""
    return told(arun, tmp_path)


def test_a_removed_message_is_removed_there_and_comes_back_when_put_back(story: Any) -> None:
    async def go(a: Profile, b: Profile, c: Profile) -> None:
        for n in range(4):
            await a.say("one", f"m{n}", f"m{n - 1}" if n else None)
        await settle(a, b, c)
        removed = await a.store.remove_message("m2")
        await settle(a, b, c)
        same(a, b, c)
        assert {m[0] for m in c.held()["messages"]} == {"m0", "m1"}
        assert await a.store.put_back(removed)
        await settle(a, b, c)
        same(a, b, c)
        assert {m[0] for m in c.held()["messages"]} == {"m0", "m1", "m2", "m3"}
        assert (await c.store.conversation("one")).head == "m3"

    story(go)


def test_what_was_written_under_a_removed_message_keeps_it(story: Any) -> None:
    async def go(a: Profile, b: Profile, c: Profile) -> None:
        for n in range(3):
            await a.say("one", f"m{n}", f"m{n - 1}" if n else None)
        await settle(a, b, c)
        await a.store.remove_message("m1")
        await a.sync()
        await b.say("one", "new", "m1")
        await settle(a, b, c, rounds=4)
        same(a, b, c)
        assert {m[0]: m[2] for m in a.held()["messages"]} == {"m0": None, "m1": "m0", "new": "m1"}

    story(go)


async def _turns(profile: Profile, count: int) -> None:
    """q0 → a0 → q1 → a1 …"""
    before = None
    for n in range(count):
        await profile.say("one", f"q{n}", before)
        await profile.say("one", f"a{n}", f"q{n}", role="assistant")
        before = f"a{n}"


def test_a_message_removed_alone_is_removed_there_and_put_back_in_its_place(story: Any) -> None:
    async def go(a: Profile, b: Profile, c: Profile) -> None:
        await _turns(a, 3)
        await settle(a, b, c)
        whole = a.held()
        first = await a.store.remove_message("q0", alone=True)
        second = await a.store.remove_message("a1", alone=True)
        await settle(a, b, c)
        same(a, b, c)
        assert {m[0]: m[2] for m in c.held()["messages"]} == {"q1": None, "q2": "q1", "a2": "q2"}
        assert first is not None and second is not None
        assert await a.store.put_back(second) and await a.store.put_back(first)
        await settle(a, b, c)
        same(a, b, c)
        assert c.held()["messages"] == whole["messages"]

    story(go)


def test_neighbours_removed_alone_on_two_computers_end_alike(story: Any) -> None:
    async def go(a: Profile, b: Profile) -> None:
        await _turns(a, 4)
        await settle(a, b)
        await a.store.remove_message("a1", alone=True)
        await b.store.remove_message("q1", alone=True)
        await b.store.remove_message("a2", alone=True)
        await a.say("one", "new", "a0")
        await settle(a, b, rounds=4)
        same(a, b)
        parents = {m[0]: m[2] for m in b.held()["messages"]}
        assert parents == {"q0": None, "a0": "q0", "new": "a0", "q2": "a0", "q3": "q2", "a3": "q3"}

    story(go)


def test_what_was_written_under_a_message_removed_alone_keeps_it(story: Any) -> None:
    async def go(a: Profile, b: Profile, c: Profile) -> None:
        await _turns(a, 2)
        await settle(a, b, c)
        await a.store.remove_message("a0", alone=True)
        await b.say("one", "new", "a0")
        await settle(a, b, c, rounds=4)
        same(a, b, c)
        parents = {m[0]: m[2] for m in c.held()["messages"]}
        assert parents == {"q0": None, "a0": "q0", "new": "a0", "q1": "q0", "a1": "q1"}

    story(go)
