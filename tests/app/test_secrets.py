"""Which keychains are trusted, how their failures are told, and what counts as a key."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from types import SimpleNamespace

import keyring
import pytest
from keyring import errors
from keyring.backends import chainer, fail, null

from app.errors import KnownError
from app.secrets import (
    LONGEST,
    KeychainSecrets,
    MemorySecrets,
    choose_secrets,
    is_allowed,
    tidy,
)


class FakeBackend:
    """A keychain with the interface of keyring's; `trouble` is raised by every call when set."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], str] = {}
        self.trouble: Exception | None = None

    def _check(self) -> None:
        if self.trouble is not None:
            raise self.trouble

    def get_password(self, service: str, username: str) -> str | None:
        self._check()
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self._check()
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        self._check()
        if (service, username) not in self.kept:
            raise errors.PasswordDeleteError("No such password!")
        del self.kept[service, username]


def _of_class(name: str) -> object:
    """An object whose class claims to be `name`; the class itself may need another system."""
    module, _, cls = name.rpartition(".")
    return type(cls, (FakeBackend,), {"__module__": module, "__qualname__": cls})()


ALLOWED = [
    "keyring.backends.Windows.WinVaultKeyring",
    "keyring.backends.macOS.Keyring",
    "keyring.backends.SecretService.Keyring",
    "keyring.backends.libsecret.Keyring",
    "keyring.backends.kwallet.DBusKeyring",
    "keyring.backends.kwallet.DBusKeyringKWallet4",
]
REFUSED = [
    "keyrings.alt.file.PlaintextKeyring",
    "keyrings.alt.file.EncryptedKeyring",
    "keyring.backends.null.Keyring",
    "keyring.backends.fail.Keyring",
    "somebody.elses.Keyring",
    "keyring.backends.SecretService.Other",
]


@pytest.fixture
def configured(monkeypatch) -> Callable[[object], None]:
    """Make keyring choose this backend."""

    def choose(backend: object) -> None:
        monkeypatch.setattr(keyring, "get_keyring", lambda: backend)

    return choose


@pytest.mark.parametrize("name", ALLOWED)
def test_the_systems_own_keychains_are_trusted(name: str, configured) -> None:
    configured(_of_class(name))
    chosen, reason = choose_secrets()
    assert isinstance(chosen, KeychainSecrets)
    assert reason is None
    assert chosen.name in ("Windows Credential Locker", "macOS Keychain", "Secret Service", "KWallet")


@pytest.mark.parametrize("name", REFUSED)
def test_anything_else_counts_as_none(name: str, configured) -> None:
    backend = _of_class(name)
    configured(backend)
    chosen, reason = choose_secrets()
    assert isinstance(chosen, MemorySecrets)
    assert reason is not None
    assert reason.key == "keys.no_keyring"
    chosen.set("k", "sk-test")
    assert backend.kept == {}  # type: ignore[attr-defined]


def test_the_classes_on_the_list_exist_under_these_names() -> None:
    """A renamed class would silently mean memory for everybody."""
    for name in ALLOWED:
        module, _, cls = name.rpartition(".")
        if name.endswith("KWallet4") or module.endswith(("kwallet", "libsecret", "Windows", "macOS")):
            source = importlib.util.find_spec(module)
            assert source is not None and source.origin is not None
            with open(source.origin, encoding="utf-8") as file:  # noqa: PTH123
                assert f"class {cls}(" in file.read(), name
        else:
            assert hasattr(importlib.import_module(module), cls)


def test_of_several_backends_the_trusted_one_is_taken(configured) -> None:
    trusted = _of_class(ALLOWED[2])
    chain = type("ChainerBackend", (), {"__module__": chainer.__name__, "__qualname__": "ChainerBackend"})()
    chain.backends = [_of_class(REFUSED[0]), trusted]
    configured(chain)
    chosen, _ = choose_secrets()
    chosen.set("k", "sk-test")
    assert trusted.kept == {("jieli/k", "api-key"): "sk-test"}  # type: ignore[attr-defined]


def test_backends_named_in_a_configuration_are_not_used(monkeypatch, tmp_path) -> None:
    """The real library, told by its variable to use a class of somebody's."""
    evil = SimpleNamespace(**vars(null))
    monkeypatch.setitem(sys.modules, "evil_backend", evil)
    monkeypatch.setattr("keyring.core._keyring_backend", None)
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "evil_backend.Keyring")
    chosen, reason = choose_secrets()
    assert isinstance(chosen, MemorySecrets)
    assert reason is not None


