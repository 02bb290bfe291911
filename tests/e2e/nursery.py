"""Runs of the program without the second it takes to import it: a process that has done so forks for each.

A run is a process of its own, with its own arguments, environment, folder, standard streams and exit status,
and it ends as the interpreter ends. What only a new interpreter takes from its environment (encodings,
warnings) is for real starts; see `can_run`.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import pkgutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
_STATUS = 4


def can_run(environ: Mapping[str, str]) -> bool:
    """Whether a forked run is as good as a new interpreter."""
    told = {name for name in environ if name.startswith("PYTHON")} - {"PYTHONPATH"}
    same = all(environ.get(name) == os.environ.get(name) for name in told)
    return sys.platform.startswith("linux") and same and "LC_ALL" not in environ


class Nursery:
    """The process that forks, for as long as this one lives."""

    def __init__(self) -> None:
        self._ours, theirs = socket.socketpair()
        environ = {**os.environ, "PYTHONPATH": str(ROOT)}
        line = [sys.executable, "-P", "-m", "tests.e2e.nursery", str(theirs.fileno())]
        self._process = subprocess.Popen(line, cwd=ROOT, env=environ, pass_fds=[theirs.fileno()])
        theirs.close()
        self._lock = threading.Lock()

    def close(self) -> None:
        """End it; runs under way are not waited for."""
        self._ours.close()
        self._process.wait(60)

    def run(
        self,
        arguments: Sequence[str],
        environ: Mapping[str, str],
        cwd: Path,
        stdin: str | None,
        seconds: float,
    ) -> tuple[int, bytes, bytes]:
        """Exit status, standard output and standard error. Raises `TimeoutExpired` and kills what hangs."""
        with contextlib.ExitStack() as stack:
            status, told = socket.socketpair()
            stack.enter_context(status)
            given = stack.enter_context(tempfile.TemporaryFile())
            given.write((stdin or "").encode("utf-8"))
            given.seek(0)
            streams = [os.pipe(), os.pipe()]
            asked = {"argv": list(arguments), "environ": dict(environ), "cwd": str(cwd)}
            text = json.dumps(asked).encode()
            with self._lock:
                fds = [told.fileno(), given.fileno(), streams[0][1], streams[1][1]]
                socket.send_fds(self._ours, [len(text).to_bytes(8, "big")], fds)
                self._ours.sendall(text)
            told.close()
            for _, writing in streams:
                os.close(writing)
            heard: list[list[bytes]] = [[], []]
            readers = [
                threading.Thread(target=_drain, args=(reading, parts))
                for (reading, _), parts in zip(streams, heard, strict=True)
            ]
            for reader in readers:
                reader.start()
            pid = int.from_bytes(_exactly(status, _STATUS), "big")
            status.settimeout(seconds)
            try:
                code = int.from_bytes(_exactly(status, _STATUS), "big", signed=True)
            except TimeoutError:
                os.kill(pid, signal.SIGKILL)
                raise subprocess.TimeoutExpired(list(arguments), seconds) from None
            finally:
                for reader in readers:
                    reader.join()
        return code, b"".join(heard[0]), b"".join(heard[1])


def _drain(reading: int, parts: list[bytes]) -> None:
    with os.fdopen(reading, "rb") as stream:
        parts.append(stream.read())


def _exactly(source: socket.socket, count: int) -> bytes:
    found = b""
    while len(found) < count:
        more = source.recv(count - len(found))
        if not more:
            raise EOFError("the run went without a word")
        found += more
    return found


# -- the other side -----------------------------------------------------------------------------------------


def _load() -> None:
    """Import what the commands import; nothing of it may start a thread, which a fork would lose."""
    for name in ("app", "providers"):
        package = importlib.import_module(name)
        for module in pkgutil.walk_packages(package.__path__, f"{name}."):
            importlib.import_module(module.name)
    importlib.import_module("httpx")
    importlib.import_module("asyncio")
    assert threading.active_count() == 1


def _serve(asked: socket.socket) -> list[str] | None:
    """Fork for every request. Returns the command line in the process that is to run it, None at the end."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while True:
        head, fds, _, _ = socket.recv_fds(asked, 8, 4)
        if not head:
            return None
        request = json.loads(_exactly(asked, int.from_bytes(head, "big")))
        if os.fork() == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            asked.close()
            return _attend(request, fds)
        for fd in fds:
            os.close(fd)


def _attend(request: dict[str, Any], fds: list[int]) -> list[str]:
    """Start the run and tell how it ended; returns in the run alone."""
    told = socket.socket(fileno=fds[0])
    child = os.fork()
    if child:
        for fd in fds[1:]:
            os.close(fd)
        told.sendall(child.to_bytes(_STATUS, "big"))
        _, status = os.waitpid(child, 0)
        told.sendall(os.waitstatus_to_exitcode(status).to_bytes(_STATUS, "big", signed=True))
        os._exit(0)
    told.close()
    for place, fd in enumerate(fds[1:]):
        os.dup2(fd, place)
        os.close(fd)
    os.environ.clear()
    os.environ.update(request["environ"])
    os.chdir(request["cwd"])
    time.tzset()
    line: list[str] = request["argv"]
    return line


def main() -> int:
    _load()
    line = _serve(socket.socket(fileno=int(sys.argv[1])))
    if line is None:
        return 0
    sys.stdin = open(0, encoding="utf-8", errors="surrogateescape", closefd=False)  # noqa: SIM115
    sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
    sys.stderr = open(2, "w", encoding="utf-8", errors="backslashreplace", closefd=False)  # noqa: SIM115
    sys.argv = ["app", *line]
    from app.__main__ import main as program

    return program()


if __name__ == "__main__":
    sys.exit(main())
