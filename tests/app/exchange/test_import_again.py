"""Importing again what was changed here since: what was removed, and what lies in the bin."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import Any

from app.clock import SystemClock
from app.exchange.imports.importer import Importer, Report
from app.exchange.imports.telling import sentences
from app.store import kin
from app.store.store import Store
from tests.app.exchange import exports_of_others as others
from tests.app.exchange.test_import import written


async def open_store(home: Path) -> Store:
    return await Store.open(home / "jieli.db", SystemClock(), home / "running")


def test_what_was_removed_here_stays_removed_and_later_words_follow_what_is_left(
    arun: Any, tmp_path: Path
) -> None:
    def exported(length: int) -> Path:
        nodes = [
            others.node(
                f"n{n}",
                f"n{n - 1}" if n else None,
                "assistant" if n % 2 else "user",
                f"第{n}句",
                *([f"n{n + 1}"] if n + 1 < length else []),
            )
            for n in range(length)
        ]
        one = others.tree(*nodes, title="长", conversation_id="long", current_node=f"n{length - 1}")
        return written(tmp_path / "conversations.json", [one])

    async def scenario() -> None:
        store = await open_store(tmp_path)

        async def shown(path: Path) -> tuple[Report, list[str]]:
            report = await Importer(store, SystemClock()).run([path], lambda _: None)
            [one] = await store.conversations()
            found = await store.messages(await store.branch(one.id))
            assert all(len(message.siblings) == 1 for message in found)
            return report, [message.text for message in found]

        try:
            await shown(exported(8))
            [one] = await store.conversations()
            branch = await store.branch(one.id)
            # A question with its answer from the middle, and the last answer.
            removed = await store.remove_message(branch[2], alone=True)
            assert removed is not None
            await store.remove_message(branch[7])
            left = ["第0句", "第1句", "第4句", "第5句", "第6句"]
            report, texts = await shown(exported(8))
            assert report.nothing and report.same == 1 and texts == left
            report, texts = await shown(exported(10))
            assert (report.more, report.messages) == (1, 2) and texts == [*left, "第8句", "第9句"]
            assert await store.put_back(removed)
            report, texts = await shown(exported(10))
            assert report.nothing and texts[2:5] == ["第2句", "第3句", "第4句"]
        finally:
            await store.close()

    arun(scenario())


def test_what_was_put_back_elsewhere_comes_in_again_at_its_old_place(arun: Any, tmp_path: Path) -> None:
    """That it is back may be known before it has come: removals and returns are notes of their own."""
    nodes = [
        others.node(f"n{n}", f"n{n - 1}" if n else None, "assistant" if n % 2 else "user", f"{n}", *after)
        for n, after in enumerate([["n1"], ["n2"], ["n3"], []])
    ]
    export = written(
        tmp_path / "conversations.json",
        [others.tree(*nodes, title="t", conversation_id="c", current_node="n3")],
    )

    async def scenario() -> None:
        store = await open_store(tmp_path)
        try:
            await Importer(store, SystemClock()).run([export], lambda _: None)
            [one] = await store.conversations()
            branch = await store.branch(one.id)
            removed = await store.remove_message(branch[0], alone=True)
            assert removed is not None and len(removed.ids) == 2
            assert await store.branch(one.id) == branch[2:]
            report = await Importer(store, SystemClock()).run([export], lambda _: None)
            assert report.nothing and await store.branch(one.id) == branch[2:]
            with closing(sqlite3.connect(tmp_path / "jieli.db")) as db, db:
                kin.note_back(db, [branch[0]], time.time() + 1)
            report = await Importer(store, SystemClock()).run([export], lambda _: None)
            assert (report.more, report.messages) == (1, 1)
            assert await store.branch(one.id) == [branch[0], *branch[2:]]
            found = await store.messages(await store.branch(one.id))
            assert [message.text for message in found] == ["0", "2", "3"]
            # Removed once more, it stays removed.
            assert await store.remove_message(branch[0], alone=True) is not None
            report = await Importer(store, SystemClock()).run([export], lambda _: None)
            assert report.nothing and await store.branch(one.id) == branch[2:]
        finally:
            await store.close()

    arun(scenario())


def test_what_lies_in_the_bin_is_told_and_comes_out_for_what_was_said_since(
    arun: Any, tmp_path: Path
) -> None:
    def exported(*times: float) -> Path:
        nodes = [
            others.node(f"n{n}", f"n{n - 1}" if n else None, "user", f"{n}", f"n{n + 1}", create_time=at)
            for n, at in enumerate(times)
        ]
        one = others.tree(*nodes, title="旧", conversation_id="old")
        return written(tmp_path / "conversations.json", [one])

    async def scenario() -> None:
        store = await open_store(tmp_path)

        async def imported(path: Path) -> tuple[Report, int]:
            report = await Importer(store, SystemClock()).run([path], lambda _: None)
            return report, len(await store.conversations())

        try:
            await imported(exported(1.7e9))
            [one] = await store.conversations()
            await store.delete_conversations([one.id])
            report, shown = await imported(exported(1.7e9))
            assert (report.same, report.binned, shown) == (1, 1, 0) and "回收站" in sentences(report)[-1]
            report, shown = await imported(exported(1.7e9, 1.7e9 + 60))
            assert (report.more, report.binned, shown) == (1, 1, 0)
            report, shown = await imported(exported(1.7e9, 1.7e9 + 60, time.time() + 60))
            assert (report.more, report.binned, shown) == (1, 0, 1)
        finally:
            await store.close()

    arun(scenario())
