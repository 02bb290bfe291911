"""Checking a key with tiny live requests: what came of it in one plain sentence, and the one next step."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from app import advice, wording
from app.advice import Finding, Step
from app.directory import Directory
from app.domain import KeyRef, Leg, ProviderSpec, Region
from app.errors import KnownError
from app.i18n import language, tr
from app.key_forms import strangers
from app.keys import KeyService
from providers import Failure, FailureKind
from providers.base import CheckResult, Endpoint
from providers.urls import check_base_url

OK = "ok"

_MORE_MODELS = 3
"""So many further models are asked when the preferred one is not open to a key."""


class Checker(Protocol):
    """The wire, as far as a check needs it."""

    async def check(self, endpoint: Endpoint) -> CheckResult: ...


@dataclass(frozen=True, slots=True)
class KeyCheck:
    """What a check found. `kind` is `ok` or a failure kind; `text` says it in one plain sentence.

    `usable` is True when the key may serve requests even though this one failed (rate limit, used-up quota).
    `finding` tells the cases apart, `step` is the one thing to do about it. `words` are the vendor's own,
    redacted, with status and code; empty when there was no answer.
    """

    key: str
    provider: str
    kind: str
    text: str
    usable: bool
    failure: Failure | None = None
    finding: Finding = "ok"
    step: Step | None = None
    words: str = ""


_SERVES = frozenset({FailureKind.RATE_LIMITED, FailureKind.QUOTA_EXHAUSTED, FailureKind.TRANSIENT})
_NO_WORD_ON_THE_KEY = frozenset({FailureKind.NETWORK, FailureKind.TRANSIENT, FailureKind.REGION_BLOCKED})


class KeyChecks:
    """Runs checks. `forget_auth` is told of a key that works, so that the relay gives it another try;
    `specs` are all providers, for telling whose form a refused key has."""

    def __init__(
        self,
        *,
        wire: Checker,
        directory: Directory,
        keys: KeyService,
        forget_auth: Callable[[KeyRef], None],
        specs: Callable[[], Sequence[ProviderSpec]] = tuple,
    ) -> None:
        self._wire = wire
        self._directory = directory
        self._keys = keys
        self._forget_auth = forget_auth
        self._specs = specs
        self._last: dict[str, KeyCheck] = {}

    def last(self, key: str) -> KeyCheck | None:
        """What the last check of a key in this run found."""
        return self._last.get(key)

    async def check(self, key: KeyRef) -> KeyCheck:
        """Send small requests with `key` and store the outcome: one as a rule, more only to find out whether
        the key belongs to another region of the same provider or works with another of its models.

        Raises `KnownError` when the keyring does not give the secret or the provider has no usable model.
        """
        secret = await self._keys.secret(key)
        if secret is None:
            raise KnownError("keycheck.gone")
        legs = self._directory.item(key.provider).legs
        leg = legs[0]
        result = await self._ask(leg, secret)
        failure = result.failure
        if failure is None:
            return await self._works(key, leg, result)
        found = advice.finding(failure)
        if found in ("model_not_activated", "model_missing"):
            if (better := await self._other_model(key, legs[1:], secret)) is not None:
                return better
        elif found == "wrong_key":
            if (elsewhere := await self._other_region(leg, secret)) is not None:
                return await self._elsewhere(key, leg, failure, elsewhere)
            others = strangers(secret, leg.provider, self._specs())
            if others:
                return await self._stranger(key, leg, failure, others)
        text = _sentence(failure, key.provider)
        if advice.key_is_good(found):
            text = tr("advice.key_fine", text=text)
        return await self._failed(key, failure, found, text, advice.step_for(found))

    # what may have come of it

    async def _works(self, key: KeyRef, leg: Leg, result: CheckResult) -> KeyCheck:
        seconds = result.first_token or 0.0
        model = leg.model.name or result.model or leg.model.id
        text = tr("keycheck.ok", model=model, time=wording.seconds(int(seconds * 1000)))
        self._forget_auth(key)
        await self._keys.set_check(key.id, OK, None, int(seconds * 1000))
        return self._note(KeyCheck(key.id, key.provider, OK, text, usable=True))

    async def _failed(
        self, key: KeyRef, failure: Failure, found: Finding, text: str, step: Step | None
    ) -> KeyCheck:
        await self._keys.set_check(key.id, failure.kind.value, failure.hint, None)
        usable = failure.kind in _SERVES
        if usable:
            self._forget_auth(key)
        return self._note(
            KeyCheck(
                key=key.id,
                provider=key.provider,
                kind=failure.kind.value,
                text=text,
                usable=usable,
                failure=failure,
                finding=found,
                step=step,
                words=vendor_words(failure),
            )
        )

    async def _elsewhere(self, key: KeyRef, leg: Leg, failure: Failure, region: Region) -> KeyCheck:
        name = _said(region)
        current = _said(self._directory.region(leg.provider))
        text = tr("advice.other_region", name=name, current=current)
        step = advice.step_for("other_region", argument=region.id, name=name)
        told = replace(failure, hint="key_other_region")
        return await self._failed(key, told, "other_region", text, step)

    async def _stranger(self, key: KeyRef, leg: Leg, failure: Failure, others: list[str]) -> KeyCheck:
        specs = {spec.id: spec for spec in self._specs()}
        names = [wording.provider_name(specs[other]) for other in others]
        text = tr(
            "advice.other_provider",
            provider=wording.provider_name(leg.provider),
            names=tr("advice.and").join(names[:3]),
        )
        # Of several the user says which one; the key stays where it is until then.
        step = (
            advice.step_for("other_provider", argument=others[0], name=names[0])
            if len(others) == 1
            else advice.step_for("wrong_key")
        )
        told = replace(failure, hint="key_other_provider")
        return await self._failed(key, told, "other_provider", text, step)

    # further requests

    async def _ask(self, leg: Leg, secret: str, base_url: str | None = None) -> CheckResult:
        return await self._wire.check(
            Endpoint(leg.provider, leg.model, base_url or leg.base_url, secret or None)
        )

    async def _other_model(self, key: KeyRef, legs: Sequence[Leg], secret: str) -> KeyCheck | None:
        """The check with another model that the key may use, None when none of the next ones answers."""
        for leg in [leg for leg in legs if leg.enabled][:_MORE_MODELS]:
            result = await self._ask(leg, secret)
            if result.failure is None:
                first = self._directory.item(key.provider).legs[0].model
                good = await self._works(key, leg, result)
                text = tr("advice.works_with", ok=good.text, model=first.name or first.id)
                return self._note(replace(good, text=text))
        return None

    async def _other_region(self, leg: Leg, secret: str) -> Region | None:
        """The provider's other region that knows the key. Nothing is asked when the user typed an address of
        his own: the key was meant for that alone."""
        spec = leg.provider
        urls = [region.base_url.rstrip("/") for region in spec.regions]
        if leg.base_url not in urls:
            return None
        for region, url in zip(spec.regions, urls, strict=True):
            if url == leg.base_url or check_base_url(url) is not None:
                continue
            failure = (await self._ask(leg, secret, url)).failure
            if failure is None:
                return region
            if failure.kind in _NO_WORD_ON_THE_KEY:
                continue
            if failure.kind is not FailureKind.AUTH or advice.key_is_good(advice.finding(failure)):
                return region
        return None

    def _note(self, check: KeyCheck) -> KeyCheck:
        self._last[check.key] = check
        return check


def _sentence(failure: Failure, provider: str) -> str:
    """The failure in plain words, with what to do; where only the kind is known, in a check's own words."""
    text = wording.failure_text(failure, provider=provider)
    kind = failure.kind.value
    return tr(f"keycheck.kind_{kind}") if text == tr(f"wording.kind_{kind}") else text


def vendor_words(failure: Failure) -> str:
    """What the vendor said itself, already redacted, with its status and code: `HTTP 401 · 1001 · …`."""
    status = f"HTTP {failure.status}" if failure.status is not None else ""
    return " · ".join(part for part in (status, failure.code or "", failure.message) if part)


def _said(region: Region) -> str:
    words = region.name
    return (words.zh or words.en) if language() == "zh" else (words.en or words.zh)
