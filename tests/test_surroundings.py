"""What `conftest.py` promises every test."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from app import i18n

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def pytester_run(tmp_path: Path) -> Callable[[str], str]:
    """Run a test file of its own under this tree's conftest; what pytest printed."""

    def call(source: str) -> str:
        path = tmp_path / "test_planted.py"
        path.write_text(source, encoding="utf-8")
        command = [sys.executable, "-m", "pytest", "-p", "tests.conftest", "-c", "pyproject.toml", str(path)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        return done.stdout + done.stderr

    return call


def test_names_that_cannot_exist_do_not_resolve() -> None:
    with pytest.raises(socket.gaierror):
        socket.getaddrinfo("nowhere.invalid", 443)


def test_leaving_loopback_fails_the_test(pytester_run) -> None:
    result = pytester_run(
        "import socket, contextlib\n"
        "def test_out():\n"
        "    with contextlib.suppress(BaseException):\n"
        "        socket.create_connection(('192.0.2.1', 80))\n"
    )
    assert "reached beyond loopback" in result


def test_an_unhandled_loop_error_fails_the_test(pytester_run) -> None:
    result = pytester_run(
        "import asyncio\n"
        "def test_loop(arun):\n"
        "    async def go():\n"
        "        asyncio.get_running_loop().call_soon(lambda: 1 / 0)\n"
        "        await asyncio.sleep(0.01)\n"
        "    arun(go())\n"
    )
    assert "ZeroDivisionError" in result and "1 failed" in result


def test_paths_and_keys_are_ours(tmp_path: Path) -> None:
    assert Path.home() == tmp_path / "home"
    assert os.environ["JIELI_HOME"].startswith(str(tmp_path))
    assert not [name for name in os.environ if name.startswith("JIELI_KEY_")]


def test_language_is_reset() -> None:
    assert i18n.language() == "zh"
    i18n.set_language("en")


def test_leftovers_are_cancelled(run) -> None:
    cancelled = []

    async def forever() -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.append(True)
            raise

    async def go() -> asyncio.Task[None]:
        task = asyncio.create_task(forever())
        await asyncio.sleep(0)
        return task

    assert run(go()).cancelled() and cancelled == [True]
