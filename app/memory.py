"""Memory: when Python looks for cyclic garbage, and what is given back to the system after much work."""

from __future__ import annotations

import gc
import sys
import time

LONG = 0.004
"""Seconds of processor time. When looking at everything took longer, what survived is not looked at again by
the next looks, so that none of them ever takes as long as a frame."""

_BURST = 12_000
"""So many objects made between two looks are put aside unseen: parts of the program that have just been
loaded. Looking at them would take as long as a frame, and there is hardly any garbage among them."""

_LATER = 10_000
"""Objects put aside since the last look at all there is: with fewer of them another is not worth its time."""


_ARENA_MAX = -8
"""`M_ARENA_MAX` of glibc's malloc.h."""


def share_heap() -> None:
    """Have threads that are started from now on allocate where all others do.

    glibc gives each thread a heap of its own, and what one needed for a moment (a page of messages, a module
    being loaded) serves no other: some megabytes lay unused that way. Elsewhere this does nothing.
    """
    _ask_glibc("mallopt", _ARENA_MAX, 1)


def give_back() -> None:
    """Return what the C library keeps for later. Blocks for some milliseconds: call it from a thread.

    Only glibc needs to be asked; elsewhere this does nothing.
    """
    _ask_glibc("malloc_trim", 0)


def _ask_glibc(name: str, *values: int) -> None:
    if not sys.platform.startswith("linux"):
        return
    import ctypes

    function = getattr(ctypes.CDLL(None), name, None)
    if function is not None:
        function(*values)


class Garbage:
    """Looks for cyclic garbage in this thread, when it is asked to, and never long: each look is at what was
    made since objects were last put aside (`gc.freeze`). `look_at_all` is the exception."""

    def __init__(self) -> None:
        self._made = [0, 0]
        self._aside = gc.get_freeze_count()

    def collect_due(self) -> bool:
        """Look where Python's collector would by now; whether it was time."""
        made = gc.get_count()[0]
        young, middle, old = gc.get_threshold()
        if made <= young:
            return False
        self._made = [count + made for count in self._made]
        if made > _BURST:
            self._made = [0, 0]
            gc.freeze()
        elif self._made[1] > young * middle * old // 5:
            self.look()
        elif self._made[0] > young * middle:
            self._made[0] = 0
            gc.collect(1)
        else:
            gc.collect(0)
        return True

    def look(self) -> None:
        """Look at everything that is not put aside; puts aside what survived when there is much of it."""
        self._made = [0, 0]
        begun = time.thread_time()
        gc.collect()
        if time.thread_time() - begun > LONG:
            gc.freeze()

    @property
    def much_aside(self) -> bool:
        """Whether so much was put aside since then that `look_at_all` may find something."""
        return gc.get_freeze_count() > self._aside + _LATER

    def look_at_all(self) -> None:
        """Look also at what was put aside, and put aside what is left. Takes a tenth of a second: only while
        nobody waits."""
        self._made = [0, 0]
        gc.unfreeze()
        gc.collect()
        gc.freeze()
        self._aside = gc.get_freeze_count()
