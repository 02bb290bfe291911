"""Writes `v2.db`, a small file of version 2. Run once, by `python -m tests.data.db.make_v2`.

The file stays as it is for ever; a new version gets a script and a file of its own.
"""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

from app.clock import SystemClock
from app.store.records import Assistant, Conversation, Message, Parameters
from app.store.store import Store

TARGET = Path(__file__).with_name("v2.db")
T0 = 1_796_000_000.0


async def _fill(store: Store) -> None:
    first = Conversation(
        "c1",
        "接力",
        T0,
        T0 + 10,
        head="m4",
        folder="工作",
        tags=("接力", "b"),
        assistant="s1",
        parameters=Parameters(0.3, 800, True),
        summary="讲了接力。",
        summary_until="m2",
        changed_at=T0 + 20,
    )
    tree = [
        Message("m1", "c1", None, "user", "接力赛怎么跑？", "done", T0, T0),
        Message("m2", "c1", "m1", "assistant", "一棒接一棒。", "done", T0 + 1, T0 + 1, column_group="w0"),
        Message("m3", "c1", "m2", "user", "then?", "done", T0 + 2, T0 + 2),
        Message(
            "m4",
            "c1",
            "m3",
            "assistant",
            "Then the next.",
            "done",
            T0 + 3,
            T0 + 3,
            note='{"trimmed_before": "m2"}',
            column_group="w1",
        ),
    ]
    await store.add_conversation(first, tree)
    await store.add_conversation(Conversation("c2", "put away", T0, T0, archived=True), [])
    await store.add_conversation(Conversation("c3", "deleted", T0, T0, deleted_at=T0 + 1), [])
    await store.save_assistant(Assistant("s1", "译", "翻译", T0, T0, ("zhipu",), Parameters(0.0)))
    await store.tell_once("grant:g1:20")


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
