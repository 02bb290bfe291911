"""The prompt library: assistants that come with the program, the user's changes to them, the user's own.

A shipped assistant has the id `builtin:<name>` and speaks the language in use. It gets a row in the store
once the user moves, changes or deletes it; a row without a name means "as shipped, but here".
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, cast
from uuid import uuid4

from app.clock import Clock
from app.errors import KnownError
from app.i18n import Language, language, tr
from app.key_leaks import surely_keys
from app.store.records import Assistant, Parameters
from app.store.store import Store
from app.worker import Worker

PREFIX = "builtin:"
LONGEST_NAME = 40
LONGEST_PROMPT = 50_000
LARGEST_FILE = 5_000_000
"""Characters of a name and a prompt; bytes of a file to import."""

_AFTER_OWN = 10_000
"""Position of the first shipped assistant, unless the user put them in an order."""
_FORMAT = "jieli-assistants"


@dataclass(frozen=True, slots=True)
class Listed:
    """An assistant as it is used. `note` is one line on it; `shipped` = it comes with the program, `changed`
    = and the user has altered it."""

    assistant: Assistant
    note: str
    shipped: bool = False
    changed: bool = False

    @property
    def id(self) -> str:
        return self.assistant.id

    @property
    def name(self) -> str:
        return self.assistant.name


@dataclass(frozen=True, slots=True)
class Shipped:
    """An assistant of the program's own in both languages: name, one line, prompt."""

    name: str
    words: Mapping[Language, tuple[str, str, str]]
    parameters: Parameters | None


def read_shipped(folder: Path) -> tuple[Shipped, ...]:
    """The shipped assistants, in their order. Blocks."""
    with (folder / "builtin.toml").open("rb") as file:
        entries = tomllib.load(file)["assistant"]
    return tuple(_shipped(entry) for entry in entries)


def fill(prompt: str, now: float) -> str:
    """A prompt as it is sent: `{date}`, `{time}` and `{language}` replaced, other braces left alone.

    `now` is in epoch seconds; date and time are local.
    """
    if "{" not in prompt:
        return prompt
    when = datetime.fromtimestamp(now)
    values = {
        "{date}": when.strftime("%Y-%m-%d"),
        "{time}": when.strftime("%H:%M"),
        "{language}": "中文" if language() == "zh" else "English",
    }
    for name, value in values.items():
        prompt = prompt.replace(name, value)
    return prompt


