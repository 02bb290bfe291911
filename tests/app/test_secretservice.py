"""The real Secret Service: a session bus and a gnome-keyring of the test's own, with a home of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.secretservice

ROOT = Path(__file__).resolve().parents[2]
NEEDED = ("dbus-run-session", "gnome-keyring-daemon")

SCRIPT = """
import asyncio, logging, os, sys
from pathlib import Path

from app import i18n, logs
from app.keys import KeyService
from app.paths import locate
from app.secrets import choose_secrets
from tests.app.parts import StillClock
from app.store.store import Store

i18n.load(Path("resources/i18n"))
paths = locate(None, os.environ)
secret, other = os.environ.pop("SECRET"), os.environ.pop("OTHER")

store, reason = choose_secrets()
assert reason is None, reason
assert store.name == "Secret Service", store.name
assert store.get("one") is None
store.delete("one")
store.set("one", secret)
store.set("two", other)
assert store.get("one") == secret
store.set("one", other)
assert store.get("one") == other
store.delete("one")
assert store.get("one") is None
assert store.get("two") == other
store.delete("two")
store.set("long", "x" * 1200)
assert store.get("long") == "x" * 1200
store.delete("long")

async def service(step):
    opened = await Store.open(paths.database_file, StillClock(), paths.locks)
    keys = KeyService(opened, os.environ, StillClock())
    await keys.load()
    await step(keys)
    await keys.close()
    await opened.close()

async def add(keys):
    made = await keys.add("zhipu", secret, "label")
    logging.getLogger("app").warning("added %s with %s", made, secret)

async def read(keys):
    (ref,) = keys.refs("zhipu")
    assert await keys.secret(ref) == secret
    assert not (await keys.storage_state()).memory

async def remove(keys):
    await keys.remove(keys.refs("zhipu")[0].id)
    assert list(keys.refs("zhipu")) == []

logs.set_up(paths.logs, os.environ, debug=True)
asyncio.run(service(add))
asyncio.run(service(read))
print("stored", flush=True)
sys.stdin.readline()
asyncio.run(service(remove))
print("removed", flush=True)
"""


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """A bare environment: nothing of the caller's session, all folders under one home."""
    missing = [name for name in NEEDED if shutil.which(name) is None]
    if missing:
        pytest.skip(f"not installed: {', '.join(missing)}")
    home = tmp_path / "own"
    runtime = tmp_path / "runtime"
    home.mkdir()
    runtime.mkdir(mode=0o700)
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "XDG_RUNTIME_DIR": str(runtime),
        "LANG": "C.UTF-8",
        "PYTHONPATH": str(ROOT),
        "SECRET": "Zq" + os.urandom(16).hex(),
        "OTHER": "Yp" + os.urandom(16).hex(),
    }


def test_keys_are_kept_in_the_keyring_and_nowhere_under_home(environment: dict[str, str]) -> None:
    command = (
        "printf '\\n' | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1; "
        'exec "$0" -c "$1"'
    )
    process = subprocess.Popen(
        ["dbus-run-session", "--", "sh", "-c", command, sys.executable, SCRIPT],
        cwd=ROOT,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None and process.stdout is not None
    first = process.stdout.readline()
    home = environment["HOME"]
    found = [
        subprocess.run(
            ["grep", "-rl", "--", environment[name], home], capture_output=True, text=True, check=False
        )
        for name in ("SECRET", "OTHER")
    ]
    files = [path.name for path in Path(home).rglob("*") if path.is_file()]
    out, errors = process.communicate("\n", timeout=60)
    assert (first, out, process.returncode) == ("stored\n", "removed\n", 0), errors
    # grep exits with 1 when it looked everywhere and found nothing.
    assert [(f.returncode, f.stdout) for f in found] == [(1, ""), (1, "")]
    assert {"jieli.db", "jieli.log"} <= set(files)
    assert any(name.endswith(".keyring") for name in files)
    assert environment["SECRET"] not in errors


def test_without_the_service_on_the_bus_memory_is_used(environment: dict[str, str]) -> None:
    code = (
        "from app.secrets import choose_secrets\n"
        "store, reason = choose_secrets()\n"
        "print(store.name, reason.key)\n"
    )
    # A bus that knows of no services to start.
    config = Path(environment["HOME"]) / "bus.conf"
    config.write_text(
        '<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN" '
        '"http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">'
        "<busconfig><type>session</type><listen>unix:tmpdir=/tmp</listen>"
        '<policy context="default"><allow send_destination="*" eavesdrop="true"/>'
        '<allow eavesdrop="true"/><allow own="*"/></policy></busconfig>'
    )
    done = subprocess.run(
        ["dbus-run-session", f"--config-file={config}", "--", sys.executable, "-c", code],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stdout == "memory keys.no_keyring\n", done.stderr
