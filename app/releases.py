"""Whether a newer version of the program is out: one small file is read when the user wants it, nothing else.

Nothing is downloaded or run. The file is the project's list of releases (Atom, as GitHub gives it) or a
mirror's JSON (`version`, `url`, `notes`; GitHub's own names are understood too). Its text is shown as plain
text only.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any, Protocol, cast
from urllib.parse import urlsplit

from app.clock import Clock
from app.errors import KnownError
from app.model_lists import Meta
from providers import Failure, FailureKind
from providers.urls import check_file_url

PROJECT = "https://github.com/jieli-chat/jieli"
FEED = f"{PROJECT}/releases.atom"
PAGE = f"{PROJECT}/releases"

LARGEST = 512 * 1024
"""Bytes of the file at most."""
DAY = 86_400.0
NOTE_LINES, NOTE_LENGTH = 6, 160
"""So many lines of what is new are shown, each at most so many characters long."""

_ASKED, _TOLD = "release_asked_at", "release_told"
_ATOM = "{http://www.w3.org/2005/Atom}"
_VERSION = re.compile(r"v?(?:\d+!)?(\d{1,8}(?:\.\d{1,8}){0,4})(.*)", re.IGNORECASE | re.DOTALL)


class Fetcher(Protocol):
    """The wire, as far as this needs it."""

    async def fetch(self, url: str, largest: int) -> bytes | Failure: ...


@dataclass(frozen=True, slots=True)
class Release:
    """A version that is out, the page that tells of it, and the first lines on what is new."""

    version: str
    url: str
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class News:
    """What a look found: a newer `release`, or None = this version is the newest."""

    release: Release | None
    own: str


class ReleaseCheck:
    """Looks for a newer version than `own`, at most once a day unless asked to."""

    def __init__(self, wire: Fetcher, meta: Meta, clock: Clock, own: str) -> None:
        self._wire = wire
        self._meta = meta
        self._clock = clock
        self.own = own

    async def look(self, feed: str = "") -> News:
        """Read the file now. Raises `KnownError` when that cannot be done."""
        url = feed or FEED
        if (reason := check_file_url(url)) is not None:
            raise KnownError(f"updates.{reason}", url=url)
        answer = await self._wire.fetch(url, LARGEST)
        # A look that failed counts: an address that is blocked is not asked again and again.
        await self._meta.set_meta(_ASKED, str(self._clock.now()))
        if isinstance(answer, Failure):
            raise _problem(answer)
        return News(newest(answer, self.own), self.own)

    async def look_quietly(self, feed: str = "") -> Release | None:
        """A release nobody was told of yet, if a look is due and finds one. Failures are no news."""
        last = await self.last()
        if last is not None and 0 <= self._clock.now() - last < DAY:
            return None
        try:
            release = (await self.look(feed)).release
        except KnownError:
            return None
        if release is None or await self._meta.meta(_TOLD) == release.version:
            return None
        await self._meta.set_meta(_TOLD, release.version)
        return release

    async def last(self) -> float | None:
        """When the file was last asked for (epoch seconds), None = never."""
        try:
            return float(await self._meta.meta(_ASKED) or "")
        except ValueError:
            return None


def _problem(failure: Failure) -> KnownError:
    """Why the file did not come; the words for providers do not fit here."""
    if failure.hint == "network_proxy":
        return KnownError("releases.proxy")
    if failure.kind is FailureKind.NETWORK:
        return KnownError("releases.no_network")
    if failure.status is not None and failure.status != 200:
        return KnownError("releases.refused", status=failure.status)
    return KnownError("releases.unreadable")


def newest(data: bytes, own: str) -> Release | None:
    """The newest release of a file if it is newer than `own`; pre-releases count only for a pre-release.

    Raises `KnownError` when the file is no list of releases.
    """
    mine = _order(own)
    best: tuple[tuple[tuple[int, ...], bool], Release] | None = None
    for release in _releases(data):
        found = _order(release.version)
        if found is None or (mine is not None and found <= mine) or (best is not None and found <= best[0]):
            continue
        if not found[1] and (mine is None or mine[1]):
            continue
        best = (found, release)
    return best[1] if best is not None and mine is not None else None


def _order(version: str) -> tuple[tuple[int, ...], bool] | None:
    """What versions are compared by: the numbers, then whether it is final; None for what is no version."""
    found = _VERSION.fullmatch(version.strip())
    if found is None:
        return None
    numbers = [int(part) for part in found[1].split(".")]
    while numbers and numbers[-1] == 0:
        numbers.pop()
    rest = found[2].partition("+")[0].strip().lower()
    if rest and not re.fullmatch(r"[-_.]?(a|b|c|rc|alpha|beta|pre|preview|dev|post|r|rev)[-_.]?\d*", rest):
        return None
    return tuple(numbers), not rest or rest.lstrip("-_.").startswith(("post", "rev"))


def _releases(data: bytes) -> Iterator[Release]:
    """The releases of a file in its order. Raises `KnownError`."""
    try:
        if data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
            yield from _from_atom(data)
        else:
            yield from _from_json(json.loads(data))
    except (ValueError, RecursionError, LookupError) as error:
        raise KnownError("releases.unreadable") from error


def _from_atom(data: bytes) -> Iterator[Release]:
    from xml.etree.ElementTree import ParseError

    # The library refuses entities and documents that unfold without end.
    from defusedxml.ElementTree import fromstring

    try:
        root = fromstring(data)
    except ParseError as error:
        raise ValueError("not XML") from error
    if root.tag != f"{_ATOM}feed":
        raise ValueError(root.tag)
    for entry in root.iter(f"{_ATOM}entry"):
        links = [link.get("href", "") for link in entry.iter(f"{_ATOM}link")]
        url = next((link for link in links if link), "")
        names = (url.rstrip("/").rpartition("/")[2], entry.findtext(f"{_ATOM}title", ""))
        version = next((name for name in names if _order(name) is not None), "")
        yield Release(version.lstrip("vV"), _page(url), _notes(entry.findtext(f"{_ATOM}content", "")))


def _from_json(found: object) -> Iterator[Release]:
    rows = cast("Sequence[object]", found) if isinstance(found, list) else [found]
    for row in rows:
        if not isinstance(row, Mapping):
            raise ValueError(row)
        entry = cast("Mapping[str, Any]", row)
        version = entry.get("version") or entry.get("tag_name")
        if not isinstance(version, str):
            raise ValueError(version)
        if entry.get("draft") is True:
            continue
        url, notes = entry.get("url") or "", entry.get("notes") or entry.get("body") or ""
        page = entry.get("html_url") or url
        yield Release(
            version.lstrip("vV"),
            _page(page if isinstance(page, str) else ""),
            _notes(notes if isinstance(notes, str) else ""),
        )


def _page(url: str) -> str:
    """Where the user is sent: what the file says if it is a page over TLS, else the project's own."""
    return url if urlsplit(url).scheme == "https" and check_file_url(url) is None else PAGE


class _Text(HTMLParser):
    """The text of a piece of HTML, a line for each block."""

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.parts.append("\n• " if tag == "li" else "\n" if tag not in _INLINE else "")

    def handle_endtag(self, tag: str) -> None:
        self.parts.append("" if tag in _INLINE else "\n")

    def handle_data(self, data: str) -> None:
        self.parts.append(data)


_INLINE = frozenset({"a", "b", "code", "em", "i", "strong", "span", "tt", "kbd", "del", "sup", "sub", "img"})


def _notes(text: str) -> tuple[str, ...]:
    """The first lines of a text or of HTML as plain text, without marks and invisible characters."""
    reader = _Text()
    reader.feed(text[:20_000])
    reader.close()
    lines: list[str] = []
    for line in "".join(reader.parts).splitlines():
        plain = "".join(c for c in line if c.isprintable()).strip().lstrip("#").strip()
        plain = re.sub(r"^[*-] +", "• ", plain)
        if plain.strip("•*-_= ") and len(lines) < NOTE_LINES:
            lines.append(plain if len(plain) <= NOTE_LENGTH else plain[: NOTE_LENGTH - 1] + "…")
    return tuple(lines)
