"""Errors whose cause lies in the surroundings and which a user can mend."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

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


class UnknownNameError(KnownError):
    """Something names what does not exist: a provider, a model, a chain."""


@contextmanager
def named_by_hand() -> Generator[None, None, None]:
    """Inside, an unknown name was written on the command line, so that it is wrong usage."""
    try:
        yield
    except UnknownNameError as error:
        raise UsageError(error.key, **error.values) from error
