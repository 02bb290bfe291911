"""A core on a home of its own whose vendors are all the loopback server."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from app.clock import SystemClock
from app.core import Core, open_core
from app.paths import locate
from app.settings import SettingsFile, SettingsService
from app.store.store import Store
from tests.e2e.program import ROOT, secret
from tests.fakes.server import FakeServer, Reply


@asynccontextmanager
async def core(home: Path, server: FakeServer, *keys: str, **settings: Any) -> AsyncIterator[Core]:
    """A core on a home whose vendors are all the loopback server."""
    paths = locate(home, {})
    paths.ensure()
    service = SettingsService(SettingsFile(paths.settings_file))
    service.change(proxy="none", **settings)
    clock = SystemClock()
    made = await open_core(
        paths=paths,
        store=await Store.open(paths.database_file, clock, paths.locks),
        settings=service,
        clock=clock,
        environ={f"JIELI_KEY_{name.upper()}": secret(name) for name in keys},
        builtin_providers=ROOT / "resources" / "providers",
        endpoints={name: server.url(name) for name in ("zhipu", "deepseek", "ollama", "vllm", "siliconflow")},
        version="0",
        on_error=lambda error: pytest.fail(repr(error)),
    )
    try:
        yield made
    finally:
        await made.close()


def told(arun: Any, story: Callable[[], Any]) -> None:
    arun(story())


def listed(*names: str) -> Reply:
    return Reply.json({"object": "list", "data": [{"id": name} for name in names]})
