"""The user's rules for turns. Light on purpose: the window needs them before anything is asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Spend = Literal["never", "ask", "allow"]
MidStream = Literal["continue", "ask", "restart"]
Order = Literal["listed", "expiring", "fastest"]


@dataclass(frozen=True, slots=True)
class Policy:
    """The user's rules for turns. Times are in seconds.

    `first_content` bounds a whole turn up to its first visible text; `first_byte` and `stall` bound one
    attempt; `silent_cap` is how long thinking and keep-alives alone may stretch one attempt. `dwell` is how
    long a fallback keeps the baton before the preferred leg gets it back.
    """

    spend: Spend = "never"
    order: Order = "listed"
    midstream: MidStream = "continue"
    pass_blocked: bool = False
    max_attempts: int = 5
    first_content: float = 45.0
    connect: float = 5.0
    first_byte: float = 20.0
    stall: float = 20.0
    silent_cap: float = 300.0
    dwell: float = 60.0


DEFAULT_POLICY = Policy()
