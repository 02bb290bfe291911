"""The front door of classification; what it takes is loaded at the first failure, not at the start."""

from __future__ import annotations

from collections.abc import Iterable

from providers.failures import Failure
from providers.spec import ErrorRule


def classify(provider_id: str, status: int | None, headers: object, body: object) -> Failure:
    """The failure an answer means. Never raises.

    `headers` may be a mapping or pairs, `body` text, bytes, parsed JSON or None (see `providers.evidence`).
    The provider's own rules come first, then families of codes and wordings, then the status.
    """
    from providers.rules import rules_of

    return classify_with(rules_of(provider_id), status, headers, body)


def classify_with(
    rules: tuple[ErrorRule, ...],
    status: int | None,
    headers: object,
    body: object,
    *,
    secrets: Iterable[str] = (),
) -> Failure:
    """`classify` with the rules of a provider at hand; `secrets` never reach the message."""
    from providers.verdict import judge

    if status is not None and type(status) is not int:
        # Statuses read from a log or a script come as text.
        text = str(status)
        status = int(text) if text.isascii() and text.isdigit() and len(text) < 6 else None
    return judge(rules, status, headers, body, secrets=secrets)


def find_error(provider_id: str, payload: object) -> Failure | None:
    """The failure inside the parsed JSON of a 200 answer or of one stream event, None when it is none."""
    from providers.rules import rules_of

    return find_error_with(rules_of(provider_id), payload)


def find_error_with(
    rules: tuple[ErrorRule, ...], payload: object, *, status: int | None = 200, secrets: Iterable[str] = ()
) -> Failure | None:
    """`find_error` with the rules of a provider at hand."""
    from providers.evidence import looks_like_error

    if not looks_like_error(payload):
        return None
    return classify_with(rules, status, None, payload, secrets=secrets)


def prepare() -> None:
    """Load and compile everything ahead of the first failure; call it off the UI thread."""
    from importlib import import_module

    from providers import families

    import_module("providers.verdict")
    families.prepare()
