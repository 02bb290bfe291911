"""`jieli search`: the messages and titles that have all the words, the newest first."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TextIO

from app.clock import Clock
from app.core import Core
from app.errors import UsageError
from app.i18n import tr
from app.options import Options
from app.search import parse
from app.search_text import Snippet
from app.store.search import Hit
from app.unicode import harmless
from providers.spec import ProviderSpec

FOUND, NOTHING = 0, 1

_BOLD, _PLAIN = "\x1b[1m", "\x1b[0m"


async def search(options: Options, core: Core, clock: Clock, out: TextIO, err: TextIO) -> int:
    """Print what was found; 1 when nothing was. Raises `UsageError` for a question that asks nothing."""
    names = {name: spec.id for spec in core.catalogue.providers.values() for name in _names(spec)}
    query = parse(" ".join(options.words), clock.now(), names)
    if query.unread:
        raise UsageError("search.bad_date", text=query.unread[0])
    if query.empty:
        raise UsageError("search.empty")
    await core.store.search.catch_up()
    found = await core.store.search.find(query, options.limit, "best" if options.best else "newest")
    for hit in (*found.titles[: options.limit], *found.messages):
        if options.json:
            out.write(json.dumps(_as_json(hit)) + "\n")
        else:
            out.write(_as_text(hit, bold=out.isatty()))
    if not found.titles and not found.messages:
        err.write(tr("search.nothing.title", text=" ".join(options.words)) + "\n")
        return NOTHING
    if found.more and not options.json:
        err.write(tr("search.more", limit=options.limit) + "\n")
    return FOUND


def _names(spec: ProviderSpec) -> tuple[str, str]:
    return spec.name.zh.lower(), spec.name.en.lower()


def _as_json(hit: Hit) -> dict[str, object]:
    shown = hit.snippet if hit.message is not None else hit.title
    return {
        "kind": "title" if hit.message is None else "message",
        "conversation": hit.conversation,
        "message": hit.message,
        "title": hit.title.text,
        "role": hit.role or None,
        "provider": hit.provider,
        "model": hit.model,
        "at": hit.at,
        "snippet": shown.text,
        "marks": [list(span) for span in shown.marks],
    }


def _as_text(hit: Hit, *, bold: bool) -> str:
    title = _marked(hit.title, bold=bold and hit.message is None) or tr("sidebar.untitled")
    head = f"{_when(hit.at)}  {title}  {hit.conversation}\n"
    return head if hit.message is None else f"{head}    {_marked(hit.snippet, bold=bold)}\n"


def _when(at: float) -> str:
    try:
        return f"{datetime.fromtimestamp(at):%Y-%m-%d %H:%M}"
    except (OverflowError, OSError, ValueError):
        # A damaged file: the next check finds it, and until then the rest can be searched.
        return "–"


def _marked(piece: Snippet, *, bold: bool) -> str:
    text = harmless(piece.text)
    if not bold:
        return text
    parts: list[str] = []
    at = 0
    for start, end in piece.marks:
        parts += [text[at:start], _BOLD, text[start:end], _PLAIN]
        at = end
    return "".join([*parts, text[at:]])
