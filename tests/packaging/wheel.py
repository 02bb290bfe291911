"""Wheel and sdist: built, looked over, installed by pip into an environment of their own, and tried.

    python3 -m tests.packaging.wheel [--out DIR]

Needs a package index for hatchling and the libraries. The wheel is made from the sdist, so that both are
known to be whole. Ends with 0 when `jieli --self-test` passes in what was installed.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tarfile
import tempfile
import tomllib
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("app", "ui", "providers", "resources")
NOT_SHIPPED = "resources/packaging/"


def say(text: str) -> None:
    print(text, flush=True)  # noqa: T201 - a command of its own


def run(*command: str, cwd: Path | None = None, **variables: str) -> None:
    environ = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    subprocess.run(command, check=True, cwd=cwd, env={**environ, **variables})


def expected(root: Path) -> set[str]:
    """What of the sources belongs into the wheel."""
    found = {
        p.relative_to(root).as_posix() for room in ROOMS for p in (root / room).rglob("*") if p.is_file()
    }
    return {n for n in found if "__pycache__" not in n and not n.startswith(NOT_SHIPPED)}


def lacking(root: Path, wheel: Path) -> tuple[list[str], list[str]]:
    """What the wheel should hold and does not, and what it holds and should not."""
    with zipfile.ZipFile(wheel) as packed:
        names = {n for n in packed.namelist() if ".dist-info/" not in n}
    wanted = expected(root)
    return sorted(wanted - names), sorted(names - wanted)


def main() -> int:
    parser = argparse.ArgumentParser(prog="tests.packaging.wheel", description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, help="keep wheel and sdist in this folder")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="jieli-wheel-") as folder:
        place = Path(folder)
        out = (options.out or place / "out").resolve()
        out.mkdir(parents=True, exist_ok=True)
        maker, venv = place / "maker", place / "venv"
        run(sys.executable, "-m", "venv", str(maker))
        run(str(maker / "bin/python"), "-m", "pip", "install", "--quiet", "hatchling>=1.27")
        hatch = (str(maker / "bin/python"), "-m", "hatchling", "build", "-d", str(out), "-t")
        run(*hatch, "sdist", cwd=ROOT)
        version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
        sdist, wheel = out / f"jieli-{version}.tar.gz", out / f"jieli-{version}-py3-none-any.whl"
        with tarfile.open(sdist) as tar:
            tar.extractall(place, filter="data")
        sources = place / f"jieli-{version}"
        run(*hatch, "wheel", cwd=sources)
        missing, strange = lacking(sources, wheel)
        if missing or strange:
            say(f"FAIL the wheel lacks {missing[:9]} and holds {strange[:9]}")
            return 1
        say(f"ok   {wheel.name}: {wheel.stat().st_size / 1e6:.1f} MB, {sdist.name}")
        run(sys.executable, "-m", "venv", str(venv))
        run(str(venv / "bin/python"), "-m", "pip", "install", "--quiet", str(wheel))
        screen = {} if os.environ.get("DISPLAY") else {"QT_QPA_PLATFORM": "offscreen"}
        run(str(venv / "bin/jieli"), "--self-test", HOME=str(place), **screen)
    say("ok   installed by pip, self-test passed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
