"""Homes full of conversations, written once for a run."""

from __future__ import annotations

import asyncio
import random
import sqlite3
import time
from pathlib import Path

from app.clock import SystemClock
from app.paths import locate

_WORDS = [
    "额度", "接力", "密钥", "服务商", "模型", "上下文", "计费", "冷却", "今天", "用户",
    "计算机", "数据库", "索引", "事务", "线程", "窗口", "渲染", "排序", "relay", "token",
    "stream", "cache", "index", "thread", "window", "query", "sort", "merge", "async", "await",
    "retry",
]  # fmt: skip


def _sentence(chance: random.Random, words: int) -> str:
    return "，".join("".join(chance.choices(_WORDS, k=4)) for _ in range(max(1, words // 4))) + "。"


def _answer(chance: random.Random) -> str:
    parts = [_sentence(chance, chance.randrange(8, 60)) for _ in range(chance.randrange(1, 4))]
    if chance.random() < 0.2:
        parts.append("```python\ndef f(x: int) -> int:\n    return x + 1\n```")
    if chance.random() < 0.1:
        parts.append("| 模型 | 剩余 |\n| --- | --- |\n| qwen-plus | 12 万 |\n| glm | 86 万 |")
    return "\n\n".join(parts)


def _open_once(database: Path, locks: Path) -> None:
    """Make the database by the program's own code, or index what was written into it since."""
    from app.store.store import Store

    async def go() -> None:
        store = await Store.open(database, SystemClock(), locks)
        await store.search.catch_up()
        await store.close()

    asyncio.run(go())


def home(folder: Path, conversations: int, messages: int, *, long_one: int = 0) -> Path:
    """A home with so many conversations and messages in all; `long_one` adds a pinned conversation of that
    many messages, which stands first in the list. Returns the folder to give to `--home`."""
    paths = locate(folder, {})
    paths.ensure()
    _open_once(paths.database_file, paths.locks)
    chance = random.Random(20261122)
    now = time.time()
    sizes = [(messages // conversations, 0)] * conversations + ([(long_one, 1)] if long_one else [])
    with sqlite3.connect(paths.database_file) as db:
        for number, (size, pinned) in enumerate(sizes):
            _conversation(db, chance, f"c{number}", size, pinned, now - (len(sizes) - number) * 3600)
    db.close()
    _open_once(paths.database_file, paths.locks)
    return folder


_ATTEMPT = (
    "INSERT INTO attempt (id, message, conversation, n, provider, model, outcome, started_at, kind, code,"
    " hint, first_content_ms, duration_ms, text_start, text_end, prompt_tokens, completion_tokens)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
_MESSAGE = (
    "INSERT INTO message (id, conversation, parent, role, status, created_at, updated_at, provider, model,"
    " text) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)


def _conversation(
    db: sqlite3.Connection, chance: random.Random, name: str, size: int, pinned: int, at: float
) -> None:
    db.execute(
        "INSERT INTO conversation (id, title, created_at, updated_at, pinned) VALUES (?, ?, ?, ?, ?)",
        (name, _sentence(chance, 8)[:24], at, at + size, pinned),
    )
    messages: list[tuple[object, ...]] = []
    attempts: list[tuple[object, ...]] = []
    for n in range(size):
        me, parent = f"{name}-{n}", f"{name}-{n - 1}" if n else None
        asked = n % 2 == 0
        text = _sentence(chance, 12) if asked else _answer(chance)
        role, leg = ("user", (None, None)) if asked else ("assistant", ("zhipu", "glm-4.7-flash"))
        messages.append((me, name, parent, role, "done", at + n, at + n, *leg, text))
        if not asked:
            attempts += _attempts(me, name, at + n, len(text), n // 2)
    db.executemany(_MESSAGE, messages)
    db.executemany(_ATTEMPT, attempts)
    db.execute("UPDATE conversation SET head = ? WHERE id = ?", (f"{name}-{size - 1}", name))


def _attempts(
    message: str, conversation: str, at: float, length: int, number: int
) -> list[tuple[object, ...]]:
    """How an answer came about: mostly at once, each fifth by a pass, each seventh continued after a cut."""
    first, last = ("alibaba", "qwen-plus"), ("zhipu", "glm-4.7-flash")
    passed, seam = number % 5 == 1, length // 2 if number % 7 == 3 else 0
    found: list[tuple[object, ...]] = []
    if passed:
        why = ("quota_exhausted", "AllocationQuota.FreeTierOnly", None)
        head = (f"{message}-a", message, conversation, 1, *first, "failed", at)
        found.append((*head, *why, None, 180, None, None, None, None))
    elif seam:
        head = (f"{message}-a", message, conversation, 1, *first, "failed", at)
        found.append((*head, "network", "reset", None, 310, 1900, 0, seam, None, None))
    head = (f"{message}-b", message, conversation, len(found) + 1, *last, "answered", at)
    found.append((*head, None, None, None, 400, 5200, seam, length, 900, 300))
    return found
