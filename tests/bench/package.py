"""The frozen program against the same sources run by Python: start, and what a package weighs."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from tests.bench import seed
from tests.bench.measure import Result, Unavailable, interleaved
from tests.bench.windows import ROOT, program, start_ms, usable
from tests.bench.x11 import Screen

FROZEN = ROOT / "build" / "dist" / "jieli" / "jieli"
MOST_UNPACKED, MOST_INSTALLER = 130.0, 45.0  # MB


def package() -> list[Result]:
    """Needs what `dev.py package` leaves behind; the floor of the start is the start from source."""
    if not FROZEN.exists():
        raise Unavailable("nothing is frozen yet: python3 dev.py package")
    screen = Screen()
    with tempfile.TemporaryDirectory(prefix="jieli-bench-") as folder:
        home = seed.home(Path(folder), 1000, 100_000)
        source, frozen = interleaved(
            lambda: start_ms(screen, program(home), usable),
            lambda: start_ms(screen, [str(FROZEN), "--home", str(home)], usable),
            times=7,
        )
    screen.close()
    results = [Result("package start", "ms", source, frozen, bar=1.3)]
    results.append(Result("unpacked", "MB", 0.0, _folder_mb(FROZEN.parent), most=MOST_UNPACKED))
    installers = sorted((ROOT / "dist").glob("*.deb"), key=os.path.getmtime)
    if installers:
        weight = installers[-1].stat().st_size / 1e6
        results.append(Result("installer", "MB", 0.0, weight, most=MOST_INSTALLER, note=installers[-1].name))
    return results


def _folder_mb(folder: Path) -> float:
    return sum(p.stat().st_size for p in folder.rglob("*") if p.is_file() and not p.is_symlink()) / 1e6
