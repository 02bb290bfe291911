"""Gives memory back to the system after work that took much of it for a moment."""

from __future__ import annotations

import sys


def give_back() -> None:
    """Return what the C library keeps for later. Blocks for some milliseconds: call it from a thread.

    Only glibc needs to be asked; elsewhere this does nothing.
    """
    if not sys.platform.startswith("linux"):
        return
    import ctypes

    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
