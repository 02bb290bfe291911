"""Chooses what makes the file of a format, and runs the export."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from app.errors import KnownError
from app.exchange.exports.files import check_place
from app.exchange.exports.json_file import JsonFile
from app.exchange.exports.markdown import MarkdownFiles
from app.exchange.exports.run import Exported, NameOf, Progress, chosen, export_pages, export_whole
from app.exchange.exports.sinks import Format, PageSink
from app.store.store import Store

PageMaker = Callable[[Format, Path, bool], PageSink]
"""Makes the sink of `html` and `pdf`, which are drawn with the window's means: format, path, overwrite."""

_ENDINGS: dict[str, Format] = {
    ".md": "md", ".markdown": "md", ".json": "json", ".html": "html", ".htm": "html", ".pdf": "pdf",
}  # fmt: skip


def format_of(path: Path) -> Format:
    """The format a file's name asks for; Markdown when it asks for none."""
    return _ENDINGS.get(path.suffix.lower(), "md")


def absolute(text: str) -> Path:
    """The place a user typed. Raises `KnownError` when it is none."""
    try:
        return Path(text).expanduser().absolute()
    except (RuntimeError, ValueError) as error:
        raise KnownError("export.refused", path=text, reason=error) from error


async def export(
    store: Store,
    conversations: Sequence[str],
    kind: Format,
    path: Path,
    *,
    force: bool,
    name_of: NameOf,
    page_maker: PageMaker,
    progress: Progress,
) -> Exported:
    """Write these conversations (none = all) to `path`.

    Raises `KnownError` when they are not there, the place is taken or the disk refuses.
    """
    ids = await chosen(store, conversations)
    single = kind == "md" and format_of(path) == "md" and path.suffix != ""
    if single and len(ids) > 1:
        raise KnownError("export.needs_folder", path=path, n=len(ids))
    folder = kind == "md" and not single
    await asyncio.to_thread(check_place, path, folder=folder, force=force)
    match kind:
        case "json":
            return await export_whole(store, ids, partial(JsonFile, path, force=force), progress)
        case "md":
            make = partial(MarkdownFiles, path, single=single, force=force)
            return await export_pages(store, ids, make, name_of, progress)
        case "html" | "pdf":
            return await export_pages(store, ids, partial(page_maker, kind, path, force), name_of, progress)
