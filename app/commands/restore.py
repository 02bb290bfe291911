"""`jieli restore FILE`: bring back what another file of Jieli's holds, without undoing anything newer."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from app.cli import Options
from app.i18n import tr
from app.store.store import Store

if TYPE_CHECKING:
    from app.store.merge import Merged

RESTORED = 0


async def restore(options: Options, store: Store, out: TextIO, err: TextIO) -> int:
    """Merge the file and print what it brought. Raises `KnownError` when it cannot be used."""
    shown = -1

    def progress(done: int, total: int) -> None:
        nonlocal shown
        tenth = done * 10 // total if total else 10
        # Thousands of conversations are not thousands of lines.
        if not options.json and err.isatty() and tenth != shown:
            shown = tenth
            err.write(f"\r{tr('restore.progress', done=done, total=total)}")
            if done == total:
                err.write("\n")
            err.flush()

    merged = await store.merge_from(Path(options.file), progress)
    if options.json:
        out.write(json.dumps({"event": "restored", **merged.counts()}) + "\n")
    else:
        out.write(restored_text(merged) + "\n")
    return RESTORED


def restored_text(merged: Merged) -> str:
    """What a merge brought, in a sentence or two."""
    if merged.nothing:
        sentences = [tr("restore.nothing")]
    else:
        sentences = [
            tr(
                "restore.done",
                conversations=merged.conversations,
                messages=merged.messages,
                changed=merged.improved + merged.changed,
            )
        ]
    if merged.removed:
        sentences.append(tr("restore.removed", n=merged.removed))
    return " ".join(sentences)
