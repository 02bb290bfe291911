"""The typed form of one provider file: names, regions, models, grants, limits and error rules.

`providers.catalogue` reads these from TOML; nothing here touches a disk.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal

from providers.failures import FailureKind, Reset


class BillingClass(StrEnum):
    """`free` never bills, `grant` bills or stops when the grant is gone, `paid` bills at once."""

    FREE = "free"
    GRANT = "grant"
    PAID = "paid"


@dataclass(frozen=True, slots=True)
class Words:
    """One text in both languages."""

    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Region:
    """One base URL of a provider; the dialect appends `/chat/completions` or its own path to `base_url`."""

    id: str
    name: Words
    base_url: str
    overseas: bool = False


@dataclass(frozen=True, slots=True)
class PriceSpec:
    """Yuan per million tokens, at the lowest step of the vendor's Chinese region; told before paying.

    No model counts as free for its price; that is `billing`. `source` and `checked` say where it was read.
    """

    prompt: float
    completion: float
    source: str = ""
    checked: str = ""


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """One model id. `context` and `max_output` are in tokens; None = not published.

    The order of a provider's models in its file is the order of preference. `enabled` is the built-in
    default; the user's choice lives in the settings. `uncertain` facts are shown but decide nothing.
    """

    id: str
    context: int | None = None
    max_output: int | None = None
    billing: BillingClass = BillingClass.PAID
    vision: bool = False
    tools: bool = False
    thinking: Literal["no", "yes", "always"] = "no"
    enabled: bool = True
    uncertain: bool = False
    name: str | None = None
    source: str = ""
    checked: str = ""
    price: PriceSpec | None = None


@dataclass(frozen=True, slots=True)
class GrantSpec:
    """An amount of free use a provider offers. `amount` None = the console says how much.

    `window` `once` is one-off (valid `valid_days` from first use), the others refill: `day` and `month` by
    the vendor's clock, `hours` as a rolling window of `hours`. `scope` `model` means each listed model has
    its own amount; `models` empty = every model of the provider. `hard_stop` = the vendor is known to stop
    rather than bill when it is gone.
    """

    id: str
    unit: Literal["tokens", "calls"]
    amount: int | None
    window: Literal["once", "day", "hours", "month"] = "once"
    hours: int | None = None
    valid_days: int | None = None
    scope: Literal["account", "model"] = "account"
    models: tuple[str, ...] = ()
    hard_stop: bool = False
    uncertain: bool = False
    note: Words = Words("", "")
    source: str = ""
    checked: str = ""


@dataclass(frozen=True, slots=True)
class ErrorRule:
    """One ordered rule: every given test must hold. Patterns are regular expressions, case-insensitive.

    `status` empty = any; `code`, `type` and `message` None = not looked at. `code` is matched in full,
    `type` and `message` are searched for.
    """

    kind: FailureKind
    status: tuple[int, ...] = ()
    code: str | None = None
    type: str | None = None
    message: str | None = None
    retry_after: float | None = None
    model_scoped: bool = False
    reset: Reset = "none"
    hint: str | None = None


@dataclass(frozen=True, slots=True)
class Quirks:
    """How a vendor's OpenAI-like surface differs, as data the dialect applies.

    `temperature` and `top_p` are (low, high) bounds the request is clamped into. `drop` names fields never
    sent; `rename` maps OpenAI's field names to the vendor's. `thinking_on`/`thinking_off` and `prefix` are
    JSON fields merged into the body; `prefix` empty = no native continuation; `prefix_message` fields are
    merged into the last assistant message. `plain_content` = content must be a string where it can be.

    `only` empty = any field may be sent, else no other. `drop_models` maps a pattern of model ids to further
    fields never sent for them. `system_first` = one system message, before all others. `prefix_models` is a
    pattern of the model ids that can go on from a prefix (None = all), `prefix_field` the body's field that
    takes the partial text where it is no message, `prefix_extra` is merged into such a request's body.
    `answer_models` maps a pattern of model ids to fields their past answers must carry.
    Patterns are searched for at the start of the id.
    """

    temperature: tuple[float, float] | None = None
    top_p: tuple[float, float] | None = None
    drop: tuple[str, ...] = ()
    rename: Mapping[str, str] = field(default_factory=dict[str, str])
    stream_usage: bool = True
    plain_content: bool = True
    merge_same_role: bool = False
    thinking_on: Mapping[str, Any] = field(default_factory=dict[str, Any])
    thinking_off: Mapping[str, Any] = field(default_factory=dict[str, Any])
    prefix: bool = False
    prefix_message: Mapping[str, Any] = field(default_factory=dict[str, Any])
    prefix_path: str | None = None
    extra: Mapping[str, Any] = field(default_factory=dict[str, Any])
    finish_failures: Mapping[str, FailureKind] = field(default_factory=dict[str, FailureKind])
    only: tuple[str, ...] = ()
    drop_models: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    system_first: bool = False
    prefix_models: str | None = None
    prefix_field: str | None = None
    prefix_extra: Mapping[str, Any] = field(default_factory=dict[str, Any])
    answer_models: Mapping[str, Mapping[str, Any]] = field(default_factory=dict[str, Mapping[str, Any]])

    def continues(self, model: ModelSpec) -> bool:
        """Whether the model goes on from a partial text by the vendor's own means.

        A model that always thinks does not: at every vendor that documents it, the two exclude each other.
        """
        if not self.prefix or model.thinking == "always":
            return False
        return self.prefix_models is None or re.match(self.prefix_models, model.id) is not None


@dataclass(frozen=True, slots=True)
class BalanceSpec:
    """How a vendor is asked what is left on the account.

    `path` is appended to the base URL. The other paths are dotted ways into the JSON answer (`data.balance`):
    `items` to a list with one entry a currency (empty = the answer itself is the only one), `total`,
    `granted` (given away by the vendor) and `paid` (topped up) to amounts within an entry, `currency_at` to
    its currency, `available` to a flag of the answer that says whether calls are accepted. `currency` holds
    where no `currency_at` says it, `currency_overseas` in overseas regions (empty = not known).
    `unit` other than money: `total` counts tokens or calls.
    """

    path: str
    total: str
    method: Literal["GET", "POST"] = "GET"
    items: str = ""
    granted: str = ""
    paid: str = ""
    currency_at: str = ""
    available: str = ""
    currency: str = "CNY"
    currency_overseas: str = ""
    uncertain: bool = False
    source: str = ""
    checked: str = ""
    unit: Literal["money", "tokens", "calls"] = "money"


@dataclass(frozen=True, slots=True)
class ProviderSpec:
    """One vendor's API account surface, as read from `resources/providers/<id>.toml` or the user's folder.

    `timezone` is the IANA zone of the vendor's day. `key_pattern` is a regular expression its keys fit.
    `checked` is the date the file's facts were last checked (ISO). `origin` says which file it came from.
    `models` may be empty where they are found out later (a server on this computer, the user's own account).
    `balance` None = the vendor has no such query. `api_version` belongs to the dialect `azure`.
    """

    id: str
    name: Words
    glyph: str
    colour: str
    regions: tuple[Region, ...]
    models: tuple[ModelSpec, ...]
    dialect: str = "openai"
    auth: Literal["bearer", "none", "api-key"] = "bearer"
    company: Words = Words("", "")
    console: str = ""
    key_page: str = ""
    key_pattern: str | None = None
    timezone: str = "Asia/Shanghai"
    local: bool = False
    needs_real_name: bool | None = None
    signup: Words = Words("", "")
    grants: tuple[GrantSpec, ...] = ()
    rules: tuple[ErrorRule, ...] = ()
    quirks: Quirks = Quirks()
    first_byte: float | None = None
    stall: float | None = None
    checked: str = ""
    origin: Literal["builtin", "fetched", "user"] = "builtin"
    balance: BalanceSpec | None = None
    api_version: str | None = None

    @property
    def base_url(self) -> str:
        """The base URL of the provider's first (default) region."""
        return self.regions[0].base_url

    def model(self, model_id: str) -> ModelSpec | None:
        """The model of that id, or None."""
        return next((m for m in self.models if m.id == model_id), None)
