"""Syncing through a real WebDAV server on this computer."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from app.errors import KnownError
from app.secrets import MemorySecrets
from app.sync.place import WebdavPlace
from app.sync.service import SyncService
from providers.http import Clients
from providers.webdav import Account, WebdavFolder
from tests.app.services import core
from tests.app.syncing import Profile, settle
from tests.app.test_backup import fill
from tests.fakes.server import FakeServer

pytest.importorskip("wsgidav")
pytest.importorskip("cheroot")

from tests.fakes.webdav import USER, serving

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


def test_two_profiles_end_alike_through_webdav(arun: Any, tmp_path: Path) -> None:
    password = os.urandom(6).hex()

    async def go() -> None:
        with serving(tmp_path / "server", password) as url:
            clients = Clients("none")
            place = WebdavPlace(
                WebdavFolder(Account(f"{url}/深/jieli-sync", USER, password), clients), "here"
            )
            a, b = [await Profile(tmp_path / n, place, i).open() for i, n in ((1, "a"), (2, "b"))]
            for n in range(30):
                await a.say("one", f"a{n}", f"a{n - 1}" if n else None)
                await b.say("two", f"b{n}", f"b{n - 1}" if n else None)
                if n % 10 == 0:
                    await settle(a, b, rounds=1)
            await settle(a, b)
            assert a.held() == b.held() and len(a.held()["messages"]) == 60
            assert (await a.sync()).written == 0
            await a.close()
            await b.close()
            await clients.aclose()

    arun(go())


def test_the_service_says_what_is_wrong_and_goes_on_when_it_is_mended(arun: Any, tmp_path: Path) -> None:
    password = os.urandom(6).hex()
    kept = MemorySecrets()

    async def go() -> None:
        with FakeServer() as server, serving(tmp_path / "server", password) as url:
            async with core(tmp_path / "a", server, sync="webdav", sync_url=url, sync_user=USER) as made:
                await fill(made, "one")
                service = SyncService(
                    store=made.store,
                    settings=made.settings,
                    locks=made.paths.locks,
                    folder=made.paths.data,
                    clock=made.ledger._clock,
                    environ={},
                    choose=lambda: (kept, None),
                )
                await refused(service, "sync.no_password")
                await service.set_secret("password", "wrong")
                await refused(service, "sync.auth")
                await service.set_secret("password", password)
                assert (await service.once()).went == 4
                assert service.state.problem is None and service.state.last is not None
                made.settings.change(sync_encrypted=True)
                await refused(service, "sync.no_secret")
                await service.set_secret("passphrase", "geheim")
                await service.once()
                files = list((tmp_path / "server" / "jieli-sync").iterdir())
                assert files and all(f.read_bytes()[9] == 1 for f in files), "nothing readable is left there"
                made.settings.change(sync_url="http://127.0.0.1:1/dav")
                await refused(service, "sync.offline")
                made.settings.change(sync_url=f"{url}/", sync="off")
                await made.store.erase_all()
                made.settings.change(sync="webdav")
                await refused(service, "sync.erased")
                assert not service.on
                await service.set_up()
                made.settings.change(sync="webdav")
                assert (await service.once()).came == 4
                await service.close()

    arun(go())


async def refused(service: SyncService, key: str) -> None:
    with pytest.raises(KnownError) as caught:
        await service.once()
    assert caught.value.key == key
    assert service.state.problem is caught.value and not service.state.running
