"""Where the window was and what it showed: nice to have after a restart, never worth an error."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any, get_args

from ui.models.arranging import Arrangement, Sort

PLACES = 200
"""So many conversations' places are remembered."""

_log = logging.getLogger(__name__)


class WindowState:
    """Read at once when made; `save` writes. Damaged or missing files count as empty."""

    def __init__(self, path: Path) -> None:
        self._path = path
        found = _read(path)
        geometry, conversation = found.get("geometry"), found.get("conversation")
        self.geometry: str = geometry if isinstance(geometry, str) else ""
        self.conversation: str | None = conversation if isinstance(conversation, str) else None
        draft = found.get("draft")
        # What was written on the empty page, which has no conversation that could keep it.
        self.draft: str = draft if isinstance(draft, str) else ""
        compared = found.get("compared")
        # The legs that were compared last.
        self.compared: list[str] = [str(leg) for leg in compared] if isinstance(compared, list) else []
        # Said once in the life of a profile: closing the window does not end the program.
        self.tray_told: bool = found.get("tray_told") is True
        # Where the reader was in each conversation, latest last: message id and pixels into it.
        self.places: dict[str, tuple[str, int]] = _places(found.get("places"))
        self.arrangement: Arrangement = _arrangement(found)

    def save(self) -> None:
        """Write the file whole or not at all; a failure is only logged. Blocks: call it at the end."""
        self.write(self.snapshot())

    def snapshot(self) -> dict[str, Any]:
        """What is to be written, apart from what changes from now on."""
        state: dict[str, Any] = {
            "geometry": self.geometry,
            "conversation": self.conversation,
            "draft": self.draft,
            "tray_told": self.tray_told,
        }
        state["sort"] = self.arrangement.sort
        state["folded"] = sorted(self.arrangement.folded)
        state["folders"] = sorted(self.arrangement.folders)
        state["compared"] = list(self.compared)
        state["places"] = dict(list(self.places.items())[-PLACES:])
        return state

    def write(self, state: dict[str, Any]) -> None:
        """Write what `snapshot` gave, in whichever thread."""
        part = self._path.with_name(f"{self._path.name}.part")
        try:
            part.write_text(json.dumps(state), encoding="utf-8")
            part.replace(self._path)
        except OSError as error:
            _log.warning("the window's place was not saved: %s", error)


def _places(found: object) -> dict[str, tuple[str, int]]:
    out: dict[str, tuple[str, int]] = {}
    for conversation, place in found.items() if isinstance(found, dict) else ():
        match place:
            case [str(message), int(offset)]:
                out[str(conversation)] = message, offset
            case _:
                pass
    return out


def _arrangement(found: dict[str, Any]) -> Arrangement:
    made = Arrangement()
    for sort in get_args(Sort):
        if found.get("sort") == sort:
            made.sort = sort
    for name, into in (("folded", made.folded), ("folders", made.folders)):
        listed = found.get(name)
        if isinstance(listed, list):
            into.update(one for one in listed if isinstance(one, str))
    return made


def _read(path: Path) -> dict[str, Any]:
    try:
        found: object = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
