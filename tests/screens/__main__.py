"""`python3 dev.py screenshots [--out DIR] [--only NAME]`: the main screens of the real program.

Each screen is a process on a screen of our own, in Chinese and English, light and dark, at 100 % and 200 %;
nothing is drawn for the picture alone. Files are `NAME-LANGUAGE-THEME-SCALE.png`.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from PySide6.QtGui import QImage

from tests.bench import seed
from tests.bench.measure import Unavailable
from tests.bench.x11 import Screen, Window, open_first_conversation
from tests.screens import answers, assisted, attached, branched, shared, spent, tidied

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 20.0
SETTLED = 1.0
"""A screen that has not changed for so many seconds is finished."""


@dataclass(frozen=True, slots=True)
class Shot:
    """A screen: which home it starts in, more arguments, what a hand does before the picture, settings and
    the providers that have a made-up key."""

    name: str
    home: Callable[[Path], object]
    arguments: tuple[str, ...] = ()
    act: Callable[[Screen, Window], None] | None = None
    settings: Mapping[str, object] = field(default_factory=dict)
    keys: tuple[str, ...] = ()


def _empty(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)


def _lived_in(folder: Path) -> None:
    seed.home(folder, 40, 400, long_one=24)


def _settings(screen: Screen, window: Window) -> None:
    screen.key("comma", held="Control_L")


def _ask(screen: Screen, window: Window) -> None:
    """Ask the practice relay and wait for its answer, then go back to where the baton was passed."""
    for key in ("j", "i", "e", "l", "i", "Return"):
        screen.key(key)
    time.sleep(2)
    _settle(screen, window)
    screen.click(window.x + window.width - 60, window.y + window.height // 3)
    screen.key("Home")


def _section(times: int) -> Callable[[Screen, Window], None]:
    """Open the settings and go down so many sections."""

    def act(screen: Screen, window: Window) -> None:
        _settings(screen, window)
        _settle(screen, window)
        scale = window.height / 760
        screen.click(window.x + round(80 * scale), window.y + round((61 + 32 * times) * scale))

    return act


def _whose(screen: Screen, window: Window) -> None:
    """Type a made-up key into the one field of the first page; it asks whose it is."""
    scale = window.height / 760
    screen.click(window.x + round(866 * scale), window.y + round(198 * scale))
    for key in (*("a",) * 16, "period", *("b",) * 8, "Return"):
        screen.key(key)


def _open(screen: Screen, window: Window) -> None:
    """Wait until the data is open, too: it comes after the first paint."""
    time.sleep(4)
    _settle(screen, window)


def _search(screen: Screen, window: Window) -> None:
    """Look for a word everywhere and open what is found first."""
    _open(screen, window)
    scale = window.height / 760
    screen.click(window.x + round(120 * scale), window.y + round(65 * scale))
    for key in "token":
        screen.key(key)
    _settle(screen, window)
    screen.key("Down")
    screen.key("Return")


def _palette(screen: Screen, window: Window) -> None:
    _open(screen, window)
    screen.key("k", held="Control_L")
    for key in "re":
        screen.key(key)


def _add_endpoint(screen: Screen, window: Window) -> None:
    """Open the settings and the form for an endpoint of one's own."""
    _settings(screen, window)
    _settle(screen, window)
    scale = window.height / 760
    screen.click(window.x + round(390 * scale), window.y + round(22 * scale))


_PAID = {"chain": ["deepseek:deepseek-flash"], "spend": "ask"}


def _quota(screen: Screen, window: Window) -> None:
    _open(screen, window)
    scale = window.height / 760
    screen.click(window.x + round(202 * scale), window.y + window.height - round(22 * scale))
    time.sleep(2)


