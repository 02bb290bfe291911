"""What `jieli --self-test` asks of parts that are loaded late, and that a package could lack unseen.

Modules imported by name, libraries used once in a while, the program started as a child of itself: a frozen
copy without one of these opens its window all the same, and fails on the day it is needed.
"""

from __future__ import annotations

import importlib
import io
import pkgutil
import sys
import zipfile
from collections.abc import Iterable

from app.attachments.reading import read_document
from app.backup import sealed
from app.selftest import Row, told

TEXT = "Jieli self-test"

CHEAP = 10
"""scrypt's cost here (as a power of two): the library is looked at, not its strength."""

ONLY_ON = {"jeepney": "linux", "secretstorage": "linux"}
"""Libraries of one system: modules that need them may fail to load on others."""


def part_checks() -> Iterable[Row]:
    """The core's own; the window's are `ui.selftest_parts`."""
    yield told("modules of the core", lambda: modules("app", "providers"))
    yield told("documents", _documents)
    yield told("encryption", _encryption)


def modules(*packages: str) -> str:
    """Import every module below `packages`; says how many there are, and raises with the one that fails."""
    count = 0
    for package in packages:
        root = importlib.import_module(package)
        for found in pkgutil.walk_packages(root.__path__, f"{package}."):
            if found.name.endswith("__main__"):
                continue
            try:
                importlib.import_module(found.name)
            except ModuleNotFoundError as error:
                if sys.platform == ONLY_ON.get((error.name or "").partition(".")[0], sys.platform):
                    raise RuntimeError(f"{found.name}: {error}") from error
            count += 1
    if not count:
        raise RuntimeError(f"nothing below {', '.join(packages)}")
    return f"{count} in {', '.join(packages)}"


def _documents() -> str:
    """A PDF and a Word file through the process that reads documents: this program, started by itself."""
    for kind, data in (("pdf", _pdf()), ("docx", _docx())):
        text, _ = read_document(kind, f"self-test.{kind}", data)
        if text.strip() != TEXT:
            raise RuntimeError(f"{kind}: {text[:80]!r}")
    return "PDF and DOCX, each in a process of its own"


def _encryption() -> str:
    file = io.BytesIO()
    writer = sealed.Writer(file, sealed.lock(TEXT, log_n=CHEAP))
    writer.write(TEXT.encode())
    writer.finish()
    file.seek(0)
    if TEXT.encode() in file.getvalue():
        raise RuntimeError("it can be read without the passphrase")
    if sealed.Reader(file, sealed.Keyring(TEXT)).read().decode() != TEXT:
        raise RuntimeError("what was sealed came back changed")
    return "sealed and opened with a passphrase"


def _pdf() -> bytes:
    """One page with `TEXT` on it (PDF 1.4 with a cross-reference table)."""
    stream = f"BT /F1 24 Tf 72 700 Td ({TEXT}) Tj ET".encode()
    bodies = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [4 0 R] /Count 1 >>",
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 5 0 R "
        b"/Resources << /Font << /F1 3 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
    )
    out = bytearray(b"%PDF-1.4\n")
    places: list[int] = []
    for number, body in enumerate(bodies, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start, count = len(out), len(bodies) + 1
    out += b"xref\n0 %d\n0000000000 65535 f \n" % count
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (count, start)
    return bytes(out)


def _docx() -> bytes:
    """One paragraph of `TEXT`."""
    names = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    body = f"<w:body><w:p><w:r><w:t>{TEXT}</w:t></w:r></w:p></w:body>"
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as packed:
        packed.writestr("word/document.xml", f'<?xml version="1.0"?><w:document {names}>{body}</w:document>')
    return file.getvalue()
