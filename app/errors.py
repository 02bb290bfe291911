"""Errors whose cause lies in the surroundings and which a user can mend."""

from __future__ import annotations

from app.i18n import tr


class KnownError(Exception):
    """Something the user can act on: shown as one sentence, never as a traceback.

    `key` names the sentence among the translations (`resources/i18n`), `values` fill its placeholders.
    Everything that is not a `KnownError` is a bug and is reported as one.
    """

    def __init__(self, key: str, **values: object) -> None:
        super().__init__(key)
        self.key = key
        self.values = values

    def __str__(self) -> str:
        return tr(self.key, **self.values)


class UsageError(KnownError):
    """The command line asks for something that cannot be meant (exit status 2)."""
