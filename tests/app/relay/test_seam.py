"""Cuts at many places of mixed answers; the next leg repeats nothing, some words, a sentence, or all."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.relay.seam import Halves, Seam

CHINESE = """令牌桶允许突发，同时限住均值。桶里最多放这么多令牌，取完就要等它慢慢补充回来。

两者可以叠用：外层的滑动窗口守住每日总次数，里层的令牌桶抹平瞬间的尖峰。最后再说一句：时钟要以服务器为准！
"""
ENGLISH = """The bucket refills at a steady rate, so bursts are allowed. Nothing is lost when it is full.

Use a monotonic clock: the system time may jump. Café and naïve façades stay as they are; so do "quotes".
"""
CODE = """用 `time.monotonic()` 计时：

```python
class TokenBucket:
    async def take(self, amount: int = 1) -> None:
        now = time.monotonic()
        self.tokens += (now - self.at) * self.rate
        if self.tokens < 0:
            await asyncio.sleep(-self.tokens / self.rate)
```

| 算法 | 突发 | 内存 |
| --- | --- | --- |
| 令牌桶 | 允许 | O(1) |
| 滑动窗口 | 不允许 | O(n) |

1. 先取令牌；
2. 再发请求 👩‍💻。
"""
ANSWERS = {"chinese": CHINESE, "english": ENGLISH, "code": CODE}
EVERY = [(name, step) for name in ANSWERS for step in (1, 3, 1000)]


def join(partial: str, continuation: str, step: int) -> str:
    seam = Seam(partial)
    parts = [seam.feed(continuation[i : i + step]) for i in range(0, len(continuation), step)]
    return partial + "".join(parts) + seam.flush()


@pytest.mark.parametrize(("name", "step"), EVERY)
def test_nothing_repeated_loses_nothing(name, step):
    text = ANSWERS[name]
    for cut in range(1, len(text)):
        assert join(text[:cut], text[cut:], step) == text, cut


def _weighty(repeated: str) -> bool:
    cjk = len(re.findall(r"[\u4e00-\u9fff]", repeated))
    latin = len(re.findall(r"[A-Za-z0-9]", repeated))
    return 2 * cjk + latin >= 7 and len(set(re.sub(r"\W", "", repeated))) >= 3


@pytest.mark.parametrize(("name", "step"), EVERY)
def test_the_last_words_repeated(name, step):
    text = ANSWERS[name]
    tried = 0
    for cut in range(12, len(text)):
        for back in (8, 14, 25):
            start = max(0, cut - back)
            if _weighty(text[start:cut]):
                tried += 1
                assert join(text[:cut], text[start:], step) == text, (cut, back)
    assert tried > 50


@pytest.mark.parametrize(("name", "step"), EVERY)
def test_the_last_sentence_or_line_repeated_from_its_start(name, step):
    text = ANSWERS[name]
    tried = 0
    for cut in range(8, len(text)):
        for ends in (r"[。！：；\n]|[.:;] ", r"\n"):
            starts = [m.end() for m in re.finditer(ends, text) if m.end() < cut]
            start = starts[-1] if starts else 0
            if _weighty(text[start:cut]):
                tried += 1
                assert join(text[:cut], text[start:], step) == text, (cut, start)
    assert tried > 30


@pytest.mark.parametrize("name", ANSWERS)
def test_the_whole_answer_said_again(name):
    text = ANSWERS[name]
    for cut in range(8, len(text), 3):
        assert join(text[:cut], text, 5) == text, cut


@pytest.mark.parametrize(
    ("partial", "continuation", "joined"),
    [
        ("The imple", "implementation is short.", "The implementation is short."),
        (
            "他说“你好",
            "你好啊”。",
            "他说“你好你好啊”。",
        ),
        ("往往", "往复杂里想", "往往往复杂里想"),
        ("研究", "一下", "研究一下"),
        ("a b\n", "\n\nNew paragraph", "a b\n\n\nNew paragraph"),
        ("用滑动窗口限流，", "  用滑动窗口限流，再加令牌桶", "用滑动窗口限流，再加令牌桶"),
        ("用滑动窗口限流, ", "用滑动窗口限流，再加令牌桶", "用滑动窗口限流, 再加令牌桶"),
        ("It stays THE SAME", "it stays the same here", "It stays THE SAME here"),
        ("最后一句话说到", "继续：\n最后一句话说到这里。", "最后一句话说到这里。"),
        ("最后一句话说到", "继续往下说。", "最后一句话说到继续往下说。"),
        ("甲说：", "继续：\n乙说。", "甲说：继续：\n乙说。"),
        (
            "```python\nx = load()\n",
            "```python\ny = save()\n```\n",
            "```python\nx = load()\ny = save()\n```\n",
        ),
        ("```python\nx = load()\n", "```\nx = load()\ny = 1\n```", "```python\nx = load()\ny = 1\n```"),
        ("```python\nx = load()\n", "```\n\n完。", "```python\nx = load()\n```\n\n完。"),
        ("步骤：\n\n``", "`python\nx = 1", "步骤：\n\n```python\nx = 1"),
        ("步骤：\n\n```", "```python\nx = 1", "步骤：\n\n```python\nx = 1"),
        ("清单：\n- ", "- 第一项", "清单：\n- 第一项"),
        ("清单：\n", "- 第一项", "清单：\n- 第一项"),
        ("哈哈", "哈哈哈", "哈哈哈哈哈"),
        ("| --- | ---", " | --- |\n| a | b | c |", "| --- | --- | --- |\n| a | b | c |"),
        ("}\n", "}\n}\n", "}\n}\n}\n"),
    ],
)
@pytest.mark.parametrize("step", [1, 4, 1000])
def test_special_places(partial, continuation, joined, step):
    assert join(partial, continuation, step) == joined


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_a_cut_before_a_combining_mark(form):
    text = unicodedata.normalize("NFD", "We went to the café yesterday.")
    for cut in range(12, len(text)):
        again = unicodedata.normalize(form, text[text.index("went") :])
        joined = join(text[:cut], again, 2)
        assert unicodedata.normalize("NFC", joined) == unicodedata.normalize("NFC", text), cut


def test_a_continuation_that_is_no_repetition_is_shown_soon():
    seam = Seam("前面的话说到这里，")
    text = "接下来的内容与前面完全不同，没有一处重复。"
    assert seam.feed(text) == text and seam.feed("不同") == "不同"


def test_a_broken_repetition_is_dropped_and_new_text_is_not():
    seam = Seam("第一句话说完了，第二句")
    assert seam.feed("第一句") == "" and seam.broken() == ""
    seam = Seam("第一句话")
    assert seam.feed("新的") + seam.broken() == "新的"


@settings(max_examples=200, deadline=None)
@given(partial=st.text(max_size=30), continuation=st.text(max_size=30), step=st.integers(1, 9))
def test_what_is_taken_out_was_already_there(partial, continuation, step):
    joined = join(partial, continuation, step)
    assert joined.startswith(partial)
    assert joined == join(partial, continuation, 1000)


@given(st.text(max_size=20), st.integers(1, 3))
def test_halves_give_back_every_text(text, step):
    units = text.encode("utf-16-le", "surrogatepass")
    split = [units[i : i + 2].decode("utf-16-le", "surrogatepass") for i in range(0, len(units), 2)]
    halves = Halves()
    fed = "".join(halves.feed("".join(split[i : i + step])) for i in range(0, len(split), step))
    assert fed + halves.flush() == text
