"""The entry point: reads the command line, opens what the command needs, runs it, takes it all down.

The only module that may know providers, app and ui together. Nothing heavy is imported before the command
is known: the window's start-up time is measured.
"""

from __future__ import annotations

import gc
import io
import logging
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from app import i18n, logs
from app.errors import KnownError, UsageError
from app.i18n import tr
from app.options import READ_DOCUMENT, Options, window_options
from app.paths import Paths, locate
from app.version import version

if TYPE_CHECKING:
    from app.core import Core
    from app.settings import SettingsService

OK, FAILED, WRONG_USAGE, INTERRUPTED = 0, 1, 2, 130

RESOURCES = Path(__file__).resolve().parent.parent / "resources"


def main() -> int:
    """Run the command of `sys.argv`; returns the exit status."""
    if sys.argv[1:2] == [READ_DOCUMENT]:
        # A process of our own that reads one document; see there.
        from app.attachments import child

        return child.main(sys.argv[2:])
    return run(sys.argv[1:])


def run(arguments: list[str]) -> int:
    """Run one command line; every error of the surroundings ends as one sentence on standard error."""
    i18n.load(RESOURCES / "i18n")
    _prepare_streams()
    _speak(i18n.chosen_language("system"))
    paths: Paths | None = None
    try:
        options = window_options(arguments) or _parsed(arguments)
        if options.self_test:
            return _self_test()
        paths = locate(options.home, os.environ)
        logs.set_up(paths.logs, os.environ, debug=options.debug)
        if options.command == "window":
            return _window(options, paths)
        status = _command(options, paths)
        sys.stdout.flush()
        return status
    except UsageError as error:
        _say(str(error))
        return WRONG_USAGE
    except KnownError as error:
        if str(error) not in _said:
            _say(str(error))
        return FAILED
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        _drop_output()
        return FAILED
    except OSError as error:
        # A full disk or a broken device behind our output or a file; anything else is told as it is, too.
        logging.getLogger(__name__).exception("refused by the system")
        _drop_output()
        _say(tr("cli.refused", reason=error.strerror or type(error).__name__))
        return FAILED
    except Exception as error:
        # The edge of the program: whatever got here is a bug, and a traceback could show a secret.
        if paths is None:
            _say(tr("cli.bug_early", detail=type(error).__name__))
            return FAILED
        logging.getLogger(__name__).exception("unexpected")
        where = paths.logs / logs.LOG_FILE
        _say(tr("cli.bug", detail=type(error).__name__, log=where))
        return FAILED


def _parsed(arguments: list[str]) -> Options:
    from app.cli import parse

    return parse(arguments, version)


def _drop_output() -> None:
    """Keep Python from flushing once more, at exit, to an output that cannot be written."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _prepare_streams() -> None:
    """Make both output streams usable whatever the terminal, the pipe or the caller made of them."""
    for name in ("stdout", "stderr"):
        stream: TextIO | None = getattr(sys, name)
        if stream is None:
            # Closed by the caller, or a window without a console.
            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115
        elif isinstance(stream, io.TextIOWrapper):
            # A console with another encoding must not end a run over a character it cannot show.
            stream.reconfigure(errors="replace")


def _speak(language: i18n.Spoken) -> None:
    """Speak `language`, but English where the terminal has no Chinese characters."""
    try:
        "接力".encode(sys.stderr.encoding or "utf-8")
    except (UnicodeEncodeError, LookupError):
        language = "en"
    i18n.set_language(language)


def _settings(paths: Paths) -> SettingsService:
    from app.settings import SettingsFile, SettingsService

    return SettingsService(SettingsFile(paths.settings_file))


def _window(options: Options, paths: Paths) -> int:
    if not _has_display():
        raise KnownError("cli.no_display")
    # Nothing made until the window stands is garbage; collecting would cost the start a tenth of its time.
    # It stays off: `ui/collecting.py` does it from then on.
    gc.disable()
    from app.store.peek import Peek

    peek = Peek(paths.database_file)
    settings = _settings(paths)
    # What the console can show is nothing to the window.
    i18n.set_language(i18n.chosen_language(settings.current.language))
    from ui.sources import leave_unread

    leave_unread()
    from ui.start import Start
    from ui.window_app import run_window

    return run_window(Start(options, paths, settings, os.environ, RESOURCES / "providers", version, peek))


def _self_test() -> int:
    """Whether this copy is complete; it touches nothing of the user's."""
    if not _has_display():
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
    from ui.selftest import run_self_test

    return run_self_test(RESOURCES, version(), sys.stdout)


