"""The text of PDF and DOCX files. Runs only in the process of `child.py`, which bounds time and memory."""

from __future__ import annotations

import logging
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Literal, cast

from app.attachments.limits import FILE_CHARACTERS

Trouble = Literal["locked", "damaged", "no_text", "too_long"]

XML_BYTES = 60_000_000
"""The largest part of a DOCX that is unpacked."""

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_PAGES = re.compile(rb"<Pages>(\d{1,6})</Pages>")


_BROKEN = (ValueError, OSError, zlib.error, struct.error)


class DocumentError(Exception):
    """The document cannot be read; `what` says why."""

    def __init__(self, what: Trouble) -> None:
        super().__init__(what)
        self.what: Trouble = what


def read_pdf(path: Path) -> tuple[str, int | None]:
    """The text of a PDF, each page under a line `[p. N]`, and the number of pages."""
    import pypdf
    from pypdf.errors import PyPdfError

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    parts: list[str] = []
    length = 0
    said = False
    try:
        reader = pypdf.PdfReader(path)
        if reader.is_encrypted and not reader.decrypt(""):
            raise DocumentError("locked")
        pages = len(reader.pages)
        for number, page in enumerate(reader.pages, 1):
            text = page.extract_text().strip()
            said = said or bool(text)
            parts.append(f"[p. {number}]\n{text}\n" if pages > 1 else text)
            length += len(text)
            if length > FILE_CHARACTERS:
                raise DocumentError("too_long")
    except DocumentError:
        raise
    except (PyPdfError, ImportError, NotImplementedError) as error:
        # Some ways of locking need a library that is not on every system.
        locked = "crypt" in str(error).lower() or isinstance(error, ImportError)
        raise DocumentError("locked" if locked else "damaged") from error
    except (*_BROKEN, TypeError, LookupError, AttributeError, ArithmeticError) as error:
        # What a reader of a format this loose runs into on files that are cut or made up.
        raise DocumentError("damaged") from error
    if not said:
        raise DocumentError("no_text")
    return _clean("\n".join(parts)), pages


def read_docx(path: Path) -> tuple[str, int | None]:
    """The text of a DOCX file, and its pages as the program that wrote it counted them."""
    from xml.etree.ElementTree import ParseError

    from defusedxml.common import DefusedXmlException

    try:
        with zipfile.ZipFile(path) as archive:
            with archive.open("word/document.xml") as part:
                text = "".join(_pieces(part)).strip()
            pages = _pages(archive)
    except (zipfile.BadZipFile, KeyError, ParseError, DefusedXmlException) as error:
        raise DocumentError("damaged") from error
    except RuntimeError as error:
        # What zipfile says of a part with a password.
        raise DocumentError("locked") from error
    except (*_BROKEN, EOFError, NotImplementedError) as error:
        raise DocumentError("damaged") from error
    if not text:
        raise DocumentError("no_text")
    return _clean(text), pages


class _Bounded:
    """A stream that ends with `DocumentError` when more comes out of it than there should be."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._left = XML_BYTES

    def read(self, size: int = 65536) -> bytes:
        data = self._stream.read(min(size if size > 0 else 65536, 65536))
        self._left -= len(data)
        if self._left < 0:
            raise DocumentError("too_long")
        return data


def _pieces(stream: IO[bytes]) -> Iterator[str]:
    from defusedxml.ElementTree import iterparse

    length = tables = fallback = 0
    events = iterparse(cast("IO[bytes]", _Bounded(stream)), events=("start", "end"), forbid_dtd=True)
    for event, element in events:
        tag = element.tag
        if event == "start":
            tables += tag == _W + "tbl"
            # The same text again, for programs that do not know the newer form.
            fallback += tag == _FALLBACK
            continue
        piece = ""
        if tag == _W + "t":
            piece = element.text or ""
        elif tag == _W + "tab":
            piece = "\t"
        elif tag in (_W + "br", _W + "cr"):
            piece = "\n"
        elif tag == _W + "p":
            piece = " " if tables else "\n"
        elif tag == _W + "tc":
            piece = "\t"
        elif tag == _W + "tr":
            piece = "\n"
        elif tag == _W + "tbl":
            tables -= 1
        elif tag == _FALLBACK:
            fallback -= 1
        if tag in (_W + "p", _W + "tr"):
            element.clear()
        if piece and not fallback:
            length += len(piece)
            if length > FILE_CHARACTERS:
                raise DocumentError("too_long")
            yield piece


def _pages(archive: zipfile.ZipFile) -> int | None:
    try:
        with archive.open("docProps/app.xml") as part:
            found = _PAGES.search(part.read(65536))
    except (KeyError, zipfile.BadZipFile, *_BROKEN):
        return None
    return int(found[1]) if found and int(found[1]) else None


def _clean(text: str) -> str:
    """Without what no text has: lone surrogates and control characters."""
    sound = text.encode("utf-8", "replace").decode("utf-8")
    sound = re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]", "", sound)
    return re.sub(r"[ \t]+\n", "\n", sound)
