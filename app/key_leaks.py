"""Keys where none belong: in a question, a draft, a prompt. Only what surely is one, so that code stays code.

`likely` of `app.key_forms` asks whose a text may be that was pasted as a key; here most text is none.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Literal, Protocol

from app.domain import ProviderSpec
from app.errors import KnownError
from app.key_forms import Pasted, likely, unwrap
from app.secrets import tidy

LeakKind = Literal["form", "stored"]

_RUN = re.compile(r"[A-Za-z0-9]{16,}")
_LEAST_DIFFERENT = 8
_NAME_LENGTH = 60
_PAIR, _HEX = 32, "0123456789abcdef"

# Forms as the vendors' key pages show them; what is named has to look drawn by lot. CSS classes and packages
# begin with `sk-` too, and names of built files look like Zhipu's pair.
_FORMS = r"""
    (?<![A-Za-z0-9_.-]) (?:
        (?:sk|tp|ark)-(?P<dashed>[A-Za-z0-9_-]{20,})
      | bce-v3/ALTAK-[A-Za-z0-9]{6,}/(?P<baidu>[0-9a-f]{32,})
      | eyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.(?P<token>[A-Za-z0-9_-]{20,})
      | [0-9a-f]{32}\.(?P<zhipu>[A-Za-z0-9]{16})
      | ms-(?P<modelscope>[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})
      | hf_(?P<face>[A-Za-z0-9]{30,})
      | gsk_(?P<groq>[A-Za-z0-9]{40,})
      | nvapi-(?P<nvidia>[A-Za-z0-9_-]{50,})
      | AIza(?P<google>[A-Za-z0-9_-]{35})
    ) (?![A-Za-z0-9_/=-])
    """

_FIRST = ("sk-", "tp-", "ark-", "bce-v3/", "eyJ", "ms-", "hf_", "gsk_", "nvapi-", "AIza")


@cache
def _forms() -> re.Pattern[str]:
    """Compiled with the first text that is looked at, not at the start."""
    return re.compile(_FORMS, re.VERBOSE)


@dataclass(frozen=True, slots=True)
class Leak:
    """A key from `start` to `end` of a text; `stored` = one that is kept here already, of `providers[0]`.
    `providers` may have issued it, none where the form does not tell."""

    start: int
    end: int
    secret: str = field(repr=False)
    kind: LeakKind = "form"
    providers: tuple[str, ...] = ()


class Keeper(Protocol):
    """Who knows the keys that were read from the keyring in this run."""

    def standing_in(self, text: str) -> Sequence[tuple[int, int, str]]:
        """Where they stand in a text, and whose they are: (start, end, provider)."""
        ...

    async def recall(self, text: str) -> None:
        """Read those from the keyring that may stand in a text and were not used yet."""
        ...


def surely_keys(text: str) -> list[tuple[int, int]]:
    """Where in `text` something stands that has a key's form, in order."""
    found: list[tuple[int, int]] = []
    # Looking for what each form begins with is ten times as quick as trying all of them at every letter.
    for start in sorted(_beginnings(text)):
        one = _forms().match(text, start)
        if one is None or (found and start < found[-1][1]):
            continue
        group = one.lastgroup or ""
        # In words joined by dashes no part is long; what is fixed in form needs no such part.
        bodies = _RUN.findall(one[group]) if group == "dashed" else [re.sub("[-_]", "", one[group])]
        if any(map(_drawn, bodies)):
            found.append(one.span())
    return found


def _beginnings(text: str) -> Iterator[int]:
    for first in _FIRST:
        at = text.find(first)
        while at >= 0:
            yield at
            at = text.find(first, at + 1)
    at = text.find(".", _PAIR)
    while at >= 0:
        if text[at - 1] in _HEX and text[at - _PAIR : at].isalnum():
            yield at - _PAIR
        at = text.find(".", at + 1)


def without_keys(text: str, spans: Sequence[tuple[int, int]] | None = None) -> str:
    """`text` without the keys in it, which are looked for by their form unless `spans` tells."""
    spans = surely_keys(text) if spans is None else spans
    if not spans:
        return text
    parts: list[str] = []
    at = 0
    for start, end in spans:
        parts.append(text[at:start])
        at = max(at, end)
    return "".join([*parts, text[at:]])


class KeyLeaks:
    """Finds keys in texts of the user's: by form, and those that are stored here."""

    def __init__(self, keys: Keeper, specs: Callable[[], Iterable[ProviderSpec]]) -> None:
        self._keys = keys
        self._specs = specs

    async def look(self, text: str) -> list[Leak]:
        """As `find`, with the stored keys that were not used yet in this run."""
        await self.recall(text)
        return self.find(text)

    async def recall(self, text: str) -> None:
        """Have the stored keys that may stand in a text known to `find`."""
        await self._keys.recall(text)

    def find(self, text: str, spans: Sequence[tuple[int, int]] | None = None) -> list[Leak]:
        """The keys in `text`, in order; none stands in another. `spans` are `surely_keys` of it where they
        are known already: in a long text they take a while to find."""
        stored = [Leak(s, e, text[s:e], "stored", (whose,)) for s, e, whose in self._keys.standing_in(text)]
        leaks: list[Leak] = []
        for start, end in surely_keys(text) if spans is None else spans:
            if not any(one.start < end and start < one.end for one in stored):
                secret = text[start:end]
                leaks.append(Leak(start, end, secret, "form", self._whose(text, start, end)))
        return sorted([*stored, *leaks], key=lambda leak: leak.start)

    def without(self, text: str) -> str:
        """`text` as it may be written to disk."""
        return without_keys(text, [(leak.start, leak.end) for leak in self.find(text)])

    def _whose(self, text: str, start: int, end: int) -> tuple[str, ...]:
        """By the name it is assigned to in its line, else by its form."""
        first, last = _line(text, start, end)
        name = ""
        try:
            found = unwrap(text[first:last])
            name = found.name if tidy(found.secret) == text[start:end] else ""
        except KnownError:
            # Several in a line, or no key alone: the form has to do.
            name = ""
        return tuple(likely(Pasted(text[start:end], name), self._specs()))


def taken_out(text: str, leaks: Iterable[Leak]) -> str:
    """`text` without these keys, and without the line of one where nothing else stands but its name."""
    for leak in sorted(leaks, key=lambda leak: leak.start, reverse=True):
        first, last = _line(text, leak.start, leak.end)
        try:
            alone = tidy(text[first:last]) == leak.secret and last - first <= len(leak.secret) + _NAME_LENGTH
        except KnownError:
            alone = False
        if not alone:
            text = text[: leak.start] + text[leak.end :]
        elif last >= len(text):
            text = text[:first].rstrip("\n")
        else:
            text = text[:first] + text[last + 1 :]
    return text


def _line(text: str, start: int, end: int) -> tuple[int, int]:
    last = text.find("\n", end)
    return text.rfind("\n", 0, start) + 1, len(text) if last < 0 else last


def _drawn(body: str) -> bool:
    """Whether letters and digits look drawn by lot: of both or of both cases, and of many different ones."""
    letters = any(c.isalpha() for c in body)
    mixed = any(c.isdigit() for c in body) or not (body.islower() or body.isupper())
    return letters and mixed and len(set(body)) >= _LEAST_DIFFERENT
