"""The program's source is not read and kept when it starts."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LOADED = "import ui.shell, ui.wiring, linecache; print([n for n in linecache.cache if '/ui/' in n])"


def python(code: str) -> str:
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=True, timeout=120)
    return done.stdout.strip()


def test_the_window_is_imported_without_its_source() -> None:
    assert python(f"from ui.sources import leave_unread; leave_unread(); {LOADED}") == "[]"


def test_pyside_without_that_hook_is_left_alone() -> None:
    gone = "import sys, ui.sources; del sys.modules['shibokensupport.feature']"
    assert python(f"{gone}; ui.sources.leave_unread(); print('fine')") == "fine"
