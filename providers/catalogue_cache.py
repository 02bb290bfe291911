"""The parsed catalogue as JSON: rows without field names, so that reading it takes a few milliseconds."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import fields
from pathlib import Path
from typing import Any

from providers.catalogue_types import Catalogue, CatalogueProblem, FileKey, arranged
from providers.failures import FailureKind
from providers.spec import (
    BalanceSpec,
    BillingClass,
    ErrorRule,
    GrantSpec,
    ModelSpec,
    PriceSpec,
    ProviderSpec,
    Quirks,
    Region,
    Words,
)

_KINDS = {kind.value: kind for kind in FailureKind}
_BILLING = {billing.value: billing for billing in BillingClass}
_SHAPES = (
    Words,
    Region,
    PriceSpec,
    ModelSpec,
    GrantSpec,
    ErrorRule,
    Quirks,
    BalanceSpec,
    ProviderSpec,
    CatalogueProblem,
)
SCHEMA = "2 " + " ".join(f"{t.__name__}({','.join(f.name for f in fields(t))})" for t in _SHAPES)
"""Names every field of every row, so that a cache of another version is never misread."""


def load(path: Path, keys: Sequence[FileKey]) -> Catalogue | None:
    """The cached catalogue if it was made from exactly these files, else None."""
    try:
        data: Any = json.loads(path.read_bytes())
        if data["schema"] != SCHEMA or data["files"] != [list(key) for key in keys]:
            return None
        specs = [_spec(row) for row in data["providers"]]
        problems = tuple(CatalogueProblem(Path(p), *rest) for p, *rest in data["problems"])
        sources = {name: Path(path) for name, path in data["sources"].items()}
    except (OSError, ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError):
        return None
    return arranged(specs, problems, sources)


def save(path: Path, keys: Sequence[FileKey], catalogue: Catalogue) -> None:
    """Write the cache beside its old self and put it in place; a disk that refuses is no harm."""
    data = {
        "schema": SCHEMA,
        "files": keys,
        "providers": [_row(spec) for spec in catalogue.every()],
        "problems": [[str(p.path), p.line, p.reason, p.detail, p.where] for p in catalogue.problems],
        "sources": {name: str(path) for name, path in catalogue.sources.items()},
    }
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    temporary = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_bytes(text.encode("utf-8", "replace"))
        temporary.replace(path)
    except OSError:
        with suppress(OSError):
            temporary.unlink()


def _row(value: Any) -> Any:
    """A value as plain JSON: dataclasses become lists of their fields in order."""
    if isinstance(value, (str, int, float)) or value is None:
        return value
    if isinstance(value, _SHAPES):
        return [_row(getattr(value, f.name)) for f in fields(value)]
    if isinstance(value, Mapping):
        return {key: _row(entry) for key, entry in value.items()}  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    return [_row(entry) for entry in value]


def _spec(row: Any) -> ProviderSpec:
    (pid, name, glyph, colour, regions, models, dialect, auth, company, console, key_page, key_pattern,
     timezone, local, real_name, signup, grants, rules, quirks, first_byte, stall, checked,
     origin, balance, api_version) = row  # fmt: skip
    return ProviderSpec(
        pid,
        Words(*name),
        glyph,
        colour,
        tuple(Region(i, Words(*n), url, overseas) for i, n, url, overseas in regions),
        tuple(_model(model) for model in models),
        dialect,
        auth,
        Words(*company),
        console,
        key_page,
        key_pattern,
        timezone,
        local,
        real_name,
        Words(*signup),
        tuple(_grant(grant) for grant in grants),
        tuple(ErrorRule(_KINDS[k], tuple(status), *rest) for k, status, *rest in rules),
        _quirks(quirks),
        first_byte,
        stall,
        checked,
        origin,
        BalanceSpec(*balance) if balance is not None else None,
        api_version,
    )


def _model(row: Any) -> ModelSpec:
    mid, context, most, billing, *rest, price = row
    known = PriceSpec(*price) if price is not None else None
    return ModelSpec(mid, context, most, _BILLING[billing], *rest, price=known)


def _grant(row: Any) -> GrantSpec:
    gid, unit, amount, window, hours, days, scope, models, hard, uncertain, note, source, checked = row
    return GrantSpec(
        gid,
        unit,
        amount,
        window,
        hours,
        days,
        scope,
        tuple(models),
        hard,
        uncertain,
        Words(*note),
        source,
        checked,
    )


def _quirks(row: Any) -> Quirks:
    (temperature, top_p, drop, rename, usage, plain, merge, on, off, prefix, message, path, extra, finish,
     only, drop_models, *rest) = row  # fmt: skip
    return Quirks(
        tuple(temperature) if temperature is not None else None,
        tuple(top_p) if top_p is not None else None,
        tuple(drop),
        rename,
        usage,
        plain,
        merge,
        on,
        off,
        prefix,
        message,
        path,
        extra,
        {reason: _KINDS[kind] for reason, kind in finish.items()},
        tuple(only),
        {pattern: tuple(names) for pattern, names in drop_models.items()},
        *rest,
    )
