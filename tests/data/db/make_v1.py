"""Writes `v1.db`, a small file of version 1. Run once, by `python -m tests.data.db.make_v1`.

The file stays as it is for ever; a new version gets a script and a file of its own.
"""

from __future__ import annotations

import asyncio
import hashlib
import tempfile
from pathlib import Path

from app.clock import SystemClock
from app.store.entries import Attachment, AttemptRecord, Correction, GrantRow, HealthRow, KeyRecord
from app.store.records import Conversation, Message, MessageRole, MessageStatus
from app.store.store import Store

TARGET = Path(__file__).with_name("v1.db")
T0 = 1_795_000_000.0


def _message(
    ident: str, parent: str | None, role: MessageRole, text: str, status: MessageStatus = "done", **more: str
) -> Message:
    at = T0 + int(ident[1:])
    return Message(ident, "c1", parent, role, text, status, at, at, **more)


async def _fill(store: Store) -> None:
    first = Conversation(
        "c1",
        "接力赛怎么跑",
        T0,
        T0 + 10,
        title_by_user=True,
        pinned=True,
        head="m5",
        system="简短回答",
        chain=("alibaba:qwen-plus", "zhipu"),
        spend="ask",
        draft="下一问",
    )
    tree = [
        _message("m1", None, "user", "接力赛怎么跑？"),
        _message(
            "m2", "m1", "assistant", "一棒接一棒。", reasoning="先想一想", finish="stop", provider="zhipu"
        ),
        _message("m3", "m1", "assistant", "四个人跑。", finish="stop"),
        _message("m4", "m2", "user", "then?"),
        _message("m5", "m4", "assistant", "Then the next", "interrupted"),
    ]
    picture = b"\x89PNG"
    digest = hashlib.sha256(picture).hexdigest()
    part = Attachment("p1", "m1", 0, "image", "跑道.png", "image/png", digest, picture)
    await store.add_conversation(first, tree, [part], origin="chatgpt:1")
    await store.add_conversation(Conversation("c2", "Practice", T0, T0 + 5, practice=True), [])
    await store.add_conversation(Conversation("c3", "deleted", T0, T0, deleted_at=T0 + 1), [])
    store.post_attempt(
        AttemptRecord(
            "a1",
            "m2",
            1,
            "alibaba",
            "qwen-plus",
            "failed",
            T0,
            key="k1",
            conversation="c1",
            kind="quota_exhausted",
            code="AllocationQuota.FreeTierOnly",
            status=403,
            duration_ms=80,
        )
    )
    store.post_attempt(
        AttemptRecord(
            "a2",
            "m2",
            2,
            "zhipu",
            "glm-4.7-flash",
            "answered",
            T0 + 1,
            conversation="c1",
            billing="free",
            first_content_ms=400,
            duration_ms=900,
            text_start=0,
            text_end=6,
            prompt_tokens=11,
            completion_tokens=9,
        )
    )
    store.post_health(
        HealthRow(
            "alibaba",
            "qwen-plus",
            "k1",
            "parked",
            T0 + 9,
            1,
            "quota_exhausted",
            "FreeTierOnly",
            "used",
            None,
            T0,
        )
    )
    await store.put_key(KeyRecord("k1", "alibaba", "工作", "7d1c", 0, T0, T0, "ok", None, 400))
    await store.put_grant(
        GrantRow(
            "g1", "alibaba", "tokens", 1_000_000, T0, "qwen-plus", models=("qwen-plus",), expires_at=T0 + 1e6
        )
    )
    await store.put_correction(
        Correction("x1", "alibaba", "qwen-plus", "g1", "tokens", 312_000, None, T0, "user")
    )
    await store.set_meta("estimate", "{}")


async def main() -> None:
    """Make the file in a folder of its own and put it in place."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "jieli.db"
        store = await Store.open(path, SystemClock(), Path(folder) / "running")
        await _fill(store)
        await store._database.call(lambda db: db.execute("VACUUM"))
        await store.close()
        TARGET.write_bytes(path.read_bytes())


if __name__ == "__main__":
    asyncio.run(main())
