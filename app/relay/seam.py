"""Joining a cut answer with its continuation: what the next leg says again is taken out, nothing else.

Losing a character is worse than reading one twice, so an overlap is removed only when it is long enough to
be no accident. Comparison ignores case, width, spacing and how accents are composed; what is shown is always
the next leg's own text.
"""

from __future__ import annotations

import re
import unicodedata

ENOUGH = 6.0
"""The weight an overlap needs: a CJK character weighs 2, a letter or digit 1, a mark ½, a space nothing."""

ENOUGH_WORDS = 4.0
"""The weight that suffices for two or more whole words."""

ENOUGH_AT_START = 3.0
"""The weight that suffices where a line or a sentence begins anew."""

_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0002fa1f]")
_LAST_WORD = re.compile(r"[^\W\d_][\w]{2,}\Z")
_STARTS_ANEW = re.compile(r"(?:\A|\n[ \t]*|[。！？；：!?][ \t]*|[.;:]\s+)\Z")
_MARKER = re.compile(r"[ \t]*(?:`{3,}\w*|~{3,}\w*|[-*+] |\d{1,3}[.)] ?|#{1,6} ?|> ?|\| ?)")
_FENCE = re.compile(r"^[ \t]*(`{3,}|~{3,})", re.MULTILINE)
_REOPENED = re.compile(r"\s*(?:`{3,}|~{3,})[\w+#.-]*[ \t]*\n")
_REOPENED_NAMED = re.compile(r"\s*(?:`{3,}|~{3,})[\w+#.-]+[ \t]*\n")
_PRELUDE = re.compile(
    r"\s*[^\n]{0,40}?(?:继续|接着|接上|续写|continu|pick(?:ing)? up|left off)"
    r"[^\n]{0,40}[：:。.…\-—]?[ \t]*\n\s*",
    re.IGNORECASE,
)
_LONGEST_OPENING = 100
_ENOUGH_TO_TELL = 16
_SURROGATE = re.compile("[\ud800-\udfff]")
_HIGH = ("\ud800", "\udbff")


class Halves:
    """Puts surrogate halves that arrive in two chunks together; a half alone becomes U+FFFD."""

    __slots__ = ("_held",)

    def __init__(self) -> None:
        self._held = ""

    def feed(self, text: str) -> str:
        """The text that is whole by now."""
        if self._held:
            text = self._held + text
            self._held = ""
        if text.isascii() or _SURROGATE.search(text) is None:
            return text
        if _HIGH[0] <= text[-1] <= _HIGH[1]:
            text, self._held = text[:-1], text[-1]
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")

    def flush(self) -> str:
        """What is left at the end of the stream."""
        held, self._held = self._held, ""
        return "\ufffd" if held else ""


