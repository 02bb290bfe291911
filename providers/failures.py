"""What can go wrong at a provider, as values the relay can act on."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal


class FailureKind(StrEnum):
    """The ten kinds the relay tells apart; the string is what commands print and the store keeps."""

    AUTH = "auth"
    REGION_BLOCKED = "region_blocked"
    QUOTA_EXHAUSTED = "quota_exhausted"
    RATE_LIMITED = "rate_limited"
    TRANSIENT = "transient"
    CONTEXT_TOO_LONG = "context_too_long"
    CONTENT_BLOCKED = "content_blocked"
    BAD_REQUEST = "bad_request"
    NETWORK = "network"
    CANCELLED = "cancelled"


Reset = Literal["none", "day", "month"]
"""When an exhausted allowance comes back by the vendor's own clock; `none` = only by recheck or edit."""


@dataclass(frozen=True, slots=True)
class Failure:
    """One failed attempt in the relay's words.

    `message` holds the vendor's own words in one line (redacted, at most 500 characters, may be empty);
    `code` the vendor's code as text. `retry_after` is in seconds. `model_scoped` means that other models of
    the same provider are unaffected. `wait_usual` = the answer named no time: `retry_after` is what is usual
    for this code. `status` is the HTTP status, None when there was no HTTP answer.
    `reset_at` (epoch seconds) is set when the vendor named the moment its allowance returns; `reset` when the
    allowance is known to return at the vendor's midnight or month's end. `hint` names a sentence in plain
    words (`hint.<name>` among the translations), None when only the kind's general sentence fits.
    """

    kind: FailureKind
    code: str | None = None
    message: str = ""
    retry_after: float | None = None
    model_scoped: bool = False
    status: int | None = None
    reset_at: float | None = None
    reset: Reset = "none"
    hint: str | None = None
    wait_usual: bool = False


class ProviderFailure(Exception):  # noqa: N818 - it is a failed attempt, an expected outcome, not an error
    """Raised by the wire when an attempt fails; carries the classified `failure`."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(f"{failure.kind}: {failure.code or failure.status or ''} {failure.message}".strip())
        self.failure = failure
