"""Where exports get what draws pages; nothing of it is loaded before a page is wanted.

HTML needs no Qt, so that it also works on machines without graphics libraries. PDF needs a `QGuiApplication`,
which belongs to the main thread: a command has one made here, the window has its own.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from app.errors import KnownError
from app.exchange.exports.sinks import Format, PageSink

if TYPE_CHECKING:
    from PySide6.QtGui import QGuiApplication


def make_page(kind: Format, path: Path, force: bool) -> PageSink:
    """What writes a file of this format; on the export's own thread."""
    if kind == "html":
        from ui.exchange.export_html import HtmlFile

        return HtmlFile(path, force=force)
    from ui.exchange.export_pdf import PdfFile

    return PdfFile(path, force=force)


def prepare(kind: Format) -> QGuiApplication | None:
    """In the main thread, before pages are made: whatever the format needs of Qt; hold what is returned.

    Raises `KnownError` when Qt cannot be loaded here.
    """
    if kind != "pdf":
        return None
    if sys.platform.startswith("linux"):
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    try:
        from PySide6.QtGui import QGuiApplication
    except ImportError as error:
        raise KnownError("export.no_pages", detail=str(error).splitlines()[0]) from error
    running = QGuiApplication.instance()
    return running if isinstance(running, QGuiApplication) else QGuiApplication(sys.argv[:1])
