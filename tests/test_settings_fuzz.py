"""A few runs of the script that damages settings files; `python -m tests.settings_fuzz` does thousands."""

from __future__ import annotations

import asyncio
import time
from itertools import islice
from typing import Any

from PySide6.QtWidgets import QApplication

from tests import settings_fuzz
from tests.settings_window import with_window


def test_no_settings_file_stops_the_program_or_is_silently_reset() -> None:
    seed = int(time.time())
    found = asyncio.run(settings_fuzz.run(120, seed, settings_fuzz.no_window, lambda _: None))
    assert found.failed == [], f"seed {seed}"
    assert set(found.outcomes) == {"said", "sound"}


def test_the_window_opens_on_damaged_settings_and_says_so(run: Any, qapp: QApplication) -> None:
    every = {case.name: case for case in islice(settings_fuzz.cases(1), 24)}
    names = ["utf-16", "deep inside", "folder", "link to itself", *[n for n in every if n.startswith("cut")]]
    chosen = [every[name] for name in names if name in every]
    found = run(settings_fuzz.tried(chosen, with_window, lambda _: None), timeout=90)
    assert found.failed == []
    assert found.outcomes == {"sound": 1, "said": len(chosen) - 1}


def test_the_script_notices_what_is_lost_and_not_said(monkeypatch: Any) -> None:
    """The counting itself can fail: a file that is taken for sound although half of it is gone."""
    monkeypatch.setattr(settings_fuzz.SettingsFile, "_mend", lambda *_: None)
    found = asyncio.run(settings_fuzz.run(30, 1, settings_fuzz.no_window, lambda _: None))
    assert any("nothing was said" in line for line in found.failed)
