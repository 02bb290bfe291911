"""The address of a proxy as people type it, and the password in it. Knows no settings."""

from __future__ import annotations

import unicodedata

WAYS = ("system", "none")
"""What may stand in place of an address."""


def tidy_proxy(text: str) -> str:
    """An address as it is kept: most programs show theirs as `127.0.0.1:7890`, which is `http://127.0.0.1:7890`."""
    found = unicodedata.normalize("NFKC", text).strip()
    if not found or found in WAYS:
        return found
    scheme, mark, rest = found.partition("://")
    return f"{scheme}://{rest.rstrip('/')}" if mark else f"http://{found.rstrip('/')}"


def parted(address: str) -> tuple[str, str]:
    """An address without its password, and that; empty when it has none."""
    scheme, _, rest = address.partition("://")
    login, at, host = rest.rpartition("@")
    user, colon, password = login.partition(":")
    return (f"{scheme}://{user}@{host}", password) if at and colon else (address, "")


def joined(address: str, password: str) -> str:
    """The address with its password again."""
    scheme, _, rest = address.partition("://")
    user, at, host = rest.rpartition("@")
    return f"{scheme}://{user}:{password}@{host}" if at and password else address


def shown(address: str) -> str:
    """An address without anything that is nobody's business."""
    scheme, mark, rest = address.rpartition("://")
    return f"{scheme}{mark}{rest.rpartition('@')[2]}"
