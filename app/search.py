"""The language of the search field: words, "phrases", `-word`, `from:zhipu`, `in:title`, `after:2026-01-31`.

Anything can be typed: what is no filter is something to find, so reading a query never fails. Filters that
name no date are kept in `Query.unread`, for those who want to complain.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from app.search_text import Term, term
from app.unicode import sound

Order = Literal["newest", "best"]

MOST_TERMS = 16
LONGEST = 400
"""Characters of one term; more of it is not looked at."""

_ITEM = re.compile(
    r"""(?P<minus>[-－](?=[^\s\-－]))?
        (?:(?P<field>\w+)[:：])?
        (?:"(?P<q1>[^"]*)"?|“(?P<q2>[^”]*)”?|「(?P<q3>[^」]*)」?|(?P<bare>[^\s"“「][^\s]*))""",
    re.VERBOSE,
)
_FIELDS = {
    "from": "from", "来自": "from", "谁": "from",
    "in": "in", "在": "in",
    "before": "before", "之前": "before", "早于": "before",
    "after": "after", "之后": "after", "晚于": "after", "since": "after",
    "date": "date", "on": "date", "日期": "date",
}  # fmt: skip
_USER = frozenset({"user", "me", "我", "用户"})
_ASSISTANT = frozenset({"assistant", "ai", "model", "回答", "模型"})
_TITLE = frozenset({"title", "titles", "标题"})
_DATE = re.compile(r"(\d{4})(?:[-/.年](\d{1,2})(?:[-/.月](\d{1,2})日?|月)?|年)?")


@dataclass(frozen=True, slots=True)
class Source:
    """Who wrote a message: a role, or a provider or model by its id."""

    name: str
    role: Literal["user", "assistant"] | None = None
    exclude: bool = False


@dataclass(frozen=True, slots=True)
class Query:
    """What was asked for. All terms must be there, none of `without`. Times: epoch seconds, [since, until).

    Several sources mean any of them. `unread` holds date filters that name no date.
    """

    terms: tuple[Term, ...] = ()
    without: tuple[Term, ...] = ()
    sources: tuple[Source, ...] = ()
    titles_only: bool = False
    since: float | None = None
    until: float | None = None
    unread: tuple[str, ...] = ()

    @property
    def empty(self) -> bool:
        """Whether nothing is asked for."""
        return not (self.terms or self.without or self.filtered or self.titles_only)

    @property
    def filtered(self) -> bool:
        """Whether something is asked for that only messages have."""
        return bool(self.sources) or self.since is not None or self.until is not None

    def fits(self, text: str) -> bool:
        """Whether a text has all the terms and none of those that must not be there."""
        return all(one.matches(text) for one in self.terms) and not any(
            one.matches(text) for one in self.without
        )


def parse(text: str, now: float, providers: Mapping[str, str] | None = None) -> Query:
    """Read what was typed. Days are those of this computer's clock; `now` says which is today.

    `providers` maps other names of providers (in lower case) to their ids.
    """
    reading = _Reading(now, providers or {})
    for item in _ITEM.finditer(sound(text)):
        reading.take(item)
    return reading.query()


class _Reading:
    """Collects what one item after the other asks for."""

    def __init__(self, now: float, providers: Mapping[str, str]) -> None:
        self._now = now
        self._providers = providers
        self._terms: list[Term] = []
        self._without: list[Term] = []
        self._sources: list[Source] = []
        self._titles_only = False
        self._since: float | None = None
        self._until: float | None = None
        self._unread: list[str] = []

    def take(self, item: re.Match[str]) -> None:
        quoted = next((item[name] for name in ("q1", "q2", "q3") if item[name] is not None), None)
        value = quoted if quoted is not None else item["bare"]
        minus = item["minus"] is not None
        field = _FIELDS.get((item["field"] or "").lower())
        if field is not None and self._filter(field, value.strip(), minus=minus):
            return
        if field in ("before", "after", "date") and value.strip():
            self._unread.append(item.group())
        if item["field"] is not None:
            # No filter after all: `std::vector`, `http://…`, `key:"value"`.
            self._add(item.group()[1 if minus else 0 :], minus=minus, phrase=False)
        else:
            self._add(value, minus=minus, phrase=quoted is not None)

    def _add(self, text: str, *, minus: bool, phrase: bool) -> None:
        made = term(text[:LONGEST], phrase=phrase)
        wanted = self._without if minus else self._terms
        if made is not None and made not in wanted and len(self._terms) + len(self._without) < MOST_TERMS:
            wanted.append(made)

    def _filter(self, field: str, value: str, *, minus: bool) -> bool:
        """Take a filter; False when it is none."""
        if field == "from" and value:
            self._sources.append(self._source(value.lower(), minus))
            return True
        if field == "in" and value.lower() in _TITLE and not minus:
            self._titles_only = True
            return True
        if field in ("before", "after", "date") and not minus:
            span = day_span(value, self._now)
            if span is not None:
                if field != "before":
                    self._since = span[0] if self._since is None else max(self._since, span[0])
                if field != "after":
                    end = span[0] if field == "before" else span[1]
                    self._until = end if self._until is None else min(self._until, end)
            return span is not None
        return False

    def _source(self, name: str, exclude: bool) -> Source:
        if name in _USER:
            return Source("user", "user", exclude)
        if name in _ASSISTANT:
            return Source("assistant", "assistant", exclude)
        return Source(self._providers.get(name, name), None, exclude)

    def query(self) -> Query:
        return Query(
            terms=tuple(self._terms),
            without=tuple(self._without),
            sources=tuple(self._sources),
            titles_only=self._titles_only,
            since=self._since,
            until=self._until,
            unread=tuple(self._unread),
        )


def day_span(text: str, now: float) -> tuple[float, float] | None:
    """Start and end of a day, a month or a year in epoch seconds; None when the text names none.

    `2026-01-31`, `2026/1`, `2026年1月31日`, `今天`, `yesterday`, …
    """
    today = datetime.fromtimestamp(now).replace(hour=0, minute=0, second=0, microsecond=0)
    match text.lower():
        case "today" | "今天":
            return _span(today, today + timedelta(days=1))
        case "yesterday" | "昨天":
            return _span(today - timedelta(days=1), today)
        case _:
            pass
    found = _DATE.fullmatch(text)
    if found is None:
        return None
    year, month, day = (int(part) if part else None for part in found.groups())
    try:
        start = datetime(year or 0, month or 1, day or 1)
        if day:
            end = start + timedelta(days=1)
        elif month:
            end = datetime(start.year + month // 12, month % 12 + 1, 1)
        else:
            end = datetime(start.year + 1, 1, 1)
        return _span(start, end)
    except (ValueError, OverflowError, OSError):
        return None


def _span(start: datetime, end: datetime) -> tuple[float, float] | None:
    return start.timestamp(), end.timestamp()
