"""`jieli sync`: one round of the sync that is set up in the window, for scripts and schedules."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, TextIO

from app.cli import Options
from app.clock import SystemClock
from app.errors import KnownError

if TYPE_CHECKING:
    from app.core import Core

SYNCED = 0


async def sync(options: Options, core: Core, environ: Mapping[str, str], out: TextIO) -> int:
    """Sync once and print what came and went. Raises `KnownError` when it could not be done."""
    from app.sync.service import sync_of
    from app.sync.words import done_text

    service = sync_of(core, SystemClock(), environ)
    if not service.on:
        raise KnownError("sync.off")
    try:
        done = await service.once()
    finally:
        await service.close()
    if options.json:
        out.write(json.dumps({"event": "synced", **done.counts()}) + "\n")
    else:
        out.write(done_text(done) + "\n")
    return SYNCED
