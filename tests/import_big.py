"""Imports a large made-up ChatGPT export twice: `python -m tests.import_big --megabytes 1000`.

Prints how long that took and the most memory the import's own process had; fails when the second import finds
anything new, or the memory bound of 300 MB is passed.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
BOUND_MB = 300

_WORDS = [
    "额度",
    "接力",
    "密钥",
    "服务商",
    "模型",
    "上下文",
    "计费",
    "冷却",
    "今天",
    "用户",
    "数据库",
    "索引",
    "relay",
    "token",
    "stream",
    "cache",
    "query",
]
_RUN = """
import sys
from app.__main__ import run
status = run(sys.argv[1:])
if sys.platform == "linux":
    # Not getrusage: its figure begins with what the process had before exec, which is the tests' own.
    lines = open("/proc/self/status", encoding="ascii").read().splitlines()
    kilobytes = next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:"))
    sys.stderr.write(f"peak {kilobytes // 1024}\\n")
elif sys.platform != "win32":
    import resource
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    sys.stderr.write(f"peak {peak // (1024 * 1024 if sys.platform == 'darwin' else 1024)}\\n")
sys.exit(status)
"""


@dataclass(frozen=True)
class Outcome:
    """What one import said of itself."""

    event: dict[str, Any]
    seconds: float
    peak_mb: int


def conversation(number: int, chance: random.Random) -> dict[str, Any]:
    """One conversation as the export has it, with a second answer here and there."""
    mapping: dict[str, Any] = {"root": {"id": "root", "message": None, "parent": None, "children": []}}
    parent, at = "root", 1_600_000_000.0 + number * 3600
    for n in range(chance.randrange(4, 60)):
        role = "assistant" if n % 2 else "user"
        for copy in range(2 if role == "assistant" and chance.random() < 0.1 else 1):
            ident = f"{number:08x}-{n:04x}-{copy}"
            text = "，".join(chance.choices(_WORDS, k=chance.randrange(5, 60 if n % 2 == 0 else 600)))
            mapping[ident] = {
                "id": ident,
                "parent": parent,
                "children": [],
                "message": {
                    "id": ident,
                    "author": {"role": role, "name": None, "metadata": {}},
                    "create_time": at + n,
                    "update_time": None,
                    "content": {"content_type": "text", "parts": [text]},
                    "status": "finished_successfully",
                    "end_turn": True,
                    "weight": 1.0,
                    "metadata": {"model_slug": "gpt-4o", "request_id": ident, "timestamp_": "absolute"},
                    "recipient": "all",
                },
            }
            mapping[parent]["children"].append(ident)
        parent = ident
    return {
        "title": f"对话 {number}",
        "create_time": at,
        "update_time": at + 1000,
        "mapping": mapping,
        "current_node": parent,
        "conversation_id": f"{number:08x}-big",
        "default_model_slug": "gpt-4o",
    }


def make(path: Path, megabytes: float, seed: int = 1) -> int:
    """Write an export whose JSON is so large, in files of 100 MB; returns its conversations."""
    made = iter(_texts(random.Random(seed)))
    number = 0
    left = megabytes * 1e6
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as box:
        part = 0
        while left > 0:
            with box.open(f"conversations-{part:03}.json", "w") as file:
                file.write(b"[")
                size = 0
                while size < min(100e6, left):
                    text = next(made)
                    file.write((b", " if size else b"") + text)
                    size += len(text)
                    number += 1
                file.write(b"]")
            left -= size
            part += 1
    return number


def count_messages(path: Path) -> int:
    """How many messages such an export holds."""
    found = 0
    with zipfile.ZipFile(path) as box:
        for name in box.namelist():
            for chat in json.loads(box.read(name)):
                found += len(chat["mapping"]) - 1
    return found


def _texts(chance: random.Random) -> Iterator[bytes]:
    number = 0
    while True:
        yield json.dumps(conversation(number, chance), ensure_ascii=number % 2 == 0).encode()
        number += 1


def run_import(home: Path, path: Path) -> Outcome:
    """`jieli import` in a process of its own."""
    begun = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", _RUN, "import", "--home", str(home), "--json", str(path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(done.stderr)
    peak = next((int(line.split()[1]) for line in done.stderr.splitlines() if line.startswith("peak ")), 0)
    return Outcome(json.loads(done.stdout.splitlines()[-1]), time.monotonic() - begun, peak)


def measure(megabytes: float, folder: Path) -> tuple[int, Outcome, Outcome]:
    """Make an export and import it twice."""
    path = folder / "export.zip"
    count = make(path, megabytes)
    return count, run_import(folder / "home", path), run_import(folder / "home", path)


def main() -> int:
    """Run, print the figures; 1 when a bound is passed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megabytes", type=float, default=1000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="import-big-") as folder:
        count, first, again = measure(options.megabytes, Path(folder))
        size = (Path(folder) / "home" / "jieli.db").stat().st_size / 1e6
    for name, outcome in (("first", first), ("again", again)):
        sys.stdout.write(f"{name}: {outcome.seconds:.0f} s, peak {outcome.peak_mb} MB, {outcome.event}\n")
    sys.stdout.write(f"{count} conversations, {options.megabytes:.0f} MB of JSON, database {size:.0f} MB\n")
    whole = first.event["new"] == count and again.event["same"] == count and not again.event["messages"]
    return 0 if whole and max(first.peak_mb, again.peak_mb) <= BOUND_MB else 1


if __name__ == "__main__":
    sys.exit(main())
