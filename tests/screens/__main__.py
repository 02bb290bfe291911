"""`python3 dev.py screenshots [--out DIR] [--only NAME]`: the main screens of the real program.

Each screen is a process on a screen of our own, in Chinese and English, light and dark, at 100 % and 200 %;
nothing is drawn for the picture alone. Files are `NAME-LANGUAGE-THEME-SCALE.png`.
"""

from __future__ import annotations

import argparse
import functools
import itertools
import json
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.bench import seed
from tests.bench.measure import Unavailable
from tests.screens import answers, assisted, attached, branched, shared, spent, tidied

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 180.0
"""Seconds for one picture; each has its own, shorter one for what it waits for."""
LANGUAGES, THEMES, SCALES = ("zh", "en"), ("light", "dark"), (1, 2)
NOWHERE = "http://127.0.0.1:9"
"""A proxy that nobody answers at: what asks a provider by itself fails at once, and nothing leaves."""


@dataclass(frozen=True, slots=True)
class Shot:
    """A screen: which home it starts in, more arguments, settings and the providers that have a made-up key.
    What a hand does before the picture stands in `acts`."""

    name: str
    home: Callable[[Path], object]
    arguments: tuple[str, ...] = ()
    settings: Mapping[str, object] = field(default_factory=dict)
    keys: tuple[str, ...] = ()


def _empty(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)


def _lived_in(folder: Path) -> None:
    seed.home(folder, 40, 400, long_one=24)


_PAID = {"chain": ["deepseek:deepseek-flash"], "spend": "ask"}


def _branched(name: str, home: Callable[[Path], object]) -> Shot:
    return Shot(name, home, settings=branched.SETTINGS, keys=branched.KEYS)


def _month(name: str) -> Shot:
    """A screen of somebody who has used five providers for a month."""
    return Shot(name, spent.home, settings={"chain": spent.CHAIN}, keys=spent.KEYS)


SHOTS = (
    Shot("first-run", _empty),
    Shot("first-run-card", _empty),
    Shot("first-run-key", _empty),
    Shot("practice", _empty, ("--practice",)),
    Shot("conversation", _lived_in),
    Shot("search", _lived_in),
    Shot("palette", _lived_in),
    Shot("answer", answers.home),
    Shot("details", answers.home),
    Shot("thinking", answers.home),
    Shot("find", answers.home),
    Shot("export", answers.home),
    Shot("new-chat", assisted.home),
    Shot("not-sent", assisted.home),
    Shot("attachments", attached.home, settings={"chain": attached.CHAIN}, keys=attached.KEYS),
    _branched("compare", branched.compared),
    _branched("compare-failed", branched.failed),
    _branched("compare-pick", branched.versions),
    _branched("versions", branched.versions),
    _branched("edit", branched.versions),
    Shot("spend-ask", _empty, settings=_PAID, keys=("deepseek",)),
    _branched("failed", branched.versions),
    Shot("sidebar", tidied.home),
    Shot("sidebar-several", tidied.home),
    Shot("bin", tidied.home),
    _month("strip"),
    _month("settings"),
    _month("settings-provider"),
    _month("settings-endpoint"),
    _month("settings-relay"),
    _month("settings-relay-foot"),
    _month("settings-grants"),
    _month("settings-spend"),
    Shot("settings-assistants", assisted.home),
    Shot("settings-assistants-foot", assisted.home),
    _month("settings-appearance"),
    Shot("settings-data", tidied.home),
    Shot("settings-data-sync", tidied.home, settings=shared.SETTINGS),
    Shot("settings-data-foot", tidied.home),
    _month("settings-facts"),
    _month("settings-network"),
    _month("settings-shortcuts"),
    _month("settings-about"),
    _month("quota"),
    _month("quota-foot"),
)


_homes = tempfile.TemporaryDirectory(prefix="jieli-homes-")


@functools.cache
def _made(home: Callable[[Path], object]) -> Path:
    """A home, made once for all pictures of a run."""
    folder = Path(_homes.name, f"{home.__module__}.{home.__name__}")
    home(folder)
    return folder


def take(shot: Shot, language: str, theme: str, scale: int, out: Path) -> Path:
    """Start the program, bring it to the screen, save the picture."""
    path = (out / f"{shot.name}-{language}-{theme}-{scale * 100}.png").resolve()
    path.unlink(missing_ok=True)
    with tempfile.TemporaryDirectory(prefix="jieli-screens-") as folder:
        home = Path(folder, "home")
        shutil.copytree(_made(shot.home), home)
        common = {"language": language, "theme": theme, "reduced_motion": True}
        chosen = json.dumps({**common, **shot.settings})
        (home / "settings.json").write_text(chosen, encoding="utf-8")
        environ = {
            **os.environ,
            "QT_QPA_PLATFORM": "xcb",
            "QT_SCALE_FACTOR": str(scale),
            "PYTHONPATH": str(ROOT),
            **dict.fromkeys(("http_proxy", "https_proxy", "all_proxy"), NOWHERE),
            **{f"JIELI_KEY_{provider.upper()}": secrets.token_hex(20) for provider in shot.keys},
        }
        command = [sys.executable, "-P", "-m", "tests.screens.stage", shot.name, str(home), str(path)]
        done = subprocess.run([*command, *shot.arguments], env=environ, check=False, timeout=PATIENCE)
    if done.returncode or not path.exists():
        raise Unavailable(f"the program ended with {done.returncode}")
    return path


def main() -> int:
    parser = argparse.ArgumentParser(prog="dev.py screenshots", description=__doc__)
    parser.add_argument("--out", type=Path, default=ROOT / "screenshots", metavar="DIR")
    parser.add_argument("--only", nargs="+", choices=[s.name for s in SHOTS], help="these instead of all")
    parser.add_argument("--language", choices=LANGUAGES)
    parser.add_argument("--theme", choices=THEMES)
    parser.add_argument("--scale", type=int, choices=SCALES)
    options = parser.parse_args()
    if not os.environ.get("DISPLAY"):
        print("no screenshots: needs an X display", file=sys.stderr)
        return 1
    options.out.mkdir(parents=True, exist_ok=True)
    status = 0
    ways = itertools.product(
        [shot for shot in SHOTS if shot.name in (options.only or [shot.name])],
        [options.language] if options.language else LANGUAGES,
        [options.theme] if options.theme else THEMES,
        [options.scale] if options.scale else SCALES,
    )
    for shot, language, theme, scale in ways:
        try:
            print(take(shot, language, theme, scale, options.out), flush=True)
        except (Unavailable, subprocess.TimeoutExpired) as reason:
            print(f"{shot.name}: {reason}", file=sys.stderr, flush=True)
            status = 1
    return status


if __name__ == "__main__":
    sys.exit(main())
