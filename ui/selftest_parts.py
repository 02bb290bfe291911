"""The window's parts of `jieli --self-test` that are loaded late: see `app.selftest_parts`."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path

from PySide6.QtGui import QImage

from app.exchange.exports.sinks import Format, Heading, Said
from app.selftest import Row, told
from app.selftest_parts import modules
from app.store.records import Conversation, Message
from ui.exchange.export_door import make_page
from ui.exchange.export_picture import write_picture
from ui.presenters.preferences import DEPENDENCIES

TEXT = """**接力** self-test: $\\frac{a}{b}$, and

```python
print("接力")
```

| 一 | 二 |
|---|---|
| 1 | 2 |
"""


def part_checks() -> Iterable[Row]:
    """Every module of the window, and a page of each kind with code, a table and a formula on it."""
    yield told("modules of the window", lambda: modules("ui"))
    yield told("pages", _pages)
    yield told("libraries", _libraries)


def _pages() -> str:
    talk = Conversation(id="self-test", title="接力", created_at=0.0, updated_at=0.0)
    message = Message(
        id="self-test-1",
        conversation=talk.id,
        parent=None,
        role="assistant",
        text=TEXT,
        status="done",
        created_at=0.0,
        updated_at=0.0,
    )
    said = Said(message, "接力")
    with tempfile.TemporaryDirectory(prefix="jieli-self-test-") as folder:
        html = _page("html", Path(folder, "page.html"), talk, said).decode()
        if "接力" not in html or "<table" not in html or '<span class="' not in html:
            raise RuntimeError("the HTML lacks the text, the table or the colours of the code")
        if not _page("pdf", Path(folder, "page.pdf"), talk, said).startswith(b"%PDF-"):
            raise RuntimeError("the PDF is none")
        picture = Path(folder, "page.png")
        write_picture("light", 14, [said], picture)
        drawn = QImage(str(picture))
        if drawn.isNull():
            raise RuntimeError("the picture cannot be read")
        return f"HTML, PDF and a picture of {drawn.width()} × {drawn.height()} pixels"


def _libraries() -> str:
    """Whether the versions of what is used are known; the settings show them."""
    missing: list[str] = []
    for _, distribution, _ in DEPENDENCIES:
        try:
            metadata.version(distribution)
        except metadata.PackageNotFoundError:
            missing.append(distribution)
    elsewhere = "truststore" if sys.platform.startswith("linux") else "jeepney"
    if missing and missing != [elsewhere]:
        raise RuntimeError(f"no version of {', '.join(missing)}")
    return f"{len(DEPENDENCIES) - len(missing)} with their versions"


def _page(kind: Format, path: Path, talk: Conversation, said: Said) -> bytes:
    sink = make_page(kind, path, True)
    sink.begin([Heading(talk.id, talk.title)])
    sink.open_conversation(talk)
    sink.say(said)
    sink.close_conversation()
    return sink.finish().read_bytes()
