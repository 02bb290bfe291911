"""OpenAI-compatible endpoints of the user's own: tried live, written as provider files, changed, removed.

The file is an ordinary one in the user's folder, so whatever the window does not show can be added by hand;
comments and everything else stay when the window writes it again. Nothing here sees a key but `probe`.
"""

from __future__ import annotations

import asyncio
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

from app import wording
from app.endpoint_file import Draft, write
from app.errors import KnownError
from app.i18n import tr
from app.live_catalogue import LiveCatalogue
from app.logs import redactor
from app.secrets import tidy
from providers import Failure, FailureKind
from providers.base import Endpoint
from providers.spec import ModelSpec, ProviderSpec, Region, Words
from providers.urls import check_base_url, host_of, is_loopback

REMOVED = ".removed"
_LONGEST_NAME = 40
_EVERYWHERE = re.compile(r"^((?:https?://)?)(?:0\.0\.0\.0|\[::\])(?=[:/]|$)", re.IGNORECASE)


class Lister(Protocol):
    """The wire, as far as a probe needs it."""

    async def models(self, endpoint: Endpoint, seconds: float = ...) -> tuple[ModelSpec, ...] | Failure: ...


@dataclass(frozen=True, slots=True)
class Probe:
    """What was found at an address. `base_url` is the one to keep: the one typed, tidied, perhaps with `/v1`.

    `reachable` = something that speaks the protocol answered; `text` says what was found in one sentence.
    """

    base_url: str
    reachable: bool
    text: str
    models: tuple[ModelSpec, ...] = ()


