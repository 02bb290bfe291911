"""The window as the drawn picture of it has it: an answer passed on twice, a strip in many states."""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path

from app.paths import locate
from tests.screens import lived, spent

CHAIN = spent.CHAIN
EVERY = (
    *spent.CHAIN,
    "baidu:ernie-4.5-turbo-128k",
    "modelscope",
    "deepseek:deepseek-flash",
    "siliconflow",
    "volcengine_ark",
    "iflytek_spark",
    "stepfun",
    "moonshot:kimi-k2.6",
)
KEYS = (*spent.KEYS, "deepseek", "siliconflow", "iflytek_spark")
WAIT = 642.0
"""Seconds the cooling leg still has to wait when the picture is begun."""

_HEALTH = (
    # provider, model, state, seconds to wait, kind, code, hint
    ("alibaba", "qwen-plus", "parked", None, "quota_exhausted", "AllocationQuota.FreeTierOnly", None),
    ("zhipu", "glm-4.7-flash", "cooling", WAIT, "rate_limited", "1302", None),
    ("baidu", "", "off", None, "auth", "invalid_iam_token", None),
    ("siliconflow", "", "open", -5.0, "transient", None, None),
    ("iflytek_spark", "", "blocked", 9 * 3600.0, "region_blocked", None, None),
)


def home(folder: Path) -> None:
    """A month of use, opening with that conversation."""
    spent.home(folder)
    (folder / "window.json").write_text('{"conversation": "shown"}', encoding="utf-8")


def dress(folder: Path, language: str) -> None:
    """Write the conversation and how the legs stand."""
    lived.dress(folder, language)
    now, said = time.time(), lived.words(language)["shown"]
    text = said["answer"] + said["rest"]
    cut = len(said["answer"])
    with sqlite3.connect(locate(folder, {}).database_file) as db:
        db.execute(
            "INSERT INTO conversation (id, title, created_at, updated_at, pinned, draft)"
            " VALUES ('shown', ?, ?, ?, 1, ?)",
            (said["title"], now, now, said["draft"]),
        )
        rows = (
            ("s-0", None, "user", said["question"], "", None),
            ("s-1", "s-0", "assistant", text, said["thinking"], 6200),
        )
        for me, parent, role, words, reasoning, ms in rows:
            db.execute(
                "INSERT INTO message (id, conversation, parent, role, status, created_at, updated_at, text,"
                " reasoning, reasoning_ms) VALUES (?, 'shown', ?, ?, 'done', ?, ?, ?, ?, ?)",
                (me, parent, role, now, now, words, reasoning, ms),
            )
        attempts = (
            ("alibaba", "qwen-plus", "failed", "quota_exhausted", None, 310, None, None, None, None),
            ("zhipu", "glm-4.7-flash", "failed", "rate_limited", 400, 9200, 0, cut, None, None),
            ("tencent", "hy3", "answered", None, 600, 7400, cut, len(text), 1024, 386),
        )
        for n, (provider, model, outcome, kind, *numbers) in enumerate(attempts, 1):
            db.execute(
                "INSERT INTO attempt (id, message, conversation, n, provider, model, outcome, started_at,"
                " kind, billing, first_content_ms, duration_ms, text_start, text_end, prompt_tokens,"
                " completion_tokens) VALUES (?, 's-1', 'shown', ?, ?, ?, ?, ?, ?, 'grant', ?, ?, ?, ?, ?, ?)",
                (f"s-1-{n}", n, provider, model, outcome, now - 60 + n, kind, *numbers),
            )
        db.execute("UPDATE conversation SET head = 's-1' WHERE id = 'shown'")
        for provider, model, state, wait, kind, code, hint in _HEALTH:
            until = None if wait is None else now + wait
            db.execute(
                "INSERT INTO health VALUES (?, ?, '', ?, ?, 1, ?, ?, '', ?, ?)",
                (provider, model, state, until, kind, code, hint, now - 120),
            )
    db.close()
