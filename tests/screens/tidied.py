"""A list that somebody keeps in order: folders, tags, archived and deleted conversations, snapshots."""

from __future__ import annotations

import shutil
import sqlite3
import time
from pathlib import Path

from app.paths import locate
from tests.bench import seed

TITLES = (
    "令牌桶与漏桶的区别", "周报：接力链上线", "SQLite 检查点什么时候跑", "年终述职提纲", "去大理的行程",
    "Explain this stack trace", "合同里的违约金条款", "给妈妈选手机", "qasync 与嵌套事件循环", "家庭账本公式",
)  # fmt: skip


def home(folder: Path) -> None:
    """A home with two folders, tags, three archived and four deleted conversations, and two snapshots."""
    seed.home(folder, 40, 240, long_one=12)
    paths = locate(folder, {})
    now = time.time()
    with sqlite3.connect(paths.database_file) as db:
        for n, title in enumerate(TITLES):
            db.execute("UPDATE conversation SET title = ? WHERE id = ?", (title, f"c{39 - n}"))
        for n in range(9):
            name = "工作" if n % 3 else "家里"
            db.execute("UPDATE conversation SET folder = ? WHERE id = ?", (name, f"c{39 - 2 * n}"))
        for n in (38, 37, 35, 33):
            db.execute("UPDATE conversation SET tags = ? WHERE id = ?", ('["重要"]', f"c{n}"))
        for n in (1, 2, 3):
            db.execute("UPDATE conversation SET archived = 1 WHERE id = ?", (f"c{n}",))
        for n in range(4, 8):
            at = now - (n - 3.5) * 5 * 86400
            db.execute("UPDATE conversation SET deleted_at = ? WHERE id = ?", (at, f"c{n}"))
    db.close()
    (folder / "window.json").write_text('{"folded": ["家里"]}', encoding="utf-8")
    snapshots = paths.database_file.parent / "snapshots"
    snapshots.mkdir(exist_ok=True)
    for back in (1, 2):
        day = time.strftime("%Y-%m-%d", time.localtime(now - back * 86400))
        shutil.copy(paths.database_file, snapshots / f"jieli-{day}.db")
