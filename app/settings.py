"""The user's choices: typed, kept in a JSON file that survives crashes, hand edits and newer versions."""

from __future__ import annotations

import glob
import json
import logging
import os
import stat
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from app.clock import Clock, SystemClock
from app.errors import KnownError
from app.policy import DEFAULT_POLICY, MidStream, Order, Policy, Spend
from app.settings_fields import FIELDS
from app.settings_reading import LARGEST, Reading, read_settings
from app.store.files import free_name
from app.subscribing import subscribed
from app.worker import Worker

_log = logging.getLogger(__name__)


def _texts() -> Mapping[str, str]:
    return {}


def _lists() -> Mapping[str, tuple[str, ...]]:
    return {}


def _flags() -> Mapping[str, bool]:
    return {}


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings. Times are in seconds; `font_size` is in logical pixels, 13 to 20.

    `chain` empty = automatic; `chains` are the user's named ones, for which `@name` stands in `chain`.
    `endpoints` maps providers to base URLs, `regions` to region ids, `models` leg ids to on or off, `billing`
    leg ids to `free`, `grant` or `paid`. `proxy` is `system`, `none` or a URL.
    `own_models` holds model ids the user named, by provider; `catalogue_url` where newer provider files are
    fetched from (empty = nowhere), `catalogue_daily` whether that happens by itself.
    `sync` says how, `sync_folder` and `sync_url` where the profile is kept alike with others.
    `accent` is a colour of `resources/themes/accents.toml` or `jieli`; an empty font is the system's.
    `tray` keeps the program running behind an icon when its window is closed; `notify` tells of answers that
    end unseen, `notify_words` with their first words; `quick_keys` open the quick question from anywhere,
    written as Qt does (`Ctrl+Alt+J`, empty = none).
    `shortcuts` maps actions to the keys the user gave them, empty = none.
    `release_check` looks once a day whether a newer version is out, in the list of releases at `release_url`
    (empty = the project's own).
    `auto_title` and `auto_summary` let a free model name conversations and sum up what they no longer send.
    """

    language: Literal["system", "zh", "en"] = "system"
    theme: Literal["system", "light", "dark"] = "system"
    accent: Literal["jieli", "indigo", "violet", "magenta", "graphite"] = "jieli"
    font_size: int = 15
    text_font: str = ""
    code_font: str = ""
    density: Literal["comfortable", "compact"] = "comfortable"
    send_key: Literal["enter", "ctrl_enter"] = "enter"
    reduced_motion: bool = False
    chain: tuple[str, ...] = ()
    chains: Mapping[str, tuple[str, ...]] = field(default_factory=_lists)
    spend: Spend = DEFAULT_POLICY.spend
    order: Order = DEFAULT_POLICY.order
    midstream: MidStream = DEFAULT_POLICY.midstream
    pass_blocked: bool = DEFAULT_POLICY.pass_blocked
    max_attempts: int = DEFAULT_POLICY.max_attempts
    first_content: float = DEFAULT_POLICY.first_content
    connect: float = DEFAULT_POLICY.connect
    first_byte: float = DEFAULT_POLICY.first_byte
    stall: float = DEFAULT_POLICY.stall
    silent_cap: float = DEFAULT_POLICY.silent_cap
    dwell: float = DEFAULT_POLICY.dwell
    endpoints: Mapping[str, str] = field(default_factory=_texts)
    regions: Mapping[str, str] = field(default_factory=_texts)
    providers_off: tuple[str, ...] = ()
    models: Mapping[str, bool] = field(default_factory=_flags)
    billing: Mapping[str, str] = field(default_factory=_texts)
    proxy: str = "system"
    own_models: Mapping[str, tuple[str, ...]] = field(default_factory=_lists)
    catalogue_url: str = ""
    catalogue_daily: bool = False
    shortcuts: Mapping[str, str] = field(default_factory=_texts)
    auto_title: bool = True
    auto_summary: bool = False
    sync: Literal["off", "folder", "webdav"] = "off"
    sync_folder: str = ""
    sync_url: str = ""
    sync_user: str = ""
    sync_encrypted: bool = False
    release_check: bool = False
    release_url: str = ""
    tray: bool = False
    notify: bool = True
    notify_words: bool = True
    quick_keys: str = ""

    def policy(self) -> Policy:
        """What the relay may do."""
        return Policy(**{f.name: getattr(self, f.name) for f in fields(Policy)})


class SettingsFile:
    """The file on disk. `load` never fails: what it could not use is explained in `problem` and `notes`.

    `problem` says that the file was damaged, `notes` that single values could not be used; all the others
    count. The file as it was is kept beside it. Keys this version does not know are kept when the file is
    written. `on_error` hears of a save by `save_soon` that failed, and of one that found that somebody else
    had changed the file meanwhile: what they wrote is kept beside it, too.
    """

    def __init__(
        self,
        path: Path,
        on_error: Callable[[BaseException], None] | None = None,
        clock: Clock | None = None,
    ) -> None:
        self.path = path
        self.problem: KnownError | None = None
        self.notes: tuple[KnownError, ...] = ()
        self._clock = clock or SystemClock()
        self._unknown: dict[str, object] = {}
        self._in_the_way = False
        self._written: Settings | None = None
        self._last: bytes | None = None
        self._on_error = on_error or _log_error
        self._worker = Worker("settings", self._failed)

    def report_to(self, on_error: Callable[[BaseException], None]) -> None:
        """Have failed saves told to somebody from here on."""
        self._on_error = on_error

    def _failed(self, error: BaseException) -> None:
        self._on_error(error)

    def load(self) -> Settings:
        """Read the file; defaults where there is none, and for what is of no use in it."""
        self.problem, self.notes, self._unknown, self._in_the_way = None, (), {}, False
        self._last = None
        try:
            state = self.path.stat()
            if not stat.S_ISREG(state.st_mode):
                # Reading a pipe or a device might never end.
                self._in_the_way = True
                self.problem = KnownError("settings_file.not_a_file", path=self.path)
                return Settings()
            data = self.path.read_bytes() if state.st_size <= LARGEST else None
        except FileNotFoundError:
            return Settings()
        except OSError as error:
            self._cannot("settings_file.unreadable", error)
            return Settings()
        self._last = data
        reading = read_settings(data) if data is not None else Reading(whole=False)
        settings, self._unknown = Settings(**reading.values), reading.unknown
        if not reading.whole:
            self._mend(data, settings, len(reading.values))
        elif reading.left_out and data is not None:
            self._note(data, reading.left_out)
        return settings

    async def save(self, settings: Settings) -> None:
        """Write the file whole or not at all, off this thread. Raises `KnownError`."""
        await self._worker.call(self.write, settings)

    def save_soon(self, newest: Callable[[], Settings]) -> None:
        """Write what `newest` gives when it is its turn; nobody waits.

        A slider makes many changes: those that pile up while one is written are written once.
        """

        def write() -> None:
            settings = newest()
            if settings is not self._written:
                kept = self._keep_foreign()
                self.write(settings)
                self._written = settings
                if kept is not None:
                    raise KnownError("settings_file.changed_meanwhile", path=self.path, kept=kept)

        self._worker.post(write)

    async def close(self) -> None:
        """Finish what is to be saved."""
        await self._worker.close()

    def write(self, settings: Settings) -> None:
        """As `save`, in the thread of the caller."""
        known = {name: getattr(settings, name) for name in FIELDS}
        text = json.dumps({**self._unknown, **known}, ensure_ascii=False, indent=2, default=dict) + "\n"
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            if self._in_the_way and os.path.lexists(self.path):
                self.path.rename(self._broken_name())
            self._in_the_way = False
            data = text.encode()
            _put_in_place(self.path, data)
            self._last = data
        except OSError as error:
            reason = error.strerror or error
            raise KnownError("settings_file.not_saved", path=self.path, reason=reason) from error

    def _keep_foreign(self) -> Path | None:
        """Where a copy lies of what somebody else wrote into the file since it was last read or written;
        None when nobody did."""
        if self._in_the_way:
            return None
        try:
            if not self.path.is_file():
                return None
            if self.path.stat().st_size > LARGEST:
                return self.path.rename(self._broken_name())
            found = self.path.read_bytes()
            return None if found == self._last or not found.strip() else self._keep(found)
        except OSError:
            # Then writing fails, too, and says why.
            return None

    def _mend(self, data: bytes | None, settings: Settings, good: int) -> None:
        """Put a damaged file aside and what could be read of it in its place, so that the next start, too,
        finds what the user had chosen."""
        try:
            if data is not None and good:
                kept = self._keep(data)
                self.write(settings)
                self.problem = KnownError("settings_file.mended", path=self.path, kept=kept, n=good)
            else:
                kept = self._broken_name()
                self.path.rename(kept)
                self.problem = KnownError("settings_file.set_aside", path=self.path, kept=kept)
        except (OSError, KnownError) as error:
            self._cannot("settings_file.not_mended", error)

    def _note(self, data: bytes, names: tuple[str, ...]) -> None:
        listed = ", ".join(names)
        try:
            note = KnownError("settings_file.wrong_values", names=listed, kept=self._keep(data))
        except OSError:
            # Nothing can be written here; then the file stays as it is, too.
            note = KnownError("settings_file.wrong_values_only", names=listed, path=self.path)
        self.notes = (note,)

    def _keep(self, data: bytes) -> Path:
        """Where a copy of the file as it was lies; made unless there is one already."""
        for copy in sorted(self.path.parent.glob(f"{glob.escape(self.path.name)}.broken-*")):
            with suppress(OSError):
                if copy.is_file() and copy.stat().st_size == len(data) and copy.read_bytes() == data:
                    return copy
        kept = self._broken_name()
        kept.write_bytes(data)
        return kept

    def _cannot(self, key: str, error: OSError | KnownError) -> None:
        """What lies at the path stays there until something is saved, and is then moved aside."""
        self._in_the_way = True
        reason = error.strerror or error if isinstance(error, OSError) else error.values.get("reason", "")
        self.problem = KnownError(key, path=self.path, reason=reason)

    def _broken_name(self) -> Path:
        return free_name(self.path, "broken", datetime.fromtimestamp(self._clock.now()))


def _put_in_place(path: Path, data: bytes) -> None:
    """Write a file whole or not at all. A link is followed: people keep their settings elsewhere."""
    target = Path(os.path.realpath(path))
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    part = target.with_name(f"{target.name}.{os.getpid()}.part")
    try:
        with part.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        part.replace(target)
    except OSError:
        with suppress(OSError):
            part.unlink()
        raise


class SettingsService:
    """Holds the settings in force. Changes apply at once and are saved behind the scenes.

    When a save fails the change stays in force for this run; the next change saves again.
    """

    def __init__(self, file: SettingsFile) -> None:
        self._file = file
        self._current = file.load()
        self._callbacks: list[Callable[[Settings, Settings], None]] = []
        self.by_itself = False
        """While subscribers are told: whether the program made the change and not the user's hand."""

    @property
    def current(self) -> Settings:
        """The settings in force."""
        return self._current

    @property
    def file(self) -> SettingsFile:
        """The file, for its `problem` and `notes`."""
        return self._file

    def change_by_itself(self, **changes: Any) -> Settings:
        """As `change`, for what no user did: it is not theirs to be taken back."""
        self.by_itself = True
        try:
            return self.change(**changes)
        finally:
            self.by_itself = False

    def change(self, **changes: Any) -> Settings:
        """Set some fields, tell the subscribers, save. Raises `KnownError` for a value that cannot be."""
        values: dict[str, Any] = {}
        for name, value in changes.items():
            if name not in FIELDS:
                raise TypeError(f"no such setting: {name}")
            try:
                values[name] = FIELDS[name](value)
            except ValueError as error:
                raise KnownError("settings_file.cannot_be", name=name, value=value) from error
        before, self._current = self._current, replace(self._current, **values)
        if before != self._current:
            self._file.save_soon(lambda: self._current)
            for callback in tuple(self._callbacks):
                callback(before, self._current)
        return self._current

    def subscribe(
        self, callback: Callable[[Settings, Settings], None], of: Collection[str] = ()
    ) -> Callable[[], None]:
        """Have `callback(before, after)` called after every change, or after those of the fields `of` only;
        returns what ends that."""

        def of_some(before: Settings, after: Settings) -> None:
            if any(getattr(before, name) != getattr(after, name) for name in of):
                callback(before, after)

        return subscribed(self._callbacks, of_some if of else callback)

    async def close(self) -> None:
        """Finish saving."""
        await self._file.close()


def _log_error(error: BaseException) -> None:
    _log.error("the settings could not be saved", exc_info=error)
