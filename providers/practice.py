"""The practice relay: three imaginary providers in this process, so that anyone sees a baton pass.

甲 is out of quota, 乙 begins the answer and loses its connection, 丙 goes on to the end. Same requests, same
chunks, same failures as real providers; no network, no key, no money.
"""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, Awaitable, Callable

from providers.base import (
    AliveChunk,
    ChatRequest,
    Endpoint,
    FinishChunk,
    StreamChunk,
    TextChunk,
    UsageChunk,
)
from providers.failures import Failure, FailureKind, ProviderFailure

Sleep = Callable[[float], Awaitable[None]]

PACE = 0.025
"""Seconds from one token to the next."""

_CHINESE = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")
_TOKENS = re.compile(
    r"\s*[\u3000-\u303f\u3400-\u9fff\uff00-\uffef]{1,2}|\s*[^\s\u3000-\u9fff\uff00-\uffef]+|\s+"
)

_OPENING = {
    "zh": "你问的是“{question}”。先说清楚：这是演示，三家服务商都是假想的，全程不联网，也不花钱。\n\n"
    "第一棒演示甲的免费额度已经用完，一个字也没写，所以接力马上问了我，演示乙。我会写上两句，然后连接就会",
    "en": "You asked: “{question}”. First things first: this is practice. The three providers are imaginary, "
    "nothing goes over the network and nothing costs money.\n\nThe first leg, Practice A, is out of free "
    "quota and wrote nothing, so the relay asked me at once: Practice B. I write a sentence or two, and "
    "then my connection",
}
_GOING_ON = {
    "zh": "断开。从“断开”这个词起是演示丙接着写的：前面的话一个字都没丢，也没有重复。"
    "中间那道接缝会一直留着，让你看得出哪一段是谁写的。\n\n",
    "en": " breaks. From the word “breaks” on, Practice C is writing: nothing of the text so far was lost "
    "and nothing is said twice. The seam stays, so that you can always see who wrote what.\n\n",
}
_ALONE = {
    "zh": "你问的是“{question}”。这是演示：不联网，也不花钱。这一次由演示丙从头回答，"
    "因为前面的棒还停放着或在冷却，接力知道这一点，所以不再去碰钉子。\n\n",
    "en": "You asked: “{question}”. This is practice: nothing goes over the network and nothing costs money. "
    "This time Practice C answers from the start, because the legs before it are parked or cooling and the "
    "relay knows better than to knock again.\n\n",
}
_REST = {
    "zh": """### 这一轮的经过

| 棒 | 发生了什么 | 接力怎么做 |
| --- | --- | --- |
| 演示甲 | 免费额度已用完 | 停放，马上问下一棒 |
| 演示乙 | 写到一半断线 | 留下已写的字，交给下一棒 |
| 演示丙 | 正常 | 从断处接着写完 |

换成代码，大致是这样：

```python
text = ""
for leg in ["演示甲", "演示乙", "演示丙"]:
    try:
        text += ask(leg, question, after=text)
        break                      # 写完了
    except QuotaExhausted:
        park(leg)                  # 等额度恢复
    except ConnectionReset as cut:
        text += cut.partial        # 读过的字不会丢
```

### 接下来

1. 打开**设置 → 服务商与密钥**，选一家，打开它的密钥页；
2. 粘贴密钥，当场检查；
3. 再问一遍“{short}”，这次由真的模型回答。

花费守卫默认是**绝不付费**：免费的用完就停，不会悄悄扣你的钱。
""",
    "en": """### What just happened

| Leg | What happened | What the relay did |
| --- | --- | --- |
| Practice A | free quota used up | parked it, asked the next leg |
| Practice B | connection broke half-way | kept the text, passed the baton |
| Practice C | fine | went on from the break to the end |

As code, roughly:

```python
text = ""
for leg in ["Practice A", "Practice B", "Practice C"]:
    try:
        text += ask(leg, question, after=text)
        break                      # answered
    except QuotaExhausted:
        park(leg)                  # until its quota is back
    except ConnectionReset as cut:
        text += cut.partial        # nothing you have read is lost
```

### What next

1. Open **Settings → Providers and keys**, pick one and open its key page.
2. Paste the key; it's checked on the spot.
3. Ask “{short}” again, and a real model answers.

The spend guard starts at **never**: when the free tokens are gone it stops, it doesn't quietly bill you.
""",
}


async def practice_stream(
    endpoint: Endpoint, request: ChatRequest, sleep: Sleep
) -> AsyncGenerator[StreamChunk, None]:
    """An answer of the practice provider whose id ends in `a`, `b` or `c`."""
    part = endpoint.provider.id[-1:]
    yield AliveChunk()
    await sleep(PACE * 4)
    if part == "a":
        raise ProviderFailure(
            Failure(
                FailureKind.QUOTA_EXHAUSTED,
                code="practice_quota",
                message="演示：免费额度已用完 (practice: the free quota is used up)",
                status=403,
                hint="practice_quota",
            )
        )
    opening, rest = script(request)
    if part == "b":
        text = opening
    else:
        text = _after(opening + rest, request.prefix) if request.prefix else alone(request)
    count = 0
    for token in _TOKENS.findall(text):
        if request.max_tokens is not None and count >= request.max_tokens:
            yield UsageChunk(_size(request), count)
            yield FinishChunk("length")
            return
        await sleep(PACE)
        count += 1
        yield TextChunk(token)
    if part == "b":
        await sleep(PACE * 8)
        raise ProviderFailure(
            Failure(
                FailureKind.NETWORK,
                code="reset",
                message="演示：连接中断 (practice: the connection broke)",
                hint="practice_reset",
            )
        )
    yield UsageChunk(_size(request), count)
    yield FinishChunk("stop")


def script(request: ChatRequest) -> tuple[str, str]:
    """What 乙 writes and what 丙 adds, in the language of the question."""
    question, language = _question(request)
    opening = _OPENING[language].replace("{question}", _shortened(question, 120))
    rest = _GOING_ON[language] + _REST[language].replace("{short}", _shortened(question, 40))
    return opening, rest


def alone(request: ChatRequest) -> str:
    """The whole answer of 丙 when nobody wrote before it."""
    question, language = _question(request)
    head = _ALONE[language].replace("{question}", _shortened(question, 120))
    return head + _REST[language].replace("{short}", _shortened(question, 40))


def _after(text: str, prefix: str) -> str:
    """`text` from where `prefix` stops; blanks at the cut may have been trimmed."""
    if text.startswith(prefix):
        return text[len(prefix) :]
    trimmed = prefix.rstrip()
    for length in range(min(len(trimmed), 80), 7, -1):
        at = text.find(trimmed[-length:])
        if at >= 0:
            return text[at + length :]
    return text


def _question(request: ChatRequest) -> tuple[str, str]:
    asked = next((m.text for m in reversed(request.messages) if m.role == "user" and m.text.strip()), "")
    return " ".join(asked.split()), "zh" if _CHINESE.search(asked) or not asked.strip() else "en"


def _shortened(text: str, limit: int) -> str:
    text = text.replace("`", "'").replace("|", "/")
    return text if len(text) <= limit else text[: limit - 1] + "…"


def _size(request: ChatRequest) -> int:
    return sum(len(_TOKENS.findall(m.text)) + 4 for m in request.messages)
