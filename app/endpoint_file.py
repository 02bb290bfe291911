"""The provider file of a user's own endpoint, written so that whatever a hand has added to it stays."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from app.errors import KnownError
from providers.spec import BillingClass, ModelSpec


@dataclass(frozen=True, slots=True)
class Draft:
    """An endpoint as the user describes it; `provider` empty = a new one. `billing` holds for all models."""

    name: str
    base_url: str
    models: tuple[ModelSpec, ...]
    billing: BillingClass
    needs_key: bool
    provider: str = ""


def write(path: Path, provider: str, name: str, base_url: str, draft: Draft, today: date) -> None:
    """Write the file whole or not at all. Blocks. Raises `KnownError`."""
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    try:
        document = tomlkit.parse(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        document = tomlkit.document()
    except (OSError, UnicodeDecodeError, TOMLKitError) as error:
        raise KnownError("endpoints.not_written", path=path, reason=error) from error
    _fill(document, provider, name, base_url, draft, today)
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with part.open("w", encoding="utf-8", newline="\n") as file:
            file.write(tomlkit.dumps(document))
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError as error:
        with suppress(OSError):
            part.unlink()
        raise KnownError("endpoints.not_written", path=path, reason=error.strerror or error) from error


def _fill(document: Any, provider: str, name: str, base_url: str, draft: Draft, today: date) -> None:
    import tomlkit

    old: Any = document.get("name")
    # A hand-written file may call it differently in the two languages; only what was changed is replaced.
    if not isinstance(old, dict) or name not in old.values():
        both: Any = tomlkit.inline_table()
        both.update({"zh": name, "en": name})
        document["name"] = both
    document["id"] = provider
    document["auth"] = "bearer" if draft.needs_key else "none"
    document["checked"] = today
    regions: Any = document.get("regions")
    if not regions:
        regions = tomlkit.aot()
        region: Any = tomlkit.table()
        region["id"] = "main"
        names: Any = tomlkit.inline_table()
        names.update({"zh": "自填", "en": "Own"})
        region["name"] = names
        region["base_url"] = base_url
        regions.append(region)
        document["regions"] = regions
    else:
        regions[0]["base_url"] = base_url
    known: dict[str, Any] = {str(table.get("id")): table for table in document.get("models", [])}
    models: Any = tomlkit.aot()
    for model in draft.models:
        table: Any = known.get(model.id) or tomlkit.table()
        table["id"] = model.id
        table["billing"] = draft.billing.value
        for field in ("context", "max_output"):
            if field not in table and (value := getattr(model, field)) is not None:
                table[field] = value
        if model.vision and "vision" not in table:
            table["vision"] = True
        models.append(table)
    document["models"] = models
