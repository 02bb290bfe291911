"""Conversations as Markdown: a folder with a file each, or one file; attachments lie beside as files."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import TextIO
from urllib.parse import quote

from app.exchange.exports.files import StagedFolder, check_place, told
from app.exchange.exports.names import Names, safe_file, safe_name
from app.exchange.exports.sinks import Heading, Said
from app.i18n import tr
from app.store.entries import Attachment
from app.store.records import Conversation, Message

ATTACHMENTS = "attachments"

_FENCE = re.compile(r" {0,3}(`{3,}(?=[^`]*$)|~{3,})")
_SPECIAL = re.compile(r"([\\`*_\[\]<>#|])")


class MarkdownFiles:
    """A `PageSink`. `path` is a folder that gets a file for each conversation; with `single` it is the file
    of the only one, whose attachments go into a folder beside it."""

    def __init__(self, path: Path, *, single: bool, force: bool) -> None:
        self._path = path
        self._single = single
        self._force = force
        self._staged = StagedFolder(path.parent if single else path, into=single)
        self._files = Names()
        self._files.free(ATTACHMENTS)
        self._parts = Names()
        self._out: TextIO | None = None
        self._beside = ""

    def begin(self, headings: Sequence[Heading]) -> None:
        """The folder is the table of contents."""

    def open_conversation(self, conversation: Conversation) -> None:
        """Begin a file."""
        title = conversation.title or tr("sidebar.untitled")
        if self._single:
            name = self._path.name
            self._beside = f"{self._path.stem}.{ATTACHMENTS}"
        else:
            name = self._files.free(f"{safe_name(title, conversation.id[:8])}.md")
            self._beside = f"{ATTACHMENTS}/{name.removesuffix('.md')}"
        self._parts = Names()
        with told(self._path):
            self._out = (self._staged.folder / name).open(
                "w", encoding="utf-8", newline="\n", errors="replace"
            )
        self._write(f"# {in_line(title)}\n\n{day(conversation.created_at)}\n")
        if conversation.system.strip():
            self._write(f"\n{quoted(tr('export.system'), conversation.system)}\n")

    def say(self, said: Said) -> None:
        """Add a message to the file."""
        message = said.message
        column = f" ({said.column})" if said.column else ""
        self._write(f"\n## {in_line(said.speaker)}{column} · {day(message.created_at)}\n")
        for part in said.parts:
            self._write(f"\n{self._link(part)}\n")
        if message.reasoning.strip():
            self._write(f"\n{quoted(tr('export.thinking'), message.reasoning)}\n")
        if message.text.strip():
            self._write(f"\n{closed(message.text)}\n")
        if ended := broken_off(message):
            self._write(f"\n*{ended}*\n")

    def close_conversation(self) -> None:
        """End the file."""
        out, self._out = self._out, None
        if out is not None:
            with told(self._path):
                out.close()

    def finish(self) -> Path:
        """Put what was written in its place."""
        if self._single:
            check_place(self._path, folder=False, force=self._force)
        else:
            check_place(self._path, folder=True, force=self._force)
        self._staged.put()
        return self._path

    def abandon(self) -> None:
        """Leave nothing behind."""
        if self._out is not None:
            with suppress(OSError):
                self._out.close()
        self._staged.drop()

    def _write(self, text: str) -> None:
        assert self._out is not None
        with told(self._path):
            self._out.write(text)

    def _link(self, part: Attachment) -> str:
        """Write an attachment as a file of its own; returns the Markdown that shows or names it."""
        ending = _ENDINGS.get(plain_mime(part.mime), "")
        name = self._parts.free(safe_file(part.name, f"{tr('export.attachment')}{ending}"))
        file = self._staged.folder / self._beside / name
        with told(self._path):
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(part.data)
        link = f"[{in_line(part.name or name)}]({quote(f'{self._beside}/{name}')})"
        return f"!{link}" if part.kind == "image" else link


def in_line(text: str) -> str:
    """Text as one line of Markdown that means nothing but itself."""
    return _SPECIAL.sub(r"\\\1", " ".join(text.split()))


def quoted(title: str, text: str) -> str:
    """Text as a quotation under a title."""
    lines = closed(text).split("\n")
    return "\n".join([f"> **{title}**", ">", *(f"> {line}".rstrip() for line in lines)])


def closed(text: str) -> str:
    """Markdown that cannot reach beyond its end: a fence that was left open is closed."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").strip("\n")
    fence = ""
    for line in text.split("\n"):
        found = _FENCE.match(line)
        if not fence:
            fence = found[1] if found else ""
        elif found and found[1][0] == fence[0] and len(found[1]) >= len(fence) and line.strip() == found[1]:
            fence = ""
    return f"{text}\n{fence}" if fence else text


def broken_off(message: Message) -> str:
    """What is said of an answer that has no proper end; empty for all others."""
    match message.status:
        case "failed":
            return tr("export.failed")
        case "waiting":
            return tr("export.waiting") if message.role == "assistant" else ""
        case "stopped" | "interrupted" | "streaming":
            return tr("export.broken_off")
        case _:
            return ""


def day(at: float) -> str:
    """A time as local date and minute."""
    try:
        return f"{datetime.fromtimestamp(at):%Y-%m-%d %H:%M}"
    except (OverflowError, OSError, ValueError):
        return ""


def plain_mime(mime: str) -> str:
    """A MIME type without its parameters."""
    return mime.partition(";")[0].strip().lower()


_ENDINGS = {
    "image/png": ".png",
    "image/jpeg": ".jpg",
    "image/gif": ".gif",
    "image/webp": ".webp",
    "text/plain": ".txt",
}
