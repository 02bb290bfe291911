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


class Garbage:
    """Looks for cyclic garbage as often as Python's collector would by itself, when it is asked to."""

    def __init__(self) -> None:
        self._made = [0, 0]

    def collect_due(self) -> bool:
        """Look where it is time to, in this thread; whether it was time."""
        made = gc.get_count()[0]
        young, middle, old = gc.get_threshold()
        if made <= young:
            return False
        self._made = [count + made for count in self._made]
        generation = 0
        if self._made[0] > young * middle:
            generation, self._made[0] = 1, 0
        if self._made[1] > young * middle * old:
            generation, self._made = 2, [0, 0]
        gc.collect(generation)
        return True
