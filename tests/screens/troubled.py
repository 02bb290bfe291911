"""Everything that can go wrong with a question, one under the other, and names longer than anyone expects."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from app.paths import locate
from app.store.connection import connect
from tests.bench import seed
from tests.screens import branched, lived

KEYS = ("alibaba", "zhipu", "tencent", "baidu", "sensetime", "siliconflow", "deepseek")
TALL = (1280, 1660)
"""A window that shows six cards at once; the X server has so many lines."""

LONG = {
    "zh": "请把这份会议纪要整理成待办清单并按负责人和截止日期排序再指出其中矛盾的地方写一封给全体的邮件",
    "en": "Turn these minutes into a to-do list sorted by owner and due date, point out what contradicts"
    " and draft the mail to everyone",
}
OWN = "research_institute_gateway"
_OWN_FILE = """id = "research_institute_gateway"
name = { zh = "研究院联合实验室模型统一接入网关（内网）", en = "Joint research laboratory model gateway" }
auth = "none"
checked = 2026-11-20

[[regions]]
id = "main"
name = { zh = "自填", en = "Own" }
base_url = "http://127.0.0.1:9/v1"

[[models]]
id = "institute-deepseek-v3.2-exp-terminus-longcontext-instruct-fp8-20261101"
billing = "free"
"""

_Row = dict[str, Any]


def _failed(
    provider: str, model: str, kind: str, status: int | None, code: str, text: str, **more: Any
) -> _Row:
    return {
        "provider": provider, "model": model, "outcome": "failed", "kind": kind, "status": status,
        "code": code, "text": text, **more,
    }  # fmt: skip


def _skipped(provider: str, model: str, reason: str, **more: Any) -> _Row:
    return {"provider": provider, "model": model, "outcome": "skipped", "kind": reason, **more}


_KINDS: dict[str, Sequence[_Row]] = {
    "auth": [
        _failed("baidu", "ernie-4.5-turbo-128k", "auth", 401, "invalid_iam_token", "IAM token is invalid")
    ],
    "region": [
        _failed("openai", "gpt-5-mini", "region_blocked", 403, "unsupported_country_region_territory",
                "Country, region, or territory not supported", hint="region")
    ],
    "quota": [
        _failed("alibaba", "qwen-plus", "quota_exhausted", 403, "AllocationQuota.FreeTierOnly",
                "The free tier of the model has been exhausted.", hint="alibaba_free_tier", billing="grant")
    ],
    "balance": [
        _failed("deepseek", "deepseek-flash", "quota_exhausted", 402, "", "Insufficient Balance",
                billing="paid")
    ],
    "rate": [
        _failed("zhipu", "glm-4.7-flash", "rate_limited", 429, "1302", "您的账户已达到速率限制",
                hint="zhipu_rate", wait=642.0)
    ],
    "busy": [
        _failed("siliconflow", "Qwen/Qwen3.5-4B", "transient", 503, "50508",
                "System is too busy now. Please try again later.", hint="model_busy")
    ],
    "moderated": [
        _failed("zhipu", "glm-4.7-flash", "content_blocked", 400, "1301",
                "系统检测到输入或生成内容可能包含不安全或敏感内容")
    ],
    "context": [
        _failed("tencent", "hy3", "context_too_long", 400, "FailedOperation.TokenLimit",
                "This model's maximum context length is 32768 tokens")
    ],
    "bad": [
        _failed("sensetime", "sensenova-6.7-flash-lite", "bad_request", 400, "3",
                "invalid value for field 'temperature'")
    ],
    "network": [_failed("zhipu", "glm-4.7-flash", "network", None, "", "", hint="network_dns")],
    "chain": [
        _failed("zhipu", "glm-4.7-flash", "rate_limited", 429, "1302", "您的账户已达到速率限制", wait=42.0),
        _skipped("alibaba", "qwen-plus", "cooldown", code="parked"),
        _skipped("tencent", "hy3", "quota_low"),
        _failed("baidu", "ernie-4.5-turbo-128k", "auth", 401, "invalid_iam_token", "IAM token is invalid"),
        _skipped("deepseek", "deepseek-flash", "paid"),
    ],
    "price": [],
    "locked": [
        _skipped("zhipu", "glm-4.7-flash", "no_key", code="locked"),
        _skipped("alibaba", "qwen-plus", "cooldown", code="parked"),
        _skipped("baidu", "ernie-4.5-turbo-128k", "no_key", code="locked"),
    ],
}  # fmt: skip

_PAYS = {"leg": "alibaba:qwen3-max", "tokens": 41_300, "yuan": 0.2478, "checked": "2026-08-21"}


def home(folder: Path) -> None:
    """A home whose newest conversations failed in every way, six ways in each."""
    seed.home(folder, 12, 120)
    names = list(_KINDS)
    with sqlite3.connect(locate(folder, {}).database_file) as db:
        for part, kinds in enumerate((names[:6], names[6:12], names[12:])):
            _conversation(db, f"failures-{part}", kinds)
    db.close()


def first(folder: Path) -> None:
    """Opens with the first six."""
    home(folder)
    (folder / "window.json").write_text('{"conversation": "failures-0"}', encoding="utf-8")


def second(folder: Path) -> None:
    """Opens with the other six."""
    home(folder)
    (folder / "window.json").write_text('{"conversation": "failures-1"}', encoding="utf-8")


def locked(folder: Path) -> None:
    """Opens with a question no key could be read for."""
    home(folder)
    (folder / "window.json").write_text('{"conversation": "failures-2"}', encoding="utf-8")


def _conversation(db: sqlite3.Connection, name: str, kinds: Sequence[str]) -> None:
    now = time.time()
    db.execute(
        "INSERT INTO conversation (id, title, created_at, updated_at, pinned) VALUES (?, ?, ?, ?, 1)",
        (name, name, now, now),
    )
    parent: str | None = None
    for n, kind in enumerate(kinds):
        question, answer = f"{name}-q{n}", f"{name}-a{n}"
        note = json.dumps({"pays": _PAYS}) if kind == "price" else None
        waiting = kind == "network"
        for me, above, role, status, text, said in (
            (question, parent, "user", "done", kind, None),
            (answer, question, "assistant", "waiting" if waiting else "failed", "", note),
        ):
            db.execute(
                "INSERT INTO message (id, conversation, parent, role, status, created_at, updated_at, text,"
                " note) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (me, name, above, role, status, now, now, text, said),
            )
        for order, row in enumerate(_KINDS[kind], 1):
            known = {"hint": None, "billing": None, "status": None, "code": None, "text": "", **row}
            wait = known.pop("wait", None)
            known |= {
                "id": f"{answer}-{order}", "message": answer, "conversation": name, "n": order,
                "started_at": now, "until": None if wait is None else now + wait, "duration_ms": 310,
            }  # fmt: skip
            columns = ", ".join(known)
            db.execute(
                f"INSERT INTO attempt ({columns}) VALUES ({', '.join('?' * len(known))})",
                tuple(known.values()),
            )
        parent = answer
    db.execute("UPDATE conversation SET head = ? WHERE id = ?", (parent, name))


def dress(folder: Path, language: str) -> None:
    """Ask the questions in the language of the picture."""
    lived.dress(folder, language)
    said = lived.words(language)["failures"]
    with sqlite3.connect(locate(folder, {}).database_file) as db:
        for kind, question in said.items():
            db.execute(
                "UPDATE message SET text = ? WHERE text = ? AND conversation GLOB 'failures-*'",
                (question, kind),
            )
        for part, title in enumerate((said["auth"], said["moderated"], said["locked"])):
            db.execute("UPDATE conversation SET title = ? WHERE id = ?", (title, f"failures-{part}"))
    db.close()


def wordy(folder: Path) -> None:
    """A comparison whose title and legs are far too long."""
    branched.versions(folder)
    providers = folder / "providers"
    providers.mkdir(exist_ok=True)
    (providers / f"{OWN}.toml").write_text(_OWN_FILE, encoding="utf-8")
    with connect(locate(folder, {}).database_file) as db:
        db.execute("UPDATE attempt SET provider = ?, model = ? WHERE conversation = 'ways'", (OWN, OWN_MODEL))


OWN_MODEL = "institute-deepseek-v3.2-exp-terminus-longcontext-instruct-fp8-20261101"
WORDY = [f"{OWN}:{OWN_MODEL}", "zhipu:glm-4.7-flash", "tencent:hy3"]


def wordy_dress(folder: Path, language: str) -> None:
    """Give titles nobody has room for."""
    lived.dress(folder, language)
    with sqlite3.connect(locate(folder, {}).database_file) as db:
        db.execute("UPDATE conversation SET title = ? WHERE id IN ('ways', 'c0', 'c1')", (LONG[language],))
        db.execute("UPDATE message SET text = ? WHERE id = 'q-ways-1'", (LONG[language],))
    db.close()


def many(folder: Path) -> None:
    """A comparison of four."""
    branched.compared(folder)
    with sqlite3.connect(locate(folder, {}).database_file) as db:
        branched._add(db, "wal", "a-wal-3", "q-wal", branched.SECOND, column=(3, branched.CHAIN[3]))
        branched._attempt(
            db, "a-wal-3", "wal", branched.CHAIN[3], first_content_ms=520, duration_ms=7100,
            prompt_tokens=21, completion_tokens=604, billing="grant", text_start=0,
            text_end=len(branched.SECOND),
        )  # fmt: skip
    db.close()


def two(folder: Path) -> None:
    """A comparison of two."""
    branched.compared(folder)
    with sqlite3.connect(locate(folder, {}).database_file) as db:
        db.execute("DELETE FROM attempt WHERE message = 'a-wal-2'")
        db.execute("DELETE FROM message WHERE id = 'a-wal-2'")
    db.close()


def as_it_is(folder: Path, language: str) -> None:
    """Nothing to write in any language."""


def shut(folder: Path) -> None:
    """A home whose data cannot be opened: its folder is a file."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "jieli.db").mkdir()
