"""Memory: when Python looks for cyclic garbage, and what is given back to the system after much work."""

from __future__ import annotations

import gc
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


def collect_due() -> None:
    """Do what Python's collector would have done by itself by now, in this thread."""
    counts, limits = gc.get_count(), gc.get_threshold()
    due = [k for k, (count, limit) in enumerate(zip(counts, limits, strict=True)) if count > limit > 0]
    if due:
        gc.collect(due[-1])
