"""What a start of the window is given."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

from app.options import Options
from app.paths import Paths
from app.settings import SettingsService
from app.store.peek import Peek


class Start(NamedTuple):
    """Everything a start is given; `peek` has been reading the list since the process began."""

    options: Options
    paths: Paths
    settings: SettingsService
    environ: Mapping[str, str]
    builtin_providers: Path
    version: Callable[[], str]
    peek: Peek
