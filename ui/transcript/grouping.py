"""Which blocks of an answer stand together in one piece."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ui.render.markdown import Block

_FULL = 2_000
"""A text piece takes no further block once it holds this much HTML: two or three milliseconds of layout."""


def grouped(blocks: Sequence[Block]) -> list[list[Block]]:
    """Blocks as pieces: neighbouring prose together up to a size, everything else by itself."""
    groups: list[list[Block]] = []
    size = 0
    for block in blocks:
        joins = block.kind == "prose" and block.joined is None
        if groups and block.goes_on and groups[-1][0].kind == "code":
            groups[-1].append(block)
        elif groups and joins and groups[-1][0].kind == "prose" and size < _FULL:
            groups[-1].append(block)
            size += len(block.html)
        else:
            groups.append([block])
            size = len(block.html)
    return groups


def is_full(group: Sequence[Block]) -> bool:
    """Whether a piece takes no further block."""
    if group[0].kind == "code":
        return group[-1].closed
    return group[0].kind != "prose" or sum(len(b.html) for b in group) >= _FULL
