"""Ten mixed answers, cut everywhere, and what next legs make of it.

`python -m tests.app.relay.seam_corpus` prints the figures and every join that came out otherwise than meant.
"""

from __future__ import annotations

import re
import sys
import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from app.relay.seam import Seam

ANSWERS = {
    "zh prose": """令牌桶允许突发，同时限住均值。桶里最多放这么多令牌，取完就要等它慢慢补充回来。

两者可以叠用：外层的滑动窗口守住每日总次数，里层的令牌桶抹平瞬间的尖峰。他说：“时钟要以服务器为准，不要相信客户端！”

最后再说一句，限流不是惩罚，而是为了让每个人都能用得上；想清楚这一点，参数就好定了。
""",
    "en prose": """The bucket refills at a steady rate, so bursts are allowed. Nothing is lost when full.

Use a monotonic clock: the system time may jump. Café and naïve façades stay as they are; so do "quotes".

In short, the limiter isn't a punishment. It's what lets everyone have a turn, and that is all there is to it.
""",
    "code": """Use `time.monotonic()` for this:

```python
class TokenBucket:
    def __init__(self, rate: float, size: int) -> None:
        self.rate = rate
        self.size = size

    async def take(self, amount: int = 1) -> None:
        now = time.monotonic()
        self.tokens += (now - self.at) * self.rate
        if self.tokens < 0:
            await asyncio.sleep(-self.tokens / self.rate)
```

That is the whole class.
""",
    "code that repeats": """下面的写法有重复：

```js
items.push(1);
items.push(1);
items.push(1);
if (ok) {
  if (ready) {
    run();
  }
}
console.log("done");
console.log("done");
```

输出是 1, 1, 1, 1, 1，然后是 done done。
""",
    "table": """各家的对比：

| 算法 | 突发 | 内存 | 备注 |
| --- | --- | --- | --- |
| 令牌桶 | 允许 | O(1) | 常用 |
| 漏桶 | 不允许 | O(1) | 平滑 |
| 滑动窗口 | 不允许 | O(n) | 精确 |
| 固定窗口 | 允许 | O(1) | 常用 |

表里的 O(n) 指窗口里的请求数。
""",
    "nested list": """步骤如下：

1. 准备环境
   - 安装 Python 3.11
   - 安装依赖
     - httpx
     - PySide6
2. 写配置
   - 填密钥
   - 选顺序
3. 运行
   - [ ] 先试一次
   - [x] 再看日志

> 注意：密钥不要写进文件。
> 也不要发给别人。
""",
    "json": """```json
{
  "name": "jieli",
  "legs": [
    {"provider": "zhipu", "model": "glm-4.7-flash", "free": true},
    {"provider": "alibaba", "model": "qwen-plus", "free": false},
    {"provider": "zhipu", "model": "glm-4.6v-flash", "free": true}
  ],
  "limits": {"attempts": 5, "seconds": 45, "retry": [0, 0, 0]}
}
```
""",
    "formulas": r"""设 $f(x) = x^2 + 2x + 1$，则

$$
\int_0^1 f(x)\,dx = \left[\frac{x^3}{3} + x^2 + x\right]_0^1 = \frac{7}{3}
$$

因为 $f(x) = (x+1)^2$，所以 $f(-1) = 0$；又有 $\sum_{i=1}^{n} i = \frac{n(n+1)}{2}$。

\begin{aligned}
a &= b + c \\
a &= b + d \\
\end{aligned}
""",
    "emoji": """进度 🚀：第一步 ✅，第二步 ✅，第三步 ⏳。

Team: 👩‍💻 writes, 👨‍👩‍👧‍👦 tests, 🏳️‍🌈 ships! 🇨🇳🇫🇷 Cafe\u0301 and re\u0301sume\u0301 are fine 👍🏽.

哈哈哈哈 😂😂😂，好的好的，谢谢谢谢！ㅋㅋㅋ 한국어도 됩니다。か\u3099き\u3099く\u3099
""",
    "mixed": """## 用 httpx 流式读取

先装依赖：`pip install httpx`，再看例子：

```python
async with client.stream("GET", url) as r:
    async for line in r.aiter_lines():
        print(line)
```

- **超时**：`timeout=20`，单位是秒；
- **重试**：at most 5 attempts, then 放弃；
- 链接：[文档](https://www.python-httpx.org/)。

| key | 值 |
|:---|---:|
| retry | 5 |

It works 在 Windows、macOS 和 Linux 上，大约 1,024 tokens。
""",
}
"""The intended answers."""

PREFACES = (
    "好的，继续：\n",
    "好的，接着上文继续：\n\n",
    "Sure, continuing:\n\n",
    "Continuing from where I left off:\n",
)
BARE_PREFACES = ("好的，继续：", "Sure, continuing: ")


@dataclass(frozen=True, slots=True)
class Case:
    """One cut and one next leg. `certain` = what was meant can be told from the two texts at all."""

    answer: str
    way: str
    cut: int
    partial: str
    continuation: str
    certain: bool = True

    @property
    def meant(self) -> str:
        """What the joined answer should be."""
        return ANSWERS[self.answer]


def cases() -> Iterator[Case]:
    """Every cut of every answer, with every way of going on that makes sense there."""
    for name, text in ANSWERS.items():
        for cut in range(1, len(text)):
            partial, rest = text[:cut], text[cut:]
            for way, continuation, certain in _ways(text, cut):
                yield Case(name, way, cut, partial, continuation, certain)
            assert partial + rest == text


