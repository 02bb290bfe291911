"""Checking a key with one tiny live request, and remembering what came of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from app import wording
from app.directory import Directory
from app.domain import KeyRef
from app.errors import KnownError
from app.i18n import tr
from app.keys import KeyService
from providers import Failure, FailureKind
from providers.base import CheckResult, Endpoint

OK = "ok"


class Checker(Protocol):
    """The wire, as far as a check needs it."""

    async def check(self, endpoint: Endpoint) -> CheckResult: ...


@dataclass(frozen=True, slots=True)
class KeyCheck:
    """What a check found. `kind` is `ok` or a failure kind; `text` says it in one plain sentence.

    `usable` is True when the key itself is good even though this request failed (rate limit, used-up quota).
    """

    key: str
    provider: str
    kind: str
    text: str
    usable: bool
    failure: Failure | None = None


_GOOD_KEY = frozenset({FailureKind.RATE_LIMITED, FailureKind.QUOTA_EXHAUSTED, FailureKind.TRANSIENT})


class KeyChecks:
    """Runs checks. `forget_auth` is told of a key that works, so that the relay gives it another try."""

    def __init__(
        self,
        *,
        wire: Checker,
        directory: Directory,
        keys: KeyService,
        forget_auth: Callable[[KeyRef], None],
    ) -> None:
        self._wire = wire
        self._directory = directory
        self._keys = keys
        self._forget_auth = forget_auth

    async def check(self, key: KeyRef) -> KeyCheck:
        """Send one small request with `key` and store the outcome. Raises `KnownError` when the keyring
        does not give the secret or the provider has no usable model."""
        secret = await self._keys.secret(key)
        if secret is None:
            raise KnownError("keycheck.gone")
        leg = self._directory.item(key.provider).legs[0]
        result = await self._wire.check(Endpoint(leg.provider, leg.model, leg.base_url, secret))
        if result.failure is None:
            seconds = result.first_token or 0.0
            model = leg.model.name or result.model or leg.model.id
            text = tr("keycheck.ok", model=model, time=wording.seconds(int(seconds * 1000)))
            found = KeyCheck(key.id, key.provider, OK, text, usable=True)
            self._forget_auth(key)
            await self._keys.set_check(key.id, OK, None, int(seconds * 1000))
            return found
        failure = result.failure
        await self._keys.set_check(key.id, failure.kind.value, failure.hint, None)
        usable = failure.kind in _GOOD_KEY
        if usable:
            self._forget_auth(key)
        return KeyCheck(
            key.id, key.provider, failure.kind.value, wording.failure_text(failure), usable, failure
        )
