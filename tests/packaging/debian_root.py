"""The Debian package in a clean Debian: installed, updated, tried out in its window, and removed.

    sudo python3 -m tests.packaging.debian_root [--deb FILE] [--out DIR] [--base DIR] [--suite bookworm]

Needs root, debootstrap, Xvfb and libXtst; standard library only. In a root made with debootstrap it installs
a package that says it is older, works with it as an ordinary user, updates to FILE (the newest in `dist/`),
runs `jieli --self-test`, starts the menu entry's command, does a practice turn in the window, removes
the package, and compares what is left with what was there before. Pictures and logs go to DIR.
`--base` keeps the bare root between runs; a copy of it is used. Ends with 0 when every line says ok.
"""

from __future__ import annotations

import argparse
import configparser
import contextlib
import os
import shlex
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.fakes.xserver import x_server

ROOT = Path(__file__).resolve().parents[2]
USER = "user"
HOME = f"home/{USER}"
DATABASE = f"{HOME}/.local/share/jieli/jieli.db"
STALE = "usr/lib/jieli/_internal/of-the-older-version.txt"
PATIENCE = 120.0  # seconds; a loaded machine starts a window slowly
SIZE = (1400, 900)

# What apt and dpkg keep for themselves; not the package's.
OF_THE_SYSTEM = (
    "var/lib/apt",
    "var/lib/dpkg",
    "var/cache",
    "var/log",
    "run",
    "tmp",
    "proc",
    "sys",
    "dev",
    HOME,
)


def say(text: str) -> None:
    print(text, flush=True)  # noqa: T201 - a command of its own


class TroubleError(Exception):
    """Something is not as it should be."""


