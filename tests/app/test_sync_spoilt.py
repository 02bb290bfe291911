"""A place in which others leave what is no change file: everybody still ends up with the same."""

from __future__ import annotations

import json
import os
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from app.backup import bundle
from app.store.migrations import MIGRATIONS
from app.sync.engine import ABOUT, CHANGES, FORMAT
from app.sync.place import FOLDER, Name, digest
from tests.app.syncing import Profile, folder, settle


def laid(cloud: Path, folder: Path, n: int, device: int, changes: Path, about: Any) -> None:
    """A sealed file with the right digest in its name."""
    sealed = folder / f"sealed-{n}"
    bundle.write(sealed, None, {ABOUT: json.dumps(about).encode()}, {CHANGES: changes})
    sealed.rename(cloud / str(Name(n, f"{device:012x}", digest(sealed))))


def test_odd_files_keep_nobody_from_syncing(arun: Any, tmp_path: Path) -> None:
    cloud = tmp_path / "cloud" / FOLDER

    async def go() -> None:
        place = folder(tmp_path / "cloud")
        a, b = [await Profile(tmp_path / name, place, n).open() for n, name in ((1, "a"), (2, "b"))]
        await a.say("one", "m0", None)
        await a.sync()
        about = {"format": FORMAT, "schema": len(MIGRATIONS), "at": 1.0}
        for n, statement in enumerate(("CREATE TABLE x (y)", "PRAGMA application_id = 1246515761")):
            with closing(sqlite3.connect(tmp_path / f"odd-{n}.db")) as db:
                db.execute(statement)
                db.commit()
            laid(cloud, tmp_path, n + 1, 9, tmp_path / f"odd-{n}.db", about)
        (tmp_path / "text").write_bytes(b"no database at all" * 100)
        laid(cloud, tmp_path, 7, 9, tmp_path / "text", about)
        laid(cloud, tmp_path, 8, 9, tmp_path / "text", "[" * 5000)
        # A folder, and a dangling link, that bear a name of ours; a number after which there is none.
        (cloud / str(Name(3, "0" * 12, "a" * 40))).mkdir()
        if os.name == "posix":
            (cloud / str(Name(4, "0" * 12, "b" * 40))).symlink_to(tmp_path / "nowhere")
        for device in (a.device, b.device):
            (cloud / str(Name(9_999_999_999, device, "c" * 40))).write_bytes(b"")
        await b.say("two", "m1", None)
        await settle(a, b)
        await a.say("one", "m2", "m0")
        await settle(a, b)
        assert a.held() == b.held() and len(a.held()["messages"]) == 3
        assert all(Name.of(path.name) is not None for path in cloud.iterdir())
        await a.close()
        await b.close()

    arun(go())
