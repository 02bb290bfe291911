"""A conversation with pictures and files in it, and more of them attached to its draft."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from pathlib import Path

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QImage, QLinearGradient, QPainter, QPolygonF

from app.attachments import enclosure
from app.paths import locate
from app.store import drafts, messages
from app.store.connection import connect
from tests import documents
from tests.bench import seed
from ui.composer import pictures

CHAIN = ("zhipu:glm-4.7-flash", "zhipu:glm-4.6v-flash")
KEYS = ("zhipu",)

ANSWER = """第一张是山谷的黄昏，第二张是正午。报告第 2 页的数字与表格一致：

- 免费额度还剩 **863,000** token
- 12 月 9 日到期
"""


def _landscape(evening: bool) -> bytes:
    image = QImage(900, 600, QImage.Format.Format_RGB32)
    painter = QPainter(image)
    sky = QLinearGradient(0, 0, 0, 600)
    sky.setColorAt(0, QColor("darkslateblue" if evening else "steelblue"))
    sky.setColorAt(1, QColor("lightsalmon" if evening else "lightcyan"))
    painter.fillRect(image.rect(), sky)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    for shade, base in (("slategray", 300), ("darkslategray", 400)):
        painter.setBrush(QColor(shade))
        peaks = [QPointF(0, 600)]
        peaks += [QPointF(x, base + (x * 37 % 140)) for x in range(0, 1000, 130)]
        painter.drawPolygon(QPolygonF([*peaks, QPointF(900, 600)]))
    painter.end()
    return pictures.encode(image)[1]


def home(folder: Path) -> None:
    """A home that opens with that conversation."""
    seed.home(folder, 12, 120)
    (folder / "window.json").write_text('{"conversation": "attached"}', encoding="utf-8")
    now = time.time()
    sent = [
        enclosure.picture("黄昏.jpg", "image/png", _landscape(True)),
        enclosure.picture("正午.jpg", "image/png", _landscape(False)),
        enclosure.text(
            "免费额度季度报告.pdf",
            "额度\n" * 960,
            pages=12,
            original=documents.pdf("x"),
            mime="application/pdf",
        ),
        enclosure.text("每日用量.csv", "日期,token\n" * 380),
    ]
    waiting = [
        enclosure.picture("截图 2026-11-22.png", "image/png", _landscape(True)),
        enclosure.text("接力链设计说明.docx", "字\n" * 240, pages=7, original=b"x"),
    ]
    with closing(connect(locate(folder, {}).database_file)) as raw:
        db: sqlite3.Connection = raw
        db.execute("BEGIN")
        db.execute(
            "INSERT INTO conversation (id, title, created_at, updated_at, pinned, draft)"
            " VALUES (?, ?, ?, ?, 1, ?)",
            ("attached", "两张照片和一份报告", now, now, "这张截图和说明对得上吗？"),
        )
        rows = (
            ("a-0", None, "user", "看看这些照片，再核对报告", ""),
            ("a-1", "a-0", "assistant", ANSWER, "zhipu"),
        )
        for me, parent, role, text, provider in rows:
            db.execute(
                "INSERT INTO message (id, conversation, parent, role, status, created_at, updated_at, text, "
                "provider, model) VALUES (?, 'attached', ?, ?, 'done', ?, ?, ?, ?, ?)",
                (me, parent, role, now, now, text, provider or None, "glm-4.6v-flash" if provider else None),
            )
        db.execute("UPDATE conversation SET head = 'a-1' WHERE id = 'attached'")
        messages.add_attachments(db, enclosure.rows_of(sent, "a-0"))
        drafts.keep(db, "attached", enclosure.rows_of(waiting, ""), now)
        db.execute("COMMIT")
