"""Balances asked as the provider files say, in the shapes the vendors send."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from providers.balance import Amount, Balance, balance, read_balance
from providers.base import Endpoint
from providers.failures import Failure
from providers.spec import BalanceSpec
from providers.wire import HttpWire
from tests.fakes.server import FakeServer, Reply, closed_port
from tests.providers.wiring import CATALOGUE, KEY, K, Runner

D = Decimal
WITH = {name: spec.balance for name, spec in CATALOGUE.providers.items() if spec.balance is not None}


def asked(server: FakeServer, arun: Runner, provider: str, reply: Reply, path: str) -> Any:
    server.on("p", reply, path=path)
    spec = CATALOGUE.providers[provider]

    async def ask() -> Any:
        wire = HttpWire(user_agent="Jieli/test")
        try:
            return await wire.balance(Endpoint(spec, spec.models[0], server.url("p"), KEY))
        finally:
            await wire.aclose()

    return arun(ask())


SHAPES: list[tuple[str, str, Any, Balance]] = [
    (
        "deepseek",
        "/user/balance",
        {
            "is_available": True,
            "balance_infos": [
                {
                    "currency": "CNY",
                    "total_balance": "110.00",
                    "granted_balance": "10.00",
                    "topped_up_balance": "100.00",
                },
                {
                    "currency": "USD",
                    "total_balance": "0.50",
                    "granted_balance": "0.00",
                    "topped_up_balance": "0.50",
                },
            ],
        },
        Balance((Amount("CNY", D(110), D(10), D(100)), Amount("USD", D("0.5"), D(0), D("0.5"))), True),
    ),
    (
        "moonshot",
        "/users/me/balance",
        {
            "code": 0,
            "data": {"available_balance": 49.58894, "voucher_balance": 46.58893, "cash_balance": -3.00001},
            "scode": "0x0",
            "status": True,
        },
        Balance((Amount("CNY", D("49.58894"), D("46.58893"), D("-3.00001")),)),
    ),
    (
        "siliconflow",
        "/user/info",
        {
            "code": 20000,
            "message": "OK",
            "status": True,
            "data": {
                "balance": "0.88",
                "chargeBalance": "88.00",
                "totalBalance": "88.88",
                "status": "normal",
            },
        },
        Balance((Amount("CNY", D("88.88"), D("0.88"), D("88.00")),)),
    ),
    (
        "stepfun",
        "/accounts",
        {
            "object": "account",
            "type": "prepaid",
            "balance": 12,
            "total_cash_balance": 10.5,
            "total_voucher_balance": 1.5,
        },
        Balance((Amount("CNY", D(12), D("1.5"), D("10.5")),)),
    ),
]


@pytest.mark.parametrize(("provider", "path", "sent", "expected"), SHAPES, ids=[s[0] for s in SHAPES])
def test_every_vendor_that_tells(
    server: FakeServer, arun: Runner, provider: str, path: str, sent: Any, expected: Balance
) -> None:
    assert asked(server, arun, provider, Reply.json(sent), path) == expected
    (seen,) = server.requests_for("p")
    # DeepSeek's lies beside `/v1`, which only a user writes into its base URL.
    root = "/p" if provider == "deepseek" else "/p/v1"
    assert (seen.method, seen.path, seen.key) == ("GET", f"{root}{path}", KEY)


def test_every_file_with_a_balance_is_played() -> None:
    assert set(WITH) == {shape[0] for shape in SHAPES}
    assert all(spec.source and spec.checked for spec in WITH.values())


@pytest.mark.parametrize(
    ("reply", "kind", "code"),
    [
        (Reply.error(404, {"message": "Not Found"}), K.BAD_REQUEST, "no_balance_query"),
        (Reply.error(410), K.BAD_REQUEST, "no_balance_query"),
        (Reply.error(401, "Api key is invalid"), K.AUTH, None),
        (Reply.error(403, {"code": 30001, "message": "balance is insufficient"}), K.QUOTA_EXHAUSTED, "30001"),
        (Reply.error(500), K.TRANSIENT, None),
        (Reply.json({"code": 50000, "message": "system error", "data": None}), K.TRANSIENT, "50000"),
        (Reply.json({"code": 20000, "data": {}}), K.TRANSIENT, "garbled"),
        (Reply.json({"code": 20000, "data": {"totalBalance": "many"}}), K.TRANSIENT, "garbled"),
        (Reply.json({"code": 20000, "data": {"totalBalance": "NaN"}}), K.TRANSIENT, "garbled"),
        (Reply.json({"code": 20000, "data": {"totalBalance": True}}), K.TRANSIENT, "garbled"),
        (Reply.json([]), K.TRANSIENT, "garbled"),
        (Reply.error(200, b"\xff\xfe"), K.TRANSIENT, "garbled"),
    ],
)
def test_no_balance(server: FakeServer, arun: Runner, reply: Reply, kind: K, code: str | None) -> None:
    found = asked(server, arun, "siliconflow", reply, "/user/info")
    assert isinstance(found, Failure)
    assert found.kind is kind
    assert code is None or found.code == code


def test_who_is_not_asked(server: FakeServer, arun: Runner) -> None:
    zhipu, deepseek = CATALOGUE.providers["zhipu"], CATALOGUE.providers["deepseek"]
    found = arun(balance(Endpoint(zhipu, zhipu.models[0], server.url("p"), KEY)))
    assert (found.code, server.requests) == ("no_balance_query", [])
    found = arun(balance(Endpoint(deepseek, deepseek.models[0], f"http://127.0.0.1:{closed_port()}", KEY)))
    assert (found.kind, found.code) == (K.NETWORK, "refused")
    assert balance_elsewhere(arun) == "not_url"


def balance_elsewhere(arun: Runner) -> str:
    """The code for a path that would carry the key to another host."""
    spec = CATALOGUE.providers["deepseek"]
    spec = replace(spec, balance=BalanceSpec("@evil.example/x", "t"))
    return arun(balance(Endpoint(spec, spec.models[0], "https://api.deepseek.com", KEY))).code


def test_currencies() -> None:
    from providers.balance import _currency

    for name, host, currency in (
        ("moonshot", "https://api.moonshot.cn/v1", "CNY"),
        ("moonshot", "https://api.moonshot.ai/v1", "USD"),
        ("moonshot", "https://gateway.example/v1", "CNY"),
        ("stepfun", "https://api.stepfun.ai/v1", ""),
    ):
        spec = CATALOGUE.providers[name]
        assert spec.balance is not None
        assert _currency(spec, spec.balance, host) == currency


@settings(max_examples=200, deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.decimals() | st.text(max_size=6),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from(["data", "t", "c", "0"]), inner, max_size=3)
        ),
        max_leaves=10,
    )
)
def test_any_answer(value: object) -> None:
    for items in ("", "data", "data.0"):
        spec = BalanceSpec("/x", "t", items=items, granted="data.t", currency_at="c", available="t")
        found = read_balance(spec, value, "CNY")
        assert found is None or all(a.total.is_finite() for a in found.amounts)
