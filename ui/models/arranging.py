"""The order of the conversation list: what is shown, in which groups, sorted how. Pure functions."""

from __future__ import annotations

import time
from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal

from app.i18n import language, tr
from app.store.records import Conversation

if TYPE_CHECKING:
    from PySide6.QtCore import QCollatorSortKey

Sort = Literal["recent", "created", "title"]
SORTS: tuple[Sort, ...] = ("recent", "created", "title")


@dataclass(frozen=True, slots=True)
class Folder:
    """The heading of a folder. `count` conversations are in it, pinned ones not counted."""

    name: str
    count: int
    folded: bool


Row = Conversation | Folder | str
"""A conversation, a folder's heading, or the heading of a group."""


@dataclass(frozen=True, slots=True)
class View:
    """What is looked at: all that is not put away, what is put away, or what has a tag."""

    archived: bool = False
    tag: str | None = None

    @property
    def everything(self) -> bool:
        """Whether it is the usual list."""
        return not self.archived and self.tag is None


@dataclass(slots=True)
class Arrangement:
    """How the user has arranged the list; kept over restarts.

    `folders` are those the user made, so that an empty one stays.
    """

    sort: Sort = "recent"
    folded: set[str] = field(default_factory=set[str])
    folders: set[str] = field(default_factory=set[str])


@dataclass(frozen=True, slots=True)
class Days:
    """Epoch seconds at which the groups of one day begin, by the user's own midnight."""

    today: float
    yesterday: float
    week: float
    year: int

    @classmethod
    def at(cls, now: float) -> Days:
        """The days around `now`."""
        local = time.localtime(now)
        year, month, day = local.tm_year, local.tm_mon, local.tm_mday
        today, yesterday, week = (midnight(year, month, day - back) for back in (0, 1, 7))
        return cls(today, yesterday, week, year)


def midnight(year: int, month: int, day: int) -> float:
    """The start of a day; days out of range count on (day 0 is the last of the month before)."""
    return time.mktime((year, month, day, 0, 0, 0, 0, 0, -1))


def rows(
    conversations: Iterable[Conversation],
    view: View,
    arrangement: Arrangement,
    words: Sequence[str],
    days: Days,
    places: Mapping[str, int] | None = None,
) -> list[Row]:
    """The rows from top to bottom: pinned ones, folders, then the rest by date. `places` of titles in the
    user's order spare working it out."""
    sort = arrangement.sort
    shown = [c for c in conversations if c.archived == view.archived]
    if view.tag is not None:
        shown = [c for c in conversations if view.tag in c.tags]
    for word in words:
        shown = [c for c in shown if word in c.title.casefold()]
    if sort == "title":
        shown.sort(key=_title_key if places is None else lambda c: places.get(c.title, 0))
    else:
        shown.sort(key=_TIMES[sort], reverse=True)
    if view.archived:
        return _dated(shown, sort, days)
    out: list[Row] = []
    pinned = [c for c in shown if c.pinned]
    if pinned:
        out += [tr("sidebar.group.pinned"), *pinned]
    # A search and a tag cut across folders.
    if view.everything and not words:
        inside: dict[str, list[Conversation]] = {name: [] for name in arrangement.folders}
        for one in shown:
            if one.folder is not None and not one.pinned:
                inside.setdefault(one.folder, []).append(one)
        for name in sorted(inside, key=name_key):
            folded = name in arrangement.folded
            out.append(Folder(name, len(inside[name]), folded))
            if not folded:
                out += inside[name]
        shown = [c for c in shown if c.folder is None and not c.pinned]
    elif pinned:
        shown = [c for c in shown if not c.pinned]
    return out + _dated(shown, sort, days)


_TIMES: dict[str, Callable[[Conversation], float]] = {
    "recent": lambda c: c.updated_at,
    "created": lambda c: c.created_at,
}


def moment(conversation: Conversation, sort: Sort) -> float:
    """The time a row tells: when it was made in a list by that, else when something was last said."""
    return conversation.created_at if sort == "created" else conversation.updated_at


def _dated(ordered: Sequence[Conversation], sort: Sort, days: Days) -> list[Row]:
    """The rest in its groups; by title there is but one."""
    out: list[Row] = []
    if sort == "title":
        return [tr("sidebar.group.by_title"), *ordered] if ordered else []
    at = _TIMES[sort]

    def end_of(since: float, start: int) -> int:
        return bisect_left(ordered, True, start, key=lambda c: at(c) < since)

    start = 0
    for heading, since in (
        (tr("sidebar.group.today"), days.today),
        (tr("sidebar.group.yesterday"), days.yesterday),
        (tr("sidebar.group.week"), days.week),
    ):
        end = end_of(since, start)
        if end > start:
            out.append(heading)
            out += ordered[start:end]
        start = end
    while start < len(ordered):
        local = time.localtime(at(ordered[start]))
        end = max(end_of(midnight(local.tm_year, local.tm_mon, 1), start), start + 1)
        out.append(_month(local.tm_year, local.tm_mon, days.year))
        out += ordered[start:end]
        start = end
    return out


def _month(year: int, month: int, this_year: int) -> str:
    name = tr(f"sidebar.month.{month}")
    return name if year == this_year else tr("sidebar.month.year", month=name, year=year)


def _title_key(conversation: Conversation) -> Any:
    return name_key(conversation.title)


def name_key(text: str) -> Any:
    """What to compare names by."""
    return _collated(text, language())


@lru_cache(maxsize=50_000)
def _collated(text: str, _language: str) -> QCollatorSortKey:
    """The user's own order: Chinese by sound, `9` before `10`, no heed of case."""
    return _collator(_language).sortKey(text)


@lru_cache(maxsize=2)
def _collator(wanted: str) -> Any:
    from PySide6.QtCore import QCollator, QLocale, Qt

    made = QCollator(QLocale("zh_CN" if wanted == "zh" else "en"))
    made.setNumericMode(True)
    made.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
    return made
