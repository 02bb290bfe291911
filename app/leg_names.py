"""How legs and keys are called wherever an answer tells who gave it."""

from __future__ import annotations

from app import wording
from app.directory import Directory
from app.errors import KnownError
from app.i18n import tr
from app.keys import KeyService


class LegNames:
    """A `wording.Names` that also knows keys; legs whose provider or model has gone keep their ids."""

    def __init__(self, directory: Directory, keys: KeyService) -> None:
        self._directory = directory
        self._keys = keys

    def __call__(self, provider: str, model: str) -> wording.LegLabel:
        try:
            return wording.leg_label(self._directory.leg(f"{provider}:{model}"))
        except KnownError:
            return wording.LegLabel(f"{provider} {model}", provider[:1].upper(), "")

    def key(self, key: str) -> str:
        """Which key it was, when its provider has more than one; else empty."""
        record = self._keys.record(key)
        if record is None or len(self._keys.refs(record.provider)) < 2:
            return ""
        return tr("wording.key", label=record.label or f"…{record.last4}")
