"""`jieli restore FILE`: bring back what a backup or another file of Jieli's holds, undoing nothing newer."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from app.clock import SystemClock
from app.commands.passphrase import passphrase
from app.i18n import tr
from app.options import Options

if TYPE_CHECKING:
    from app.core import Core

RESTORED = 0


async def restore(
    options: Options, core: Core, environ: Mapping[str, str], version: str, out: TextIO, err: TextIO
) -> int:
    """Merge the file and print what it brought. Raises `KnownError` when it cannot be used."""
    from app.backup.service import backups_of
    from app.backup.words import restored_text

    shown = -1

    def progress(done: float) -> None:
        nonlocal shown
        # Thousands of conversations are not thousands of lines.
        if not options.json and err.isatty() and round(done * 20) != shown:
            shown = round(done * 20)
            err.write(f"\r{tr('restore.progress', percent=shown * 5)}" + ("\n" if done == 1 else ""))
            err.flush()

    backups, source = backups_of(core, SystemClock(), version), Path(options.file)
    secret = passphrase(options, environ, new=False) if await backups.encrypted(source) else ""
    restored = await backups.restore(source, secret, progress)
    if options.json:
        brought = {"settings": list(restored.brought.settings), "providers": list(restored.brought.providers)}
        out.write(json.dumps({"event": "restored", **restored.merged.counts(), **brought}) + "\n")
    else:
        out.write(restored_text(restored) + "\n")
    return RESTORED
