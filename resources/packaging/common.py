"""What the scripts for all systems share."""

from __future__ import annotations

import shlex
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Build:
    """One build: `epoch` is the date everything carries (seconds), `machine` as the system calls it."""

    version: str
    epoch: int
    work: Path
    out: Path
    machine: str


def say(text: str) -> None:
    """Tell on standard error; standard output belongs to tools."""
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


def run(command: Sequence[str], *, env: Mapping[str, str] | None = None, cwd: Path | None = None) -> None:
    """Run a tool; ends the build with its command line when it fails or is not there."""
    try:
        done = subprocess.run(command, env=env, cwd=cwd, check=False)
    except FileNotFoundError:
        raise SystemExit(f"{command[0]} is not installed here.") from None
    if done.returncode:
        raise SystemExit(f"failed with {done.returncode}: {shlex.join(command)}")
