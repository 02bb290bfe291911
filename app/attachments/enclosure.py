"""One thing attached to a question, as a value, and the rows of the `attachment` table it becomes.

A document is kept twice: the text that is sent, and the file itself, to be opened again. The row of the file
has the text's id with `.original` behind it. What is worth showing without reading the data (lines, pages)
stands in the text row's MIME type as parameters.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal
from uuid import uuid4

from app.store.entries import Attachment
from app.store.records import Enclosed

Kind = Literal["image", "file", "text"]

_ORIGINAL = ".original"


@dataclass(frozen=True, slots=True)
class Enclosure:
    """A picture ready to be sent, or a text with the file it was read from.

    `data` is the encoded picture or the text as UTF-8; `original` the file, where it is more than its text.
    `pages` None = unknown or without meaning.
    """

    id: str
    kind: Literal["image", "text"]
    name: str
    mime: str
    data: bytes = field(repr=False)
    original: bytes | None = field(default=None, repr=False)
    original_mime: str = ""
    lines: int = 0
    pages: int | None = None
    characters: int = 0

    @property
    def text(self) -> str:
        """The text; empty for a picture."""
        return self.data.decode("utf-8") if self.kind == "text" else ""

    def head(self) -> Enclosed:
        """What a view shows of it."""
        return Enclosed(
            self.id, self.kind, self.name, self.mime, len(self.data), self.lines, self.pages,
            self.original is not None,
        )  # fmt: skip


def picture(name: str, mime: str, data: bytes) -> Enclosure:
    """A picture of a format every vendor takes."""
    return Enclosure(uuid4().hex, "image", name, mime, data)


def text(
    name: str, said: str, *, pages: int | None = None, original: bytes | None = None, mime: str = ""
) -> Enclosure:
    """A text; `original` and its `mime` when it was taken out of a document."""
    data = said.encode("utf-8", "replace")
    lines = said.count("\n") + bool(said and not said.endswith("\n"))
    return Enclosure(
        uuid4().hex, "text", name, "text/plain", data, original, mime, lines, pages, len(said)
    )  # fmt: skip


def with_text(one: Enclosure, said: str) -> Enclosure:
    """The same thing with another text; a document it was read from goes, as it still has the old one."""
    return replace(text(one.name, said, pages=one.pages), id=one.id)


def rows_of(enclosures: Iterable[Enclosure], message: str) -> list[Attachment]:
    """The rows that keep these, in order."""
    rows: list[Attachment] = []
    for one in enclosures:
        mime = one.mime
        if one.kind == "text":
            mime += f"; lines={one.lines}" + (f"; pages={one.pages}" if one.pages is not None else "")
        rows.append(_row(one.id, message, len(rows), one.kind, one.name, mime, one.data))
        if one.original is not None:
            rows.append(
                _row(
                    one.id + _ORIGINAL, message, len(rows), "file", one.name, one.original_mime, one.original
                )
            )
    return rows


def enclosures_of(rows: Sequence[Attachment]) -> list[Enclosure]:
    """What rows stand for, in order. A file without a text of ours is left out: nothing of it can be sent."""
    files = {row.id.removesuffix(_ORIGINAL): row for row in rows if row.kind == "file"}
    found: list[Enclosure] = []
    for row in rows:
        if row.kind == "file":
            continue
        mime, lines, pages = parsed(row.mime)
        original = files.get(row.id)
        said = len(row.data.decode("utf-8", "replace")) if row.kind == "text" else 0
        found.append(
            Enclosure(
                row.id,
                row.kind,
                row.name,
                mime,
                row.data if row.kind == "image" else row.data.decode("utf-8", "replace").encode(),
                original.data if original else None,
                original.mime if original else "",
                lines,
                pages,
                said,
            )
        )
    return found


def copies(enclosures: Iterable[Enclosure]) -> list[Enclosure]:
    """The same things under new ids, for another message."""
    return [
        Enclosure(
            uuid4().hex, one.kind, one.name, one.mime, one.data, one.original, one.original_mime,
            one.lines, one.pages, one.characters,
        )
        for one in enclosures
    ]  # fmt: skip


def parsed(mime: str) -> tuple[str, int, int | None]:
    """MIME type, lines and pages of a stored type."""
    kind, *parameters = (part.strip() for part in mime.split(";"))
    numbers: dict[str, int] = {}
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if value.isdecimal():
            numbers[name] = int(value)
    return kind, numbers.get("lines", 0), numbers.get("pages")


def heads_of(rows: Iterable[tuple[str, Kind, str, str, int]]) -> tuple[Enclosed, ...]:
    """What is shown of rows (id, kind, name, MIME type, bytes), each document once."""
    known = list(rows)
    ids = {row[0] for row in known}
    shown: list[Enclosed] = []
    for id_, kind, name, mime, size in known:
        if kind == "file" and id_.removesuffix(_ORIGINAL) in ids and id_.endswith(_ORIGINAL):
            continue
        plain, lines, pages = parsed(mime)
        shown.append(
            Enclosed(id_, kind, name, plain, size, lines, pages, id_ + _ORIGINAL in ids or kind == "file")
        )
    return tuple(shown)


def original_of(id_: str) -> str:
    """The id of the row that keeps the file a text was read from."""
    return id_ if id_.endswith(_ORIGINAL) else id_ + _ORIGINAL


def _row(
    id_: str, message: str, position: int, kind: Literal["image", "file", "text"], name: str, mime: str,
    data: bytes,
) -> Attachment:  # fmt: skip
    return Attachment(id_, message, position, kind, name, mime, hashlib.sha256(data).hexdigest(), data)
