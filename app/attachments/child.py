"""The process that reads one document: `jieli --read-document KIND FILE RESULT`.

Documents come from strangers, and a crafted one can make a reader run for hours or take all memory. Here it
can do neither: the parent ends us after some seconds, and where the system can (not on Windows) memory and
processor time are bounded as well. The result is a JSON file: a program with a window has no streams there.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

MEMORY = 1 << 30
CPU_SECONDS = 30


def main(arguments: list[str]) -> int:
    """Read the document `arguments` name; returns the exit status."""
    kind, given, result = arguments
    _bound()
    from app.attachments.documents import DocumentError, read_docx, read_pdf

    try:
        text, pages = (read_pdf if kind == "pdf" else read_docx)(Path(given))
        found: dict[str, object] = {"text": text, "pages": pages}
    except DocumentError as trouble:
        found = {"trouble": trouble.what}
    except (MemoryError, RecursionError):
        found = {"trouble": "damaged"}
    Path(result).write_text(json.dumps(found), encoding="utf-8")
    return 0


def _bound() -> None:
    sys.setrecursionlimit(2000)
    try:
        import resource
    except ImportError:
        return
    for what, most in ((resource.RLIMIT_AS, MEMORY), (resource.RLIMIT_CPU, CPU_SECONDS)):
        # A system that refuses (macOS does so for memory) leaves the parent's time limit.
        try:
            resource.setrlimit(what, (most, most))
        except (ValueError, OSError):
            continue
