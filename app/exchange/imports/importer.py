"""Brings exports in: reads them in a thread, stores them one after another, counts what became of each.

Names here are made from names there, so that importing twice finds everything, and a later export of the same
account adds what is new. Between two conversations others can write, and the import can be stopped.
"""

from __future__ import annotations

import asyncio
import errno
import shutil
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, TypeVar, cast

from app.clock import Clock
from app.errors import KnownError
from app.exchange.imports import boxes, own
from app.exchange.imports.model import Left, Pause, Why
from app.exchange.imports.recognise import Found, Kind, chats, recognise
from app.exchange.imports.whole import Whole, some
from app.store.imports import Brought
from app.store.store import Store

LISTED = 200
"""Of what was left out so many are named in the report; all are counted."""

_TWICE: tuple[Kind, ...] = ("jieli", "cherry-direct")
"""What is made into another file first, which is half of the work."""

_TOLD = 0.1
"""Seconds between two words about a file that is being built."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an import is: `share` of the file's bytes read (0 to 1), conversations looked at."""

    path: Path
    share: float
    conversations: int


@dataclass(slots=True)
class Report:
    """What an import brought. `new` + `more` + `same` + `gone` and what was left out are all there was."""

    kinds: list[Kind] = field(default_factory=list[Kind])
    new: int = 0
    more: int = 0
    same: int = 0
    gone: int = 0
    binned: int = 0
    """Of `more` and `same`, how many lie in the bin."""
    messages: int = 0
    attachments: int = 0
    missing: int = 0
    left: list[Left] = field(default_factory=list[Left])
    left_counts: dict[Why, int] = field(default_factory=dict[Why, int])
    problems: list[str] = field(default_factory=list[str])
    """A sentence for each file that could not be read at all."""
    stopped: bool = False

    @property
    def seen(self) -> int:
        """Conversations looked at."""
        return self.new + self.more + self.same + self.gone + sum(self.left_counts.values())

    @property
    def nothing(self) -> bool:
        """Whether nothing was added."""
        return not (self.new or self.more or self.messages or self.attachments)

    def leave(self, left: Left) -> None:
        """Note something that was left out."""
        self.left_counts[left.why] = self.left_counts.get(left.why, 0) + 1
        if len(self.left) < LISTED:
            self.left.append(left)


