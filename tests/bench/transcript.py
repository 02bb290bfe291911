"""Measurements of the transcript: opening, scrolling and streaming, offscreen and on an X display.

Each is taken in a process of its own (`transcript_probe`). The floor of a frame is the bar of the same frame
in an idle window: a screen that shows sixty frames a second leaves 16 ms for each.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from tests.bench import seed
from tests.bench.measure import Result, Unavailable, pace

ROOT = Path(__file__).resolve().parents[2]
BLOCKS = ("list", "paragraph", "table", "code")


def probe(
    home: Path, platform: str, *, module: str = "tests.bench.transcript_probe", **what: Any
) -> dict[str, Any]:
    """Run one measurement of `module` on one of Qt's platforms."""
    environ = {**os.environ, "QT_QPA_PLATFORM": platform, "PYTHONPATH": str(ROOT), "QT_SCALE_FACTOR": "1"}
    # Only Qt's own dispatcher tells when it wakes and sleeps.
    environ["QT_NO_GLIB"] = "1"
    command = [sys.executable, "-m", module, str(home), json.dumps(what)]
    done = subprocess.run(
        command, env=environ, cwd=ROOT, capture_output=True, text=True, timeout=900, check=False
    )
    if done.returncode or not done.stdout.strip():
        raise Unavailable(f"the probe ended with {done.returncode}: {done.stderr.strip()[-300:]}")
    found: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def p99(values: list[float]) -> float:
    """The 99th percentile."""
    return statistics.quantiles(values, n=100)[98] if len(values) > 1 else values[0]


def told(found: dict[str, Any], before: float) -> str:
    """What stands beside a percentile of frames; `before` is the machine's pace when they began."""
    frames = found["frames"]
    said = f"worst frame {max(frames):.1f} ms of {len(frames)}; of processor time p99 "
    said += f"{p99(found['worked']):.1f} ms; a fixed loop took {before:.0f} ms before and {pace():.0f} after"
    return said


def platforms() -> list[str]:
    return ["offscreen", "xcb"] if os.environ.get("DISPLAY") and sys.platform == "linux" else ["offscreen"]


def streamed(home: Path, platform: str, kind: str, size: int, rate: int) -> list[Result]:
    """Frames and the growth of the cost per chunk of one streamed answer."""
    before = pace()
    found = probe(home, platform, stream=kind, size=size, rate=rate)
    frames, tenths = found["frames"], found["tenths"]
    name = f"stream {size // 1000} KB {kind}, {platform}"
    note = f"{told(found, before)}; µs a chunk in each tenth: "
    note += " ".join(f"{t:.0f}" for t in tenths)
    return [
        Result(f"{name}: frame p99", "ms", statistics.median(frames), p99(frames), most=16.0, note=note),
        Result(f"{name}: last tenth", "µs", tenths[0], tenths[-1], bar=1.3),
    ]


def transcript() -> list[Result]:
    """Open 10 000 and 100 000 messages, scroll from end to end, stream long answers of every kind."""
    out: list[Result] = []
    with tempfile.TemporaryDirectory(prefix="jieli-bench-") as folder:
        small = seed.home(Path(folder, "small"), 20, 2_000)
        long = seed.home(Path(folder, "long"), 20, 2_000, long_one=10_000)
        longest = seed.home(Path(folder, "longest"), 20, 2_000, long_one=100_000)
        for platform in platforms():
            floor = probe(small, platform, open=9, conversation="c1")
            for home, count in ((long, "10 000"), (longest, "100 000")):
                ours = probe(home, platform, open=9, conversation="c20")
                name = f"open {count} messages, {platform}"
                note = f"{name}: the floor is a conversation of 100 messages"
                first = [statistics.median(found["opened"]) for found in (floor, ours)]
                filled = [statistics.median(found["filled"]) for found in (floor, ours)]
                out.append(Result(f"{name}: first paint", "ms", *first, most=50.0, note=note))
                out.append(Result(f"{name}: view filled", "ms", *filled, bar=1.5))
            before = pace()
            found = probe(long, platform, scroll=60, conversation="c20")
            frames = found["frames"]
            note = f"{told(found, before)}; a jump is filled in "
            note += f"{statistics.median(found['blank']):.0f} ms, at worst {max(found['blank']):.0f} ms"
            out.append(
                Result(
                    f"scroll, {platform}: frame p99",
                    "ms",
                    statistics.median(frames),
                    p99(frames),
                    most=16.0,
                    note=note,
                )
            )
            out += streamed(small, platform, "mixed", 200_000, 500)
        for kind in BLOCKS:
            out += streamed(small, "offscreen", kind, 100_000, 500)
    return out
