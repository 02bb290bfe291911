"""`jieli backup FILE`: everything but the keys in one file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from app.clock import SystemClock
from app.commands.passphrase import passphrase
from app.errors import UsageError
from app.i18n import tr
from app.options import Options

if TYPE_CHECKING:
    from app.core import Core

BACKED_UP = 0


async def backup(
    options: Options, core: Core, environ: Mapping[str, str], version: str, out: TextIO, err: TextIO
) -> int:
    """Write the file and say what is in it. Raises `KnownError` when it could not be written."""
    if not options.file.strip():
        raise UsageError("backup.no_file")
    from app.backup.service import backups_of
    from app.backup.words import written_text

    secret = passphrase(options, environ, new=True) if options.encrypt else ""

    def progress(done: float) -> None:
        if not options.json and err.isatty():
            err.write(f"\r{tr('backup.progress', percent=round(done * 200))}" if done < 0.5 else "\r\033[K")
            err.flush()

    written = await backups_of(core, SystemClock(), version).write(Path(options.file), secret, progress)
    if options.json:
        facts = {
            "event": "backed_up",
            "path": str(written.path),
            "size": written.size,
            "conversations": written.conversations,
            "messages": written.messages,
            "encrypted": written.encrypted,
        }
        out.write(json.dumps(facts, ensure_ascii=False) + "\n")
    else:
        out.write(written_text(written) + "\n")
    return BACKED_UP
