#!/usr/bin/env python3
"""Everything a checkout needs, with nothing but Python: sets itself up, runs, tests, measures.

    python3 dev.py run [ARGS]        the program (without ARGS: the window; `ask "…"` and others: no window)
    python3 dev.py test [ARGS]       all tests; ARGS go to pytest
    python3 dev.py lint              ruff and pyright
    python3 dev.py bench [--json] [NAME…]     measurements against floors of the same machine
    python3 dev.py screenshots [--out DIR]    pictures of the main screens
    python3 dev.py setup             only the environment (.venv) and what the system lacks
    python3 dev.py package [--out DIR]        installers of this system
    python3 dev.py lock              makes resources/packaging/requirements*.txt anew from pyproject.toml

Standard library only. The syntax stays readable for Python 3.6, so that an old Python meets a sentence
instead of a traceback.
"""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - this is the sentence
    sys.exit("Jieli needs Python 3.11 or newer; this is Python %d.%d." % sys.version_info[:2])  # noqa: UP031

import contextlib
import hashlib
import importlib.util
import json
import os
import shlex
import shutil
import subprocess
import tempfile
from pathlib import Path
from xml.etree import ElementTree

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
STAMP = VENV / "jieli-stamp.json"
LOCKS = {
    "run": ROOT / "resources" / "packaging" / "requirements.txt",
    "dev": ROOT / "resources" / "packaging" / "requirements-dev.txt",
    "build": ROOT / "resources" / "packaging" / "requirements-build.txt",
}
LINUX = sys.platform.startswith("linux")
COMMANDS = {"ask", "keys", "search", "quota", "import", "export", "backup", "restore", "sync", "doctor"}

# What Qt's wheels expect of the system: the library the loader misses, and the Debian package that has it.
LIBRARIES = dict(
    pair.split(":")
    for pair in """
    libEGL:libegl1 libGL:libgl1 libOpenGL:libopengl0 libX11:libx11-6 libX11-xcb:libx11-xcb1
    libdbus-1:libdbus-1-3 libfontconfig:libfontconfig1 libfreetype:libfreetype6 libglib-2.0:libglib2.0-0
    libgthread-2.0:libglib2.0-0 libgssapi_krb5:libgssapi-krb5-2 libwayland-client:libwayland-client0
    libwayland-cursor:libwayland-cursor0 libwayland-egl:libwayland-egl1 libxcb:libxcb1
    libxcb-cursor:libxcb-cursor0 libxcb-icccm:libxcb-icccm4 libxcb-image:libxcb-image0
    libxcb-keysyms:libxcb-keysyms1 libxcb-randr:libxcb-randr0 libxcb-render:libxcb-render0
    libxcb-render-util:libxcb-render-util0 libxcb-shape:libxcb-shape0 libxcb-shm:libxcb-shm0
    libxcb-sync:libxcb-sync1 libxcb-util:libxcb-util1 libxcb-xfixes:libxcb-xfixes0
    libxcb-xinerama:libxcb-xinerama0 libxcb-xkb:libxcb-xkb1 libxkbcommon:libxkbcommon0
    libbrotlicommon:libbrotli1 libbrotlidec:libbrotli1 libxkbcommon-x11:libxkbcommon-x11-0
    libz:zlib1g libzstd:libzstd1
    """.split()  # noqa: SIM905 - a list of quoted strings would hide the table
)
TEST_TOOLS = {"Xvfb": "xvfb libxtst6", "dbus-run-session": "dbus", "gnome-keyring-daemon": "gnome-keyring"}
CHINESE_FONT = "fonts-noto-cjk"


def say(text):
    print(text, file=sys.stderr, flush=True)


def fail(text):
    sys.exit(text)


# -- the system ---------------------------------------------------------------------------------------------


