"""`jieli sync`: one round of the sync that is set up in the window, for scripts and schedules."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, TextIO

from app.errors import KnownError
from app.options import Options

if TYPE_CHECKING:
    from app.core import Core

SYNCED = 0


async def sync(options: Options, core: Core, out: TextIO) -> int:
    """Sync once and print what came and went. Raises `KnownError` when it could not be done."""
    from app.sync.words import done_text

    if not core.sync.on:
        raise KnownError("sync.off")
    done = await core.sync.once()
    if options.json:
        out.write(json.dumps({"event": "synced", **done.counts()}) + "\n")
    else:
        out.write(done_text(done) + "\n")
    return SYNCED
