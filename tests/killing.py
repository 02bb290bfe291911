"""Reading what a process said before it was killed."""

from __future__ import annotations

import json
import subprocess
from typing import Any


def kill(process: subprocess.Popen[str], first: str) -> tuple[list[dict[str, Any]], str]:
    """Kill the process; the facts it told on standard output, `first` being the line read already, and what
    stands on standard error."""
    process.kill()
    assert process.stdout is not None and process.stderr is not None
    # Not `communicate`: after a `readline` it would pass over what that has left in the buffer.
    with process.stdout, process.stderr:
        rest, errors = process.stdout.read(), process.stderr.read()
    process.wait(30)
    # A line that was cut off by the kill was never told.
    lines = [line for line in (first + rest).split("\n")[:-1] if line]
    return [json.loads(line) for line in lines], errors
