"""Builds this system's installers: `python3 dev.py package [--out DIR] [--only KIND…] [--no-check]`.

Plain Python outside, so that it can make the environment it freezes from; PyInstaller and the reading of
licences run inside that. The version comes from `pyproject.toml`, dates from the newest commit.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import platform
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path.insert(0, str(HERE))

import contents  # noqa: E402
import icu  # noqa: E402
import linux  # noqa: E402
import macos  # noqa: E402
import windows  # noqa: E402
from common import Build, run, say  # noqa: E402

LOCK = HERE / "requirements-build.txt"
MOST_UNPACKED = 130  # MB, design's bar


def version() -> str:
    found = re.search(r'^version = "([^"]+)"', (ROOT / "pyproject.toml").read_text(encoding="utf-8"), re.M)
    if found is None:
        raise SystemExit("pyproject.toml names no version")
    return found[1]


def commit_time() -> int:
    """When the newest commit was made: what is built from one commit carries one date."""
    if "SOURCE_DATE_EPOCH" in os.environ:
        return int(os.environ["SOURCE_DATE_EPOCH"])
    command = ["git", "-C", str(ROOT), "log", "-1", "--format=%ct"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return int(done.stdout) if done.returncode == 0 and done.stdout.strip() else int(time.time())


def environment(work: Path) -> Path:
    """A Python with what the program needs and PyInstaller, nothing else; made anew when the lock changes."""
    venv = work / "venv"
    python = venv / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    stamp = venv / "stamp"
    wanted = hashlib.sha256(LOCK.read_bytes() + sys.version.encode()).hexdigest()
    if not (stamp.exists() and stamp.read_text() == wanted):
        say("Making the environment to build from")
        run([sys.executable, "-m", "venv", "--clear", str(venv)])
        run([str(python), "-m", "pip", "install", "--quiet", "--require-hashes", "-r", str(LOCK)])
        stamp.write_text(wanted)
    return python


def freeze(build: Build, python: Path) -> Path:
    """Run PyInstaller; gives the folder of the frozen program."""
    licences = build.work / "licences"
    system = {"win32": "windows", "darwin": "macos"}.get(sys.platform, "linux")
    bill = build.out / f"jieli-{build.version}-{system}-{build.machine}.cdx.json"
    run([str(python), str(HERE / "notices.py"), str(licences), str(bill), build.version])
    if os.name == "nt":
        os.environ["JIELI_VERSION_FILE"] = str(windows.version_file(build))
    command = [str(python), "-m", "PyInstaller", "--noconfirm", "--clean", "--log-level", "WARN"]
    command += ["--distpath", str(build.work / "dist"), "--workpath", str(build.work / "pyinstaller")]
    environ = {
        **os.environ,
        "JIELI_ROOT": str(ROOT),
        "JIELI_VERSION": build.version,
        "JIELI_LICENCES": str(licences),
        # Both make two builds of one commit alike.
        "PYTHONHASHSEED": "0",
        "SOURCE_DATE_EPOCH": str(build.epoch),
        "PYTHONPATH": str(ROOT),
    }
    say("Freezing")
    run([*command, str(HERE / "jieli.spec")], env=environ)
    archive = build.work / "pyinstaller" / "jieli" / "PYZ-00.pyz"
    run([str(python), str(HERE / "archive.py"), str(archive), str(ROOT)])
    frozen = build.work / "dist" / "jieli"
    for library in frozen.rglob("libicudata.so.*"):
        if not library.is_symlink():
            icu.trim(library)
    return frozen


def check(build: Build, frozen: Path) -> None:
    """The frozen folder holds what it may, tells nothing about this machine, is small, and works."""
    names = contents.files_in(frozen)
    strange = contents.unlisted(names)
    told = contents.leaks(frozen, machine_words())
    size = sum((frozen / n).stat().st_size for n in names if not (frozen / n).is_symlink())
    say(f"{len(names)} files, {size / 1e6:.1f} MB unpacked")
    if strange:
        say("not on the list of contents.py:\n  " + "\n  ".join(strange))
    if told:
        say("names this machine:\n  " + "\n  ".join(told))
    if size > MOST_UNPACKED * 1e6:
        say(f"larger than {MOST_UNPACKED} MB")
    if strange or told or size > MOST_UNPACKED * 1e6:
        raise SystemExit("The frozen folder is not as it should be; see above.")
    self_test(frozen / ("jieli.exe" if os.name == "nt" else "jieli"))


def machine_words() -> set[bytes]:
    """What a package must not tell. The home and name of a forge's runner are everybody's: Rust libraries
    built there name them."""
    words = {str(ROOT)}
    if "CI" not in os.environ:
        words |= {str(Path.home()), platform.node()} - {"/", "/root", "localhost"}
    return {word.encode() for word in words}


def self_test(program: Path) -> None:
    say("Testing what was frozen")
    environ = {**os.environ}
    if sys.platform.startswith("linux") and not environ.get("DISPLAY"):
        environ["QT_QPA_PLATFORM"] = "offscreen"
    run([str(program), "--self-test"], env=environ)


def checksums(build: Build) -> None:
    lines = [
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}"
        for path in sorted(build.out.iterdir())
        if path.is_file() and path.name != "SHA256SUMS"
    ]
    (build.out / "SHA256SUMS").write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")


def main() -> int:
    system = {"linux": linux, "win32": windows, "darwin": macos}.get(sys.platform)
    if system is None:
        raise SystemExit(f"There are no installers for {sys.platform}.")
    parser = argparse.ArgumentParser(prog="dev.py package", description=__doc__)
    parser.add_argument("--out", type=Path, default=ROOT / "dist", help="where the installers go")
    parser.add_argument("--only", nargs="+", choices=sorted(system.KINDS), help="which installers (all)")
    parser.add_argument("--folder", action="store_true", help="freeze and check, make no installer")
    options = parser.parse_args()
    work = ROOT / "build"
    out: Path = options.out.resolve()
    for folder in (work, out):
        folder.mkdir(parents=True, exist_ok=True)
    build = Build(version(), commit_time(), work, out, platform.machine().lower())
    started = time.monotonic()
    frozen = freeze(build, environment(work))
    check(build, frozen)
    if not options.folder:
        for kind in options.only or system.KINDS:
            say(f"Making {kind}")
            made = system.KINDS[kind](build, frozen)
            if made is not None:
                say(f"{made.name}: {made.stat().st_size / 1e6:.1f} MB")
        checksums(build)
    say(f"done in {time.monotonic() - started:.0f} s: {out if not options.folder else frozen}")
    return 0


if __name__ == "__main__":
    if shutil.which("git") is None and "SOURCE_DATE_EPOCH" not in os.environ:
        say("git is not here: the files will carry today's date")
    sys.exit(main())
