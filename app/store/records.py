"""Conversations and messages, as values. Times are epoch seconds, durations milliseconds.

The other records are in `entries.py`: the window's first paint needs only these.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

MessageRole = Literal["user", "assistant"]
MessageStatus = Literal["waiting", "streaming", "done", "stopped", "failed", "interrupted"]
"""`waiting` = a question nobody answered yet (offline); `interrupted` = found unfinished at a start."""


@dataclass(frozen=True, slots=True)
class Conversation:
    """One conversation without its messages. `head` is the newest message of the branch shown."""

    id: str
    title: str
    created_at: float
    updated_at: float
    title_by_user: bool = False
    pinned: bool = False
    practice: bool = False
    head: str | None = None
    system: str = ""
    chain: tuple[str, ...] | None = None
    spend: str | None = None
    pinned_leg: str | None = None
    draft: str = ""
    interrupted: bool = False
    deleted_at: float | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """One node of a conversation's tree."""

    id: str
    conversation: str
    parent: str | None
    role: MessageRole
    text: str
    status: MessageStatus
    created_at: float
    updated_at: float
    reasoning: str = ""
    reasoning_ms: int | None = None
    provider: str | None = None
    model: str | None = None
    finish: str | None = None
    siblings: tuple[str, ...] = ()
    """Ids of all children of `parent`, this one included, oldest first."""
