"""Starts the real program as a process on a home of its own, against the loopback server."""

from __future__ import annotations

import atexit
import functools
import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.e2e.nursery import Nursery, can_run
from tests.fakes.server import FakeServer, Reply

ROOT = Path(__file__).resolve().parents[2]
_LONGEST = 300.0
"""Seconds after which a run hangs, however busy the machine."""

FREE_TIER_ONLY = Reply.error(
    403,
    {
        "error": {
            "message": "The free tier of the model has been exhausted.",
            "type": "AllocationQuota.FreeTierOnly",
            "param": None,
            "code": "AllocationQuota.FreeTierOnly",
        },
        "request_id": "r1",
    },
)


@functools.cache
def _nursery() -> Nursery:
    made = Nursery()
    atexit.register(made.close)
    return made


@dataclass(frozen=True, slots=True)
class Answer:
    """What a run of the program printed and how it ended."""

    status: int
    out: str
    err: str

    @property
    def events(self) -> list[dict[str, Any]]:
        """The JSON objects of its lines."""
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def names(self) -> list[str]:
        """The events' names, runs of the same one folded."""
        folded: list[str] = []
        for event in self.events:
            if not folded or folded[-1] != event["event"]:
                folded.append(event["event"])
        return folded


class Program:
    """The program on one home; `keys` are given by environment variables unless a test sets its own."""

    def __init__(self, home: Path, server: FakeServer | None = None, keys: Iterable[str] = ()) -> None:
        self.home = home
        self._server = server
        self.environ = dict(os.environ)
        self.environ["PYTHONPATH"] = str(ROOT)
        for provider in keys:
            self.environ[f"JIELI_KEY_{provider.upper()}"] = secret(provider)

    def command(self, *arguments: str, endpoints: Sequence[str] = ()) -> list[str]:
        """The command line; `endpoints` names providers whose requests go to the loopback server."""
        line = [sys.executable, "-P", "-m", "app", "--home", str(self.home)]
        for provider in endpoints:
            assert self._server is not None
            line += ["--endpoint", f"{provider}={self._server.url(provider)}"]
        return [*line, *arguments]

    def run(self, *arguments: str, endpoints: Sequence[str] = (), stdin: str | None = None) -> Answer:
        """Run to the end."""
        line = self.command(*arguments, endpoints=endpoints)
        if can_run(self.environ):
            told = _nursery().run(
                line[line.index("app") + 1 :], self.environ, self.home.parent, stdin, _LONGEST
            )
            return Answer(told[0], told[1].decode("utf-8"), told[2].decode("utf-8"))
        done = subprocess.run(
            line,
            env=self.environ,
            cwd=self.home.parent,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=_LONGEST,
            input=stdin,
            stdin=None if stdin is not None else subprocess.DEVNULL,
            check=False,
        )
        return Answer(done.returncode, done.stdout, done.stderr)

    def ask(self, *chain: str, prompt: str = "你好", options: Sequence[str] = ()) -> Answer:
        """`ask --json` along a chain of legs whose providers are played by the server."""
        providers = sorted({leg.partition(":")[0] for leg in chain})
        line = ["ask", "--json", "--chain", ",".join(chain), *options, prompt]
        return self.run(*line, endpoints=providers)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Read the database."""
        with sqlite3.connect(f"file:{self.home / 'jieli.db'}?mode=ro", uri=True) as db:
            found = db.execute(query).fetchall()
        db.close()
        return found

    def traces(self, text: str) -> list[Path]:
        """The files under the home that hold `text`."""
        wanted = text.encode()
        files = (path for path in self.home.rglob("*") if path.is_file())
        return [path for path in files if wanted in path.read_bytes()]


def secret(provider: str) -> str:
    """A made-up key."""
    return f"sk-test-{provider}-" + "0123456789abcdef" * 2
