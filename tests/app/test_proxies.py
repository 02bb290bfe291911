"""Proxies as people type them, and their passwords: in the keyring, never in the settings file."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.errors import KnownError
from app.proxies import ENTRY, ProxyLogin
from app.proxy_address import joined, parted, shown, tidy_proxy
from app.secrets import MemorySecrets
from app.settings import SettingsFile, SettingsService
from app.vault import Vault
from tests.conftest import Runner


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        (" 127.0.0.1:7890 ", "http://127.0.0.1:7890"),
        ("127.0.0.1：7890", "http://127.0.0.1:7890"),
        ("socks5：//[::1]:1080/", "socks5://[::1]:1080"),
        ("system", "system"),
        ("", ""),
    ],
)
def test_an_address_is_tidied(typed: str, kept: str) -> None:
    assert tidy_proxy(typed) == kept


@pytest.mark.parametrize(
    ("whole", "bare", "password"),
    [
        ("http://u:p@h:1", "http://u@h:1", "p"),
        ("http://u:p@ss@h:1", "http://u@h:1", "p@ss"),
        ("socks5://u:a:b@[::1]:1", "socks5://u@[::1]:1", "a:b"),
        ("http://u@h:1", "http://u@h:1", ""),
        ("http://h:1", "http://h:1", ""),
    ],
)
def test_a_password_is_parted_from_its_address(whole: str, bare: str, password: str) -> None:
    assert parted(whole) == (bare, password)
    assert joined(bare, password) == whole
    assert "p" not in shown(whole).partition("://")[2]


class Locked(MemorySecrets):
    def get(self, key: str) -> str | None:
        raise KnownError("keys.locked", keyring="Secret Service")


def test_a_password_is_kept_beside_the_settings(arun: Runner, tmp_path: Path) -> None:
    path, ring = tmp_path / "settings.json", MemorySecrets()

    def opened(secrets: MemorySecrets, proxy: str = "") -> tuple[SettingsService, ProxyLogin]:
        settings = SettingsService(SettingsFile(path))
        if proxy:
            settings.change(proxy=proxy)
        return settings, ProxyLogin(settings, Vault(lambda: (secrets, None)))

    async def scenario() -> None:
        settings, login = opened(ring)
        told: list[int] = []
        login.listen(lambda: told.append(1))
        assert await login.enter("socks5://li:geheim@127.0.0.1:1080") is True
        assert settings.current.proxy == "socks5://li@127.0.0.1:1080" and told == [1]
        assert await login.enter("127.0.0.1:7890") is None
        with pytest.raises(KnownError) as caught:
            await login.enter("http://li:geheim@bad host")
        assert "geheim" not in str(caught.value)
        # One that was used before in this run has its password still: the change is taken back.
        assert await login.whole("socks5://li@127.0.0.1:1080") == "socks5://li:geheim@127.0.0.1:1080"
        await settings.close()
        assert "geheim" not in path.read_text(encoding="utf-8")
        # The next run finds it; another proxy of the same name gets none.
        settings, login = opened(ring, "socks5://li@127.0.0.1:1080")
        assert await login.whole(settings.current.proxy) == "socks5://li:geheim@127.0.0.1:1080"
        assert await login.whole("http://li@127.0.0.1:1") == "http://li@127.0.0.1:1"
        assert await login.whole("system") == "system"
        # What was written into the file by hand works, and goes into the keyring.
        settings, login = opened(ring, "http://li:anders@127.0.0.1:2")
        assert await login.whole(settings.current.proxy) == "http://li:anders@127.0.0.1:2"
        assert settings.current.proxy == "http://li@127.0.0.1:2"
        assert await login.whole(settings.current.proxy) == "http://li:anders@127.0.0.1:2"
        await settings.close()
        assert "anders" not in path.read_text(encoding="utf-8")
        # Each proxy has its own password; one that an earlier version kept is still known.
        settings, login = opened(ring, "socks5://li@127.0.0.1:1080")
        assert await login.whole("http://li@127.0.0.1:2") == "http://li:anders@127.0.0.1:2"
        assert await login.whole(settings.current.proxy) == "socks5://li:geheim@127.0.0.1:1080"
        ring.set(ENTRY, "http://alt@127.0.0.1:3 vorher")
        assert await login.whole("http://alt@127.0.0.1:3") == "http://alt:vorher@127.0.0.1:3"
        await settings.close()
        # With the keys, the passwords go, too.
        settings, login = opened(ring, "socks5://li@127.0.0.1:1080")
        assert await login.whole("http://li@127.0.0.1:2") == "http://li:anders@127.0.0.1:2"
        await login.forget()
        assert await login.whole("http://li@127.0.0.1:2") == "http://li@127.0.0.1:2"
        assert not ring._secrets
        await settings.close()
        settings, login = opened(Locked(), "http://li@127.0.0.1:2")
        assert await login.whole(settings.current.proxy) == "http://li@127.0.0.1:2"
        await settings.close()

    arun(scenario())
