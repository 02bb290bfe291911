"""Where a command gets a passphrase from: a file descriptor, the environment, the terminal; never its
arguments, which every process of the machine can read."""

from __future__ import annotations

import os
from collections.abc import Mapping

from app.commands.reading import is_terminal, read_hidden
from app.errors import KnownError
from app.i18n import tr
from app.logs import redactor
from app.options import Options

VARIABLE = "JIELI_PASSPHRASE"
_LONGEST = 4096


def passphrase(options: Options, environ: Mapping[str, str], *, new: bool) -> str:
    """The passphrase; a new one is asked for twice. Blocks. Raises `KnownError` when there is none."""
    if options.passphrase_fd is not None:
        try:
            with os.fdopen(options.passphrase_fd, "rb", closefd=False) as file:
                found = file.readline(_LONGEST).rstrip(b"\r\n").decode("utf-8")
        except (OSError, ValueError):
            raise KnownError("backup.no_passphrase") from None
    elif environ.get(VARIABLE):
        found = environ[VARIABLE]
    else:
        found = read_hidden(tr("backup.ask")).rstrip("\r\n")
        if new and found and is_terminal() and read_hidden(tr("backup.ask_again")).rstrip("\r\n") != found:
            raise KnownError("backup.differ")
    if not found:
        raise KnownError("backup.no_passphrase")
    redactor.add(found)
    return found
