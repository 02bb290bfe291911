"""What a command line asked for; and the short way to it for a window, which everyone waits for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from app.policy import Spend

Command = Literal[
    "window", "ask", "keys", "quota", "search", "backup", "restore", "sync", "export", "import", "doctor",
]  # fmt: skip
KeyAction = Literal["set", "list", "remove", "test"]
Unit = Literal["tokens", "calls"]
ExportFormat = Literal["md", "json", "html", "pdf"]


@dataclass(frozen=True, slots=True)
class Options:
    """What was asked for. `endpoints` overrides base URLs by provider id for this run."""

    command: Command = "window"
    home: Path | None = None
    endpoints: dict[str, str] = field(default_factory=dict[str, str])
    debug: bool = False
    practice: bool = False
    quick_ask: bool = False
    self_test: bool = False
    json: bool = False
    chain: tuple[str, ...] | None = None
    spend: Spend | None = None
    conversation: str | None = None
    words: tuple[str, ...] = ()
    limit: int = 50
    best: bool = False
    prompt: str = ""
    action: KeyAction = "list"
    provider: str | None = None
    label: str = ""
    remaining: str = ""
    unit: Unit | None = None
    expires: str | None = None
    file: str = ""
    files: tuple[str, ...] = ()
    format: ExportFormat | None = None
    conversations: tuple[str, ...] = ()
    output: str = ""
    force: bool = False
    encrypt: bool = False
    passphrase_fd: int | None = None


READ_DOCUMENT = "--read-document"
"""Starts the process that reads one document (`app/attachments/child.py`); no option of the command line."""


def window_options(arguments: Sequence[str]) -> Options | None:
    """The options of a plain start of the window; None for anything else, which `app.cli` reads.

    argparse and its tree of commands would take a twentieth of the start.
    """
    home: Path | None = None
    practice = quick_ask = False
    rest = list(arguments)
    while rest:
        match rest.pop(0):
            case "--practice":
                practice = True
            case "--quick-ask":
                quick_ask = True
            case "--home" if rest and rest[0].strip() and not rest[0].startswith("-"):
                home = Path(rest.pop(0))
            case _:
                return None
    return Options(home=home, practice=practice, quick_ask=quick_ask)
