"""Reading the catalogue: every provider file, built in and the user's own.

A broken user file never hurts the others: it is left out and reported as a `CatalogueProblem`. TOML parses
at about 2 MB/s, so the result is kept as JSON beside the settings and read back while no file has changed.
"""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

from providers.catalogue_types import Catalogue, CatalogueProblem, FileKey, Loaded, Origin, arranged


def load_catalogue(
    builtin: Path, user: Path | None = None, cache: Path | None = None, *, fetched: Path | None = None
) -> Catalogue:
    """Read every `*.toml` of the folders. Missing folders count as empty.

    A fetched file replaces the built-in provider of the same id unless its `checked` date is older, a user
    file either of them; that the program has overtaken a fetched file is no problem. `cache` is a
    file that may be read and written; a damaged or outdated one is rebuilt, one that cannot be written is
    done without.
    """
    files: list[tuple[Origin, Path]] = []
    folders: tuple[tuple[Origin, Path | None], ...] = (
        ("builtin", builtin),
        ("fetched", fetched),
        ("user", user),
    )
    for origin, folder in folders:
        if folder is not None:
            files.extend((origin, path) for path in _toml_files(folder))
    keys = [_key(origin, path) for origin, path in files]
    if cache is not None:
        from providers import catalogue_cache

        found = catalogue_cache.load(cache, keys)
        if found is not None:
            return found
    catalogue = _read_all(files)
    if cache is not None:
        from providers import catalogue_cache

        catalogue_cache.save(cache, keys, catalogue)
    return catalogue


def _toml_files(folder: Path) -> list[Path]:
    try:
        with os.scandir(folder) as entries:
            names = [e.name for e in entries if e.name.endswith(".toml") and not e.name.startswith(".")]
    except OSError:
        return []
    return [folder / name for name in sorted(names)]


def _key(origin: Origin, path: Path) -> FileKey:
    try:
        stat = path.stat()
    except OSError:
        return (origin, str(path), -1, -1)
    return (origin, str(path), stat.st_size, stat.st_mtime_ns)


def _read_all(files: list[tuple[Origin, Path]]) -> Catalogue:
    from providers.catalogue_file import read_file

    kept: dict[str, Loaded] = {}
    sources: dict[str, Path] = {}
    problems: list[CatalogueProblem] = []
    for origin, path in files:
        result = read_file(path, origin)
        if isinstance(result, CatalogueProblem):
            problems.append(result)
            continue
        spec = result.spec
        other = kept.get(spec.id)
        if other is None:
            kept[spec.id], sources[spec.id] = result, path
        elif other.spec.origin == origin:
            problems.append(CatalogueProblem(path, None, "duplicate_id", spec.id, "id"))
        elif spec.checked < other.spec.checked:
            if origin == "fetched":
                continue
            detail = f"{spec.id}: {spec.checked or '–'} < {other.spec.checked}"
            problems.append(CatalogueProblem(path, None, "older_than_builtin", detail, "checked"))
        else:
            # The user's file without a place of its own takes the one of the provider it replaces.
            order = result.order if result.order != float("inf") else other.order
            kept[spec.id], sources[spec.id] = replace(result, order=order), path
    ordered = sorted(kept.values(), key=lambda loaded: (loaded.order, loaded.spec.id))
    return arranged((loaded.spec for loaded in ordered), tuple(problems), sources)
