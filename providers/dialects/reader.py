"""What every dialect's reader shares: its state, how text is emitted, and how an answer fails."""

from __future__ import annotations

from abc import ABC, abstractmethod

from providers.base import Endpoint, ReasoningChunk, StreamChunk, TextChunk
from providers.classify import classify_with, find_error_with
from providers.dialects.thinking import ThinkSplitter
from providers.failures import Failure, FailureKind, ProviderFailure

MOST_TOKENS = 10**9
"""No answer has more: such a number is a broken counter, and would fill a ledger for good."""


def token_count(value: object) -> int | None:
    """A vendor's count of tokens, None for what cannot be one. Digits in quotes are one."""
    if isinstance(value, str) and len(value) < 12 and value.isascii() and value.isdigit():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= MOST_TOKENS:
        return None
    return int(value)


class Reader(ABC):
    """Reads one answer: feed it the body's bytes, then call `end`; neither raises.

    `failure` is set when the answer failed; the chunks returned by the same call came before it. `finished`
    is how the vendor says the answer ended, `done` = nothing more will come, `thought` = there was thinking.
    """

    def __init__(self, endpoint: Endpoint, *, status: int) -> None:
        self._endpoint = endpoint
        self._status = status
        self._secrets = (endpoint.secret,) if endpoint.secret else ()
        self._head: list[bytes] | None = []  # the body so far, until a part of it is understood
        self._head_size = 0
        self._think = ThinkSplitter()
        self._visible = False
        self._tools = False
        self.thought = False
        self.finished: str | None = None
        self.done = False
        self.failure: ProviderFailure | None = None

    @abstractmethod
    def feed(self, data: bytes) -> list[StreamChunk]:
        """The chunks that `data` completes."""

    def end(self) -> list[StreamChunk]:
        """The body ended: the last chunks; an answer that is not whole becomes a `failure`."""
        out: list[StreamChunk] = []
        try:
            self._end(out)
        except ProviderFailure as failure:
            self.failure = failure
        return out

    @abstractmethod
    def _end(self, out: list[StreamChunk]) -> None: ...

    def _emit(self, chunks: list[TextChunk | ReasoningChunk], out: list[StreamChunk]) -> None:
        for chunk in chunks:
            if isinstance(chunk, ReasoningChunk):
                self.thought = True
            elif chunk.text.strip():
                self._visible = True
            out.append(chunk)

    def _classified(self, payload: object) -> ProviderFailure:
        rules = self._endpoint.provider.rules
        failure = find_error_with(rules, payload, status=self._status, secrets=self._secrets)
        return ProviderFailure(
            failure or classify_with(rules, self._status, None, payload, secrets=self._secrets)
        )

    def _failed(self, kind: FailureKind, code: str, hint: str | None = None) -> ProviderFailure:
        if code in ("empty", "garbled"):
            hint = f"answer_{code}"
        elif code == "cut":
            hint = "network_cut"
        status = None if kind is FailureKind.NETWORK else self._status
        return ProviderFailure(Failure(kind, code=code, status=status, hint=hint))
