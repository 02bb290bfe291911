"""An X server of a test's own: on one that tests share, keys and windows of others get in the way."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
from collections.abc import Iterator


def missing() -> bool:
    """Whether none can be started here."""
    return shutil.which("Xvfb") is None


@contextlib.contextmanager
def x_server(width: int = 1600, height: int = 1200, *options: str) -> Iterator[str]:
    """Start one with a screen of that many pixels; gives the name for `DISPLAY`."""
    reading, writing = os.pipe()
    screen = f"{width}x{height}x24"
    command = ["Xvfb", "-displayfd", str(writing), "-screen", "0", screen, "-nolisten", "tcp", *options]
    server = subprocess.Popen(command, pass_fds=[writing], stderr=subprocess.DEVNULL)
    os.close(writing)
    try:
        with os.fdopen(reading) as pipe:
            yield f":{pipe.readline().strip()}"
    finally:
        server.terminate()
        server.wait()