def install(packages, why):
    """Install Debian packages when that is allowed, else name the line that does; True when installed."""
    packages = sorted(set(packages))
    if not shutil.which("apt-get"):
        say(f"{why} needs what Debian calls: {' '.join(packages)}. Install these with your system's tools.")
        return False
    if os.geteuid() != 0:
        say(f"{why} needs system packages. This line installs them:")
        say(f"  sudo apt-get update && sudo apt-get install -y {' '.join(packages)}")
        return False
    say(f"Installing for {why}: {' '.join(packages)}")
    environ = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    # A failed update may still leave usable lists; the install decides.
    subprocess.run(["apt-get", "update", "-qq"], env=environ, check=False)
    command = ["apt-get", "install", "-y", "-qq", "--no-install-recommends"]
    done = subprocess.run([*command, *packages], env=environ, stdout=subprocess.DEVNULL, check=False)
    if done.returncode == 0:
        return True
    # One name unknown to this release must not keep out all others.
    failed = [p for p in packages if subprocess.run([*command, p], env=environ, check=False).returncode]
    if failed:
        say(f"apt-get could not install: {' '.join(failed)}")
    return not failed


def missing_libraries(python):
    """The packages whose libraries Qt's core, widgets and window-system plugins cannot find."""
    if not shutil.which("ldd"):
        return []
    code = "import importlib.util as u; print(u.find_spec('PySide6').submodule_search_locations[0])"
    found = subprocess.run([python, "-c", code], capture_output=True, text=True, check=True).stdout.strip()
    qt = Path(found)
    objects = [qt / f"{name}.abi3.so" for name in ("QtGui", "QtWidgets", "QtSvg", "QtNetwork")]
    objects += [qt / "Qt/plugins/platforms" / f"libq{name}.so" for name in ("xcb", "wayland", "offscreen")]
    done = subprocess.run(["ldd", *map(str, objects)], capture_output=True, text=True, check=False)
    names = {line.split()[0] for line in done.stdout.splitlines() if line.rstrip().endswith("not found")}
    unknown = sorted(name for name in names if name.partition(".so")[0] not in LIBRARIES)
    if unknown:
        say(f"Qt also misses {' '.join(unknown)}; no package name is known for that.")
    return [LIBRARIES[name.partition(".so")[0]] for name in names.difference(unknown)]


def has_chinese_font():
    if shutil.which("fc-list"):
        done = subprocess.run(["fc-list", ":lang=zh-cn", "file"], capture_output=True, text=True, check=False)
        return bool(done.stdout.strip())
    return any(Path("/usr/share/fonts").glob("**/*CJK*"))


def prepare_system(python, kind):
    """Bring what the system lacks: for `run` what a window needs, for `dev` also what tests need.

    True when nothing is lacking any more."""
    if not LINUX:
        return True
    lacking = missing_libraries(python)
    if not has_chinese_font():
        lacking.append(CHINESE_FONT)
    if kind == "dev":
        for tool, packages in TEST_TOOLS.items():
            lacking += [] if shutil.which(tool) else packages.split()
    return not lacking or install(lacking, "the window" if kind == "run" else "testing")


# -- the environment ----------------------------------------------------------------------------------------