class Debian:
    """A root folder with Debian in it."""

    def __init__(self, root: Path, log: Path) -> None:
        self.root = root
        self._log = log

    def run(self, *command: str, user: str = "root", check: bool = True, **variables: str) -> str:
        """Run a command inside; gives what it printed. Raises `TroubleError` when it fails (`check`)."""
        done = subprocess.run(
            self.command(command, user, variables),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        with self._log.open("a", encoding="utf-8") as log:
            log.write(f"$ {shlex.join(command)} ({user})\n{done.stdout}\n")
        if check and done.returncode:
            last = "\n".join(done.stdout.splitlines()[-15:])
            raise TroubleError(f"{shlex.join(command)} ended with {done.returncode}:\n{last}")
        return done.stdout

    def command(self, command: tuple[str, ...], user: str, variables: dict[str, str]) -> list[str]:
        """The command line outside that runs `command` inside, with nothing of the environment outside."""
        home = "/root" if user == "root" else f"/{HOME}"
        path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
        fixed = {"HOME": home, "PATH": path, "LANG": "C.UTF-8", "DEBIAN_FRONTEND": "noninteractive"}
        pairs = [f"{name}={value}" for name, value in {**fixed, **variables}.items()]
        chroot = ["chroot", f"--userspec={user}:{user}", str(self.root)]
        return [*chroot, "env", "-i", *pairs, "sh", "-c", 'cd && exec "$@"', "sh", *command]

    def files(self) -> set[str]:
        """Every file that is not the system's own bookkeeping or the user's."""
        found: set[str] = set()
        for folder, folders, names in os.walk(self.root):
            here = Path(folder).relative_to(self.root).as_posix()
            folders[:] = [f for f in folders if f"{here}/{f}".removeprefix("./") not in OF_THE_SYSTEM]
            found.update(f"{here}/{name}".removeprefix("./") for name in names)
        return found


@contextlib.contextmanager
def clean_root(base: Path, suite: str, log: Path) -> Iterator[Debian]:
    """A copy of a bare Debian, with /proc and an ordinary user; gone afterwards."""
    if not (base / "usr/bin/apt-get").exists():
        say(f"making a bare {suite} in {base}")
        base.mkdir(parents=True, exist_ok=True)
        command = ["debootstrap", "--variant=minbase", suite, str(base)]
        with log.open("a", encoding="utf-8") as out:
            subprocess.run(command, stdout=out, stderr=out, check=True)
    with tempfile.TemporaryDirectory(prefix="jieli-debian-") as folder:
        root = Path(folder, "root")
        subprocess.run(["cp", "-a", str(base), str(root)], check=True)
        for name in ("etc/resolv.conf", "etc/hosts"):
            shutil.copyfile(f"/{name}", root / name)
        for config in Path("/etc/apt/apt.conf.d").glob("*proxy*"):
            shutil.copy(config, root / "etc/apt/apt.conf.d")
        subprocess.run(["mount", "-t", "proc", "proc", str(root / "proc")], check=True)
        try:
            debian = Debian(root, log)
            debian.run("useradd", "--create-home", USER)
            debian.run("apt-get", "update", "-qq")
            yield debian
        finally:
            subprocess.run(["umount", "--lazy", str(root / "proc")], check=False)


def older(deb: Path, folder: Path) -> Path:
    """The same package under a smaller version, with a file the newer one does not have."""
    tree = folder / "older"
    subprocess.run(["dpkg-deb", "-R", str(deb), str(tree)], check=True)
    control = tree / "DEBIAN/control"
    lines = control.read_text(encoding="utf-8").splitlines()
    lines = ["Version: 0.0.1" if line.startswith("Version:") else line for line in lines]
    control.write_text("\n".join(lines) + "\n", encoding="utf-8")
    (tree / STALE).write_text("of the older version\n")
    made = folder / "jieli_0.0.1.deb"
    subprocess.run(
        ["dpkg-deb", "--root-owner-group", "-Zgzip", "-z1", "--build", str(tree), str(made)],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    return made


def until(what: str, ready: Callable[[], bool]) -> None:
    """Wait for something; raises `TroubleError` naming it when it does not come."""
    end = time.monotonic() + PATIENCE
    while not ready():
        if time.monotonic() > end:
            raise TroubleError(f"{what} did not come within {PATIENCE:g} s")
        time.sleep(0.2)


def answers(root: Path) -> list[tuple[str, int]]:
    """Status and length of every answer in the user's database."""
    path = root / DATABASE
    if not path.exists():
        return []
    try:
        with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as db:
            query = "SELECT status, length(text) FROM message WHERE role = 'assistant' ORDER BY rowid"
            return list(db.execute(query))
    except sqlite3.Error:
        return []  # being made at this moment


def menu_command(root: Path) -> list[str]:
    """What the menu entry starts."""
    entry = configparser.ConfigParser(interpolation=None, strict=False)
    entry.read(root / "usr/share/applications/jieli.desktop", encoding="utf-8")
    return [word for word in shlex.split(entry["Desktop Entry"]["Exec"]) if not word.startswith("%")]


def practice_turn(debian: Debian, display: str, out: Path) -> str:
    """Start the menu entry with the practice relay, type a question, wait for the answer, take a picture."""
    os.environ["DISPLAY"] = display
    from tests.bench.x11 import Screen

    before = len(answers(debian.root))
    command = (*menu_command(debian.root), "--practice")
    variables = {"DISPLAY": display, "QT_QPA_PLATFORM": "xcb", "LANG": "zh_CN.UTF-8"}
    with (out / "window.log").open("wb") as log:
        program = subprocess.Popen(debian.command(command, USER, variables), stdout=log, stderr=log)
    x = Screen()
    try:
        until("the window", lambda: bool(x.windows()) or program.poll() is not None)
        if program.poll() is not None:
            raise TroubleError(f"the program ended at once: {(out / 'window.log').read_text()}")
        # The page is there when the composer takes what is typed; typing is repeated until the turn begins.
        window = x.windows()[0]

        def begun() -> bool:
            if len(answers(debian.root)) > before:
                return True
            x.focus(window)
            for letter in "relay":
                x.key(letter)
            time.sleep(1.5)
            x.key("Return")
            time.sleep(1.5)
            return len(answers(debian.root)) > before

        until("the turn", begun)
        until("the answer", lambda: all(status == "done" for status, _ in answers(debian.root)[before:]))
        time.sleep(2)  # the page settles
        picture = out / "practice.png"
        save_picture(x, picture)
        status, length = answers(debian.root)[-1]
        return f"{status}, {length} characters; picture: {picture}"
    finally:
        program.terminate()
        try:
            program.wait(30)
        except subprocess.TimeoutExpired:
            program.kill()
        x.close()


def save_picture(x: object, path: Path) -> None:
    """The whole screen as PNG, by ImageMagick where it is, else nothing."""
    if shutil.which("import"):
        subprocess.run(["import", "-window", "root", str(path)], check=True)
    else:
        say("  (no picture: ImageMagick's import is not installed)")


def papers(debian: Debian, deb: Path) -> str:
    """The package's papers under Debian's own tools, as far as they are installed here."""
    share = debian.root / "usr/share"
    commands = [
        ["lintian", "--fail-on", "error", str(deb)],
        ["desktop-file-validate", str(share / "applications/jieli.desktop")],
        ["appstreamcli", "validate", "--no-net", str(next((share / "metainfo").glob("*Jieli*.xml")))],
    ]
    told: list[str] = []
    for command in commands:
        if shutil.which(command[0]) is None:
            told.append(f"{command[0]} is not installed")
            continue
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise TroubleError(f"{command[0]}: {done.stdout}{done.stderr}")
        told.append(f"{command[0]} finds no error")
    return ", ".join(told)


def tell(name: str, check: Callable[[], str]) -> bool:
    """Do one step and tell how it went."""
    begin = time.monotonic()
    try:
        found = check()
    except (TroubleError, OSError, StopIteration, subprocess.SubprocessError) as error:
        say(f"FAIL {name}: {error}")
        return False
    say(f"ok   {name}: {found} ({time.monotonic() - begin:.0f} s)")
    return True


def go_through(debian: Debian, deb: Path, out: Path) -> bool:
    """All steps, in order; each needs those before it."""
    with tempfile.TemporaryDirectory(prefix="jieli-debs-") as folder:
        old = older(deb, Path(folder))
        for source, name in ((old, "older.deb"), (deb, "newer.deb")):
            shutil.copyfile(source, debian.root / "tmp" / name)
    before: set[str] = set()

    def install() -> str:
        debian.run("apt-get", "install", "-y", "-qq", "--no-install-recommends", "/tmp/older.deb")
        # What came as a dependency stays until `apt autoremove`: only the package itself is compared.
        own = set(debian.run("dpkg", "-L", "jieli").split("\n"))
        before.update(f for f in debian.files() if f"/{f}" not in own)
        return debian.run("dpkg-query", "-W", "jieli").split()[-1] + " and its dependencies"

    def ask() -> str:
        said = debian.run("jieli", "ask", "--chain", "zhipu", "before the update", user=USER, check=False)
        if not (debian.root / DATABASE).exists():
            raise TroubleError(f"the older version keeps no conversations: {said}")
        return f"{len(answers(debian.root))} answer kept by the older version"

    def update() -> str:
        kept = len(answers(debian.root))
        debian.run("apt-get", "install", "-y", "-qq", "--no-install-recommends", "/tmp/newer.deb")
        if (debian.root / STALE).exists():
            raise TroubleError("a file of the older version is still there")
        debian.run("dpkg", "--verify", "jieli")
        if len(answers(debian.root)) != kept:
            raise TroubleError("conversations were lost")
        return debian.run("dpkg-query", "-W", "jieli").split()[-1]

    def self_test() -> str:
        told = debian.run("jieli", "--self-test", user=USER)
        (out / "self-test.txt").write_text(told, encoding="utf-8")
        return told.strip().splitlines()[-1]

    def in_path() -> str:
        place = debian.run("sh", "-c", "command -v jieli", user=USER).strip()
        return f"{place}; the menu entry starts: {shlex.join(menu_command(debian.root))}"

    def window() -> str:
        # Those inside reach it, too: its abstract socket knows no roots.
        with x_server(*SIZE, "-ac") as display:
            return practice_turn(debian, display, out)

    def remove() -> str:
        told = debian.run("apt-get", "remove", "-y", "-qq", "jieli")
        if "~/.local/share/jieli" not in told:
            raise TroubleError(f"it is not said where conversations stay: {told}")
        left = sorted(debian.files() - before)
        left += [str(p) for p in (debian.root / "usr/lib").glob("jieli*")]
        gone = sorted(before - debian.files())
        if left or gone:
            raise TroubleError(f"left behind: {left[:9]}; taken along: {gone[:9]}")
        if not answers(debian.root):
            raise TroubleError("the user's conversations are gone")
        return f"nothing left but {DATABASE.rpartition('/')[0]}, and it is said so"

    steps = (
        ("an older package installs", install),
        ("it keeps conversations", ask),
        ("update", update),
        ("papers", lambda: papers(debian, deb)),
        ("in PATH", in_path),
        ("self-test", self_test),
        ("practice turn in the window", window),
        ("remove", remove),
    )
    results = [tell(name, step) for name, step in steps]
    return all(results)


def main() -> int:
    parser = argparse.ArgumentParser(prog="tests.packaging.debian_root", description=__doc__.splitlines()[0])
    parser.add_argument("--deb", type=Path, help="the package (the newest in dist/)")
    parser.add_argument(
        "--out", type=Path, default=ROOT / "build" / "debian-root", help="for pictures and logs"
    )
    parser.add_argument(
        "--base", type=Path, default=ROOT / "build" / "debian-base", help="the bare root, kept"
    )
    parser.add_argument("--suite", default="bookworm", help="Debian's release")
    options = parser.parse_args()
    if os.geteuid() != 0:
        sys.exit("This needs root: it makes a root folder of its own and changes into it.")
    found = sorted((ROOT / "dist").glob("*.deb"), key=lambda p: p.stat().st_mtime)
    deb = options.deb or (found[-1] if found else None)
    if deb is None:
        sys.exit("There is no package yet: python3 dev.py package --only deb")
    options.out.mkdir(parents=True, exist_ok=True)
    log = options.out / "log.txt"
    log.write_text("", encoding="utf-8")
    say(f"{deb} in Debian {options.suite}; log: {log}")
    with clean_root(options.base.resolve(), options.suite, log) as debian:
        good = go_through(debian, deb.resolve(), options.out.resolve())
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