class Assistants:
    """The library. `changed` of the store says when it is another one (`Changes.assistants`)."""

    def __init__(
        self, store: Store, folder: Path, clock: Clock, on_error: Callable[[BaseException], None]
    ) -> None:
        self._store = store
        self._folder = folder
        self._clock = clock
        self._on_error = on_error
        self._shipped: tuple[Shipped, ...] | None = None

    async def all(self) -> list[Listed]:
        """Every assistant there is, in the user's order; without one the user's own come first."""
        stored = {row.id: row for row in await self._store.assistants()}
        hidden = await self._store.hidden_assistants()
        found = [_listed(row, None) for row in stored.values() if not row.id.startswith(PREFIX)]
        for place, shipped in enumerate(await self._read()):
            row = stored.get(PREFIX + shipped.name)
            if row is not None or PREFIX + shipped.name not in hidden:
                found.append(_listed(row or _blank(shipped.name, _AFTER_OWN + place), shipped))
        found.sort(key=lambda one: (one.assistant.position, one.assistant.created_at, one.id))
        return found

    async def get(self, assistant: str) -> Listed | None:
        """The assistant of that id, unless it is deleted."""
        return next((one for one in await self.all() if one.id == assistant), None)

    async def name(self, assistant: str) -> str | None:
        """What an assistant is called, a deleted one of the user's too; None = nobody knows it."""
        found = await self.get(assistant)
        if found is not None:
            return found.name
        for shipped in await self._read():
            if PREFIX + shipped.name == assistant:
                return shipped.words[language()][0]
        row = await self._store.assistant(assistant)
        return row.name if row is not None else None

    async def add(self, name: str, system: str = "", **fields: Any) -> Assistant:
        """A new assistant of the user's, behind their others. Raises `KnownError`."""
        now = self._clock.now()
        taken = [one.assistant.position for one in await self.all()]
        place = max((p for p in taken if p < _AFTER_OWN), default=0) + 1
        made = Assistant(uuid4().hex, name, system, now, now, position=place, **fields)
        return await self._store.save_assistant(_checked(made))

    async def save(self, assistant: Assistant) -> Assistant:
        """Keep a changed assistant; a shipped one becomes the user's version of it. Raises `KnownError`."""
        if assistant.id.startswith(PREFIX):
            assistant = replace(assistant, builtin_of=assistant.id.removeprefix(PREFIX))
        return await self._store.save_assistant(_checked(assistant))

    async def copy(self, assistant: str) -> Assistant | None:
        """A second one like it, the user's own."""
        found = await self.get(assistant)
        if found is None:
            return None
        one = found.assistant
        name = tr("assistants.copy_of", name=one.name)[:LONGEST_NAME]
        return await self.add(name, one.system, chain=one.chain, parameters=one.parameters)

    async def reset(self, assistant: str) -> None:
        """Make a shipped assistant what it was; it stays where it is."""
        found = await self.get(assistant)
        if found is not None and found.shipped:
            place = found.assistant.position
            await self._store.save_assistant(_blank(assistant.removeprefix(PREFIX), place))

    async def delete(self, assistant: str) -> bool:
        """Take it out of the library; conversations that use it keep what they have of it."""
        found = await self.get(assistant)
        if found is None:
            return False
        if found.shipped and not found.changed:
            # Deleting needs a row that can be marked.
            place = found.assistant.position
            await self._store.save_assistant(_blank(assistant.removeprefix(PREFIX), place))
        return await self._store.delete_assistant(assistant)

    async def restore(self, assistant: str) -> bool:
        """Take a deletion back."""
        return await self._store.restore_assistant(assistant)

    async def restore_shipped(self) -> int:
        """Bring every deleted shipped assistant back; returns how many came."""
        hidden = await self._store.hidden_assistants()
        known = {PREFIX + shipped.name for shipped in await self._read()}
        return sum([await self._store.restore_assistant(one) for one in hidden & known])

    async def hidden(self) -> bool:
        """Whether a shipped assistant was deleted."""
        known = {PREFIX + shipped.name for shipped in await self._read()}
        return bool(await self._store.hidden_assistants() & known)

    async def reorder(self, ids: Sequence[str]) -> None:
        """Put the library into this order; ids that are not named follow."""
        rank = {one: place for place, one in enumerate(ids)}
        listed = sorted(await self.all(), key=lambda one: rank.get(one.id, len(rank)))
        for place, one in enumerate(listed, 1):
            if one.assistant.position != place:
                as_shipped = one.shipped and not one.changed
                row = _blank(one.id.removeprefix(PREFIX), place) if as_shipped else one.assistant
                await self._store.save_assistant(replace(row, position=place))

    async def export_text(self, ids: Iterable[str] | None = None) -> str:
        """The library, or these of it, as JSON that `import_text` reads."""
        wanted = None if ids is None else set(ids)
        rows = [_exported(one.assistant) for one in await self.all() if wanted is None or one.id in wanted]
        return json.dumps({"format": _FORMAT, "version": 1, "assistants": rows}, ensure_ascii=False, indent=2)

    async def import_text(self, text: str) -> tuple[int, int]:
        """Add the assistants of a JSON text: ours, or a list of objects with `name` and `prompt`.

        Returns how many are new and how many were there already. Raises `KnownError` when it is neither.
        """
        known = {(one.name, one.assistant.system) for one in await self.all()}
        new = same = 0
        for name, system, chain, parameters in _imported(text):
            if (name, system) in known:
                same += 1
                continue
            known.add((name, system))
            await self.add(name, system, chain=chain, parameters=parameters)
            new += 1
        return new, same

    async def _read(self) -> tuple[Shipped, ...]:
        if self._shipped is not None:
            return self._shipped
        worker = Worker("assistants", self._on_error)
        try:
            shipped = await worker.call(read_shipped, self._folder)
        finally:
            await worker.close()
        self._shipped = shipped
        return shipped


