"""Our own JSON, read into a file of ours which is then merged: what is newer here stays."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from app.exchange import format as own_format
from app.exchange.imports import boxes, spans
from app.exchange.imports.model import Left, mapping
from app.store import building


def build(
    box: boxes.Box,
    name: str,
    target: Path,
    watch: Callable[[BinaryIO], BinaryIO],
    left: list[Left],
    going: Callable[[], bool],
) -> int:
    """Make a database at `target` of the records, as long as `going` says so; what could not be read or
    belongs to nothing is added to `left`. Blocks."""

    def records() -> Iterator[tuple[own_format.Record, str | None]]:
        with boxes.seekable(box, name, target.parent) as file:
            file.seek(0)
            try:
                for item in _items(watch(file), name, left):
                    if not going():
                        return
                    yield item.record, item.origin
            except (own_format.FormatError, spans.CutError) as error:
                damaged = isinstance(error, own_format.FormatError) and "ends early" not in str(error)
                left.append(Left(name, "damaged" if damaged else "cut"))

    return building.build(target, records(), lambda: left.append(Left(name, "damaged")))


def _items(file: BinaryIO, name: str, left: list[Left]) -> Iterator[own_format.Item]:
    def damaged(error: own_format.FormatError) -> None:
        # Each line is a whole record: what stands behind a damaged one is as good as ever.
        left.append(Left(f"{name}:{error.line}", "damaged"))

    first = file.readline(4096)
    file.seek(0)
    if first.rstrip(b"\r\n") == own_format.HEAD:
        yield from own_format.read(file, damaged)
        return
    # Laid out anew by another program.
    top = next((m for m in spans.members(file, keep=False) if m.key == "records"), None)
    for member in spans.members(file, top.start) if top is not None else iter(()):
        try:
            value = mapping(member.value())
            if next(iter(value), "") in own_format.KINDS:
                yield own_format.decode(value)
        except ValueError:
            left.append(Left("", member.trouble or "damaged"))
