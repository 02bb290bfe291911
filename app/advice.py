"""One next step for every failure: what a person can do about it, as a value the window and commands show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from app.i18n import tr
from providers import Failure, FailureKind

Action = Literal[
    "",
    "replace_key",
    "open_key_page",
    "open_console",
    "switch_region",
    "move_key",
    "check_again",
    "network_settings",
    "edit_address",
]
Finding = Literal[
    "ok",
    "wrong_key",
    "other_region",
    "other_provider",
    "not_activated",
    "model_not_activated",
    "model_missing",
    "real_name",
    "arrears",
    "used_up",
    "plan",
    "plan_key",
    "ip",
    "account",
    "rate_limited",
    "busy",
    "region_blocked",
    "dns",
    "tls",
    "proxy",
    "timeout",
    "unreachable",
    "address",
    "local",
    "other",
]
"""What a check of a key can come to; each has its sentence and at most one next step."""

_BY_HINT: dict[str, Finding] = {
    "key_region": "wrong_key",
    "azure_key": "wrong_key",
    "key_characters": "wrong_key",
    "tencent_closed": "wrong_key",
    "huggingface_permission": "wrong_key",
    "key_other_region": "other_region",
    "key_other_provider": "other_provider",
    "real_name": "real_name",
    "service_not_opened": "not_activated",
    "model_not_enabled": "model_not_activated",
    "tencent_not_enabled": "model_not_activated",
    "spark_not_licensed": "model_not_activated",
    "huggingface_gated": "model_not_activated",
    "model_missing": "model_missing",
    "azure_deployment": "model_missing",
    "arrears": "arrears",
    "zhipu_no_balance": "arrears",
    "baidu_overdue": "arrears",
    "free_used": "used_up",
    "alibaba_free_tier": "used_up",
    "tencent_trial_used": "used_up",
    "ark_trial_used": "used_up",
    "sensetime_window": "used_up",
    "huggingface_credits": "used_up",
    "ollama_cloud_limit": "used_up",
    "lmstudio_cloud_limit": "used_up",
    "plan_window": "plan",
    "plan_ended": "plan",
    "plan_key_host": "plan_key",
    "ip_not_allowed": "ip",
    "account_locked": "account",
    "model_busy": "busy",
    "region": "region_blocked",
    "network_dns": "dns",
    "network_tls": "tls",
    "network_cert_file": "tls",
    "network_proxy": "proxy",
    "network_timeout": "timeout",
    "timeout": "timeout",
    "not_api": "address",
    "redirect": "address",
    "azure_address": "address",
    "ollama_pull": "local",
    "ollama_signin": "local",
    "local_memory": "local",
    "local_loading": "local",
    "local_key": "local",
    "lmstudio_no_model": "local",
}
_BY_KIND: dict[FailureKind, Finding] = {
    FailureKind.AUTH: "wrong_key",
    FailureKind.REGION_BLOCKED: "region_blocked",
    FailureKind.QUOTA_EXHAUSTED: "used_up",
    FailureKind.RATE_LIMITED: "rate_limited",
    FailureKind.TRANSIENT: "busy",
    FailureKind.NETWORK: "unreachable",
    FailureKind.CONTEXT_TOO_LONG: "rate_limited",
}
_ACTIONS: dict[Finding, Action] = {
    "wrong_key": "replace_key",
    "other_region": "switch_region",
    "other_provider": "move_key",
    "not_activated": "open_console",
    "model_not_activated": "open_console",
    "real_name": "open_console",
    "arrears": "open_console",
    "used_up": "open_console",
    "plan": "open_console",
    "plan_key": "open_key_page",
    "ip": "open_console",
    "account": "open_console",
    "rate_limited": "check_again",
    "busy": "check_again",
    "dns": "check_again",
    "timeout": "check_again",
    "unreachable": "check_again",
    "local": "check_again",
    "tls": "network_settings",
    "proxy": "network_settings",
    "address": "edit_address",
}
_KEY_IS_GOOD: frozenset[Finding] = frozenset(
    {
        "ok",
        "not_activated",
        "model_not_activated",
        "model_missing",
        "real_name",
        "arrears",
        "used_up",
        "plan",
        "ip",
        "rate_limited",
    }
)
"""The provider knows the key; what is missing lies elsewhere."""


@dataclass(frozen=True, slots=True)
class Step:
    """The next step: its words (for a button), what it does, and what with (a region, a provider)."""

    text: str
    action: Action
    argument: str = ""


def finding(failure: Failure) -> Finding:
    """What a failed check means for the person who pasted the key."""
    found = _BY_HINT.get(failure.hint or "")
    if found is not None:
        return found
    if failure.kind is FailureKind.AUTH and failure.model_scoped:
        return "model_not_activated"
    if failure.kind is FailureKind.BAD_REQUEST and failure.model_scoped:
        return "model_missing"
    if failure.hint is not None and failure.hint.startswith("url_"):
        return "address"
    return _BY_KIND.get(failure.kind, "other")


def key_is_good(found: Finding) -> bool:
    """Whether the provider accepted the key itself."""
    return found in _KEY_IS_GOOD


def step_for(found: Finding, *, argument: str = "", name: str = "") -> Step | None:
    """The one next step after a finding, None where there is nothing to do. `argument` and `name` are the
    region or provider a step goes to."""
    action = _ACTIONS.get(found)
    if action is None:
        return None
    return Step(tr(f"advice.do_{action}", name=name), action, argument)
