"""Messages in an order in which each can be stored."""

from __future__ import annotations

from collections.abc import Mapping


def parents_first(parents: Mapping[str, str | None]) -> list[str]:
    """The messages of a tree (id → parent) in the order given, but no child before its parent.

    After a sync, or when a removal was taken back, a parent may have been stored after its child.
    """
    ordered: dict[str, None] = {}
    early: dict[str, list[str]] = {}

    def take(ident: str) -> None:
        waiting = [ident]
        while waiting:
            ready = waiting.pop()
            ordered[ready] = None
            waiting += reversed(early.pop(ready, []))

    for ident, parent in parents.items():
        if parent in parents and parent not in ordered:
            early.setdefault(parent or "", []).append(ident)
        else:
            take(ident)
    # What is left goes round in a ring, which is opened where it was stored first.
    for ident in parents:
        if ident not in ordered:
            take(ident)
    return list(ordered)
