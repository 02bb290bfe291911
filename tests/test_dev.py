"""`dev.py` says what it cannot do in one sentence, and its sums are right."""

from __future__ import annotations

import ast
import hashlib
import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import get_args

import pytest

from app.options import Command

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def dev() -> ModuleType:
    spec = importlib.util.spec_from_file_location("dev", ROOT / "dev.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def call(*args: str, **environ: str) -> subprocess.CompletedProcess[str]:
    hidden = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    env = {k: v for k, v in os.environ.items() if k not in hidden} | environ
    command = [sys.executable, str(ROOT / "dev.py"), *args]
    return subprocess.run(command, env=env, capture_output=True, text=True, encoding="utf-8", check=False)


def test_old_pythons_can_read_the_sentence() -> None:
    ast.parse((ROOT / "dev.py").read_text(encoding="utf-8"), feature_version=(3, 6))


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere there is always a display")
@pytest.mark.parametrize("args", [(), ("--home", "x"), ("--practice",)])
def test_a_window_without_a_display_is_one_sentence(args: tuple[str, ...]) -> None:
    done = call("run", *args, PYTHONIOENCODING="utf-8")
    assert done.returncode == 1
    assert "python3 dev.py run ask" in done.stderr and len(done.stderr.strip().splitlines()) == 1


def test_what_needs_no_window_needs_no_display(dev: ModuleType) -> None:
    assert {*get_args(Command)} - {"window"} == dev.COMMANDS


@pytest.mark.parametrize(
    ("args", "status"), [(("package", "--help"), 0), (("bake",), 2), ((), 2), (("help",), 0)]
)
def test_what_there_is_not_is_said(args: tuple[str, ...], status: int) -> None:
    done = call(*args, PYTHONIOENCODING="utf-8")
    assert done.returncode == status and "Traceback" not in done.stderr
    assert done.stderr or done.stdout


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="about Debian's packages")
def test_without_rights_one_line_to_copy_is_named(
    dev: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(dev.os, "geteuid", lambda: 1000)
    monkeypatch.setattr(dev.shutil, "which", lambda _name: "/usr/bin/apt-get")
    assert dev.install(["xvfb", "dbus", "xvfb"], "testing") is False
    assert "  sudo apt-get update && sudo apt-get install -y dbus xvfb\n" in capsys.readouterr().err


def test_the_sum_of_several_runs(dev: ModuleType, tmp_path: Path) -> None:
    suites = [(5, 1, 0, 1, 1.5), (3, 0, 2, 0, 2.0)]
    reports = []
    for n, (tests, failures, errors, skipped, time) in enumerate(suites):
        report = tmp_path / f"{n}.xml"
        report.write_text(
            f'<testsuites><testsuite tests="{tests}" failures="{failures}" errors="{errors}"'
            f' skipped="{skipped}" time="{time}"/></testsuites>'
        )
        reports.append(report)
    line, whole = dev.sum_up(reports)
    assert line.strip("= ") == "1 failed, 4 passed, 1 skipped, 2 errors in 3.50s" and not whole
    line, whole = dev.sum_up(reports[1:], died=1)
    assert line.strip("= ") == "1 passed, 3 errors in 2.00s" and not whole
    assert dev.sum_up([])[0].strip("= ") == "no tests ran in 0.00s"


def test_packages_are_installed_when_the_lock_or_the_python_changed(
    dev: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With `pip` and `venv` recorded instead of run."""
    lock = tmp_path / "lock.txt"
    lock.write_text("a==1")
    done: list[str] = []
    (tmp_path / "bin").mkdir()
    python = tmp_path / "bin" / "python"
    python.touch()
    monkeypatch.setattr(dev, "ROOT", tmp_path)
    monkeypatch.setattr(dev, "STAMP", tmp_path / "stamp.json")
    monkeypatch.setattr(dev, "LOCKS", {"run": lock, "dev": lock})
    monkeypatch.setattr(dev, "venv_python", lambda: str(python))
    monkeypatch.setattr(dev, "make_venv", lambda: done.append("venv"))
    monkeypatch.setattr(dev, "prepare_system", lambda _python, kind: done.append(f"system {kind}") or True)

    def run(command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        assert "--require-hashes" in command and not any("index" in part for part in command)
        done.append("pip")
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(dev.subprocess, "run", run)
    assert dev.environment("dev") == str(python)
    assert done == ["venv", "pip", "system dev"]
    for kind in ("dev", "run"):
        dev.environment(kind)
    assert done == ["venv", "pip", "system dev"], "nothing changed, so nothing is done"
    lock.write_text("a==2")
    dev.environment("run")
    assert done[3:] == ["venv", "pip", "system run"]
    stamp = json.loads((tmp_path / "stamp.json").read_text())
    assert stamp["run"] == hashlib.sha256(b"a==2").hexdigest() and "dev" not in stamp
    (tmp_path / "stamp.json").write_text(json.dumps({**stamp, "python": "3.10"}))
    dev.environment("run")
    assert done[6:] == ["venv", "pip", "system run"]


def test_the_run_lock_is_part_of_the_dev_lock(dev: ModuleType) -> None:
    names = []
    for kind in ("run", "dev"):
        lines = dev.LOCKS[kind].read_text(encoding="utf-8").splitlines()
        names.append({line.split()[0] for line in lines if not line.startswith((" ", "#"))})
    assert names[0] <= names[1]
    assert any(name.startswith("pyside6-essentials==") for name in names[0])