def parameters_of(values: Mapping[str, object]) -> Parameters | None:
    """Parameters from loose values; what cannot be is left out. None when nothing is set."""
    warm, most = _number(values.get("temperature"), 0, 2), _number(values.get("max_tokens"), 1, 1_000_000)
    thinking = values.get("thinking")
    made = Parameters(
        warm, None if most is None else int(most), thinking if isinstance(thinking, bool) else None
    )
    return None if made == Parameters() else made


def _shipped(entry: Mapping[str, Any]) -> Shipped:
    words: dict[Language, tuple[str, str, str]] = {}
    languages: tuple[Language, ...] = ("zh", "en")
    for tongue in languages:
        part = entry[tongue]
        words[tongue] = part["name"], part["note"], str(part["system"]).strip()
    return Shipped(entry["id"], words, parameters_of(entry))


def _blank(name: str, place: int) -> Assistant:
    return Assistant(PREFIX + name, "", "", 0.0, 0.0, position=place, builtin_of=name)


def _listed(row: Assistant, shipped: Shipped | None) -> Listed:
    if shipped is None:
        return Listed(row, _first_line(row.system))
    name, note, system = shipped.words[language()]
    if row.name:
        return Listed(row, note, shipped=True, changed=True)
    as_shipped = replace(row, name=name, system=system, parameters=shipped.parameters)
    return Listed(as_shipped, note, shipped=True)


def _first_line(text: str) -> str:
    return next((line.strip(" #-*") for line in text.splitlines() if line.strip(" #-*")), "")[:80]


def _checked(assistant: Assistant) -> Assistant:
    name = " ".join(assistant.name.split())
    if not name:
        raise KnownError("assistants.no_name")
    if len(name) > LONGEST_NAME:
        raise KnownError("assistants.long_name", most=LONGEST_NAME)
    if len(assistant.system) > LONGEST_PROMPT:
        raise KnownError("assistants.long_prompt", most=LONGEST_PROMPT)
    if surely_keys(assistant.system) or surely_keys(name):
        raise KnownError("assistants.key_inside")
    empty = assistant.parameters == Parameters()
    return replace(assistant, name=name, parameters=None if empty else assistant.parameters)


def _exported(one: Assistant) -> dict[str, object]:
    known = one.parameters or Parameters()
    values: dict[str, object] = {"name": one.name, "system": one.system}
    if one.chain:
        values["chain"] = list(one.chain)
    for name in ("temperature", "max_tokens", "thinking"):
        if (value := getattr(known, name)) is not None:
            values[name] = value
    return values


_Row = tuple[str, str, tuple[str, ...] | None, Parameters | None]


def _imported(text: str) -> list[_Row]:
    try:
        found: object = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise KnownError("assistants.no_json") from error
    if isinstance(found, dict):
        found = cast("dict[str, object]", found).get("assistants")
    rows = [_row(entry) for entry in cast("list[object]", found)] if isinstance(found, list) else []
    good = [row for row in rows if row is not None]
    if not good:
        raise KnownError("assistants.none_in_file")
    return good


def _row(entry: object) -> _Row | None:
    if not isinstance(entry, dict):
        return None
    values = cast("dict[str, object]", entry)
    name, system = values.get("name"), values.get("system", values.get("prompt", ""))
    if not isinstance(name, str) or not isinstance(system, str) or len(system) > LONGEST_PROMPT:
        return None
    name = " ".join(name.encode("utf-8", "replace").decode().split())[:LONGEST_NAME]
    chain = values.get("chain")
    specs: tuple[str, ...] | None = None
    if isinstance(chain, list):
        specs = tuple(spec for spec in cast("list[object]", chain) if isinstance(spec, str) and spec) or None
    system = system.encode("utf-8", "replace").decode().strip()
    return (name, system, specs, parameters_of(values)) if name else None


def _number(value: object, least: float, most: float) -> float | None:
    # NaN fails the comparison, as it should.
    if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
        return None
    return float(value)