class OwnEndpoints:
    """`reload` reads the provider files anew after one was written or removed."""

    def __init__(
        self,
        *,
        wire: Lister,
        catalogue: LiveCatalogue,
        folder: Path,
        reload: Callable[[], Any],
        today: Callable[[], date] = date.today,
    ) -> None:
        self._wire = wire
        self._catalogue = catalogue
        self._folder = folder
        self._reload = reload
        self._today = today

    def editable(self, provider: str) -> bool:
        """Whether a provider comes from a file of the user's."""
        spec = self._catalogue.spec(provider)
        return spec is not None and spec.origin == "user"

    def taken(self, name: str, besides: str = "") -> bool:
        """Whether another provider is called so."""
        wanted = name.strip().casefold()
        return any(
            wanted in (spec.name.zh.casefold(), spec.name.en.casefold())
            for spec in self._catalogue.every()
            if spec.id != besides
        )

    async def probe(self, url: str, secret: str = "") -> Probe:
        """Look whether `url` speaks the protocol, and which models it has; the key goes nowhere else."""
        base = tidy_url(url)
        problem = check_base_url(base)
        if problem is not None:
            return Probe(base, False, str(KnownError(f"endpoint.{problem}", url=base)))
        if secret.strip():
            try:
                secret = tidy(secret)
            except KnownError as error:
                return Probe(base, False, str(error))
            redactor.add(secret)
        answer = await self._ask(base, secret)
        if isinstance(answer, Failure) and _not_there(answer) and not base.endswith("/v1"):
            second = await self._ask(f"{base}/v1", secret)
            # A refused key says that there is something to have a key for.
            if not isinstance(second, Failure) or second.kind is FailureKind.AUTH:
                base, answer = f"{base}/v1", second
        if not isinstance(answer, Failure):
            if not answer:
                return Probe(base, True, tr("endpoints.no_models"))
            return Probe(base, True, tr("endpoints.found", n=len(answer)), answer)
        if answer.kind is FailureKind.AUTH:
            return Probe(base, True, tr("endpoints.bad_key" if secret else "endpoints.needs_key"))
        if answer.status is not None and (_not_there(answer) or answer.code == "garbled"):
            return Probe(base, False, tr("endpoints.no_list"))
        return Probe(base, False, wording.failure_text(answer))

    async def save(self, draft: Draft) -> str:
        """Write the endpoint's file and use it at once; returns the provider's id. Raises `KnownError`."""
        # A name pasted with a tab or a control character would make the file unreadable.
        name = "".join(c for c in " ".join(draft.name.split()) if c.isprintable())[:_LONGEST_NAME].strip()
        if not name:
            raise KnownError("endpoints.need_name")
        if self.taken(name, besides=draft.provider):
            raise KnownError("endpoints.name_taken", name=name)
        base = tidy_url(draft.base_url)
        if problem := check_base_url(base):
            raise KnownError(f"endpoint.{problem}", url=base)
        if not draft.models:
            raise KnownError("endpoints.need_models")
        provider = draft.provider or self._new_id(name, base)
        path = self._catalogue.sources.get(provider) if draft.provider else None
        path = path or self._folder / f"{provider}.toml"
        await asyncio.to_thread(write, path, provider, name, base, draft, self._today())
        await self._reload()
        if self._catalogue.spec(provider) is None or not self.editable(provider):
            problem_of = next((p for p in self._catalogue.problems if p.path == path), None)
            detail = problem_of.where or problem_of.reason if problem_of else path.name
            raise KnownError("endpoints.not_taken", path=path, detail=detail)
        return provider

    async def remove(self, provider: str) -> Path:
        """Take the endpoint's file out of use; returns where it is kept. Raises `KnownError`."""
        path = self._catalogue.sources.get(provider)
        if path is None or not self.editable(provider):
            raise KnownError("endpoints.gone")
        kept = path.with_name(path.name + REMOVED)
        try:
            await asyncio.to_thread(path.replace, kept)
        except FileNotFoundError:
            pass
        except OSError as error:
            raise KnownError("endpoints.not_removed", path=path, reason=error.strerror or error) from error
        await self._reload()
        return kept

    async def _ask(self, base_url: str, secret: str) -> tuple[ModelSpec, ...] | Failure:
        spec = _spec(base_url, keyed=bool(secret))
        return await self._wire.models(Endpoint(spec, ModelSpec("any"), base_url, secret or None), 10.0)

    def _new_id(self, name: str, base_url: str) -> str:
        """An id made of the name, else of the host; never one that a file has or had."""
        host = urlsplit(base_url).hostname or ""
        stem = _slug(name) or (_slug(host) if any(c.isalpha() for c in host) else "") or "own"
        taken = {spec.id for spec in self._catalogue.every()}
        ident, number = stem, 2
        while ident in taken or (self._folder / f"{ident}.toml").exists():
            ident, number = f"{stem[:36]}_{number}", number + 1
        return ident


def tidy_url(url: str) -> str:
    """A base URL as people paste it: with blanks, with full-width signs, without a scheme, with the path of
    chat requests, as a server on this computer prints it."""
    text = unicodedata.normalize("NFKC", url).replace("。", ".").strip().rstrip("/")
    # Servers say that they listen everywhere; one asks them here.
    text = _EVERYWHERE.sub(r"\g<1>127.0.0.1", text)
    if text and "://" not in text:
        text = f"{'http' if is_loopback(host_of(f'//{text}')) else 'https'}://{text}"
    for tail in ("/chat/completions", "/models"):
        text = text.removesuffix(tail).rstrip("/")
    return text


def local_address(url: str) -> bool:
    """Whether a base URL leads to this computer."""
    try:
        return is_loopback(urlsplit(tidy_url(url)).hostname or "")
    except ValueError:
        return False


def _spec(base_url: str, *, keyed: bool) -> ProviderSpec:
    region = Region("own", Words("自填", "Own"), base_url)
    return ProviderSpec(
        "own", Words("自填", "Own"), "·", "", (region,), (), auth="bearer" if keyed else "none", origin="user"
    )


def _not_there(failure: Failure) -> bool:
    return failure.status in (404, 405, 501) or failure.code in ("html", "garbled")


def _slug(text: str) -> str:
    made = re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")[:_LONGEST_NAME]
    return made.rstrip("_")
