"""The data section of somebody who sets up a sync."""

from __future__ import annotations

from tests.bench.x11 import Screen, Window
from tests.screens import tidied

SETTINGS = {"sync": "webdav", "sync_url": "https://dav.jianguoyun.com/dav/", "sync_user": ""}
"""No account yet: nobody is asked."""


def cards(screen: Screen, window: Window) -> None:
    """Scroll the data section to backup and sync."""
    tidied.data(screen, window)
    scale = window.height / 760
    for _ in range(19):
        screen.click(window.x + round(600 * scale), window.y + round(500 * scale), 5)
