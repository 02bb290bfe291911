"""What the settings page is told, as frozen values; it asks nobody for anything."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from app.domain import BillingClass, ModelSpec, ProviderSpec
from app.store.entries import KeyRecord

CheckState = Literal["unchecked", "checking", "ok", "bad", "unsure"]
"""`bad` = the provider refuses the key; `unsure` = it could not be found out (no network, vendor trouble)."""


def check_state(kind: str | None) -> CheckState:
    """The state of a stored or running check: `checking`, `ok`, a failure kind, or None = never checked."""
    match kind:
        case None | "unchecked":
            return "unchecked"
        case "checking" | "ok":
            return kind
        case "bad" | "auth" | "region_blocked":
            return "bad"
        case _:
            return "unsure"


StorageKind = Literal["keyring", "memory", "locked"]


@dataclass(frozen=True, slots=True)
class ModelRow:
    """One model of a provider with the user's choices. `left` is what its grant still holds, in words.

    `gone` = the provider's own list does not have it; `named` = it is there because the user typed its name.
    """

    leg_id: str
    spec: ModelSpec
    billing: BillingClass
    on: bool
    left: str = ""
    gone: bool = False
    named: bool = False


@dataclass(frozen=True, slots=True)
class ProviderView:
    """One provider as the settings show it.

    `region` None = the address in `base_url` was typed by the user. `on` False = the user took the provider
    out of the relay. `state` is a mark of the relay strip (`ready`, `cooling`, `parked`, `off`, `no_key`, …)
    and `state_text` its word; `note` is the second line of the list, empty = counted from the keys.
    `overseas` = the region in use lies abroad; `own` = its file is the user's and can be changed here;
    `listable` = it can be asked for its models; `balance` is what it last told, None = it never tells.
    """

    spec: ProviderSpec
    name: str
    glyph: str
    colour: str
    keys: tuple[KeyRecord, ...] = ()
    region: str | None = None
    base_url: str = ""
    on: bool = True
    models: tuple[ModelRow, ...] = ()
    state: str = "no_key"
    state_text: str = ""
    note: str = ""
    overseas: bool = False
    own: bool = False
    listable: bool = True
    balance: str | None = None

    @property
    def id(self) -> str:
        """The provider's id."""
        return self.spec.id

    @property
    def usable(self) -> bool:
        """Whether it can be in the relay at all: it has a key or needs none."""
        return bool(self.keys) or self.spec.auth == "none"


@dataclass(frozen=True, slots=True)
class ChainEntry:
    """One leg of the chain, or one that could be added. `problem` says what is wrong with it, if anything."""

    spec: str
    name: str
    glyph: str
    colour: str
    note: str = ""
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder of the data section: what it holds, and where it is."""

    name: str
    path: str


@dataclass(frozen=True, slots=True)
class Licence:
    """One run-time dependency."""

    name: str
    version: str
    licence: str
