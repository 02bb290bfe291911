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

    def first_run(self) -> bool:
        """Whether the first-run page is what this start will come to, as far as can be told before the data
        is open; asked once the list was."""
        options = self.options
        if not self.peek.unused() or options.practice or options.quick_ask or self.settings.current.chain:
            return False
        from app.keys import ENV_PREFIX  # kept off the way to the first paint of every other start

        return not any(name.upper().startswith(ENV_PREFIX) for name in self.environ)
