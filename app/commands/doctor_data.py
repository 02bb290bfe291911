"""`jieli doctor`, the part about the data: the file, its snapshots, what was rebuilt, what is kept."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Literal

from app.errors import KnownError
from app.i18n import tr
from app.store.store import Store

State = Literal["ok", "note", "bad"]


async def data_findings(store: Store) -> AsyncIterator[tuple[str, State, str]]:
    """Name, state and sentence of each finding."""
    for trouble in store.problems:
        yield tr("doctor.database"), "bad", str(trouble)
    try:
        found = await store.examine()
        sizes = await store.sizes()
    except KnownError as error:
        yield tr("doctor.database"), "bad", str(error)
        return
    database = f"{store.path} · {_megabytes(sizes.database)}"
    if not found.whole:
        yield tr("doctor.database"), "bad", str(KnownError("store.damaged", path=store.path))
    elif found.altered:
        yield tr("doctor.database"), "bad", tr("doctor.altered", path=store.path, n=found.altered)
    else:
        yield tr("doctor.database"), "ok", database
    taken = store.snapshots.all()
    if taken:
        text = tr(
            "doctor.snapshots", n=len(taken), day=f"{taken[0].day:%Y-%m-%d}", size=_megabytes(sizes.snapshots)
        )
        yield tr("doctor.snapshot"), "ok", f"{text} · {store.snapshots.folder}"
    else:
        yield tr("doctor.snapshot"), "note", tr("doctor.no_snapshot")
    if (report := await store.rebuilt()) is not None:
        at = datetime.fromtimestamp(float(report.get("at", 0)))
        yield (
            tr("doctor.rebuilt"),
            "note",
            tr(
                "doctor.rebuilt_text",
                day=f"{at:%Y-%m-%d %H:%M}",
                messages=report.get("messages", 0),
                doubtful=report.get("cut", 0) + report.get("unsure", 0),
                lost=report.get("lost", 0) + report.get("stand_ins", 0),
                kept=report.get("kept", ""),
            ),
        )
    if sizes.kept:
        yield (
            tr("doctor.kept"),
            "note",
            tr("doctor.kept_text", size=_megabytes(sizes.kept), path=store.path.parent),
        )


def _megabytes(size: int) -> str:
    return f"{size / 1_000_000:.1f} MB"
