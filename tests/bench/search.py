"""The search in a large history: how long a two-character word takes, whether all of it is right, how much
the index weighs, and whether the window keeps up with the typing. The floors are raw FTS5 phrase queries on
the same file, through the same module.

`JIELI_BENCH_MESSAGES` and `JIELI_BENCH_TERMS` change the size (200 000 and 500).
"""

from __future__ import annotations

import asyncio
import os
import random
import sqlite3
import statistics
import tempfile
import time
from contextlib import closing
from pathlib import Path

from app.clock import SystemClock
from app.search import parse
from app.search_text import term
from app.store.search import Search
from app.store.store import Store
from tests.bench import corpus
from tests.bench.measure import Result
from tests.bench.search_exact import exact
from tests.bench.typing_window import typing

LIMIT = 50
TIMES = 3
_SIZE = 100


def search() -> list[Result]:
    """Builds the file, measures, and throws it away."""
    messages = int(os.environ.get("JIELI_BENCH_MESSAGES", "200000"))
    count = int(os.environ.get("JIELI_BENCH_TERMS", "500"))
    with tempfile.TemporaryDirectory(prefix="jieli-search-") as folder:
        results = asyncio.run(_measure(Path(folder), messages, count))
        # The last one, because the window writes into the file.
        return [*results, *typing(Path(folder))]


async def _measure(folder: Path, messages: int, count: int) -> list[Result]:
    clock = SystemClock()
    path = folder / "jieli.db"
    store = await Store.open(path, clock, folder / "running")
    await store.close()
    _fill(path, messages)
    store = await Store.open(path, clock, folder / "running")
    try:
        began = time.perf_counter()
        await store.search.catch_up()
        seconds = time.perf_counter() - began
        note = f"first indexing of {messages} messages took {seconds:.0f} s"
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as db:
            text, index = _sizes(db)
            words = _words(db, 200)
            return [
                Result("search index by its text", "MB", text / 1e6, index / 1e6, bar=1.2, note=note),
                *await _times(db, store.search, words),
                exact(db, count),
            ]
    finally:
        await store.close()


def _fill(path: Path, messages: int) -> None:
    chance = random.Random(20261122)
    now = time.time()
    with closing(sqlite3.connect(path)) as db, db:
        for number in range(max(1, messages // _SIZE)):
            name, at = f"c{number}", now - (messages - number * _SIZE) * 60
            title = corpus.sentence(chance)[:24]
            db.execute(
                "INSERT INTO conversation (id, title, created_at, updated_at) VALUES (?, ?, ?, ?)",
                (name, title, at, at + _SIZE * 60),
            )
            db.executemany(
                "INSERT INTO message (id, conversation, parent, role, status, created_at, updated_at, text)"
                " VALUES (?, ?, ?, ?, 'done', ?, ?, ?)",
                (
                    (
                        f"{name}-{n}", name, f"{name}-{n - 1}" if n else None,
                        "assistant" if n % 2 else "user", at + n * 60, at + n * 60,
                        corpus.message(chance, long=n % 2 == 1),
                    )
                    for n in range(_SIZE)
                ),
            )  # fmt: skip


def _sizes(db: sqlite3.Connection) -> tuple[int, int]:
    """Bytes of the messages' text, and of the index."""
    text = db.execute("SELECT sum(length(CAST(text AS BLOB))) FROM message").fetchone()[0]
    parts = {"data": "block", "idx": "term", "docsize": "sz"}
    index = sum(
        db.execute(f"SELECT coalesce(sum(length(CAST({column} AS BLOB))), 0) FROM message_search_{name}")
        .fetchone()[0]
        for name, column in parts.items()
    )  # fmt: skip
    return text, index


def _words(db: sqlite3.Connection, count: int) -> list[str]:
    """Two-character Chinese words as they stand in the messages, common and rare ones."""
    chance = random.Random(2)
    texts = [row[0] for row in db.execute("SELECT text FROM message WHERE seq % 997 = 0")]
    found: list[str] = []
    while len(found) < count:
        text = chance.choice(texts)
        at = chance.randrange(max(1, len(text) - 1))
        word = text[at : at + 2]
        made = term(word)
        if made is not None and made.plain is not None and len(word) == 2:
            found.append(word)
    return found


async def _times(db: sqlite3.Connection, search: Search, words: list[str]) -> list[Result]:
    """Each word in turn: the phrase query alone, the same for its newest texts, and our search."""
    phrase_only = "SELECT rowid FROM message_search WHERE message_search MATCH ?"
    with_texts = (
        "SELECT m.id, m.text FROM message_search f CROSS JOIN message m ON m.seq = f.rowid"
        f" WHERE f.message_search MATCH ? ORDER BY f.rowid DESC LIMIT {LIMIT}"
    )
    raw: list[float] = []
    texts: list[float] = []
    ours: list[float] = []
    for word in words:
        query, match = parse(word, time.time()), f'"{" ".join(word)}"'
        best = [float("inf")] * 3
        for _ in range(TIMES):
            for n, sql in ((0, phrase_only), (1, with_texts)):
                began = time.perf_counter()
                db.execute(sql, (match,)).fetchall()
                best[n] = min(best[n], time.perf_counter() - began)
            began = time.perf_counter()
            await search.find(query, LIMIT)
            best[2] = min(best[2], time.perf_counter() - began)
        for values, value in zip((raw, texts, ours), best, strict=True):
            values.append(value * 1000)
    newest = (
        f"the newest {LIMIT} texts alone, without titles, checks and snippets: median"
        f" {statistics.median(texts):.2f}, p95 {_p95(texts):.2f} ms"
    )
    return [
        Result("search a two-character word, p95", "ms", _p95(raw), _p95(ours), most=30.0, note=newest),
        Result("the same by a raw phrase query, p95", "ms", _p95(raw), _p95(ours), bar=2.0),
        Result(
            "the same, median", "ms", statistics.median(raw), statistics.median(ours), bar=2.0
        ),
    ]  # fmt: skip


def _p95(values: list[float]) -> float:
    return statistics.quantiles(values, n=20)[-1]
