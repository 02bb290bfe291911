"""A home of somebody who has used five providers for a month: what the quota page and the strip show."""

from __future__ import annotations

import random
import sqlite3
import time
from pathlib import Path

from app.paths import locate
from tests.bench import seed

DAY = 86400.0
KEYS = ("alibaba", "zhipu", "tencent", "sensetime", "baidu")
CHAIN = (
    "alibaba:qwen-plus",
    "zhipu:glm-4.7-flash",
    "tencent:hy3",
    "sensetime:sensenova-6.7-flash-lite",
)

_LEGS = (
    ("alibaba", "qwen-plus", "grant", 520, 5.0),
    ("zhipu", "glm-4.7-flash", "free", 420, 7.0),
    ("tencent", "hy3", "grant", 640, 2.5),
    ("sensetime", "sensenova-6.7-flash-lite", "free", 880, 2.0),
    ("baidu", "ernie-4.5-turbo-128k", "grant", 1200, 1.2),
)
_WHY = ("rate_limited", "rate_limited", "quota_exhausted", "transient", "network")
_GRANTS = (
    # id, provider, model, unit, amount, window, hours, days it has run, days it lasts
    ("g1", "alibaba", "qwen-plus", "tokens", 1_000_000, "once", None, 60, 107),
    ("g2", "tencent", None, "tokens", 1_000_000, "once", None, 40, 95),
    ("g3", "baidu", None, "tokens", 1_000_000, "once", None, 73, 78),
    ("g4", "sensetime", None, "calls", 1500, "hours", 5, 40, None),
    ("g5", "zhipu", "glm-4.5-air", "tokens", 2_000_000, "once", None, 20, 40),
)


def home(folder: Path) -> Path:
    """Write it; returns the folder to give to `--home`."""
    seed.home(folder, 12, 120, long_one=24)
    chance, now = random.Random(7), time.time()
    attempts: list[tuple[object, ...]] = []
    with sqlite3.connect(locate(folder, {}).database_file) as db:
        said = db.execute("SELECT id, conversation FROM message WHERE role = 'assistant'").fetchall()
        db.execute("DELETE FROM attempt")
        for n in range(900):
            today = n < 40
            at = now - (chance.random() * 9 * 3600 if today else (chance.random() ** 1.1 * 29.5 + 0.4) * DAY)
            message, conversation = said[n % len(said)]
            attempts += _turn(chance, f"q{n}", message, conversation, min(at, now - 120), n)
        db.executemany(
            "INSERT INTO attempt (id, message, conversation, n, provider, model, outcome, started_at, kind,"
            " billing, first_content_ms, duration_ms, prompt_tokens, completion_tokens)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            attempts,
        )
        for name, provider, model, unit, amount, window, hours, run, lasts in _GRANTS:
            start = now - run * DAY
            ends = None if lasts is None else start + lasts * DAY
            db.execute(
                'INSERT INTO "grant" (id, provider, model, unit, amount, "window", hours, timezone, models,'
                " started_at, expires_at, hard_stop, source, created_at)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, 'Asia/Shanghai', '[]', ?, ?, 0, 'user', ?)",
                (name, provider, model, unit, amount, window, hours, start, ends, start),
            )
        db.execute(
            "INSERT INTO correction VALUES ('k1', 'tencent', NULL, 'g2', 'tokens', 863000, NULL, ?, 'user')",
            (now - 2 * DAY,),
        )
    db.close()
    return folder


def _turn(
    chance: random.Random, name: str, message: str | None, conversation: str | None, at: float, turn: int
) -> list[tuple[object, ...]]:
    made: list[tuple[object, ...]] = []
    order = chance.sample(_LEGS, k=3, counts=[round(leg[4] * 10) for leg in _LEGS])
    for n, (provider, model, billing, pace, _) in enumerate(order, 1):
        fails = chance.random() < 0.13 and n < 3
        first = round(pace * chance.lognormvariate(0, 0.5))
        lasts = round(first * chance.uniform(2, 9)) if not fails else round(chance.uniform(90, 900))
        kind = chance.choice(_WHY) if fails else None
        tokens = (None, None) if fails else (chance.randrange(80, 900), chance.randrange(60, 700))
        made.append(
            (
                f"{name}-{n}", message, conversation, turn * 3 + n, provider, model,
                "failed" if fails else "answered", at + n * 2, kind, billing,
                None if fails else first, lasts, *tokens,
            )
        )  # fmt: skip
        if not fails:
            break
    return made
