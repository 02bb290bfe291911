"""Rows of grants and corrections that were damaged in the file: they never make a leg look unmetered."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace

import pytest

from app.store.entries import DAMAGED
from app.store.spending import MOST_TOKENS
from tests.app.ledger.test_ledger import Desk, Play, desk, pack
from tests.app.relay.support import leg

__all__ = ["desk"]


@pytest.mark.parametrize(
    "damage",
    [
        "amount = -5",
        "amount = 9223372036854775807",
        "unit = 'bananas'",
        "\"window\" = 'weird'",
        "hours = -1",
        "models = '{oops'",
        "started_at = -1e300",
        "expires_at = 9e999",
        "created_at = -1e300",
    ],
)
def test_a_damaged_grant_counts_as_used_up_until_it_is_entered_again(desk: Play, damage: str) -> None:
    async def scene(d: Desk) -> None:
        await d.store.put_grant(pack("g", 1000))
        with closing(sqlite3.connect(d.store.path)) as db, db:
            db.execute(f'UPDATE "grant" SET {damage}')
        ledger = await d.open()
        assert ledger.metered(leg("g", "m")) and d.left("g:m") == 0
        (shown,) = ledger.views()
        assert shown.grant.source == DAMAGED and shown.remaining == 0
        await ledger.correct([shown.grant], 300)
        assert d.left("g:m") == 300
        await ledger.edit(replace(shown.grant, amount=500))
        assert [grant.source for grant in await d.store.grants()] == ["user"]

    desk(scene)


def test_a_damaged_correction_says_that_nothing_is_left(desk: Play) -> None:
    async def scene(d: Desk) -> None:
        ledger = await d.open(pack("g", 1000))
        await ledger.correct(ledger.grants("g"), 300)
        with closing(sqlite3.connect(d.store.path)) as db, db:
            db.execute("UPDATE correction SET remaining = -7, expires_at = 9e999")
        assert await d.open() is d.ledger
        assert d.left("g:m") == 0

    desk(scene)


def test_a_damaged_count_neither_refills_a_grant_nor_is_too_large_to_add_up(desk: Play) -> None:
    async def scene(d: Desk) -> None:
        await d.open(pack("g", 1000))
        for _ in range(4):
            d.spend("g:m", 100)
        await d.store.attempts([])  # what was posted is written
        with closing(sqlite3.connect(d.store.path)) as db, db:
            (one, two, three, _four) = [row[0] for row in db.execute("SELECT id FROM attempt ORDER BY id")]
            db.execute("UPDATE attempt SET prompt_tokens = -4611686018427387904 WHERE id = ?", (one,))
            db.execute("UPDATE attempt SET completion_tokens = -5, billing = 'paid' WHERE id = ?", (two,))
        await d.open()
        assert d.left("g:m") == 700
        with closing(sqlite3.connect(d.store.path)) as db, db:
            db.execute(
                "UPDATE attempt SET prompt_tokens = 9223372036854775807, completion_tokens = 1 "
                "WHERE id IN (?, ?)",
                (two, three),
            )
        await d.open()
        assert d.left("g:m") == 0
        (billed,) = await d.store.billed(0.0)
        assert (billed.calls, billed.prompt, billed.completion) == (1, MOST_TOKENS, 1)

    desk(scene)
