"""What the store keeps besides conversations: attempts, health, keys, grants. Times are epoch seconds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

AttemptOutcome = Literal["running", "answered", "failed", "stopped", "skipped"]


@dataclass(frozen=True, slots=True)
class AttemptRecord:
    """One request of a turn, or a leg skipped before sending (`outcome` `skipped`, `kind` = reason).

    `text_start`/`text_end` say which characters of the stored answer this attempt wrote (seams lie between
    them). `started_at` epoch seconds; `first_content_ms` and `duration_ms` from there. `prompt_tokens` and
    `completion_tokens` are the vendor's or, with `usage_estimated`, ours.
    """

    id: str
    message: str | None
    n: int
    provider: str
    model: str
    outcome: AttemptOutcome
    started_at: float
    key: str | None = None
    conversation: str | None = None
    kind: str | None = None
    code: str | None = None
    status: int | None = None
    text: str = ""
    hint: str | None = None
    retry_after: float | None = None
    until: float | None = None
    billing: str | None = None
    first_content_ms: int | None = None
    duration_ms: int | None = None
    text_start: int | None = None
    text_end: int | None = None
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    reasoning_tokens: int | None = None
    cached_tokens: int | None = None
    usage_estimated: bool = False
    estimated_prompt: int | None = None
    estimated_completion: int | None = None


@dataclass(frozen=True, slots=True)
class HealthRow:
    """The state of a provider, one of its models or keys. `model`/`key` empty = all of them."""

    provider: str
    model: str
    key: str
    state: Literal["cooling", "parked", "off", "open", "blocked"]
    until: float | None
    level: int
    kind: str
    code: str | None
    message: str
    hint: str | None
    updated_at: float


@dataclass(frozen=True, slots=True)
class KeyRecord:
    """One API key without its secret. `check_kind` is `ok`, a failure kind, or None = never checked."""

    id: str
    provider: str
    label: str
    last4: str
    position: int
    created_at: float
    checked_at: float | None = None
    check_kind: str | None = None
    check_hint: str | None = None
    check_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Attachment:
    """A typed part of a message: a picture or a file. `sha256` is of `data`, in hexadecimal."""

    id: str
    message: str
    position: int
    kind: Literal["image", "file", "text"]
    name: str
    mime: str
    sha256: str
    data: bytes


GrantUnit = Literal["tokens", "calls"]
GrantWindow = Literal["once", "day", "hours", "month"]
DAMAGED = "damaged"
"""The source of a grant whose row in the file could not be read; it never stands there."""


@dataclass(frozen=True, slots=True)
class GrantRow:
    """An amount of free use the user has; the meanings are those of `GrantSpec`.

    `model` None = account-wide, or each of `models`; `key` None = whichever key of the provider. `amount`
    None = only the console knows. `source` names the offer of the provider's file, or `user`.
    """

    id: str
    provider: str
    unit: GrantUnit
    amount: int | None
    created_at: float
    model: str | None = None
    key: str | None = None
    window: GrantWindow = "once"
    hours: int | None = None
    timezone: str | None = None
    models: tuple[str, ...] = ()
    started_at: float | None = None
    expires_at: float | None = None
    hard_stop: bool = False
    source: str = "user"
    note: str = ""


@dataclass(frozen=True, slots=True)
class Correction:
    """What was left at one moment, by the user's look at the console or the vendor's balance endpoint."""

    id: str
    provider: str
    model: str | None
    grant_id: str | None
    unit: GrantUnit
    remaining: int
    expires_at: float | None
    at: float
    source: Literal["user", "vendor"]


@dataclass(frozen=True, slots=True)
class Spent:
    """What one model of a provider was used for in a stretch of time: requests that reached it, and tokens.

    `estimated` says that at least one attempt's tokens are our estimate.
    """

    provider: str
    model: str
    calls: int
    prompt_tokens: int
    completion_tokens: int
    estimated: bool


@dataclass(frozen=True, slots=True)
class Changes:
    """What has changed in the store: ids of conversations and messages, and which lists."""

    conversations: frozenset[str] = frozenset()
    messages: frozenset[str] = frozenset()
    keys: bool = False
    grants: bool = False
    assistants: bool = False
