"""What is left on a provider's account, where the provider tells it; asked for beside the turns.

It is asked when a key is added, after a leg was parked for its used-up quota, and when the user wants to
know. An account that has something again takes its legs out of the parking.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Literal, Protocol
from uuid import uuid4

from app import wording
from app.clock import Clock
from app.directory import Directory
from app.domain import KeyRef
from app.errors import KnownError
from app.i18n import tr
from app.keys import KeyService
from app.live_catalogue import LiveCatalogue
from app.relay.health import Health
from app.store.entries import Correction
from providers import Failure, FailureKind
from providers.base import Endpoint
from providers.spec import ModelSpec

if TYPE_CHECKING:
    from providers.balance import Amount, Balance

_SIGNS = {"CNY": "¥", "USD": "$", "EUR": "€"}


class Asker(Protocol):
    """The wire, as far as balances need it."""

    async def balance(self, endpoint: Endpoint) -> Balance | Failure: ...


@dataclass(frozen=True, slots=True)
class BalanceReport:
    """What a provider told of one key's account at `at` (epoch seconds).

    `text` says it in one sentence, whether it was told or not; `told` is False when it was not. `empty` =
    nothing is left or calls are refused.
    """

    provider: str
    key: str
    at: float
    text: str
    told: bool
    empty: bool = False


class Balances:
    """`on_remaining` gets what counts in tokens or calls, for the ledger."""

    def __init__(
        self,
        *,
        wire: Asker,
        catalogue: LiveCatalogue,
        directory: Directory,
        keys: KeyService,
        health: Health,
        clock: Clock,
        on_remaining: Callable[[Correction], Awaitable[None]],
    ) -> None:
        self._wire = wire
        self._catalogue = catalogue
        self._directory = directory
        self._keys = keys
        self._health = health
        self._clock = clock
        self._on_remaining = on_remaining
        self._last: dict[str, BalanceReport] = {}
        self._parked: set[tuple[str, float]] = set()
        self._freed: set[tuple[str, str]] = set()

    def offered(self, provider: str) -> bool:
        """Whether the provider can be asked at all."""
        spec = self._catalogue.spec(provider)
        return spec is not None and spec.balance is not None

    def last(self, provider: str) -> BalanceReport | None:
        """The newest report of a provider in this run."""
        return self._last.get(provider)

    async def check(self, provider: str, key: KeyRef | None = None, *, asked: bool = True) -> BalanceReport:
        """Ask with `key`, else with the provider's first one; `asked` = the user wants to know.

        Raises `KnownError` when there is no key, the keyring does not give it, or the provider has no such
        query.
        """
        spec = self._catalogue.spec(provider)
        if spec is None or spec.balance is None:
            raise KnownError("balances.not_offered")
        refs = self._keys.refs(provider)
        ref = key or (refs[0] if refs else None)
        if ref is None:
            raise KnownError("balances.need_key")
        secret = await self._keys.secret(ref)
        if secret is None:
            raise KnownError("relay.key_gone")
        endpoint = Endpoint(spec, ModelSpec("any"), self._directory.base_url(spec), secret or None)
        answer = await self._wire.balance(endpoint)
        now = self._clock.now()
        if isinstance(answer, Failure):
            empty = answer.kind is FailureKind.QUOTA_EXHAUSTED
            report = BalanceReport(provider, ref.id, now, wording.failure_text(answer), False, empty)
        else:
            empty = answer.available is False or all(amount.total <= 0 for amount in answer.amounts)
            unit = spec.balance.unit
            report = BalanceReport(provider, ref.id, now, _words(answer, unit, empty=empty), True, empty)
            if unit != "money":
                await self._correct(provider, answer, unit, now)
        self._last[provider] = report
        if report.told and not report.empty:
            self._unpark(provider, ref.id, asked=asked)
        return report

    def newly_parked(self) -> list[KeyRef]:
        """Keys whose account ran dry since this was last asked and whose provider can be asked about it."""
        found: list[KeyRef] = []
        seen: set[tuple[str, float]] = set()
        for row in self._health.rows():
            if row.state != "parked" or row.kind != FailureKind.QUOTA_EXHAUSTED or row.model:
                continue
            mark = (f"{row.provider}:{row.key}", row.updated_at)
            seen.add(mark)
            if mark not in self._parked and self.offered(row.provider):
                refs = self._keys.refs(row.provider)
                found += [ref for ref in refs if row.key in ("", ref.id)][:1]
        self._parked = seen
        return found

    def _unpark(self, provider: str, key: str, *, asked: bool) -> None:
        # A vendor that shows a balance and refuses all the same is believed once, not at every turn.
        if not asked and (provider, key) in self._freed:
            return
        for row in self._health.rows():
            mine = row.provider == provider and row.key in ("", key)
            if mine and row.state == "parked" and row.kind == FailureKind.QUOTA_EXHAUSTED and not row.model:
                self._freed.add((provider, key))
                self._health.reset(provider, key=row.key)

    async def _correct(
        self, provider: str, balance: Balance, unit: Literal["tokens", "calls"], now: float
    ) -> None:
        left = max(0, int(sum(amount.total for amount in balance.amounts)))
        await self._on_remaining(
            Correction(uuid4().hex, provider, None, None, unit, left, None, now, "vendor")
        )


def _words(balance: Balance, unit: str, *, empty: bool) -> str:
    if unit != "money":
        total = int(sum(amount.total for amount in balance.amounts))
        text = tr(f"balances.left_{unit}", n=total)
    else:
        text = tr("balances.sep").join(_money(amount) for amount in balance.amounts)
    return tr("balances.refused", text=text) if empty else text


def _money(amount: Amount) -> str:
    total = _sum(amount.total, amount.currency)
    if amount.granted is None or amount.granted <= 0:
        return tr("balances.money", total=total)
    return tr("balances.money_granted", total=total, granted=_sum(amount.granted, amount.currency))


def _sum(value: Decimal, currency: str) -> str:
    number = f"{abs(value):,.2f}"
    sign = "−" if value < 0 else ""
    if currency in _SIGNS:
        return f"{sign}{_SIGNS[currency]}{number}"
    return f"{sign}{number} {currency}".rstrip()
