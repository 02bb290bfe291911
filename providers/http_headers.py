"""The headers of every request, with the key where the vendor wants it."""

from __future__ import annotations

from providers.base import Endpoint
from providers.failures import Failure, FailureKind, ProviderFailure


def headers(endpoint: Endpoint, user_agent: str, accept: str) -> list[tuple[str, str]]:
    """Headers for a request to `endpoint`. Raises `ProviderFailure` for a key no header can carry."""
    found = [("Content-Type", "application/json"), ("Accept", accept), ("User-Agent", user_agent)]
    secret = endpoint.secret
    if secret:
        if not secret.isascii() or not secret.isprintable():
            raise ProviderFailure(bad_key())
        if endpoint.provider.auth == "bearer":
            found.append(("Authorization", f"Bearer {secret}"))
        elif endpoint.provider.auth == "api-key":
            found.append(("api-key", secret))
    return found


def bad_key() -> Failure:
    """The key has characters that no header can carry."""
    return Failure(FailureKind.AUTH, code="key_characters", hint="key_characters")
