"""How it stands with the place where keys are kept, in plain words, and what to do about it here."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Literal

from app.errors import KnownError
from app.i18n import tr
from app.vault import StorageState

Condition = Literal["ready", "locked", "absent", "refused", "silent", "misconfigured", "memory"]
"""`absent` = the system has no keyring, `memory` = the user would rather not use it in this run."""

_BY_ERROR: dict[str, Condition] = {
    "keys.locked": "locked",
    "keys.no_keyring": "absent",
    "keys.keyring_misconfigured": "misconfigured",
    "keys.no_answer": "silent",
}


@dataclass(frozen=True, slots=True)
class StorageReport:
    """The condition in a heading and a sentence, and the steps out of it; empty when all is well."""

    condition: Condition
    heading: str
    text: str
    steps: tuple[str, ...] = ()


def storage_report(state: StorageState | KnownError, platform: str = sys.platform) -> StorageReport:
    """Say how it stands; `state` may be the error that came instead of one."""
    trouble = state if isinstance(state, KnownError) else state.reason
    if trouble is not None:
        condition = _BY_ERROR.get(trouble.key, "refused")
        text = str(trouble)
    elif isinstance(state, StorageState) and state.memory:
        condition, text = "memory", tr("keystorage.memory_text")
    elif isinstance(state, StorageState) and state.locked:
        condition, text = "locked", tr("keystorage.locked_text", name=state.name)
    else:
        name = state.name if isinstance(state, StorageState) else ""
        return StorageReport("ready", tr("keystorage.ready"), tr("keystorage.ready_text", name=name))
    return StorageReport(condition, tr(f"keystorage.{condition}"), text, _steps(condition, platform))


def _steps(condition: Condition, platform: str) -> tuple[str, ...]:
    system = {"win32": "windows", "darwin": "macos"}.get(platform, "linux")
    if condition in ("misconfigured", "memory"):
        system = "any"
    return tuple(tr(f"keystorage.steps_{condition}_{system}").split("\n"))
