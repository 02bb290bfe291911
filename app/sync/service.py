"""The sync of one open profile: set up from the settings, run at start, from time to time, at the end and
when asked; its state in words for whoever shows it. Passwords lie in the keyring or the environment."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import os
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit

from app.backup.sealed import Keyring
from app.clock import Clock
from app.errors import KnownError
from app.logs import redactor
from app.secrets import SecretStore, choose_secrets
from app.settings import Settings, SettingsService
from app.store.entries import Changes
from app.store.instances import task_lock
from app.store.store import Store
from app.subscribing import subscribed
from app.worker import Worker

if TYPE_CHECKING:
    from app.sync.engine import Done
    from app.sync.place import Place
    from providers.http import Clients

_log = logging.getLogger(__name__)

NUTSTORE = "https://dav.jianguoyun.com/dav/"
"""Where Nutstore (坚果云) speaks WebDAV (help.jianguoyun.com/?p=2064)."""

FIRST_PAUSE = 8.0
"""Seconds after the start in which nobody is disturbed."""

PAUSE = 300.0
"""Seconds between two looks at the place; Nutstore allows 600 requests in half an hour."""

SOON = 20.0
"""Seconds after a change here; while one chats, changes are gathered."""

BUSY_PAUSE = 1800.0
"""Seconds after a server said it was asked too often."""

AT_END = 4.0
"""Seconds a sync may keep the program from ending."""

Secret = Literal["password", "passphrase"]
_VARIABLES: dict[Secret, str] = {"password": "JIELI_SYNC_PASSWORD", "passphrase": "JIELI_SYNC_PASSPHRASE"}
_DEVICE, _SALT, _LAST = "sync.device", "sync.salt", "sync.last"
_TROUBLES_TO_TELL = (
    "sync.auth",
    "sync.wrong_passphrase",
    "sync.needs_passphrase",
    "sync.full",
    "sync.erased",
)


@dataclass(frozen=True, slots=True)
class State:
    """How it stands. `last` = epoch seconds of the last whole round, None = never."""

    running: bool = False
    last: float | None = None
    done: Done | None = None
    problem: KnownError | None = None


class SyncService:
    """`tell` hears of troubles only the user can mend, once each. `choose` opens the keyring; `login` gives a
    proxy setting back with its password."""

    def __init__(
        self,
        *,
        store: Store,
        settings: SettingsService,
        locks: Path,
        folder: Path,
        clock: Clock,
        environ: Mapping[str, str],
        tell: Callable[[BaseException], None] | None = None,
        choose: Callable[[], tuple[SecretStore, KnownError | None]] = choose_secrets,
        login: Callable[[str], Awaitable[str]] | None = None,
    ) -> None:
        self._store = store
        self._settings = settings
        self._passphrase = ""
        self._locks = locks
        self._folder = folder
        self._clock = clock
        self._environ = environ
        self._tell = tell
        self._choose = choose
        self._login = login
        self._worker = Worker("sync secrets", lambda _error: None)
        self._secrets: SecretStore | None = None
        self.volatile: KnownError | None = None
        """Why secrets are kept for this run only; None = they are in a keyring, or none was needed yet."""
        self._known: dict[Secret, str] = {}
        self._clients: Clients | None = None
        self._keyring = Keyring("")
        self._callbacks: list[Callable[[State], None]] = []
        self._told: set[str] = set()
        self._keeping = False
        self._wake = asyncio.Event()
        self._soon = False
        self._busy = asyncio.Lock()
        self.state = State()
        self._ends = (store.subscribe(self._changed), settings.subscribe(self._reset))

    @property
    def on(self) -> bool:
        """Whether the user wants to sync."""
        return self._settings.current.sync != "off"

    def subscribe(self, callback: Callable[[State], None]) -> Callable[[], None]:
        """Have `callback` called whenever the state changes; returns what ends that."""
        return subscribed(self._callbacks, callback)

    async def keep(self) -> None:
        """Sync from time to time until cancelled: for a program that stays open."""
        self._keeping = True
        last = await self._store.meta(_LAST)
        if last is not None:
            self._show(State(last=float(last)))
        await self._clock.sleep(FIRST_PAUSE)
        while True:
            pause = PAUSE
            if self.on:
                try:
                    await self.once()
                except KnownError as error:
                    pause = BUSY_PAUSE if error.key == "sync.busy" else PAUSE
                    if (
                        self._tell is not None
                        and error.key in _TROUBLES_TO_TELL
                        and error.key not in self._told
                    ):
                        self._told.add(error.key)
                        self._tell(error)
            await self._pause(pause)

    async def once(self) -> Done:
        """Sync now. Raises `KnownError`, which is also the state then."""
        async with self._busy:
            self._soon = False
            before = self.state
            self._show(State(running=True, last=before.last, done=before.done))
            try:
                done = await self._round()
            except KnownError as error:
                self._show(State(last=before.last, done=before.done, problem=error))
                raise
            except BaseException:
                self._show(State(last=before.last, done=before.done))
                raise
            now = self._clock.now()
            await self._store.set_meta(_LAST, repr(now))
            self._show(State(last=now, done=done))
            return done

    async def at_close(self) -> None:
        """In a program that stayed open, a last round if something changed and it takes but a moment."""
        if not (self._keeping and self.on and self._soon):
            return
        try:
            async with asyncio.timeout(AT_END):
                await self.once()
        except (KnownError, TimeoutError) as error:
            _log.info("no sync at the end: %s", error)

    async def close(self) -> None:
        """Let go of everything."""
        for end in self._ends:
            end()
        if self._clients is not None:
            await self._clients.aclose()
        await self._worker.close()

    async def set_secret(self, which: Secret, value: str) -> None:
        """Keep the password or passphrase in the keyring; an empty one is forgotten. Raises `KnownError`."""
        secrets = await self._opened()
        if value:
            redactor.add(value)
            await self._worker.call(secrets.set, f"sync-{which}", value)
        else:
            await self._worker.call(secrets.delete, f"sync-{which}")
        self._known[which] = value
        self._reset(self._settings.current, self._settings.current)

    async def has_secret(self, which: Secret) -> bool:
        """Whether there is one. Raises `KnownError` when the keyring is locked."""
        return bool(await self._secret(which))

    async def set_up(self) -> None:
        """The user has changed how to sync and means it."""
        await self._store.sync_set_up()
        self._told.clear()

    async def _round(self) -> Done:
        from app.sync.engine import Round

        settings = self._settings.current
        if await self._store.sync_erased():
            self._settings.change_by_itself(sync="off")
            raise KnownError("sync.erased")
        place, name = await self._place(settings)
        passphrase = await self._secret("passphrase") if settings.sync_encrypted else ""
        if settings.sync_encrypted and not passphrase:
            raise KnownError("sync.no_secret")
        if passphrase != self._passphrase:
            self._keyring, self._passphrase = Keyring(passphrase), passphrase
        if settings.sync_encrypted:
            # Everything goes there once more when there is a passphrase for the first time.
            name += "+"
        lock = task_lock(self._locks, "sync")
        if not await asyncio.to_thread(lock.acquire):
            raise KnownError("sync.running")
        try:
            await self._store.sync_begin(hashlib.sha256(name.encode()).hexdigest()[:24])
            return await Round(
                self._store,
                place,
                device=await self._kept(_DEVICE, 6),
                keyring=self._keyring,
                salt=bytes.fromhex(await self._kept(_SALT, 16)),
                folder=self._folder,
                clock=self._clock,
                step=lambda done: self._show(State(running=True, last=self.state.last, done=done)),
            ).run()
        finally:
            lock.release()

    async def _place(self, settings: Settings) -> tuple[Place, str]:
        from app.sync.place import FOLDER, FolderPlace, WebdavPlace

        if settings.sync == "folder" and settings.sync_folder:
            folder = Path(settings.sync_folder)
            return FolderPlace(folder), f"folder:{folder}"
        if settings.sync == "webdav" and settings.sync_url and settings.sync_user:
            password = await self._secret("password")
            if not password:
                raise KnownError("sync.no_password")
            # Loaded here: a start has no need of it.
            from providers.http import Clients
            from providers.webdav import Account, WebdavError, WebdavFolder

            if self._clients is None:
                self._clients = Clients(settings.proxy, self._login)
            url = settings.sync_url.rstrip("/")
            # Nutstore lets nobody write into the root of an account.
            url = url if url.endswith(f"/{FOLDER}") else f"{url}/{FOLDER}"
            try:
                found = WebdavFolder(Account(url, settings.sync_user, password), self._clients)
            except WebdavError as error:
                raise KnownError("sync.bad_address") from error
            return WebdavPlace(found, urlsplit(url).hostname or ""), f"webdav:{settings.sync_user}@{url}"
        raise KnownError("sync.no_account" if settings.sync == "webdav" else "sync.off")

    async def _kept(self, name: str, size: int) -> str:
        """A random number of this profile's, made once."""
        found = await self._store.meta(name)
        if found is None:
            found = os.urandom(size).hex()
            await self._store.set_meta(name, found)
        return found

    async def _secret(self, which: Secret) -> str:
        given = self._environ.get(_VARIABLES[which], "")
        if given:
            redactor.add(given)
            return given
        if which not in self._known:
            secrets = await self._opened()
            self._known[which] = await self._worker.call(secrets.get, f"sync-{which}") or ""
            if self._known[which]:
                redactor.add(self._known[which])
        return self._known[which]

    async def _opened(self) -> SecretStore:
        if self._secrets is None:
            secrets, self.volatile = await self._worker.call(self._choose)
            self._secrets = secrets
            return secrets
        return self._secrets

    async def _pause(self, seconds: float) -> None:
        """Wait so long, or until shortly after something has changed here."""
        self._wake.clear()
        if self._soon:
            self._wake.set()
        try:
            async with asyncio.timeout(seconds):
                await self._wake.wait()
        except TimeoutError:
            return
        await self._clock.sleep(min(seconds, SOON))

    def _changed(self, changes: Changes) -> None:
        if self.state.running or not (changes.conversations or changes.messages or changes.assistants):
            return
        self._soon = True
        self._wake.set()

    def _reset(self, before: Settings, after: Settings) -> None:
        if self._clients is not None and before.proxy != after.proxy:
            self._clients.use_proxy(after.proxy)
        if any(getattr(before, n) != getattr(after, n) for n in _OWN):
            self._soon = True
            self._wake.set()

    def _show(self, state: State) -> None:
        self.state = state
        for callback in tuple(self._callbacks):
            callback(state)


_OWN = ("sync", "sync_folder", "sync_url", "sync_user", "sync_encrypted")
