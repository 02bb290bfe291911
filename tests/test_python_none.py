"""The Qt binding in use does not lose references to None.

PySide6 6.12.0 on Python 3.11 drops one on every call that returns nothing and aborts after a few thousand
calls; the pin in pyproject.toml keeps it out, and this test notices the day a pin lets it in.
"""

from __future__ import annotations

import sys

import pytest
from PySide6.QtCore import QObject


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="None is immortal from Python 3.12 on")
def test_calls_that_return_nothing_keep_none_alive() -> None:
    thing = QObject()
    before = sys.getrefcount(None)
    for _ in range(2000):
        thing.setObjectName("x")
    assert abs(sys.getrefcount(None) - before) < 500
