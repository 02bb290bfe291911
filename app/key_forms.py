"""What was pasted, and whose key it may be: by the name it stood under, else by its form. Nothing is sent."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from app.domain import ProviderSpec
from app.errors import KnownError

_BEARER = re.compile(r"\bBearer\s+[\"'`]?([^\s\"'`,;}]+)", re.IGNORECASE)
_NAMED = re.compile(
    r"""(?<![\w./+=-])["'“]?(?P<name>[A-Za-z][\w.-]*|密钥|秘钥|令牌)["'”]?\s*(?:=|:|：)\s*["'`“]?(?P<value>[^\s"'`”,;}]+)"""
)
_KEY_NAME = re.compile(
    r"(\w*[._-])?(x-)?(api[_-]?(key|token|password)|access[_-]?token|key|token|password|authorization)s?|密钥|秘钥|令牌",
    re.IGNORECASE,
)
_SECRET_NAME = re.compile(
    r"(\w*[._-])?(api[_-]?secret|secret([_-]?(key|id))?|access[_-]?key([_-]?(id|secret))?|[as]k|app[_-]?id)",
    re.IGNORECASE,
)
_SPARK_KEY = re.compile(r"(\w*_)?api_?key", re.IGNORECASE)
_SPARK_SECRET = re.compile(r"(\w*_)?api_?secret", re.IGNORECASE)

# Access keys open a whole cloud account and are no API keys: Tencent Cloud, Alibaba Cloud, Volcengine, AWS.
_ACCOUNT_KEYS = re.compile(r"(AKID|LTAI|AKLT|AKIA)[A-Za-z0-9+/=_-]{8,}")

SHORTEST_KNOWN = 12
"""Shorter keys (of local servers, mostly) may be words."""

_FILLER = frozenset(
    {
        "api",
        "key",
        "keys",
        "token",
        "secret",
        "access",
        "auth",
        "com",
        "net",
        "www",
        "cloud",
        "global",
        "platform",
    }
)


@dataclass(frozen=True, slots=True)
class Pasted:
    """A key taken out of pasted text; `name` is what it was assigned to (`ARK_API_KEY`), may be empty."""

    secret: str = field(repr=False)
    name: str = ""


def unwrap(text: str) -> Pasted:
    """The key in `text` without what was copied along: `export NAME=…`, `"apiKey": "…"`, `Bearer …`.

    Text without such wrapping comes back as it is. Raises `KnownError` for a pair of account credentials
    (AK and SK, SecretId and SecretKey), which no provider here takes as an API key.
    """
    text = text.replace("$env:", " ")
    found = [(m["name"], m["value"]) for m in _NAMED.finditer(text)]
    if (spark := _spark(found)) is not None:
        return spark
    bearer = _BEARER.search(text)
    if bearer is not None:
        return Pasted(bearer[1])
    if len([name for name, _ in found if _SECRET_NAME.fullmatch(name)]) > 1:
        raise KnownError("keys.pair")
    named = [(name, value) for name, value in found if _KEY_NAME.fullmatch(name)]
    if len(named) == 1:
        return _checked(named[0][1], named[0][0])
    if len(named) > 1:
        raise KnownError("keys.several")
    return _checked(text, "")


def likely(pasted: Pasted, specs: Iterable[ProviderSpec]) -> list[str]:
    """The providers whose key this may be: those its name speaks of, else those whose form it has."""
    asked = [spec for spec in specs if spec.auth != "none" and spec.dialect != "practice"]
    scores = {spec.id: _named_after(pasted.name, spec) for spec in asked} if pasted.name else {}
    best = max(scores.values(), default=0)
    if best:
        return [provider for provider, score in scores.items() if score == best]
    return [spec.id for spec in asked if fits(pasted.secret, spec)]


def fits(secret: str, spec: ProviderSpec) -> bool | None:
    """Whether a key has the form of a provider's keys; None = their form is not known."""
    if spec.key_pattern is None:
        return None
    return re.fullmatch(spec.key_pattern, secret) is not None


def strangers(secret: str, spec: ProviderSpec, specs: Iterable[ProviderSpec]) -> list[str]:
    """The providers whose form a key has that lacks that of `spec`; empty when it may be one of `spec`."""
    if fits(secret, spec) is not False:
        return []
    return [one for one in likely(Pasted(secret), specs) if one != spec.id]


def others(pasted: Pasted, spec: ProviderSpec, specs: Iterable[ProviderSpec]) -> list[str]:
    """Whose key was more likely pasted for `spec`, by its name or its form; empty when nothing speaks
    against it."""
    named = likely(pasted, specs) if pasted.name and _named_after(pasted.name, spec) == 0 else []
    by_name = [one for one in named if one != spec.id] if spec.id not in named else []
    return by_name or strangers(pasted.secret, spec, specs)


def standing_in(text: str, known: Mapping[str, str]) -> list[tuple[int, int, str]]:
    """Where the keys in `known` (key → provider) stand in a text, each by itself: (start, end, provider)."""
    found: list[tuple[int, int, str]] = []
    for secret, provider in known.items():
        if len(secret) >= SHORTEST_KNOWN and secret in text:
            alone = rf"(?<![\w-]){re.escape(secret)}(?![\w-])"
            found += [(*one.span(), provider) for one in re.finditer(alone, text, re.ASCII)]
    return found


def _spark(found: list[tuple[str, str]]) -> Pasted | None:
    """iFlytek shows two halves, and its endpoint takes them joined by a colon."""
    key = [value for name, value in found if _SPARK_KEY.fullmatch(name)]
    secret = [value for name, value in found if _SPARK_SECRET.fullmatch(name)]
    return Pasted(f"{key[0]}:{secret[0]}", "spark") if len(key) == len(secret) == 1 else None


def _checked(secret: str, name: str) -> Pasted:
    if _ACCOUNT_KEYS.fullmatch(secret.strip()):
        raise KnownError("keys.account_key", start=secret.strip()[:4])
    return Pasted(secret, name)


def _named_after(name: str, spec: ProviderSpec) -> int:
    """How many of a provider's own words stand in a name: `DASHSCOPE_API_KEY`, `ZHIPUAI_API_KEY`."""
    words = [word for word in re.split(r"[^a-z0-9]+", name.lower()) if word and word not in _FILLER]
    hosts = [urlsplit(url).hostname or "" for url in (spec.console, *(r.base_url for r in spec.regions))]
    labels = {part for host in hosts for part in re.split(r"[.-]", host)}
    own = {part for part in {*spec.id.split("_"), spec.name.en.lower(), *labels} if len(part) > 2}
    own -= _FILLER
    return sum(any(word == one or (len(one) > 4 and word.startswith(one)) for one in own) for word in words)
