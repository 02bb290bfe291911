"""From one list of rows to the next: how many are shown, and what has to be taken out and put in."""

from __future__ import annotations

from collections.abc import Sequence

from app.store.records import Conversation
from ui.models.arranging import Folder, Row

PAGE = 300
"""Rows shown at first and added at each scroll to the end: Qt lays all shown rows out at every change."""

_TRIES = 8


def difference(old: Sequence[Row], new: Sequence[Row]) -> tuple[int, int, list[int]]:
    """How many rows are the same at the head and at the tail, and which of those have new content."""
    shortest = min(len(old), len(new))
    head = 0
    while head < shortest and _same(old[head], new[head]):
        head += 1
    tail = 0
    while tail < shortest - head and _same(old[-1 - tail], new[-1 - tail]):
        tail += 1
    changed = [n for n in range(head) if old[n] is not new[n] and old[n] != new[n]]
    shift = len(old) - len(new)
    changed += [
        n
        for n in range(len(new) - tail, len(new))
        if old[n + shift] is not new[n] and old[n + shift] != new[n]
    ]
    return head, tail, changed


def shown_rows(full: Sequence[Row], old: Sequence[Row]) -> int:
    """How many rows to show: up to the row that was the last one, so that the ends stay equal."""
    if len(old) < PAGE // 2:
        return PAGE
    near = {row.id: n for n, row in enumerate(full[: len(old) + PAGE]) if isinstance(row, Conversation)}
    for last in old[: -_TRIES - 1 : -1]:
        at = near.get(last.id, 0) if isinstance(last, Conversation) else 0
        if at >= PAGE // 2:
            return at + 1
    return max(PAGE, len(old))


def _same(one: Row, other: Row) -> bool:
    """Whether two rows are the same row, perhaps with new content."""
    if isinstance(one, Conversation) and isinstance(other, Conversation):
        return one.id == other.id
    if isinstance(one, Folder) and isinstance(other, Folder):
        return one.name == other.name
    return one == other
