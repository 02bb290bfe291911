"""`python3 dev.py screenshots [--out DIR] [--only NAME] [--readme]`: the screens of the real program.

Every screen in Chinese and English, light and dark, at 100 %; the main ones at 150 % and 200 % too. Each
picture is a process of its own, on an X server that no other picture shares, as many at once as there are
processors; nothing is drawn for the picture alone. Files are `NAME-LANGUAGE-THEME-SCALE.png`. `--readme`
takes those that the read-me files show, and makes them small.
"""

from __future__ import annotations

import argparse
import contextlib
import functools
import itertools
import json
import os
import queue
import secrets
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from tests.bench import seed
from tests.bench.measure import Unavailable
from tests.fakes.xserver import x_server
from tests.screens import answers, assisted, attached, branched, lived, shared, shown, spent, tidied, troubled

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 180.0
"""Seconds for one picture; each has its own, shorter one for what it waits for."""
LANGUAGES, THEMES, SCALES = ("zh", "en"), ("light", "dark"), (1.0, 1.5, 2.0)
PICTURES = ROOT / "resources" / "pictures"
README = (("main", "light"), ("quota", "light"), ("first-run", "light"), ("settings-provider", "dark"))
NOWHERE = "http://127.0.0.1:9"
"""A proxy that nobody answers at: what asks a provider by itself fails at once, and nothing leaves."""


@dataclass(frozen=True, slots=True)
class Shot:
    """A screen: which home it starts in, more arguments, settings and the providers that have a made-up key.
    What a hand does before the picture stands in `acts`. The `main` ones are taken at 200 % too; `dress`
    writes what is in the language of the picture."""

    name: str
    home: Callable[[Path], object]
    arguments: tuple[str, ...] = ()
    settings: Mapping[str, object] = field(default_factory=dict)
    keys: tuple[str, ...] = ()
    main: bool = False
    dress: Callable[[Path, str], object] = lived.dress


def _empty(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)


def _lived_in(folder: Path) -> None:
    seed.home(folder, 40, 400, long_one=24)


_KEYS = {"chain": spent.CHAIN, "shortcuts": {"new": "Ctrl+Alt+N", "palette": ""}}
_PAID = {"chain": ["deepseek:deepseek-flash"], "spend": "ask"}


def _branched(name: str, home: Callable[[Path], object], *, main: bool = False) -> Shot:
    return Shot(name, home, settings=branched.SETTINGS, keys=branched.KEYS, main=main)


def _month(name: str, *, main: bool = False) -> Shot:
    """A screen of somebody who has used five providers for a month."""
    return Shot(name, spent.home, settings={"chain": spent.CHAIN}, keys=spent.KEYS, main=main)


def _shown(name: str, chain: Sequence[str] = shown.CHAIN, *, main: bool = False) -> Shot:
    """The window in use."""
    return Shot(name, shown.home, settings={"chain": chain}, keys=shown.KEYS, main=main, dress=shown.dress)


