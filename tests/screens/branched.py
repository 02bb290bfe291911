"""Conversations with more than one way through them: answers side by side, versions of a question."""

from __future__ import annotations

import json
import sqlite3
import time
from pathlib import Path

from app.paths import locate
from app.store.schema_v2 import checksum
from tests.bench import seed

CHAIN = ["zhipu:glm-4.7-flash", "tencent:hy3", "sensetime:sensenova-6.8-flash-lite", "alibaba:qwen-plus"]
SETTINGS = {"chain": CHAIN}
KEYS = ("zhipu", "tencent", "sensetime", "alibaba")

QUESTION = "桌面程序里，SQLite 该用 WAL 还是回滚日志？"

FIRST = """### 结论：默认用 WAL

桌面程序读多写少，还要边写边读，WAL 更合适：读不挡写，写不挡读。

```python
db.execute("PRAGMA journal_mode=WAL")
db.execute("PRAGMA synchronous=NORMAL")
```

1. `journal_mode=WAL` 设一次就记在文件里；
2. `synchronous=NORMAL` 断电最多丢最后几笔事务，文件不坏；
3. 检查点默认每 1,000 页一次，长读事务会拖住它。

例外：数据库放在网络盘上时不要用 WAL，共享内存文件在那里不可靠。
"""

SECOND = """### 看三件事再选

- **并发**：有后台写线程就选 WAL。
- **存放位置**：网络盘只能用 `DELETE`。
- **备份方式**：WAL 下要连 `-wal` 一起拷，或用备份接口。

| 项目 | WAL | DELETE |
|---|---|---|
| 读写并行 | 可以 | 不可以 |
| 网络盘 | 不可用 | 勉强 |
"""

THIRD = """两种模式的差别在于改动先写到哪里。

回滚日志先把**旧页**抄到 `-journal`，再改主文件；WAL 则把**新页**追加到 `-wal`，之后再合并。"""

_ADD = (
    "INSERT INTO message (id, conversation, parent, role, status, created_at, updated_at, text, note,"
    " column_group, crc) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)


def _add(
    db: sqlite3.Connection,
    conversation: str,
    me: str,
    parent: str | None,
    text: str,
    *,
    status: str = "done",
    column: tuple[int, str] | None = None,
) -> None:
    now = time.time()
    role = "assistant" if me.startswith("a") else "user"
    note = None if column is None else json.dumps({"column": column[0], "leg": column[1]})
    group = None if column is None else conversation
    row = (me, conversation, parent, role, status, now, now, text, note, group, checksum(text, ""))
    db.execute(_ADD, row)


def _attempt(db: sqlite3.Connection, answer: str, conversation: str, leg: str, **fields: object) -> None:
    provider, _, model = leg.partition(":")
    known = {
        "id": f"t-{answer}",
        "message": answer,
        "conversation": conversation,
        "n": 1,
        "provider": provider,
        "model": model,
        "outcome": "answered",
        "started_at": time.time(),
        **fields,
    }
    names = ", ".join(known)
    db.execute(f"INSERT INTO attempt ({names}) VALUES ({', '.join('?' * len(known))})", tuple(known.values()))


def _begin(db: sqlite3.Connection, conversation: str, title: str) -> None:
    now = time.time()
    db.execute(
        "INSERT INTO conversation (id, title, created_at, updated_at, pinned) VALUES (?, ?, ?, ?, 1)",
        (conversation, title, now, now),
    )


def compared(folder: Path) -> None:
    """A comparison of three: two answered, one that was stopped half-way."""
    _with_state(folder, "wal")
    with sqlite3.connect(locate(folder, {}).database_file) as db:
        _begin(db, "wal", "SQLite WAL 检查点何时触发")
        _add(db, "wal", "q-wal", None, QUESTION)
        texts = (
            (FIRST, 411, 6200, 512, "free"),
            (SECOND, 660, 4800, 604, "grant"),
            (THIRD, 920, 3100, 180, "free"),
        )
        for n, (text, first, took, used, billing) in enumerate(texts):
            status = "stopped" if n == 2 else "done"
            _add(db, "wal", f"a-wal-{n}", "q-wal", text, status=status, column=(n, CHAIN[n]))
            _attempt(
                db,
                f"a-wal-{n}",
                "wal",
                CHAIN[n],
                outcome="stopped" if n == 2 else "answered",
                first_content_ms=first,
                duration_ms=took,
                prompt_tokens=21,
                completion_tokens=used,
                billing=billing,
                text_start=0,
                text_end=len(text),
            )
        db.execute("UPDATE conversation SET head = 'a-wal-0' WHERE id = 'wal'")
    db.close()


def failed(folder: Path) -> None:
    """A comparison of which one leg had nothing left and one was offline."""
    compared(folder)
    with sqlite3.connect(locate(folder, {}).database_file) as db:
        db.execute("UPDATE message SET text = '', status = 'failed', crc = 0 WHERE id = 'a-wal-1'")
        db.execute(
            "UPDATE attempt SET outcome = 'failed', kind = 'quota_exhausted', status = 429, code = '1113',"
            " completion_tokens = NULL, prompt_tokens = NULL, first_content_ms = NULL, text_start = NULL,"
            " text_end = NULL WHERE id = 't-a-wal-1'"
        )
    db.close()


def versions(folder: Path) -> None:
    """A question asked in three ways, the second shown, answered twice."""
    _with_state(folder, "ways")
    with sqlite3.connect(locate(folder, {}).database_file) as db:
        _begin(db, "ways", "令牌桶：异步写法")
        for n, text in enumerate(("写一个令牌桶", "用 Python 写一个异步令牌桶", "用 Rust 写一个令牌桶")):
            _add(db, "ways", f"q-ways-{n}", None, text)
        for n, text in enumerate(
            (
                "先补令牌，再看够不够。",
                "取令牌时按时间差补充即可，不需要后台任务；\n\n"
                "```python\nawait asyncio.sleep(-self.tokens / self.rate)\n```",
            )
        ):
            _add(db, "ways", f"a-ways-{n}", "q-ways-1", text)
            _attempt(
                db, f"a-ways-{n}", "ways", CHAIN[0], first_content_ms=400, text_start=0, text_end=len(text)
            )
        db.execute("UPDATE conversation SET head = 'a-ways-1' WHERE id = 'ways'")
    db.close()


def _with_state(folder: Path, conversation: str) -> None:
    seed.home(folder, 12, 120)
    state = locate(folder, {}).state_file
    state.parent.mkdir(parents=True, exist_ok=True)
    state.write_text(json.dumps({"conversation": conversation}), encoding="utf-8")
