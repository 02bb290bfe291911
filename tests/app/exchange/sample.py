"""A store with all that an export has to keep: branches, attempts, attachments, comparisons, odd text."""

from __future__ import annotations

import hashlib
import struct
import zlib
from pathlib import Path

from app.store.entries import Attachment, AttemptRecord
from app.store.records import Assistant, Conversation, Message, Parameters
from app.store.store import Store
from tests.app.parts import attempt

START = 1_760_000_000.25

ANSWER = r"""## 速率与公式

行内公式 $E = mc^2$，单独一行：

$$\sum_{i=1}^{n} \frac{1}{i^2} = \frac{\pi^2}{6}$$

| 服务商 | 免费额度 | 到期 |
|:--|--:|:-:|
| 智谱 | 2,000,000 token | 12-09 |
| 阿里云 | 1,000,000 token | 明天 |

```python
def 额度(leg: str) -> int:
    '''剩下多少 token。'''
    return {"智谱": 42}.get(leg, 0)  # 没有就是 0
```

1. 第一步，**加粗**与*强调*
2. 第二步，`inline code`
   - 嵌套，链接 <https://example.com/路径?a=1&b=2>
   - [ ] 没做完

> 引用一句话。

![外部图片](https://tracker.example.com/pixel.png?secret=1)

<script>alert(1)</script> 和 <img src="https://tracker.example.com/x.png"> 只是文字。
"""


def png(width: int = 60, height: int = 40, colour: bytes = b"\x0b\x6b\x5e") -> bytes:
    """A picture of one colour."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = b"".join(b"\0" + colour * width for _ in range(height))
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


def part(ident: str, message: str, position: int, name: str, mime: str, data: bytes) -> Attachment:
    kind = "image" if mime.startswith("image/") else "file"
    return Attachment(ident, message, position, kind, name, mime, hashlib.sha256(data).hexdigest(), data)


def said(ident: str, conversation: str, parent: str | None, text: str, at: float, **more: object) -> Message:
    role = "assistant" if more.get("provider") else "user"
    made = Message(ident, conversation, parent, role, text, "done", START + at, START + at + 0.5)
    from dataclasses import replace

    return replace(made, **more)  # type: ignore[arg-type]


async def fill(store: Store) -> list[str]:
    """Store the sample; returns the ids of its conversations, oldest first."""
    await store.save_assistant(
        Assistant("as1", "翻译 / translator", "译成中文\n", START, START, ("zhipu",), Parameters(0.3))
    )
    rich = Conversation(
        "c1", '额度: 1/2 <b>"x"</b>?', START, START + 90, title_by_user=True, pinned=True, head="c1m4",
        system="说得短些。\n不要列表。", chain=("zhipu:glm-4.7-flash", "alibaba"), spend="ask",
        pinned_leg="zhipu:glm-4.7-flash", draft="还没写完\u2028的草稿", folder="工作", tags=("重要", "a,b"),
        assistant="as1", parameters=Parameters(0.7, 1000, True), summary="谈了额度", summary_until="c1m2",
        changed_at=START + 91.125,
    )  # fmt: skip
    glm = {"provider": "zhipu", "model": "glm-4.7-flash", "finish": "stop"}
    qwen = {"provider": "alibaba", "model": "qwen-plus", "finish": "stop"}
    tree = [
        said("c1m1", "c1", None, "讲讲额度。\n换行 *不是* 强调 <i>", 1),
        said(
            "c1m2",
            "c1",
            "c1m1",
            ANSWER,
            2,
            reasoning="先想\n再想",
            reasoning_ms=1234,
            note='{"asks": [1,2]}',
            **glm,
        ),
        said("c1m2b", "c1", "c1m1", "另一个版本 👩‍👩‍👧 e\u0301 \U0002f81a \x07", 3, **qwen),
        said("c1m3", "c1", "c1m2", "比一比", 4),
        said("c1m4", "c1", "c1m3", "左边的回答", 5, column_group="g1", **glm),
        said(
            "c1m5",
            "c1",
            "c1m3",
            "```py\n右边, 没有结尾",
            5.5,
            column_group="g1",
            **{**qwen, "status": "stopped"},
        ),
    ]
    parts = [
        part("p1", "c1m1", 0, "图 1.png", "image/png", png()),
        part("p2", "c1m1", 1, "..\\con.txt", "text/plain; lines=1", "文件内容\r\n".encode()),
        part("p3", "c1m3", 0, "", "application/octet-stream", bytes(range(256))),
    ]
    assert await store.add_conversation(rich, tree, parts, "chatgpt:abc")
    plain = Conversation(
        "c2", "", START + 5, START + 6, archived=True, practice=True, head="c2m1", changed_at=START + 6
    )
    assert await store.add_conversation(plain, [said("c2m1", "c2", None, "存档的", 6)])
    empty = Conversation("c3", '额度: 1/2 <B>"X"</B>?', START + 7, START + 7, changed_at=START + 7)
    assert await store.add_conversation(empty, [])
    records: list[AttemptRecord] = [
        attempt("a1", "c1m2", n=1, conversation="c1", provider="alibaba", model="qwen-plus", outcome="failed",
                kind="quota_exhausted", code="AllocationQuota.FreeTierOnly", status=403, text="额度\n用完",
                key="k-1", retry_after=1.5, until=START + 1000, started_at=START + 1.5),
        attempt("a2", "c1m2", n=2, conversation="c1", started_at=START + 1.75, prompt_tokens=11,
                completion_tokens=20, text_start=0, text_end=10, billing="free", usage_estimated=True),
        attempt("a3", None, n=1, conversation="c1", started_at=START + 1.75),
    ]  # fmt: skip
    for record in records:
        store.post_attempt(record)
    return ["c1", "c2", "c3"]


async def opened_home(folder: Path) -> Store:
    """A store where the program would have it."""
    from app.clock import SystemClock
    from app.paths import locate

    paths = locate(folder, {})
    paths.ensure()
    return await Store.open(paths.database_file, SystemClock(), paths.locks)
