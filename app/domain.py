"""Values the whole core shares: legs, chains, what a turn asks, what a policy allows."""

from __future__ import annotations

from dataclasses import dataclass, field

from app.policy import DEFAULT_POLICY, Policy
from providers.base import ChatMessage
from providers.spec import BillingClass, ModelSpec, ProviderSpec
from providers.spec import GrantSpec as GrantSpec
from providers.spec import Region as Region
from providers.spec import Words as Words


@dataclass(frozen=True, slots=True)
class Leg:
    """A provider and one of its models that can run a turn, as the settings have it.

    `billing` is the model's class unless the user overrode it; `enabled` False = switched off by the user
    (provider or model) or an overseas region that was not turned on.
    """

    provider: ProviderSpec
    model: ModelSpec
    base_url: str
    billing: BillingClass
    enabled: bool = True

    @property
    def id(self) -> str:
        """`provider:model`, the way commands and the store name it."""
        return f"{self.provider.id}:{self.model.id}"


@dataclass(frozen=True, slots=True)
class ChainItem:
    """One entry of a chain. `legs[0]` is asked; the others only after a model-scoped failure of it."""

    spec: str
    legs: tuple[Leg, ...]


@dataclass(frozen=True, slots=True)
class KeyRef:
    """One API key of a provider by its id; never the secret."""

    id: str
    provider: str
    label: str = ""
    last4: str = ""


@dataclass(frozen=True, slots=True)
class Turn:
    """One user message and what is needed to answer it.

    `id` is the id of the answer's message and `conversation` that of its conversation: attempt records carry
    both (`AttemptRecord.message`, `.conversation`), so the journal needs to know nothing of turns.
    `messages` is the history, oldest first, system prompt included, the question last. `chain` holds leg
    specs (`provider:model` or `provider`). `partial` is an earlier cut answer to go on from. `pinned`
    names one leg and allows no other. `consented` names paid legs the user agreed to for this turn.
    """

    id: str
    messages: tuple[ChatMessage, ...]
    chain: tuple[ChainItem, ...]
    policy: Policy = DEFAULT_POLICY
    conversation: str | None = None
    partial: str = ""
    pinned: str | None = None
    consented: frozenset[str] = frozenset()
    max_tokens: int | None = None
    temperature: float | None = None
    thinking: bool | None = None
    extra_skip: frozenset[str] = field(default_factory=frozenset[str])