SHOTS = (
    _shown("main", main=True),
    _shown("main-small"),
    _shown("strip-many", shown.EVERY),
    _shown("strip-more", shown.EVERY),
    Shot("first-run", _empty, main=True),
    Shot("first-run-card", _empty),
    Shot("first-run-key", _empty),
    Shot("practice", _empty, ("--practice",), main=True),
    Shot("conversation", _lived_in, main=True),
    Shot("search", _lived_in),
    Shot("palette", _lived_in),
    Shot("answer", answers.home, main=True),
    Shot("looks", answers.home, settings={"accent": "violet", "density": "compact", "font_size": 14}),
    Shot("details", answers.home),
    Shot("thinking", answers.home),
    Shot("find", answers.home),
    Shot("export", answers.home),
    Shot("import-told", _empty),
    Shot("imported", _empty),
    Shot("quick-ask", answers.home),
    Shot("quick-ask-empty", answers.home),
    Shot("settings-desktop", answers.home, settings={"quick_keys": "Ctrl+Alt+J"}),
    Shot("new-chat", assisted.home),
    Shot("not-sent", assisted.home),
    Shot("attachments", attached.home, settings={"chain": attached.CHAIN}, keys=attached.KEYS),
    _branched("compare", branched.compared, main=True),
    _branched("compare-failed", branched.failed),
    _branched("compare-pick", branched.versions),
    _branched("versions", branched.versions),
    _branched("edit", branched.versions),
    Shot("spend-ask", _empty, settings=_PAID, keys=("deepseek",)),
    _branched("failed", branched.versions, main=True),
    Shot("sidebar", tidied.home),
    Shot("sidebar-several", tidied.home),
    Shot("bin", tidied.home),
    _month("strip", main=True),
    _month("settings", main=True),
    _month("settings-provider"),
    _month("settings-endpoint"),
    _month("settings-storage"),
    _month("settings-relay", main=True),
    _month("settings-relay-foot"),
    _month("settings-grants"),
    _month("settings-spend"),
    Shot("settings-assistants", assisted.home),
    Shot("settings-assistants-foot", assisted.home),
    _month("settings-appearance"),
    Shot("settings-data", tidied.home),
    Shot("settings-data-backup", tidied.home),
    Shot("settings-data-sync", tidied.home, settings=shared.SETTINGS),
    Shot("settings-data-foot", tidied.home),
    _month("settings-facts"),
    _month("settings-network"),
    _month("settings-shortcuts"),
    Shot("settings-shortcuts-taken", spent.home, settings=_KEYS, keys=spent.KEYS),
    _month("settings-find"),
    _month("palette-settings"),
    _month("settings-about"),
    _month("quota", main=True),
    _month("quota-foot"),
    _month("quota-small"),
    Shot("quota-empty", _empty, settings={"chain": []}, keys=("deepseek",)),
    Shot("failures", troubled.first, keys=troubled.KEYS, dress=troubled.dress),
    Shot("failures-more", troubled.second, keys=troubled.KEYS, dress=troubled.dress),
    Shot("keyring-locked", troubled.locked, keys=troubled.KEYS, dress=troubled.dress),
    Shot("key-guard", answers.home),
    Shot("quick-ask-key", answers.home),
    Shot("spend-priced", troubled.second, keys=troubled.KEYS, dress=troubled.dress),
    _branched("compare-two", troubled.two),
    _branched("compare-three", branched.compared),
    _branched("compare-four", troubled.many),
    Shot(
        "names-long", troubled.wordy, settings={"chain": troubled.WORDY}, keys=branched.KEYS,
        dress=troubled.wordy_dress,
    ),
    _shown("hint"),
    _shown("hint-leg"),
    _shown("hover"),
    _shown("menu-row"),
    _shown("menu-more"),
    _shown("menu-spend"),
    _shown("menu-tray"),
    _shown("link"),
    _shown("disk-full"),
    Shot("menu-list", answers.home),
    Shot("backup-passphrase", tidied.home),
    Shot("search-none", answers.home),
    Shot("settings-find-none", answers.home),
    Shot("settings-grants-none", _empty),
    Shot("settings-storage-locked", answers.home),
    Shot("bin-empty", answers.home),
    Shot("data-shut", troubled.shut, dress=troubled.as_it_is),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Way:
    """One picture."""

    shot: Shot
    language: str
    theme: str
    scale: float

    def __str__(self) -> str:
        return f"{self.shot.name}-{self.language}-{self.theme}-{round(self.scale * 100)}"


_homes = tempfile.TemporaryDirectory(prefix="jieli-homes-")


@functools.cache
def _made(home: Callable[[Path], object]) -> Path:
    """A home, made once for all pictures of a run."""
    folder = Path(_homes.name, f"{home.__module__}.{home.__name__}")
    home(folder)
    return folder


def take(way: Way, out: Path, display: str) -> Path:
    """Start the program, bring it to the screen, save the picture."""
    shot = way.shot
    path = (out / f"{way}.png").resolve()
    path.unlink(missing_ok=True)
    with tempfile.TemporaryDirectory(prefix="jieli-screens-") as folder:
        home = Path(folder, "home")
        shutil.copytree(_made(shot.home), home)
        shot.dress(home, way.language)
        common = {"language": way.language, "theme": way.theme, "reduced_motion": True}
        chosen = json.dumps({**common, **shot.settings})
        (home / "settings.json").write_text(chosen, encoding="utf-8")
        environ = {
            **os.environ,
            "DISPLAY": display,
            "QT_QPA_PLATFORM": "xcb",
            "QT_SCALE_FACTOR": f"{way.scale:g}",
            "PYTHONPATH": str(ROOT),
            **dict.fromkeys(("http_proxy", "https_proxy", "all_proxy"), NOWHERE),
            **{f"JIELI_KEY_{provider.upper()}": secrets.token_hex(20) for provider in shot.keys},
        }
        command = [sys.executable, "-P", "-m", "tests.screens.stage", shot.name, str(home), str(path)]
        done = subprocess.run([*command, *shot.arguments], env=environ, check=False, timeout=PATIENCE)
    if done.returncode or not path.exists():
        raise Unavailable(f"the program ended with {done.returncode}")
    return path


@contextlib.contextmanager
def displays(count: int) -> Iterator[list[str]]:
    """Names of so many X servers: windows on one would cover each other. The one there is comes first."""
    with contextlib.ExitStack() as stack:
        yield [os.environ["DISPLAY"], *(stack.enter_context(x_server(2560, 1700)) for _ in range(count - 1))]


def for_readme() -> list[Way]:
    """The pictures of the two read-me files."""
    by_name = {shot.name: shot for shot in SHOTS}
    return [Way(by_name[name], language, theme, 1) for language in LANGUAGES for name, theme in README]


def shrink(path: Path, out: Path) -> None:
    """Save a picture with 256 colours, the most frequent that differ: much smaller, and nobody sees it."""
    from PySide6.QtCore import Qt
    from PySide6.QtGui import QImage

    image = QImage(str(path)).convertToFormat(QImage.Format.Format_RGB32)
    counted = Counter(memoryview(image.constBits()).cast("I"))
    palette: list[int] = []
    for colour, _ in counted.most_common():
        if len(palette) < 256 and all(_far(colour, other) for other in palette):
            palette.append(colour)
    small = image.convertToFormat(QImage.Format.Format_Indexed8, palette, Qt.ImageConversionFlag.AvoidDither)
    if not small.save(str(out)):
        raise Unavailable(f"could not write {out}")


def _far(one: int, other: int) -> bool:
    """Whether two colours, 0xRRGGBB, differ by more than a trace."""
    return any(abs((one >> shift & 255) - (other >> shift & 255)) > 5 for shift in (0, 8, 16))


def ways(options: argparse.Namespace) -> list[Way]:
    """The pictures to take. A scale that was asked for counts for every screen."""
    return [
        Way(shot, language, theme, scale)
        for shot, language, theme, scale in itertools.product(
            [shot for shot in SHOTS if shot.name in (options.only or [shot.name])],
            [options.language] if options.language else LANGUAGES,
            [options.theme] if options.theme else THEMES,
            [options.scale] if options.scale else SCALES,
        )
        if scale == 1 or options.scale or shot.main
    ]


def main() -> int:
    parser = argparse.ArgumentParser(prog="dev.py screenshots", description=__doc__)
    parser.add_argument("--out", type=Path, default=ROOT / "screenshots", metavar="DIR")
    parser.add_argument("--only", nargs="+", choices=[s.name for s in SHOTS], help="these instead of all")
    parser.add_argument("--language", choices=LANGUAGES)
    parser.add_argument("--theme", choices=THEMES)
    parser.add_argument("--scale", type=float, choices=SCALES)
    parser.add_argument("--readme", action="store_true", help=f"into {PICTURES.relative_to(ROOT)}")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, metavar="N", help="so many at once")
    options = parser.parse_args()
    if not os.environ.get("DISPLAY"):
        print("no screenshots: needs an X display", file=sys.stderr)
        return 1
    options.out.mkdir(parents=True, exist_ok=True)
    wanted = for_readme() if options.readme else ways(options)
    for shot in {way.shot.home: way.shot for way in wanted}.values():
        _made(shot.home)
    count = max(1, min(options.jobs, len(wanted))) if shutil.which("Xvfb") else 1
    free: queue.SimpleQueue[str] = queue.SimpleQueue()

    def photograph(way: Way) -> bool:
        display = free.get()
        try:
            path = take(way, options.out, display)
            print(path, flush=True)
            if options.readme:
                shrink(path, PICTURES / f"{way.shot.name}-{way.language}.png")
        except (Unavailable, subprocess.TimeoutExpired) as reason:
            print(f"{way}: {reason}", file=sys.stderr, flush=True)
            return False
        finally:
            free.put(display)
        return True

    with displays(count) as names, ThreadPoolExecutor(count) as pool:
        for name in names:
            free.put(name)
        failed = list(pool.map(photograph, wanted)).count(False)
    print(f"{len(wanted) - failed} of {len(wanted)} pictures in {options.out}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
