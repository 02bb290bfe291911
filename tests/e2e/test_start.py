"""How the window starts as a process: a second start, no display."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.e2e.program import ROOT


@pytest.mark.display
def test_a_second_start_raises_the_first_window(tmp_path: Path, x11_env: dict[str, str]) -> None:
    line = [sys.executable, "-P", "-m", "app", "--home", str(tmp_path / "home")]
    environ = {**x11_env, "PYTHONPATH": str(ROOT)}
    first = subprocess.Popen(line, env=environ, stderr=subprocess.PIPE, text=True)
    try:
        # Long before the first one can answer: it has only just begun to open its data.
        end = time.monotonic() + 60
        while not (tmp_path / "home" / "window.lock").exists() and time.monotonic() < end:
            assert first.poll() is None, first.stderr.read() if first.stderr else ""
            time.sleep(0.01)
        second = subprocess.run(line, env=environ, capture_output=True, text=True, timeout=60, check=False)
        assert second.returncode == 0, second
        assert first.poll() is None
    finally:
        first.terminate()
        _, err = first.communicate(timeout=20)
    assert first.returncode == 0, err
    assert "Traceback" not in err


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="other systems always have a display")
def test_without_a_display_one_sentence_names_the_command(tmp_path: Path) -> None:
    environ = {
        k: v for k, v in os.environ.items() if k not in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    }
    line = [sys.executable, "-P", "-m", "app", "--home", str(tmp_path / "home")]
    environ["PYTHONPATH"] = str(ROOT)
    done = subprocess.run(line, env=environ, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 1
    assert "jieli ask" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