def _ways(text: str, cut: int) -> Iterator[tuple[str, str, bool]]:
    partial, rest = text[:cut], text[cut:]
    yield "nothing", rest, True
    for words in (3, 6):
        start = _words_back(partial, words)
        said = partial[start:]
        if start < cut:
            yield f"last {words} words", text[start:], weighty(said)
    start = _sentence_start(partial)
    if start < cut:
        yield "a sentence", text[start:], weighty(partial[start:])
    line = partial.rfind("\n") + 1
    if line < cut:
        yield "the line", text[line:], weighty(partial[line:]) or _is_marker(partial[line:])
    if (fence := open_fence(partial)) is not None:
        yield "the fence", fence + rest, partial.endswith("\n")
        yield "fence and line", fence + text[line:], weighty(partial[line:]) or line == cut
    for preface in PREFACES:
        # How many of the line breaks are the preface's own cannot be told.
        yield "a preface", preface + rest, rest[0] != "\n"
    for preface in BARE_PREFACES:
        yield "a bare preface", preface + rest, rest[0] != "\n" and not _word_inside(partial, rest)
    start = _sentence_start(partial)
    yield "preface and sentence", PREFACES[0] + text[start:], start == cut or weighty(partial[start:])
    yield "a space", " " + rest, _space_is_odd(partial, rest)
    yield "a line break", "\n" + rest, _break_is_odd(partial, rest)


def joined(case: Case, step: int = 100_000) -> str:
    """The joined answer when the continuation arrives in chunks of `step` characters."""
    seam, text = Seam(case.partial), case.continuation
    parts = [seam.feed(text[i : i + step]) for i in range(0, len(text), step)]
    return case.partial + "".join(parts) + seam.flush()


def same(one: str, other: str) -> bool:
    """Whether two texts say the same to a reader: composed or decomposed accents are one."""
    return unicodedata.normalize("NFC", one) == unicodedata.normalize("NFC", other)


def weighty(said: str) -> bool:
    """Whether a repetition is long enough to be no accident (`1, 1, 1` is not)."""
    plain = "".join(said.split())
    cjk = len(re.findall(r"[\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7af]", plain))
    latin = sum(c.isascii() and c.isalnum() for c in plain)
    return 2 * cjk + latin >= 7 and len({c for c in plain if c.isalnum()}) >= 3


def open_fence(partial: str) -> str | None:
    """The line that opened the code block the text ends in, None outside of one."""
    fences = [line for line in partial.split("\n")[:-1] if line.startswith("```")]
    return fences[-1] + "\n" if len(fences) % 2 else None


def _words_back(partial: str, count: int) -> int:
    found = [m.start() for m in re.finditer(r"[\u4e00-\u9fff]{1,2}|\w+|[^\w\s]", partial)]
    return found[-count] if len(found) >= count else 0


def _sentence_start(partial: str) -> int:
    ends = [m.end() for m in re.finditer(r"[。！？；]”?|[.!?;] |\n+", partial) if m.end() < len(partial)]
    return ends[-1] if ends else 0


def _is_marker(text: str) -> bool:
    return re.fullmatch(r"\s*(?:[-*+] |\d+\. |> |#+ |\| )", text) is not None


def _word_inside(partial: str, rest: str) -> bool:
    return bool(re.match(r"\w", rest) and re.search(r"[A-Za-z0-9]\Z", partial))


def _wide(char: str) -> bool:
    return re.match(r"[\u3001-\u30ff\u3400-\u9fff\uff01-\uff5e]", char) is not None


def _space_is_odd(partial: str, rest: str) -> bool:
    """Whether a space here can only be the next leg's own: between two Chinese characters."""
    return open_fence(partial) is None and _wide(partial[-1]) and _wide(rest[0])


def _break_is_odd(partial: str, rest: str) -> bool:
    """As above, for a line break: inside a sentence of Chinese text."""
    line = partial[partial.rfind("\n") + 1 :]
    inside = _wide(rest[0]) and _wide(partial[-1]) and partial[-1] not in "。！？：；”"
    prose = not re.match(r"\s*(?:[-*+>|#]|\d+\.)", line) and len(line) >= 12
    return open_fence(partial) is None and inside and prose


Measured = tuple[Counter[str], Counter[str], list[Case]]


def measure(step: int = 100_000) -> Measured:
    """Cases by way, right joins by way, and the wrong ones; only certain cases count."""
    tried: Counter[str] = Counter()
    right: Counter[str] = Counter()
    wrong: list[Case] = []
    for case in cases():
        if not case.certain:
            continue
        tried[case.way] += 1
        if same(joined(case, step), case.meant):
            right[case.way] += 1
        else:
            wrong.append(case)
    return tried, right, wrong


def report(measured: Measured) -> Iterator[str]:
    """The figures, one line a way of going on, and the joins that are not as meant."""
    tried, right, wrong = measured
    for way in tried:
        yield f"{way:22} {right[way]:6} of {tried[way]:6}  {right[way] / tried[way]:8.3%}"
    yield f"{'all':22} {right.total():6} of {tried.total():6}  {right.total() / tried.total():8.3%}"
    for case in wrong:
        got = joined(case)[max(0, case.cut - 12) : case.cut + 40]
        yield f"  {case.answer} @{case.cut} {case.way}: {case.continuation[:30]!r} -> {got!r}"


def uncertain() -> str:
    """How the cases come out in which nobody could tell what was meant."""
    found = [case for case in cases() if not case.certain]
    good = sum(same(joined(case), case.meant) for case in found)
    return f"{'cannot be told':22} {good:6} of {len(found):6}  {good / len(found):8.3%}"


if __name__ == "__main__":
    sys.stdout.writelines(f"{line}\n" for line in (*report(measure()), uncertain()))