def _quota_foot(screen: Screen, window: Window) -> None:
    _quota(screen, window)
    _settle(screen, window)
    for _ in range(30):
        screen.click(window.x + window.width // 2, window.y + window.height // 2, button=5)


def _grants(screen: Screen, window: Window) -> None:
    _open(screen, window)
    _section(3)(screen, window)


def _pay(screen: Screen, window: Window) -> None:
    """Ask where only a leg that bills could answer."""
    _open(screen, window)
    for key in ("h", "i", "Return"):
        screen.key(key)
    time.sleep(2)


def _leg(screen: Screen, window: Window) -> None:
    """Open the first leg's details."""
    _open(screen, window)
    scale = window.height / 760
    screen.click(window.x + round(400 * scale), window.y + round(640 * scale))


SHOTS = (
    Shot("first-run", _empty),
    Shot("first-run-key", _empty, act=_whose),
    Shot("practice", _empty, ("--practice",), act=_ask),
    Shot("conversation", _lived_in, act=open_first_conversation),
    Shot("search", _lived_in, act=_search),
    Shot("palette", _lived_in, act=_palette),
    Shot("answer", answers.home, act=answers.from_the_top),
    Shot("thinking", answers.home, act=answers.thinking),
    Shot("find", answers.home, act=answers.find),
    Shot("new-chat", assisted.home, act=assisted.new_page),
    Shot("not-sent", assisted.home, act=assisted.settled),
    Shot("attachments", attached.home, act=_open, settings={"chain": attached.CHAIN}, keys=attached.KEYS),
    Shot("compare", branched.compared, act=_open, settings=branched.SETTINGS, keys=branched.KEYS),
    Shot("compare-failed", branched.failed, act=_open, settings=branched.SETTINGS, keys=branched.KEYS),
    Shot(
        "compare-pick", branched.versions, act=branched.pick, settings=branched.SETTINGS, keys=branched.KEYS
    ),
    Shot(
        "versions",
        branched.versions,
        act=branched.on_question,
        settings=branched.SETTINGS,
        keys=branched.KEYS,
    ),
    Shot("edit", branched.versions, act=branched.edit, settings=branched.SETTINGS, keys=branched.KEYS),
    Shot("sidebar", tidied.home, act=tidied.opened),
    Shot("sidebar-several", tidied.home, act=tidied.several),
    Shot("bin", tidied.home, act=tidied.the_bin),
    Shot("settings-data", tidied.home, act=tidied.data),
    Shot("settings-data-foot", tidied.home, act=tidied.data_foot),
    Shot("settings-data-sync", tidied.home, act=shared.cards, settings=shared.SETTINGS),
    Shot("settings", _lived_in, act=_settings),
    Shot("settings-assistants", assisted.home, act=assisted.library),
    Shot("settings-assistants-foot", assisted.home, act=assisted.further),
    Shot("settings-endpoint", _lived_in, act=_add_endpoint),
    Shot("settings-facts", _lived_in, act=_section(7)),
    Shot("settings-relay", _lived_in, act=_section(1)),
    Shot("settings-appearance", _lived_in, act=_section(5)),
    Shot("quota", spent.home, act=_quota, keys=spent.KEYS),
    Shot("quota-foot", spent.home, act=_quota_foot, keys=spent.KEYS),
    Shot("settings-grants", spent.home, act=_grants, keys=spent.KEYS),
    Shot("strip", spent.home, act=_leg, settings={"chain": spent.CHAIN}, keys=spent.KEYS),
    Shot("spend-ask", _empty, act=_pay, settings=_PAID, keys=("deepseek",)),
)


def _grab(screen: Screen, window: Window) -> bytes:
    return b"".join(screen.rows(window, 0, 0, window.width, window.height))


def _settle(screen: Screen, window: Window) -> bytes:
    """The window's pixels once they stay the same."""
    end = time.monotonic() + PATIENCE
    shown, since = _grab(screen, window), time.monotonic()
    while time.monotonic() < end and time.monotonic() - since < SETTLED:
        time.sleep(0.1)
        now = _grab(screen, window)
        if now != shown:
            shown, since = now, time.monotonic()
    return shown


def _window(screen: Screen, process: subprocess.Popen[bytes]) -> Window:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if process.poll() is not None:
            raise Unavailable("the program ended at once")
        for window in screen.windows():
            return window
        time.sleep(0.05)
    raise Unavailable("no window came")


def take(screen: Screen, shot: Shot, language: str, theme: str, scale: int, out: Path) -> Path:
    """Start the program, bring it to the screen, save the picture."""
    with tempfile.TemporaryDirectory(prefix="jieli-screens-") as folder:
        home = Path(folder, "home")
        shot.home(home)
        common = {"language": language, "theme": theme, "reduced_motion": True}
        chosen = json.dumps({**common, **shot.settings})
        (home / "settings.json").write_text(chosen, encoding="utf-8")
        environ = {
            **os.environ,
            "QT_QPA_PLATFORM": "xcb",
            "QT_SCALE_FACTOR": str(scale),
            "PYTHONPATH": str(ROOT),
            **{f"JIELI_KEY_{provider.upper()}": secrets.token_hex(20) for provider in shot.keys},
        }
        command = [sys.executable, "-P", "-m", "app", "--home", str(home), *shot.arguments]
        with subprocess.Popen(command, env=environ) as process:
            try:
                window = _window(screen, process)
                screen.focus(window)
                _settle(screen, window)
                if shot.act is not None:
                    shot.act(screen, window)
                pixels = _settle(screen, window)
            finally:
                process.terminate()
    if len(pixels) != window.width * window.height * 4:
        raise Unavailable(f"the screen is too small for a window of {window.width} × {window.height}")
    image = QImage(pixels, window.width, window.height, window.width * 4, QImage.Format.Format_RGB32)
    path = out / f"{shot.name}-{language}-{theme}-{scale * 100}.png"
    if not image.save(str(path)):
        raise OSError(f"could not write {path}")
    return path


def main() -> int:
    parser = argparse.ArgumentParser(prog="dev.py screenshots", description=__doc__)
    parser.add_argument("--out", type=Path, default=ROOT / "screenshots", metavar="DIR")
    parser.add_argument("--only", choices=[s.name for s in SHOTS], help="one screen instead of all")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    status = 0
    try:
        screen = Screen()
    except Unavailable as reason:
        print(f"no screenshots: {reason}", file=sys.stderr)
        return 1
    for shot, language, theme, scale in itertools.product(SHOTS, ("zh", "en"), ("light", "dark"), (1, 2)):
        if options.only not in (None, shot.name):
            continue
        try:
            print(take(screen, shot, language, theme, scale, options.out), flush=True)
        except Unavailable as reason:
            print(f"{shot.name}: {reason}", file=sys.stderr)
            status = 1
    screen.close()
    return status


if __name__ == "__main__":
    sys.exit(main())
