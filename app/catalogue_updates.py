"""Newer provider files: from the user's folder, or fetched from the address the user has set.

A fetched file is not trusted further than it must be: it may not lead a key to a host the catalogue does not
know for that provider, nor bring a provider that would be asked without a key. What was refused is told.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from app import catalogue_store, wording
from app.catalogue_changes import changes
from app.clock import Clock
from app.directory import PRACTICE
from app.errors import KnownError
from app.i18n import tr
from app.live_catalogue import LiveCatalogue
from app.model_lists import Meta
from providers import Failure
from providers.catalogue_types import Catalogue, CatalogueProblem
from providers.spec import ProviderSpec
from providers.urls import check_file_url, host_of, is_loopback

META = "catalogue_fetched_at"
DAY = 86_400.0
_OWN_CODES = {"too_large": "updates.too_large", "too_many_redirects": "updates.redirects"}


class Fetcher(Protocol):
    """The wire, as far as updates need it."""

    async def fetch(self, url: str, largest: int) -> bytes | Failure: ...


@dataclass(frozen=True, slots=True)
class Report:
    """What an update did: changes and refusals in a sentence each, or the `problem` that kept it from
    doing anything."""

    changes: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    problem: str = ""

    @property
    def quiet(self) -> bool:
        """Whether there is nothing to tell."""
        return not (self.changes or self.refused or self.problem)


class CatalogueUpdates:
    """Keeps the live catalogue and the files in step. `load(fetched folder)` reads every file and blocks."""

    def __init__(
        self,
        *,
        wire: Fetcher,
        catalogue: LiveCatalogue,
        meta: Meta,
        clock: Clock,
        root: Path,
        load: Callable[[Path | None], Catalogue],
    ) -> None:
        self._wire = wire
        self._catalogue = catalogue
        self._meta = meta
        self._clock = clock
        self._root = root
        self._load = load
        self._busy = asyncio.Lock()

    async def reload(self) -> Report:
        """Read the files anew, because some may have come, changed or gone."""
        async with self._busy:
            return await self._reload()

    async def fetch(self, url: str) -> Report:
        """Fetch newer files from `url` and put them in force."""
        reason = check_file_url(url)
        if reason is not None:
            return Report(problem=str(KnownError(f"updates.{reason}", url=url)))
        async with self._busy:
            answer = await self._wire.fetch(url, catalogue_store.LARGEST)
            if isinstance(answer, Failure):
                known = _OWN_CODES.get(answer.code or "")
                return Report(problem=str(KnownError(known)) if known else wording.failure_text(answer))
            await self._meta.set_meta(META, str(self._clock.now()))
            try:
                refused = await asyncio.to_thread(self._install, answer)
            except KnownError as error:
                return Report(problem=str(error))
            done = await self._reload()
        return Report(done.changes, (*refused, *done.refused))

    async def undo(self) -> Report:
        """Go back to the update before, in the end to the built-in files. Raises `KnownError`."""
        async with self._busy:
            if not await asyncio.to_thread(catalogue_store.undo, self._root):
                return Report(problem=tr("updates.nothing_to_undo"))
            return await self._reload()

    async def can_undo(self) -> bool:
        """Whether an update is in force."""
        return await asyncio.to_thread(catalogue_store.in_force, self._root) is not None

    async def last(self) -> float | None:
        """When files were last fetched (epoch seconds), None = never."""
        try:
            return float(await self._meta.meta(META) or "")
        except ValueError:
            return None

    async def due(self) -> bool:
        """Whether the daily look is due."""
        last = await self.last()
        return last is None or not 0 <= self._clock.now() - last < DAY

    async def _reload(self) -> Report:
        before = self._catalogue.files
        after = await asyncio.to_thread(lambda: self._load(catalogue_store.in_force(self._root)))
        self._catalogue.replace_files(after)
        new = [problem for problem in after.problems if problem not in before.problems]
        return Report(changes(before, after), tuple(problem_text(problem) for problem in new))

    def _install(self, data: bytes) -> tuple[str, ...]:
        """Put what is good in force; returns why the rest is not. Blocks. Raises `KnownError`."""
        from providers.catalogue_file import read_file

        staged = catalogue_store.stage(self._root, catalogue_store.unpacked(data))
        accepted: dict[str, Path] = {}
        refused: list[str] = []
        for path in sorted(staged.iterdir()):
            result = read_file(path, "fetched")
            if isinstance(result, CatalogueProblem):
                refused.append(problem_text(result))
                continue
            spec = result.spec
            known = self._catalogue.files.spec(spec.id)
            objection = _objection(spec, known)
            if objection is not None:
                refused.append(str(objection))
            elif known is None or known.checked < spec.checked:
                accepted[spec.id] = path
        if accepted:
            catalogue_store.put_in_force(self._root, accepted)
        return tuple(refused)


def problem_text(problem: CatalogueProblem) -> str:
    """One sentence about a provider file that was left out."""
    return tr(
        f"catalogue.{problem.reason}",
        path=problem.path,
        line=problem.line or 1,
        where=problem.where,
        detail=problem.detail,
    )


def _objection(spec: ProviderSpec, known: ProviderSpec | None) -> KnownError | None:
    """Why a fetched provider must not be taken, None when it may."""
    name = wording.provider_name(spec)
    if spec.dialect == PRACTICE:
        return KnownError("updates.refused_practice", name=name)
    if known is None:
        if spec.auth == "none":
            return KnownError("updates.refused_keyless", name=name)
        return None
    if known.local:
        hosts = {host_of(region.base_url) for region in spec.regions}
        far = next((host for host in sorted(hosts) if not is_loopback(host)), None)
        return KnownError("updates.refused_host", name=name, host=far) if far is not None else None
    if spec.checked < known.checked:
        return KnownError("updates.refused_older", name=name, date=spec.checked or "–", ours=known.checked)
    if known.auth != "none" and spec.auth == "none":
        return KnownError("updates.refused_keyless", name=name)
    new = sorted(_hosts(spec) - _hosts(known))
    return KnownError("updates.refused_host", name=name, host=new[0]) if new else None


def _hosts(spec: ProviderSpec) -> set[str]:
    """Every host the provider sends keys or its user to."""
    urls = [*(region.base_url for region in spec.regions), spec.console, spec.key_page]
    return {host_of(url) for url in urls if url}
