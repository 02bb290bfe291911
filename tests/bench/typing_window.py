"""Typing into the search field of the real window: no key may cost it a frame.

A frame is 16 ms. What counts is the thread's own time at a stretch: its work and its waits for the
interpreter, the search's thread and the disk, without the time other programs had the processors.
"""

from __future__ import annotations

import statistics
from pathlib import Path

from tests.bench.measure import Result
from tests.bench.opening import longest
from tests.bench.transcript import p99, platforms, probe

WORDS = (
    "额度", "用户", "计算机", "的", "a", "relay", "get_user", "数据库 索引", "C++", "密钥 cache", "一",
    "接力服务商", "的 了", "token", "不就", "naive", "c", "人工智能",
)  # fmt: skip
WAYS = {"human": "by hand", "paste": "at 250 keys/s", "pieces": "word by word"}
FRAME = 16.0


def typing(
    home: Path, words: tuple[str, ...] = WORDS, settle: float = 8.0, idle: float = 5.0
) -> list[Result]:
    """Type, look and delete on a home; each way against the idle window of the same run."""
    out: list[Result] = []
    for platform in platforms():
        found = probe(
            home, platform, module="tests.bench.typing_probe", words=words, settle=settle, idle=idle
        )
        rest = max(longest(found["idle"]), longest(found["idle again"]))
        for way, name in WAYS.items():
            seen = found[way]
            note = f"{seen['asked']} searches; " + "; ".join(
                _figures(what, seen[key])
                for what, key in (
                    ("work", "worked"), ("late by us", "own"), ("timer late", "late"),
                    ("key to paint", "keys"),
                )
            )  # fmt: skip
            note += f"; {_figures('idle window, timer late', found['idle']['late'])}"
            title = f"typing {name}, {platform}: longest stretch"
            out.append(Result(title, "ms", rest, longest(seen), most=FRAME, note=note))
    return out


def _figures(what: str, values: list[float]) -> str:
    over = sum(value > FRAME for value in values)
    return (
        f"{what} p50 {statistics.median(values):.1f}, p99 {p99(values):.1f}, max {max(values):.1f} ms,"
        f" {over} of {len(values)} over 16"
    )
