"""Answers with a little of everything, for views that must show all of it."""

from __future__ import annotations

from tests.ui.transcript.makers import ANSWER

TEXTS = (
    "short",
    "一段**文字**，带 `code`。",
    "see [here](https://x.example) and 😀 emoji, *slanted*",
    "a paragraph of words " * 40,
    "first\n\n> quoted answer\n\nlast\n\n---\n\nend",
    "| a | b | c | d | e | f | g | h | i | j |\n|-|-|-|-|-|-|-|-|-|-|\n| 1 | 2 |",
    "```python\ndef f(x):\n    '''if a:\n    return'''\n    return x  # " + "long " * 40 + "\n```\nafter",
    "inline $x^2$ and\n\n$$\\frac{a}{b}$$\n\nthe answer",
    "- [ ] one\n- [x] two\n  1. deep\n\n     ```\n     code\n     ```\n\n> ```js\n> let a = 1\n> ```",
    ANSWER,
    "long\n\n" + "paragraph of an answer that is long. " * 30 + "\n\n" + "- item\n" * 12,
)
