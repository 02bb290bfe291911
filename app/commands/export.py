"""`jieli export`: conversations as files."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TextIO

from app.core import Core
from app.exchange.exports.outlet import PageMaker, absolute, export, format_of
from app.exchange.exports.sinks import Format
from app.i18n import tr
from app.leg_names import LegNames
from app.options import Options

EXPORTED = 0


async def export_command(
    options: Options,
    core: Core,
    page_maker: PageMaker,
    prepare: Callable[[Format], object],
    out: TextIO,
    err: TextIO,
) -> int:
    """Write the file and print where it is. Raises `KnownError` when it cannot be written.

    `prepare` is called here, in the main thread, before pages are made.
    """
    path = absolute(options.output)
    names = LegNames(core.directory, core.keys)
    shown = -1

    def progress(done: float) -> None:
        nonlocal shown
        percent = int(done * 100)
        if not options.json and err.isatty() and percent != shown:
            shown = percent
            err.write(f"\r{tr('export.progress', percent=percent)}")
            if percent == 100:
                err.write("\n")
            err.flush()

    kind = options.format or format_of(path)
    prepared = prepare(kind)
    written = await export(
        core.store,
        options.conversations,
        kind,
        path,
        force=options.force,
        name_of=lambda provider, model: names(provider, model).name,
        page_maker=page_maker,
        progress=progress,
    )
    del prepared
    if options.json:
        report = {
            "event": "exported",
            "format": kind,
            "path": str(written.path),
            "conversations": written.conversations,
            "messages": written.messages,
        }
        out.write(json.dumps(report) + "\n")
    else:
        out.write(tr("export.done", n=written.conversations, path=written.path) + "\n")
    return EXPORTED
