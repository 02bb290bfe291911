"""A conversation with all an answer can hold: formulas, code, a table, thinking, a pass in its middle."""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path

from app.paths import locate
from tests.bench import seed

TECHNICAL = """## 令牌桶的推导

设桶容量为 $b$，补充速率为 $r$，则在 $[t_0, t]$ 内放行的请求数满足
$n(t) \\le b + r\\,(t-t_0)$，平均等待时间是[^1]：

$$
W = \\frac{\\lambda \\, \\overline{x^2}}{2(1-\\rho)}, \\qquad \\rho = \\sum_{i=1}^{k} \\lambda_i \\bar{x}_i
$$

```python
class Bucket:
    def take(self, n: int = 1) -> bool:
        self.level = min(self.size, self.level + self.rate * (now() - self.last))  # 先补再取
        return self.level >= n
```

| 方案 | 复杂度 | 说明 |
|---|:-:|--:|
| 漏桶 | $O(1)$ | 恒定速率 |
| 令牌桶 | $O(1)$ | 允许突发 |

1. 先补令牌
   - [x] 按时间差
   - [ ] 不超过容量
2. 再决定放不放行，取不到就等：

   ```bash
   curl --retry 5 --retry-delay 1 --retry-max-time 30 --fail --silent --show-error https://example.com/v1/take?n=3
   ```
3. 记下用掉多少

> 花 $5 和 $6 不是公式。

[^1]: Pollaczek–Khinchine 公式。
"""


def home(folder: Path) -> None:
    """A home that opens with that answer."""
    seed.home(folder, 12, 120)
    (folder / "window.json").write_text('{"conversation": "technical"}', encoding="utf-8")
    now, cut = time.time(), TECHNICAL.index("| 方案")
    with sqlite3.connect(locate(folder, {}).database_file) as db:
        db.execute(
            "INSERT INTO conversation (id, title, created_at, updated_at, pinned) VALUES (?, ?, ?, ?, 1)",
            ("technical", "令牌桶的推导", now, now),
        )
        rows = (
            ("t-0", None, "user", "推导令牌桶，给代码和表格", "", None),
            ("t-1", "t-0", "assistant", TECHNICAL, "先写不等式，再给平均等待时间。\n代码要短。", 6200),
        )
        for me, parent, role, text, reasoning, ms in rows:
            db.execute(
                "INSERT INTO message (id, conversation, parent, role, status, created_at, updated_at, text,"
                " reasoning, reasoning_ms) VALUES (?, 'technical', ?, ?, 'done', ?, ?, ?, ?, ?)",
                (me, parent, role, now, now, text, reasoning, ms),
            )
        legs = (
            ("zhipu", "glm-4.7-flash", "failed", "rate_limited", 0, cut),
            ("tencent", "hy3", "answered", None, cut, len(TECHNICAL)),
        )
        for n, (provider, model, outcome, kind, start, end) in enumerate(legs, 1):
            db.execute(
                "INSERT INTO attempt (id, message, conversation, n, provider, model, outcome, started_at,"
                " kind, first_content_ms, text_start, text_end)"
                " VALUES (?, 't-1', 'technical', ?, ?, ?, ?, ?, ?, 600, ?, ?)",
                (f"t-1-{n}", n, provider, model, outcome, now, kind, start, end),
            )
        db.execute("UPDATE conversation SET head = 't-1' WHERE id = 'technical'")
    db.close()