class Seam:
    """Removes from a continuation what `partial` already says. Feed it chunks; it holds text back only while
    that could still turn out to be a repetition."""

    def __init__(self, partial: str) -> None:
        self._partial = partial
        self._open = bool(partial)
        self._held = ""
        self._known = _normal(partial)
        self._fenced = len(_FENCE.findall(partial)) % 2 == 1
        self._overlaps: list[_Overlap] = []
        self._opening = ""

    def feed(self, text: str) -> str:
        """The part of everything fed so far that may be shown now."""
        if not self._open:
            return text
        self._held += text
        if not self._overlaps and not self._begin(final=False):
            return ""
        undecided = False
        for overlap in self._overlaps:
            overlap.feed(self._held)
            undecided = undecided or overlap.undecided
        return "" if undecided else self._settle()

    def flush(self) -> str:
        """The rest, at the end of the stream."""
        if not self._open or not self._held:
            return ""
        if not self._overlaps:
            self._begin(final=True)
        for overlap in self._overlaps:
            overlap.feed(self._held)
        return self._settle()

    def broken(self) -> str:
        """The rest when the stream broke: text that so far only repeats is dropped, the next leg goes on from
        the same partial text."""
        if not self._open or not self._held:
            return ""
        if not self._overlaps:
            self._begin(final=True)
        for overlap in self._overlaps:
            overlap.feed(self._held)
        return "" if any(overlap.undecided for overlap in self._overlaps) else self._settle()

    def _begin(self, *, final: bool) -> bool:
        """Find where the continuation proper begins: behind "continuing …:" and a fence opened again."""
        held = self._held
        if not held.strip():
            return self._start(0) if final else False
        if not final and self._may_be_opening(held.lstrip()):
            return False
        opening = _PRELUDE.match(held)
        at = opening.end() if opening else 0
        if opening and at == len(held) and not final and at <= _LONGEST_OPENING:
            return False
        if self._fenced:
            fence = _REOPENED.match(held, at)
            if fence:
                at = fence.end()
            elif not final and re.fullmatch(r"\s*(?:`{1,}|~{1,})[\w+#.-]*[ \t]*", held[at:]):
                return False
        return self._start(at)

    def _may_be_opening(self, start: str) -> bool:
        """Whether more is needed to tell an opening remark or a fence from the text itself."""
        if "\n" in start or len(start) > _LONGEST_OPENING:
            return False
        if len(start) < _ENOUGH_TO_TELL or (self._fenced and start[0] in "`~"):
            return True
        return _PRELUDE.match(start + "\n") is not None

    def _start(self, at: int) -> bool:
        self._opening = self._held[:at]
        self._overlaps = [_Overlap(self._known, start) for start in sorted({0, at})]
        return True

    def _settle(self) -> str:
        self._open = False
        held, self._held = self._held, ""
        for overlap in self._overlaps:
            rest = held[overlap.start :]
            size = next((n for n in overlap.found() if self._counts(n, rest)), 0)
            if size:
                return self._after(held, overlap.start, size)
        marker = _last_line(self._partial)
        if _MARKER.fullmatch(marker):
            body = held.lstrip("\n")
            if body.startswith(marker) and len(body) > len(marker):
                return body[len(marker) :]
        if self._fenced and (named := _REOPENED_NAMED.match(self._opening or held)):
            # Inside an open fence a fence with a language can only open the same block again.
            rest = held[named.end() :]
            return rest if self._partial.endswith("\n") or not rest else "\n" + rest
        return held

    def _counts(self, size: int, rest: str) -> bool:
        """Whether the last `size` normalised characters of the partial text are too much for an accident."""
        said = self._known[len(self._known) - size :]
        cjk = len(_CJK.findall(said))
        words = sum(map(str.isalnum, said)) - cjk
        weight = 2.0 * cjk + words + 0.5 * (len(said) - cjk - words)
        distinct = len({c for c in said if c.isalnum()})
        if weight >= ENOUGH and distinct >= 3:
            return True
        before, overlap = self._split(size)
        if weight >= ENOUGH_AT_START and distinct >= 2 and _STARTS_ANEW.search(before):
            return True
        if weight >= ENOUGH_WORDS and distinct >= 3 and len(overlap.split()) > 1 and before[-1:].isspace():
            return True
        # A word cut in two and begun again: "imple" + "implementation".
        cut = _LAST_WORD.search(self._partial)
        if cut is None or _CJK.search(cut.group()) or _normal(cut.group()) != said:
            return False
        begun = rest.lstrip()[: len(cut.group()) + 1]
        return len(begun) > len(cut.group()) and (begun[-1].isalnum() or begun[-1] == "_")

    def _split(self, size: int) -> tuple[str, str]:
        """The partial text before and from its last `size` normalised characters."""
        at = len(self._partial)
        while size > 0 and at > 0:
            at -= 1
            size -= len(_normal(self._partial[at]))
        return self._partial[:at], self._partial[at:]

    def _after(self, held: str, at: int, size: int) -> str:
        """`held` from behind the first `size` normalised characters that follow position `at`."""
        while size > 0:
            plain = _normal(held[at])
            at += 1
            if len(plain) > size:  # the cut went through a composed character: its marks are still missing
                return plain[size:] + held[at:]
            size -= len(plain)
        rest = held[at:]
        tail = self._partial[len(self._partial.rstrip()) :]
        for length in range(min(len(tail), len(rest)), 0, -1):
            if rest.startswith(tail[-length:]):
                return rest[length:]
        return rest


class _Overlap:
    """Follows, chunk by chunk, every place of `known` from which the text behind `start` may be repeating."""

    def __init__(self, known: str, start: int) -> None:
        self.start = start
        self._known = known
        self._read = start
        self._said = ""
        self._at: list[int] | None = None
        self._found: list[int] = []

    @property
    def undecided(self) -> bool:
        """Whether more text could lengthen the overlap, begin one, or still belongs to its end."""
        return self._at is None or bool(self._at) or len(self._said) in self._found

    def found(self) -> list[int]:
        """The overlaps in normalised characters, longest first."""
        return sorted(set(self._found), reverse=True)

    def feed(self, held: str) -> None:
        """Take in what `held` has more than last time."""
        new = _normal(held[self._read :])
        self._read = len(held)
        if not new:
            return
        known, end = self._known, len(self._known)
        if self._at is None:
            self._at = _positions(known, new)
            last = max(0, end - len(new) + 1)
            self._found = [end - j for j in range(last, end) if new.startswith(known[j:])]
            self._said = new
            self._found += [end - j for j in self._at if end - j == len(new)]
            return
        before = len(self._said)
        self._said += new
        going: list[int] = []
        for j in self._at:
            left = end - j - before
            if left <= 0:
                continue
            if left <= len(new):
                if new.startswith(known[j + before :]):
                    self._found.append(end - j)
            elif known.startswith(new, j + before):
                going.append(j)
        self._at = going


def _positions(known: str, part: str) -> list[int]:
    found: list[int] = []
    at = known.find(part)
    while at >= 0:
        found.append(at)
        at = known.find(part, at + 1)
    return found


def _normal(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).casefold()
    return "".join(plain.split())


def _last_line(text: str) -> str:
    return text[text.rfind("\n") + 1 :]
