"""Where keys' secrets are kept: the system's keychain, or this run's memory. Never a file of ours.

Everything here blocks and may show a prompt of the system's: call it from a thread of its own.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import closing, suppress
from secrets import token_hex
from typing import Protocol, TypeVar

from app.errors import KnownError
from app.key_forms import unwrap

T = TypeVar("T")

LONGEST = 1200
"""Windows keeps 2,560 bytes of UTF-16; up to this length every system can."""

_USERNAME = "api-key"
_TRIAL = "trial"

_QUOTES = "\"'`“”‘’«»「」"
_INVISIBLE = "\u200b\u200c\u200d\u2060\ufeff\u00a0"

_ALLOWED_CLASSES = frozenset(
    {
        "keyring.backends.Windows.WinVaultKeyring",
        "keyring.backends.macOS.Keyring",
        "keyring.backends.SecretService.Keyring",
        "keyring.backends.libsecret.Keyring",
    }
)
_ALLOWED_MODULES = frozenset({"keyring.backends.kwallet"})
_SECRET_SERVICE = "keyring.backends.SecretService"
_CHAINER = "keyring.backends.chainer.ChainerBackend"

_NAMES = {
    "keyring.backends.Windows": "Windows Credential Locker",
    "keyring.backends.macOS": "macOS Keychain",
    "keyring.backends.SecretService": "Secret Service",
    "keyring.backends.libsecret": "Secret Service",
    "keyring.backends.kwallet": "KWallet",
}


class SecretStore(Protocol):
    """Keeps one secret a key id. Its methods raise `KnownError` when the keychain does not play along."""

    @property
    def name(self) -> str:
        """What the user knows it as."""
        ...

    def get(self, key: str) -> str | None:
        """The secret, None when there is none."""
        ...

    def set(self, key: str, secret: str) -> None:
        """Keep a secret, replacing the one of the same id."""
        ...

    def delete(self, key: str) -> None:
        """Forget a secret; one that is not there counts as forgotten."""
        ...

    def locked(self) -> bool:
        """Whether a password must be given first, as far as that can be seen without asking for it."""
        ...


class Backend(Protocol):
    """A keychain as the keyring library presents it."""

    def get_password(self, service: str, username: str) -> str | None: ...

    def set_password(self, service: str, username: str, password: str) -> None: ...

    def delete_password(self, service: str, username: str) -> None: ...


class MemorySecrets:
    """Secrets that go when the program ends."""

    def __init__(self) -> None:
        self._secrets: dict[str, str] = {}

    @property
    def name(self) -> str:
        return "memory"

    def get(self, key: str) -> str | None:
        return self._secrets.get(key)

    def set(self, key: str, secret: str) -> None:
        self._secrets[key] = secret

    def delete(self, key: str) -> None:
        self._secrets.pop(key, None)

    def locked(self) -> bool:
        return False


class KeychainSecrets:
    """Secrets in the system's keychain.

    Each key has a service name of its own: with a shared one, keyring moves entries about on Windows.
    """

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._name = _NAMES.get(type(backend).__module__, type(backend).__module__.rpartition(".")[2])

    @property
    def name(self) -> str:
        return self._name

    def get(self, key: str) -> str | None:
        return self._ask(self._backend.get_password, _service(key), _USERNAME)

    def set(self, key: str, secret: str) -> None:
        self._ask(self._backend.set_password, _service(key), _USERNAME, secret)

    def delete(self, key: str) -> None:
        from keyring.errors import PasswordDeleteError

        def delete() -> None:
            try:
                self._backend.delete_password(_service(key), _USERNAME)
            except PasswordDeleteError:
                # Missing is what was wanted. The library uses the same error for refusals, so look.
                if self._backend.get_password(_service(key), _USERNAME) is not None:
                    raise

        self._ask(delete)

    def locked(self) -> bool:
        return type(self._backend).__module__ == _SECRET_SERVICE and _collection_locked()

    def _ask(self, fn: Callable[..., T], *args: str) -> T:
        from keyring.errors import InitError, KeyringLocked, NoKeyringError

        try:
            return fn(*args)
        except KeyringLocked as error:
            raise KnownError("keys.locked", keyring=self.name) from error
        except (InitError, NoKeyringError) as error:
            raise KnownError("keys.no_keyring") from error
        except Exception as error:
            # Backends let the errors of D-Bus, Win32 and Security.framework through, which share no base.
            if "Locked" in type(error).__name__ or "Dismissed" in type(error).__name__:
                raise KnownError("keys.locked", keyring=self.name) from error
            raise KnownError("keys.failing", keyring=self.name, reason=_reason(error)) from error


def choose_secrets() -> tuple[SecretStore, KnownError | None]:
    """The system's keychain, or memory and the reason why.

    Only the keychains of Windows, macOS, GNOME and KDE count. What a configuration file or another package
    offers instead, such as a plaintext file, is never used.
    """
    # Imported here: it costs tens of milliseconds and is needed only once a key is.
    import keyring

    try:
        chosen: object = keyring.get_keyring()
    except Exception as error:  # noqa: BLE001 - a broken keyringrc.cfg can raise anything while it is imported
        return MemorySecrets(), KnownError("keys.keyring_misconfigured", reason=_reason(error))
    for backend in _candidates(chosen):
        if is_allowed(backend):
            return KeychainSecrets(backend), None
    return MemorySecrets(), KnownError("keys.no_keyring")


def forget_choice() -> None:
    """Have `choose_secrets` look anew: a keychain may have been started since."""
    if "keyring" not in sys.modules:
        return
    import keyring.backend
    import keyring.core

    with suppress(KeyError, AttributeError):
        keyring.backend.get_all_keyring.reset()  # pyright: ignore - what `once` adds to a function
    keyring.core._keyring_backend = None  # pyright: ignore - the library has no public way to look again


def try_out(store: SecretStore) -> None:
    """Keep something in a keychain for a moment and read it back. Raises `KnownError` when that fails."""
    word = token_hex(8)
    store.set(_TRIAL, word)
    found = store.get(_TRIAL)
    store.delete(_TRIAL)
    if found != word:
        raise KnownError("keys.forgetful", keyring=store.name)


def _collection_locked() -> bool:
    """Whether the Secret Service's default collection is locked; False where there is none, or no telling."""
    import secretstorage
    from secretstorage.collection import get_collection_by_alias

    try:
        with closing(secretstorage.dbus_init()) as connection:
            return bool(get_collection_by_alias(connection, "default").is_locked())
    except Exception:  # noqa: BLE001 - D-Bus libraries' errors share no base; using the keyring will tell
        return False


