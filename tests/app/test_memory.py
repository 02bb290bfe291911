from __future__ import annotations

import platform
import subprocess
import sys

import pytest

_HEAPS = """
import ctypes, sys, threading
from app.memory import share_heap

if sys.argv[1] == "shared":
    share_heap()
size = ctypes.c_size_t(100_000)
library = ctypes.CDLL(None)
library.malloc.restype = ctypes.c_void_p
here = threading.Barrier(4)

def allocate():
    library.malloc(size)
    here.wait(60)

threads = [threading.Thread(target=allocate) for _ in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
library.fdopen.restype = ctypes.c_void_p
out = ctypes.c_void_p(library.fdopen(1, b"w"))
library.malloc_info(0, out)
library.fflush(out)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="glibc alone has heaps of threads")
@pytest.mark.parametrize(("how", "several"), [("shared", False), ("apart", True)])
def test_threads_allocate_where_all_others_do(how: str, several: bool) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", _HEAPS, how], capture_output=True, text=True, check=True, timeout=60
    )
    assert (ran.stdout.count("<heap nr=") > 1) is several
