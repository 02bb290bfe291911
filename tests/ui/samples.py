"""Values for widget tests."""

from __future__ import annotations

import time

from app.domain import Leg
from app.relay.status import LegState, LegStatus
from app.store.records import Conversation
from providers.spec import BillingClass, ModelSpec, ProviderSpec, Region, Words


class SetClock:
    """A clock that stands where it is set: by default on 2026-11-22 at noon, local time."""

    def __init__(self, at: float | None = None) -> None:
        self.at = time.mktime((2026, 11, 22, 12, 0, 0, 0, 0, -1)) if at is None else at

    def now(self) -> float:
        return self.at

    def monotonic(self) -> float:
        return self.at

    async def sleep(self, seconds: float) -> None:
        self.at += seconds


def leg(provider: str, model: str, zh: str = "智谱", en: str = "Zhipu") -> Leg:
    """A leg of a made-up provider."""
    spec = ProviderSpec(
        id=provider,
        name=Words(zh, en),
        glyph=zh[0],
        colour="#2B6CBE",
        regions=(Region("cn", Words("国内", "China"), "https://api.invalid/v1"),),
        models=(ModelSpec(model),),
    )
    return Leg(spec, spec.models[0], spec.base_url, BillingClass.FREE)


def status(provider: str, model: str, state: LegState = "ready", **more: object) -> LegStatus:
    """The status of such a leg."""
    names = {"alibaba": ("通义千问", "Qwen"), "tencent": ("腾讯混元", "Hunyuan")}
    return LegStatus(leg(provider, model, *names.get(provider, ("智谱", "Zhipu"))), state, **more)  # type: ignore[arg-type]


def conversation(name: str, at: float, **more: object) -> Conversation:
    """A conversation whose id and title are `name`."""
    return Conversation(name, name, at, at, **more)  # type: ignore[arg-type]
