"""Whose a pasted key is, and the next step after a check: asked and done for both pages that take keys."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from app import wording
from app.domain import KeyRef, ProviderSpec
from app.errors import KnownError
from app.i18n import tr
from app.key_forms import Pasted, likely, others, unwrap
from app.keys import KeyService
from app.secrets import tidy
from app.settings import SettingsService

MOST_CHOICES = 8


class Asks(Protocol):
    """Whatever can ask whose a key is; choices are (provider, words)."""

    def ask(self, text: str, choices: Sequence[tuple[str, str]]) -> None: ...


@dataclass(frozen=True, slots=True)
class _Pending:
    """A pasted key that waits for an answer; it is kept nowhere else."""

    secret: str
    label: str


class KeyHelp:
    """Holds a pasted key until the user has said whose it is. It is sent to nobody before that.

    `add(provider, secret, label)` keeps and checks a key; `check(key_id)` checks one; `start` runs a
    coroutine function; `go(place, provider)` shows `network`, `address` or `provider`.
    """

    def __init__(
        self,
        *,
        keys: KeyService,
        settings: SettingsService,
        specs: Callable[[], Sequence[ProviderSpec]],
        open_url: Callable[[str], None],
        add: Callable[[str, str, str], None],
        check: Callable[[str], Coroutine[Any, Any, object]],
        start: Callable[..., None],
        go: Callable[[str, str], None],
    ) -> None:
        self._keys = keys
        self._settings = settings
        self._specs = specs
        self._open_url = open_url
        self._add = add
        self._check = check
        self._start = start
        self._go = go
        self._pending: _Pending | None = None

    def forget(self) -> None:
        """The question was dismissed, or its page goes: the key with it."""
        self._pending = None

    def pasted_for(self, provider: str, secret: str, label: str, asks: Asks) -> None:
        """A key pasted for a provider: kept, unless it looks like another provider's."""
        self._pending = None
        spec = self._spec(provider)
        try:
            found = unwrap(secret)
            found = Pasted(tidy(secret), found.name)
        except KnownError:
            # Whoever keeps it says what is wrong with it, where it was pasted.
            self._add(provider, secret, label)
            return
        whose = others(found, spec, self._specs()) if spec is not None else []
        if spec is None or not whose:
            self._add(provider, found.secret, label)
            return
        name = wording.provider_name(spec)
        names = [self._name(one) for one in whose[:3]]
        choices = [(one, tr("keycheck.do_take", name=self._name(one))) for one in whose[:MOST_CHOICES]]
        choices.append((provider, tr("keycheck.do_keep", name=name)))
        self._pending = _Pending(found.secret, label)
        asks.ask(tr("keycheck.whose_here", names=tr("advice.and").join(names), provider=name), choices)

    def pasted_for_any(
        self, secret: str, offered: Sequence[str], asks: Asks, say: Callable[[str], None]
    ) -> None:
        """A key pasted without saying whose; of `offered` providers, the likely ones are asked for."""
        self._pending = None
        try:
            name = unwrap(secret).name
            found = Pasted(tidy(secret), name)
        except KnownError as error:
            say(str(error))
            return
        whose = likely(found, self._specs())
        here = [one for one in whose if one in offered]
        if whose and not here:
            say(tr("keycheck.whose_overseas", name=self._name(whose[0])))
            return
        if len(here) == 1:
            text = tr("keycheck.whose_one", name=self._name(here[0]))
        elif here:
            text = tr("keycheck.whose_several")
        else:
            text = tr("keycheck.whose_unknown")
            here = [s.id for s in self._specs() if s.id in offered and s.key_pattern is None]
        self._pending = _Pending(found.secret, "")
        one = len(here) == 1
        asks.ask(
            text,
            [(p, tr("keycheck.do_take", name=self._name(p)) if one else self._name(p)) for p in here],
        )

    def answered(self, provider: str) -> None:
        """The user said whose the key is."""
        pending, self._pending = self._pending, None
        if pending is not None:
            self._go("provider", provider)
            self._add(provider, pending.secret, pending.label)

    def take_step(self, key: str, provider: str, action: str, argument: str) -> None:
        """Do the next step a check named for a key of a provider."""
        spec = self._spec(provider)
        match action:
            case "open_console" | "open_key_page" if spec is not None:
                first, second = spec.console, spec.key_page
                if action == "open_key_page":
                    first, second = second, first
                if url := first or second:
                    self._open_url(url)
            case "switch_region":
                current = self._settings.current
                endpoints = {k: v for k, v in current.endpoints.items() if k != provider}
                self._settings.change(endpoints=endpoints, regions={**current.regions, provider: argument})
                self._start(self._check, key)
            case "move_key":
                self._start(self._move, key, argument)
            case "check_again":
                self._start(self._check, key)
            case "network_settings":
                self._go("network", provider)
            case "edit_address":
                self._go("address", provider)
            case _:
                return

    async def _move(self, key: str, provider: str) -> None:
        """Give a key to another provider, check it there, and take it from the first."""
        record = self._keys.record(key)
        if record is None:
            return
        secret = await self._keys.secret(KeyRef(record.id, record.provider, record.label, record.last4))
        if not secret:
            raise KnownError("keycheck.gone")
        kept = await self._keys.add(provider, secret, record.label)
        await self._keys.remove(key)
        self._go("provider", provider)
        await self._check(kept.id)

    def _spec(self, provider: str) -> ProviderSpec | None:
        return next((spec for spec in self._specs() if spec.id == provider), None)

    def _name(self, provider: str) -> str:
        return wording.known_name(self._spec(provider), provider)
