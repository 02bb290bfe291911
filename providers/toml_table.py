"""Strict reading of one TOML table: every field taken by name and type, nothing left over."""

from __future__ import annotations

import json
import math
import re
import unicodedata
from collections.abc import Sequence
from typing import Any, cast

from providers.spec import Words


class Invalid(Exception):  # noqa: N818 - caught by the reader of the file and turned into a value
    """A field that is missing, unknown or wrong. `where` is its path in the file."""

    def __init__(self, reason: str, where: str, detail: str = "") -> None:
        super().__init__(f"{where}: {reason} {detail}".strip())
        self.reason = reason
        self.where = where
        self.detail = detail


_MISSING = object()
_MOST = 10**15
"""No token count is larger, and every database and JSON reader can hold it."""


class Table:
    """A TOML table and its path; `close` raises for fields nobody took."""

    def __init__(self, data: dict[str, Any], path: str = "") -> None:
        self._data = data
        self._path = path
        self._taken: set[str] = set()

    def where(self, name: str) -> str:
        """The path of a field of this table."""
        return f"{self._path}.{name}" if self._path else name

    def has(self, name: str) -> bool:
        """Whether the field is there."""
        return name in self._data

    def take(self, name: str) -> Any:
        """The raw value, None when missing."""
        self._taken.add(name)
        return self._data.get(name)

    def text(self, name: str, *, default: str | None = None, match: re.Pattern[str] | None = None) -> str:
        """A string; without a default it must be there and not be empty."""
        value = self._typed(name, str, default)
        if default is None and not value.strip():
            raise Invalid("missing", self.where(name))
        if match is not None and not match.fullmatch(value):
            raise Invalid("bad_value", self.where(name), value)
        if any(unicodedata.category(c) == "Cc" and c not in "\n\t" for c in value):
            # Names and ids are shown in terminals, which obey such characters.
            raise Invalid("bad_value", self.where(name), repr(value))
        return cast("str", value)

    def words(self, name: str, default: Words | None = None) -> Words:
        """A text in both languages: `{ zh = "…", en = "…" }`."""
        if name not in self._data and default is not None:
            return default
        table = Table(self._typed(name, dict, None), self.where(name))
        words = Words(table.text("zh"), table.text("en"))
        table.close()
        return words

    def flag(self, name: str, *, default: bool = False) -> bool:
        """A boolean."""
        return cast("bool", self._typed(name, bool, default))

    def number(self, name: str, *, low: float = -math.inf, high: float = math.inf) -> float | None:
        """A finite number within bounds, None when missing."""
        value = self.take(name)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise Invalid("wrong_type", self.where(name), str(value))
        if not math.isfinite(value) or not low <= value <= high:
            raise Invalid("bad_value", self.where(name), str(value))
        return float(value)

    def whole(self, name: str, *, low: int) -> int | None:
        """An integer from `low` on, None when missing."""
        value = self.take(name)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int):
            raise Invalid("wrong_type", self.where(name), str(value))
        if not low <= value <= _MOST:
            raise Invalid("bad_value", self.where(name), str(value)[:40])
        return value

    def choice(self, name: str, options: Sequence[str], default: str | None = None) -> str:
        """One of the options."""
        value = self.text(name, default=default)
        if value not in options:
            raise Invalid("bad_value", self.where(name), value)
        return value

    def regex(self, name: str) -> str | None:
        """A regular expression that compiles, None when missing."""
        value = self.text(name, default="")
        if not value:
            return None
        try:
            re.compile(value)
        except re.error as error:
            raise Invalid("bad_regex", self.where(name), f"{value}: {error}") from None
        return value

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of strings, empty when missing."""
        return tuple(self._list(name, str))

    def wholes(self, name: str) -> tuple[int, ...]:
        """A list of integers, empty when missing."""
        return tuple(self._list(name, int))

    def bounds(self, name: str) -> tuple[float, float] | None:
        """`[low, high]`, None when missing."""
        if name not in self._data:
            return None
        values = [float(v) for v in self._list(name, (int, float))]
        if len(values) != 2 or not values[0] <= values[1]:
            raise Invalid("bad_value", self.where(name), str(values))
        return values[0], values[1]

    def mapping(self, name: str) -> dict[str, Any]:
        """A free table of values JSON knows, empty when missing."""
        value = cast("dict[str, Any]", self._typed(name, dict, {}))
        try:
            json.dumps(value, allow_nan=False)
        except (TypeError, ValueError) as error:
            raise Invalid("wrong_type", self.where(name), str(error)) from None
        return value

    def table(self, name: str) -> Table | None:
        """A table of its own, None when missing."""
        if name not in self._data:
            return None
        return Table(self._typed(name, dict, None), self.where(name))

    def tables(self, name: str, *, optional: bool = False) -> list[Table]:
        """A list of tables."""
        if name not in self._data and not optional:
            raise Invalid("missing", self.where(name))
        return [Table(v, f"{self.where(name)}[{i}]") for i, v in enumerate(self._list(name, dict))]

    def close(self) -> None:
        """Raise when a field is left that nobody asked for: most likely it is misspelt."""
        for name in self._data:
            if name not in self._taken:
                raise Invalid("unknown_field", self.where(name), name)

    def _list(self, name: str, kind: type | tuple[type, ...]) -> list[Any]:
        values: list[Any] = self._typed(name, list, [])
        for index, value in enumerate(values):
            if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
                raise Invalid("wrong_type", f"{self.where(name)}[{index}]", str(value))
        return values

    def _typed(self, name: str, kind: type, default: Any) -> Any:
        self._taken.add(name)
        value = self._data.get(name, _MISSING)
        if value is _MISSING:
            if default is None:
                raise Invalid("missing", self.where(name))
            return default
        if not isinstance(value, kind):
            raise Invalid("wrong_type", self.where(name), str(value))
        return value