def _has_display() -> bool:
    """Whether a window can be shown. A platform plugin the user named is taken at its word."""
    if not sys.platform.startswith("linux") or os.environ.get("QT_QPA_PLATFORM"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _command(options: Options, paths: Paths) -> int:
    import asyncio

    settings = _settings(paths)
    if settings.current.language != "system":
        _speak(i18n.chosen_language(settings.current.language))
    for trouble in (settings.file.problem, *settings.file.notes):
        if trouble is not None:
            _say(str(trouble))
    return asyncio.run(_run_command(options, paths, settings))


async def _run_command(options: Options, paths: Paths, settings: SettingsService) -> int:
    from app.clock import SystemClock
    from app.core import open_core
    from app.store.store import Store

    clock = SystemClock()
    try:
        paths.ensure()
        core = await open_core(
            paths=paths,
            store=await Store.open(paths.database_file, clock, paths.locks, on_error=_note_error),
            settings=settings,
            clock=clock,
            environ=os.environ,
            builtin_providers=RESOURCES / "providers",
            endpoints=options.endpoints,
            version=version(),
            on_error=_note_error,
        )
    except KnownError as error:
        if options.command != "doctor" or not error.key.startswith("store."):
            raise
        from app.commands.doctor import doctor_closed

        return await doctor_closed(options, settings, error, os.environ, version(), sys.stdout)
    try:
        return await _dispatch(options, core)
    finally:
        await core.close()


async def _dispatch(options: Options, core: Core) -> int:
    from app.clock import SystemClock

    for problem in core.store.problems:
        _say(str(problem))
    match options.command:
        case "ask":
            from app.commands.ask import ask

            await core.providers.before_ask(options.chain, list(options.endpoints))
            spend = core.settings.current.spend
            return await ask(options, core.chat, core.directory, SystemClock(), sys.stdout, sys.stderr, spend)
        case "keys":
            from app.commands.keys import keys

            return await keys(options, core, sys.stdout, sys.stderr)
        case "quota":
            from app.commands.quota import quota

            return await quota(options, core, SystemClock(), sys.stdout, sys.stderr)
        case "search":
            from app.commands.search import search

            return await search(options, core, SystemClock(), sys.stdout, sys.stderr)
        case "restore":
            from app.commands.restore import restore

            return await restore(options, core, os.environ, version(), sys.stdout, sys.stderr)
        case "backup":
            from app.commands.backup import backup

            return await backup(options, core, os.environ, version(), sys.stdout, sys.stderr)
        case "sync":
            from app.commands.sync import sync

            return await sync(options, core, sys.stdout)
        case "import":
            from app.commands.imports import import_files

            return await import_files(options, core.store, SystemClock(), sys.stdout, sys.stderr)
        case "export":
            from app.commands.export import export_command
            from ui.exchange.export_door import make_page, prepare

            return await export_command(options, core, make_page, prepare, sys.stdout, sys.stderr)
        case "doctor":
            from app.commands.doctor import doctor

            return await doctor(options, core, SystemClock(), os.environ, version(), sys.stdout)
        case "window":
            raise AssertionError("the window is no command")


def _note_error(error: BaseException) -> None:
    """An error nobody waits for: one sentence if the user can mend it, else a line in the log."""
    if isinstance(error, KnownError):
        # A full disk fails every write of a turn; once is enough.
        if str(error) not in _said:
            _say(str(error))
    else:
        logging.getLogger(__name__).error("background work failed", exc_info=error)


_said: set[str] = set()
"""What was said on standard error; whoever reads it has read it."""


def _say(sentence: str) -> None:
    _said.add(sentence)
    sys.stderr.write(sentence + "\n")


if __name__ == "__main__":
    sys.exit(main())
