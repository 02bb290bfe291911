"""`jieli import FILE…`: bring in what other programs, or Jieli itself, exported."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TextIO

from app.clock import Clock
from app.exchange.imports.importer import Importer, Progress
from app.exchange.imports.telling import rows, sentences
from app.i18n import tr
from app.options import Options
from app.store.store import Store
from app.unicode import harmless

DONE, FAILED = 0, 1


async def import_files(options: Options, store: Store, clock: Clock, out: TextIO, err: TextIO) -> int:
    """Import the files and print what that brought; 1 when one of them could not be read."""
    shown = ""

    def progress(now: Progress) -> None:
        nonlocal shown
        line = tr("import.progress", name=now.path.name, percent=int(now.share * 100), n=now.conversations)
        if not options.json and err.isatty() and line != shown:
            shown = line
            err.write(f"\r{line}")
            err.flush()

    report = await Importer(store, clock).run([Path(name) for name in options.files], progress)
    if shown:
        err.write(f"\n{tr('import.indexing')}\n")
    await store.search.catch_up()
    if options.json:
        out.write(
            json.dumps(
                {
                    "event": "imported",
                    "kinds": report.kinds,
                    "new": report.new,
                    "more": report.more,
                    "same": report.same,
                    "gone": report.gone,
                    "binned": report.binned,
                    "messages": report.messages,
                    "attachments": report.attachments,
                    "missing": report.missing,
                    "left": dict(report.left_counts),
                    "problems": report.problems,
                },
                ensure_ascii=False,
            )
            + "\n"
        )
        return FAILED if report.problems else DONE
    for sentence in report.problems:
        err.write(sentence + "\n")
    for sentence in sentences(report)[len(report.problems) :]:
        out.write(sentence + "\n")
    for row in rows(report):
        out.write(f"  {harmless(row)}\n")
    return FAILED if report.problems else DONE