def test_a_broken_configuration_is_said_so(monkeypatch) -> None:
    monkeypatch.setattr("keyring.core._keyring_backend", None)
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "no.such.module.Keyring")
    chosen, reason = choose_secrets()
    assert isinstance(chosen, MemorySecrets)
    assert reason is not None
    assert reason.key == "keys.keyring_misconfigured"


def test_without_a_session_bus_there_is_no_keyring(monkeypatch) -> None:
    """The real library on a machine like a server; the test's home has no bus."""
    monkeypatch.setattr("keyring.core._keyring_backend", None)
    chosen, reason = choose_secrets()
    if sys.platform.startswith("linux"):
        assert isinstance(chosen, MemorySecrets)
        assert reason is not None
    assert not is_allowed(fail.Keyring())


def test_each_key_has_an_entry_of_its_own() -> None:
    backend = FakeBackend()
    secrets = KeychainSecrets(backend)
    secrets.set("one", "sk-test-1")
    secrets.set("two", "sk-test-2")
    assert secrets.get("one") == "sk-test-1"
    assert backend.kept == {
        ("jieli/one", "api-key"): "sk-test-1",
        ("jieli/two", "api-key"): "sk-test-2",
    }
    secrets.delete("one")
    secrets.delete("one")
    assert secrets.get("one") is None
    assert secrets.get("two") == "sk-test-2"


def test_a_refused_deletion_is_not_taken_for_a_missing_entry() -> None:
    class Stubborn(FakeBackend):
        def delete_password(self, service: str, username: str) -> None:
            raise errors.PasswordDeleteError("not allowed")

    secrets = KeychainSecrets(Stubborn())
    secrets.set("k", "sk-test")
    with pytest.raises(KnownError) as caught:
        secrets.delete("k")
    assert caught.value.key == "keys.failing"


class ItemLockedException(Exception):  # noqa: N818 - SecretStorage's name
    pass


class PromptDismissedException(Exception):  # noqa: N818 - SecretStorage's name
    pass


@pytest.mark.parametrize(
    ("trouble", "key"),
    [
        (errors.KeyringLocked("user said no"), "keys.locked"),
        (ItemLockedException(), "keys.locked"),
        (PromptDismissedException(), "keys.locked"),
        (errors.InitError("no collection"), "keys.no_keyring"),
        (errors.NoKeyringError(), "keys.no_keyring"),
        (errors.PasswordSetError("sk-test-quoted"), "keys.failing"),
        (ConnectionResetError(), "keys.failing"),
        (RuntimeError("D-Bus went away"), "keys.failing"),
    ],
)
def test_every_failure_is_a_sentence(trouble: Exception, key: str) -> None:
    backend = FakeBackend()
    backend.trouble = trouble
    secrets = KeychainSecrets(backend)
    for call in (lambda: secrets.get("k"), lambda: secrets.set("k", "sk-test"), lambda: secrets.delete("k")):
        with pytest.raises(KnownError) as caught:
            call()
        assert caught.value.key == key
        assert "sk-test" not in str(caught.value)
        assert "{" not in str(caught.value)


@pytest.mark.parametrize(
    ("pasted", "secret"),
    [
        ("sk-test-1", "sk-test-1"),
        ("  sk-test-1\r\n", "sk-test-1"),
        ('"sk-test-1"', "sk-test-1"),
        ("“sk-test-1”", "sk-test-1"),
        ("'sk-test-1' \n", "sk-test-1"),
        ("\ufeffsk-test-1\u200b", "sk-test-1"),
        ("「 sk-test-1 」", "sk-test-1"),
        ("\u00a0sk-test-1", "sk-test-1"),
        ("id.secret/with+signs=", "id.secret/with+signs="),
        ("x" * LONGEST, "x" * LONGEST),
    ],
)
def test_what_clings_to_a_pasted_key_is_removed(pasted: str, secret: str) -> None:
    assert tidy(pasted) == secret


@pytest.mark.parametrize(
    ("pasted", "key"),
    [
        ("", "keys.empty"),
        (" \n\t", "keys.empty"),
        ('""', "keys.empty"),
        ("x" * (LONGEST + 1), "keys.too_long"),
        ("sk-test 1", "keys.has_blanks"),
        ("sk-test-1\nsk-test-2", "keys.has_blanks"),
        ("sk-\x00test", "keys.has_blanks"),
        ("密钥 sk-test", "keys.has_blanks"),
        ("钥匙 sk-test".replace(" ", "："), "keys.not_ascii"),
        ("ｓｋ-test", "keys.not_ascii"),
    ],
)
def test_what_cannot_be_a_key_is_refused_with_a_reason(pasted: str, key: str) -> None:
    with pytest.raises(KnownError) as caught:
        tidy(pasted)
    assert caught.value.key == key
    assert "sk-" not in str(caught.value)
