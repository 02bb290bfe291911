"""What the relay remembers, as rows a person can read and take back: for the window and `jieli doctor`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from app import wording
from app.i18n import tr
from app.relay.health import PAUSED, Health
from app.relay.status import LegState
from app.store.entries import HealthRow, KeyRecord
from app.wording import Names
from providers import Failure, FailureKind


@dataclass(frozen=True, slots=True)
class HealthView:
    """One thing that rests or is off. `model` and `key` empty = all of the provider's.

    `state` is a mark of the relay strip; `probing` = its time is over and the next request decides. `since`
    and `until` are epoch seconds, `until` None = until somebody acts; `level` is the rung of its ladder, from
    1, or 0 where there is none. `reason` is one sentence, `vendor` the vendor's own words.
    """

    provider: str
    model: str
    key: str
    label: str
    key_label: str
    state: LegState
    since: float
    until: float | None
    level: int
    kind: str
    code: str | None
    reason: str
    vendor: str


def health_views(
    health: Health,
    now: float,
    names: Names,
    provider_name: Callable[[str], str],
    keys: Mapping[str, KeyRecord],
) -> tuple[HealthView, ...]:
    """Everything that does not simply work at `now`, what ends last coming first.

    Rows whose time is over and that need no trial are left out: they only remember their rung. `keys` maps
    the ids of stored keys to their records.
    """
    found = [_view(row, now, names, provider_name, keys) for row in health.rows() if _tells(row, now)]
    forever = float("inf")
    return tuple(sorted(found, key=lambda v: -(forever if v.until is None else v.until)))


def reset(health: Health, view: HealthView) -> None:
    """Forget this row: the next turn asks as if nothing had happened."""
    health.clear(view.provider, view.model, view.key)


def _tells(row: HealthRow, now: float) -> bool:
    return row.until is None or row.until > now or (row.state != "cooling" and row.kind != PAUSED)


def _view(
    row: HealthRow,
    now: float,
    names: Names,
    provider_name: Callable[[str], str],
    keys: Mapping[str, KeyRecord],
) -> HealthView:
    over = row.until is not None and row.until <= now
    state: LegState = "probing" if over else "cooling" if row.state == "open" else row.state
    if row.kind == PAUSED:
        state = "paused"
    kind = row.kind if row.kind in FailureKind.__members__.values() else FailureKind.TRANSIENT.value
    failure = Failure(FailureKind(kind), row.code, row.message, hint=row.hint)
    return HealthView(
        provider=row.provider,
        model=row.model,
        key=row.key,
        label=names(row.provider, row.model).name if row.model else provider_name(row.provider),
        key_label=_key_label(row.key, keys),
        state=state,
        since=row.updated_at,
        until=None if over else row.until,
        level=row.level,
        kind=row.kind,
        code=row.code,
        reason=wording.failure_text(failure),
        vendor=row.message,
    )


def _key_label(key: str, keys: Mapping[str, KeyRecord]) -> str:
    if not key or key.startswith("none:"):
        return ""
    if key.startswith("env:"):
        return tr("health.key_environment")
    record = keys.get(key)
    if record is None:
        return ""
    return record.label or f"…{record.last4}"