def venv_python():
    return str(VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python"))


def works(python):
    """Does this interpreter start, and is it of the version that runs this script?"""
    with contextlib.suppress(OSError):
        command = [python, "-c", "import pip, sys; print(sys.version)"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        return done.returncode == 0 and done.stdout.strip() == sys.version.strip()
    return False


def make_venv():
    if works(venv_python()):
        return
    if importlib.util.find_spec("ensurepip") is None or importlib.util.find_spec("venv") is None:
        package = "python%d.%d-venv" % sys.version_info[:2]  # noqa: UP031
        if not install([package], "making .venv"):
            fail("Python's venv module is incomplete on this system (see the line above).")
    say("Making .venv")
    if subprocess.run([sys.executable, "-m", "venv", "--clear", str(VENV)], check=False).returncode:
        fail(f"Python could not make {VENV}; its own words are above.")


def read_stamp():
    with contextlib.suppress(OSError, ValueError):
        return json.loads(STAMP.read_text(encoding="utf-8"))
    return {}


def environment(kind):
    """The path of a Python that has the locked packages (`run` or `dev`); installs them when it must."""
    wanted = {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in LOCKS.items()}
    stamp = read_stamp()
    python = venv_python()
    current = stamp.get("python") == sys.version and Path(python).exists()
    installed = current and stamp.get(kind) == wanted[kind]
    if installed and stamp.get("system") in (kind, "dev"):
        return python
    make_venv()
    if not installed:
        say(f"Installing the packages of {LOCKS[kind].relative_to(ROOT)}")
        command = [python, "-m", "pip", "install", "--require-hashes", "-r", str(LOCKS[kind])]
        if subprocess.run(command, check=False, stdout=sys.stderr).returncode:
            fail("pip could not install the packages; its own words are above. Run the same command again.")
        # The dev lock holds everything the run lock holds, in the same versions.
        stamp = {"python": sys.version, "run": wanted["run"]} | (
            {"dev": wanted["dev"]} if kind == "dev" else {}
        )
    if prepare_system(python, kind):
        stamp["system"] = kind
    STAMP.write_text(json.dumps(stamp), encoding="utf-8")
    return python


def in_checkout(**more):
    """The environment of a child: our packages are found from any folder, and that folder's are not."""
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    return {**os.environ, "PYTHONPATH": path, **more}


# -- commands -----------------------------------------------------------------------------------------------


def run(args):
    window = not COMMANDS.intersection(args) and not {"-h", "--help", "--version"}.intersection(args)
    display = (
        os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY") or os.environ.get("QT_QPA_PLATFORM")
    )
    if LINUX and window and not display:
        fail('There is no display here for the window; ask from the terminal: python3 dev.py run ask "你好"')
    python = environment("run")
    if LINUX and window and "system" not in read_stamp() and missing_libraries(python):
        fail("The window cannot start without the system libraries named above.")
    command = [python, "-P", "-m", "app", *args]
    if os.name == "nt":
        return subprocess.run(command, env=in_checkout(), check=False).returncode
    sys.stdout.flush()
    return os.execve(command[0], command, in_checkout())


@contextlib.contextmanager
def xvfb():
    """A screen of our own; gives its name, or None where Xvfb is not to be had."""
    if not LINUX or not shutil.which("Xvfb"):
        yield None
        return
    reading, writing = os.pipe()
    command = ["Xvfb", "-displayfd", str(writing), "-screen", "0", "2560x1700x24", "-nolisten", "tcp"]
    server = subprocess.Popen(command, pass_fds=[writing], stderr=subprocess.DEVNULL)
    os.close(writing)
    try:
        with os.fdopen(reading) as pipe:
            number = pipe.readline().strip()
        yield f":{number}" if number else None
    finally:
        server.terminate()
        server.wait()


@contextlib.contextmanager
def secret_service():
    """How to start a command under a Secret Service of its own: (words before it, variables)."""
    if not LINUX or not all(map(shutil.which, ("dbus-run-session", "gnome-keyring-daemon"))):
        yield [], {}
        return
    script = 'printf "\\n" | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1; exec "$@"'
    with tempfile.TemporaryDirectory(prefix="jieli-keyring-") as home:
        runtime = Path(home, "run")
        runtime.mkdir(mode=0o700)
        places = {"HOME": home, "XDG_RUNTIME_DIR": str(runtime), "XDG_DATA_HOME": home + "/share"}
        yield (
            ["dbus-run-session", "--", "sh", "-c", script, "sh"],
            {**places, "JIELI_TEST_SECRETSERVICE": "1"},
        )


def pytest_pass(python, name, args, report, before=(), **variables):
    """One run of pytest; its exit status."""
    say(f"--- tests: {name}")
    command = [*before, python, "-m", "pytest", *args, f"--junitxml={report}"]
    return subprocess.run(command, cwd=ROOT, env=in_checkout(**variables), check=False).returncode


def test(args):
    """All tests: those that need a screen, those that need a keyring, then all others offscreen."""
    python = environment("dev")
    args = [str(Path(a).resolve()) if not a.startswith("-") and Path(a).exists() else a for a in args]
    offscreen = {"QT_QPA_PLATFORM": "offscreen"}
    with tempfile.TemporaryDirectory(prefix="jieli-test-") as folder:
        reports = [Path(folder, f"{n}.xml") for n in range(3)]
        if "-m" in args:  # the caller picks the marks: one run, wherever we are
            statuses = [pytest_pass(python, "as marked", args, reports[0])]
        else:
            with xvfb() as display:
                screen = {"DISPLAY": display, "QT_QPA_PLATFORM": "xcb"} if display else offscreen
                first = pytest_pass(python, "with a screen", [*args, "-m", "display"], reports[0], **screen)
            with secret_service() as (before, variables):
                marked = [*args, "-m", "secretservice"]
                where = {**offscreen, **variables}
                second = pytest_pass(python, "with a keyring", marked, reports[1], before, **where)
            spread = [] if args else ["-n", str(min(4, os.cpu_count() or 1)), "--dist", "worksteal"]
            others = [*args, *spread, "-m", "not display and not secretservice"]
            statuses = [first, second, pytest_pass(python, "all others", others, reports[2], **offscreen)]
        # A run that wrote no report died (a crash of the interpreter): that is an error, not silence.
        died = sum(1 for r in reports[: len(statuses)] if not r.exists())
        summary, whole = sum_up([r for r in reports if r.exists()], died)
    print(summary, flush=True)
    bad = [s for s in statuses if s not in (0, 5)]
    if not bad and whole:
        return 0 if 0 in statuses else 5  # 5 is pytest's own "no tests were found"
    return 1


def sum_up(reports, died=0):
    """pytest's closing line for several runs together, and whether nothing failed."""
    total = {"tests": died, "failures": 0, "errors": died, "skipped": 0}
    seconds = 0.0
    for report in reports:
        for suite in ElementTree.parse(report).iter("testsuite"):
            for name in total:
                total[name] += int(suite.get(name, "0"))
            seconds += float(suite.get("time", "0"))
    passed = total["tests"] - total["failures"] - total["errors"] - total["skipped"]
    counts = {
        "failed": total["failures"],
        "passed": passed,
        "skipped": total["skipped"],
        "errors": total["errors"],
    }
    words = ", ".join(f"{n} {word}" for word, n in counts.items() if n) or "no tests ran"
    return f" {words} in {seconds:.2f}s ".center(80, "="), not (total["failures"] or total["errors"])


def lint(args):
    if args:
        fail("lint takes no arguments.")
    python = environment("dev")
    status = 0
    for tool in (["ruff", "check", "."], ["ruff", "format", "--check", "."], ["pyright"]):
        say(f"--- {' '.join(tool)}")
        done = subprocess.run([python, "-m", *tool], cwd=ROOT, env=in_checkout(), check=False)
        status = status or done.returncode
    return status


def module(name):
    def call(args):
        command = [environment("dev"), "-P", "-m", name, *args]
        with xvfb() as display:
            screen = {"DISPLAY": display} if display else {}
            return subprocess.run(command, env=in_checkout(**screen), check=False).returncode

    return call


def setup(args):
    if args:
        fail("setup takes no arguments.")
    environment("dev")
    print("Ready: python3 dev.py run", flush=True)


def package(args):
    build = LOCKS["run"].with_name("build.py")
    return subprocess.run([sys.executable, str(build), *args], check=False).returncode


def lock(args):
    """The locks hold exact versions and hashes for every system and Python we run on."""
    uv = shutil.which("uv")
    if uv is None:
        fail("Making the locks needs uv: python3 -m pip install uv")
    base = [uv, "pip", "compile", "--universal", "--generate-hashes", "--python-version", "3.11"]
    base += ["--no-header", "--no-annotate", "--no-emit-index-url", "pyproject.toml", *args]
    for kind, path in LOCKS.items():
        extra = [] if kind == "run" else ["--extra", kind]
        command = [*base, *extra, "-o", str(path.relative_to(ROOT))]
        say(shlex.join(command))
        if subprocess.run(command, cwd=ROOT, stdout=subprocess.DEVNULL, check=False).returncode:
            return 1
    return 0


def main():
    table = {
        "run": run,
        "test": test,
        "lint": lint,
        "bench": module("tests.bench"),
        "screenshots": module("tests.screens"),
        "setup": setup,
        "package": package,
        "lock": lock,
    }
    if len(sys.argv) < 2 or sys.argv[1] in ("-h", "--help", "help"):
        print(__doc__.strip())
        return 0 if len(sys.argv) > 1 else 2
    if sys.argv[1] not in table:
        say(f"dev.py has no command {sys.argv[1]!r}. It has: {', '.join(table)}")
        return 2
    try:
        return table[sys.argv[1]](sys.argv[2:])
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
