"""Which base URLs may be used: anything over TLS, plain http only to this computer."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from urllib.parse import SplitResult, urlsplit

PROXY_SCHEMES = ("http", "https", "socks", "socks5", "socks5h")

_HOST = re.compile(r"[A-Za-z0-9\u0080-\uffff]([A-Za-z0-9\u0080-\uffff._-]*[A-Za-z0-9\u0080-\uffff.])?")


def check_base_url(url: str) -> str | None:
    """Why `url` cannot be a base URL, None when it can.

    `not_url`, `plain_http` (not this computer), `has_query`, `has_credentials`, `has_fragment`, or
    `has_chat_path` (the dialect appends `/chat/completions` itself).
    """
    parts = _split(url)
    if parts is None or parts.scheme not in ("http", "https"):
        return "not_url"
    host = parts.hostname or ""
    if not _valid_host(host):
        return "not_url"
    if parts.username is not None or parts.password is not None:
        return "has_credentials"
    if parts.query or url.rstrip().endswith("?"):
        return "has_query"
    if parts.fragment or "#" in url:
        return "has_fragment"
    if parts.path.rstrip("/").endswith("/chat/completions"):
        return "has_chat_path"
    if parts.scheme == "http" and not is_loopback(host):
        return "plain_http"
    return None


def check_file_url(url: str) -> str | None:
    """Why a file cannot be fetched from `url`: `not_url`, `plain_http`, `has_credentials`; None = it can."""
    parts = _split(url)
    if parts is None or parts.scheme not in ("http", "https") or not _valid_host(parts.hostname or ""):
        return "not_url"
    if parts.username is not None or parts.password is not None:
        return "has_credentials"
    if parts.scheme == "http" and not is_loopback(parts.hostname or ""):
        return "plain_http"
    return None


def check_proxy(setting: str) -> bool:
    """Whether a proxy setting can be used: `system`, `none`, or the URL of an http or SOCKS proxy."""
    if setting in ("system", "none"):
        return True
    parts = _split(setting if "://" in setting else f"http://{setting}")
    return parts is not None and parts.scheme in PROXY_SCHEMES and _valid_host(parts.hostname or "")


def is_loopback(host: str) -> bool:
    """Whether a host name or address is this computer for certain, without asking the name service."""
    name = host.rstrip(".").lower().strip("[]")
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        address = ipaddress.ip_address(name.partition("%")[0])
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return bool((mapped or address).is_loopback)


def vendor_root(base_url: str, own: Iterable[str]) -> str:
    """What a vendor's special paths (continuation, balance) are appended to.

    Some vendors answer chat requests with and without `/v1`, while those paths exist without it only. So a
    `/v1` that none of the vendor's `own` base URLs ends with is the user's addition, and is left out.
    """
    base = base_url.rstrip("/")
    if base.endswith("/v1") and not any(url.rstrip("/").endswith("/v1") for url in own):
        return base.removesuffix("/v1")
    return base


def host_of(url: str) -> str:
    """The host of a URL in lower case, empty when there is none."""
    parts = _split(url)
    return (parts.hostname or "") if parts is not None else ""


def _split(url: str) -> SplitResult | None:
    if any(c.isspace() or not c.isprintable() or c == "\\" for c in url.strip()):
        return None
    try:
        parts = urlsplit(url.strip())
        _ = parts.port
    except ValueError:
        return None
    return parts


def _valid_host(host: str) -> bool:
    if ":" in host:
        try:
            ipaddress.ip_address(host.partition("%")[0])
        except ValueError:
            return False
        return True
    return len(host) <= 253 and ".." not in host and _HOST.fullmatch(host) is not None