def system_backend() -> str:
    """The name of this system's own keychain backend, loaded to see that it is all there.

    Raises `ImportError` or `AttributeError` when a part of it is missing from this copy of the program.
    """
    import importlib

    needed = {"win32": "Windows.WinVaultKeyring", "darwin": "macOS.Keyring"}.get(sys.platform, "")
    module, _, name = (needed or "SecretService.Keyring").partition(".")
    backend = getattr(importlib.import_module(f"keyring.backends.{module}"), name)
    if not needed:
        # The backend loads without what it speaks through, and fails when used.
        importlib.import_module("secretstorage")
    return str(backend.__module__).rpartition(".")[2]


def is_allowed(backend: object) -> bool:
    """Whether keys may be kept in a backend of this class."""
    kind = type(backend)
    return f"{kind.__module__}.{kind.__qualname__}" in _ALLOWED_CLASSES or kind.__module__ in _ALLOWED_MODULES


def tidy(pasted: str) -> str:
    """The key in a piece of pasted text: without what was copied along (see `key_forms.unwrap`), and without
    blanks, quotes and invisible characters around it.

    Raises `KnownError` for what cannot be a key.
    """
    secret = unwrap(pasted).secret
    while (trimmed := secret.strip().strip(_QUOTES + _INVISIBLE)) != secret:
        secret = trimmed
    if not secret:
        raise KnownError("keys.empty")
    if len(secret) > LONGEST:
        raise KnownError("keys.too_long", limit=LONGEST)
    if any(c.isspace() or not c.isprintable() for c in secret):
        raise KnownError("keys.has_blanks")
    if not secret.isascii():
        raise KnownError("keys.not_ascii")
    return secret


def _candidates(chosen: object) -> tuple[Backend, ...]:
    kind = type(chosen)
    if f"{kind.__module__}.{kind.__qualname__}" == _CHAINER:
        return tuple(getattr(chosen, "backends", ()))
    return (chosen,)  # pyright: ignore[reportReturnType] - every keyring has these methods


def _service(key: str) -> str:
    return f"jieli/{key}"


def _reason(error: BaseException) -> str:
    """The kind of error only: its text may quote what was stored."""
    return type(error).__name__
