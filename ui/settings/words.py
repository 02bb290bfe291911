"""What a stored key check says, in plain words."""

from __future__ import annotations

import time

from app import wording
from app.i18n import tr
from app.store.entries import KeyRecord
from ui.settings.values import CheckState, check_state


def check_words(record: KeyRecord, now: float | None = None) -> tuple[CheckState, str]:
    """State and sentence of a key's last check; `now` is epoch seconds."""
    state = check_state(record.check_kind)
    if record.check_kind is None:
        return state, tr("settings.check.never")
    if state == "ok":
        text = tr("settings.check.ok")
        if record.check_ms is not None:
            text = tr("settings.check.first", text=text, time=wording.seconds(record.check_ms))
    else:
        text = wording.failure_text(record.check_kind, record.check_hint, provider=record.provider)
    if record.checked_at is None:
        return state, text
    return state, tr("settings.check.at", text=text, time=_moment(record.checked_at, now))


def _moment(at: float, now: float | None) -> str:
    """`16:40` today, else the day as `11-19`."""
    then, today = time.localtime(at), time.localtime(now)
    return time.strftime("%H:%M" if then[:3] == today[:3] else "%m-%d", then)
