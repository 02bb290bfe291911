"""Opening remarks of a leg that goes on with another answer: “好的，继续：”, “Continuing where I left off:”.

A remark is taken out only when it says so itself: it agrees or apologises, or speaks of the place where the
answer broke off. “继续：” alone may well be part of the text.
"""

from __future__ import annotations

import re

LONGEST = 100
"""No remark is longer than this many characters."""

_AGREES = (
    r"(?:(?:好的|好吧|好|当然可以|当然|没问题|可以|明白了?|收到|非常抱歉|抱歉|对不起|不好意思|嗯"
    r"|sure(?: thing)?|ok(?:ay)?|of course|certainly|absolutely|al?right|(?:my )?apologies|(?:i'm )?sorry"
    r"(?: about that)?|no problem|got it|understood|yes)[，,。.！!、~—\s-]*)"
)
_ZH = (
    r"(?:接下来|下面|以下|这里|现在|那么|那|让我们|让我|我们|我来|我|将|会|为您|为你|给您|给你|就|从|在|刚才|刚刚|"
    r"上一?[条次段]|上文|上面|前面|之前|断开|中断|断掉|停下|结尾|被|了|的地方|的位置|处|开始|直接|继续|接着|接上|续写|往下|"
    r"下去|写|说|回答|输出|内容|部分|是|的|[，, ])+"
)
_EN = (
    r"(?:(?:here(?:'s|’s| is| are)|i(?:'ll|’ll|'m|’m| will| am)?|let me|let(?:'s|’s| us)|now|the|rest|"
    r"remainder|continuation|of|my|your|answer|response|reply|continu(?:e|es|ing|ed)|from|where|we|left|off|"
    r"pick(?:ing)? (?:it |things )?up|was|were|cut|stopped|it|to|go(?:ing)? on|carry(?:ing)? on|just|right|"
    r"and|previous|last|message|text|code|with|exactly|that|this|point|there|things|interrupted)\b[, ]*)+"
)
_REMARK = re.compile(
    rf"\s*(?P<agrees>{_AGREES})?(?P<body>{_ZH}|{_EN})(?:：…*|:…* ?|[。.…！!—-]*(?=[ \t]*\n))", re.IGNORECASE
)
_GOES_ON = re.compile(r"继续|接着|接上|续写|continu|pick|left off|go(?:ing)? on|carry|rest of", re.IGNORECASE)
_LOOKS_BACK = re.compile(
    r"上文|上面|前面|刚才|刚刚|之前|上一|断开|中断|断掉|停下|left|cut|stopped|interrupted", re.I
)
_LOOSE = re.compile(
    r"\s*[^\n]{0,40}?(?:继续|接着|接上|续写|continu|pick(?:ing)? up|left off)"
    r"[^\n]{0,40}[：:。….\-—]?[ \t]*(?=\n)",
    re.IGNORECASE,
)
_BLANK = re.compile(r"(?:[ \t]*\n)*")
_AGREED = re.compile(rf"\s*{_AGREES}", re.IGNORECASE)
_BEGUN = re.compile(rf"\s*(?:{_ZH}|{_EN})?[a-z'’]*\Z", re.IGNORECASE)


def remark(text: str) -> int:
    """How many characters at the start of `text` are surely an opening remark, line breaks not counted."""
    found = _REMARK.match(text)
    if found is None or len(found.group()) > LONGEST:
        return 0
    body = found["body"]
    certain = bool(found["agrees"]) or _LOOKS_BACK.search(body) is not None
    return found.end() if certain and _GOES_ON.search(body) else 0


def possible(text: str) -> int:
    """As `remark`, for what could be one: it counts only when a repetition follows."""
    found = _LOOSE.match(text)
    return found.end() if found else 0


def undecided(text: str) -> bool:
    """Whether `text`, a continuation's first characters, may still turn out to begin with a remark."""
    if len(text) > LONGEST or "\n" in text.strip() or remark(text):
        return False
    begun = _AGREED.match(text) is not None or _BEGUN.match(text) is not None
    return begun or possible(text + "\n") > 0


def breaks(text: str, at: int) -> tuple[int, int]:
    """The end of the line breaks that follow position `at`, and how many they are."""
    found = _BLANK.match(text, at)
    return (at, 0) if found is None else (found.end(), found.group().count("\n"))
