"""Joining a cut answer with its continuation: what the next leg says again is taken out, nothing else.

Losing a character is worse than reading one twice, so an overlap is removed only when it is long enough to
be no accident. Comparison ignores case, width, spacing and how accents are composed; what is shown is always
the next leg's own text.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from itertools import pairwise

from app.relay import opening

ENOUGH = 6.0
"""The weight an overlap needs: a CJK character weighs 2, a letter or digit 1, a mark ½, a space nothing."""

ENOUGH_WORDS = 4.0
"""The weight that suffices for two or more whole words."""

ENOUGH_AT_START = 3.0
"""The weight that suffices where a line or a sentence begins anew."""

_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0002fa1f]")
_LAST_WORD = re.compile(r"[^\W\d_][\w]{2,}\Z")
_STARTS_ANEW = re.compile(r"(?:\A|\n[ \t]*|[。！？；：!?][ \t]*|[.;:]\s+)\Z")
_MARKER = re.compile(r"[ \t]*(?:`{3,}\w*|~{3,}\w*|[-*+] |\d{1,3}[.)] |#{1,6} |> |\| )")
_BLOCK = re.compile(r"(?:[ \t]{2,})?(?:[-*] |\d{1,3}\. |#{1,6} |> |\||`{3}|~{3}|\$\$)")
_ROW = re.compile(r"[ \t]*(?:[-*+] |\d{1,3}[.)] |> |\|)")
_WIDE = re.compile(r"[\u3001-\u303f\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff01-\uff5e]")
_ENDS = "。！？：；”…!?:;."
_LONG_LINE = 12
_SHORTEST_LINE = 4
_SHORT_ROW = 6
_FENCE = re.compile(r"^[ \t]*(`{3,}|~{3,})", re.MULTILINE)
_REOPENED = re.compile(r"\s*(?:`{3,}|~{3,})[\w+#.-]*[ \t]*\n")
_REOPENED_NAMED = re.compile(r"\s*(?:`{3,}|~{3,})[\w+#.-]+[ \t]*\n")
_ENOUGH_TO_TELL = 16
_ENOUGH_OF_A_LINE = 6
"""Characters that tell a list item or a heading from the middle of a line."""
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
        self._remark = 0
        self._begins = 0
        self._refenced = False

    def feed(self, text: str) -> str:
        """The part of everything fed so far that may be shown now."""
        if not self._open:
            return text
        self._held += text
        if not self._overlaps and not self._begin(final=False):
            return ""
        undecided = bool(self._remark) and len(self._held) < self._begins + _ENOUGH_OF_A_LINE
        for overlap in self._overlaps:
            overlap.feed(self._held)
            undecided = undecided or overlap.undecided
        return "" if undecided else self._settle()

    def flush(self) -> str:
        """The rest, at the end of the stream."""
        return self._settle() if self._fed() else ""

    def broken(self) -> str:
        """The rest when the stream broke: text that so far only repeats is dropped, the next leg goes on from
        the same partial text."""
        if not self._fed() or any(overlap.undecided for overlap in self._overlaps):
            return ""
        return self._settle()

    def _fed(self) -> bool:
        """Compare all that is still held, for nothing follows it; False when nothing is held."""
        if not self._open or not self._held:
            return False
        if not self._overlaps:
            self._begin(final=True)
        for overlap in self._overlaps:
            overlap.feed(self._held)
        return True

    def _begin(self, *, final: bool) -> bool:
        """Find where the continuation proper begins: behind "continuing …:" and a fence opened again."""
        held = self._held
        if not held.strip():
            return self._start(0) if final else False
        if not final and self._may_be_opening(held.lstrip()):
            return False
        self._remark = opening.remark(held)
        said = self._remark or opening.possible(held)
        at = opening.breaks(held, said)[0] if said else 0
        if at == len(held) and not final and at <= opening.LONGEST:
            return False
        if self._fenced:
            fence = _REOPENED.match(held, at)
            self._refenced = fence is not None
            if fence:
                at = fence.end()
            elif not final and re.fullmatch(r"\s*(?:`{1,}|~{1,})[\w+#.-]*[ \t]*", held[at:]):
                return False
        return self._start(at)

    def _may_be_opening(self, start: str) -> bool:
        """Whether more is needed to tell an opening remark or a fence from the text itself."""
        if "\n" in start or len(start) > opening.LONGEST:
            return False
        if len(start) < _ENOUGH_TO_TELL or (self._fenced and start[0] in "`~"):
            return True
        return opening.undecided(start)

    def _start(self, at: int) -> bool:
        self._opening = self._held[:at]
        self._begins = at
        # Behind the opening first; a remark itself repeats nothing.
        starts = [at] if self._remark or not at else [at, 0]
        self._overlaps = [_Overlap(self._known, start, self._counts) for start in starts]
        return True

    def _settle(self) -> str:
        self._open = False
        held, self._held = self._held, ""
        for overlap in self._overlaps:
            size = overlap.best(held[overlap.start :])
            if size:
                return self._after(held, overlap.start, size)
        if self._remark:
            held = self._without_remark(held)
        marker = _last_line(self._partial)
        if _MARKER.fullmatch(marker):
            body = held.lstrip("\n")
            if body.startswith(marker) and len(body) > len(marker):
                return body[len(marker) :]
        if self._fenced and (named := _REOPENED_NAMED.match(self._opening if not self._remark else held)):
            # Inside an open fence a fence with a language can only open the same block again.
            rest = held[named.end() :]
            return rest if self._partial.endswith("\n") or not rest else "\n" + rest
        return self._without_odd_space(held)

    def _without_remark(self, held: str) -> str:
        """`held` behind its opening remark, with as many line breaks as the text itself seems to have."""
        at, count = opening.breaks(held, self._remark)
        rest, line = held[at:], _last_line(self._partial)
        if not rest or count == 0:
            return rest
        if self._fenced:
            # One or two breaks belong to the remark, unless the next line's depth says otherwise.
            closes = rest[0] == "}" and line.rstrip()[-1:] in (";", "}")
            deeper = bool(line.strip()) and (closes or rest.startswith(("  ", "\t")))
            return "\n" + rest if count > 2 or (count == 2 and deeper) else rest
        if not line.strip():
            # A line has just ended: what is missing can only be the blank line of a paragraph.
            return "\n" + rest if count > 2 else rest
        within = line.lstrip().startswith("|") and not line.rstrip().endswith("|")
        if (_BLOCK.match(rest) and not within) or count > 2:
            row = _ROW.match(line) is not None and _ROW.match(rest) is not None
            return "\n" * (1 if row else min(count, 2)) + rest if count > 1 else "\n" + rest
        return rest

    def _without_odd_space(self, held: str) -> str:
        """`held` without a space or line break that no Chinese text has in its middle."""
        rest = held.lstrip(" ")
        spaced = rest != held
        if not spaced and held[:1] == "\n" and held[1:2] != "\n":
            rest = held[1:]
            line = _last_line(self._partial)
            broken = len(line) >= _LONG_LINE and line[-1] not in _ENDS and _BLOCK.match(line) is None
            if not broken:
                return held
        if self._fenced or rest == held:
            return held
        between = self._partial[-1:] + rest[:1]
        return rest if len(between) == 2 and len(_WIDE.findall(between)) == 2 else held

    def _counts(self, size: int, rest: str) -> bool:
        """Whether the last `size` normalised characters of the partial text are too much for an accident."""
        said = self._known[len(self._known) - size :]
        cjk = len(_CJK.findall(said))
        words = sum(map(str.isalnum, said)) - cjk
        weight = 2.0 * cjk + words + 0.5 * (len(said) - cjk - words)
        distinct = len({c for c in said if c.isalnum()})
        before, overlap = self._split(size)
        if self._accident(before, overlap, rest):
            return False
        if weight >= ENOUGH and distinct >= 3:
            return True
        if weight >= ENOUGH_AT_START and distinct >= 2 and _STARTS_ANEW.search(before):
            return True
        if self._refenced and distinct and before.endswith("\n") and "\n" not in overlap:
            return True  # the block opened again and the line begun again: too much for an accident
        if weight >= ENOUGH_WORDS and distinct >= 3 and len(overlap.split()) > 1 and before[-1:].isspace():
            return True
        # A word cut in two and begun again: "imple" + "implementation".
        cut = _LAST_WORD.search(self._partial)
        if cut is None or _CJK.search(cut.group()) or _normal(cut.group()) != said:
            return False
        begun = rest.lstrip()[: len(cut.group()) + 1]
        return len(begun) > len(cut.group()) and (begun[-1].isalnum() or begun[-1] == "_")

    def _accident(self, before: str, overlap: str, rest: str) -> bool:
        """Whether the overlap may be text that simply goes on: the same line twice is common in code and
        tables, and nobody could tell it from a repetition."""
        line = _last_line(self._partial)
        if not self._fenced and _ROW.match(line) is None:
            return False
        # Nothing taken out, the line that was cut becomes one that stands there already.
        ahead, newline, _ = rest.partition("\n")
        if line and ahead and newline and _has_line(self._partial, line + ahead):
            return True
        if before and not (before.endswith("\n") or overlap.startswith("\n")):
            return False
        said = overlap.strip("\n")
        if rest[:1] == "\n":
            whole = rest[1:].partition("\n")[0] == line
            short = not self._fenced and len(said) < _SHORT_ROW and "|" not in said
            return bool(line) and "\n" not in said and (whole or short)
        return overlap.endswith("\n") and before.rstrip("\n").endswith("\n" + said)

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

    def __init__(self, known: str, start: int, counts: Callable[[int, str], bool]) -> None:
        self.start = start
        self._known = known
        self._counts = counts
        self._read = start
        self._said = ""
        self._at: list[int] | None = None
        self._found: list[int] = []

    @property
    def undecided(self) -> bool:
        """Whether more text could lengthen the overlap, begin one, still belongs to its end, or could tell
        which of several it is."""
        if self._at is None or bool(self._at) or len(self._said) in self._found:
            return True
        sizes = self._sizes()
        return any(
            len(self._said) < 2 * (longer - shorter) and self._may_recur(longer - shorter)
            for longer, shorter in pairwise(sizes)
        )

    def best(self, rest: str) -> int:
        """How many normalised characters to take out; 0 = none.

        The longest overlap that is no accident; but where the continuation itself says the same twice in a
        row, the overlap one period shorter: a line too many is better than one too few.
        """
        sizes = [size for size in self._sizes() if self._counts(size, rest)]
        for longer, shorter in pairwise(sizes):
            period = longer - shorter
            if len(self._said) < 2 * period or not self._may_recur(period):
                return longer
        return sizes[-1] if sizes else 0

    def _sizes(self) -> list[int]:
        return sorted({n for n in self._found if n > 0}, reverse=True)

    def _may_recur(self, period: int) -> bool:
        """Whether what was said so far agrees with saying its first `period` characters twice."""
        again = self._said[period : 2 * period]
        return period >= _SHORTEST_LINE and self._said.startswith(again)

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


def _has_line(text: str, line: str) -> bool:
    return f"\n{line}\n" in f"\n{text}"


def _last_line(text: str) -> str:
    return text[text.rfind("\n") + 1 :]
