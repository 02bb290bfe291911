"""A conversation with an assistant, too long to be sent whole, and the empty page."""

from __future__ import annotations

import json
import sqlite3
import time
from pathlib import Path

from app.paths import locate
from tests.bench import seed

TALK = (
    ("user", "帮我设计一个限流模块，先说思路"),
    ("assistant", "先分清要限的是什么：**并发数**、**每秒请求数**还是**额度**。三者的数据结构不同。"),
    ("user", "限每秒请求数，允许短时突发"),
    ("assistant", "那就用令牌桶：容量决定突发，补充速率决定长期平均。按时间差补令牌，不需要定时器。"),
    ("user", "多进程怎么共享这个桶？"),
    ("assistant", "把桶放进 Redis，用一段 Lua 脚本完成“补充、判断、扣减”，一次往返，天然原子。"),
)


def home(folder: Path) -> None:
    """A home that opens with that conversation."""
    seed.home(folder, 12, 120)
    (folder / "window.json").write_text('{"conversation": "long"}', encoding="utf-8")
    now = time.time()
    with sqlite3.connect(locate(folder, {}).database_file) as db:
        db.execute(
            "INSERT INTO conversation (id, title, created_at, updated_at, pinned, assistant, system, summary,"
            " summary_until) VALUES"
            " ('long', '限流模块设计', ?, ?, 1, 'builtin:code', '你是工程师', '已定令牌桶', 'l-1')",
            (now, now),
        )
        for n, (role, text) in enumerate(TALK):
            note = json.dumps({"from": "l-2"}) if n == len(TALK) - 1 else None
            db.execute(
                "INSERT INTO message (id, conversation, parent, role, status, created_at, updated_at, text,"
                " provider, model, note) VALUES (?, 'long', ?, ?, 'done', ?, ?, ?, ?, ?, ?)",
                (f"l-{n}", f"l-{n - 1}" if n else None, role, now, now, text, "zhipu", "glm-4.7-flash", note),
            )
        db.execute("UPDATE conversation SET head = ? WHERE id = 'long'", (f"l-{len(TALK) - 1}",))
    db.close()
