"""What a setting is called and what its value is in words, for saying what was taken back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from app.i18n import keys, tr
from app.shortcuts import parts
from ui.keys import listing
from ui.keys.actions import ACTIONS
from ui.keys.in_force import resolved, shown

_NAMES = {
    "spend": "settings.spend",
    "chain": "undone.chain",
    "chains": "undone.chain",
    "pass_blocked": "settings.blocked",
    "max_attempts": "settings.attempts",
    "endpoints": "undone.endpoint",
    "regions": "undone.region",
    "providers_off": "undone.provider",
    "models": "undone.model",
    "billing": "undone.billing",
    "own_models": "undone.models",
    "reduced_motion": "settings.motion",
    "sync_folder": "undone.sync",
    "sync_url": "undone.sync",
    "sync_user": "undone.sync",
    "sync_encrypted": "undone.sync",
    "sync": "undone.sync",
    "catalogue_url": "facts.title",
    "catalogue_daily": "facts.title",
}
"""Settings whose text is not simply `settings.<name>`."""

_LANGUAGES = {"zh": "中文", "en": "English"}


def undone(was: Mapping[str, Any], now: Mapping[str, Any]) -> str:
    """One sentence on going from `was` to `now`, both by field; the first field speaks for all."""
    field = next(iter(now))
    if field == "shortcuts":
        return _shortcut(was[field], now[field])
    value = _value(field, now[field])
    if value:
        return tr("undone.value", name=_name(field), value=value)
    which = _which(was[field], now[field])
    name = tr("undone.which", name=_name(field), which=which) if which else _name(field)
    return tr("undone.plain", name=name)


def _name(field: str) -> str:
    known = _NAMES.get(field, ".".join(("settings", field)))
    return tr(known) if known in keys() else tr("undone.setting")


def _value(field: str, value: object) -> str:
    """A value that can be said in a word or two; empty for the others."""
    if isinstance(value, bool):
        return tr("undone.on") if value else tr("undone.off")
    if isinstance(value, int | float):
        return f"{value:g}"
    if field == "language" and value in _LANGUAGES:
        return _LANGUAGES[str(value)]
    if isinstance(value, str):
        if value == "system" and field in ("language", "theme"):
            return tr("settings.system")
        known = ".".join(("settings", field, value))
        return tr(known) if known in keys() else ""
    return ""


def _which(was: object, now: object) -> str:
    """Of a mapping or a list, the one entry that is another now."""
    if isinstance(was, Mapping) and isinstance(now, Mapping):
        old, new = cast("Mapping[str, object]", was), cast("Mapping[str, object]", now)
        changed = [name for name in {**old, **new} if old.get(name) != new.get(name)]
    elif isinstance(was, tuple) and isinstance(now, tuple):
        changed = sorted(cast("set[str]", set(was) ^ set(now)))
    else:
        return ""
    return changed[0] if len(changed) == 1 else ""


def _shortcut(was: Mapping[str, str], now: Mapping[str, str]) -> str:
    old, new = resolved(was), resolved(now)
    changed = [action for action in ACTIONS if old[action] != new[action]]
    if len(changed) != 1:
        return tr("undone.shortcuts")
    words = shown(new[changed[0]]) if parts(new[changed[0]]) else tr("shortcuts.none")
    return tr("undone.value", name=listing.name(changed[0]), value=words)
