"""Which base URLs may be used."""

from __future__ import annotations

import pytest

from providers.urls import check_base_url, is_loopback


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("https://open.bigmodel.cn/api/paas/v4", None),
        ("https://open.bigmodel.cn/api/paas/v4/", None),
        ("http://127.0.0.1:8080/v1", None),
        ("http://localhost:11434/v1", None),
        ("http://[::1]:8080/v1", None),
        ("http://127.9.9.9/v1", None),
        ("https://例子.中国/v1", None),
        ("http://192.168.1.5:8080/v1", "plain_http"),
        ("http://localhost.evil.example/v1", "plain_http"),
        ("http://127.0.0.1.evil.example/v1", "plain_http"),
        ("http://0.0.0.0:1/v1", "plain_http"),
        ("ftp://example.com", "not_url"),
        ("example.com/v1", "not_url"),
        ("", "not_url"),
        ("https://", "not_url"),
        ("https://exa mple.com", "not_url"),
        ("https://example.com:99999/v1", "not_url"),
        ("https://exam\\ple.com/", "not_url"),
        ("https://[::1/v1", "not_url"),
        ("https://example.com/v1?key=1", "has_query"),
        ("https://example.com/v1#x", "has_fragment"),
        ("https://me:word@example.com/v1", "has_credentials"),
        ("http://127.0.0.1@evil.example/v1", "has_credentials"),
        ("https://example.com/v1/chat/completions", "has_chat_path"),
    ],
)
def test_check_base_url(url: str, reason: str | None) -> None:
    assert check_base_url(url) == reason


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST.", "a.localhost", "127.0.0.1", "::1", "::ffff:127.0.0.1"]
)
def test_loopback(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["", "example.com", "10.0.0.1", "localhost.example", "::2"])
def test_not_loopback(host: str) -> None:
    assert not is_loopback(host)