class Importer:
    """Imports into one store. `stop` ends it after the conversation that is being stored."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._stop = False

    def stop(self) -> None:
        """End soon; what was imported stays whole, and the report says so."""
        self._stop = True

    async def run(self, paths: Sequence[Path], progress: Callable[[Progress], None]) -> Report:
        """Import these files and folders; one that cannot be read is told in the report.

        Raises `KnownError` when nothing can be stored any more (the disk is full, the file is locked).
        """
        self._stop = False
        report = Report()
        for path in paths:
            if self._stop:
                break
            try:
                await self._box(path, report, progress)
            except boxes.DAMAGE:
                report.problems.append(str(KnownError("import.damaged", path=path)))
            except OSError as error:
                if error.errno in (errno.ENOSPC, errno.EDQUOT):
                    # What is read is unpacked beside the data first.
                    report.problems.append(str(KnownError("import.no_room", path=path)))
                    continue
                reason = error.strerror or type(error).__name__
                report.problems.append(str(KnownError("import.unreadable", path=path, reason=reason)))
            except KnownError as error:
                if not error.key.startswith("import."):
                    raise
                report.problems.append(str(error))
        report.stopped = self._stop
        return report

    async def _box(self, path: Path, report: Report, progress: Callable[[Progress], None]) -> None:
        box = await _in_thread(boxes.open_box, path)
        try:
            for found in await _in_thread(recognise, box, path):
                if found.kind not in report.kinds:
                    report.kinds.append(found.kind)
                watch = _Watch(found.size(box), 0.5 if found.kind in _TWICE else 1.0)

                def tell(watch: _Watch = watch) -> None:
                    progress(Progress(path, watch.share, report.seen + watch.looked))

                tell()
                if found.kind == "jieli":
                    await self._own(box, found, watch, report, tell)
                else:
                    await self._foreign(box, found, watch, report, tell)
                if self._stop:
                    return
        finally:
            box.close()

    async def _own(
        self, box: boxes.Box, found: Found, watch: _Watch, report: Report, tell: Callable[[], None]
    ) -> None:
        folder = Path(await _in_thread(tempfile.mkdtemp, "", "importing-", self._store.path.parent))
        left: list[Left] = []
        total = 0

        def stored(done: int, number: int) -> None:
            nonlocal total
            total = number
            watch.reach(0.5 + done / max(1, number) / 2)
            watch.looked = done
            tell()

        try:
            target = folder / "import.db"
            await self._built(own.build, box, found.name, target, watch.over, left, tell=tell)
            for one in left:
                report.leave(one)
            if self._stop:
                return
            merged = await self._store.merge_from(target, stored, lambda: not self._stop)
            watch.looked = 0
            report.new += merged.conversations
            report.more += max(0, len(merged.touched) - merged.conversations)
            report.gone += merged.removed
            report.messages += merged.messages
            report.attachments += merged.attachments
            if not self._stop:
                report.same += max(0, total - len(merged.touched) - merged.removed)
        finally:
            await asyncio.shield(asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True))

    async def _built(self, build: Callable[..., int], *args: object, tell: Callable[[], None]) -> None:
        """Have a file built in a thread, and tell meanwhile how far it is."""
        ended = False
        building = asyncio.ensure_future(
            _in_thread(build, *args, lambda: not ended and not self._stop),
        )
        try:
            while not building.done():
                await asyncio.wait([building], timeout=_TOLD)
                tell()
            await building
        finally:
            ended = True
            if not building.done():
                building.cancel()
                await asyncio.wait([building])

    async def _foreign(
        self, box: boxes.Box, found: Found, watch: _Watch, report: Report, tell: Callable[[], None]
    ) -> None:
        reading = chats(box, found, self._store.path.parent, watch.over, watch.reach)
        fallback = self._clock.now()
        try:
            while not self._stop:
                batch = await _in_thread(some, reading, fallback)
                if not batch:
                    return
                for one in batch:
                    if isinstance(one, Pause):
                        continue
                    if isinstance(one, Left):
                        report.leave(one)
                    else:
                        await self._store_one(one, report)
                    if self._stop:
                        break
                tell()
        finally:
            cast("Any", reading).close()

    async def _store_one(self, whole: Whole, report: Report) -> None:
        outcome = brought = Brought("", "same")
        above = {message.id: message.parent for message, _name in whole.tree}
        for number, (tree, parts) in enumerate(whole.pieces()):
            last = number == whole.count - 1
            brought = await self._store.bring(
                whole.conversation,
                whole.origin,
                tree,
                parts,
                to_head=last,
                begun=outcome.outcome == "new",
                above=above,
            )
            report.messages += brought.messages
            report.attachments += brought.attachments
            if not number or (outcome.outcome == "same" and brought.outcome == "more"):
                outcome = brought
        report.binned += brought.binned
        match outcome.outcome:
            case "new":
                report.new += 1
            case "more":
                report.more += 1
            case "gone":
                report.gone += 1
            case "same":
                report.same += 1
        if outcome.outcome in ("new", "more"):
            report.missing += whole.missing


class _Watch:
    """How much of a stream has been read; reading is `part` of the work."""

    def __init__(self, size: int, part: float) -> None:
        self._size = max(1, size)
        self._part = part
        self._file: _Watched | None = None
        self._reached = 0.0
        self.looked = 0
        """Conversations that are not in the report yet."""

    def over(self, file: BinaryIO) -> BinaryIO:
        """The stream, watched."""
        self._file = _Watched(file)
        return cast("BinaryIO", self._file)

    @property
    def share(self) -> float:
        """Between 0 and 1."""
        read = min(1.0, self._file.done / self._size) if self._file is not None else 0.0
        return self._reached or read * self._part

    def reach(self, share: float) -> None:
        """Say how far it is where that is not what was read."""
        self._reached = share


class _Watched:
    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.done = 0

    def read(self, size: int = -1) -> bytes:
        data = self._file.read(size)
        self.done += len(data)
        return data

    def readline(self, size: int = -1) -> bytes:
        data = self._file.readline(size)
        self.done += len(data)
        return data

    def seek(self, place: int) -> int:
        self.done = place
        return self._file.seek(place)


async def _in_thread(fn: Callable[..., T], *args: object) -> T:
    """Run in a thread and, when cancelled, wait for its end: what it reads is about to be closed."""
    running = asyncio.ensure_future(asyncio.to_thread(fn, *args))
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        await asyncio.wait([running])
        raise
