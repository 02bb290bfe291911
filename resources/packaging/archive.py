"""Looks over the modules that were frozen: all of ours are there, and nobody's that we do not ship.

Runs in the environment the program was frozen from: `archive.py PYZ ROOT` tells what is amiss, ending with 1.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import contents  # noqa: E402
from notices import BUILD_ONLY  # noqa: E402

# PyInstaller's own, and what Python's build left for `sysconfig`, whose name is the machine's.
OF_MACHINERY = ("_pyi_", "pyi_", "_sysconfigdata_")


def lacking(frozen: Iterable[str], ours: Iterable[str]) -> list[str]:
    """Modules of ours that were not frozen; each would fail on the day it is imported."""
    return sorted(set(ours) - set(frozen))


def strange(frozen: Iterable[str], owners: Mapping[str, Iterable[str]]) -> list[str]:
    """Top-level modules that belong to neither Python, nor us, nor a distribution we ship.

    `owners` maps a top-level module to the distributions that bring it.
    """
    known = {*sys.stdlib_module_names, *contents.ROOMS, "resources", "entry"}
    found: list[str] = []
    for top in sorted({name.partition(".")[0] for name in frozen}):
        if top in known or top.startswith(OF_MACHINERY):
            continue
        names = {name.lower().replace("_", "-") for name in owners.get(top, ())}
        if not names or names <= BUILD_ONLY:
            found.append(f"{top} ({', '.join(sorted(names)) or 'of no distribution'})")
    return found


def dropped(frozen: Iterable[str]) -> list[str]:
    """Modules that `contents.DROPPED_MODULES` keeps out and that came in all the same."""
    rules = contents.DROPPED_MODULES
    return sorted(n for n in frozen if any(n == rule or n.startswith(f"{rule}.") for rule in rules))


def telling(read: Callable[[str], bytes | None], frozen: Iterable[str], secrets: Iterable[str]) -> list[str]:
    """Modules whose code names a place of the build machine, such as the file it was compiled from."""
    wanted = [secret.encode() for secret in secrets if len(secret) > 5]
    return sorted(name for name in frozen if any(s in (read(name) or b"") for s in wanted))


def main() -> int:
    from importlib import metadata

    from PyInstaller.archive.readers import ZlibArchiveReader

    reader = ZlibArchiveReader(sys.argv[1])
    frozen = list(reader.toc)
    troubles = {
        "not frozen": lacking(frozen, contents.modules_of(Path(sys.argv[2]))),
        "nothing of what we ship": strange(frozen, metadata.packages_distributions()),
        "to be left out": dropped(frozen),
        "naming this machine": telling(
            lambda n: reader.extract(n, raw=True), frozen, (sys.argv[2], sys.prefix)
        ),
    }
    for what, names in troubles.items():
        if names:
            sys.stderr.write(f"{what}: {', '.join(names)}\n")
    sys.stderr.write(f"{len(frozen)} modules\n")
    return 1 if any(troubles.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
