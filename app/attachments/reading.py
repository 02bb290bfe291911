"""From a file to what is attached. Everything here blocks: it belongs on a worker thread."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

from app.attachments import enclosure, limits
from app.attachments.decoding import decode
from app.attachments.enclosure import Enclosure
from app.attachments.kinds import MIME, kind_of
from app.errors import KnownError
from app.options import READ_DOCUMENT

_log = logging.getLogger(__name__)

SECONDS = 20.0
"""How long a document may take; beyond that it is taken to be made to hang."""

Scale = Callable[[bytes], tuple[str, bytes]]
"""Makes any picture one that vendors take: its MIME type and bytes. Raises `KnownError`."""

_ROOT = Path(__file__).resolve().parents[2]


def read_file(path: Path, scale: Scale) -> Enclosure:
    """Read one file. Raises `KnownError` when it cannot be read, is too large, or is nothing we can send."""
    name = path.name
    try:
        # A pipe or a device would never end.
        if not path.is_file():
            if not path.exists():
                raise KnownError("attach.missing", name=name)
            raise KnownError("attach.no_file", name=name)
        with path.open("rb") as file:
            head = file.read(4096)
            kind = kind_of(name, head)
            most = _most(kind)
            data = head + file.read(most + 1 - len(head))
    except OSError as error:
        raise KnownError("attach.unreadable", name=name, reason=error.strerror or error) from error
    if len(data) > most:
        raise KnownError("attach.too_large", name=name, most=most // 1_000_000)
    return read_bytes(name, data, scale)


def read_bytes(name: str, data: bytes, scale: Scale) -> Enclosure:
    """As `read_file`, of a file that is in memory."""
    kind = kind_of(name, data[:4096])
    if not data:
        raise KnownError("attach.empty", name=name)
    if kind == "image":
        mime, picture = scale(data)
        return enclosure.picture(name, mime, picture)
    if kind in ("pdf", "docx"):
        said, pages = read_document(kind, name, data)
        return enclosure.text(name, said, pages=pages, original=data, mime=MIME[kind])
    said = decode(data) if kind == "text" else None
    if said is None:
        raise KnownError("attach.unknown_kind", name=name)
    if len(said) > limits.FILE_CHARACTERS:
        raise KnownError("attach.too_long", name=name, most=limits.FILE_CHARACTERS)
    if not said.strip():
        raise KnownError("attach.empty", name=name)
    return enclosure.text(name, said)


def read_document(kind: str, name: str, data: bytes, seconds: float = SECONDS) -> tuple[str, int | None]:
    """The text of a PDF or DOCX file and its pages, read in a process that may fail without harm."""
    with tempfile.TemporaryDirectory(prefix="jieli-") as folder:
        given, found = Path(folder) / "document", Path(folder) / "text.json"
        given.write_bytes(data)
        try:
            done = subprocess.run(
                [*_command(), READ_DOCUMENT, kind, str(given), str(found)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                timeout=seconds,
                check=False,
                env={**os.environ, "PYTHONPATH": str(_ROOT)},
                creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
            )
        except subprocess.TimeoutExpired as error:
            raise KnownError("attach.too_slow", name=name, seconds=round(seconds)) from error
        result = _result(found)
    trouble = result.get("trouble")
    if result.get("text") is None and trouble is None:
        _log.warning("reading a %s of %d bytes ended with status %s", kind, len(data), done.returncode)
        trouble = "damaged"
    match trouble:
        case None:
            pages = result.get("pages")
            return str(result["text"]), pages if isinstance(pages, int) else None
        case "locked":
            raise KnownError("attach.locked", name=name)
        case "no_text":
            raise KnownError("attach.no_text", name=name)
        case "too_long":
            raise KnownError("attach.too_long", name=name, most=limits.FILE_CHARACTERS)
        case _:
            raise KnownError("attach.damaged", name=name)


def _command() -> list[str]:
    """How this program starts itself."""
    return [sys.executable] if getattr(sys, "frozen", False) else [sys.executable, "-m", "app"]


def _result(path: Path) -> dict[str, Any]:
    try:
        found: object = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return cast("dict[str, Any]", found) if isinstance(found, dict) else {}


def _most(kind: str) -> int:
    match kind:
        case "image":
            return limits.PICTURE_BYTES
        case "pdf" | "docx":
            return limits.DOCUMENT_BYTES
        case _:
            return limits.TEXT_BYTES
