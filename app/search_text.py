"""What it means that a text holds a search term: folding, tokens, matching, snippets.

The definition, which the index only speeds up (`tests/app/test_search_exact.py` states it a second time):

* Both sides are folded character by character: case, accents and compatibility forms (Ａ, ①, ﬁ) do not count.
* Characters of scripts written without spaces (Chinese, Japanese, Korean, Thai, …) match anywhere.
* Letters and digits of other scripts form words (`_` and all punctuation part them). A term that begins with
  a word must begin at the start of one in the text. The end may lie inside a word (`relay` finds `relays`),
  except for phrases in quotes and for single letters or digits (`C`, `R`), which are whole words.
* Punctuation counts (`foo.bar()`, `C++`, `--flag`). White space in a phrase stands for any white space, and
  between a Chinese character and a word there may be one that was not typed (`GPT4模型` finds `GPT4 模型`).
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate

# Thai and Lao, Burmese, Khmer; radicals and ideographs, kana, bopomofo, Hangul; the higher ideographs.
_SPACELESS = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u2fdf\u3005-\u3007\u3021-\u3029\u3031-\u3035\u303b"
    "\u3040-\u30ff\u3100-\u318f\u31a0-\u31bf\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\ua960-\ua97f"
    "\uac00-\ud7ff\uf900-\ufaff\U00020000-\U0003ffff"
)
_WORD = rf"[^\W_{_SPACELESS}]"
_TOKEN = re.compile(rf"[{_SPACELESS}]|{_WORD}+")
_PIECE = re.compile(rf"(?P<one>[{_SPACELESS}])|(?P<word>{_WORD}+)|(?P<space>\s+)|(?P<other>.)", re.DOTALL)
_PLAIN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff]+")
_SPACE = re.compile(r"\s+")
_UNEVEN_SPACE = re.compile(r"^\s|\s\s|[^\S ]|\s\Z")
# Accents, and the signs that say whether a character is drawn in colour: ❤️ is ❤.
_MARKS = re.compile("[\u0300-\u036f\ufe00-\ufe0f]")

LONGEST_TOKEN = 64
"""Characters of a word that are indexed: keys and pictures written as text must not fill the index."""

SNIPPET = 110
_LEAD = 14


class _Fold(dict[int, str]):
    """What each character folds to, worked out when it is first met."""

    def __init__(self) -> None:
        super().__init__()
        self.uneven: set[str] = set()
        """Characters met that fold to none or to several: they shift the places of what follows."""

    def __missing__(self, code: int) -> str:
        folded = _fold_one(chr(code))
        if len(folded) != 1:
            self.uneven.add(chr(code))
        self[code] = folded
        return folded


def _fold_one(char: str) -> str:
    if "\uff01" <= char <= "\uff5e":
        char = chr(ord(char) - 0xFEE0)
    if _MARKS.match(char):
        return ""
    if not char.isalnum():
        return char
    bare = _MARKS.sub("", unicodedata.normalize("NFKD", char)).casefold()
    bare = unicodedata.normalize("NFC", _MARKS.sub("", bare))
    return bare if bare.isalnum() else char


_fold = _Fold()


def fold(text: str) -> str:
    """The text without what the search does not tell apart."""
    return text.lower() if text.isascii() else text.translate(_fold)


def tokens(folded: str) -> list[str]:
    """The words and single characters of a folded text, in order."""
    found: list[str] = _TOKEN.findall(folded)
    if max(map(len, found), default=0) > LONGEST_TOKEN:
        return [token[:LONGEST_TOKEN] for token in found]
    return found


def index_text(text: str) -> str:
    """What stands in the index for `text`: its tokens with spaces between them."""
    return " ".join(tokens(fold(text)))


@dataclass(frozen=True, slots=True)
class Term:
    """One thing to find. Made by `term`; compares by what it means."""

    folded: str
    whole: bool
    tokens: tuple[str, ...]
    source: str
    """A regular expression for folded texts."""
    plain: str | None
    """The term itself when it can be looked for in a text as it stands: ideographs only."""

    @property
    def pattern(self) -> re.Pattern[str]:
        """The expression, made when it is first needed: it takes milliseconds, and who types has none."""
        return _compiled(self.source)

    @property
    def prefix(self) -> bool:
        """Whether the last token may be the beginning of a longer word."""
        return not self.whole and _of_word(self.folded[-1])

    def matches(self, text: str) -> bool:
        """Whether the text holds the term."""
        if self.plain is not None and self.plain in text:
            return True
        return self.pattern.search(fold(text)) is not None

    def ranges(self, text: str) -> list[tuple[int, int]]:
        """Where the text holds the term: [start, end) each, in order."""
        if self.plain is not None and self.plain in text:
            return [match.span() for match in re.finditer(self.plain, text)]
        folded = fold(text)
        found = [match.span() for match in self.pattern.finditer(folded)]
        if not found or not _shifted(text):
            return found
        # ends[n] = the length of what the first n + 1 characters fold to.
        ends = list(accumulate(len(_fold[ord(char)]) for char in text))
        return [(bisect_right(ends, start), bisect_right(ends, end - 1) + 1) for start, end in found]


@lru_cache(maxsize=256)
def _compiled(source: str) -> re.Pattern[str]:
    return re.compile(source)


def _shifted(text: str) -> bool:
    return not text.isascii() and any(char in text for char in _fold.uneven)


def _of_word(char: str) -> bool:
    """Whether a folded character is a letter or digit of a script with spaces."""
    piece = _PIECE.match(char)
    return piece is not None and piece.lastgroup == "word"


@lru_cache(maxsize=256)
def term(text: str, *, phrase: bool = False) -> Term | None:
    """The term for what was typed; the end of a `phrase` is that of a word. None when nothing is left."""
    folded = " ".join(fold(text).split())
    if not folded:
        return None
    whole = phrase or (len(folded) == 1 and _of_word(folded))
    pieces: list[str] = []
    before = ""
    for piece in _PIECE.finditer(folded):
        kind = piece.lastgroup or ""
        if {before, kind} == {"one", "word"}:
            pieces.append(r"\s?")
        pieces.append(r"\s+" if kind == "space" else re.escape(piece.group()))
        before = kind
    start = rf"(?<!{_WORD})" if _of_word(folded[0]) else ""
    end = rf"(?!{_WORD})" if whole and _of_word(folded[-1]) else ""
    return Term(
        folded=folded,
        whole=whole,
        tokens=tuple(tokens(folded)),
        source=start + "".join(pieces) + end,
        plain=folded if _PLAIN.fullmatch(folded) else None,
    )


def marks(text: str, terms: Iterable[Term]) -> tuple[tuple[int, int], ...]:
    """Where any of the terms stands in the text, joined where they overlap."""
    joined: list[tuple[int, int]] = []
    for start, end in sorted(span for one in terms for span in one.ranges(text)):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((start, end))
    return tuple(joined)


@dataclass(frozen=True, slots=True)
class Snippet:
    """A piece of a text in one line, and the ranges in it that hold what was looked for."""

    text: str
    marks: tuple[tuple[int, int], ...] = ()


def snippet(text: str, terms: Sequence[Term]) -> Snippet:
    """The place of `text` where most of the terms stand together, with `…` where something was left out."""
    plain = terms[0].plain if len(terms) == 1 else None
    if plain is not None and (first := text.find(plain)) >= 0:
        # The usual case, ten times as fast: a Chinese word, with no need to look at the rest of the text.
        start, end = _place(text, [(first, first + len(plain))])
        spans: Sequence[tuple[int, int]] = [m.span() for m in re.compile(plain).finditer(text, first, end)]
    else:
        spans = marks(text, terms)
        start, end = _place(text, spans)
    head, tail = "…" if start > 0 else "", "…" if end < len(text) else ""
    window = text[start:end]
    spans = [(max(left, start) - start, min(right, end) - start) for left, right in spans if right > start]
    spans = [span for span in spans if span[0] < end - start]
    if _UNEVEN_SPACE.search(window):
        window, spans = _in_one_line(window, spans)
    shift = len(head)
    return Snippet(head + window + tail, tuple((left + shift, right + shift) for left, right in spans))


def _in_one_line(text: str, spans: Sequence[tuple[int, int]]) -> tuple[str, list[tuple[int, int]]]:
    """The text with one space for any white space, and none at its ends."""
    parts: list[str] = []
    found: list[tuple[int, int]] = []
    length = at = 0
    for left, right in [*spans, (len(text), len(text))]:
        for piece, marked in ((text[at:left], False), (text[left:right], True)):
            line = _SPACE.sub(" ", piece)
            if line.startswith(" ") and (not parts or parts[-1].endswith(" ")):
                line = line[1:]
            if line:
                parts.append(line)
                if marked:
                    found.append((length, length + len(line)))
                length += len(line)
        at = right
    return "".join(parts).rstrip(), found


def _place(text: str, spans: Sequence[tuple[int, int]]) -> tuple[int, int]:
    """Which [start, end) of the text to show: round the mark with most marks after it."""
    if not spans:
        return 0, min(len(text), SNIPPET)
    room = SNIPPET - _LEAD
    best, most, last = 0, 0, 0
    for first, (left, _right) in enumerate(spans):
        while last < len(spans) and spans[last][0] < left + room:
            last += 1
        if last - first > most:
            best, most = first, last - first
    start = _beginning(text, *spans[best])
    return start, min(len(text), max(start + SNIPPET, min(spans[best][1], start + 2 * SNIPPET)))


def _beginning(text: str, left: int, right: int) -> int:
    """Where to begin so that the mark is not far behind: where little follows it, more of what stands before
    is shown. Letters that are half as wide as ideographs count half."""
    usual = 2 * _LEAD if text[max(0, left - 2 * _LEAD) : left].isascii() else _LEAD
    short = max(0, usual - (len(text) - right))
    start = max(0, left - usual - short)
    if start:
        # Begin behind a line or a sentence, else behind a space, where one is near.
        lead = text[start:left]
        found = [lead.find(mark) if short else lead.rfind(mark) for mark in "\n。！？；，"]
        ends = [at for at in found if at >= 0] or [lead.find(" ")]
        start += (min(ends) if short else max(ends)) + 1
    return start
