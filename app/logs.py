"""The log file, and the guarantee that no key gets into it."""

from __future__ import annotations

import errno
import json
import logging
import re
import sys
import threading
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from logging.handlers import RotatingFileHandler

HIDDEN = "‹hidden›"

LOG_FILE = "jieli.log"
_MAX_BYTES = 1_000_000
_KEPT_FILES = 3
_SHORTEST_SECRET = 6

_QUIET = ("httpx", "httpcore", "h11", "hpack", "asyncio", "qasync", "keyring", "secretstorage", "markdown_it")
"""Libraries that at lower levels write request headers, D-Bus traffic or one line for every event."""

_SHAPES = r"""
    (?P<keep>
        \b(?:bearer|basic)\s+
      | (?:authorization|proxy-authorization|api[-_ ]?key|x-api-key|access[-_]?token|secret[-_]?key)
        ["']?\s*[:=,]\s*[b]?["']?(?:bearer\s+|basic\s+)?
      | ://[^/\s:@]*:(?=[^/\s@]+@)
    )?
    (?P<secret>
        (?(keep)[^\s"',;}\])@]{6,}
      | \b(?:
            (?:sk|ak|ms|pk|tp|nvapi|gsk|rk|hf)[-_][A-Za-z0-9][A-Za-z0-9._-]{14,}
          | bce-v3/[A-Za-z0-9./_-]{16,}
          | eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{4,}
          | [0-9a-f]{32}\.[A-Za-z0-9]{12,}
          | AIza[A-Za-z0-9_-]{30,}
          | AKID[A-Za-z0-9]{20,}
        ))
    )
    """


@cache
def _shapes() -> re.Pattern[str]:
    """What keys look like; compiled with the first line that is logged, not at the start."""
    return re.compile(_SHAPES, re.VERBOSE | re.IGNORECASE)


class Redactor:
    """Replaces secrets in text: those it was told of in any usual spelling, and all that looks like a key."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._spellings: set[str] = set()
        self._known: re.Pattern[str] | None = None

    def add(self, secret: str) -> None:
        """Never let `secret` through again. Shorter than six characters it is ignored: it would garble."""
        if len(secret) < _SHORTEST_SECRET:
            return
        with self._lock:
            spellings = self._spellings | {
                secret,
                repr(secret)[1:-1],
                json.dumps(secret)[1:-1],
                quote(secret, errors="replace"),
                quote(secret, safe="", errors="replace"),
            }
            if spellings != self._spellings:
                self._spellings = spellings
                # Longest first, so that a secret that begins like another one is replaced whole.
                parts = sorted(spellings, key=len, reverse=True)
                self._known = re.compile("|".join(map(re.escape, parts)))

    def clean(self, text: str) -> str:
        """`text` without secrets."""
        if self._known is not None:
            text = self._known.sub(HIDDEN, text)
        return _shapes().sub(lambda found: (found["keep"] or "") + HIDDEN, text)


redactor = Redactor()
"""The one redactor of the process. A module global on purpose: whoever forgot to be handed it would leak."""


class RedactingFormatter(logging.Formatter):
    """Formats a record with arguments, traceback and stack, then cleans the whole text."""

    def __init__(self, redact: Redactor) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")
        self._redact = redact

    def format(self, record: logging.LogRecord) -> str:
        return self._redact.clean(super().format(record))


class LazyFileHandler(logging.Handler):
    """A rotating file that is opened, and its folder made, by the first record worth keeping.

    A folder that cannot be written is said once on the error stream; the program goes on without a log.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder
        self._file: RotatingFileHandler | None = None
        self._dead = False

    def emit(self, record: logging.LogRecord) -> None:
        if self._dead:
            return
        if self._file is None:
            # Imported here: it pulls in sockets and pickle, which a start without errors need not pay.
            from logging.handlers import RotatingFileHandler

            try:
                self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
                self._file = RotatingFileHandler(
                    self._folder / LOG_FILE, maxBytes=_MAX_BYTES, backupCount=_KEPT_FILES, encoding="utf-8"
                )
            except OSError as error:
                self._dead = True
                if sys.stderr is not None:  # pyright: ignore[reportUnnecessaryComparison] - None under pythonw
                    sys.stderr.write(f"jieli: no log file in {self._folder}: {error}\n")
                return
            self._file.setFormatter(self.formatter)
            self._file.handleError = self.handleError
        self._file.handle(record)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the base class's name
        """Say only what kind of error it was: the base class would print the arguments, keys included."""
        kind, error, _ = sys.exc_info()
        if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
            # Whoever has something to save says so in words of its own.
            return
        if sys.stderr is not None:  # pyright: ignore[reportUnnecessaryComparison] - None under pythonw
            sys.stderr.write(f"jieli: a log line was lost: {kind.__name__ if kind else record.name}\n")

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None
        super().close()


def set_up(folder: Path, environ: Mapping[str, str], *, debug: bool = False) -> LazyFileHandler:
    """Send the program's log to `folder`. Debug level with `debug` or `JIELI_DEBUG`, else warnings."""
    asked = environ.get("JIELI_DEBUG", "").strip().lower() not in ("", "0", "false", "no")
    handler = LazyFileHandler(folder)
    handler.setFormatter(RedactingFormatter(redactor))
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(logging.DEBUG if debug or asked else logging.WARNING)
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    return handler
