"""What is left on a vendor's account, asked the way the provider's file says (`[balance]`)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, cast

from providers.base import Endpoint
from providers.failures import Failure, FailureKind, ProviderFailure
from providers.http import Clients
from providers.http_json import USER_AGENT, ask, garbled
from providers.spec import BalanceSpec, ProviderSpec
from providers.urls import host_of, vendor_root

_MOST = 20


@dataclass(frozen=True, slots=True)
class Amount:
    """Money in one currency (ISO code, empty = not known). `granted` was given away by the vendor and may
    expire, `paid` was topped up; None = not told. `total` may be negative."""

    currency: str
    total: Decimal
    granted: Decimal | None = None
    paid: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Balance:
    """What is left, one amount a currency. `available` = the vendor accepts calls; None = not told."""

    amounts: tuple[Amount, ...]
    available: bool | None = None


async def balance(
    endpoint: Endpoint, *, clients: Clients | None = None, user_agent: str = USER_AGENT, seconds: float = 15.0
) -> Balance | Failure:
    """Ask for the account's balance with the endpoint's key. `endpoint.model` is not looked at.

    A provider without such a query, or one that has given it up (404), yields the failure code
    `no_balance_query`: there is nothing to show and nothing to mend.
    """
    spec = endpoint.provider.balance
    if spec is None:
        return _none(None)
    regions = (region.base_url for region in endpoint.provider.regions)
    url = vendor_root(endpoint.base_url, regions) + spec.path
    try:
        answer = await ask(
            endpoint, url, clients=clients, method=spec.method, user_agent=user_agent, seconds=seconds
        )
    except ProviderFailure as error:
        if error.failure.status in (404, 405, 410):
            return _none(error.failure.status)
        return error.failure
    found = read_balance(spec, answer, _currency(endpoint.provider, spec, endpoint.base_url))
    return garbled() if found is None else found


def read_balance(spec: BalanceSpec, answer: object, currency: str) -> Balance | None:
    """The balance in a vendor's answer; None when the answer does not hold what the file says."""
    items = _at(answer, spec.items)
    entries = cast("list[object]", items)[:_MOST] if isinstance(items, list) else [items]
    amounts: list[Amount] = []
    for entry in entries:
        total = _amount(_at(entry, spec.total))
        if total is None:
            continue
        told = _at(entry, spec.currency_at) if spec.currency_at else None
        amounts.append(
            Amount(
                currency=told.strip()[:8].upper() if isinstance(told, str) and told.strip() else currency,
                total=total,
                granted=_amount(_at(entry, spec.granted)) if spec.granted else None,
                paid=_amount(_at(entry, spec.paid)) if spec.paid else None,
            )
        )
    if not amounts:
        return None
    flag = _at(answer, spec.available) if spec.available else None
    return Balance(tuple(amounts), flag if isinstance(flag, bool) else None)


def _currency(provider: ProviderSpec, spec: BalanceSpec, base_url: str) -> str:
    host = host_of(base_url)
    region = next((r for r in provider.regions if host_of(r.base_url) == host), None)
    return spec.currency_overseas if region is not None and region.overseas else spec.currency


def _at(value: object, way: str) -> Any:
    """The value at a dotted way, None when it leads nowhere; an empty way stays where it is."""
    for step in way.split(".") if way else ():
        if isinstance(value, dict):
            value = cast("dict[str, object]", value).get(step)
        elif isinstance(value, list) and step.isdecimal() and int(step) < len(cast("list[object]", value)):
            value = cast("list[object]", value)[int(step)]
        else:
            return None
    return value


def _amount(value: object) -> Decimal | None:
    """An amount sent as a number or as text."""
    if isinstance(value, bool) or not isinstance(value, (int, str, Decimal)):
        return None
    try:
        amount = Decimal(value.replace(",", "").strip()[:40]) if isinstance(value, str) else Decimal(value)
    except InvalidOperation:
        return None
    return amount if amount.is_finite() else None


def _none(status: int | None) -> Failure:
    return Failure(FailureKind.BAD_REQUEST, code="no_balance_query", status=status, hint="no_balance_query")
