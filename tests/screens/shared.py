"""The data section of somebody who sets up a sync."""

from __future__ import annotations

SETTINGS = {"sync": "webdav", "sync_url": "https://dav.jianguoyun.com/dav/", "sync_user": ""}
"""No account yet: nobody is asked."""
