"""Conversations and messages, as values. Times are epoch seconds, durations milliseconds.

The other records are in `entries.py`: the window's first paint needs only these.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Literal, cast

MessageRole = Literal["user", "assistant"]
MessageStatus = Literal["waiting", "streaming", "done", "stopped", "failed", "interrupted"]
"""`waiting` = a question nobody answered yet (offline); `interrupted` = found unfinished at a start."""


@dataclass(frozen=True, slots=True)
class Parameters:
    """How an answer is to be made; None leaves it to the model. `thinking` None = as the model does."""

    temperature: float | None = None
    max_tokens: int | None = None
    thinking: bool | None = None


@dataclass(frozen=True, slots=True)
class Conversation:
    """One conversation without its messages. `head` is the newest message of the branch shown.

    `folder` is a folder's name, `assistant` an assistant's id, `summary` speaks for the branch up to and
    with the message `summary_until`. `updated_at` is when something was said, `changed_at` when anything
    of this record was changed.
    """

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
    archived: bool = False
    folder: str | None = None
    tags: tuple[str, ...] = ()
    assistant: str | None = None
    parameters: Parameters | None = None
    summary: str = ""
    summary_until: str | None = None
    changed_at: float = 0.0


@dataclass(frozen=True, slots=True)
class Enclosed:
    """What is shown of one thing attached to a message; its data is fetched by its id when needed.

    `mime` is without parameters, `size` in bytes, `pages` None = unknown. `file` = there is a file to open
    beside (or instead of) a text.
    """

    id: str
    kind: Literal["image", "file", "text"]
    name: str
    mime: str
    size: int
    lines: int = 0
    pages: int | None = None
    file: bool = False


@dataclass(frozen=True, slots=True)
class Message:
    """One node of a conversation's tree.

    `note` is a JSON object of facts about it (see `facts`); answers shown side by side share `column_group`.
    """

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
    note: str | None = None
    column_group: str | None = None
    siblings: tuple[str, ...] = ()
    """Ids of all children of `parent`, this one included, oldest first."""
    enclosed: tuple[Enclosed, ...] = ()
    """What is attached, in order."""

    @property
    def facts(self) -> dict[str, Any]:
        """What `note` says; empty when it says nothing readable."""
        if not self.note:
            return {}
        try:
            found: object = json.loads(self.note)
        except (ValueError, RecursionError):
            return {}
        return cast("dict[str, Any]", found) if isinstance(found, dict) else {}


@dataclass(frozen=True, slots=True)
class Assistant:
    """A way of being answered that can be given to conversations: a prompt, a chain, parameters.

    `chain` None = the default one. `builtin_of` names the shipped assistant this one was made from.
    """

    id: str
    name: str
    system: str
    created_at: float
    updated_at: float
    chain: tuple[str, ...] | None = None
    parameters: Parameters | None = None
    position: int = 0
    builtin_of: str | None = None
    deleted_at: float | None = None
